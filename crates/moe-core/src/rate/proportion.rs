//! A proportion and its score limits, which behave at 0 and 1.

use crate::numeric;

/// x of n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Proportion {
    pub(super) count: f64,
    pub(super) total: f64,
}

impl Proportion {
    pub(super) fn new(count: usize, total: usize) -> Self {
        Self { count: count as f64, total: total as f64 }
    }

    /// ln((x + ½)/(n + ½)): nearly unbiased for ln p, and finite at x = 0 (Walter 1975).
    pub(super) fn log(&self) -> f64 {
        numeric::ln((self.count + 0.5) / (self.total + 0.5))
    }

    /// Standard error of [`Proportion::log`] with two successes and two failures added (Agresti and Coull 1998);
    /// infinite when there is no success, since then nothing bounds the logarithm below.
    pub(super) fn error(&self) -> f64 {
        if self.count == 0.0 {
            return f64::INFINITY;
        }
        let (count, total) = (self.count + 2.0, self.total + 4.0);
        ((1.0 - count / total) / count).sqrt()
    }

    /// The score limits (Wilson 1927) at `z` ≥ 0 standard errors.
    pub(super) fn limits(&self, z: f64) -> (f64, f64) {
        let Self { count: x, total: n } = *self;
        let square = z * z;
        let half = z * (x * (n - x) / n + 0.25 * square).sqrt();
        // The lower limit as a fraction whose numerator does not cancel.
        let lower = if x == 0.0 { 0.0 } else { x * x / n / (x + 0.5 * square + half) };
        let upper = if x == n { 1.0 } else { (x + 0.5 * square + half) / (n + square) };
        (lower.min(1.0), upper.min(1.0))
    }

    /// Distances from [`Proportion::log`] down and up to the logarithms of the score limits.
    pub(super) fn distances(&self, z: f64) -> (f64, f64) {
        let (log, (lower, upper)) = (self.log(), self.limits(z));
        ((log - numeric::ln(lower)).max(0.0), (numeric::ln(upper) - log).max(0.0))
    }
}
