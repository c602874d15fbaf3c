//! Maximum likelihood from starting points that are handed over.

use moe_core::dataset::Dataset;

use crate::conclude::{self, Candidate};
use crate::estimator::{Estimator, Failure, Fit, Problem};
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start, StartStreams};
use crate::stop::StopRule;
use crate::workers::Workers;

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
#[derive(Clone, Debug, PartialEq)]
pub struct FromStarts {
    /// The starting points.
    pub starts: Vec<Start>,
    /// When an ascent stops.
    pub stop: StopRule,
    /// Whether many rows of continuous covariates are first ascended on their draft (`draft.rs`), then to the end on
    /// the rows. Several times faster; but where there are several maxima, an ascent may end in another one than its
    /// start would lead to. So arms whose question is where a start leads do not.
    pub drafted: bool,
}

impl Estimator for FromStarts {
    fn fit_shared(&self, workers: Workers, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let mut likelihood = Likelihood::shared_by(workers, data, problem.shape.experts, problem.gate_map);
        let draft = if self.drafted { likelihood.draft(problem) } else { None };
        let candidates = match draft {
            Some(mut draft) => {
                let drafted = self.ascend(&mut draft, problem);
                likelihood.count_draft(&draft);
                let carry = |c: Candidate| c.carried_to(&mut likelihood, &self.stop);
                drafted.into_iter().map(carry).collect()
            }
            None => self.ascend(&mut likelihood, problem),
        };
        conclude::fit(&mut likelihood, problem, &self.stop, candidates, Vec::new())
    }
}

impl FromStarts {
    fn ascend(&self, likelihood: &mut Likelihood, problem: &Problem) -> Vec<Candidate> {
        let ascend = |start: &Start| {
            let mut candidate = Candidate::new(likelihood, start.clone(), problem.box_bound);
            candidate.ascent.finish(likelihood, &self.stop);
            candidate
        };
        self.starts.iter().map(ascend).collect()
    }
}
