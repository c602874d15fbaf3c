//! The calibration double: an estimator whose rate of convergence is known.

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;
use moe_core::numeric::{exp, ln};
use moe_core::stream::Address;

use crate::estimator::{Certificate, Estimator, Failure, Fit, Problem};
use crate::likelihood::Likelihood;
use crate::stop::StopReason;
use crate::workers::Workers;

/// Returns its centre with every pinned parameter moved by scale · n^rate · N(0, 1). Run through the
/// whole program it must give `rate` back; whoever builds it chooses the centre.
///
/// ```
/// use moe_core::loss::{Loss, loss};
/// use moe_core::stream::{Address, Purpose};
/// use moe_estimators::estimator::{Estimator, Problem};
/// use moe_estimators::known_rate::KnownRate;
/// # use moe_core::covariate::CovariateLaw;
/// # use moe_core::gate::GateMap;
/// # use moe_core::measure::{Atom, MixingMeasure};
/// # use moe_core::sample::Sampler;
/// # use moe_core::scenario::Truth;
/// # let atom = |gate: f64, intercept: f64, slope: f64| Atom {
/// #     log_weight: 0.0,
/// #     gate_slope: vec![gate],
/// #     intercepts: vec![intercept],
/// #     slopes: vec![slope],
/// # };
/// # let measure = MixingMeasure::new(2, 1, vec![atom(4.0, 0.5, 4.0), atom(0.0, -0.5, -4.0)]);
/// # let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
/// # let truth = Truth { measure, gate_map: GateMap::Identity, law };
/// // `truth`: two experts, two classes, one covariate on a grid of 21 points.
/// let data = Sampler::new(&truth).draw(10_000, 1, 0);
/// let problem = Problem { shape: truth.measure.shape(), gate_map: truth.gate_map, box_bound: 10.0 };
///
/// let address =
///     Address { seed: 1, purpose: Purpose::Calibration, content: truth.hash(), size: 10_000, replication: 0 };
/// let centre = truth.measure.clone();
/// let double = KnownRate { centre, rate: -0.5, scale: 1.0, tail: None, fails_above: None, address };
/// let fit = double.fit(&data, &problem).map_err(|failure| failure.reason)?;
/// // At n = 10⁴ every parameter is off by about 10⁻².
/// let error = loss(Loss::D1, &fit.measure, &truth.measure).value;
/// assert!(0.001 < error && error < 0.5, "{error}");
/// # Ok::<(), String>(())
/// ```
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
    fn fit_shared(&self, workers: Workers, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
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
        let mut likelihood = Likelihood::shared_by(workers, data, problem.shape.experts, problem.gate_map);
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
