//! Errors by cell and component, computed by hand.

use moe_core::loss::cells::{cell_errors, pooled, total_weight_error};
use moe_core::loss::{Loss, loss};
use moe_core::measure::MixingMeasure;

use crate::definition::measure;

/// Truth: weights 2 and 1. Fitted (rescaled): two atoms of weight 1 and 0.75 in the first cell and one
/// of 1.25 in the second, all gate slopes moved by (5, −5). K = 3, d = 2.
fn example() -> (MixingMeasure, MixingMeasure) {
    let truth = measure(
        3,
        2,
        &[
            (2f64.ln(), &[0.0, 1.0], &[0.0, 0.0], &[0.0, 0.0, 0.0, 0.0]),
            (0.0, &[9.0, 0.0], &[20.0, 1.0], &[1.0, 2.0, 3.0, 4.0]),
        ],
    );
    let fitted = measure(
        3,
        2,
        &[
            (1.25f64.ln() - 4.0, &[14.0, -5.0], &[20.5, 1.0], &[1.0, 2.0, 3.0, 4.0]),
            (-4.0, &[5.0, -3.5], &[0.3, -0.4], &[0.2, 0.0, 0.0, 0.0]),
            (0.75f64.ln() - 4.0, &[5.3, -4.0], &[0.0, 0.8], &[0.0, 0.0, 0.0, -0.4]),
        ],
    );
    (fitted, truth)
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-13, "{a}, not {b}");
}

#[test]
fn by_cell() {
    let (fitted, truth) = example();
    let cells = cell_errors(&fitted, &truth, &[-5.0, 5.0], &[1, 0, 0]);
    assert_eq!((cells[0].size, cells[1].size), (2, 1));
    near(cells[0].weight_error, -0.25);
    near(cells[1].weight_error, 0.25);
    near(total_weight_error(&cells), 0.5);

    // First cell: Δβ₁ = (0, 0.5) and (0.3, 0); Δa = (0.3, −0.4) and (0, 0.8); Δb = 0.2 in (class 0,
    // axis 0) and −0.4 in (class 1, axis 1).
    let first = cells[0].atoms.unwrap();
    near(first.root.gate, ((0.25 + 0.75 * 0.09) / 1.75f64).sqrt());
    near(first.root.intercept, ((0.25 + 0.75 * 0.64) / 1.75f64).sqrt());
    near(first.root.slope, ((0.04 + 0.75 * 0.16) / 1.75f64).sqrt());
    near(first.root.all, ((0.54 + 0.75 * 0.89) / 1.75f64).sqrt());
    near(first.far.gate, 0.5);
    near(first.far.intercept, 0.8);
    near(first.far.slope, 0.4);
    near(first.far.all, 0.89f64.sqrt());
    near(first.moments.gate, (0.225f64 * 0.225 + 0.25).sqrt());
    near(first.moments.intercept, (0.09f64 + 0.2 * 0.2).sqrt());
    near(first.moments.slope, (0.04f64 + 0.09).sqrt());
    // Δb + Δβ₁Δaᵀ. Class 0: (0.2, 0.15) and (0, 0). Class 1: (0, −0.2) and (0.24, −0.4).
    let mixed: f64 = 0.2 * 0.2 + 0.15 * 0.15 + 0.18 * 0.18 + 0.5 * 0.5;
    near(first.moments.mixed, mixed.sqrt());
    let pmf = |a: f64, b: f64, w: f64| {
        let total = a.exp() + b.exp() + 1.0;
        [a.exp(), b.exp(), 1.0].map(|e| w * (e / total - 1.0 / 3.0))
    };
    let (one, two) = (pmf(0.3, -0.4, 1.0), pmf(0.0, 0.8, 0.75));
    near(first.moments.pmf, (0..3).map(|s| (one[s] + two[s]) * (one[s] + two[s])).sum::<f64>().sqrt());

    let second = cells[1].atoms.unwrap();
    near(second.root.gate, 0.0);
    near(second.root.intercept, 0.5);
    near(second.moments.intercept, 1.25 * 0.5);
    near(second.moments.mixed, 0.0);
}

#[test]
fn pooled_over_cells_with_several_atoms() {
    let (fitted, truth) = example();
    let cells = cell_errors(&fitted, &truth, &[-5.0, 5.0], &[1, 0, 0]);
    let one = pooled(&cells).unwrap();
    near(one.root.all, cells[0].atoms.unwrap().root.all);
    near(one.far.slope, 0.4);

    // Four atoms in two cells: one mean over all of them.
    let zero: &[f64] = &[0.0];
    let truth = measure(2, 1, &[(0.0, zero, &[0.0], zero), (0.0, zero, &[100.0], zero)]);
    let fitted = measure(
        2,
        1,
        &[
            (0.0, zero, &[100.3], zero),
            (3f64.ln(), zero, &[0.1], zero),
            (0.0, zero, &[100.3], zero),
            (0.0, zero, &[-0.5], zero),
        ],
    );
    let found = loss(Loss::D2, &fitted, &truth);
    assert_eq!(found.cells, vec![1, 0, 1, 0]);
    let both = pooled(&cell_errors(&fitted, &truth, &found.alignment, &found.cells)).unwrap();
    near(both.root.intercept, ((3.0 * 0.01 + 0.25 + 2.0 * 0.09) / 6.0f64).sqrt());
    near(both.far.intercept, 0.5);
    near(both.root.gate, 0.0);
}

#[test]
fn empty_cells_have_no_errors() {
    let (_, truth) = example();
    let fitted = MixingMeasure::new(3, 2, vec![truth.atoms()[0].clone()]);
    let cells = cell_errors(&fitted, &truth, &[0.0, 0.0], &[0]);
    assert_eq!((cells[1].size, cells[1].atoms), (0, None));
    near(cells[0].weight_error, 1.0);
    near(cells[1].weight_error, -1.0);
    assert_eq!(pooled(&cells), None);
    assert_eq!(cells[0].atoms.unwrap().root.all, 0.0);
}

#[test]
fn cells_whose_weight_underflows_still_have_errors() {
    let (_, truth) = example();
    let mut atoms = truth.atoms().to_vec();
    atoms[1].log_weight = -2e3;
    atoms[1].intercepts[0] += 0.5;
    atoms.push(atoms[1].clone());
    let fitted = MixingMeasure::new(3, 2, atoms);
    let cells = cell_errors(&fitted, &truth, &[0.0, 0.0], &[0, 1, 1]);
    near(cells[1].weight_error, -1.0);
    near(cells[1].atoms.unwrap().root.intercept, 0.5);
    near(pooled(&cells).unwrap().root.all, 0.5);
}
