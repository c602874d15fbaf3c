//! From rows to judgements: what the series of a claim say of it, at this look at the data.

use moe_core::rate::{self, RateProblem};
use moe_core::verdict::{self, Claim as Statement, Estimate, Judgement, floor};

use crate::aggregate::{Measured, Place, Rows};
use crate::experiment::{Claim, Experiment};

/// What was measured for a claim, with its interval at the level that holds at this look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// A slope, a difference of two, or the statistic at one size.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
    /// The size at which a statistic is nearest to not staying above its bound; `None` for slopes.
    pub size: Option<u64>,
}

/// A claim after measurement.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The claim's own series.
    pub measured: Measured,
    /// The number that is held against the statement; `None` where there is none.
    pub finding: Option<Finding>,
    /// Agrees, disagrees or undecided, with the sentence that says why.
    pub judgement: Judgement,
}

/// Judges a claim by the rows.
pub fn judge(rows: &Rows<'_>, claim: &Claim) -> Judged {
    let experiment = rows.experiment();
    let level = experiment.level_at_look(claim.level);
    let Some(place) = rows.place(&claim.cell, &claim.arm) else { return nothing(claim) };
    let measured = rows.measured(&place, claim.quantity, claim.statistic, claim.from, level);
    let (finding, judgement, replications) = match claim.statement {
        Statement::StaysAbove { bound } => {
            let (finding, judgement) = stays_above(rows, claim, &place, bound, level);
            (finding, judgement, measured.replications)
        }
        Statement::DiffersBy { .. } => differs(rows, claim, &place, level),
        _ => {
            let (finding, judgement) = of_estimate(&claim.statement, measured.rate.as_ref(), level);
            (finding, judgement, measured.replications)
        }
    };
    let other = claim.other.as_ref().and_then(|other| rows.place(&other.cell, &other.arm));
    let failures = || [&place].into_iter().chain(&other).find_map(|p| rows.too_many_failures(p, claim.from));
    let forbidden = look_reason(experiment)
        .or_else(|| claim.too_small.clone())
        .or_else(failures)
        .or_else(|| verdict::too_few(replications));
    let judgement = forbidden.map_or(judgement, Judgement::undecided);
    Judged { measured, finding, judgement }
}

/// Why nothing may be decided at this number of replications.
fn look_reason(experiment: &Experiment) -> Option<String> {
    if experiment.look().is_some() {
        return None;
    }
    let looks: Vec<String> = experiment.looks.iter().map(u64::to_string).collect();
    Some(format!(
        "{} replications are none of the declared looks ({}), and judging in between would spend error that was \
         not planned",
        experiment.replications,
        looks.join(", ")
    ))
}

fn nothing(claim: &Claim) -> Judged {
    let measured = Measured::nothing();
    let reason = format!("arm '{}' has no rows in {}", claim.arm, claim.cell);
    Judged { measured, finding: None, judgement: Judgement::undecided(reason) }
}

fn of_estimate(
    statement: &Statement,
    estimate: Result<&impl Estimate, &RateProblem>,
    level: f64,
) -> (Option<Finding>, Judgement) {
    match estimate {
        Err(problem) => (None, Judgement::undecided(format!("there is no slope: {problem}"))),
        Ok(estimate) => {
            let (lower, upper) = estimate.interval(level);
            let finding = Finding { estimate: estimate.value(), lower, upper, size: None };
            (Some(finding), verdict::judge(statement, estimate, level))
        }
    }
}

/// The two series of a comparison share their data sets where they share the truth; then they are paired by
/// replication, over those replications that all of them have.
fn differs(rows: &Rows<'_>, claim: &Claim, place: &Place, level: f64) -> (Option<Finding>, Judgement, usize) {
    let experiment = rows.experiment();
    let other = claim.other.as_ref().and_then(|other| rows.place(&other.cell, &other.arm));
    let Some(other) = other else {
        let judgement = Judgement::undecided("the series that it is compared with has no rows");
        return (None, judgement, 0);
    };
    let truth = |cell: &usize| experiment.cells[*cell].scenario.truth.hash();
    let truths: Vec<_> = place.cells.iter().chain(&other.cells).map(truth).collect();
    let paired = truths.iter().all(|t| *t == truths[0]);
    let (mut a, mut b) =
        (rows.series(place, claim.quantity, claim.from), rows.series(&other, claim.quantity, claim.from));
    if paired {
        let common = a.replications().min(b.replications());
        for values in a.groups.iter_mut().chain(&mut b.groups).flatten() {
            values.truncate(common);
        }
    }
    let replications = a.replications().min(b.replications());
    let inference = &experiment.inference;
    let weights = rows.weights(claim.from);
    let address = rows.comparison_address(place, &other, claim.quantity, claim.statistic, claim.from);
    let resamples = inference.resamples as usize;
    let difference =
        rate::difference(&a, &b, paired, claim.statistic, &weights, resamples, &mut address.stream());
    let (finding, judgement) = of_estimate(&claim.statement, difference.as_ref(), level);
    (finding, judgement, replications)
}

fn stays_above(
    rows: &Rows<'_>,
    claim: &Claim,
    place: &Place,
    bound: f64,
    level: f64,
) -> (Option<Finding>, Judgement) {
    let series = rows.series(place, claim.quantity, claim.from);
    let Some(bands) = floor::bands(bound, claim.statistic, &series.sizes, &series.groups, level) else {
        return (None, Judgement::undecided("there is no replication at some size"));
    };
    let finding = floor::decisive(&bands).map(|band| Finding {
        estimate: band.estimate,
        lower: band.lower,
        upper: band.upper,
        size: Some(band.size),
    });
    (finding, floor::judge(bound, &bands, level))
}
