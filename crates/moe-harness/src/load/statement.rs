//! Series that claims and curves speak of, and `[[panel]]`: what is drawn.

use moe_core::rate::Weights;
use moe_core::statistic::Statistic;

use super::cell::spelt;
use super::check::{self, Named};
use super::sizes::Plan;
use crate::counted::counted;
use crate::diagnostic::{Place, Problem};
use crate::experiment::{Arm, Cell, CellGroup, Curve, Panel};
use crate::nearest;
use crate::quantity::{Kind, Quantity};
use crate::source::Path;
use crate::wire::statement as wire;

/// What claims and curves refer to.
pub(super) struct Scope<'a> {
    pub(super) cells: &'a Named<Cell>,
    pub(super) arms: &'a Named<Arm>,
    pub(super) plans: &'a [Plan],
    /// The plan that the command line chose.
    pub(super) chosen: &'a Plan,
    /// Whether a plan that is too small for a claim is refused in the file as it is meant; it is not in the record of a
    /// smaller one.
    pub(super) refuse_small: bool,
    /// Bootstrap resamples; `None` when they were refused.
    pub(super) resamples: Option<u32>,
    /// Regression weights; `None` when they were refused.
    pub(super) weights: Option<&'a Weights>,
    /// Level of the experiment's intervals, which is that of all its claims together.
    pub(super) family_level: f64,
    /// Declared looks.
    pub(super) looks: usize,
}

/// The four keys that name a series.
pub(super) struct Series<'a> {
    pub(super) cell: &'a wire::Cells,
    pub(super) arm: &'a str,
    pub(super) quantity: &'a str,
    pub(super) statistic: &'a str,
}

