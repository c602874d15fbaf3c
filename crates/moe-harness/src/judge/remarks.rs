//! What a reader of a verdict should know beside it: losses that vary much, exponents left out, how many replications would
//! decide, spreads planned too small.

use moe_core::rate::{Rate, coefficients};
use moe_core::statistic::Statistic;
use moe_core::verdict::{Claim as Statement, Judgement, MIN_REPLICATIONS, Verdict, planned};

use super::Finding;
use crate::aggregate::{Measured, Place, Rows};
use crate::experiment::Claim;

/// Coefficient of variation of the losses up to which nothing needs to be said of the interval of a mean: that of the
/// log-normal law of σ = 0.7 in the table of `moe calibrate coverage`, 0.795. Above it, one end misses up to twice as often
/// as declared where the spread changes with n.
pub const LARGEST_VARIATION: f64 = 0.8;

/// Ratio of the measured to the planned standard error of a slope from which on the plan was wrong.
const PLANNED_TOO_SMALL: f64 = 1.5;

/// p-value below which it is said of a decided claim that no straight line fits.
const NOT_STRAIGHT: f64 = 0.01;

/// Level of the interval of a normal law that reaches one standard error to either side.
const ONE_STANDARD_ERROR: f64 = 0.682_689_492_137_085_9;

