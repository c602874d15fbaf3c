//! `[[cell]]`: truths under a gate map and a covariate law, and the model that is fitted to them.

use std::collections::BTreeSet;

use moe_core::covariate::CovariateLaw;
use moe_core::gate::GateMap;
use moe_core::identifiability::{self, Finding, Regime, Severity, Subject};
use moe_core::measure::MixingMeasure;
use moe_core::scenario::{Scenario, Truth};

use super::check::{self, Named};
use super::limit;
use super::sizes::Plan;
use super::truth::Declared;
use crate::counted::counted;
use crate::diagnostic::{self, Place, Problem};
use crate::experiment;
use crate::source::Path;
use crate::wire::world::Cell;

/// What cells refer to.
pub(super) struct Cells<'a> {
    pub(super) truths: &'a Named<Declared>,
    pub(super) laws: &'a Named<CovariateLaw>,
    pub(super) plans: &'a [Plan],
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
        self.box_bound(wire.box_bound, truth, &at.key("box"), out);
        fitted(wire.fitted, truth.map(|t| &t.measure), &at.key("fitted"), out);
        let (truth, law, gate_map) = (truth?, law?.clone(), gate_map?);
        let measure = truth.measure.clone();
        same_dimension(wire, &measure, &law, &at.key("covariates"), out);
        if out.iter().skip(before).any(|p| p.severity == diagnostic::Severity::Error) {
            return None;
        }
        let (drift, drawn) = (truth.drift.clone(), truth.drawn.clone());
        let truth = Truth { measure, gate_map, law };
        let scenario = Scenario { truth, fitted: wire.fitted as usize, box_bound: wire.box_bound };
        let hash = drift.as_ref().map_or_else(|| scenario.hash(), |drift| drift.hash(&scenario));
        let (name, title) = (wire.name.clone(), wire.title.clone());
        let cell = experiment::Cell { name, title, regime, scenario, drift, drawn, hash };
        self.identifiable(&cell, at, out);
        Some(cell)
    }

    /// Every size at which a truth must hold what is asked of it: the planned ones where it moves, of the
    /// experiment and of every profile; `None`, which stands for all, where it stays.
    fn stages(&self, moves: bool) -> Vec<Option<u64>> {
        if !moves {
            return vec![None];
        }
        let sizes: BTreeSet<u64> = self.plans.iter().flat_map(|plan| plan.sizes.iter().copied()).collect();
        sizes.into_iter().map(Some).collect()
    }

    fn box_bound(&self, bound: f64, truth: Option<&Declared>, at: &Path, out: &mut Vec<Problem>) {
        let place = Place::Value(at.clone());
        let extents = truth.into_iter().flat_map(|truth| {
            let stages = self.stages(truth.drift.is_some()).into_iter();
            stages.map(|stage| (truth.at(stage).extent(), stage))
        });
        // The largest one, at the smallest size where it is attained.
        let (extent, stage) = extents.fold((0.0, None), |most, one| if one.0 > most.0 { one } else { most });
        if bound <= 0.0 || bound > limit::COORDINATE {
            let problem =
                Problem::error(place, format!("`box` must be above 0 and at most 10^6, and is {bound}"));
            out.push(problem.help("for example: box = 10.0"));
        } else if bound < extent {
            let at = at_size(stage);
            let reach = (1e3 * extent).round() / 1e3;
            let message =
                format!("box = {bound} does not hold the truth, whose coordinates reach {reach}{at}");
            let problem = Problem::error(place, message).label("half-width of the box");
            out.push(problem.help(format!(
                "the fit is sought in the box: make it larger, for example: box = {:?}",
                (1.25 * extent).ceil()
            )));
        } else if bound == extent {
            let at = at_size(stage);
            let message = format!("box = {bound} ends at the largest coordinate of the truth{at}");
            let problem = Problem::warning(place, message).label("no room for an error outwards");
            let help = "estimates of that coordinate stop at the box, and their errors are cut off there: make it \
                        larger";
            out.push(problem.help(format!("{help}, for example: box = {:?}", 2.0 * extent)));
        }
    }

    /// What is known to be wrong with a cell, at the smallest size where it is. The limit of a truth that moves
    /// need not be identifiable, and is not looked at.
    fn identifiable(&self, cell: &experiment::Cell, at: &Path, out: &mut Vec<Problem>) {
        let mut findings: Vec<(Finding, Option<u64>)> = Vec::new();
        for stage in self.stages(cell.drift.is_some()) {
            let scenario = &cell.at(stage.unwrap_or(1)).scenario;
            for finding in identifiability::findings(scenario, cell.regime) {
                // Numbers in a message may change with the size, its beginning does not.
                let same = |known: &Finding| beginning(&known.message).eq(beginning(&finding.message));
                if !findings.iter().any(|(known, _)| same(known)) {
                    findings.push((finding, stage));
                }
            }
        }
        let worst = findings.iter().map(|(f, _)| f.severity).max();
        for (finding, stage) in findings.into_iter().filter(|(f, _)| Some(f.severity) == worst) {
            let message = format!("cell '{}'{}: {}", cell.name, at_size(stage), finding.message);
            let place = Place::Value(at.key(key(finding.subject)));
            out.push(match finding.severity {
                Severity::Refuse => Problem::error(place, message),
                Severity::Warn => Problem::warning(place, message),
            });
        }
    }
}

/// The key of a cell that says what a finding is about.
fn key(subject: Subject) -> &'static str {
    match subject {
        Subject::Truth => "truth",
        Subject::GateMap => "gate_map",
        Subject::Law => "covariates",
        Subject::Order => "fitted",
        Subject::Box => "box",
        Subject::Regime => "regime",
    }
}

fn beginning(message: &str) -> impl Iterator<Item = char> + '_ {
    message.chars().take(40)
}

/// Which size is meant, where the truth moves.
fn at_size(stage: Option<u64>) -> String {
    stage.map_or(String::new(), |n| format!(" at n = {n}"))
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

fn fitted(fitted: u64, truth: Option<&MixingMeasure>, at: &Path, out: &mut Vec<Problem>) {
    let place = Place::Value(at.clone());
    let experts = truth.map_or(1, |t| t.shape().experts as u64);
    if fitted == 0 {
        let problem = Problem::error(place, "at least one expert must be fitted");
        out.push(problem.help("k = k* is the exact-specified setting, k > k* the over-specified one"));
    } else if fitted < experts {
        let problem = Problem::error(
            place,
            format!("{} cannot hold the {experts} true ones", counted(fitted, "fitted expert")),
        );
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

fn unused<T>(table: &str, declared: &Named<T>, used: impl Fn(&str) -> bool, out: &mut Vec<Problem>) {
    for name in declared.names().filter(|name| !used(name)) {
        let place = Place::Key(Path::top().key(table).key(name));
        let problem = Problem::warning(place, format!("no cell uses [{table}.{name}]"));
        out.push(problem.help("refer to it in a cell, or leave it out"));
    }
}
