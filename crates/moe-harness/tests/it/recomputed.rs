//! Numbers of a stored row worked out again from its parameters alone, by the plain definition.

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::exp;
use moe_harness::experiment::Cell;
use moe_harness::quantity::Kind;
use moe_harness::record::FittedRow;

use crate::program::{Desk, NEWTON, loaded};

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

/// Differences of one fitted atom to its true atom: gate slope aligned, then (Δa_l, ‖Δb_l‖) of each class.
fn differences(atom: &Atom, truth: &Atom, alignment: &[f64]) -> (f64, Vec<(f64, f64)>) {
    let gate = atom.gate_slope.iter().zip(alignment).zip(&truth.gate_slope).map(|((b, t), c)| b + t - c);
    let classes = (0..atom.intercepts.len()).map(|l| {
        let slope = atom.class_slope(l).iter().zip(truth.class_slope(l)).map(|(a, b)| a - b);
        ((atom.intercepts[l] - truth.intercepts[l]).abs(), norm(slope))
    });
    (norm(gate), classes.collect())
}

/// D_2 of theory: squares in cells with more than one atom, first powers elsewhere, plus the weights' part.
fn d2(row: &FittedRow, cell: &Cell) -> f64 {
    let truth = &cell.scenario.truth.measure;
    let fitted = MixingMeasure::from_parameters(cell.scenario.fitted_shape(), &row.parameters);
    let total = |measure: &MixingMeasure| measure.atoms().iter().map(|a| exp(a.log_weight)).sum::<f64>();
    let scale = total(truth) / total(&fitted);
    let mut loss = 0.0;
    for (j, centre) in truth.atoms().iter().enumerate() {
        let members: Vec<&Atom> =
            fitted.atoms().iter().zip(&row.assignment).filter(|(_, i)| **i == j).map(|(a, _)| a).collect();
        let power = |v: f64| if members.len() > 1 { v * v } else { v };
        let mut mass = 0.0;
        for atom in &members {
            let weight = scale * exp(atom.log_weight);
            let (gate, classes) = differences(atom, centre, &row.alignment);
            let classes: f64 = classes.iter().map(|(a, b)| power(*a) + power(*b)).sum();
            loss += weight * (power(gate) + classes);
            mass += weight;
        }
        loss += (mass - exp(centre.log_weight)).abs();
    }
    loss
}

#[test]
fn d2_follows_from_the_stored_parameters_alignment_and_assignment() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    let experiment = loaded(NEWTON).experiment;
    let mut compared = 0;
    for record in desk.records("run") {
        let cell = experiment.cells.iter().find(|c| c.hash == record.key.cell).unwrap();
        let Some(fit) = &record.fit else { continue };
        let (stored, plain) = (fit.quantities.get(Kind::D2).unwrap(), d2(fit, cell));
        assert!((stored - plain).abs() <= 1e-9 * (1.0 + plain), "{stored} is not {plain}: {:?}", record.key);
        compared += 1;
    }
    assert!(compared > 0);
}
