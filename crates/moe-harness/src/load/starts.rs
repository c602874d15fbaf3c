//! `starts`: where ascents begin.

use moe_estimators::search::Effort;

use super::{check, limit};
use crate::diagnostic::{Place, Problem};
use crate::experiment::{Points, Radius, Search, Starts};
use crate::source::Path;
use crate::wire::arm as wire;

/// Reads starts of any kind.
pub(super) fn read(wire: &wire::Starts, at: &Path, out: &mut Vec<Problem>) -> Starts {
    match *wire {
        wire::Starts::Search {
            random,
            bases,
            candidates,
            insertions,
            splits,
            exchanges,
            screening,
            rounds,
            hits,
            stream,
            drafts,
        } => {
            for (key, value) in [("random", random), ("rounds", rounds), ("hits", hits)] {
                check::at_least_one(value, &at.key(key), out);
            }
            let bounds = [
                ("random", random, limit::STARTS),
                ("bases", bases, limit::BASES),
                ("candidates", candidates, limit::STARTS),
                ("splits", splits, limit::STARTS),
                ("exchanges", exchanges, limit::EXCHANGES),
                ("screening", screening, limit::SCREENING),
                ("rounds", rounds, limit::ROUNDS),
            ];
            for (key, value, most) in bounds {
                check::at_most(f64::from(value), f64::from(most), &at.key(key), out);
            }
            family(stream, at, out);
            if insertions > candidates {
                let message =
                    format!("{insertions} insertions cannot be chosen among {candidates} candidates");
                let problem = Problem::error(Place::Value(at.key("insertions")), message);
                out.push(problem.help("`insertions` is how many of the scored `candidates` become starts"));
            }
            let effort =
                Effort { random, bases, candidates, insertions, splits, exchanges, screening, rounds, hits };
            Starts::Search(Search { effort, stream, drafts: drafts.unwrap_or(true) })
        }
        wire::Starts::Random { count, stream } => {
            check::at_least_one(count, &at.key("count"), out);
            family(stream, at, out);
            Starts::Points(Points::Random { count, stream })
        }
        wire::Starts::NearTruth { count, radius, radius_rate } => {
            let radius = around_truth(count, (radius, radius_rate), at, out);
            Starts::Points(Points::NearTruth { count, radius })
        }
        wire::Starts::TruthSplits { count, radius, radius_rate } => {
            let radius = around_truth(count, (radius, radius_rate), at, out);
            Starts::Points(Points::TruthSplits { count, radius })
        }
        wire::Starts::AtTruth {} => Starts::Points(Points::AtTruth),
    }
}

/// The family of random streams of truth-blind starts.
fn family(stream: u64, at: &Path, out: &mut Vec<Problem>) {
    if stream > limit::STREAM {
        let message = format!("a stream is a number from 0 to {}, and this is {stream}", limit::STREAM);
        out.push(Problem::error(Place::Value(at.key("stream")), message));
    }
}

fn around_truth(count: u32, (size, rate): (f64, Option<f64>), at: &Path, out: &mut Vec<Problem>) -> Radius {
    check::at_least_one(count, &at.key("count"), out);
    if !(0.0..=limit::COORDINATE).contains(&size) {
        let problem = Problem::error(
            Place::Value(at.key("radius")),
            format!("a radius is from 0 to 10^6, and this is {size}"),
        );
        out.push(problem.help("it is a standard deviation, for example: radius = 0.1"));
    }
    let rate = rate.unwrap_or(0.0);
    if rate != 0.0 && !(-limit::RATE..0.0).contains(&rate) {
        let problem = Problem::error(
            Place::Value(at.key("radius_rate")),
            format!("`radius_rate` is from -{} to 0, and this is {rate}", limit::RATE),
        );
        let help = "starts are at radius · n^radius_rate from the truth, and come no farther with n, for example: \
                    radius_rate = -0.25";
        out.push(problem.help(help));
    }
    Radius { size, rate }
}
