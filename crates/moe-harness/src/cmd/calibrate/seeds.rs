//! The whole pipeline in memory, over many master seeds: what the gate says, and what all the seeds together show.

use moe_core::content::Content;
use moe_core::rate::{self, RateProblem, Series};
use moe_core::stream::{Address, Purpose, Stream};
use moe_core::verdict::{Claim as Statement, Estimate, Verdict, floor};
use rayon::prelude::*;

use crate::aggregate::Rows;
use crate::experiment::{Claim, Experiment};
use crate::judge::{paired, series};
use crate::measure::{AllPrepared, measure};
use crate::plan::Plan;
use crate::report::{Gate, Standing, claims};

/// Level of the interval that says what all seeds together show.
const TOGETHER: f64 = 0.99;

/// Bootstrap resamples of that interval, at most.
const RESAMPLES: u32 = 1_000;

/// What one master seed gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The verdict of each claim at the first look that decided it.
    pub verdicts: Vec<Verdict>,
    /// Which claims were contradicted, at the look at which the gate closed.
    pub contradicted: Vec<bool>,
    /// Exit code of the gate at the first look at which it was 0 or 1; 3 when it was at none.
    pub code: u8,
    /// How far each claim's interval reaches to either side of its middle, at the look at which that is farthest.
    pub reaches: Vec<f64>,
    /// For each claim its series, and the one it is compared with.
    values: Vec<(Series, Option<Series>)>,
}

/// What all the seeds together show of a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// The slope, the difference of slopes, or the statistic at the decisive size; NaN where there is none.
    pub estimate: f64,
    /// Lower end of its 99 % interval.
    pub lower: f64,
    /// Upper end of its 99 % interval.
    pub upper: f64,
    /// Agrees: the claim is true. Disagrees: it is false. Undecided: it is so near the edge that it is on it.
    pub status: Verdict,
}

/// The master seed of number `index`, derived from the experiment's.
pub fn derived(seed: u64, index: u64) -> u64 {
    let mut content = Content::new("moe-rates calibration seed 1");
    let hash = content.whole("seed", seed).whole("index", index).finish();
    hash[..8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte)) >> 1
}

/// Runs the experiment with each derived seed: simulates, fits, scores, judges at every declared look. The result does
/// not depend on the number of threads.
pub fn outcomes(experiment: &Experiment, seeds: u64) -> Vec<Outcome> {
    let prepared = AllPrepared::new(experiment, &Plan::new(experiment));
    let one = |index| {
        let seed = derived(experiment.seed, index);
        outcome(&Experiment { seed, ..experiment.clone() }, &prepared)
    };
    (0..seeds).into_par_iter().map(one).collect()
}

fn outcome(experiment: &Experiment, prepared: &AllPrepared) -> Outcome {
    let items = Plan::new(experiment).items;
    let records: Vec<_> = items
        .iter()
        .map(|item| {
            let arm = &experiment.arms[item.arm];
            let mut record =
                measure(prepared.serving(item), arm, experiment.seed, item.size, item.replication);
            record.starts = Vec::new();
            record
        })
        .collect();
    let mut outcome = Outcome {
        verdicts: vec![Verdict::Undecided; experiment.claims.len()],
        contradicted: vec![false; experiment.claims.len()],
        code: 3,
        reaches: vec![0.0; experiment.claims.len()],
        values: Vec::new(),
    };
    for look in looks(experiment) {
        let at_look = Experiment { replications: look, ..experiment.clone() };
        let rows = Rows::new(&at_look, &records);
        let judged = claims(&rows);
        for (verdict, claim) in outcome.verdicts.iter_mut().zip(&judged) {
            if *verdict == Verdict::Undecided {
                *verdict = claim.judgement.verdict;
            }
        }
        for (reach, claim) in outcome.reaches.iter_mut().zip(&judged) {
            *reach = claim.finding.map_or(*reach, |found| reach.max(0.5 * (found.upper - found.lower)));
        }
        if outcome.code == 3 {
            let gate = Gate::new(&at_look, &judged);
            outcome.code = gate.code();
            outcome.contradicted = gate.standings.iter().map(|s| *s == Standing::Contradicted).collect();
        }
    }
    let rows = Rows::new(experiment, &records);
    outcome.values = experiment.claims.iter().filter_map(|claim| series(&rows, claim)).collect();
    outcome
}

