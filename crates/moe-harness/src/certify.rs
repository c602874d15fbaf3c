//! Whether a fit can be believed: by its certificate, and by what only a simulation knows, likelihoods that the maximum
//! is sure to reach.

use std::sync::Arc;

use moe_core::measure::MixingMeasure;
use moe_core::scenario::Scenario;
use moe_estimators::estimator::{Certificate, Fit};
use moe_estimators::likelihood::Likelihood;
use moe_estimators::newton::Ascent;
use moe_estimators::stop::{StopReason, StopRule};

use crate::experiment::Method;
use crate::record::{PROVEN_FAILURE, Status};

/// A fit may be this much (nats) below what the maximum is sure to reach before that proves anything.
const ALLOWANCE: f64 = 1e-6;

/// The same relative to the likelihood: rounding of two totals, which exceeds [`ALLOWANCE`] above n ≈ 10⁹.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// When the ascent to the exact-specified fit stops. Where it stops hardly matters: every point of it is a lower bound.
const EXACT: StopRule = StopRule { score: 1e-9, gain: 1e-10, iterations: 100 };

/// What the harness knows of one data set and no estimator does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    /// Total log-likelihood of the truth, in nats.
    pub(crate) truth: f64,
    /// Total log-likelihood of the exact-specified fit next to the truth; `None` in an exact-specified cell.
    pub(crate) exact: Option<f64>,
    /// Whether the compact set holds the density of the truth, and that of the exact-specified fit.
    reachable: [bool; 2],
}

impl Known {
    /// From the data under models of the true order.
    pub(crate) fn new(likelihood: &mut Likelihood, scenario: &Scenario) -> Self {
        let truth = &scenario.truth.measure;
        let reachable = |measure: &MixingMeasure| measure.splits_within(scenario.fitted, scenario.box_bound);
        let value = likelihood.value(&truth.parameters());
        let exact = (scenario.fitted > scenario.true_experts()).then(|| exact_fit(likelihood, scenario));
        Self {
            truth: value,
            exact: exact.as_ref().map(|(_, value)| *value),
            reachable: [reachable(truth), exact.is_some_and(|(measure, _)| reachable(&measure))],
        }
    }

    /// The sentence that proves the failure of a fit of this log-likelihood, when there is one.
    fn proof(&self, log_likelihood: f64) -> Option<String> {
        let sure = [("the truth", Some(self.truth)), ("the exact-specified fit", self.exact)];
        let sure = sure.into_iter().zip(self.reachable).filter(|(_, reachable)| *reachable);
        let (whose, value) = sure
            .filter_map(|((whose, value), _)| Some((whose, value.filter(|v| v.is_finite())?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let short_by = value - log_likelihood;
        (short_by > ALLOWANCE + ROUNDING * value.abs())
            .then(|| format!("{PROVEN_FAILURE}: {short_by:.6} nats below the likelihood of {whose}"))
    }
}

/// The maximum of the model of the true order that an ascent from the truth reaches, and its log-likelihood: a lower
/// bound of that model's maximum over the box.
fn exact_fit(likelihood: &mut Likelihood, scenario: &Scenario) -> (MixingMeasure, f64) {
    let truth = &scenario.truth.measure;
    let references = 0..truth.shape().experts;
    let extent = |r: &usize| truth.extent_pinned_at(*r);
    let reference = references.min_by(|a, b| extent(a).total_cmp(&extent(b))).unwrap_or(0);
    let mut ascent = Ascent::new(likelihood, &truth.parameters_pinned_at(reference), scenario.box_bound);
    ascent.finish(likelihood, &EXACT);
    (MixingMeasure::from_parameters(truth.shape(), ascent.parameters()), ascent.value())
}

/// Certified, or what speaks against the fit of a method. That the curvature is singular does not: maxima of
/// over-specified models often are. The calibration double certifies nothing and claims nothing.
pub(crate) fn certify(fit: &Fit, method: &Method, known: &Known) -> (Status, Arc<str>) {
    let Some(thresholds) = method.thresholds() else { return (Status::Certified, "".into()) };
    if let Some(proof) = known.proof(fit.log_likelihood) {
        return (Status::Failed, proof.into());
    }
    let certificate = &fit.certificate;
    let met = certificate.score <= thresholds.score && certificate.gain <= thresholds.gain;
    let reason = match method {
        Method::FixedPoint { .. } if met => return (Status::Certified, "".into()),
        Method::FixedPoint { .. } => ended_short(certificate),
        _ if certificate.stop != StopReason::Converged => {
            format!("the ascent ended with {}", certificate.stop)
        }
        _ if !met => "the stopping rule is not met at the fit".to_owned(),
        _ => return (Status::Certified, "".into()),
    };
    (Status::Uncertified, reason.into())
}

/// What ended an ascent that a rule of change let go, and how much was still to come.
fn ended_short(certificate: &Certificate) -> String {
    let by = match certificate.stop {
        StopReason::LikelihoodChange => "the likelihood's change",
        StopReason::ParameterStep => "the parameters' step",
        StopReason::IterationCap => "the cap on iterations",
        _ => "rounding",
    };
    if certificate.gain.is_finite() {
        format!("stopped by {by} with a predicted remaining gain of {:.1e} nats", certificate.gain)
    } else {
        format!("stopped by {by} where the likelihood curves upwards")
    }
}
