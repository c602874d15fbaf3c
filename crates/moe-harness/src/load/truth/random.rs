//! `random` of a truth: a measure drawn from a stream of its own, and the table that says what was drawn.

use moe_core::measure::MixingMeasure;
use moe_core::scenario::RandomTruth;
use moe_core::shape::Shape;

use super::super::{check, limit};
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::world::Random as Wire;

/// The measure that is drawn.
pub(super) fn measure(wire: &Wire, at: &Path, out: &mut Vec<Problem>) -> Option<MixingMeasure> {
    let before = out.len();
    let mut within = |key: &str, value: u64, least: u64, most: u64| {
        if !(least..=most).contains(&value) {
            let message = format!("`{key}` must be from {least} to {most}, and is {value}");
            out.push(Problem::error(Place::Value(at.key(key)), message));
        }
    };
    within("experts", wire.experts, 1, limit::EXPERTS);
    within("classes", wire.classes, 2, limit::DRAWN);
    within("covariates", wire.covariates, 1, limit::DRAWN);
    within("vanishing", wire.vanishing.unwrap_or(0), 0, wire.experts);
    check::positive(wire.scale, &at.key("scale"), out);
    check::at_most(wire.scale, limit::COORDINATE, &at.key("scale"), out);
    (out.len() == before).then(|| {
        let (experts, classes, dim) =
            (wire.experts as usize, wire.classes as usize, wire.covariates as usize);
        let vanishing = wire.vanishing.unwrap_or(0) as usize;
        let law = RandomTruth { shape: Shape { experts, classes, dim }, vanishing, scale: wire.scale };
        law.draw(wire.seed)
    })
}

/// The drawn measure written out, as a file would have it: reading it gives the same bits.
pub(super) fn table(name: &str, wire: &Wire, measure: &MixingMeasure) -> String {
    let list = |values: Vec<String>| format!("[{}]", values.join(", "));
    let row = |first: f64, rest: &[f64]| {
        list(std::iter::once(&first).chain(rest).map(|v| format!("{v:?}")).collect())
    };
    let gates = measure.atoms().iter().map(|atom| row(atom.log_weight, &atom.gate_slope));
    let experts = measure.atoms().iter().map(|atom| {
        list((0..atom.intercepts.len()).map(|c| row(atom.intercepts[c], atom.class_slope(c))).collect())
    });
    let (gates, experts) = (list(gates.collect()), list(experts.collect()));
    format!("[truth.{name}]  # drawn with seed {}\ngates = {gates}\nexperts = {experts}\n", wire.seed)
}
