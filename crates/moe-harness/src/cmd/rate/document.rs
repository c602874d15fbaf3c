//! Slopes and verdicts of a table of losses as one JSON document; its keys are described in FORMAT.md.

use moe_core::rate::Rate;
use serde_json::{Value, json};

use super::Told;
use crate::imported::{Found, Pairing, Standing};
use crate::report::verdicts::number;

/// The document, in lines. Numbers that are not finite are texts.
pub(super) fn json(told: &Told<'_>) -> String {
    let args = told.args;
    let value = json!({
        "file": args.losses.display().to_string(),
        "columns": {
            "n": told.columns.size,
            "loss": told.columns.loss,
            "replication": told.columns.replication,
            "group": told.columns.groups,
            "unused": told.unused,
        },
        "statistic": args.statistic.to_string(),
        "level": args.level,
        "resamples": args.resamples,
        "seed": args.seed,
        "from": args.from,
        "failure_limit": args.failure_limit,
        "exit_code": told.code,
        "groups": told.found.iter().map(|found| group(told, found)).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn group(told: &Told<'_>, found: &Found) -> Value {
    let words = told.columns.groups.iter().cloned().zip(found.words.iter().map(|word| json!(word)));
    let points = found.points.iter().map(|p| {
        json!({ "n": p.size, "estimate": number(p.estimate), "lower": number(p.lower), "upper": number(p.upper) })
    });
    json!({
        "group": (!found.group.is_empty()).then_some(&found.group),
        "words": words.collect::<serde_json::Map<_, _>>(),
        "replications": found.replications,
        "infinite_share": found.failures,
        "points": points.collect::<Vec<_>>(),
        "slope": found.rate.as_ref().ok().map(slope),
        "no_slope_because": found.rate.as_ref().err().map(ToString::to_string),
        "claims": found.judged.iter().map(|standing| claim(told, standing)).collect::<Vec<_>>(),
    })
}

fn slope(rate: &Rate) -> Value {
    let local = rate.local_slopes.iter().map(|l| {
        json!({
            "from": l.from, "to": l.to,
            "slope": number(l.slope), "lower": number(l.lower), "upper": number(l.upper),
        })
    });
    json!({
        "estimate": number(rate.slope),
        "lower": number(rate.lower),
        "upper": number(rate.upper),
        "intercept": number(rate.intercept),
        "straight_line_p": rate.lack_of_fit.map(|l| number(l.p_value)),
        "local_slopes": local.collect::<Vec<_>>(),
    })
}

fn claim(told: &Told<'_>, standing: &Standing) -> Value {
    let difference = standing.difference.as_ref().map(|difference| {
        let (lower, upper) = difference.interval(told.args.level);
        json!({ "estimate": number(difference.estimate), "lower": number(lower), "upper": number(upper) })
    });
    let common = match standing.pairing {
        Some(Pairing::Common(replications)) => Some(replications),
        Some(Pairing::Unpaired) | None => None,
    };
    json!({
        "statement": standing.statement.to_string(),
        "differs_from": standing.statement.other,
        "difference": difference,
        "paired": standing.pairing.map(|pairing| pairing != Pairing::Unpaired),
        "replications_in_common": common,
        "verdict": standing.judgement.verdict.to_string(),
        "reason": standing.judgement.reason,
        "p_agreement": standing.judgement.agreement,
        "p_disagreement": standing.judgement.disagreement,
        "p_disagreement_adjusted": standing.adjusted,
    })
}
