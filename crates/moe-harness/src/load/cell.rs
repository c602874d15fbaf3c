//! `[[cell]]`: truths under a gate map and a covariate law, and the model that is fitted to them.

use moe_core::covariate::CovariateLaw;
use moe_core::gate::GateMap;
use moe_core::identifiability::{self, Regime, Severity};
use moe_core::measure::MixingMeasure;
use moe_core::scenario::{Scenario, Truth};

use super::check::{self, Named};
use super::limit;
use crate::diagnostic::{self, Place, Problem};
use crate::experiment;
use crate::source::Path;
use crate::wire::world::Cell;

/// What cells refer to.
pub(super) struct Cells<'a> {
    pub(super) truths: &'a Named<MixingMeasure>,
    pub(super) laws: &'a Named<CovariateLaw>,
}

impl Cells<'_> {
    /// Every cell; those whose content is another's are problems, and so are truths and laws that no cell uses.
    pub(super) fn read(&self, wire: &[Cell], out: &mut Vec<Problem>) -> Named<experiment::Cell> {
        let list = Path::top().key("cell");
        if wire.is_empty() {
            out.push(
                Problem::error(Place::Value(list.clone()), "there is no cell")
                    .help("declare one with [[cell]]"),
            );
        }
        let (mut cells, before) = (Named::<experiment::Cell>::new(), out.len());
        for (i, cell) in wire.iter().enumerate() {
            let at = list.index(i);
            check::name(&cell.name, Place::Value(at.key("name")), out);
            check::filled(&cell.title, &at.key("title"), out);
            let read = self.cell(cell, &at, out);
            let twin = read.as_ref().and_then(|read| cells.iter().find(|c| c.hash == read.hash));
            if let Some(twin) = twin {
                let message = format!("cells '{}' and '{}' have the same content", twin.name, cell.name);
                let problem = Problem::error(Place::Key(at.clone()), message);
                out.push(problem.help("leave one out: claims and curves can share a cell"));
            }
            cells.add("cell", &cell.name, read, &at, out);
        }
        if out.iter().skip(before).any(|p| p.severity == diagnostic::Severity::Error) {
            return cells;
        }
        let used = |name: &str, of: fn(&Cell) -> &str| wire.iter().any(|cell| of(cell) == name);
        unused("truth", self.truths, |name| used(name, |c| &c.truth), out);
        unused("covariates", self.laws, |name| used(name, |c| &c.covariates), out);
        cells
    }

    fn cell(&self, wire: &Cell, at: &Path, out: &mut Vec<Problem>) -> Option<experiment::Cell> {
        let before = out.len();
        let truth = self.truths.find("truth", &wire.truth, &at.key("truth"), out);
        let law = self.laws.find("covariate law", &wire.covariates, &at.key("covariates"), out);
        let gate_map = spelt::<GateMap>(&wire.gate_map, &at.key("gate_map"), out);
        let regime = wire.regime.as_ref().and_then(|text| spelt::<Regime>(text, &at.key("regime"), out));
        box_bound(wire.box_bound, truth, &at.key("box"), out);
        fitted(wire.fitted, truth, &at.key("fitted"), out);
        let (measure, law, gate_map) = (truth?.clone(), law?.clone(), gate_map?);
        same_dimension(wire, &measure, &law, &at.key("covariates"), out);
        if out.len() > before {
            return None;
        }
        let truth = Truth { measure, gate_map, law };
        let scenario = Scenario { truth, fitted: wire.fitted as usize, box_bound: wire.box_bound };
        identifiable(wire, &scenario, regime, at, out);
        let hash = scenario.hash();
        let (name, title) = (wire.name.clone(), wire.title.clone());
        Some(experiment::Cell { name, title, regime, scenario, hash })
    }
}

/// A text that has one of a few spellings.
pub(super) fn spelt<T: std::str::FromStr>(text: &str, at: &Path, out: &mut Vec<Problem>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            out.push(Problem::error(Place::Value(at.clone()), error.to_string()));
            None
        }
    }
}

fn box_bound(bound: f64, truth: Option<&MixingMeasure>, at: &Path, out: &mut Vec<Problem>) {
    let place = Place::Value(at.clone());
    let extent = truth.map_or(0.0, MixingMeasure::extent);
    if bound <= 0.0 || bound > limit::COORDINATE {
        let problem =
            Problem::error(place, format!("`box` must be above 0 and at most 10^6, and is {bound}"));
        out.push(problem.help("for example: box = 10.0"));
    } else if bound < extent {
        let message = format!("box = {bound} does not hold the truth, whose coordinates reach {extent}");
        let problem = Problem::error(place, message).label("half-width of the box");
        out.push(problem.help(format!("the fit is sought in the box: make it larger than {extent}")));
    }
}

fn fitted(fitted: u64, truth: Option<&MixingMeasure>, at: &Path, out: &mut Vec<Problem>) {
    let place = Place::Value(at.clone());
    let experts = truth.map_or(1, |t| t.shape().experts as u64);
    if fitted == 0 {
        let problem = Problem::error(place, "at least one expert must be fitted");
        out.push(problem.help("k = k* is the exact-specified setting, k > k* the over-specified one"));
    } else if fitted < experts {
        let problem =
            Problem::error(place, format!("{fitted} fitted experts cannot hold the {experts} true ones"));
        out.push(problem.help(format!("fit {experts} or more")));
    } else if fitted > limit::EXPERTS {
        let message = format!("{fitted} fitted experts, and {} are the most", limit::EXPERTS);
        out.push(Problem::error(place, message).help("an order of 2k* or more is never identifiable"));
    }
}

fn same_dimension(
    wire: &Cell,
    measure: &MixingMeasure,
    law: &CovariateLaw,
    at: &Path,
    out: &mut Vec<Problem>,
) {
    let (slopes, covariates) = (measure.shape().dim, law.dim());
    if slopes != covariates {
        let message = format!(
            "truth '{}' has slopes for {slopes} covariates, and '{}' has {covariates}",
            wire.truth, wire.covariates
        );
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("every row of a truth is an intercept, then one slope for each covariate"));
    }
}

fn identifiable(wire: &Cell, scenario: &Scenario, regime: Option<Regime>, at: &Path, out: &mut Vec<Problem>) {
    let findings = identifiability::findings(scenario, regime);
    let worst = findings.iter().map(|f| f.severity).max();
    for finding in findings.into_iter().filter(|f| Some(f.severity) == worst) {
        let message = format!("cell '{}': {}", wire.name, finding.message);
        let place = Place::Value(at.key("name"));
        out.push(match finding.severity {
            Severity::Refuse => Problem::error(place, message),
            Severity::Warn => Problem::warning(place, message),
        });
    }
}

fn unused<T>(table: &str, declared: &Named<T>, used: impl Fn(&str) -> bool, out: &mut Vec<Problem>) {
    for name in declared.names().filter(|name| !used(name)) {
        let place = Place::Key(Path::top().key(table).key(name));
        let problem = Problem::warning(place, format!("no cell uses [{table}.{name}]"));
        out.push(problem.help("refer to it in a cell, or leave it out"));
    }
}
