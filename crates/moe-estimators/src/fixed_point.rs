//! EM and MM, the iterations in common use: climbing a surrogate of the log-likelihood, step by step.
//!
//! Both keep the box of one reference, so their fits lie in the compact set. Their certificate is that of
//! every other fit: exact score and Hessian where they ended, whatever rule ended them.

use std::fmt;
use std::ops::Range;

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;

use crate::conclude::SAME_MAXIMUM;
use crate::em::MStep;
use crate::estimator::{Certificate, Estimator, Failure, Fit, Problem, StartOutcome};
use crate::likelihood::{Derivatives, Likelihood};
use crate::mm::Update;
use crate::newton::Ascent;
use crate::start::Start;
use crate::stop::{Stop, StopReason, StopRule};
use crate::surrogate::{Local, Surrogate, blocks};
use crate::trust_region::{Model, TrustRegion};
use crate::workers::Workers;

/// Which surrogate is climbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// Expectation and maximisation: gate and experts by weighted multinomial regression.
    Em,
    /// Minorisation and maximisation: a quadratic minoriser with closed-form updates.
    Mm,
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Map::Em => "em",
            Map::Mm => "mm",
        })
    }
}

/// EM or MM from given starts, each carried to the end; the best likelihood wins.
///
/// ```
/// use moe_core::stream::{Address, Purpose};
/// use moe_estimators::estimator::{Estimator, Problem};
/// use moe_estimators::fixed_point::{FixedPoint, Map};
/// use moe_estimators::given::random_starts;
/// use moe_estimators::start::StartStreams;
/// use moe_estimators::stop::{Stop, StopReason};
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
/// let address = Address { seed: 1, purpose: Purpose::Starts, content: truth.hash(), size: 10_000, replication: 0 };
/// let starts = random_starts(&data, &problem, &StartStreams { address, family: 0 }, 4);
/// // EM as it is commonly stopped: when an iteration changes the log-likelihood by a millionth.
/// let stop = Stop::RelativeLikelihood { change: 1e-6, iterations: 500 };
/// let fit = FixedPoint { map: Map::Em, starts, stop }.fit(&data, &problem).map_err(|failure| failure.reason)?;
/// assert_eq!(fit.certificate.stop, StopReason::LikelihoodChange);
/// // The certificate is exact, whatever rule ended the ascent: this is no maximum yet.
/// assert!(fit.certificate.score > 1e-9 && fit.certificate.gain > 1e-6);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FixedPoint {
    /// The surrogate.
    pub map: Map,
    /// The starting points.
    pub starts: Vec<Start>,
    /// When an ascent stops.
    pub stop: Stop,
}

impl Estimator for FixedPoint {
    fn fit_shared(&self, workers: Workers, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let mut likelihood = Likelihood::shared_by(workers, data, problem.shape.experts, problem.gate_map);
        let outcomes = self.starts.iter().map(|start| {
            let mut climb = Climb::new(&mut likelihood, self.map, &start.parameters, problem.box_bound);
            while climb.stopped().is_none() {
                climb.advance(&mut likelihood, &self.stop);
            }
            climb.outcome(&mut likelihood, start)
        });
        let outcomes: Vec<StartOutcome> = outcomes.collect();
        conclude(&mut likelihood, problem, outcomes)
    }
}

/// The best outcome as a fit, ties to the smaller start number.
fn conclude(
    likelihood: &mut Likelihood,
    problem: &Problem,
    mut starts: Vec<StartOutcome>,
) -> Result<Fit, Failure> {
    starts.sort_by_key(|s| s.index);
    let finite = || starts.iter().filter(|s| s.log_likelihood.is_finite());
    let Some(best) = finite().reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a }) else {
        return Err(Failure { reason: "no start has a finite log-likelihood".into() });
    };
    let value = best.log_likelihood;
    let same = |s: &&StartOutcome| s.log_likelihood >= value - SAME_MAXIMUM;
    let others = finite().filter(|s| !same(s)).map(|s| value - s.log_likelihood);
    let mut end = Ascent::new(likelihood, &best.parameters, problem.box_bound);
    let (gain, curvature) = end.certify(likelihood);
    let certificate = Certificate {
        score: end.projected_score(likelihood),
        gain,
        curvature,
        at_box: end.at_box(),
        hits: finite().filter(same).count() as u32,
        gap: others.reduce(f64::min),
        stop: best.stop,
    };
    let measure = MixingMeasure::from_parameters(problem.shape, &best.parameters);
    let passes = likelihood.passes();
    Ok(Fit { measure, log_likelihood: value, certificate, starts, passes })
}

/// One ascent of a surrogate, which can be watched step by step.
///
/// ```
/// use moe_estimators::fixed_point::{Climb, Map};
/// use moe_estimators::likelihood::Likelihood;
/// use moe_estimators::stop::Stop;
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
/// // EM never goes down.
/// let mut likelihood = Likelihood::new(&data, 2, truth.gate_map);
/// let mut climb = Climb::new(&mut likelihood, Map::Em, &[0.0, 1.0, 0.0, 1.0, 0.0, -1.0], 10.0);
/// let mut value = climb.value();
/// for _ in 0..10 {
///     climb.advance(&mut likelihood, &Stop::Iterations(100));
///     assert!(climb.value() >= value);
///     value = climb.value();
/// }
/// assert_eq!(climb.iterations(), 10);
/// ```
#[derive(Clone, Debug)]
pub struct Climb {
    parameters: Vec<f64>,
    before: Vec<f64>,
    bound: f64,
    blocks: Vec<Range<usize>>,
    surrogate: Surrogate,
    here: Local,
    step: Step,
    exact: Derivatives,
    region: TrustRegion,
    iterations: u32,
    passes: u32,
    stopped: Option<StopReason>,
}

