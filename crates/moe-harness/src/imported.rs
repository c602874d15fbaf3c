//! Slopes and verdicts of losses that other programs measured: the same intervals and rules as for our own records.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use moe_core::content::Content;
use moe_core::rate::{self, Difference, Point, Rate, RateProblem, Series, Weights};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose};
use moe_core::verdict::family::holm;
use moe_core::verdict::{self, Claim, Judgement, Verdict, floor, too_few};

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
    pub claims: Vec<Statement>,
}

/// A statement about a slope, or about its difference from that of another group.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What is stated.
    pub claim: Claim,
    /// The group that a difference is taken from; the others are held against it.
    pub other: Option<String>,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.other {
            Some(other) => write!(f, "{} from {other}", self.claim),
            None => self.claim.fmt(f),
        }
    }
}

/// One group with what was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What stands in the group columns, joined; empty without one.
    pub group: String,
    /// What stands in each of the group columns.
    pub words: Vec<String>,
    /// Smallest number of replications at any size.
    pub replications: usize,
    /// Largest number of them.
    pub most_replications: usize,
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
    pub statement: Statement,
    /// The difference of slopes, where that is what is stated and there is one.
    pub difference: Option<Difference>,
    /// How the two groups of a difference were held against each other.
    pub pairing: Option<Pairing>,
    /// The verdict and why.
    pub judgement: Judgement,
    /// p-value of the statement after Holm's correction for the number of statements; a disagreement counts as one
    /// when it is at most 1 − level.
    pub adjusted: f64,
}

/// Whether two groups were compared replication by replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairing {
    /// Over this many replications that both have, at the size with the fewest.
    Common(usize),
    /// Each with its own replications.
    Unpaired,
}

/// The slopes of all groups, with their verdicts.
pub fn judge(losses: &[Losses], question: &Question) -> Vec<Found> {
    let losses: Vec<Losses> = losses.iter().map(|l| l.from(question.from)).collect();
    let mut found: Vec<Found> = losses.iter().map(|l| of_group(l, question)).collect();
    let judged: Vec<Vec<Standing>> =
        (0..losses.len()).map(|own| standings(own, &losses, &found, question)).collect();
    found.iter_mut().zip(judged).for_each(|(f, judged)| f.judged = judged);
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
    Found {
        group: losses.group.clone(),
        words: losses.words.clone(),
        replications: series.replications(),
        most_replications: series.groups.iter().flatten().map(Vec::len).fold(0, usize::max),
        failures: losses.failures(),
        points: points.unwrap_or_default(),
        rate,
        judged: Vec::new(),
    }
}

/// The statements about one group; a difference is none about the group that it is taken from.
fn standings(own: usize, all: &[Losses], found: &[Found], question: &Question) -> Vec<Standing> {
    let losses = &all[own];
    let stated = question.claims.iter().filter(|s| s.other.as_ref() != Some(&losses.group));
    let standing = |statement: &Statement| {
        let other = statement.other.as_ref().and_then(|name| all.iter().position(|l| l.group == *name));
        let pair = other.map(|other| Pair::new(losses, &all[other]));
        let pairing = pair.as_ref().map(Pair::pairing);
        let judged = [Some(own), other].into_iter().flatten();
        let forbidden = judged
            .filter_map(|i| forbidden(&found[i], question))
            .chain(pair.as_ref().and_then(|pair| too_few(pair.replications())))
            .next();
        let difference = pair.map(|pair| pair.difference(question));
        let judgement = match (forbidden, &difference) {
            (Some(reason), _) => Judgement::undecided(reason),
            (None, Some(Ok(difference))) => verdict::judge(&statement.claim, difference, question.level),
            (None, Some(Err(problem))) => no_slope(problem),
            (None, None) => judgement(losses, &found[own], &statement.claim, question),
        };
        let difference = difference.and_then(Result::ok);
        Standing { statement: statement.clone(), difference, pairing, judgement, adjusted: 1.0 }
    };
    stated.map(standing).collect()
}

