//! The calibration double: an estimator whose rate of convergence is known.

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;
use moe_core::numeric::{exp, ln};
use moe_core::stream::Address;

use crate::estimator::{Certificate, Estimator, Failure, Fit, Problem};
use crate::likelihood::Likelihood;
use crate::stop::StopReason;

/// Returns its centre with every pinned parameter moved by scale · n^rate · N(0, 1). Run through the
/// whole program it must give `rate` back; whoever builds it chooses the centre.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownRate {
    /// What is estimated.
    pub centre: MixingMeasure,
    /// Exponent of n.
    pub rate: f64,
    /// Size of the error at n = 1.
    pub scale: f64,
    /// Index of a Pareto variable, at least 1, that the whole perturbation is multiplied with: losses then have moments
    /// below this order only. None when `None`.
    pub tail: Option<f64>,
    /// It fails where some pinned parameter would be moved farther than this, so that failures depend on the data and
    /// are the worst of them; never when `None`.
    pub fails_above: Option<f64>,
    /// Where the errors come from.
    pub address: Address,
}

impl Estimator for KnownRate {
    fn fit(&self, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        if self.centre.shape() != problem.shape {
            return Err(Failure {
                reason: "known-rate fits exactly as many experts as its centre has".into(),
            });
        }
        let mut stream = self.address.stream();
        let centre = self.centre.parameters();
        let moves: Vec<f64> = centre.iter().map(|_| stream.normal()).collect();
        let factor = self.tail.map_or(1.0, |index| exp(-ln(stream.uniform_open()) / index));
        let size = factor * self.scale * exp(self.rate * ln(data.size() as f64));
        let farthest = size * moves.iter().fold(0.0_f64, |m, z| m.max(z.abs()));
        if let Some(limit) = self.fails_above.filter(|limit| farthest > *limit) {
            return Err(Failure { reason: format!("known-rate fails when it is off by more than {limit}") });
        }
        let parameters: Vec<f64> = centre.iter().zip(&moves).map(|(v, z)| size.mul_add(*z, *v)).collect();
        let mut likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
        let log_likelihood = likelihood.value(&parameters);
        let certificate = Certificate {
            score: 0.0,
            gain: 0.0,
            curvature: 0.0,
            at_box: parameters.iter().map(|v| v.abs() >= problem.box_bound).collect(),
            hits: 0,
            gap: None,
            stop: StopReason::Converged,
        };
        let measure = MixingMeasure::from_parameters(problem.shape, &parameters);
        Ok(Fit { measure, log_likelihood, certificate, starts: Vec::new(), passes: likelihood.passes() })
    }
}