/// What moves the parameters once the responsibilities are known.
#[derive(Clone, Debug)]
enum Step {
    Em(MStep),
    Mm(Update),
}

impl Climb {
    /// An ascent from a start (pinned parameters, length P), moved into the box of half-width `bound`.
    pub fn new(likelihood: &mut Likelihood, map: Map, start: &[f64], bound: f64) -> Self {
        let (newton, step) = match map {
            Map::Em => (true, Step::Em(MStep::default())),
            Map::Mm => (false, Step::Mm(Update::default())),
        };
        let mut climb = Self {
            parameters: start.iter().map(|v| v.clamp(-bound, bound)).collect(),
            before: Vec::new(),
            bound,
            blocks: blocks(likelihood.shape()),
            surrogate: Surrogate::new(likelihood, newton),
            here: Local::default(),
            step,
            exact: Derivatives::default(),
            region: TrustRegion::default(),
            iterations: 0,
            passes: 0,
            stopped: None,
        };
        climb.expect(likelihood);
        climb
    }

    /// Total log-likelihood where the ascent stands, in nats.
    pub fn value(&self) -> f64 {
        self.here.log_likelihood
    }

    /// Pinned parameters where the ascent stands.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Iterations so far.
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Why the ascent stopped; `None` while it can go on.
    pub fn stopped(&self) -> Option<StopReason> {
        self.stopped
    }

    /// Largest |component| of the projected score per observation: at its own point the score of the
    /// surrogate is that of the log-likelihood.
    pub fn projected_score(&self, likelihood: &Likelihood) -> f64 {
        let model = Model { score: &self.here.score, hessian: &[], at: &self.parameters, bound: self.bound };
        model.projected_score() / likelihood.size()
    }

    /// One more iteration, unless the rule has ended the ascent.
    pub fn advance(&mut self, likelihood: &mut Likelihood, rule: &Stop) {
        if self.stopped.is_none() {
            self.stopped = self.iterate(likelihood, rule);
        }
    }

    fn iterate(&mut self, likelihood: &mut Likelihood, rule: &Stop) -> Option<StopReason> {
        if !self.value().is_finite() {
            return Some(StopReason::Stalled);
        }
        if let Stop::Score(rule) = rule
            && self.is_maximum(likelihood, rule)
        {
            return Some(StopReason::Converged);
        }
        if self.iterations >= rule.iterations() {
            return Some(StopReason::IterationCap);
        }
        self.iterations += 1;
        let value = self.value();
        self.before.clone_from(&self.parameters);
        self.take_step(likelihood);
        self.expect(likelihood);
        let moved =
            self.parameters.iter().zip(&self.before).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        match *rule {
            Stop::RelativeLikelihood { change, .. }
                if (self.value() - value).abs() <= change * value.abs() =>
            {
                Some(StopReason::LikelihoodChange)
            }
            Stop::ParameterStep { length, .. } if moved <= length => Some(StopReason::ParameterStep),
            _ if self.parameters == self.before => Some(StopReason::Stalled),
            _ => None,
        }
    }

    /// Whether our rule is met: the score first, which is known, then the gain, which needs the Hessian.
    fn is_maximum(&mut self, likelihood: &mut Likelihood, rule: &StopRule) -> bool {
        if self.projected_score(likelihood) > rule.score {
            return false;
        }
        likelihood.derivatives(&self.parameters, &mut self.exact);
        self.passes += 1;
        let model = Model {
            score: &self.exact.score,
            hessian: &self.exact.hessian,
            at: &self.parameters,
            bound: self.bound,
        };
        self.region.look(model);
        self.region.remaining_gain().is_some_and(|gain| gain <= rule.gain)
            && model.projected_score() <= rule.score * likelihood.size()
    }

    fn expect(&mut self, likelihood: &mut Likelihood) {
        self.surrogate.expect(likelihood, &self.parameters, &mut self.here);
        self.count(likelihood, 1);
    }

    fn take_step(&mut self, likelihood: &mut Likelihood) {
        let (here, at) = (&mut self.here, &mut self.parameters);
        let passes = match &mut self.step {
            Step::Em(step) => {
                step.maximise(&mut self.surrogate, likelihood, &self.blocks, here, (at, self.bound))
            }
            Step::Mm(step) => {
                step.apply(likelihood.shape().row(), &self.blocks, here, at, self.bound);
                0
            }
        };
        self.count(likelihood, passes);
    }

    fn count(&mut self, likelihood: &mut Likelihood, passes: u32) {
        self.passes += passes;
        likelihood.count_passes(u64::from(passes));
    }

    /// What is recorded of the ascent, its likelihood evaluated once more as that of any fit.
    fn outcome(&self, likelihood: &mut Likelihood, start: &Start) -> StartOutcome {
        StartOutcome {
            index: start.index,
            kind: start.kind.clone(),
            log_likelihood: likelihood.value(&self.parameters),
            iterations: self.iterations,
            passes: self.passes + 1,
            stop: self.stopped.unwrap_or(StopReason::IterationCap),
            origin: start.parameters.clone(),
            parameters: self.parameters.clone(),
        }
    }
}
