//! An experiment in words: what it draws, what it fits, how, how often, and what it would take as an answer.

mod claims;
mod fitting;

use std::collections::BTreeSet;

use moe_core::covariate::CovariateLaw;
use moe_core::identifiability::Regime;

use crate::experiment::{Cell, Experiment};
use crate::plan::{self, Plan};
use crate::quantity::Quantity;
use crate::report::format::{about, size};

/// Columns of the text.
const WIDTH: usize = 100;

/// The experiment in words, in paragraphs of lines that fit a terminal.
pub fn explain(experiment: &Experiment) -> String {
    let mut out = paragraph("", &format!("{} ({})", experiment.question, experiment.source));
    out += "\nWhat the data come from, and what is fitted to them\n";
    for cell in &experiment.cells {
        out += &paragraph("- ", &of_cell(cell));
    }
    out += &shared(experiment);
    out += "\nHow it is fitted\n";
    for arm in &experiment.arms {
        out += &paragraph("- ", &fitting::of_arm(experiment, arm));
    }
    out += "\nHow much\n";
    out += &paragraph("", &amount(experiment));
    if experiment.claims.is_empty() {
        out += "\nNothing is claimed: slopes are measured, and nothing is held against them.\n";
    } else {
        out += "\nWhat is held against the measurement\n";
        out += &paragraph("", &claims::rule(experiment));
        for claim in &experiment.claims {
            out += &paragraph("- ", &claims::of_claim(experiment, claim));
        }
    }
    out += &figure(experiment);
    if let Some(remark) = often_zero(experiment) {
        out += &format!("\nWhat to beware of\n{}", paragraph("", &remark));
    }
    out
}

/// That some errors which the experiment asks for are 0 in many replications; `None` where there are none.
pub fn often_zero(experiment: &Experiment) -> Option<String> {
    let asked = asked_and_often_zero(experiment);
    let names: BTreeSet<Quantity> = asked.iter().map(|(quantity, _)| *quantity).collect();
    let names = names.iter().map(Quantity::to_string).collect::<Vec<_>>().join(", ");
    (!asked.is_empty()).then(|| {
        format!(
            "{names}: often exactly 0. Gate slopes are known up to a common translation, and the alignment of D_2 often makes \
             the error of an atom that is alone in its Voronoi cell 0. Where the statistic is 0 there is no slope, and a mean \
             says little.{}",
            pooled_instead(&asked)
        )
    })
}

/// The quantities that are often 0 and that claims or panels ask for, with whether the cell they are asked of is over-fitted.
fn asked_and_often_zero(experiment: &Experiment) -> Vec<(Quantity, bool)> {
    let claims = experiment.claims.iter().flat_map(|claim| {
        let others = claim.other.iter().flat_map(|other| other.cell.names());
        claim.cell.names().iter().chain(others).map(|name| (claim.quantity, name))
    });
    let curves = experiment.panels.iter().flat_map(|panel| &panel.curves);
    let curves = curves.flat_map(|curve| curve.cell.names().iter().map(|name| (curve.quantity, name)));
    let over_fitted = |name: &String| {
        let cell = experiment.cells.iter().find(|cell| cell.name == *name);
        cell.is_some_and(|cell| cell.scenario.fitted > cell.scenario.true_experts())
    };
    let asked = claims.chain(curves).filter(|(quantity, _)| quantity.is_often_zero());
    asked.map(|(quantity, name)| (quantity, over_fitted(name))).collect()
}

/// What may be asked for instead: in over-fitted cells there are errors pooled over Voronoi cells with several atoms.
fn pooled_instead(asked: &[(Quantity, bool)]) -> String {
    let pooled = asked.iter().filter(|(quantity, over)| *over && quantity.kind.over_fitted_only());
    let kinds: BTreeSet<&str> = pooled.map(|(quantity, _)| quantity.kind.name()).collect();
    if kinds.is_empty() {
        return String::new();
    }
    format!(
        " In over-fitted cells {} without [j] pools the Voronoi cells with several fitted atoms, and is rarely 0.",
        kinds.into_iter().collect::<Vec<_>>().join(" or ")
    )
}

fn of_cell(cell: &Cell) -> String {
    let scenario = &cell.scenario;
    let shape = scenario.truth.measure.shape();
    let (fitted, experts) = (scenario.fitted, scenario.true_experts());
    let order = match (fitted, cell.regime) {
        (k, _) if k == experts => "exact-specified",
        (_, Some(Regime::Over1)) => {
            "over-specified, Regime 1: every expert tells its classes apart by slopes"
        }
        (_, Some(Regime::Over2)) => "over-specified, Regime 2: some expert has no slopes",
        _ => "over-specified",
    };
    let moves = cell.drift.as_ref().map_or(String::new(), |drift| {
        format!(" The truth moves with n: a step times n^{} is added to it.", power(drift.rate))
    });
    let drawn = if cell.drawn.is_some() {
        " The truth itself was drawn at random, from a seed of its own."
    } else {
        ""
    };
    format!(
        "Cell {}, {}: samples of n pairs (x, y). x is {}; y is one of {} classes, drawn from {experts} experts that are \
         mixed by a softmax gate of {}. Fitted are {fitted} experts for {experts} ({order}): {} free parameters, each at \
         most {} in size.{moves}{drawn}",
        cell.name,
        cell.title,
        law(&scenario.truth.law),
        shape.classes,
        gate(&scenario.truth.gate_map.to_string()),
        scenario.fitted_shape().parameters(),
        scenario.box_bound,
    )
}

