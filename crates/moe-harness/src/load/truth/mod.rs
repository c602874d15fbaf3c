//! `[truth.*]`: true mixing measures, written out or drawn at random, fixed or moving with n.

mod drift;
mod random;
mod width;

use std::collections::BTreeMap;

use moe_core::covariate::CovariateLaw;
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::scenario::Drift;

use self::width::Width;
use super::check::{self, Named};
use super::limit;
use crate::counted::counted;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::world::{Cell, Truth};

/// Gate rows, and the class rows of each expert, as a file has them.
type Rows<'a> = (&'a [Vec<f64>], &'a [Vec<Vec<f64>>]);

/// A declared mixing measure.
#[derive(Debug)]
pub(super) struct Declared {
    /// The measure, or the limit of a moving one.
    pub(super) measure: MixingMeasure,
    /// How it moves with n.
    pub(super) drift: Option<Drift>,
    /// The table that says what was drawn, when it was drawn at random.
    pub(super) drawn: Option<String>,
}

impl Declared {
    /// The measure at a size, or the one that stands for all sizes.
    pub(super) fn at(&self, size: Option<u64>) -> MixingMeasure {
        match (&self.drift, size) {
            (Some(drift), Some(size)) => drift.measure(&self.measure, size),
            _ => self.measure.clone(),
        }
    }
}

/// Every declared mixing measure; cells and their laws say how many covariates each is used with.
pub(super) fn truths(
    wire: &BTreeMap<String, Truth>,
    (cells, laws): (&[Cell], &Named<CovariateLaw>),
    out: &mut Vec<Problem>,
) -> Named<Declared> {
    let mut truths = Named::new();
    for (name, truth) in wire {
        let at = Path::top().key("truth").key(name);
        check::name(name, Place::Key(at.clone()), out);
        let before = out.len();
        let measure = measure(truth, width::covariates(name, cells, laws), &at, out);
        let drift = measure.as_ref().zip(truth.drift.as_ref());
        let drift = drift.and_then(|(limit, wire)| drift::drift(wire, limit, &at.key("drift"), out));
        let declared = measure.filter(|_| out.len() == before).map(|measure| {
            let drawn = truth.random.as_ref().map(|random| random::table(name, random, &measure));
            Declared { measure, drift, drawn }
        });
        truths.add("truth", name, declared, &at, out);
    }
    truths
}

/// The measure that a truth is, or from which it moves away.
fn measure(
    truth: &Truth,
    covariates: Option<usize>,
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<MixingMeasure> {
    let before = out.len();
    match (&truth.random, &truth.gates, &truth.experts) {
        (Some(wire), None, None) => random::measure(wire, &at.key("random"), out),
        (Some(_), ..) => {
            let problem =
                Problem::error(Place::Key(at.key("random")), "a truth that is drawn and written out");
            out.push(problem.help("leave out `gates` and `experts`, or `random`"));
            None
        }
        (None, Some(gates), Some(experts)) => {
            let width = Width::of(gates, experts, covariates);
            check_gates(gates, &width, &at.key("gates"), out);
            check_experts(experts, (gates.len(), &width), &at.key("experts"), out);
            (out.len() == before).then(|| written((gates, experts)))
        }
        (None, gates, experts) => {
            let missing = match (gates, experts) {
                (Some(_), _) => "missing key `experts`",
                (_, Some(_)) => "missing key `gates`",
                _ => "missing keys `gates`, `experts`",
            };
            let problem = Problem::error(Place::Value(at.clone()), missing).label("needed for a truth");
            out.push(
                problem
                    .help("for example: gates = [[0, 4, 0], [0, 0, 0]]")
                    .help("for example: experts = [[[0.5, 0, 4]], [[-0.5, 2, -4]]]")
                    .help("or draw it: random = { experts = 2, classes = 2, covariates = 2, scale = 3.0, seed = 1 }"),
            );
            None
        }
    }
}

/// The measure of rows whose shape was checked.
fn written((gates, experts): Rows<'_>) -> MixingMeasure {
    let atoms = gates.iter().zip(experts).map(|(gate, rows)| Atom {
        log_weight: gate[0],
        gate_slope: gate[1..].to_vec(),
        intercepts: rows.iter().map(|row| row[0]).collect(),
        slopes: rows.iter().flat_map(|row| row[1..].iter().copied()).collect(),
    });
    MixingMeasure::new(experts[0].len() + 1, gates[0].len() - 1, atoms.collect())
}

fn check_gates(gates: &[Vec<f64>], width: &Width, at: &Path, out: &mut Vec<Problem>) {
    if gates.is_empty() || width.numbers < 2 {
        let problem =
            Problem::error(Place::Value(at.clone()), "a gate row is an intercept and at least one slope");
        out.push(problem.help("one row for each expert, for example: gates = [[0, 4, 0], [0, 0, 0]]"));
        return;
    }
    for (i, row) in gates.iter().enumerate() {
        check_row(row, width, &at.index(i), out);
    }
    let last = gates.len() - 1;
    if gates[last].iter().any(|v| *v != 0.0) {
        let problem = Problem::error(Place::Value(at.index(last)), "the last gate is not zero");
        let problem = problem.label("the reference gate");
        out.push(problem.help(
            "the last gate is the reference: subtract this row from every row, so that it becomes zeros",
        ));
    }
}

fn check_row(row: &[f64], width: &Width, at: &Path, out: &mut Vec<Problem>) {
    if row.len() != width.numbers {
        let message = format!("a row of {}, and {}", counted(row.len(), "number"), width.why);
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("every row is an intercept, then one slope for each covariate"));
    }
    if let Some((i, value)) = row.iter().enumerate().find(|(_, v)| v.abs() > limit::COORDINATE) {
        let message = format!("{value} is above 10^6 in size");
        out.push(Problem::error(Place::Value(at.index(i)), message).help("rescale the covariates"));
    }
}

fn check_experts(
    experts: &[Vec<Vec<f64>>],
    (gates, width): (usize, &Width),
    at: &Path,
    out: &mut Vec<Problem>,
) {
    if experts.len() != gates {
        let message = format!("{} and {}", counted(experts.len(), "expert"), counted(gates, "gate"));
        out.push(
            Problem::error(Place::Value(at.clone()), message).help("write one gate row for each expert"),
        );
        return;
    }
    if gates as u64 > limit::EXPERTS {
        let message = format!("{gates} experts, and {} are the most", limit::EXPERTS);
        out.push(Problem::error(Place::Value(at.clone()), message));
    }
    let rows = experts.first().map_or(0, Vec::len);
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
            let message = format!("expert {i} has {}, and expert 0 has {rows}", counted(expert.len(), "row"));
            let problem = Problem::error(Place::Value(at.index(i)), message);
            out.push(
                problem.help("an expert has one row for each class but the last, which is the reference"),
            );
        }
        for (c, row) in expert.iter().enumerate() {
            check_row(row, width, &at.index(i).index(c), out);
        }
    }
}
