//! The truth-blind multi-start search for the maximum-likelihood fit.
//!
//! 1. Random starts over the box. If enough of them reach the best maximum, it ends here.
//! 2. The distinct maxima with one expert less, found in the same way, are the bases of rounds.
//! 3. A round inserts into the bases the atoms of greatest promise, each climbed some way up the
//!    promise; splits atoms of the bases into experts far apart; adds random starts; and, when that found a
//!    better fit, exchanges each of its atoms for promising ones. Rounds end early like the random starts.
//! 4. Every start is given a few Newton steps. Then, best first, each is carried to the end, unless
//!    even many times its predicted or its recent gain would leave it behind the best so far.
//! 5. A finished candidate with a gate coordinate at the box is polished under every reference atom,
//!    because the compact set is the union over references.
//!
//! Many rows of continuous covariates in a small box are searched on their draft (`draft.rs`). Its best maxima are then carried
//! to the end on the rows themselves.

use moe_core::dataset::Dataset;
use moe_core::measure::{Atom, MixingMeasure};

use crate::conclude::{self, Candidate, SAME_MAXIMUM};
use crate::estimator::{Estimator, Failure, Fit, Problem, StartOutcome};
use crate::insertion::{Base, Promise};
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start, StartStreams};
use crate::stop::{StopReason, StopRule};

/// A maximum with one expert less is wanted when it is at most this far (nats) behind the best of them.
const BASE_MARGIN: f64 = 8.0;

/// A maximum of the draft is carried over when it is at most this far (nats) behind the best of them.
const DRAFT_MARGIN: f64 = 2.0;

/// Passes of a climb at most.
const CLIMB_PASSES: u32 = 8;

/// How much a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Random starts over the box, each round.
    pub random: u32,
    /// Distinct maxima with one expert less that atoms are inserted into.
    pub bases: u32,
    /// Random atoms whose insertion is scored, for each base and exchanged atom, each round.
    pub candidates: u32,
    /// The most promising atoms of a round over all bases, from which an ascent starts; for each exchanged
    /// atom half as many.
    pub insertions: u32,
    /// Splits of atoms of each base into experts far apart, each round.
    pub splits: u32,
    /// Exchanges of the atoms of the best fit at most, each round.
    pub exchanges: u32,
    /// Newton steps that each start gets before they are ranked.
    pub screening: u32,
    /// Rounds at most.
    pub rounds: u32,
    /// Starts that reach the best maximum before the search ends early.
    pub hits: u32,
}

/// Maximum likelihood by a truth-blind search.
///
/// ```
/// use moe_core::stream::{Address, Purpose};
/// use moe_estimators::estimator::{Estimator, Problem};
/// use moe_estimators::search::{Effort, Search};
/// use moe_estimators::start::StartStreams;
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
/// let address = Address { seed: 1, purpose: Purpose::Starts, content: truth.hash(), size: 10_000, replication: 0 };
/// let search = Search {
///     effort: Effort {
///         random: 8,
///         bases: 2,
///         candidates: 20,
///         insertions: 4,
///         splits: 2,
///         exchanges: 2,
///         screening: 5,
///         rounds: 2,
///         hits: 3,
///     },
///     stop: StopRule { score: 1e-9, gain: 1e-10, iterations: 300 },
///     streams: StartStreams { address, family: 0 },
/// };
/// let fit = search.fit(&data, &problem).map_err(|failure| failure.reason)?;
/// // Three starts ended at the same maximum, so the search ended early.
/// assert!(fit.certificate.hits >= 3 && fit.certificate.score <= 1e-9);
/// assert_eq!(search.fit(&data, &problem).unwrap(), fit, "the same starts, the same bits");
/// # Ok::<(), String>(())
/// ```
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
        let mut likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
        let Some(draft) = likelihood.draft(problem) else {
            let mut hunt = Hunt::new(*self, likelihood, *problem);
            hunt.go();
            return conclude::fit(&mut hunt.likelihood, problem, &self.stop, hunt.finished, hunt.ended);
        };
        let mut hunt = Hunt::new(*self, draft, *problem);
        hunt.go();
        let (finished, ended) = hunt.carry_over(&mut likelihood);
        conclude::fit(&mut likelihood, problem, &self.stop, finished, ended)
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
    /// How far (nats) behind the best a maximum is still wanted.
    margin: f64,
}

impl Hunt {
    fn new(search: Search, likelihood: Likelihood, problem: Problem) -> Self {
        Self { search, problem, likelihood, finished: Vec::new(), ended: Vec::new(), margin: 0.0 }
    }

