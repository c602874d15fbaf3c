//! Least squares on ln(n), as fixed coefficients of the responses.

use super::Weights;
use crate::numeric;

/// Weighted least squares of responses on ln(n) as a linear function of the responses.
pub(super) struct Line {
    weights: Vec<f64>,
    pub(super) centre: f64,
    /// The slope is Σ_j coefficient_j · response_j; the coefficients sum to 0.
    pub(super) coefficients: Vec<f64>,
}

impl Line {
    pub(super) fn new(sizes: &[u64], weights: &Weights) -> Self {
        let raw = match weights {
            Weights::Equal => vec![1.0; sizes.len()],
            Weights::Planned(weights) => weights.clone(),
        };
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let x: Vec<f64> = sizes.iter().map(|n| numeric::ln(*n as f64)).collect();
        let centre = numeric::dot(&weights, &x);
        let spread: f64 = weights.iter().zip(&x).map(|(w, x)| w * (x - centre) * (x - centre)).sum();
        let coefficient = |(w, x): (&f64, &f64)| {
            // A size at the centre has no say; without the exact zero its rounding would, at infinity.
            if (x - centre).abs() < 1e-12 * centre { 0.0 } else { w * (x - centre) / spread }
        };
        let coefficients = weights.iter().zip(&x).map(coefficient).collect();
        Self { weights, centre, coefficients }
    }

    /// The slope; NaN where infinite responses pull against each other.
    pub(super) fn slope(&self, logs: &[f64]) -> f64 {
        let terms = self.coefficients.iter().zip(logs).filter(|(c, _)| **c != 0.0);
        terms.fold(0.0, |sum, (c, y)| c.mul_add(*y, sum))
    }

    pub(super) fn mean(&self, logs: &[f64]) -> f64 {
        numeric::dot(&self.weights, logs)
    }
}
