//! Slopes and verdicts of a table of losses in words.

use moe_core::rate::Rate;
use moe_core::verdict::{Claim, Verdict};

use super::super::tabular::ends_a_line;
use super::{Told, open};
use crate::counted::counted;
use crate::imported::{Found, Pairing, Standing, Statement};
use crate::report::format::{interval, significant, size, table};
use crate::report::stability::straight;

/// Unused columns that are named at most.
const NAMED: usize = 4;

/// The tables.
pub(super) fn text(told: &Told<'_>) -> String {
    let args = told.args;
    let mut out = format!(
        "{}: {} of '{}' against '{}', intervals of level {}\n\n{}",
        args.losses.display(),
        args.statistic,
        told.columns.loss,
        told.columns.size,
        args.level,
        slopes(told)
    );
    for found in &told.found {
        let name = if found.group.is_empty() { String::new() } else { format!("{}\n\n", found.group) };
        out += &format!("\n{name}{}", sizes(found));
    }
    if !args.claims.is_empty() {
        out += &format!("\n{}", claims(told));
    }
    out
}

/// What the reader should know beside the numbers.
pub(super) fn remarks(told: &Told<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    if told.columns.replication.is_none() {
        remarks.push(
            "there is no column 'replication', so every row counts as a replication of its own; --replication COLUMN \
             makes sure that none stands twice"
                .to_owned(),
        );
    }
    if !told.unused.is_empty() && told.columns.groups.is_empty() {
        let names = told.unused.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if told.unused.len() > NAMED { ", …" } else { "" };
        let columns = counted(told.unused.len(), "column");
        remarks.push(format!("{columns} not used ({names}{more}); --group COLUMN tells series apart"));
    }
    for found in told.found.iter().filter(|f| f.rate.is_err()) {
        if let Err(problem) = &found.rate {
            remarks.push(format!("{}there is no slope: {problem}", prefix(found)));
        }
    }
    if !ends_a_line(&told.args.losses) {
        remarks.push(
            "the last line of the table has no end: if the file was cut off, its last number may be too short"
                .to_owned(),
        );
    }
    for found in told.found.iter().filter(|f| f.replications < f.most_replications) {
        remarks.push(format!(
            "{}{} replications, size by size: if all sizes should have as many, the table may have been cut off",
            prefix(found),
            replications(found)
        ));
    }
    remarks.extend(told.found.iter().zip(told.losses).filter_map(|(found, losses)| {
        open::ends(found, losses).map(|why| format!("{}{why}", prefix(found)))
    }));
    remarks.extend(told.args.claims.iter().filter_map(|statement| wrong_sign(told, &statement.claim)));
    remarks
}

/// Of which group a sentence is.
fn prefix(found: &Found) -> String {
    if found.group.is_empty() { String::new() } else { format!("{}: ", found.group) }
}

/// That a statement speaks of growth where slopes say that losses fall, which a forgotten minus does.
fn wrong_sign(told: &Told<'_>, claim: &Claim) -> Option<String> {
    let (Claim::Equals { rate, .. } | Claim::SlowerThan { rate } | Claim::AtLeast { rate }) = claim else {
        return None;
    };
    let falls = |found: &&Found| found.rate.as_ref().is_ok_and(|slope| slope.upper < 0.0);
    let found = told.found.iter().find(falls).filter(|_| *rate > 0.0)?;
    let of = if found.group.is_empty() { String::new() } else { format!(" of {}", found.group) };
    Some(format!(
        "\"{claim}\": {rate} is the slope of losses that grow, and the slope{of} is {}; did you mean -{rate}?",
        measured_slope(found)
    ))
}

/// How many replications: at the size with the fewest, and at that with the most where there are more.
fn replications(found: &Found) -> String {
    let (fewest, most) = (found.replications, found.most_replications);
    if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") }
}

