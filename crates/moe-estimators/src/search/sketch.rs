//! Ascents on a sketch of the data: how far they go, and which of them are carried on to the data.

use crate::conclude::Candidate;
use crate::likelihood::Likelihood;
use crate::newton::Ascent;
use crate::search::carry::CarriedOver;
use crate::stop::StopRule;

/// An ascent on a sketch goes to its end, and is carried over, unless it stays farther (nats) than this behind the best fit.
const MARGIN: f64 = 1.5;

/// An ascent on a sketch has come to its end when it predicts a smaller gain (nats).
const GAIN: f64 = 1e-3;

/// Data are sketched anew around a fit that is this much (nats) better than the one that they are sketched around.
const ANEW: f64 = 8.0;

/// The data sketched around a fit.
pub(super) struct Sketch {
    likelihood: Likelihood,
    carried: CarriedOver,
    /// Log-likelihood of the fit by the data.
    value: f64,
    /// The same, less its log-likelihood by the sketch.
    offset: f64,
}

impl Sketch {
    /// `likelihood` is that of the sketch, `fit` what it is made around, with `experts` experts.
    pub(super) fn new(likelihood: Likelihood, experts: usize, fit: &Ascent) -> Self {
        let by_sketch = likelihood.with_experts(experts).value(fit.parameters());
        let (carried, value) = (CarriedOver::default(), fit.value());
        Self { likelihood, carried, value, offset: value - by_sketch }
    }

    pub(super) fn likelihood(&mut self) -> &mut Likelihood {
        &mut self.likelihood
    }

    /// What a log-likelihood by the sketch lacks to one by the data, nearly.
    pub(super) fn offset(&self) -> f64 {
        self.offset
    }

    /// Whether a fit of this log-likelihood is so much better that the data should be sketched around it.
    pub(super) fn is_outgrown_by(&self, value: f64) -> bool {
        value > self.value + ANEW
    }

    /// Carries a candidate to a maximum of the sketch; whether that comes near `wanted`.
    pub(super) fn finish(&mut self, candidate: &mut Candidate, stop: &StopRule, wanted: f64) -> bool {
        let near = wanted - MARGIN - self.offset;
        let ascent = &mut candidate.ascent;
        let stop = &StopRule { score: f64::INFINITY, gain: GAIN, ..*stop };
        ascent.finish_unless_behind(&mut self.likelihood, stop, near) && ascent.value() >= near
    }

    /// From its maximum of the sketch to the end on the data, unless it falls behind `wanted` there; whether it did not.
    pub(super) fn carry_over(
        &mut self,
        candidate: &mut Candidate,
        data: &mut Likelihood,
        stop: &StopRule,
        wanted: f64,
    ) -> bool {
        self.carried.carry(candidate, (&mut self.likelihood, data), stop, wanted)
    }
}
