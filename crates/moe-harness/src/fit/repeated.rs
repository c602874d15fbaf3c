//! Independent searches, repeated until enough of them end at the same best value.

use moe_core::dataset::Dataset;
use moe_core::stream::{Address, Purpose};
use moe_estimators::SAME_MAXIMUM;
use moe_estimators::estimator::{Certificate, Estimator, Failure, Fit};
use moe_estimators::search::Search;
use moe_estimators::start::StartStreams;
use moe_estimators::stop::StopReason;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::{AGREEING, AGREEING_AT_FIRST, MOST_SEARCHES, SEARCHES, STOP, Spent, Task, content, effort};

/// The best fit of all searches, its certificate over all of them, and what they cost.
pub(super) fn search(data: &Dataset, task: &Task) -> Result<(Fit, Spent), Failure> {
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
        starts: values(&fits, task, true).len() as u32,
        passes: fits.iter().map(|fit| fit.passes).sum(),
    };
    let (hits, gap) = hits_and_gap(&fits, task);
    let best = fits.into_iter().reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a });
    let best = best.ok_or_else(|| Failure { reason: "nothing was searched".into() })?;
    Ok((Fit { certificate: Certificate { hits, gap, ..best.certificate }, ..best }, spent))
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
    Search { effort: effort(task.starts), stop: STOP, streams }.fit(data, &task.problem)
}

fn best_value(fits: &[Fit]) -> f64 {
    fits.iter().map(|fit| fit.log_likelihood).fold(f64::NEG_INFINITY, f64::max)
}

fn agreeing(fits: &[Fit]) -> u32 {
    let best = best_value(fits);
    fits.iter().filter(|fit| fit.log_likelihood >= best - SAME_MAXIMUM).count() as u32
}

/// Where the starts of the fitted model ended; those that were given up only when they are asked for.
fn values(fits: &[Fit], task: &Task, given_up: bool) -> Vec<f64> {
    let parameters = task.problem.shape.parameters();
    let starts = fits.iter().flat_map(|fit| &fit.starts).filter(|s| s.parameters.len() == parameters);
    starts.filter(|s| given_up || s.stop != StopReason::Screened).map(|s| s.log_likelihood).collect()
}

/// How many starts reached the best value, and how far behind the next distinct value is.
fn hits_and_gap(fits: &[Fit], task: &Task) -> (u32, Option<f64>) {
    let (best, values) = (best_value(fits), values(fits, task, false));
    let hits = values.iter().filter(|v| **v >= best - SAME_MAXIMUM).count() as u32;
    let next = values.into_iter().filter(|v| *v < best - SAME_MAXIMUM && v.is_finite()).reduce(f64::max);
    (hits, next.map(|v| best - v))
}
