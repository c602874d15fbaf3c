//! Independent searches, repeated until enough of them end at the same best value.

use moe_core::dataset::Dataset;
use moe_core::stream::{Address, Purpose};
use moe_estimators::SAME_MAXIMUM;
use moe_estimators::estimator::{Certificate, Estimator, Failure, Fit, StartOutcome};
use moe_estimators::search::Search;
use moe_estimators::start::StartStreams;
use moe_estimators::stop::StopReason;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::second::RunnerUp;
use super::{AGREEING, AGREEING_AT_FIRST, MOST_SEARCHES, SEARCHES, STOP, Spent, Task, content, effort};
use crate::workers;

/// What came of all searches.
pub(super) struct Searched {
    /// The best fit, its certificate over all searches.
    pub(super) best: Fit,
    /// The next best value, and where it was found.
    pub(super) second: Option<RunnerUp>,
    /// What they cost.
    pub(super) effort: Spent,
}

/// Searches until enough agree.
pub(super) fn search(data: &Dataset, task: &Task) -> Result<Searched, Failure> {
    // One expert is multinomial logistic regression, which has one maximum.
    let concave = task.problem.shape.experts == 1;
    let (round, most) = if concave { (1, 1) } else { (SEARCHES, MOST_SEARCHES) };
    let mut fits: Vec<Fit> = Vec::new();
    while (fits.len() as u32) < most {
        let first = fits.len() as u64;
        let more: Result<Vec<Fit>, Failure> =
            (first..first + u64::from(round)).into_par_iter().map(|family| one(data, task, family)).collect();
        fits.extend(more?);
        if agreeing(&fits) >= if first == 0 { AGREEING_AT_FIRST } else { AGREEING } {
            break;
        }
    }
    let spent = Spent {
        searches: fits.len() as u32,
        agreeing: agreeing(&fits),
        starts: ends(&fits, task, true).count() as u32,
        passes: fits.iter().map(|fit| fit.passes).sum(),
    };
    let second = second(&fits, task);
    let (hits, gap) = (hits(&fits, task), second.as_ref().map(|second| second.gap));
    let best = fits.into_iter().reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a });
    let best = best.ok_or_else(|| Failure { reason: "nothing was searched".into() })?;
    let best = Fit { certificate: Certificate { hits, gap, ..best.certificate }, ..best };
    Ok(Searched { best, second, effort: spent })
}

fn one(data: &Dataset, task: &Task, family: u64) -> Result<Fit, Failure> {
    let address = Address {
        seed: task.seed,
        purpose: Purpose::Starts,
        content: content(&task.problem),
        size: data.size(),
        replication: 0,
    };
    let streams = StartStreams { address, family };
    Search { effort: effort(task.starts), stop: STOP, streams, drafts: true }.fit_shared(
        workers::of_pool(),
        data,
        &task.problem,
    )
}

fn best_value(fits: &[Fit]) -> f64 {
    fits.iter().map(|fit| fit.log_likelihood).fold(f64::NEG_INFINITY, f64::max)
}

fn agreeing(fits: &[Fit]) -> u32 {
    let best = best_value(fits);
    fits.iter().filter(|fit| fit.log_likelihood >= best - SAME_MAXIMUM).count() as u32
}

/// Where the starts of the fitted model ended; those that were given up only when they are asked for.
fn ends<'a>(fits: &'a [Fit], task: &Task, given_up: bool) -> impl Iterator<Item = &'a StartOutcome> {
    let parameters = task.problem.shape.parameters();
    let starts = fits.iter().flat_map(|fit| &fit.starts).filter(move |s| s.parameters.len() == parameters);
    starts.filter(move |s| given_up || s.stop != StopReason::Screened)
}

/// How many starts reached the best value.
fn hits(fits: &[Fit], task: &Task) -> u32 {
    let best = best_value(fits);
    ends(fits, task, false).filter(|s| s.log_likelihood >= best - SAME_MAXIMUM).count() as u32
}

/// The next distinct value, and the first start that ended there.
fn second(fits: &[Fit], task: &Task) -> Option<RunnerUp> {
    let best = best_value(fits);
    let behind = |s: &&StartOutcome| s.log_likelihood < best - SAME_MAXIMUM && s.log_likelihood.is_finite();
    let others = || ends(fits, task, false).filter(behind);
    let next = others().reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a })?;
    let starts = others().filter(|s| s.log_likelihood >= next.log_likelihood - SAME_MAXIMUM).count();
    Some(RunnerUp {
        parameters: next.parameters.clone(),
        log_likelihood: next.log_likelihood,
        gap: best - next.log_likelihood,
        starts: starts as u32,
        stop: next.stop,
    })
}
