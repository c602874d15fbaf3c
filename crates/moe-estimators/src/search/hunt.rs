//! A search among models of one shape, under way: which starts are pursued in what order, and when it is enough.

use crate::conclude::{self, Candidate, SAME_MAXIMUM};
use crate::estimator::{Problem, StartOutcome};
use crate::insertion::Base;
use crate::likelihood::Likelihood;
use crate::newton::Ascent;
use crate::search::carry::CarriedOver;
use crate::search::sketch::Sketch;
use crate::search::{Effort, Search};
use crate::start::{Role, Start};
use crate::stop::StopReason;

/// A maximum with one expert less is wanted when it is at most this far (nats) behind the best of them.
const BASE_MARGIN: f64 = 8.0;

/// A maximum of the draft is carried over when it is at most this far (nats) behind the best of them.
const DRAFT_MARGIN: f64 = 2.0;

/// A search among models of one shape, under way.
pub(super) struct Hunt {
    pub(super) search: Search,
    pub(super) problem: Problem,
    /// Of the data.
    pub(super) likelihood: Likelihood,
    /// What rounds look at instead, where that pays.
    sketch: Option<Sketch>,
    /// Candidates carried to the end.
    pub(super) finished: Vec<Candidate>,
    /// Outcomes of all other starts, those of smaller models included.
    pub(super) ended: Vec<StartOutcome>,
    /// How far (nats) behind the best a maximum is still wanted.
    margin: f64,
}

/// What atoms are inserted into, evaluated on what the rounds look at.
struct Stage {
    /// The likelihood of models with one expert less.
    smaller: Likelihood,
    bases: Vec<Base>,
    /// Log-likelihood of the fit whose atoms were exchanged last.
    exchanged: f64,
}

impl Hunt {
    pub(super) fn new(search: Search, likelihood: Likelihood, problem: Problem) -> Self {
        let (finished, ended) = (Vec::new(), Vec::new());
        Self { search, problem, likelihood, sketch: None, finished, ended, margin: 0.0 }
    }

    pub(super) fn go(&mut self) {
        if self.problem.shape.experts == 1 {
            return self.pursue(vec![self.zero()]);
        }
        // Where random starts alone may settle it, or nothing but them gives a fit to sketch around, they come before all else;
        // elsewhere a sketch, on which they cost less.
        let alone = self.search.effort.random >= self.search.effort.hits || self.search.effort.bases == 0;
        if alone {
            self.pursue(self.random(0));
            if self.is_settled() {
                return;
            }
        }
        let maxima = self.smaller_maxima();
        let mut stage = self.stage(&maxima);
        if !alone {
            self.pursue(self.random(0));
        }
        for round in 0..self.search.effort.rounds {
            if self.sketch.as_ref().is_some_and(|sketch| sketch.is_outgrown_by(self.best())) {
                self.leave(stage);
                stage = self.stage(&maxima);
            }
            self.round(&mut stage, round);
            if self.is_settled() {
                break;
            }
        }
        self.leave(stage);
    }