/// The numbers of replications at which claims are judged: the declared looks that the experiment reaches, or its own.
fn looks(experiment: &Experiment) -> Vec<u64> {
    if experiment.looks.is_empty() {
        return vec![experiment.replications];
    }
    experiment.looks.iter().copied().filter(|look| *look <= experiment.replications).collect()
}

/// What the values of all seeds together show of claim number `index`.
pub fn truth(experiment: &Experiment, outcomes: &[Outcome], index: usize) -> Truth {
    let claim = &experiment.claims[index];
    let nothing = Truth {
        estimate: f64::NAN,
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
        status: Verdict::Undecided,
    };
    let own = pool(outcomes.iter().filter_map(|o| o.values.get(index)).map(|v| &v.0));
    let other = pool(outcomes.iter().filter_map(|o| o.values.get(index)).filter_map(|v| v.1.as_ref()));
    let Some(own) = own else { return nothing };
    if let Statement::StaysAbove { bound } = claim.statement {
        let bands =
            floor::bands(bound, claim.statistic, &own.sizes, &own.groups, TOGETHER).unwrap_or_default();
        let status = floor::judge(bound, &bands, TOGETHER).verdict;
        return floor::decisive(&bands).map_or(nothing, |b| Truth {
            estimate: b.estimate,
            lower: b.lower,
            upper: b.upper,
            status,
        });
    }
    match other {
        None => of_estimate(claim, slope(experiment, claim, &own, index)).unwrap_or(nothing),
        Some(other) => {
            let found = difference(experiment, claim, &own, &other, index);
            of_estimate(claim, found).unwrap_or(nothing)
        }
    }
}

fn of_estimate(claim: &Claim, estimate: Result<impl Estimate, RateProblem>) -> Option<Truth> {
    let estimate = estimate.ok()?;
    let (lower, upper) = estimate.interval(TOGETHER);
    Some(Truth { estimate: estimate.value(), lower, upper, status: claim.statement.verdict(lower, upper) })
}

fn slope(
    experiment: &Experiment,
    claim: &Claim,
    own: &Series,
    index: usize,
) -> Result<rate::Rate, RateProblem> {
    let weights = weights(experiment, claim);
    let resamples = experiment.inference.resamples.min(RESAMPLES) as usize;
    rate::fit(own, claim.statistic, &weights, TOGETHER, resamples, &mut stream(experiment, index))
}

fn difference(
    experiment: &Experiment,
    claim: &Claim,
    own: &Series,
    other: &Series,
    index: usize,
) -> Result<rate::Difference, RateProblem> {
    let weights = weights(experiment, claim);
    let resamples = experiment.inference.resamples.min(RESAMPLES) as usize;
    let stream = &mut stream(experiment, index);
    rate::difference(own, other, paired(experiment, claim), claim.statistic, &weights, resamples, stream)
}

fn weights(experiment: &Experiment, claim: &Claim) -> rate::Weights {
    let smaller = experiment.sizes.iter().filter(|n| **n < claim.from).count();
    experiment.inference.weights.without_smallest(smaller)
}

fn stream(experiment: &Experiment, index: usize) -> Stream {
    let content = Content::new("moe-rates calibration together 1").finish();
    let (seed, purpose) = (experiment.seed, Purpose::Bootstrap);
    Address { seed, purpose, content, size: 0, replication: 0 }.indexed(index as u64)
}

/// The values of all seeds, in the order of the seeds; `None` when there are none.
fn pool<'a>(series: impl Iterator<Item = &'a Series>) -> Option<Series> {
    series.fold(None, |pooled: Option<Series>, one| {
        let Some(mut pooled) = pooled else { return Some(one.clone()) };
        for (all, more) in pooled.groups.iter_mut().zip(&one.groups) {
            for (values, more) in all.iter_mut().zip(more) {
                values.extend_from_slice(more);
            }
        }
        Some(pooled)
    })
}