    fn go(&mut self) {
        if self.problem.shape.experts == 1 {
            return self.pursue(vec![self.zero()]);
        }
        self.pursue(self.random(0));
        if self.is_settled() {
            return;
        }
        let mut smaller = self.likelihood.with_experts(self.problem.shape.experts - 1);
        let mut bases = self.bases(&mut smaller);
        let mut exchanged = f64::NEG_INFINITY;
        for round in 0..self.search.effort.rounds {
            let mut starts = if round > 0 { self.random(round) } else { Vec::new() };
            starts.extend(self.splits(&bases, round));
            let quota = self.search.effort.insertions;
            starts.extend(self.insertions(&mut smaller, &mut bases, (Role::Insertion, 0), round, quota));
            self.pursue(starts);
            for turn in 0..self.search.effort.exchanges {
                if self.is_settled() || self.best() <= exchanged + SAME_MAXIMUM {
                    break;
                }
                exchanged = self.best();
                self.exchange(&mut smaller, round * self.search.effort.exchanges + turn);
            }
            if self.is_settled() {
                break;
            }
        }
        self.likelihood.count_passes(smaller.passes());
    }

    /// Whether enough starts reached the best maximum; exchanges, which begin at the best, do not count.
    /// A search for bases wants all maxima, and never is settled.
    fn is_settled(&self) -> bool {
        let least = self.best() - SAME_MAXIMUM;
        let exchange = Role::Exchange.kind(0);
        let reached = |c: &&Candidate| c.ascent.value() >= least && c.start.kind != exchange;
        let hits = self.finished.iter().filter(reached).count();
        self.margin == 0.0 && hits >= self.search.effort.hits as usize
    }

    /// Log-likelihood of the best finished candidate.
    fn best(&self) -> f64 {
        self.finished.iter().map(|c| c.ascent.value()).fold(f64::NEG_INFINITY, f64::max)
    }

