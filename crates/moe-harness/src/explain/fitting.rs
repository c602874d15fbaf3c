//! How an arm fits, in words.

use moe_estimators::fixed_point::Map;
use moe_estimators::stop::{Stop, StopRule};

use super::power;
use crate::aggregate::is_truth_blind;
use crate::experiment::{Arm, Experiment, Method, Points, Radius, Starts};

/// One arm.
pub(super) fn of_arm(experiment: &Experiment, arm: &Arm) -> String {
    let how = match &arm.method {
        Method::Newton { starts: Starts::Search(search), stop } => format!(
            "maximum likelihood by Newton ascents from a search: {} random starts, and atoms inserted into and exchanged in \
             the best fits{}. An ascent ends {}.",
            search.effort.random,
            if search.drafts {
                ""
            } else {
                ", every pass over the data themselves, no draft or sketch of them"
            },
            rule(stop)
        ),
        Method::Newton { starts: Starts::Points(starts), stop } => {
            format!(
                "maximum likelihood by Newton ascents from {}. An ascent ends {}.",
                points(starts),
                rule(stop)
            )
        }
        Method::FixedPoint { map, starts, stop, certify } => format!(
            "{} from {}. It ends {}; a fit is certified when the score is below {:e} and the gain left below {:e} nats.",
            match map {
                Map::Em => "expectation and maximisation (EM)",
                Map::Mm => "minorisation and maximisation (MM)",
            },
            points(starts),
            ending(stop),
            certify.score,
            certify.gain
        ),
        Method::KnownRate { rate, scale, fails_above, tail } => format!(
            "no fit at all: the truth moved by {scale} · n^{}{}, a double of known rate that the program must give back.{}",
            power(*rate),
            tail.map_or(String::new(), |index| format!(" times a Pareto variable of index {index}")),
            fails_above.map_or(String::new(), |most| format!(
                " It fails where it would be moved farther than {most}."
            ))
        ),
    };
    let blind = if is_truth_blind(arm) {
        "It knows nothing of the truth."
    } else {
        "It was given the truth, and every table says so."
    };
    let audits = arm.audits.as_ref().map_or(String::new(), |of| {
        format!(" It is an independent second search: what it finds and arm {of} does not, {of} has missed.")
    });
    let cells =
        arm.cells.as_ref().map_or(String::new(), |cells| format!(" It runs in {} only.", cells.join(", ")));
    let few = arm.replications.filter(|r| *r < experiment.replications);
    let few = few.map_or(String::new(), |r| format!(" It has {r} replications."));
    format!("Arm {}: {how} {blind}{audits}{cells}{few}", arm.name)
}

fn points(points: &Points) -> String {
    let count = |count: u32| if count == 1 { "one start".to_owned() } else { format!("{count} starts") };
    match points {
        Points::Random { count: n, .. } => format!("{} anywhere in the box", count(*n)),
        Points::NearTruth { count: n, radius } => format!("{} near the truth, {}", count(*n), away(radius)),
        Points::TruthSplits { count: n, radius } => {
            format!("{} made by splitting true atoms, {}", count(*n), away(radius))
        }
        Points::AtTruth => "the truth itself".to_owned(),
    }
}

fn away(radius: &Radius) -> String {
    if radius.rate == 0.0 {
        format!("{} away in each coordinate", radius.size)
    } else {
        format!("{} · n^{} away in each coordinate", radius.size, power(radius.rate))
    }
}

fn rule(rule: &StopRule) -> String {
    format!(
        "when the mean score is below {:e} and the predicted gain left below {:e} nats, or after {} iterations",
        rule.score, rule.gain, rule.iterations
    )
}

fn ending(stop: &Stop) -> String {
    match stop {
        Stop::Score(of) => rule(of),
        Stop::RelativeLikelihood { change, iterations } => format!(
            "when one iteration changes the log-likelihood by less than {change:e} of its size, or after {iterations}"
        ),
        Stop::ParameterStep { length, iterations } => {
            format!("when one iteration moves the parameters by less than {length:e}, or after {iterations}")
        }
        Stop::Iterations(iterations) => format!("after {iterations} iterations, whatever they have reached"),
    }
}