fn slopes(told: &Told<'_>) -> String {
    let head = ["group", "sizes", "replications", "infinite", "slope", "constant", "straight line"];
    let row = |found: &Found| {
        let constant = |rate: &Rate| significant(moe_core::numeric::exp(rate.intercept), 4);
        vec![
            if found.group.is_empty() { "all rows".into() } else { found.group.clone() },
            found.points.len().to_string(),
            replications(found),
            format!("{:.1} %", 100.0 * found.failures),
            measured_slope(found),
            found.rate.as_ref().map_or("–".into(), constant),
            straight(&found.rate),
        ]
    };
    table(&head, &told.found.iter().map(row).collect::<Vec<_>>())
}

fn sizes(found: &Found) -> String {
    let local = found.rate.as_ref().map_or(&[][..], |rate| &rate.local_slopes);
    let rows = found.points.iter().map(|p| {
        let next = local.iter().find(|l| l.from == p.size);
        let number = |v: f64| significant(v, 4);
        vec![
            size(p.size),
            format!("{} [{}, {}]", number(p.estimate), number(p.lower), number(p.upper)),
            next.map_or(String::new(), |l| interval(l.slope, l.lower, l.upper)),
        ]
    });
    table(&["n", "statistic", "slope to the next"], &rows.collect::<Vec<_>>())
}

/// A statement with true minus signs in its numbers; a group keeps its name.
fn stated(statement: &Statement) -> String {
    let words = statement.claim.to_string().replace('-', "−");
    statement.other.as_ref().map_or(words.clone(), |other| format!("{words} from {other}"))
}

/// A slope with its interval.
fn measured_slope(found: &Found) -> String {
    found.rate.as_ref().map_or("none".into(), |rate| interval(rate.slope, rate.lower, rate.upper))
}

/// What a statement is held against, with its interval: the slope, or the difference of two; the statistic at each size
/// stands in the sentence below.
fn measured(told: &Told<'_>, found: &Found, standing: &Standing) -> String {
    match (&standing.statement.claim, &standing.difference) {
        (Claim::StaysAbove { .. }, _) => "the statistic, see below".into(),
        (Claim::DiffersBy { .. }, None) => "none".into(),
        (_, Some(difference)) => {
            let (lower, upper) = difference.interval(told.args.level);
            let found = interval(difference.estimate, lower, upper);
            format!("difference {found}{}", pairing(standing.pairing))
        }
        _ => measured_slope(found),
    }
}

/// What a difference was taken over.
fn pairing(pairing: Option<Pairing>) -> String {
    match pairing {
        Some(Pairing::Common(count)) => format!(" of {} in common", counted(count, "replication")),
        Some(Pairing::Unpaired) => ", unpaired".to_owned(),
        None => String::new(),
    }
}

/// Whether a statement disagrees by itself, but not after the correction for the number of statements.
fn is_unconfirmed(told: &Told<'_>, standing: &Standing) -> bool {
    standing.judgement.verdict == Verdict::Disagrees && standing.adjusted > 1.0 - told.args.level
}

fn claims(told: &Told<'_>) -> String {
    let row = |found: &Found, s: &Standing| {
        let adjusted = if is_unconfirmed(told, s) {
            format!(" (not confirmed: adjusted p-value {:.3})", s.adjusted)
        } else {
            String::new()
        };
        vec![
            if found.group.is_empty() { "all rows".into() } else { found.group.clone() },
            stated(&s.statement),
            measured(told, found, s),
            format!("{}{adjusted}", s.judgement.verdict),
        ]
    };
    let judged = told.found.iter().flat_map(|f| f.judged.iter().map(move |s| (f, s)));
    let rows: Vec<_> = judged.clone().map(|(f, s)| row(f, s)).collect();
    let mut out = table(&["group", "statement", "measured", "verdict"], &rows);
    for (found, s) in judged.clone() {
        out += &format!("- {}{}\n", prefix(found), s.judgement.reason.replace('-', "−"));
    }
    out += match told.code {
        0 => "\nevery statement agrees\n",
        1 => "\nsome statement disagrees\n",
        _ if judged.clone().any(|(_, s)| is_unconfirmed(told, s)) => {
            "\nno disagreement is confirmed; some statements are undecided or not confirmed\n"
        }
        _ => "\nno statement disagrees; some are undecided\n",
    };
    out
}
