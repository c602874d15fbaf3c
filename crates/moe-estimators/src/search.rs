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
//! Where data have many covariate vectors in a small box, rounds look at a sketch of them around the best fit so far
//! (`draft/sketch.rs`), and carry what comes near the best on to the end on the data. Many rows of continuous covariates are,
//! before all this, replaced by their draft (`draft.rs`), whose best maxima are carried to the end on the rows themselves.

mod carry;
mod hunt;
mod proposals;
mod sketch;
mod starts;

use moe_core::dataset::Dataset;

use crate::conclude;
use crate::estimator::{Estimator, Failure, Fit, Problem};
use crate::likelihood::Likelihood;
use crate::start::StartStreams;
use crate::stop::StopRule;
use crate::workers::Workers;
use hunt::Hunt;

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
///     drafts: true,
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
    /// Whether drafts and sketches may stand in for the data; otherwise every pass looks at the data themselves.
    pub drafts: bool,
}

impl Estimator for Search {
    fn fit_shared(&self, workers: Workers, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        let mut likelihood = Likelihood::shared_by(workers, data, problem.shape.experts, problem.gate_map);
        let draft = if self.drafts { likelihood.draft(problem) } else { None };
        let Some(draft) = draft else {
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