    /// From the best maxima of the draft to those of the rows themselves; the others end where they are.
    fn carry_over(mut self, likelihood: &mut Likelihood) -> (Vec<Candidate>, Vec<StartOutcome>) {
        let least = self.best() - DRAFT_MARGIN;
        likelihood.count_draft(&self.likelihood);
        let mut carried = Vec::new();
        for candidate in self.finished {
            if candidate.ascent.value() >= least {
                carried.push(candidate.carried_to(likelihood, &self.search.stop));
            } else {
                self.ended.push(candidate.outcome(StopReason::Screened));
            }
        }
        (carried, self.ended)
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
            let wanted = self.best() - self.margin;
            if candidate.ascent.finish_unless_behind(&mut self.likelihood, &self.search.stop, wanted) {
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

    fn random(&self, round: u32) -> Vec<Start> {
        let shape = self.problem.shape;
        let reach = self.likelihood.reach(self.problem.box_bound);
        let start = |i| {
            let index = self.search.streams.index(Role::Random, shape.experts, 0, i);
            let parameters = start::random(&mut self.search.streams.stream(index), shape, reach);
            Start { index, kind: "random".into(), parameters }
        };
        let each = self.search.effort.random;
        (round * each..(round + 1) * each).map(start).collect()
    }

    /// Splits of the atoms of the bases into experts far apart.
    fn splits(&self, bases: &[Base], round: u32) -> Vec<Start> {
        let (splits, experts) = (self.search.effort.splits, self.problem.shape.experts);
        let reach = self.likelihood.reach(self.problem.box_bound);
        let start = |place: usize, i: u32| {
            let index = self.search.streams.index(Role::Split, experts, place, i);
            let stream = &mut self.search.streams.stream(index);
            let j = i as usize % (experts - 1);
            let parameters = start::split(stream, bases[place].measure(), j, reach).parameters();
            Start { index, kind: Role::Split.kind(place), parameters }
        };
        (0..bases.len())
            .flat_map(|place| (round * splits..(round + 1) * splits).map(move |i| (place, i)))
            .map(|(place, i)| start(place, i))
            .collect()
    }

    /// The best distinct maxima with one expert less, which are found in the same way.
    fn bases(&mut self, smaller: &mut Likelihood) -> Vec<Base> {
        let effort = self.search.effort;
        if effort.bases == 0 {
            return Vec::new();
        }
        let small = Effort {
            random: effort.random.div_ceil(2),
            candidates: effort.candidates.div_ceil(2),
            insertions: effort.insertions.div_ceil(3),
            splits: 0,
            exchanges: 0,
            rounds: 1,
            ..effort
        };
        let problem = Problem { shape: smaller.shape(), ..self.problem };
        let mut hunt = Hunt::new(Search { effort: small, ..self.search }, smaller.clone(), problem);
        hunt.margin = BASE_MARGIN;
        hunt.go();
        smaller.count_passes(hunt.likelihood.passes());
        let least = hunt.best() - BASE_MARGIN;
        let outcomes = hunt.ended.into_iter().chain(hunt.finished.iter().map(Candidate::own_outcome));
        self.ended.extend(outcomes.map(|o| StartOutcome { kind: format!("smaller-{}", o.kind), ..o }));
        conclude::rank(&mut hunt.finished);
        hunt.finished.dedup_by(|a, b| (b.ascent.value() - a.ascent.value()).abs() < SAME_MAXIMUM);
        let maxima = hunt.finished.iter().map(|c| &c.ascent).filter(|a| a.value() >= least);
        let bound = self.problem.box_bound;
        maxima
            .take(effort.bases as usize)
            .map(|a| Base::new(smaller, a.parameters(), bound, a.value()))
            .collect()
    }

    /// Takes each atom of the best fit out in turn and puts promising ones in its place.
    fn exchange(&mut self, smaller: &mut Likelihood, turn: u32) {
        conclude::rank(&mut self.finished);
        let Some(best) = self.finished.first().filter(|c| c.ascent.value().is_finite()) else { return };
        let fit = MixingMeasure::from_parameters(self.problem.shape, best.ascent.parameters());
        let (experts, bound) = (self.problem.shape.experts, self.problem.box_bound);
        let quota = self.search.effort.insertions.div_ceil(2);
        let mut starts = Vec::new();
        for i in 0..experts {
            let rest = start::without_atom(&fit, i).parameters();
            let value = smaller.value(&rest);
            let mut base = [Base::new(smaller, &rest, bound, value)];
            let place = turn as usize * experts + i;
            starts.extend(self.insertions(smaller, &mut base, (Role::Exchange, place), 0, quota));
        }
        self.pursue(starts);
    }

    /// The most promising and different of a round's atoms over all bases, each climbed a little and inserted with its
    /// best weight.
    fn insertions(
        &self,
        smaller: &mut Likelihood,
        bases: &mut [Base],
        (role, first): (Role, usize),
        round: u32,
        quota: u32,
    ) -> Vec<Start> {
        let mut climbed = Vec::new();
        for proposal in self.proposals(smaller, bases, (role, first), round) {
            let Proposal { place, index, atom, promise } = &proposal;
            let base = &mut bases[*place];
            if climbed.len() < quota as usize && base.is_unseen(smaller, atom, promise) {
                let reach = self.likelihood.reach(self.problem.box_bound);
                if let Some((atom, promise, passes)) = base.climb(smaller, atom, reach, CLIMB_PASSES) {
                    smaller.count_passes(u64::from(passes));
                    climbed.push(Proposal { place: *place, index: *index, atom, promise });
                }
            }
        }
        rank(bases, &mut climbed);
        let mut starts = Vec::new();
        for Proposal { place, index, atom, promise } in climbed {
            let base = &mut bases[place];
            if base.is_new(smaller, &atom, &promise) {
                let parameters = base.with(atom, &promise);
                starts.push(Start { index, kind: role.kind(first + place), parameters });
            }
        }
        starts
    }

    /// Random atoms with their promises, best first.
    fn proposals(
        &self,
        smaller: &mut Likelihood,
        bases: &mut [Base],
        (role, first): (Role, usize),
        round: u32,
    ) -> Vec<Proposal> {
        let (candidates, streams) = (self.search.effort.candidates, &self.search.streams);
        let reach = self.likelihood.reach(self.problem.box_bound);
        let mut scored = Vec::new();
        for (place, base) in bases.iter_mut().enumerate() {
            for i in round * candidates..(round + 1) * candidates {
                let index = streams.index(role, self.problem.shape.experts, first + place, i);
                let atom = start::random_atom(&mut streams.stream(index), smaller.shape(), reach);
                let promise = base.promise(smaller, &atom);
                scored.extend(promise.map(|promise| Proposal { place, index, atom, promise }));
            }
            smaller.count_passes(u64::from(candidates));
        }
        rank(bases, &mut scored);
        scored
    }
}

/// An atom proposed for insertion into a base.
struct Proposal {
    place: usize,
    index: u64,
    atom: Atom,
    promise: Promise,
}

/// Highest predicted log-likelihood first; ties go to the smaller start number.
fn rank(bases: &[Base], proposals: &mut [Proposal]) {
    let predicted = |p: &Proposal| bases[p.place].value + p.promise.gain;
    proposals.sort_by(|a, b| predicted(b).total_cmp(&predicted(a)).then(a.index.cmp(&b.index)));
}
