//! The model: class probabilities g_G(s|x) and their score, in plain scalar arithmetic.
//!
//! This is the reference that the vectorised likelihood of `moe-estimators` is tested against; the
//! sampler, the density distances and the Fisher information use it directly.
//!
//! With gates π_i(x) ∝ exp(β₀ᵢ + β₁ᵢᵀ M(x)) and experts f_i(s|x) ∝ exp(a_is + b_isᵀ x), the last class at 0,
//!
//! ```text
//! g_G(s|x) = Σ_i π_i(x) f_i(s|x)
//! ```
//!
//! ```
//! use moe_core::measure::{Atom, MixingMeasure};
//! use moe_core::model::{class_probabilities, gate_probabilities};
//!
//! // Two experts that do not look at x, under a gate that does.
//! let expert = |gate: f64, odds: f64| Atom {
//!     log_weight: 0.0,
//!     gate_slope: vec![gate],
//!     intercepts: vec![moe_core::numeric::ln(odds)],
//!     slopes: vec![0.0],
//! };
//! let measure = MixingMeasure::new(2, 1, vec![expert(2.0, 3.0), expert(0.0, 1.0 / 3.0)]);
//! let mut probabilities = [0.0; 2];
//! class_probabilities(&measure, &[0.0], &[0.0], &mut probabilities);
//! // At x = 0 both gates are 1/2, the experts 3/4 and 1/4.
//! assert!((probabilities[0] - 0.5).abs() < 1e-15);
//! // Far to the right the first expert has all the weight.
//! let gates = gate_probabilities(&measure, &[50.0]);
//! assert!(gates[0] > 1.0 - 1e-15 && gates.iter().sum::<f64>() <= 1.0 + 1e-15);
//! ```

pub(crate) mod eight;

use crate::measure::MixingMeasure;
use crate::numeric;

/// Class probabilities g_G(·|x), written into `out` (length K), given x and M(x) (length d each).
///
/// Everything is relative to the largest logit, so parameters up to 10⁶ in size neither overflow nor
/// give NaN; probabilities may underflow to 0.
pub fn class_probabilities(measure: &MixingMeasure, x: &[f64], m: &[f64], out: &mut [f64]) {
    let classes = measure.shape().classes;
    out[..classes].fill(0.0);
    let mut expert = vec![0.0; classes];
    for (gate, atom) in gate_probabilities(measure, m).iter().zip(measure.atoms()) {
        for c in 0..classes - 1 {
            expert[c] = numeric::dot(atom.class_slope(c), x) + atom.intercepts[c];
        }
        expert[classes - 1] = 0.0;
        softmax(&mut expert);
        for (o, f) in out.iter_mut().zip(&expert) {
            *o += gate * f;
        }
    }
}

/// Gate probabilities π(x), length k, given M(x).
pub fn gate_probabilities(measure: &MixingMeasure, m: &[f64]) -> Vec<f64> {
    let mut gates: Vec<f64> =
        measure.atoms().iter().map(|a| numeric::dot(&a.gate_slope, m) + a.log_weight).collect();
    softmax(&mut gates);
    gates
}

/// Replaces logits by their softmax.
///
/// ```
/// let mut logits = [0.0, moe_core::numeric::ln(3.0)];
/// moe_core::model::softmax(&mut logits);
/// assert!((logits[0] - 0.25).abs() < 1e-15 && (logits[1] - 0.75).abs() < 1e-15);
/// ```
pub fn softmax(logits: &mut [f64]) {
    let top = logits.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    let mut total = 0.0;
    for v in logits.iter_mut() {
        *v = numeric::exp(*v - top);
        total += *v;
    }
    for v in logits.iter_mut() {
        *v /= total;
    }
}

/// Score ∇ log g_G(label|x) in the pinned parameters (order of [`crate::shape::Shape`]), written into
/// `out` (length P). The last atom is taken as the reference.
pub fn score(measure: &MixingMeasure, x: &[f64], m: &[f64], label: usize, out: &mut [f64]) {
    let shape = measure.shape();
    let gates = gate_probabilities(measure, m);
    let experts: Vec<Vec<f64>> = measure
        .atoms()
        .iter()
        .map(|atom| {
            let mut f: Vec<f64> = (0..shape.classes - 1)
                .map(|c| numeric::dot(atom.class_slope(c), x) + atom.intercepts[c])
                .chain([0.0])
                .collect();
            softmax(&mut f);
            f
        })
        .collect();
    let density: f64 = gates.iter().zip(&experts).map(|(p, f)| p * f[label]).sum();
    for i in 0..shape.experts {
        let posterior = gates[i] * experts[i][label] / density;
        if i + 1 < shape.experts {
            write_row(&mut out[shape.gate(i)..], posterior - gates[i], m);
        }
        for c in 0..shape.classes - 1 {
            let residual = f64::from(u8::from(c == label)) - experts[i][c];
            write_row(&mut out[shape.expert(i, c)..], posterior * residual, x);
        }
    }
}

fn write_row(out: &mut [f64], by_logit: f64, features: &[f64]) {
    out[0] = by_logit;
    for (o, v) in out[1..].iter_mut().zip(features) {
        *o = by_logit * v;
    }
}
