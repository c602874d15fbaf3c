//! `stop` and `certify`: when an ascent ends, and what its end must meet.

use moe_estimators::stop::{Stop, StopRule};

use super::check;
use crate::diagnostic::{Place, Problem};
use crate::experiment::Thresholds;
use crate::source::Path;
use crate::wire::arm as wire;

/// The keys of a rule, without the cap that every rule has.
fn given(stop: wire::Stop) -> [(&'static str, Option<f64>); 4] {
    [
        ("score", stop.score),
        ("gain", stop.gain),
        ("relative_likelihood", stop.relative_likelihood),
        ("parameter_step", stop.parameter_step),
    ]
}

/// The bounds that hold for each key by itself.
fn check_values(stop: wire::Stop, at: &Path, out: &mut Vec<Problem>) {
    for (key, value) in given(stop) {
        if let Some(value) = value {
            check::positive(value, &at.key(key), out);
        }
    }
    check::at_least_one(stop.iterations, &at.key("iterations"), out);
}

/// The rule of a Newton ascent: score and gain, both.
pub(super) fn newton(stop: wire::Stop, at: &Path, out: &mut Vec<Problem>) -> StopRule {
    check_values(stop, at, out);
    for (key, value) in &given(stop)[2..] {
        if value.is_some() {
            let message = format!("a Newton ascent does not stop on `{key}`");
            let problem = Problem::error(Place::Key(at.key(key)), message);
            out.push(
                problem.help("`relative_likelihood` and `parameter_step` are rules of \"em\" and \"mm\""),
            );
        }
    }
    let missing: Vec<&str> = given(stop)[..2].iter().filter(|k| k.1.is_none()).map(|k| k.0).collect();
    if !missing.is_empty() {
        let message = format!("a Newton ascent stops on score and gain: missing `{}`", missing.join("`, `"));
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("for example: stop = { score = 1e-9, gain = 1e-10, iterations = 300 }"));
    }
    let (score, gain) = (stop.score.unwrap_or_default(), stop.gain.unwrap_or_default());
    StopRule { score, gain, iterations: stop.iterations }
}

/// The one rule of an EM or MM arm whose table stands at `arm`, and what certifies its fits.
pub(super) fn fixed_point(
    stop: wire::Stop,
    certify: Option<wire::Certify>,
    arm: &Path,
    out: &mut Vec<Problem>,
) -> (Stop, Thresholds) {
    let at = arm.key("stop");
    check_values(stop, &at, out);
    let iterations = stop.iterations;
    let rule = match (stop.score, stop.gain, stop.relative_likelihood, stop.parameter_step) {
        (Some(score), Some(gain), None, None) => Stop::Score(StopRule { score, gain, iterations }),
        (None, None, Some(change), None) => Stop::RelativeLikelihood { change, iterations },
        (None, None, None, Some(length)) => Stop::ParameterStep { length, iterations },
        (None, None, None, None) => Stop::Iterations(iterations),
        _ => {
            let keys: Vec<&str> = given(stop).iter().filter(|k| k.1.is_some()).map(|k| k.0).collect();
            let message = format!("no stopping rule has `{}` and nothing else", keys.join("` and `"));
            let problem = Problem::error(Place::Value(at.clone()), message);
            let help = "a rule is `score` and `gain` together, or `relative_likelihood`, or `parameter_step`, or \
                        `iterations` alone; each has `iterations` as its cap";
            out.push(problem.help(help));
            return (Stop::Iterations(iterations), Thresholds { score: 0.0, gain: 0.0 });
        }
    };
    (rule, thresholds(&rule, certify, arm, out))
}

/// Our rule is its own certificate; under any other the arm says what its fits must meet.
fn thresholds(rule: &Stop, certify: Option<wire::Certify>, arm: &Path, out: &mut Vec<Problem>) -> Thresholds {
    let at = arm.key("certify");
    match (rule, certify) {
        (Stop::Score(rule), None) => Thresholds { score: rule.score, gain: rule.gain },
        (Stop::Score(rule), Some(_)) => {
            let message = "`certify` goes with a rule that does not ask for score and gain";
            let problem = Problem::error(Place::Key(at), message);
            out.push(problem.help("leave it out: a fit that meets this stopping rule is certified"));
            Thresholds { score: rule.score, gain: rule.gain }
        }
        (_, Some(certify)) => {
            check::positive(certify.score, &at.key("score"), out);
            check::positive(certify.gain, &at.key("gain"), out);
            Thresholds { score: certify.score, gain: certify.gain }
        }
        (_, None) => {
            let message = "this stopping rule does not say what a maximum is: missing key `certify`";
            let problem = Problem::error(Place::Value(arm.key("stop")), message);
            out.push(problem.help("for example: certify = { score = 1e-9, gain = 1e-10 }"));
            Thresholds { score: 0.0, gain: 0.0 }
        }
    }
}