impl Scope<'_> {
    /// Every panel.
    pub(super) fn panels(&self, wire: &[wire::Panel], out: &mut Vec<Problem>) -> Vec<Panel> {
        let mut panels = Vec::new();
        for (i, panel) in wire.iter().enumerate() {
            let at = Path::top().key("panel").index(i);
            check::filled(&panel.title, &at.key("title"), out);
            if panel.curve.is_empty() {
                let problem = Problem::error(Place::Value(at.key("curve")), "a panel without curves");
                out.push(problem.help("declare one with [[panel.curve]] below [[panel]]"));
            }
            let curves = panel.curve.iter().enumerate();
            let curves = curves.filter_map(|(j, c)| self.curve(c, &at.key("curve").index(j), out)).collect();
            panels.push(Panel { title: panel.title.clone(), curves });
        }
        panels
    }

    fn curve(&self, wire: &wire::Curve, at: &Path, out: &mut Vec<Problem>) -> Option<Curve> {
        self.from(wire.from, at, out);
        let names =
            Series { cell: &wire.cell, arm: &wire.arm, quantity: &wire.quantity, statistic: &wire.statistic };
        let (quantity, statistic) = self.series(&names, at, out)?;
        Some(Curve {
            cell: CellGroup::new(wire.cell.names().to_vec()),
            arm: wire.arm.clone(),
            quantity,
            statistic,
            theory: wire.theory,
            from: wire.from.unwrap_or(self.chosen.smallest()),
        })
    }

    /// Every plan must leave two sizes to a slope.
    pub(super) fn from(&self, from: Option<u64>, at: &Path, out: &mut Vec<Problem>) {
        let least = from.unwrap_or(0);
        for plan in self.plans.iter().filter(|p| !p.sizes.is_empty()) {
            let left = plan.sizes.iter().filter(|size| **size >= least).count();
            if left >= 2 {
                continue;
            }
            let title = plan.title();
            let problem = match from {
                Some(from) => {
                    let message = format!(
                        "{title} has {} from {from} on, and a slope needs two",
                        counted(left, "size")
                    );
                    Problem::error(Place::Value(at.key("from")), message)
                        .help("lower `from`, or add larger sizes")
                }
                None => {
                    let message = format!("{title} has one size, and a slope needs two");
                    Problem::error(Place::Value(plan.at.clone()), message)
                        .help("for example: sizes = [1000, 10_000]")
                }
            };
            if !out.contains(&problem) {
                out.push(problem);
            }
        }
    }

    pub(super) fn series(
        &self,
        names: &Series<'_>,
        at: &Path,
        out: &mut Vec<Problem>,
    ) -> Option<(Quantity, Statistic)> {
        let before = out.len();
        let quantity = quantity(names.quantity, &at.key("quantity"), out);
        let statistic = spelt::<Statistic>(names.statistic, &at.key("statistic"), out);
        for cell in self.group(names.cell, names.arm, at, out) {
            if let Some(quantity) = quantity {
                exists(quantity, cell, &at.key("quantity"), out);
            }
        }
        if out.len() > before { None } else { Some((quantity?, statistic?)) }
    }

    /// Whether a quantity has values in each of some cells; an unknown one is another message's matter.
    pub(super) fn values_exist(&self, name: &str, cells: &[&Cell], at: &Path, out: &mut Vec<Problem>) {
        let Ok(quantity) = name.parse::<Quantity>() else { return };
        cells.iter().for_each(|cell| exists(quantity, cell, at, out));
    }

    /// The cells that `cell` at `at` names; the arm beside it must run in each.
    pub(super) fn group(
        &self,
        names: &wire::Cells,
        arm: &str,
        at: &Path,
        out: &mut Vec<Problem>,
    ) -> Vec<&Cell> {
        let (key, list) = (at.key("cell"), matches!(names, wire::Cells::List(_)));
        if names.names().is_empty() {
            let problem = Problem::error(Place::Value(key.clone()), "`cell` names no cell");
            out.push(problem.help("write one name, or the names of the cells of which the worst counts"));
        }
        let mut found = Vec::new();
        let mut strangers = Vec::new();
        let runs_in = self.arms.find("arm", arm, &at.key("arm"), out).and_then(|arm| arm.cells.as_ref());
        for (i, name) in names.names().iter().enumerate() {
            let place = if list { key.index(i) } else { key.clone() };
            if names.names()[..i].contains(name) {
                let message = format!("cell '{name}' stands twice in this list");
                out.push(Problem::error(Place::Value(place.clone()), message));
            }
            let cell = self.cells.find("cell", name, &place, out);
            if cell.is_some() && runs_in.is_some_and(|cells| !cells.contains(name)) {
                strangers.push(name.as_str());
            }
            found.extend(cell);
        }
        if let (Some(cells), Some(name)) = (runs_in, strangers.first()) {
            let message = format!("arm '{arm}' does not run in cell '{name}'");
            let problem = Problem::error(Place::Value(at.key("arm")), message);
            out.push(problem.help(format!("its `cells` are: {}", cells.join(", "))));
        }
        found
    }
}

fn quantity(text: &str, at: &Path, out: &mut Vec<Problem>) -> Option<Quantity> {
    let names = Kind::ALL.iter().map(|kind| kind.name());
    let name = text.split('[').next().unwrap_or(text);
    if names.clone().any(|n| n == name) {
        return spelt(text, at, out);
    }
    let problem = Problem::error(Place::Value(at.clone()), format!("there is no quantity '{name}'"));
    out.push(problem.helps(nearest::advice(name, names)));
    None
}

/// Whether a quantity has values in a cell.
fn exists(quantity: Quantity, cell: &Cell, at: &Path, out: &mut Vec<Problem>) {
    let (fitted, experts) = (cell.scenario.fitted, cell.scenario.true_experts());
    let place = Place::Value(at.clone());
    match quantity.atom {
        Some(atom) if atom >= experts => {
            let message =
                format!("{quantity}: the truth of cell '{}' has {}", cell.name, counted(experts, "expert"));
            let problem = Problem::error(place, message);
            out.push(problem.help(format!("they are counted from 0: [0] to [{}]", experts - 1)));
        }
        None if fitted == experts && quantity.kind.over_fitted_only() => {
            let message = format!(
                "{quantity} without [j] is pooled over over-fitted cells, and '{}' has none",
                cell.name
            );
            let problem = Problem::error(place, message);
            out.push(problem.help(format!(
                "as many experts are fitted as there are: write {quantity}[0], {quantity}[1], …"
            )));
        }
        _ => {}
    }
}