/// Two series of which the slopes are compared: paired by the names of replications where a column has them, for what has
/// one name may share its data.
struct Pair {
    first: Series,
    second: Series,
    paired: bool,
    /// Names and smallest size, by which resampling is addressed.
    content: Content,
}

impl Pair {
    fn new(a: &Losses, b: &Losses) -> Self {
        let paired = !a.replications.iter().chain(&b.replications).any(Vec::is_empty);
        let (first, second) =
            if paired { (shared(a, b), shared(b, a)) } else { (a.series.clone(), b.series.clone()) };
        let mut content = Content::new("moe-rates imported difference 1");
        content.text("group", &a.group).text("other", &b.group);
        content.whole("from", first.sizes.first().copied().unwrap_or(0));
        Self { first, second, paired, content }
    }

    /// The smallest number of replications at any size.
    fn replications(&self) -> usize {
        self.first.replications().min(self.second.replications())
    }

    fn pairing(&self) -> Pairing {
        if self.paired { Pairing::Common(self.replications()) } else { Pairing::Unpaired }
    }

    fn difference(mut self, question: &Question) -> Result<Difference, RateProblem> {
        let (statistic, resamples) = (question.statistic, question.resamples);
        self.content.text("statistic", &statistic.to_string());
        let mut stream = addressed(&self.content, question).stream();
        let (first, second) = (&self.first, &self.second);
        rate::difference(first, second, self.paired, statistic, &Weights::Equal, resamples, &mut stream)
    }
}

/// The losses of a series whose replications another one has too, in the order of their names.
fn shared(losses: &Losses, other: &Losses) -> Series {
    let mut sizes = Vec::new();
    let mut values = Vec::new();
    for (j, size) in losses.series.sizes.iter().enumerate() {
        let Some(there) = other.series.sizes.iter().position(|n| n == size) else { continue };
        let names: BTreeSet<&String> = other.replications[there].iter().collect();
        let own = losses.replications[j].iter().zip(&losses.series.groups[0][j]);
        let by_name: BTreeMap<&String, f64> =
            own.filter(|(name, _)| names.contains(name)).map(|(name, loss)| (name, *loss)).collect();
        sizes.push(*size);
        values.push(by_name.into_values().collect());
    }
    Series::new(sizes, values)
}

/// Why no statement about a group is decided.
fn forbidden(found: &Found, question: &Question) -> Option<String> {
    if found.failures > question.failure_limit {
        return Some(format!(
            "{:.1} % of the losses at some size are infinite, more than the limit of {:.1} %",
            100.0 * found.failures,
            100.0 * question.failure_limit
        ));
    }
    too_few(found.replications)
}

fn no_slope(problem: &RateProblem) -> Judgement {
    Judgement::undecided(format!("there is no slope: {problem}"))
}

fn judgement(losses: &Losses, found: &Found, claim: &Claim, question: &Question) -> Judgement {
    match (claim, &found.rate) {
        (Claim::StaysAbove { bound }, _) => {
            let series = &losses.series;
            let bands =
                floor::bands(*bound, question.statistic, &series.sizes, &series.groups, question.level);
            let nothing = || Judgement::undecided("there is no replication at some size");
            bands.map_or_else(nothing, |bands| floor::judge(*bound, &bands, question.level))
        }
        (_, Err(problem)) => no_slope(problem),
        (_, Ok(rate)) => verdict::judge(claim, rate, question.level),
    }
}

/// Resampling is addressed by what is asked, so that a group's numbers do not depend on what else the file holds.
fn address(losses: &Losses, question: &Question) -> Address {
    let mut content = Content::new("moe-rates imported losses 1");
    content.text("group", &losses.group).text("statistic", &question.statistic.to_string());
    content.whole("from", losses.series.sizes.first().copied().unwrap_or(0));
    addressed(&content, question)
}

fn addressed(content: &Content, question: &Question) -> Address {
    let purpose = Purpose::Bootstrap;
    Address { seed: question.seed, purpose, content: content.finish(), size: 0, replication: 0 }
}
