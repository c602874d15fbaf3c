//! `[[claim]]` and `[[panel]]`: what is held against the measurement, and what is drawn.

use moe_core::statistic::Statistic;
use moe_core::verdict::Claim as RateClaim;

use super::cell::spelt;
use super::check::{self, Named};
use super::sizes::Plan;
use crate::diagnostic::{Place, Problem};
use crate::experiment::{Arm, Cell, Claim, Curve, Expectation, Panel};
use crate::nearest;
use crate::quantity::{Kind, Quantity};
use crate::source::Path;
use crate::wire::statement as wire;

/// What claims and curves refer to.
pub(super) struct Scope<'a> {
    pub(super) cells: &'a Named<Cell>,
    pub(super) arms: &'a Named<Arm>,
    pub(super) plans: &'a [Plan],
    /// Bootstrap resamples; `None` when they were refused.
    pub(super) resamples: Option<u32>,
}

/// The four keys that name a series.
struct Series<'a> {
    cell: &'a str,
    arm: &'a str,
    quantity: &'a str,
    statistic: &'a str,
}

impl Scope<'_> {
    /// Every claim; `smallest` is the size from which one speaks when it does not say.
    pub(super) fn claims(&self, wire: &[wire::Claim], smallest: u64, out: &mut Vec<Problem>) -> Vec<Claim> {
        let mut claims = Named::new();
        for (i, claim) in wire.iter().enumerate() {
            let at = Path::top().key("claim").index(i);
            let read = self.claim(claim, smallest, &at, out);
            claims.add("claim", &claim.name, read, &at, out);
        }
        claims.all().unwrap_or_default()
    }

    fn claim(&self, wire: &wire::Claim, smallest: u64, at: &Path, out: &mut Vec<Problem>) -> Option<Claim> {
        check::name(&wire.name, Place::Value(at.key("name")), out);
        check::filled(&wire.source, &at.key("source"), out);
        check::level(wire.level, self.resamples, &at.key("level"), out);
        self.from(wire.from, at, out);
        let names =
            Series { cell: &wire.cell, arm: &wire.arm, quantity: &wire.quantity, statistic: &wire.statistic };
        let series = self.series(&names, at, out);
        let statement = statement(wire, at, out);
        let expect = expectation(wire, at, out);
        let (quantity, statistic) = series?;
        Some(Claim {
            name: wire.name.clone(),
            cell: wire.cell.clone(),
            arm: wire.arm.clone(),
            quantity,
            statistic,
            statement: statement?,
            level: wire.level,
            from: wire.from.unwrap_or(smallest),
            source: wire.source.clone(),
            expect: expect?,
        })
    }

    /// Every panel.
    pub(super) fn panels(&self, wire: &[wire::Panel], smallest: u64, out: &mut Vec<Problem>) -> Vec<Panel> {
        let mut panels = Vec::new();
        for (i, panel) in wire.iter().enumerate() {
            let at = Path::top().key("panel").index(i);
            check::filled(&panel.title, &at.key("title"), out);
            if panel.curve.is_empty() {
                let problem = Problem::error(Place::Value(at.key("curve")), "a panel without curves");
                out.push(problem.help("declare one with [[panel.curve]] below [[panel]]"));
            }
            let curves = panel.curve.iter().enumerate();
            let curves =
                curves.filter_map(|(j, c)| self.curve(c, smallest, &at.key("curve").index(j), out)).collect();
            panels.push(Panel { title: panel.title.clone(), curves });
        }
        panels
    }

    fn curve(&self, wire: &wire::Curve, smallest: u64, at: &Path, out: &mut Vec<Problem>) -> Option<Curve> {
        self.from(wire.from, at, out);
        let names =
            Series { cell: &wire.cell, arm: &wire.arm, quantity: &wire.quantity, statistic: &wire.statistic };
        let (quantity, statistic) = self.series(&names, at, out)?;
        Some(Curve {
            cell: wire.cell.clone(),
            arm: wire.arm.clone(),
            quantity,
            statistic,
            theory: wire.theory,
            from: wire.from.unwrap_or(smallest),
        })
    }

    /// Every plan must leave two sizes to a slope.
    fn from(&self, from: Option<u64>, at: &Path, out: &mut Vec<Problem>) {
        let least = from.unwrap_or(0);
        for plan in self.plans.iter().filter(|p| !p.sizes.is_empty()) {
            let left = plan.sizes.iter().filter(|size| **size >= least).count();
            if left >= 2 {
                continue;
            }
            let title = plan.title();
            let problem = match from {
                Some(from) => {
                    let message = format!("{title} has {left} sizes from {from} on, and a slope needs two");
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

    fn series(&self, names: &Series<'_>, at: &Path, out: &mut Vec<Problem>) -> Option<(Quantity, Statistic)> {
        let before = out.len();
        let cell = self.cells.find("cell", names.cell, &at.key("cell"), out);
        let arm = self.arms.find("arm", names.arm, &at.key("arm"), out);
        let quantity = quantity(names.quantity, &at.key("quantity"), out);
        let statistic = spelt::<Statistic>(names.statistic, &at.key("statistic"), out);
        let elsewhere = arm.and_then(|arm| arm.cells.as_ref()).filter(|c| !c.iter().any(|c| c == names.cell));
        if let (Some(_), Some(cells)) = (cell, elsewhere) {
            let message = format!("arm '{}' does not run in cell '{}'", names.arm, names.cell);
            let problem = Problem::error(Place::Value(at.key("arm")), message);
            out.push(problem.help(format!("its `cells` are: {}", cells.join(", "))));
        }
        if let (Some(cell), Some(quantity)) = (cell, quantity) {
            exists(quantity, cell, &at.key("quantity"), out);
        }
        if out.len() > before { None } else { Some((quantity?, statistic?)) }
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
            let message = format!("{quantity}: the truth of cell '{}' has {experts} experts", cell.name);
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

fn statement(wire: &wire::Claim, at: &Path, out: &mut Vec<Problem>) -> Option<RateClaim> {
    let kinds = [("equals", wire.equals), ("slower_than", wire.slower_than), ("at_least", wire.at_least)];
    let given: Vec<_> = kinds.iter().filter(|(_, rate)| rate.is_some()).map(|(key, _)| *key).collect();
    if given.len() != 1 {
        let (place, message) = match given.get(1) {
            Some(second) => (at.key(second), format!("one claim with `{}`", given.join("` and `"))),
            None => (at.clone(), "the claim says nothing about the slope".to_owned()),
        };
        let problem = Problem::error(Place::Key(place), message);
        out.push(
            problem.help(
                "write exactly one of: equals = -0.5 with a margin, slower_than = -0.25, at_least = -0.5",
            ),
        );
        return None;
    }
    match (wire.equals, wire.margin) {
        (Some(rate), Some(margin)) => {
            check::positive(margin, &at.key("margin"), out);
            Some(RateClaim::Equals { rate, margin })
        }
        (Some(_), None) => {
            let problem = Problem::error(Place::Key(at.key("equals")), "`equals` without `margin`");
            out.push(problem.help("say how near is near enough, for example: margin = 0.05"));
            None
        }
        (None, Some(_)) => {
            let problem = Problem::error(
                Place::Key(at.key("margin")),
                format!("`margin` does not go with `{}`", given[0]),
            );
            out.push(problem.help("leave it out: only `equals` has a margin"));
            None
        }
        (None, None) => match (wire.slower_than, wire.at_least) {
            (Some(rate), _) => Some(RateClaim::SlowerThan { rate }),
            (None, rate) => rate.map(|rate| RateClaim::AtLeast { rate }),
        },
    }
}

fn expectation(wire: &wire::Claim, at: &Path, out: &mut Vec<Problem>) -> Option<Expectation> {
    match (wire.expect.unwrap_or(wire::Expect::Agree), &wire.because) {
        (wire::Expect::Agree, None) => Some(Expectation::Agree),
        (wire::Expect::Agree, Some(_)) => {
            let problem =
                Problem::error(Place::Key(at.key("because")), "`because` explains an expected disagreement");
            out.push(problem.help("write expect = \"disagree\" with it, or leave it out"));
            None
        }
        (wire::Expect::Disagree, None) => {
            let problem =
                Problem::error(Place::Value(at.key("expect")), "an expected disagreement without a reason");
            out.push(problem.help("say why in one sentence: because = \"…\""));
            None
        }
        (wire::Expect::Disagree, Some(because)) => {
            check::filled(because, &at.key("because"), out);
            Some(Expectation::Disagree { because: because.clone() })
        }
    }
}