fn gate(map: &str) -> String {
    if map == "identity" { "x itself".to_owned() } else { format!("M(x) = {map}, element by element") }
}

fn law(law: &CovariateLaw) -> String {
    let (lower, upper) = law.bounds();
    let ends = lower.iter().zip(&upper).map(|(l, u)| format!("[{l}, {u}]"));
    let region = ends.collect::<Vec<_>>().join(" × ");
    match law {
        CovariateLaw::Uniform { .. } => format!("uniform on {region}"),
        CovariateLaw::TruncatedNormal { .. } => {
            format!("normal, coordinate by coordinate, truncated to {region}")
        }
        CovariateLaw::Grid { points, .. } => {
            let points = points.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
            format!("uniform on a grid of {points} points in {region}")
        }
        CovariateLaw::Points { points, .. } => format!("one of {} given points in {region}", points.nrows()),
    }
}

/// Which cells see the same data.
fn shared(experiment: &Experiment) -> String {
    let mut out = String::new();
    let mut told = Vec::new();
    let truth = |c: &Cell| (c.scenario.truth.hash(), c.drift.as_ref().map(|_| c.hash));
    for cell in &experiment.cells {
        if told.contains(&truth(cell)) {
            continue;
        }
        told.push(truth(cell));
        let names: Vec<&str> =
            experiment.cells.iter().filter(|c| truth(c) == truth(cell)).map(|c| c.name.as_str()).collect();
        if names.len() > 1 {
            let line = format!("Cells {} share their truth, and so their data sets.", names.join(", "));
            out += &paragraph("", &line);
        }
    }
    out
}

fn amount(experiment: &Experiment) -> String {
    let plan = Plan::new(experiment);
    let sizes = experiment.sizes.iter().map(|n| size(*n)).collect::<Vec<_>>().join(", ");
    let fewer = experiment.arms.iter().filter_map(|a| Some((a, a.replications?)));
    let fewer = fewer.filter(|(_, r)| *r < experiment.replications);
    let fewer: String = fewer.map(|(a, r)| format!(" Arm {} has {r} of them.", a.name)).collect();
    let profile = experiment.profile.as_ref().map_or(String::new(), |p| format!(" This is the profile {p}."));
    let largest = experiment.sizes.last().copied().unwrap_or(0);
    let counted = experiment.cells.iter().all(|c| plan::data_rows(c, largest) < largest);
    let counts = if counted {
        " x takes finitely many values, so a sample is a table of counts and costs the same at every n."
    } else {
        ""
    };
    format!(
        "n = {sizes}: at each of these {} sizes {} independent data sets (replications), fitted by every arm: {} fits in \
         all, {} on one core.{fewer}{profile}{counts} Everything random follows from the master seed {}.",
        experiment.sizes.len(),
        experiment.replications,
        plan.items.len(),
        about(plan.seconds()),
        experiment.seed,
    )
}

fn figure(experiment: &Experiment) -> String {
    if experiment.panels.is_empty() {
        return String::new();
    }
    let mut out = "\nWhat the figure shows, against n on logarithmic axes\n".to_owned();
    for panel in &experiment.panels {
        let curve = |c: &crate::experiment::Curve| {
            let theory = c.theory.map_or(String::new(), |t| format!(" beside n^{}", power(t)));
            format!("{} {} of {} ({}){theory}", c.statistic, c.quantity, c.cell, c.arm)
        };
        let curves = panel.curves.iter().map(curve).collect::<Vec<_>>().join("; ");
        out += &paragraph("- ", &format!("{}: {curves}.", panel.title));
    }
    out
}

/// An exponent as it was written, with a true minus sign.
fn power(exponent: f64) -> String {
    exponent.to_string().replace('-', "−")
}

/// A text in lines, the first of which begins with `mark`.
fn paragraph(mark: &str, text: &str) -> String {
    let indent = " ".repeat(mark.chars().count());
    let mut out = String::new();
    let mut line = mark.to_owned();
    for word in text.split_whitespace() {
        let begun = line.chars().count() > indent.len();
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out += &format!("{line}\n");
            line = format!("{indent}{word}");
        } else {
            line += &if begun { format!(" {word}") } else { word.to_owned() };
        }
    }
    out + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_folded_and_indented() {
        let text = "word ".repeat(60);
        let folded = paragraph("- ", &text);
        assert!(folded.lines().all(|l| l.chars().count() <= WIDTH));
        assert!(folded.starts_with("- word") && folded.lines().skip(1).all(|l| l.starts_with("  word")));
        assert_eq!(folded.split_whitespace().count(), 61);
        assert_eq!(paragraph("", "one"), "one\n");
    }
}
