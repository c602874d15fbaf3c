//! The truth-blind multi-start search for the maximum-likelihood fit.
//!
//! 1. Many starts: random ones over the box; and the best maxima found with one expert less, each with
//!    the new atoms of greatest promise inserted.
//! 2. Every start is given a few Newton steps. Then, best first, each is carried to the end, unless
//!    even several times its predicted remaining gain would leave it behind the best so far.
//! 3. A finished candidate with a gate coordinate at the box is polished under every reference atom,
//!    because the compact set is the union over references.

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;
use moe_core::shape::Shape;

use crate::conclude::{self, Candidate};
use crate::estimator::{Estimator, Failure, Fit, Problem, StartOutcome};
use crate::insertion::Base;
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start, StartStreams};
use crate::stop::{StopReason, StopRule};

/// How much a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random starts over the box.
    pub random: u32,
    /// Distinct maxima with one expert less that atoms are inserted into.
    pub bases: u32,
    /// Random atoms whose insertion into each of these maxima is scored.
    pub candidates: u32,
    /// The most promising of them, for each maximum, from which an ascent starts.
    pub insertions: u32,
    /// Newton steps that each start gets before they are ranked.
    pub screening: u32,
    /// The best ranked starts, which are carried on.
    pub finish: u32,
}

/// A start is given up when its value plus this many times its predicted remaining gain stays behind
/// the best finished one.
const GAIN_ALLOWANCE: f64 = 8.0;

/// Maximum likelihood by a truth-blind search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// How much it looks.
    pub effort: Effort,
    /// When an ascent stops.
    pub stop: StopRule,
    /// Where its draws come from.
    pub streams: StartStreams,
}

/// Starts, with what it took to make them.
struct Starts {
    starts: Vec<Start>,
    /// Outcomes of the starts of the fits with one expert less.
    smaller: Vec<StartOutcome>,
    /// Passes spent on them.
    passes: u64,
}

impl Estimator for Search {
    fn fit(&self, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let mut likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
        let (candidates, outcomes, passes) = self.candidates(&mut likelihood, problem);
        let mut fit = conclude::fit(&mut likelihood, problem, &self.stop, candidates, outcomes)?;
        fit.passes += passes;
        Ok(fit)
    }
}

impl Search {
    /// Finished candidates, the outcomes of all other starts, and the passes spent on smaller models.
    fn candidates(
        &self,
        likelihood: &mut Likelihood,
        problem: &Problem,
    ) -> (Vec<Candidate>, Vec<StartOutcome>, u64) {
        let Starts { starts, smaller, passes } = self.starts(likelihood, problem);
        let mut running: Vec<Candidate> =
            starts.into_iter().map(|s| Candidate::new(likelihood, s, problem.box_bound)).collect();
        for candidate in &mut running {
            candidate.ascent.advance(likelihood, &self.stop, self.effort.screening);
        }
        conclude::rank(&mut running);
        let keep = running.len().min((self.effort.finish as usize).max(1));
        let mut given_up = smaller;
        given_up.extend(running.drain(keep..).map(|c| c.outcome(StopReason::Screened)));
        let mut finished: Vec<Candidate> = Vec::new();
        let mut best = f64::NEG_INFINITY;
        for mut candidate in running {
            if candidate.ascent.finish_unless_behind(likelihood, &self.stop, best, GAIN_ALLOWANCE) {
                best = best.max(candidate.ascent.value());
                finished.push(candidate);
            } else {
                given_up.push(candidate.outcome(StopReason::Screened));
            }
        }
        (finished, given_up, passes)
    }

    fn starts(&self, likelihood: &mut Likelihood, problem: &Problem) -> Starts {
        let shape = problem.shape;
        if shape.experts == 1 {
            // One expert is multinomial logistic regression: concave, so any start will do.
            let zero = Start {
                index: self.streams.index(Role::Random, 1, 0, 0),
                kind: "zero".into(),
                parameters: vec![0.0; shape.parameters()],
            };
            return Starts { starts: vec![zero], smaller: Vec::new(), passes: 0 };
        }
        let reach = likelihood.reach(problem.box_bound);
        let mut starts: Vec<Start> = (0..self.effort.random)
            .map(|i| {
                let index = self.streams.index(Role::Random, shape.experts, 0, i);
                let parameters = start::random(&mut self.streams.stream(index), shape, reach);
                Start { index, kind: "random".into(), parameters }
            })
            .collect();
        if self.effort.bases == 0 || self.effort.insertions == 0 {
            return Starts { starts, smaller: Vec::new(), passes: 0 };
        }
        let mut smaller = likelihood.with_experts(shape.experts - 1);
        let (maxima, outcomes) = self.smaller_maxima(&mut smaller, problem);
        for (rank, base) in maxima.iter().enumerate() {
            starts.extend(self.insertions(&mut smaller, base, rank, reach, problem.box_bound));
        }
        Starts { starts, smaller: outcomes, passes: smaller.passes() }
    }

    /// The best distinct maxima with one expert less, found in the same way, and the outcomes of the
    /// starts that this took.
    fn smaller_maxima(
        &self,
        likelihood: &mut Likelihood,
        problem: &Problem,
    ) -> (Vec<MixingMeasure>, Vec<StartOutcome>) {
        let problem = Problem { shape: likelihood.shape(), ..*problem };
        let (mut candidates, mut outcomes, passes) = self.candidates(likelihood, &problem);
        likelihood.count_passes(passes);
        outcomes.extend(candidates.iter().map(Candidate::own_outcome));
        for outcome in &mut outcomes {
            outcome.kind = format!("smaller-{}", outcome.kind);
        }
        conclude::rank(&mut candidates);
        candidates.dedup_by(|later, earlier| {
            (earlier.ascent.value() - later.ascent.value()).abs() < conclude::SAME_MAXIMUM
        });
        let best = candidates.iter().take(self.effort.bases as usize);
        let maxima = best.map(|c| MixingMeasure::from_parameters(problem.shape, c.ascent.parameters()));
        (maxima.collect(), outcomes)
    }

    /// The most promising of many random atoms, each with its best weight.
    fn insertions(
        &self,
        smaller: &mut Likelihood,
        base: &MixingMeasure,
        rank: usize,
        reach: f64,
        bound: f64,
    ) -> Vec<Start> {
        let shape: Shape = base.shape();
        let evaluated = Base::new(smaller, &base.parameters());
        let mut promising: Vec<(f64, Start)> = (0..self.effort.candidates)
            .filter_map(|i| {
                let index = self.streams.index(Role::Insertion, shape.experts + 1, rank, i);
                let mut atom = start::random_atom(&mut self.streams.stream(index), shape, reach);
                let promise = evaluated.promise(smaller, &atom);
                atom.log_weight = promise.log_weight.clamp(-bound, bound);
                let parameters = start::with_atom(base, atom).parameters();
                let kind = format!("insertion-{rank}");
                (promise.gain > 0.0).then_some((promise.gain, Start { index, kind, parameters }))
            })
            .collect();
        smaller.count_passes(u64::from(self.effort.candidates));
        promising.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.index.cmp(&b.1.index)));
        promising.truncate(self.effort.insertions as usize);
        promising.into_iter().map(|(_, start)| start).collect()
    }
}
