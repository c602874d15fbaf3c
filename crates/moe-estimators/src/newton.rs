//! Trust-region Newton ascent of the log-likelihood over a box, one step at a time.
//!
//! An ascent can be paused and resumed, so that a search can give many starts a few steps each and
//! carry only the promising ones to the end.

use moe_core::numeric::eigen;

use crate::likelihood::{Derivatives, Likelihood};
use crate::stop::{StopReason, StopRule};
use crate::trust_region::{Model, TrustRegion};

/// Rounding noise of a total log-likelihood, relative to its size.
const VALUE_NOISE: f64 = 4.0 * f64::EPSILON;

/// An ascent is given up when this many times its predicted remaining gain, or its gain over the last
/// [`PATIENCE`] iterations, would leave it behind the best known value.
const GAIN_ALLOWANCE: f64 = 20.0;

/// Iterations over which the recent gain of an ascent is taken.
const PATIENCE: u32 = 12;

/// A step shorter than this, relative to the box, is no step.
const SHORTEST: f64 = 1e-14;

/// One ascent: the current point with its derivatives, and the trust radius.
///
/// ```
/// use moe_estimators::likelihood::Likelihood;
/// use moe_estimators::newton::Ascent;
/// use moe_estimators::stop::{StopReason, StopRule};
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
/// let mut likelihood = Likelihood::new(&data, 2, truth.gate_map);
/// let rule = StopRule { score: 1e-9, gain: 1e-10, iterations: 300 };
/// let mut ascent = Ascent::new(&mut likelihood, &truth.measure.parameters(), 10.0);
/// let begun = ascent.value();
/// // A few steps, a look, and on to the end.
/// ascent.advance(&mut likelihood, &rule, 2);
/// assert!(ascent.value() > begun && ascent.stopped().is_none());
/// assert_eq!(ascent.finish(&mut likelihood, &rule), StopReason::Converged);
/// assert!(ascent.projected_score(&likelihood) <= rule.score && ascent.iterations() < 20);
/// ```
#[derive(Clone, Debug)]
pub struct Ascent {
    parameters: Vec<f64>,
    here: Derivatives,
    there: Derivatives,
    bound: f64,
    radius: f64,
    iterations: u32,
    passes: u32,
    stopped: Option<StopReason>,
    region: TrustRegion,
    /// Whether the trust region has looked at the point where the ascent stands.
    looked: bool,
    trial: Vec<f64>,
}

impl Ascent {
    /// An ascent from a start (pinned parameters, length P), moved into the box of half-width `bound`.
    pub fn new(likelihood: &mut Likelihood, start: &[f64], bound: f64) -> Self {
        let parameters: Vec<f64> = start.iter().map(|v| v.clamp(-bound, bound)).collect();
        let mut here = Derivatives::default();
        likelihood.derivatives(&parameters, &mut here);
        Self {
            parameters,
            here,
            there: Derivatives::default(),
            bound,
            radius: 1.0_f64.min(bound),
            iterations: 0,
            passes: 1,
            stopped: None,
            region: TrustRegion::default(),
            looked: false,
            trial: Vec::new(),
        }
    }

    /// Goes on over the data of which an ascent has climbed the draft. Its first step takes the score of these data and
    /// the curvature of the draft, which is nearly theirs and saves a third of a pass; where that does not lead up, it
    /// begins as any other.
    pub(crate) fn carried(likelihood: &mut Likelihood, from: &Ascent) -> Self {
        let mut ascent = Self { iterations: 0, passes: 1, stopped: None, looked: false, ..from.clone() };
        ascent.radius = 1.0_f64.min(ascent.bound);
        likelihood.score(&ascent.parameters, &mut ascent.here);
        if ascent.is_finite() {
            let score = ascent.model().projected_score();
            let (predicted, length) = ascent.propose();
            if ascent.is_step(length) {
                ascent.iterations += 1;
                ascent.look_ahead(likelihood);
                if ascent.judge(predicted, length, score) {
                    ascent.move_there();
                    return ascent;
                }
            }
        }
        Self::new(likelihood, &from.parameters, from.bound).continuing(&ascent)
    }

    /// Total log-likelihood where the ascent stands.
    pub fn value(&self) -> f64 {
        self.here.value
    }

    /// Pinned parameters where the ascent stands.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Iterations so far.
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Passes over the data so far.
    pub fn passes(&self) -> u32 {
        self.passes
    }

    /// Why the ascent stopped; `None` while it can go on.
    pub fn stopped(&self) -> Option<StopReason> {
        self.stopped
    }

    /// The same ascent, its iterations and passes counted on from an earlier one.
    pub(crate) fn continuing(mut self, earlier: &Ascent) -> Self {
        self.iterations += earlier.iterations;
        self.passes += earlier.passes;
        self
    }

    /// The same, with the iterations and passes of another ascent that leads here.
    pub(crate) fn counted_as(self, other: &Ascent) -> Self {
        Self { iterations: other.iterations, passes: other.passes, ..self }
    }

