//! Slopes and verdicts of losses that other programs measured: the same intervals and rules as for our own records.

use moe_core::content::Content;
use moe_core::rate::{self, Point, Rate, RateProblem, Weights};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose};
use moe_core::verdict::family::holm;
use moe_core::verdict::{self, Claim, Judgement, Verdict, floor};

use crate::table::Losses;

/// What is asked of every group of a table of losses.
#[derive(Clone, Debug)]
pub struct Question {
    /// How replications are summarised.
    pub statistic: Statistic,
    /// Confidence level of intervals and verdicts.
    pub level: f64,
    /// Bootstrap resamples of a mean.
    pub resamples: usize,
    /// Master seed of the resamples.
    pub seed: u64,
    /// Smallest size that counts.
    pub from: u64,
    /// Largest share of infinite losses, at any size, with which a statement is judged.
    pub failure_limit: f64,
    /// Statements, each held against every group.
    pub claims: Vec<Claim>,
}

/// One group with what was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What stands in the group column; empty without one.
    pub group: String,
    /// Smallest number of replications at any size.
    pub replications: usize,
    /// Largest share of infinite losses at any size.
    pub failures: f64,
    /// The statistic at every size with its interval; empty where there is none.
    pub points: Vec<Point>,
    /// The slope.
    pub rate: Result<Rate, RateProblem>,
    /// The statements with their verdicts, in the order of the question.
    pub judged: Vec<Standing>,
}

/// A statement about one group, judged.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The statement.
    pub claim: Claim,
    /// The verdict and why.
    pub judgement: Judgement,
    /// p-value of the statement after Holm's correction for the number of statements; a disagreement counts as one
    /// when it is at most 1 − level.
    pub adjusted: f64,
}

/// The slopes of all groups, with their verdicts.
pub fn judge(losses: &[Losses], question: &Question) -> Vec<Found> {
    let mut found: Vec<Found> = losses.iter().map(|l| of_group(&l.from(question.from), question)).collect();
    let all: Vec<f64> = found.iter().flat_map(|f| &f.judged).map(|s| s.judgement.disagreement).collect();
    let mut adjusted = holm(&all).into_iter();
    found.iter_mut().flat_map(|f| &mut f.judged).zip(&mut adjusted).for_each(|(s, p)| s.adjusted = p);
    found
}

/// Exit code: 1 when a statement disagrees even after the correction for their number, 3 when none does and some is not
/// decided, 0 when all agree or there are none.
pub fn code(found: &[Found], level: f64) -> u8 {
    let all: Vec<&Standing> = found.iter().flat_map(|f| &f.judged).collect();
    if all.iter().any(|s| s.judgement.verdict == Verdict::Disagrees && s.adjusted <= 1.0 - level) {
        1
    } else if all.iter().all(|s| s.judgement.verdict == Verdict::Agrees) {
        0
    } else {
        3
    }
}

fn of_group(losses: &Losses, question: &Question) -> Found {
    let (series, statistic, level) = (&losses.series, question.statistic, question.level);
    let address = address(losses, question);
    let points = rate::points(series, statistic, level, question.resamples, &mut address.indexed(0));
    let rate =
        rate::fit(series, statistic, &Weights::Equal, level, question.resamples, &mut address.indexed(1));
    let mut found = Found {
        group: losses.group.clone(),
        replications: series.replications(),
        failures: losses.failures(),
        points: points.unwrap_or_default(),
        rate,
        judged: Vec::new(),
    };
    let standing = |claim: &Claim| {
        let judgement = judgement(losses, &found, claim, question);
        Standing { claim: *claim, judgement, adjusted: 1.0 }
    };
    found.judged = question.claims.iter().map(standing).collect();
    found
}

fn judgement(losses: &Losses, found: &Found, claim: &Claim, question: &Question) -> Judgement {
    if found.failures > question.failure_limit {
        return Judgement::undecided(format!(
            "{:.1} % of the losses at some size are infinite, more than the limit of {:.1} %",
            100.0 * found.failures,
            100.0 * question.failure_limit
        ));
    }
    if let Some(reason) = verdict::too_few(found.replications) {
        return Judgement::undecided(reason);
    }
    match (claim, &found.rate) {
        (Claim::StaysAbove { bound }, _) => {
            let series = &losses.series;
            let bands =
                floor::bands(*bound, question.statistic, &series.sizes, &series.groups, question.level);
            let nothing = || Judgement::undecided("there is no replication at some size");
            bands.map_or_else(nothing, |bands| floor::judge(*bound, &bands, question.level))
        }
        (_, Err(problem)) => Judgement::undecided(format!("there is no slope: {problem}")),
        (_, Ok(rate)) => verdict::judge(claim, rate, question.level),
    }
}

/// Resampling is addressed by what is asked, so that a group's numbers do not depend on what else the file holds.
fn address(losses: &Losses, question: &Question) -> Address {
    let mut content = Content::new("moe-rates imported losses 1");
    content.text("group", &losses.group).text("statistic", &question.statistic.to_string());
    content.whole("from", losses.series.sizes.first().copied().unwrap_or(0));
    let purpose = Purpose::Bootstrap;
    Address { seed: question.seed, purpose, content: content.finish(), size: 0, replication: 0 }
}
