//! Maximum likelihood from starting points that are handed over.

use moe_core::dataset::Dataset;

use crate::conclude::{self, Candidate};
use crate::estimator::{Estimator, Failure, Fit, Problem};
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start, StartStreams};
use crate::stop::StopRule;

/// Plain random starts over the box, the first `count` of their family: those that a search with as many
/// random starts begins with.
pub fn random_starts(data: &Dataset, problem: &Problem, streams: &StartStreams, count: u32) -> Vec<Start> {
    let reach = Likelihood::new(data, problem.shape.experts, problem.gate_map).reach(problem.box_bound);
    let start = |i| {
        let index = streams.index(Role::Random, problem.shape.experts, 0, i);
        let parameters = start::random(&mut streams.stream(index), problem.shape, reach);
        Start { index, kind: Role::Random.kind(0), parameters }
    };
    (0..count).map(start).collect()
}

/// Newton ascents from given starts, each carried to the end. Where the starts come from is the
/// caller's affair: near-truth starts are the harness's, and it says so in every row.
///
/// ```
/// use moe_estimators::estimator::{Estimator, Problem};
/// use moe_estimators::given::FromStarts;
/// use moe_estimators::start::Start;
/// use moe_estimators::stop::StopRule;
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
/// // Any point will do: gate, then experts, each an intercept and a slope.
/// let start = Start { index: 0, kind: "by hand".into(), parameters: vec![0.0, 1.0, 0.0, 1.0, 0.0, -1.0] };
/// let stop = StopRule { score: 1e-9, gain: 1e-10, iterations: 300 };
/// let fit = FromStarts { starts: vec![start], stop }.fit(&data, &problem).map_err(|failure| failure.reason)?;
/// assert_eq!((fit.certificate.hits, fit.starts[0].kind.as_str()), (1, "by hand"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FromStarts {
    /// The starting points.
    pub starts: Vec<Start>,
    /// When an ascent stops.
    pub stop: StopRule,
}

impl Estimator for FromStarts {
    fn fit(&self, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let mut likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
        let mut candidates = Vec::with_capacity(self.starts.len());
        for start in &self.starts {
            let mut candidate = Candidate::new(&mut likelihood, start.clone(), problem.box_bound);
            candidate.ascent.finish(&mut likelihood, &self.stop);
            candidates.push(candidate);
        }
        conclude::fit(&mut likelihood, problem, &self.stop, candidates, Vec::new())
    }
}
