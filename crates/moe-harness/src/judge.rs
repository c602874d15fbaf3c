//! From rows to judgements: what the series of a claim say of it, at this look at the data.

mod remarks;

use moe_core::rate::{self, RateProblem, Series};
use moe_core::verdict::{self, Claim as Statement, Estimate, Judgement, floor, too_few};

use crate::aggregate::{Measured, Place, Rows};
use crate::experiment::{Claim, Experiment};

pub use remarks::{LARGEST_VARIATION, excludes_rate, standard_errors};

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
    /// What a reader of the verdict should know, as sentences.
    pub remarks: Vec<String>,
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
    let places: Vec<&Place> = [&place].into_iter().chain(&other).collect();
    let failures = || places.iter().find_map(|p| rows.too_many_failures(p, claim.from));
    let forbidden = look_reason(experiment)
        .or_else(|| incomplete(rows, &places, claim.from))
        .or_else(|| claim.too_small.clone())
        .or_else(failures)
        .or_else(|| too_few(replications));
    let judgement = forbidden.map_or(judgement, Judgement::undecided);
    let remarks = remarks::of(rows, claim, &places, &measured, finding.as_ref(), &judgement);
    Judged { measured, finding, judgement, remarks }
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

/// Why nothing may be decided while rows are missing that the claim speaks of: which are there may depend on how long
/// they took, and judging on the way would be a look that nobody declared.
fn incomplete(rows: &Rows<'_>, places: &[&Place], from: u64) -> Option<String> {
    let counts = places.iter().map(|place| rows.missing_at(place, from));
    let (all, missing) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (missing > 0)
        .then(|| format!("{missing} of its {all} planned rows are missing: run the experiment to its end"))
}

fn nothing(claim: &Claim) -> Judged {
    let measured = Measured::nothing();
    let reason = format!("arm '{}' has no rows in {}", claim.arm, claim.cell);
    Judged { measured, finding: None, judgement: Judgement::undecided(reason), remarks: Vec::new() }
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

/// The series of a claim and, for a comparison, the other one; paired ones hold the replications that both have, by
/// number. `None`
/// when the experiment has no such cell or arm.
pub fn series(rows: &Rows<'_>, claim: &Claim) -> Option<(Series, Option<Series>)> {
    let place = rows.place(&claim.cell, &claim.arm)?;
    let Some(other) = &claim.other else {
        return Some((rows.series(&place, claim.quantity, claim.from), None));
    };
    let other = rows.place(&other.cell, &other.arm)?;
    let (own, other) = if paired(rows.experiment(), claim) {
        rows.paired_series([&place, &other], claim.quantity, claim.from)
    } else {
        let [own, other] = [&place, &other].map(|place| rows.series(place, claim.quantity, claim.from));
        (own, other)
    };
    Some((own, Some(other)))
}

/// Whether the two series of a comparison are paired by replication: they share their data sets when all their cells
/// share the truth.
pub fn paired(experiment: &Experiment, claim: &Claim) -> bool {
    let others = claim.other.iter().flat_map(|other| other.cell.names());
    let names: Vec<&String> = claim.cell.names().iter().chain(others).collect();
    let cells = experiment.cells.iter().filter(|cell| names.contains(&&cell.name));
    let truths: Vec<_> = cells.map(|cell| cell.scenario.truth.hash()).collect();
    truths.windows(2).all(|pair| pair[0] == pair[1])
}

fn differs(rows: &Rows<'_>, claim: &Claim, place: &Place, level: f64) -> (Option<Finding>, Judgement, usize) {
    let experiment = rows.experiment();
    let other = claim.other.as_ref().and_then(|other| rows.place(&other.cell, &other.arm));
    let (Some(other), Some((a, Some(b)))) = (other, series(rows, claim)) else {
        let judgement = Judgement::undecided("the series that it is compared with has no rows");
        return (None, judgement, 0);
    };
    let (weights, paired) = (rows.weights(claim.from), paired(experiment, claim));
    let address = rows.comparison_address(place, &other, claim.quantity, claim.statistic, claim.from);
    let resamples = experiment.inference.resamples as usize;
    let difference =
        rate::difference(&a, &b, paired, claim.statistic, &weights, resamples, &mut address.stream());
    let (finding, judgement) = of_estimate(&claim.statement, difference.as_ref(), level);
    (finding, judgement, a.replications().min(b.replications()))
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
