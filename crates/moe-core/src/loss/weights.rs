//! Weights of two mixing measures on one scale, without overflow.

use crate::measure::{Atom, MixingMeasure};
use crate::numeric;

/// Beyond this size the logarithm of the largest true weight is replaced by the nearer end.
const LARGEST_LOG_SCALE: f64 = 400.0;

/// Weights of the fitted and the true atoms, relative to the largest weight of a true atom. Both lists have the
/// same total (up to round-off).
#[derive(Clone, Debug)]
pub(super) struct Weights {
    /// Fitted weights after rescaling to the total of the true ones, length k.
    pub(super) fitted: Vec<f64>,
    /// True weights, length k*. Equal true atoms are one: the first has the weight of all of them.
    pub(super) truth: Vec<f64>,
    /// The unit: what a relative weight of 1 stands for.
    pub(super) unit: f64,
}

impl Weights {
    /// Rescales the fitted weights to the total of the true ones.
    pub(super) fn new(fitted: &MixingMeasure, truth: &MixingMeasure) -> Self {
        let (top, mut true_weights) = relative(truth);
        for (j, first) in first_equal(truth).into_iter().enumerate() {
            if first < j {
                true_weights[first] += std::mem::take(&mut true_weights[j]);
            }
        }
        let (_, mut fitted_weights) = relative(fitted);
        let ratio = true_weights.iter().sum::<f64>() / fitted_weights.iter().sum::<f64>();
        for w in &mut fitted_weights {
            *w *= ratio;
        }
        let unit = numeric::exp(top.clamp(-LARGEST_LOG_SCALE, LARGEST_LOG_SCALE));
        Self { fitted: fitted_weights, truth: true_weights, unit }
    }
}

/// The largest log-weight, and the weights relative to it.
fn relative(measure: &MixingMeasure) -> (f64, Vec<f64>) {
    let top = measure.atoms().iter().fold(f64::NEG_INFINITY, |m, a| m.max(a.log_weight));
    (top, measure.atoms().iter().map(|a| numeric::exp(a.log_weight - top)).collect())
}

/// For each atom the first one with the same gate slope and the same expert.
pub(super) fn first_equal(measure: &MixingMeasure) -> Vec<usize> {
    let equal = |x: &Atom, y: &Atom| {
        x.gate_slope == y.gate_slope && x.intercepts == y.intercepts && x.slopes == y.slopes
    };
    let atoms = measure.atoms();
    (0..atoms.len()).map(|i| (0..i).find(|h| equal(&atoms[*h], &atoms[i])).unwrap_or(i)).collect()
}
