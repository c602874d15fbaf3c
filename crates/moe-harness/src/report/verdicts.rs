//! The verdicts for other programs, as JSON.

use moe_core::verdict::Claim as Statement;
use serde_json::{Value, json};

use super::gate::Gate;
use super::{ClaimReport, Report, text};
use crate::experiment::Expectation;
use crate::judge::excludes_rate;

/// The verdicts of a report, one line a key. Numbers that are not finite are texts.
pub fn json(report: &Report<'_>) -> String {
    let (experiment, gate) = (report.experiment, report.gate());
    let look = experiment.look().map(|(look, of)| json!({ "number": look + 1, "of": of }));
    let value = json!({
        "experiment": experiment.name,
        "profile": experiment.profile,
        "seed": experiment.seed,
        "replications": experiment.replications,
        "digest": report.digest,
        "missing_rows": report.missing,
        "exit_code": report.check_code(),
        "declared_looks": experiment.looks,
        "look": look,
        "undeclared_looks": report.earlier,
        "all_as_expected": gate.error_together.is_some(),
        "error_of_all_as_expected": gate.error_together,
        "family_level": gate.family_level,
        "claims": (0..report.claims.len()).map(|i| claim(report, &gate, i)).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn claim(report: &Report<'_>, gate: &Gate, index: usize) -> Value {
    let judged: &ClaimReport<'_> = &report.claims[index];
    let (claim, found) = (judged.claim, judged.finding.as_ref());
    let errors = judged.errors(report.experiment.level_at_look(claim.level));
    let because = match &claim.expect {
        Expectation::Agree => None,
        Expectation::Disagree { because } => Some(because),
    };
    json!({
        "name": claim.name,
        "cell": claim.cell.names(),
        "arm": claim.arm,
        "quantity": claim.quantity.to_string(),
        "statistic": claim.statistic.to_string(),
        "from": claim.from,
        "statement": text::statement(claim),
        "differs_from": claim.other.as_ref().map(|o| json!({ "cell": o.cell.names(), "arm": o.arm })),
        "level": claim.level,
        "level_at_look": report.experiment.level_at_look(claim.level),
        "measured": measured(&claim.statement),
        "estimate": found.map(|f| number(f.estimate)),
        "lower": found.map(|f| number(f.lower)),
        "upper": found.map(|f| number(f.upper)),
        "size": found.and_then(|f| f.size),
        "replications": judged.measured.replications,
        "verdict": judged.judgement.verdict.to_string(),
        "reason": judged.judgement.reason,
        "error_of_agreement": errors.agreement,
        "error_of_disagreement": errors.disagreement,
        "p_agreement": judged.judgement.agreement,
        "p_disagreement": judged.judgement.disagreement,
        "expected": if because.is_some() { "disagree" } else { "agree" },
        "because": because,
        "straight_line_p": straight_line(judged),
        "excludes_claimed_rate": found.and_then(|f| excludes_rate(&claim.statement, f)),
        "remarks": judged.all_remarks().collect::<Vec<_>>(),
        "p_contradiction_adjusted": gate.adjusted[index],
        "standing": gate.standings[index].name(),
    })
}

/// p-value of a straight line, for claims on one slope.
fn straight_line(judged: &ClaimReport<'_>) -> Option<f64> {
    let one_slope = measured(&judged.claim.statement) == "slope";
    Some(judged.measured.rate.as_ref().ok().filter(|_| one_slope)?.lack_of_fit?.p_value)
}

/// What the estimate is an estimate of.
fn measured(statement: &Statement) -> &'static str {
    match statement {
        Statement::DiffersBy { .. } => "difference of slopes",
        Statement::StaysAbove { .. } => "statistic at the decisive size",
        _ => "slope",
    }
}

/// A number, or a text where it is not finite.
pub(crate) fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}