    fn round(&mut self, stage: &mut Stage, round: u32) {
        let Stage { smaller, bases, exchanged } = stage;
        let Effort { insertions, exchanges, .. } = self.search.effort;
        let mut starts = if round > 0 { self.random(round) } else { Vec::new() };
        starts.extend(self.splits(bases, round));
        starts.extend(self.insertions(smaller, bases, (Role::Insertion, 0), round, insertions));
        self.pursue(starts);
        for turn in 0..exchanges {
            if self.is_settled() || self.best() <= *exchanged + SAME_MAXIMUM {
                return;
            }
            *exchanged = self.best();
            let starts = self.exchange(smaller, round * exchanges + turn);
            self.pursue(starts);
        }
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

    /// The best distinct maxima with one expert less, which are found in the same way.
    fn smaller_maxima(&mut self) -> Vec<Ascent> {
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
        let smaller = self.likelihood.with_experts(self.problem.shape.experts - 1);
        let problem = Problem { shape: smaller.shape(), ..self.problem };
        let mut hunt = Hunt::new(Search { effort: small, ..self.search }, smaller, problem);
        hunt.margin = BASE_MARGIN;
        hunt.go();
        self.likelihood.count_passes(hunt.likelihood.passes());
        let least = hunt.best() - BASE_MARGIN;
        let outcomes = hunt.ended.into_iter().chain(hunt.finished.iter().map(Candidate::own_outcome));
        self.ended.extend(outcomes.map(|o| StartOutcome { kind: format!("smaller-{}", o.kind), ..o }));
        conclude::rank(&mut hunt.finished);
        hunt.finished.dedup_by(|a, b| (b.ascent.value() - a.ascent.value()).abs() < SAME_MAXIMUM);
        let maxima = hunt.finished.into_iter().map(|c| c.ascent).filter(|a| a.value() >= least);
        maxima.take(effort.bases as usize).collect()
    }

    /// The bases on the data, or on a sketch of them around the best fit so far.
    fn stage(&mut self, maxima: &[Ascent]) -> Stage {
        self.sketch = self.sketched(maxima);
        let (experts, bound, sketched) =
            (self.problem.shape.experts, self.problem.box_bound, self.sketch.is_some());
        let mut smaller = self.ground().with_experts(experts - 1);
        let mut base = |maximum: &Ascent| {
            let parameters = maximum.parameters();
            let value = if sketched { smaller.value(parameters) } else { maximum.value() };
            Base::new(&mut smaller, parameters, bound, value)
        };
        let bases = maxima.iter().map(&mut base).collect();
        Stage { smaller, bases, exchanged: f64::NEG_INFINITY }
    }

    /// The data sketched around the best fit so far, which may have one expert less. Searches for bases are too short for it
    /// to pay.
    fn sketched(&mut self, maxima: &[Ascent]) -> Option<Sketch> {
        if self.margin > 0.0 || !self.search.drafts {
            return None;
        }
        let experts = self.problem.shape.experts;
        let own = self.finished.iter().map(|candidate| (experts, &candidate.ascent));
        let fits = own.chain(maxima.iter().map(|maximum| (experts - 1, maximum)));
        let finite = fits.filter(|(_, fit)| fit.value().is_finite());
        let (experts, fit) = finite.max_by(|(_, a), (_, b)| a.value().total_cmp(&b.value()))?;
        let likelihood = self.likelihood.sketch(experts, fit.parameters(), &self.problem)?;
        self.likelihood.count_passes(1);
        Some(Sketch::new(likelihood, experts, fit))
    }

    /// What starts are looked at on.
    fn ground(&mut self) -> &mut Likelihood {
        self.sketch.as_mut().map_or(&mut self.likelihood, Sketch::likelihood)
    }

    /// Counts the passes of a stage that is over.
    fn leave(&mut self, stage: Stage) {
        if let Some(mut sketch) = self.sketch.take() {
            self.likelihood.count_draft(sketch.likelihood());
            self.likelihood.count_draft(&stage.smaller);
        } else {
            self.likelihood.count_passes(stage.smaller.passes());
        }
    }

    /// Screens starts, then carries them on, best first, unless they fall behind; what comes near the best on a sketch, to
    /// the end on the data.
    fn pursue(&mut self, starts: Vec<Start>) {
        let Search { effort, stop, .. } = self.search;
        let (bound, ground) = (self.problem.box_bound, self.ground());
        let mut running: Vec<Candidate> =
            starts.into_iter().map(|s| Candidate::new(ground, s, bound)).collect();
        for candidate in &mut running {
            candidate.ascent.advance(ground, &stop, effort.screening);
        }
        conclude::rank(&mut running);
        for candidate in running {
            self.carry_on(candidate);
        }
    }

    /// To its end, unless it falls behind.
    fn carry_on(&mut self, mut candidate: Candidate) {
        let stop = &self.search.stop;
        let wanted = self.best() - self.margin;
        let (mut finished, mut offset) = (false, 0.0);
        if let Some(sketch) = &mut self.sketch {
            offset = sketch.offset();
            if sketch.finish(&mut candidate, stop, wanted) {
                finished = sketch.carry_over(&mut candidate, &mut self.likelihood, stop, wanted);
                offset = 0.0;
            }
        } else {
            finished = candidate.ascent.finish_unless_behind(&mut self.likelihood, stop, wanted);
        }
        if finished {
            self.finished.push(candidate);
        } else {
            let outcome = candidate.outcome(StopReason::Screened);
            self.ended.push(StartOutcome { log_likelihood: outcome.log_likelihood + offset, ..outcome });
        }
    }

    /// From the best maxima of the draft to those of the rows themselves; the others end where they are.
    pub(super) fn carry_over(mut self, likelihood: &mut Likelihood) -> (Vec<Candidate>, Vec<StartOutcome>) {
        let least = self.best() - DRAFT_MARGIN;
        likelihood.count_draft(&self.likelihood);
        conclude::rank(&mut self.finished);
        let (mut carried, mut finished) = (CarriedOver::default(), Vec::new());
        for mut candidate in self.finished {
            if candidate.ascent.value() >= least {
                carried.carry(
                    &mut candidate,
                    (&mut self.likelihood, likelihood),
                    &self.search.stop,
                    f64::NEG_INFINITY,
                );
                finished.push(candidate);
            } else {
                self.ended.push(candidate.outcome(StopReason::Screened));
            }
        }
        (finished, self.ended)
    }
}