    fn model(&self) -> Model<'_> {
        Model {
            score: &self.here.score,
            hessian: &self.here.hessian,
            at: &self.parameters,
            bound: self.bound,
        }
    }

    /// Largest |component| of the projected score per observation.
    pub fn projected_score(&self, likelihood: &Likelihood) -> f64 {
        self.model().projected_score() / likelihood.size()
    }

    /// Takes up to `steps` further steps under the stopping rule.
    pub fn advance(&mut self, likelihood: &mut Likelihood, rule: &StopRule, steps: u32) {
        for _ in 0..steps {
            if self.stopped.is_some() {
                return;
            }
            self.stopped = self.step(likelihood, rule);
        }
    }

    /// Goes on until the rule stops it.
    pub fn finish(&mut self, likelihood: &mut Likelihood, rule: &StopRule) -> StopReason {
        loop {
            match self.stopped {
                Some(reason) => return reason,
                None => self.stopped = self.step(likelihood, rule),
            }
        }
    }

    /// Goes on until the rule stops it, or until several times its predicted remaining gain, or its
    /// recent gain carried on for long, would leave it behind `best`; says whether it went to the end.
    pub(crate) fn finish_unless_behind(
        &mut self,
        likelihood: &mut Likelihood,
        rule: &StopRule,
        best: f64,
    ) -> bool {
        let mut mark = (self.iterations, self.here.value);
        while self.stopped.is_none() {
            let short_by = best - self.here.value;
            if short_by > 0.0 {
                let allowed = |gain: f64| GAIN_ALLOWANCE * gain < short_by;
                if self.remaining_gain().is_some_and(allowed) {
                    return false;
                }
                if self.iterations >= mark.0 + PATIENCE {
                    if GAIN_ALLOWANCE * (self.here.value - mark.1) < short_by {
                        return false;
                    }
                    mark = (self.iterations, self.here.value);
                }
            }
            self.stopped = self.step(likelihood, rule);
        }
        true
    }

    /// Predicted remaining gain in nats, and the smallest curvature in the free coordinates per
    /// observation (the least eigenvalue of −H restricted to them).
    pub fn certify(&mut self, likelihood: &Likelihood) -> (f64, f64) {
        let gain = self.remaining_gain().unwrap_or(f64::INFINITY);
        let (free, curvature) = self.region.free_curvature();
        let lowest = if free.is_empty() { 0.0 } else { eigen(&curvature, free.len()).values[0] };
        (gain, lowest / likelihood.size())
    }

    fn remaining_gain(&mut self) -> Option<f64> {
        self.look();
        self.region.remaining_gain()
    }

    /// Lets the trust region look at the point where the ascent stands, unless it has.
    fn look(&mut self) {
        if !self.looked {
            let model = Model {
                score: &self.here.score,
                hessian: &self.here.hessian,
                at: &self.parameters,
                bound: self.bound,
            };
            self.region.look(model);
            self.looked = true;
        }
    }

    /// Which coordinates stand at the box.
    pub fn at_box(&self) -> Vec<bool> {
        self.parameters.iter().map(|v| v.abs() >= self.bound).collect()
    }

    fn step(&mut self, likelihood: &mut Likelihood, rule: &StopRule) -> Option<StopReason> {
        if !self.is_finite() {
            return Some(StopReason::Stalled);
        }
        let score = self.projected_score(likelihood);
        if score <= rule.score && self.remaining_gain().is_some_and(|gain| gain <= rule.gain) {
            return Some(StopReason::Converged);
        }
        if self.iterations >= rule.iterations {
            return Some(StopReason::IterationCap);
        }
        self.iterations += 1;
        loop {
            let (predicted, length) = self.propose();
            if !self.is_step(length) {
                return Some(StopReason::Stalled);
            }
            self.look_ahead(likelihood);
            if self.judge(predicted, length, score * likelihood.size()) {
                self.move_there();
                return None;
            }
        }
    }

    /// Whether value and score are numbers where the ascent stands.
    fn is_finite(&self) -> bool {
        self.here.value.is_finite() && self.here.score.iter().all(|s| s.is_finite())
    }

    /// Whether a step of this length leads anywhere.
    fn is_step(&self, length: f64) -> bool {
        length > SHORTEST * self.bound && length.is_finite()
    }

    /// Derivatives at the trial point.
    fn look_ahead(&mut self, likelihood: &mut Likelihood) {
        likelihood.derivatives(&self.trial, &mut self.there);
        self.passes += 1;
    }

    /// Makes the trial point the one where the ascent stands.
    fn move_there(&mut self) {
        std::mem::swap(&mut self.parameters, &mut self.trial);
        std::mem::swap(&mut self.here, &mut self.there);
        self.looked = false;
    }

    /// Fills the trial point; returns the predicted gain and the length of the step.
    fn propose(&mut self) -> (f64, f64) {
        self.look();
        let model = Model {
            score: &self.here.score,
            hessian: &self.here.hessian,
            at: &self.parameters,
            bound: self.bound,
        };
        let predicted = self.region.solve(model, self.radius);
        let step = &self.region.step;
        let length = step.iter().map(|v| v * v).sum::<f64>().sqrt();
        self.trial.clear();
        let moved = self.parameters.iter().zip(step).map(|(v, s)| (v + s).clamp(-self.bound, self.bound));
        self.trial.extend(moved);
        (predicted, length)
    }

    /// Whether the trial point is accepted; adapts the radius. Below the noise of the value a step is
    /// judged by the score, which is not yet noise.
    fn judge(&mut self, predicted: f64, length: f64, score: f64) -> bool {
        let actual = self.there.value - self.here.value;
        let noise = VALUE_NOISE * self.here.value.abs();
        if predicted <= noise {
            let there = Model {
                score: &self.there.score,
                hessian: &self.there.hessian,
                at: &self.trial,
                bound: self.bound,
            };
            let better = actual >= -noise && there.projected_score() < 0.9 * score;
            self.radius = if better { self.radius } else { 0.25 * length };
            return better;
        }
        let ratio = actual / predicted;
        if ratio.is_nan() || ratio < 0.25 {
            self.radius = 0.25 * length;
        } else if ratio > 0.75 && length > 0.8 * self.radius {
            self.radius = (2.0 * self.radius).min(4.0 * self.bound);
        }
        ratio > 1e-4
    }
}
