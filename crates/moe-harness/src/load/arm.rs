//! `[[arm]]`: ways of fitting.

use moe_core::content::{Content, ContentHash};
use moe_estimators::fixed_point::Map;
use moe_estimators::search::Effort;
use moe_estimators::stop::Stop;

use super::check::{self, Named};
use super::{limit, starts, stop};
use crate::diagnostic::{Place, Problem};
use crate::experiment::{self, Method, Points, Radius, Search, Starts};
use crate::source::Path;
use crate::wire::File;
use crate::wire::arm::{self as wire, Arm};

/// Every arm.
pub(super) fn arms(
    file: &File,
    cells: &Named<experiment::Cell>,
    out: &mut Vec<Problem>,
) -> Named<experiment::Arm> {
    let list = Path::top().key("arm");
    if file.arm.is_empty() {
        out.push(
            Problem::error(Place::Value(list.clone()), "there is no arm").help("declare one with [[arm]]"),
        );
    }
    let mut arms = Named::new();
    for (i, arm) in file.arm.iter().enumerate() {
        let at = list.index(i);
        check::name(arm.name(), Place::Value(at.key("name")), out);
        runs_in(arm, cells, &at.key("cells"), out);
        if let Some(number) = arm.replications() {
            replications(number, file.replications, &at.key("replications"), out);
        }
        let before = out.len();
        let method = method(arm, &at, out);
        let read = experiment::Arm {
            name: arm.name().to_owned(),
            hash: hash(&method),
            method,
            replications: arm.replications(),
            audits: arm.audits().map(str::to_owned),
            cells: arm.cells().map(<[String]>::to_vec),
        };
        arms.add("arm", arm.name(), (out.len() == before).then_some(read), &at, out);
    }
    twins(file, &arms, out);
    for (i, arm) in file.arm.iter().enumerate() {
        audit(arm, &arms, &list.index(i).key("audits"), out);
    }
    arms
}

fn runs_in(arm: &Arm, cells: &Named<experiment::Cell>, at: &Path, out: &mut Vec<Problem>) {
    let Some(names) = arm.cells() else { return };
    if names.is_empty() {
        let problem =
            Problem::error(Place::Value(at.clone()), format!("arm '{}' runs in no cell", arm.name()));
        out.push(problem.help("leave `cells` out to run it in every cell"));
    }
    for (i, name) in names.iter().enumerate() {
        cells.find("cell", name, &at.index(i), out);
        if names[..i].contains(name) {
            out.push(Problem::error(
                Place::Value(at.index(i)),
                format!("cell '{name}' stands twice in this list"),
            ));
        }
    }
}

fn replications(number: u64, most: u64, at: &Path, out: &mut Vec<Problem>) {
    let place = Place::Value(at.clone());
    if let Some(why) = limit::replications(number) {
        out.push(Problem::error(place, why));
    } else if number > most && most > 0 {
        let problem = Problem::error(place, format!("{number} replications, and the experiment has {most}"));
        out.push(problem.help("an arm can have fewer replications than the experiment, not more"));
    }
}

fn method(arm: &Arm, at: &Path, out: &mut Vec<Problem>) -> Method {
    match arm {
        Arm::Newton { starts: wire, stop, .. } => {
            let stop = stop::newton(*stop, &at.key("stop"), out);
            Method::Newton { starts: starts::read(wire, &at.key("starts"), out), stop }
        }
        Arm::Em { starts, stop, certify, .. } => fixed_point(Map::Em, starts, (*stop, *certify), at, out),
        Arm::Mm { starts, stop, certify, .. } => fixed_point(Map::Mm, starts, (*stop, *certify), at, out),
        Arm::KnownRate { rate, scale, tail, fails_above, .. } => {
            if let Some(index) = tail {
                check::positive(*index, &at.key("tail"), out);
            }
            if let Some(distance) = fails_above {
                check::positive(*distance, &at.key("fails_above"), out);
            }
            check::positive(*scale, &at.key("scale"), out);
            check::at_most(*scale, limit::COORDINATE, &at.key("scale"), out);
            check::at_most(rate.abs(), limit::RATE, &at.key("rate"), out);
            Method::KnownRate { rate: *rate, scale: *scale, tail: *tail, fails_above: *fails_above }
        }
    }
}

fn fixed_point(
    map: Map,
    wire: &wire::Starts,
    (stop, certify): (wire::Stop, Option<wire::Certify>),
    at: &Path,
    out: &mut Vec<Problem>,
) -> Method {
    let starts = match starts::read(wire, &at.key("starts"), out) {
        Starts::Points(points) => points,
        Starts::Search(search) => {
            let message = format!("a search goes with estimator = \"newton\", and this is \"{map}\"");
            let problem = Problem::error(Place::Value(at.key("starts").key("kind")), message);
            out.push(
                problem
                    .help("for plain random starts: starts = { kind = \"random\", count = 20, stream = 0 }"),
            );
            Points::Random { count: search.effort.random, stream: search.stream }
        }
    };
    let (stop, certify) = stop::fixed_point(stop, certify, at, out);
    Method::FixedPoint { map, starts, stop, certify }
}

