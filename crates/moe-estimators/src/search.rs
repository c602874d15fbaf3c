//! The truth-blind multi-start search for the maximum-likelihood fit.
//!
//! 1. Random starts over the box; and the best maxima found with one expert less, each with the new
//!    atoms of greatest promise inserted.
//! 2. Every start is given a few Newton steps. Then, best first, each is carried to the end, unless
//!    even several times its predicted or its recent gain would leave it behind the best so far.
//! 3. Exchange: each atom of the best fit in turn is taken out and promising ones are put in its place,
//!    until a round finds nothing better.
//! 4. A finished candidate with a gate coordinate at the box is polished under every reference atom,
//!    because the compact set is the union over references.

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;

use crate::conclude::{self, Candidate, SAME_MAXIMUM};
use crate::estimator::{Estimator, Failure, Fit, Problem, StartOutcome};
use crate::insertion::Base;
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start, StartStreams};
use crate::stop::{StopReason, StopRule};

/// How much a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random starts over the box; a quarter of them with one expert less.
    pub random: u32,
    /// Distinct maxima with one expert less that atoms are inserted into.
    pub bases: u32,
    /// Random atoms whose insertion is scored, for each base and each exchanged atom.
    pub candidates: u32,
    /// The most promising of them, from which an ascent starts.
    pub insertions: u32,
    /// Rounds of exchange at most; a round that finds nothing better is the last.
    pub exchanges: u32,
    /// Newton steps that each start gets before they are ranked.
    pub screening: u32,
}

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

impl Estimator for Search {
    fn fit(&self, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
        let mut hunt = Hunt::new(*self, likelihood, *problem);
        hunt.go();
        conclude::fit(&mut hunt.likelihood, problem, &self.stop, hunt.finished, hunt.ended)
    }
}

/// A search among models of one shape, under way.
struct Hunt {
    search: Search,
    problem: Problem,
    likelihood: Likelihood,
    /// Candidates carried to the end.
    finished: Vec<Candidate>,
    /// Outcomes of all other starts, those of smaller models included.
    ended: Vec<StartOutcome>,
}

impl Hunt {
    fn new(search: Search, likelihood: Likelihood, problem: Problem) -> Self {
        Self { search, problem, likelihood, finished: Vec::new(), ended: Vec::new() }
    }

    fn go(&mut self) {
        let Effort { bases, insertions, exchanges, .. } = self.search.effort;
        if self.problem.shape.experts == 1 {
            return self.pursue(vec![self.zero()]);
        }
        let mut starts = self.random();
        if insertions > 0 {
            let mut smaller = self.likelihood.with_experts(self.problem.shape.experts - 1);
            if bases > 0 {
                starts.extend(self.insertions_into_maxima(&mut smaller));
            }
            self.pursue(starts);
            for round in 0..exchanges {
                if !self.exchange(&mut smaller, round) {
                    break;
                }
            }
            self.likelihood.count_passes(smaller.passes());
        } else {
            self.pursue(starts);
        }
    }