/// All that there is to say of a claim.
pub(super) fn of(
    rows: &Rows<'_>,
    claim: &Claim,
    places: &[&Place],
    measured: &Measured,
    finding: Option<&Finding>,
    judgement: &Judgement,
) -> Vec<String> {
    let verdict = judgement.verdict;
    let mean = (claim.statistic == Statistic::Mean).then(|| much_variation(rows, claim, places)).flatten();
    let excluded = finding.and_then(|found| excluded(claim, measured, found, verdict));
    let bent = if excluded.is_none() { bent(claim, measured, verdict) } else { None };
    [mean, excluded, bent, needed(rows, claim, measured, judgement), plan(rows, claim, measured)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether the interval of a claim that a slope equals something leaves out that something; `None` for other claims.
pub fn excludes_rate(statement: &Statement, found: &Finding) -> Option<bool> {
    match *statement {
        Statement::Equals { rate, .. } => Some(rate < found.lower || found.upper < rate),
        _ => None,
    }
}

/// That an agreement is one within the margin only.
fn excluded(claim: &Claim, measured: &Measured, found: &Finding, verdict: Verdict) -> Option<String> {
    let Statement::Equals { rate, margin } = claim.statement else { return None };
    if verdict != Verdict::Agrees || excludes_rate(&claim.statement, found) != Some(true) {
        return None;
    }
    let straight = measured.rate.as_ref().ok().and_then(|r| r.lack_of_fit);
    let straight = straight
        .map_or(String::new(), |test| format!("; p-value of a straight line: {}", p_value(test.p_value)));
    let rate = rate.to_string().replace('-', "−");
    Some(format!(
        "it agrees within ± {margin}, although the interval excludes {rate}: at these sizes the slope is another{straight}"
    ))
}

/// That a decided claim on one slope is about several: no straight line fits.
fn bent(claim: &Claim, measured: &Measured, verdict: Verdict) -> Option<String> {
    let (Statement::Equals { .. } | Statement::SlowerThan { .. } | Statement::AtLeast { .. }) =
        claim.statement
    else {
        return None;
    };
    let test = measured.rate.as_ref().ok().and_then(|r| r.lack_of_fit)?;
    (verdict != Verdict::Undecided && test.p_value < NOT_STRAIGHT).then(|| {
        format!(
            "a straight line is rejected (p-value {}): the slope depends on the sizes, and the verdict is about these",
            p_value(test.p_value)
        )
    })
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") }
}

/// The largest coefficient of variation at any judged size, where it is above what intervals of means bear.
fn much_variation(rows: &Rows<'_>, claim: &Claim, places: &[&Place]) -> Option<String> {
    let sizes = rows.experiment().sizes.iter().copied().filter(|n| *n >= claim.from);
    let of_place =
        |place: &&Place, n: u64| place.cells.iter().map(|cell| (*cell, place.arm, n)).collect::<Vec<_>>();
    let (largest, size) = sizes
        .flat_map(|n| places.iter().flat_map(move |place| of_place(place, n)))
        .filter_map(|(cell, arm, n)| Some((variation(&rows.values(cell, arm, n, claim.quantity))?, n)))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (largest > LARGEST_VARIATION).then(|| {
        format!(
            "a mean of losses that vary much: their coefficient of variation is {largest:.2} at n = {size}, and above \
             {LARGEST_VARIATION} one end of the interval of a mean misses up to twice as often as declared, if the spread changes with n"
        )
    })
}

/// Standard deviation over mean; `None` where there is none.
fn variation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let found = (squares / (n - 1.0)).sqrt() / mean;
    found.is_finite().then_some(found)
}

/// The standard error of a slope, measured and planned; `None` where the file states no spread, or there is no slope.
pub fn standard_errors(rows: &Rows<'_>, claim: &Claim, measured: &Measured) -> Option<(f64, f64)> {
    let spread = claim.spread?;
    let rate: &Rate = measured.rate.as_ref().ok()?;
    let sizes: Vec<u64> = rows.experiment().sizes.iter().copied().filter(|n| *n >= claim.from).collect();
    let coefficients = coefficients(&sizes, &rows.weights(claim.from));
    let planned = planned::standard_error(&coefficients, spread, measured.replications as u64);
    Some((standard_error(rate), planned))
}

/// The measured standard error of a slope.
fn standard_error(rate: &Rate) -> f64 {
    let (lower, upper) = rate.interval(ONE_STANDARD_ERROR);
    0.5 * (upper - lower)
}

/// How many replications would decide in favour of a true claim that its interval leaves undecided; for claims that say
/// how near the slope must be.
fn needed(rows: &Rows<'_>, claim: &Claim, measured: &Measured, judgement: &Judgement) -> Option<String> {
    let Statement::Equals { rate, .. } = claim.statement else { return None };
    // Where something else than the interval forbids a verdict, replications are no remedy.
    if judgement.verdict != Verdict::Undecided || (judgement.agreement, judgement.disagreement) == (1.0, 1.0)
    {
        return None;
    }
    let largest =
        planned::largest_error(&claim.statement, &[], rows.experiment().level_at_look(claim.level))?;
    let lacking = standard_error(measured.rate.as_ref().ok()?) / largest;
    let whole = (measured.replications as f64 * lacking * lacking).ceil();
    if !whole.is_finite() {
        return None;
    }
    let (rate, there) = (rate.to_string().replace('-', "−"), measured.replications);
    // A failed fit makes the spread of a mean; replications do not mend that.
    let place = rows.place(&claim.cell, &claim.arm)?;
    let failed = |cell: &usize| rows.fits_from(*cell, place.arm, claim.from).failed > 0;
    if place.cells.iter().any(failed) {
        return None;
    }
    let enough = (whole as u64).max(MIN_REPLICATIONS as u64).div_ceil(10) * 10;
    Some(if enough <= there as u64 {
        format!(
            "undecided although {there} replications would do if the slope were {rate}: at these sizes it is another, near \
             the edge of the claim"
        )
    } else {
        format!(
            "undecided with {there} replications at every size; some {enough} would let it agree with probability {}, if \
             the slope is {rate}",
            planned::POWER
        )
    })
}

/// How the standard error came out, beside the one that was planned.
fn plan(rows: &Rows<'_>, claim: &Claim, measured: &Measured) -> Option<String> {
    let ((found, planned), spread) = (standard_errors(rows, claim, measured)?, claim.spread?);
    let ratio = found / planned;
    let warning = if ratio > PLANNED_TOO_SMALL {
        format!("; planned too small: the spread was {:.2}, and rivals may not be told apart", ratio * spread)
    } else {
        String::new()
    };
    Some(format!(
        "standard error {found:.4}, {ratio:.2} of the planned {planned:.4} (spread = {spread}){warning}"
    ))
}
