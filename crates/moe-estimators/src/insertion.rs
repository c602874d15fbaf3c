//! Which new atom would raise the likelihood of a fit most: the directional derivative of mixing.
//!
//! Adding an atom of small weight w to a fit changes log g(y|x) by w·u − ½ w²·u² to second order, where
//! u(x, y) = exp(β₁ᵀM(x)) π_ref(x) (f(y|x; a, b) / g(y|x) − 1). One cheap pass gives S₁ = Σ u and
//! S₂ = Σ u²: the best weight is S₁ / S₂ and the predicted gain S₁² / (2 S₂). This is the vertex
//! direction of non-parametric maximum likelihood (Lindsay 1983), here used to choose starts.

use moe_core::measure::Atom;
use moe_core::numeric::{LANES, Lanes, exp_lanes, ln, sum_tree};

use crate::kernel::{self, fused, zip};
use crate::likelihood::Likelihood;

/// The fit that atoms are inserted into, evaluated at every row.
pub(crate) struct Base {
    /// Gate probability of the reference atom, one entry a block.
    reference: Vec<Lanes>,
    /// 1 / g(y|x), one entry for each block and label.
    inverse_density: Vec<Lanes>,
}

/// What inserting an atom promises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Promise {
    /// Predicted gain in nats; 0 when no positive weight helps.
    pub(crate) gain: f64,
    /// Logarithm of the best weight, relative to the reference atom of the base.
    pub(crate) log_weight: f64,
}

impl Base {
    /// Evaluates a fit (pinned parameters of the likelihood's shape).
    pub(crate) fn new(likelihood: &mut Likelihood, parameters: &[f64]) -> Self {
        let (log_density, reference) = likelihood.pointwise(parameters);
        let inverse_density = log_density.into_iter().map(|v| exp_lanes(v.map(|v| -v))).collect();
        Self { reference, inverse_density }
    }

    /// The promise of an atom, with its own weight ignored.
    pub(crate) fn promise(&self, likelihood: &Likelihood, atom: &Atom) -> Promise {
        let (first, second) = likelihood.arch().dispatch(Sums { base: self, likelihood, atom });
        let (first, second) = (sum_tree(first), sum_tree(second));
        let gain = 0.5 * first * first / second;
        if first > 0.0 && gain.is_finite() && gain > 0.0 {
            Promise { gain, log_weight: ln(first / second) }
        } else {
            Promise { gain: 0.0, log_weight: 0.0 }
        }
    }
}

/// One pass for S₁ and S₂.
struct Sums<'a> {
    base: &'a Base,
    likelihood: &'a Likelihood,
    atom: &'a Atom,
}

impl pulp::WithSimd for Sums<'_> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> (Lanes, Lanes) {
        let (rows, atom, d) = (self.likelihood.rows(), self.atom, self.atom.gate_slope.len());
        let gate_features = rows.gate_features();
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        for run in &rows.runs {
            for block in run.first..run.end {
                let x = &rows.x[block * d..(block + 1) * d];
                let m = &gate_features[block * d..(block + 1) * d];
                let gate = exp_lanes(kernel::logit(0.0, &atom.gate_slope, m));
                let share = zip(gate, self.base.reference[block], |a, b| a * b);
                for (cell, label) in (run.cell(block)..).zip(run.labels.first..run.labels.end) {
                    let inverse = self.base.inverse_density[cell];
                    let ratio = zip(class_density(atom, label, x), inverse, |f, g| f * g - 1.0);
                    let u = zip(share, ratio, |a, b| a * b);
                    let weighted = zip(rows.count[cell], u, |c, u| c * u);
                    first = zip(first, weighted, |a, b| a + b);
                    second = fused(weighted, u, second);
                }
            }
        }
        (first, second)
    }
}

/// f(label|x) of one expert; logits are bounded by the reach of the starts.
#[inline(always)]
fn class_density(atom: &Atom, label: usize, x: &[Lanes]) -> Lanes {
    let (mut total, mut own) = ([1.0; LANES], [1.0; LANES]);
    for (c, a) in atom.intercepts.iter().enumerate() {
        let e = exp_lanes(kernel::logit(*a, atom.class_slope(c), x));
        total = zip(total, e, |a, b| a + b);
        if c == label {
            own = e;
        }
    }
    zip(own, total, |a, b| a / b)
}