    /// Log-likelihood of the best finished candidate.
    fn best(&self) -> f64 {
        self.finished.iter().map(|c| c.ascent.value()).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Screens starts, then carries them on, best first, unless they fall behind.
    fn pursue(&mut self, starts: Vec<Start>) {
        let bound = self.problem.box_bound;
        let mut running: Vec<Candidate> =
            starts.into_iter().map(|s| Candidate::new(&mut self.likelihood, s, bound)).collect();
        for candidate in &mut running {
            candidate.ascent.advance(&mut self.likelihood, &self.search.stop, self.search.effort.screening);
        }
        conclude::rank(&mut running);
        for mut candidate in running {
            let best = self.best();
            if candidate.ascent.finish_unless_behind(&mut self.likelihood, &self.search.stop, best) {
                self.finished.push(candidate);
            } else {
                self.ended.push(candidate.outcome(StopReason::Screened));
            }
        }
    }

    /// One expert is multinomial logistic regression: concave, so any start will do.
    fn zero(&self) -> Start {
        let index = self.search.streams.index(Role::Random, 1, 0, 0);
        Start { index, kind: "zero".into(), parameters: vec![0.0; self.problem.shape.parameters()] }
    }

    fn random(&self) -> Vec<Start> {
        let shape = self.problem.shape;
        let reach = self.likelihood.reach(self.problem.box_bound);
        let start = |i| {
            let index = self.search.streams.index(Role::Random, shape.experts, 0, i);
            let parameters = start::random(&mut self.search.streams.stream(index), shape, reach);
            Start { index, kind: "random".into(), parameters }
        };
        (0..self.search.effort.random).map(start).collect()
    }

    /// Starts from the best distinct maxima with one expert less, which are found in the same way.
    fn insertions_into_maxima(&mut self, smaller: &mut Likelihood) -> Vec<Start> {
        let effort = self.search.effort;
        let search = Search { effort: Effort { random: effort.random.div_ceil(4), ..effort }, ..self.search };
        let problem = Problem { shape: smaller.shape(), ..self.problem };
        let mut hunt = Hunt::new(search, smaller.clone(), problem);
        hunt.go();
        smaller.count_passes(hunt.likelihood.passes());
        let outcomes = hunt.ended.into_iter().chain(hunt.finished.iter().map(Candidate::own_outcome));
        self.ended.extend(outcomes.map(|o| StartOutcome { kind: format!("smaller-{}", o.kind), ..o }));
        conclude::rank(&mut hunt.finished);
        hunt.finished.dedup_by(|a, b| (b.ascent.value() - a.ascent.value()).abs() < SAME_MAXIMUM);
        let maxima = hunt.finished.iter().take(effort.bases as usize).enumerate();
        maxima
            .flat_map(|(rank, candidate)| {
                let base = MixingMeasure::from_parameters(problem.shape, candidate.ascent.parameters());
                self.insertions(smaller, &base, Role::Insertion, rank)
            })
            .collect()
    }

    /// Takes each atom of the best fit out in turn and puts promising ones in its place; says whether
    /// that found anything better.
    fn exchange(&mut self, smaller: &mut Likelihood, round: u32) -> bool {
        conclude::rank(&mut self.finished);
        let before = self.best();
        let Some(best) = self.finished.first().filter(|_| before.is_finite()) else { return false };
        let fit = MixingMeasure::from_parameters(self.problem.shape, best.ascent.parameters());
        let experts = self.problem.shape.experts;
        let starts = (0..experts).flat_map(|i| {
            let place = round as usize * experts + i;
            self.insertions(smaller, &start::without_atom(&fit, i), Role::Exchange, place)
        });
        let starts = starts.collect();
        self.pursue(starts);
        self.best() > before + SAME_MAXIMUM
    }

    /// The most promising of many random atoms, each inserted into the base with its best weight.
    fn insertions(
        &self,
        smaller: &mut Likelihood,
        base: &MixingMeasure,
        role: Role,
        place: usize,
    ) -> Vec<Start> {
        let Effort { candidates, insertions, .. } = self.search.effort;
        let (streams, bound) = (&self.search.streams, self.problem.box_bound);
        let reach = self.likelihood.reach(bound);
        let evaluated = Base::new(smaller, &base.parameters());
        let mut promising: Vec<(f64, Start)> = (0..candidates)
            .filter_map(|i| {
                let index = streams.index(role, self.problem.shape.experts, place, i);
                let mut atom = start::random_atom(&mut streams.stream(index), base.shape(), reach);
                let promise = evaluated.promise(smaller, &atom);
                let last = base.atoms()[base.atoms().len() - 1].log_weight;
                atom.log_weight = promise.log_weight.clamp(-bound, bound) + last;
                let parameters = start::with_atom(base, atom).parameters();
                let start = Start { index, kind: role.kind(place), parameters };
                (promise.gain > 0.0).then_some((promise.gain, start))
            })
            .collect();
        smaller.count_passes(u64::from(candidates));
        promising.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.index.cmp(&b.1.index)));
        promising.truncate(insertions as usize);
        promising.into_iter().map(|(_, start)| start).collect()
    }
}
