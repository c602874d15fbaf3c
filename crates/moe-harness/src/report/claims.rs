//! The claims in words: their table and their reasons.

use std::collections::{BTreeMap, BTreeSet};

use moe_core::verdict::{Claim as Statement, Verdict};

use super::escape;
use super::format::{chance, interval, level, plain, size, slope, table};
use super::gate::Standing;
use super::text::from;
use super::together::threshold;
use super::{Caveat, ClaimReport, Gate, Report, stability};
use crate::experiment::{Claim, Expectation};
use crate::judge::{Finding, excludes_rate};

/// The table of claims; what was found of each comes first, so that it is seen where a table does not fit.
pub fn claims(report: &Report<'_>) -> String {
    let head = [
        "claim",
        "verdict",
        "as expected?",
        "statement",
        "measured",
        "level",
        "quantity",
        "statistic",
        "from n",
        "straight line",
    ];
    let gate = report.gate();
    let rows = report.claims.iter().zip(&gate.standings);
    table(&head, &rows.map(|(claim, standing)| claim_row(report, claim, *standing)).collect::<Vec<_>>())
}

fn claim_row(whole: &Report<'_>, report: &ClaimReport<'_>, standing: Standing) -> Vec<String> {
    let claim = report.claim;
    let expected = match standing {
        Standing::Undecided => "–",
        Standing::AsExpected => "yes",
        Standing::NotConfirmed => "not confirmed",
        Standing::Contradicted => "NO",
    };
    vec![
        claim.name.clone(),
        verdict(report),
        expected.to_owned(),
        statement(claim),
        finding(report.finding.as_ref()),
        level(whole.experiment.level_at_look(claim.level)),
        format!("{} {} ({})", claim.cell, claim.quantity, claim.arm),
        claim.statistic.to_string(),
        from(whole, claim.from),
        straight_line(report),
    ]
}

/// The p-value of a straight line beside a claim on one slope.
fn straight_line(report: &ClaimReport<'_>) -> String {
    let one_slope =
        !matches!(report.claim.statement, Statement::DiffersBy { .. } | Statement::StaysAbove { .. });
    if one_slope { stability::straight(&report.measured.rate) } else { "–".into() }
}

/// The verdict, with what weakens it in the same place: that to agree within a margin is not to be the claimed exponent,
/// fits at the box, an ill-conditioned truth.
fn verdict(report: &ClaimReport<'_>) -> String {
    let verdict = report.judgement.verdict;
    let words = match (&report.claim.statement, &report.finding) {
        (Statement::Equals { rate, .. }, Some(found))
            if verdict == Verdict::Agrees && excludes_rate(&report.claim.statement, found) == Some(true) =>
        {
            format!("{verdict}, although the interval excludes {}", slope(*rate))
        }
        _ => verdict.to_string(),
    };
    report.caveats.iter().fold(words, |words, caveat| format!("{words}; {}", caveat.short))
}

/// A statement in a few words.
pub fn statement(claim: &Claim) -> String {
    match (&claim.statement, &claim.other) {
        (Statement::Equals { rate, margin }, _) => format!("{} ± {margin}", slope(*rate)),
        (Statement::SlowerThan { rate }, _) => format!("slower than {}", slope(*rate)),
        (Statement::AtLeast { rate }, _) => format!("at least {}", slope(*rate)),
        (Statement::StaysAbove { bound }, _) => format!("stays above {bound}"),
        (Statement::DiffersBy { margin }, other) => {
            let other = other.as_ref().map_or(String::new(), |o| format!(" from {} ({})", o.cell, o.arm));
            if *margin == 0.0 { format!("differs{other}") } else { format!("differs{other} by > {margin}") }
        }
    }
}

fn finding(finding: Option<&Finding>) -> String {
    let Some(found) = finding else { return "none".into() };
    let at = found.size.map_or(String::new(), |n| format!(" at n = {}", size(n)));
    format!("{}{at}", interval(found.estimate, found.lower, found.upper))
}

/// Why each verdict is what it is, and what an expected disagreement is expected for, as Markdown.
pub fn reasons(report: &Report<'_>) -> String {
    each_reason(report, |name| format!("**{name}**"), escape::markdown)
}

/// The same for a terminal, without marks.
pub fn plain_reasons(report: &Report<'_>) -> String {
    each_reason(report, str::to_owned, plain)
}

fn each_reason(report: &Report<'_>, name: fn(&str) -> String, text: fn(&str) -> String) -> String {
    let gate = report.gate();
    let mut out = String::new();
    let mut caveats = Caveats::default();
    for (i, c) in report.claims.iter().enumerate() {
        out += &format!("- {}: {}", name(&c.claim.name), c.judgement.reason);
        if let Expectation::Disagree { because } = &c.claim.expect {
            out += &format!(" (a disagreement is expected: {})", text(because));
        }
        if gate.standings[i] == Standing::NotConfirmed {
            out += &format!(" ({})", not_confirmed(&gate, i));
        }
        out += "\n";
        let remarks = c.remarks.iter().cloned();
        let caveats = c.caveats.iter().map(|caveat| caveats.say(&c.claim.name, caveat, name));
        out += &remarks.chain(caveats).map(|remark| format!("  - {remark}\n")).collect::<String>();
    }
    out
}

/// Why the contradiction of a claim does not count.
fn not_confirmed(gate: &Gate, claim: usize) -> String {
    format!("not confirmed: adjusted p-value {} is above {}", chance(gate.adjusted[claim]), threshold(gate))
}

/// The caveats that were said so far: what one means is said once, and what was counted once for each place.
#[derive(Default)]
struct Caveats<'a> {
    meanings: BTreeSet<&'a str>,
    facts: BTreeMap<&'a str, &'a str>,
}

impl<'a> Caveats<'a> {
    /// A caveat of a claim, or where it was said before.
    fn say(&mut self, claim: &'a str, caveat: &'a Caveat, name: fn(&str) -> String) -> String {
        if let Some(before) = self.facts.get(caveat.fact.as_str()) {
            return format!("{}: see {}", caveat.short, name(before));
        }
        self.facts.insert(&caveat.fact, claim);
        if self.meanings.insert(&caveat.meaning) { caveat.sentence() } else { caveat.fact.clone() }
    }
}

/// Why claims are not as expected, one line each.
pub fn unexpected(report: &Report<'_>) -> String {
    let gate = report.gate();
    let line = |(i, (c, standing)): (usize, (&ClaimReport<'_>, &Standing))| {
        let how = match standing {
            Standing::AsExpected => return None,
            Standing::Contradicted => "contradicts its expectation".to_owned(),
            Standing::NotConfirmed => format!("contradicts its expectation ({})", not_confirmed(&gate, i)),
            Standing::Undecided => "is undecided".to_owned(),
        };
        Some(format!("- {} {how}: {}\n", c.claim.name, c.judgement.reason))
    };
    report.claims.iter().zip(&gate.standings).enumerate().filter_map(line).collect()
}