/// Identity of a method: everything that can move a number, by parsed values.
fn hash(method: &Method) -> ContentHash {
    let mut content = Content::new("moe-rates arm 1");
    match method {
        Method::Newton { starts, stop } => {
            content.text("estimator", "newton");
            match starts {
                Starts::Search(search) => hash_search(&mut content, search),
                Starts::Points(points) => hash_points(&mut content, points),
            }
            content.number("score", stop.score).number("gain", stop.gain);
            content.whole("iterations", u64::from(stop.iterations));
        }
        Method::FixedPoint { map, starts, stop, certify } => {
            content.text("estimator", &map.to_string());
            hash_points(&mut content, starts);
            match stop {
                Stop::Score(_) => content.text("rule", "score"),
                Stop::RelativeLikelihood { change, .. } => content.number("relative likelihood", *change),
                Stop::ParameterStep { length, .. } => content.number("parameter step", *length),
                Stop::Iterations(_) => content.text("rule", "iterations"),
            };
            content.whole("iterations", u64::from(stop.iterations()));
            content.number("score", certify.score).number("gain", certify.gain);
        }
        Method::KnownRate { rate, scale, tail, fails_above } => {
            content.text("estimator", "known-rate").number("rate", *rate).number("scale", *scale);
            if let Some(index) = tail {
                content.number("tail", *index);
            }
            if let Some(distance) = fails_above {
                content.number("fails above", *distance);
            }
        }
    }
    content.finish()
}

fn hash_search(content: &mut Content, search: &Search) {
    let Effort { random, bases, candidates, insertions, splits, exchanges, screening, rounds, hits } =
        search.effort;
    content.text("starts", "search").whole("random", u64::from(random));
    content.whole("bases", u64::from(bases)).whole("candidates", u64::from(candidates));
    content.whole("insertions", u64::from(insertions));
    content.whole("exchanges", u64::from(exchanges)).whole("screening", u64::from(screening));
    content.whole("splits", u64::from(splits)).whole("rounds", u64::from(rounds));
    content.whole("hits", u64::from(hits)).whole("stream", search.stream);
    // A search with drafts says nothing of them, as before one could do without.
    if !search.drafts {
        content.text("drafts", "none");
    }
}

fn hash_points(content: &mut Content, points: &Points) {
    let mut around = |kind, count: u32, radius: Radius| {
        content.text("starts", kind).whole("count", u64::from(count)).number("radius", radius.size);
        // A distance that is the same at every n says nothing of a rate, as before there was one.
        if radius.rate != 0.0 {
            content.number("radius rate", radius.rate);
        }
    };
    match *points {
        Points::NearTruth { count, radius } => around("near-truth", count, radius),
        Points::TruthSplits { count, radius } => around("truth-splits", count, radius),
        Points::AtTruth => {
            content.text("starts", "at-truth");
        }
        Points::Random { count, stream } => {
            content.text("starts", "random").whole("count", u64::from(count)).whole("stream", stream);
        }
    }
}

/// Two arms with one content would be one and the same rows.
fn twins(file: &File, arms: &Named<experiment::Arm>, out: &mut Vec<Problem>) {
    let mut seen: Vec<&experiment::Arm> = Vec::new();
    for arm in arms.iter() {
        if let Some(twin) = seen.iter().find(|a| a.hash == arm.hash) {
            let at = file.arm.iter().position(|a| a.name() == arm.name).unwrap_or_default();
            let message = format!("arms '{}' and '{}' fit in the same way", twin.name, arm.name);
            let problem = Problem::error(Place::Key(Path::top().key("arm").index(at)), message);
            out.push(problem.help("leave one out, or give a second search its own `stream`"));
        }
        seen.push(arm);
    }
}

/// An audit is a second truth-blind search of the same data that shares no start with the first.
fn audit(wire: &Arm, arms: &Named<experiment::Arm>, at: &Path, out: &mut Vec<Problem>) {
    let Some(name) = wire.audits() else { return };
    if name == wire.name() {
        out.push(Problem::error(Place::Value(at.clone()), format!("arm '{name}' cannot audit itself")));
        return;
    }
    let mut ignored = Vec::new();
    let own = arms.find("arm", wire.name(), at, &mut ignored);
    let (Some(own), Some(audited)) = (own, arms.find("arm", name, at, out)) else { return };
    let stream = |arm: &experiment::Arm| arm.method.blind_stream();
    let problem = match (stream(own), stream(audited)) {
        (Some(a), Some(b)) if a != b => return covers(own, audited, at, out),
        (Some(a), Some(_)) => format!("arms '{}' and '{name}' both search with stream = {a}", own.name),
        _ => format!("an audit is a second search, and '{}' or '{name}' does not search", own.name),
    };
    let problem = Problem::error(Place::Value(at.clone()), problem);
    out.push(
        problem.help("both need starts of kind \"search\" or \"random\", with different numbers `stream`"),
    );
}

/// Whether an audit finds what it audits wherever it runs.
fn covers(own: &experiment::Arm, audited: &experiment::Arm, at: &Path, out: &mut Vec<Problem>) {
    let Some(cells) = &audited.cells else { return };
    let missing = match &own.cells {
        None => Some("every cell".to_owned()),
        Some(own) => own.iter().find(|c| !cells.contains(c)).map(|c| format!("cell '{c}'")),
    };
    if let Some(missing) = missing {
        let message = format!("arm '{}' runs in {missing}, and '{}' does not", own.name, audited.name);
        out.push(
            Problem::error(Place::Value(at.clone()), message)
                .help("give the audit the same list `cells`, or a shorter one"),
        );
    }
}
