//! Where a decay stops being the estimator's: statistics next to the floor that numbers and tolerances put under them.
//!
//! The floor of a row is how far its quantity may be off the one of the exact maximum, to first order:
//!
//! - δ = gain / n is what the certificate predicts the mean log-likelihood can still gain. In densities that is a
//!   Hellinger distance of (δ/4)^(1/2), a total variation of at most (δ/2)^(1/2) (Pinsker), and it moves a
//!   Kullback-Leibler divergence of v by 2 (v δ)^(1/2) + δ. The stated error of the evaluation is added.
//! - ρ = (2 δ / λ)^(1/2), with λ the smallest free curvature, is the distance to the maximum in parameters. A sum of
//!   errors over p parameters moves by at most ρ p^(1/2), times the total weight where errors are weighted.
//! - Rounding: a mean score is known to ε, which moves parameters by ε/λ; parameters of size s are known to ε s;
//!   densities to a few ε.

use moe_core::numeric::exp;
use moe_core::statistic::Statistic;

use super::{Measured, Place, Rows, value};
use crate::experiment::Method;
use crate::quantity::{Kind, Quantity};
use crate::record::{FittedRow, Record};

/// Share of a statistic that its floor may be.
pub const ALARM: f64 = 0.05;

/// Units of rounding that a handful of operations lose.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// A statistic at one size and the floor under it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// Sample size n.
    pub size: u64,
    /// The statistic; for the share above a threshold, the threshold.
    pub statistic: f64,
    /// The median of the floors of the rows; +∞ when half of them are not curved at all.
    pub floor: f64,
}

impl Floor {
    /// The floor as a share of the statistic.
    pub fn share(&self) -> f64 {
        self.floor / self.statistic
    }

    /// Whether the statistic is too near to its floor.
    pub fn alarms(&self) -> bool {
        self.share() > ALARM
    }
}

impl Rows<'_> {
    /// The floor under a measured statistic at every size; of several cells the highest. Empty for calibration
    /// doubles, which do not maximise anything.
    pub fn floors(
        &self,
        place: &Place,
        quantity: Quantity,
        statistic: Statistic,
        measured: &Measured,
    ) -> Vec<Floor> {
        if matches!(self.experiment.arms[place.arm].method, Method::KnownRate { .. }) {
            return Vec::new();
        }
        let points = measured.points.iter().filter(|p| p.estimate.is_finite() && p.estimate > 0.0);
        points
            .filter_map(|point| {
                let medians = place.cells.iter().filter_map(|cell| {
                    let measure = &self.experiment.cells[*cell].scenario.truth.measure;
                    let weight: f64 = measure.atoms().iter().map(|a| exp(a.log_weight)).sum();
                    let rows = self.at(*cell, place.arm, point.size).iter();
                    let floors: Vec<f64> =
                        rows.filter_map(|r| of_row(r, quantity, weight.max(1.0))).collect();
                    Statistic::Median.evaluate(&floors)
                });
                let statistic = match statistic {
                    Statistic::Exceeds(threshold) => threshold,
                    _ => point.estimate,
                };
                let floor = medians.reduce(f64::max)?;
                Some(Floor { size: point.size, statistic, floor })
            })
            .collect()
    }
}

/// The floor of one row, given the total weight of the truth; `None` without a value, and for whole numbers.
fn of_row(record: &Record, quantity: Quantity, weight: f64) -> Option<f64> {
    let (fit, found) = (record.fit.as_ref()?, value(record, quantity)?);
    let left = fit.gain.max(0.0) / record.key.size as f64;
    let [hellinger, variation, divergence] = fit.density_errors;
    let floor = match quantity.kind {
        Kind::CellSize => return None,
        Kind::Hellinger => 0.5 * left.sqrt() + hellinger + ROUNDING,
        Kind::TotalVariation => (0.5 * left).sqrt() + variation + ROUNDING,
        Kind::Kl => 2.0 * (found.max(0.0) * left).sqrt() + left + divergence + ROUNDING,
        Kind::LikelihoodGain => fit.gain.max(0.0) + ROUNDING * fit.log_likelihood.abs(),
        _ => weight * distance(fit, left),
    };
    (!floor.is_nan()).then_some(floor)
}

/// How far the errors of all parameters together may be off those of the maximum.
fn distance(fit: &FittedRow, left: f64) -> f64 {
    if fit.curvature <= 0.0 {
        return f64::INFINITY;
    }
    let size = fit.parameters.iter().fold(0.0f64, |s, p| s.max(p.abs()));
    let rounding = f64::EPSILON * (size + 1.0 / fit.curvature);
    (fit.parameters.len() as f64).sqrt() * ((2.0 * left / fit.curvature).sqrt() + rounding)
}
