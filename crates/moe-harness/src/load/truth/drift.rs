//! `drift` of a truth: the direction in which it moves away from its limit, and how far at each n.

use moe_core::measure::MixingMeasure;
use moe_core::scenario::Drift;

use super::super::{check, limit};
use crate::counted::counted;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::world::Drift as Wire;

/// A drift whose rows are shaped like those of `towards`.
pub(super) fn drift(
    wire: &Wire,
    towards: &MixingMeasure,
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<Drift> {
    let before = out.len();
    if wire.rate >= 0.0 {
        let message = format!("`rate` must be below 0, and is {}", wire.rate);
        let problem = Problem::error(Place::Value(at.key("rate")), message);
        out.push(problem.help("the truth moves towards its limit like n^rate, for example: rate = -0.25"));
    }
    check::at_most(wire.rate.abs(), limit::RATE, &at.key("rate"), out);
    check::at_most(wire.scale.abs(), limit::COORDINATE, &at.key("scale"), out);
    let shape = towards.shape();
    rows(&wire.gates, shape.experts, shape.row(), &at.key("gates"), out);
    expert_rows(wire, towards, &at.key("experts"), out);
    if out.len() > before {
        return None;
    }
    let last = shape.experts - 1;
    if wire.gates[last].iter().any(|v| *v != 0.0) {
        let problem = Problem::error(Place::Value(at.key("gates").index(last)), "the last gate moves");
        out.push(
            problem.help("the last gate is the reference, and stays zero: subtract this row from every row"),
        );
        return None;
    }
    let moved = wire.gates[..last].iter().chain(wire.experts.iter().flatten()).flatten();
    let step: Vec<f64> = moved.map(|v| wire.scale * v).collect();
    if step.iter().all(|v| *v == 0.0) {
        let problem = Problem::error(Place::Key(at.clone()), "a drift that moves nothing");
        out.push(problem.help("give `scale` and some coordinate other values than 0, or leave `drift` out"));
    }
    (out.len() == before).then_some(Drift { rate: wire.rate, step })
}

fn expert_rows(wire: &Wire, towards: &MixingMeasure, at: &Path, out: &mut Vec<Problem>) {
    let shape = towards.shape();
    if wire.experts.len() != shape.experts {
        let message = format!(
            "a direction of {}, and the truth has {}",
            counted(wire.experts.len(), "expert"),
            shape.experts
        );
        out.push(Problem::error(Place::Value(at.clone()), message).help(ALIKE));
        return;
    }
    for (i, expert) in wire.experts.iter().enumerate() {
        rows(expert, shape.classes - 1, shape.row(), &at.index(i), out);
    }
}

const ALIKE: &str = "write as many rows as the truth has, each as long, with zeros where nothing moves";

fn rows(rows: &[Vec<f64>], count: usize, width: usize, at: &Path, out: &mut Vec<Problem>) {
    if rows.len() != count {
        let message =
            format!("a direction of {}, and the truth has {count} here", counted(rows.len(), "row"));
        out.push(Problem::error(Place::Value(at.clone()), message).help(ALIKE));
        return;
    }
    for (i, row) in rows.iter().enumerate() {
        if row.len() != width {
            let message =
                format!("a row of {}, and those of the truth have {width}", counted(row.len(), "number"));
            out.push(Problem::error(Place::Value(at.index(i)), message).help(ALIKE));
        }
        for (j, value) in row.iter().enumerate().filter(|(_, v)| v.abs() > limit::COORDINATE) {
            let message = format!("{value} is above 10^6 in size");
            out.push(Problem::error(Place::Value(at.index(i).index(j)), message));
        }
    }
}
