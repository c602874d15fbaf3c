//! `[truth.*]`: true mixing measures.

use std::collections::BTreeMap;

use moe_core::measure::{Atom, MixingMeasure};

use super::check::{self, Named};
use super::limit;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::world::Truth;

/// Every declared mixing measure.
pub(super) fn truths(wire: &BTreeMap<String, Truth>, out: &mut Vec<Problem>) -> Named<MixingMeasure> {
    let mut truths = Named::new();
    for (name, truth) in wire {
        let at = Path::top().key("truth").key(name);
        check::name(name, Place::Key(at.clone()), out);
        let before = out.len();
        check_gates(truth, &at.key("gates"), out);
        check_experts(truth, &at.key("experts"), out);
        let measure = (out.len() == before).then(|| measure(truth));
        truths.add("truth", name, measure, &at, out);
    }
    truths
}

fn measure(truth: &Truth) -> MixingMeasure {
    let atoms = truth.gates.iter().zip(&truth.experts).map(|(gate, rows)| Atom {
        log_weight: gate[0],
        gate_slope: gate[1..].to_vec(),
        intercepts: rows.iter().map(|row| row[0]).collect(),
        slopes: rows.iter().flat_map(|row| row[1..].iter().copied()).collect(),
    });
    MixingMeasure::new(truth.experts[0].len() + 1, truth.gates[0].len() - 1, atoms.collect())
}

fn check_gates(truth: &Truth, at: &Path, out: &mut Vec<Problem>) {
    let width = truth.gates.first().map_or(0, Vec::len);
    if width < 2 {
        let problem =
            Problem::error(Place::Value(at.clone()), "a gate row is an intercept and at least one slope");
        out.push(problem.help("one row for each expert, for example: gates = [[0, 4, 0], [0, 0, 0]]"));
        return;
    }
    for (i, row) in truth.gates.iter().enumerate() {
        check_row(row, width, "the first gate", &at.index(i), out);
    }
    let last = truth.gates.len() - 1;
    if truth.gates[last].iter().any(|v| *v != 0.0) {
        let problem = Problem::error(Place::Value(at.index(last)), "the last gate is not zero");
        let problem = problem.label("the reference gate");
        out.push(problem.help(
            "the last gate is the reference: subtract this row from every row, so that it becomes zeros",
        ));
    }
}

fn check_row(row: &[f64], width: usize, like: &str, at: &Path, out: &mut Vec<Problem>) {
    if row.len() != width {
        let message = format!("a row of {} numbers, and {like} has {width}", row.len());
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("every row is an intercept, then one slope for each covariate"));
    }
    if let Some((i, value)) = row.iter().enumerate().find(|(_, v)| v.abs() > limit::COORDINATE) {
        let message = format!("{value} is above 10^6 in size");
        out.push(Problem::error(Place::Value(at.index(i)), message).help("rescale the covariates"));
    }
}

fn check_experts(truth: &Truth, at: &Path, out: &mut Vec<Problem>) {
    let (experts, gates) = (&truth.experts, truth.gates.len());
    if experts.len() != gates {
        let message = format!("{} experts, and {gates} gates", experts.len());
        out.push(
            Problem::error(Place::Value(at.clone()), message).help("write one gate row for each expert"),
        );
        return;
    }
    if gates as u64 > limit::EXPERTS {
        let message = format!("{gates} experts, and {} are the most", limit::EXPERTS);
        out.push(Problem::error(Place::Value(at.clone()), message));
    }
    let (width, rows) = (truth.gates.first().map_or(0, Vec::len), experts.first().map_or(0, Vec::len));
    if rows == 0 {
        let problem = Problem::error(Place::Value(at.clone()), "an expert without rows");
        out.push(
            problem.help("an expert has one row for each class but the last, for example: [[0.5, 0, 4]]"),
        );
        return;
    }
    // With every last row zero the last two classes could not be told apart: nobody means that.
    let zero = |row: &Vec<f64>| row.iter().all(|v| *v == 0.0);
    if experts.iter().all(|e| e.len() == rows && rows > 1 && e.last().is_some_and(zero)) {
        let message = format!(
            "K − 1 rows for K classes are wanted: the last of these {rows} rows is zero in every expert"
        );
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("leave the rows of the last class out: it is the reference, and always zero"));
        return;
    }
    for (i, expert) in experts.iter().enumerate() {
        if expert.len() != rows {
            let message = format!("expert {i} has {} rows, and expert 0 has {rows}", expert.len());
            let problem = Problem::error(Place::Value(at.index(i)), message);
            out.push(
                problem.help("an expert has one row for each class but the last, which is the reference"),
            );
        }
        for (c, row) in expert.iter().enumerate() {
            check_row(row, width, "a gate", &at.index(i).index(c), out);
        }
    }
}
