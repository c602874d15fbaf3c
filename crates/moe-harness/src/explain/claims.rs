//! What a claim says, and which measurement would agree or disagree with it, in words.

use moe_core::statistic::Statistic;
use moe_core::verdict::{Claim as Statement, MIN_REPLICATIONS};

use super::power;
use crate::experiment::{Claim, Expectation, Experiment};
use crate::plan::undecidable;
use crate::report::format::size;

/// What holds of all claims.
pub(super) fn rule(experiment: &Experiment) -> String {
    let looks = match experiment.looks.as_slice() {
        [] => String::new(),
        looks => format!(
            " Claims are judged at {} replications, and nowhere else; the looks share their error.",
            looks.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        ),
    };
    format!(
        "A claim agrees when the whole interval of what was measured satisfies it, disagrees when no part does, and is \
         undecided otherwise; also with fewer than {MIN_REPLICATIONS} replications, or when more than {:.0} % of the fits \
         at some size are not certified.{looks}",
        100.0 * experiment.inference.failure_limit
    )
}

/// One claim.
pub(super) fn of_claim(experiment: &Experiment, claim: &Claim) -> String {
    let meaning = claim.quantity.kind.meaning().trim_end_matches('.');
    let atom = claim.quantity.atom.map_or(String::new(), |j| format!(" (true atom {j})"));
    let from = if experiment.sizes.first().is_some_and(|least| claim.from > *least) {
        format!(" from n = {} on", size(claim.from))
    } else {
        String::new()
    };
    let expect = match &claim.expect {
        Expectation::Agree => String::new(),
        Expectation::Disagree { because } => format!(" A disagreement is expected: {because}"),
    };
    let small =
        undecidable(experiment, claim).map_or(String::new(), |why| format!(" It will be undecided: {why}."));
    format!(
        "Claim {} ({}): {}{atom} of {} under arm {} — {meaning} — {}{from}, by an interval of level {}.{expect}{small}",
        claim.name,
        claim.source,
        statistic(claim),
        claim.cell,
        claim.arm,
        statement(claim),
        claim.level,
    )
}

fn statistic(claim: &Claim) -> String {
    let quantity = claim.quantity;
    match claim.statistic {
        Statistic::Median => format!("the median of {quantity}"),
        Statistic::Mean => format!("the mean of {quantity}"),
        Statistic::Quantile(p) => format!("the {p} quantile of {quantity}"),
        Statistic::Exceeds(c) => format!("the share of replications with {quantity} above {c}"),
    }
}

fn statement(claim: &Claim) -> String {
    match (&claim.statement, &claim.other) {
        (Statement::Equals { rate, margin }, _) => format!(
            "falls like n^{}: its slope lies between {} and {}",
            power(*rate),
            short(rate - margin),
            short(rate + margin)
        ),
        (Statement::SlowerThan { rate }, _) => {
            format!("falls more slowly than n^{0}: its slope is above {0}", power(*rate))
        }
        (Statement::AtLeast { rate }, _) => {
            format!("falls at least as fast as n^{0}: its slope is {0} or less", power(*rate))
        }
        (Statement::StaysAbove { bound }, _) => format!("stays above {bound} at every size"),
        (Statement::DiffersBy { margin }, other) => {
            let other =
                other.as_ref().map_or(String::new(), |o| format!(" of {} under arm {}", o.cell, o.arm));
            if *margin == 0.0 {
                format!("has another slope than that{other}")
            } else {
                format!("has a slope that differs from that{other} by more than {margin}")
            }
        }
    }
}

/// A sum of two exponents, without the digits that the sum has too many.
fn short(exponent: f64) -> String {
    power((exponent * 1e9).round() / 1e9)
}
