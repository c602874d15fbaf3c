//! Losses computed by hand.

use moe_core::loss::{Loss, LossValue, loss};
use moe_core::measure::MixingMeasure;

use crate::definition::{Parts, measure};

fn check(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure, expected: f64) -> LossValue {
    let found = loss(kind, fitted, truth);
    assert!((found.value - expected).abs() <= 1e-14 * (1.0 + expected), "{kind}: {found:?}, not {expected}");
    assert!(found.exact);
    found
}

#[test]
fn one_atom_each_is_compared_by_its_expert_alone() {
    let truth = measure(2, 1, &[(2f64.ln(), &[0.0], &[1.0], &[2.0])]);
    let fitted = measure(2, 1, &[(-7.0, &[5.0], &[1.5], &[-1.0])]);
    for kind in [Loss::D1, Loss::D2, Loss::D3(4)] {
        let found = check(kind, &fitted, &truth, 2.0 * (0.5 + 3.0));
        assert_eq!((found.alignment, found.cells), (vec![-5.0], vec![0]));
    }
}

#[test]
fn powers_rise_only_in_cells_with_several_atoms() {
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0])]);
    let fitted = measure(2, 1, &[(3.0, &[8.0], &[0.1], &[0.0]), (3.0, &[6.0], &[-0.1], &[0.0])]);
    check(Loss::D1, &fitted, &truth, 1.0 + 0.1);
    let found = check(Loss::D2, &fitted, &truth, 1.0 + 0.01);
    assert!((found.alignment[0] + 7.0).abs() < 1e-14);
    check(Loss::D3(4), &fitted, &truth, 1.0 + 0.0001);

    // A second true atom far away, matched by one fitted atom: first powers there.
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0]), (0.0, &[0.0], &[50.0], &[0.0])]);
    let fitted = measure(
        2,
        1,
        &[
            (0.5f64.ln(), &[1.0], &[0.1], &[0.0]),
            (0.5f64.ln(), &[-1.0], &[-0.1], &[0.0]),
            (0.0, &[0.0], &[50.25], &[0.0]),
        ],
    );
    let found = check(Loss::D2, &fitted, &truth, 1.0 + 0.01 + 0.25);
    assert_eq!(found.cells, vec![0, 0, 1]);
}

#[test]
fn an_empty_cell_counts_its_whole_weight() {
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0]), (0.0, &[0.0], &[10.0], &[0.0])]);
    let fitted = measure(2, 1, &[(1.0, &[4.0], &[0.0], &[0.0])]);
    // All the weight 2 sits in the first cell, one too many; the second lacks its 1.
    let found = check(Loss::D1, &fitted, &truth, 1.0 + 1.0);
    assert_eq!(found.cells, vec![0]);
}

#[test]
fn the_geometric_median_aligns_in_the_plane() {
    // Three gate slopes on an equilateral triangle of side 1: by the geometric median (the centre) the
    // distances are 1/√3 each, by the mean of squares 1/3 each.
    let h = 0.75f64.sqrt();
    let truth = measure(2, 2, &[(0.0, &[0.0, 0.0], &[0.0], &[0.0, 0.0])]);
    let gates = [[3.0, 1.0], [4.0, 1.0], [3.5, 1.0 + h]];
    let atoms = gates.each_ref().map(|g| (0.0, &g[..], &[0.0][..], &[0.0, 0.0][..]));
    let fitted = measure(2, 2, &atoms);
    check(Loss::D1, &fitted, &truth, 1.0 / 3f64.sqrt());
    check(Loss::D2, &fitted, &truth, 1.0 / 3.0);
    check(Loss::D3(4), &fitted, &truth, 1.0 / 9.0);
}

#[test]
fn the_infimum_can_lie_on_the_border_of_a_cell() {
    // Cells {1}, {2} need 0.2 ≤ t ≤ 1, and their loss 3|t| + |t − 1.2| grows there: 0.6 + 1 at t = 0.2.
    // With both atoms in the first cell the weights alone cost 2.
    let truth = measure(2, 1, &[(3f64.ln(), &[0.0], &[0.0], &[0.0]), (0.0, &[2.0], &[0.0], &[0.0])]);
    let fitted = measure(2, 1, &[(3f64.ln(), &[0.0], &[0.0], &[0.0]), (0.0, &[0.8], &[0.0], &[0.0])]);
    let found = check(Loss::D1, &fitted, &truth, 1.6);
    assert!((found.alignment[0] - 0.2).abs() < 1e-14);
    assert_eq!(found.cells, vec![0, 1]);
}

#[test]
fn ties_take_the_smaller_loss_under_every_labelling() {
    // The fitted atom is half-way between the true atoms whatever t is. In the heavier one's cell:
    // 4 · 1 + |4 − 3| + 1; in the other's 4 · 1 + |4 − 1| + 3.
    let heavy: Parts<'_> = (3f64.ln(), &[0.0], &[1.0], &[0.0]);
    let light: Parts<'_> = (0.0, &[0.0], &[-1.0], &[0.0]);
    let fitted = measure(2, 1, &[(0.0, &[9.0], &[0.0], &[0.0])]);
    assert_eq!(check(Loss::D1, &fitted, &measure(2, 1, &[heavy, light]), 6.0).cells, vec![0]);
    assert_eq!(check(Loss::D1, &fitted, &measure(2, 1, &[light, heavy]), 6.0).cells, vec![1]);
}

#[test]
fn equal_atoms_share_a_cell() {
    // At t = 0.05 both copies are half-way between the true atoms, but no translation parts them: one
    // true atom gets both, the other none.
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0]), (0.0, &[0.1], &[0.0], &[0.0])]);
    let once = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0])]);
    let twice = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0]), (0.0, &[0.0], &[0.0], &[0.0])]);
    check(Loss::D1, &once, &truth, 2.0);
    check(Loss::D1, &twice, &truth, 2.0);
}

#[test]
fn extreme_weights_are_relative() {
    // The same measures with all true log-weights moved by 300: the loss scales with the weights.
    let pair = |shift: f64| {
        let truth = measure(2, 1, &[(shift, &[0.0], &[0.0], &[1.0]), (shift, &[1.0], &[4.0], &[0.0])]);
        let fitted = measure(2, 1, &[(-9e5, &[0.0], &[0.5], &[1.0]), (-9e5, &[1.0], &[4.0], &[0.0])]);
        loss(Loss::D1, &fitted, &truth).value
    };
    assert!((pair(0.0) - 0.5).abs() < 1e-14);
    assert!((pair(300.0) / 300f64.exp() - 0.5).abs() < 1e-13);
    assert!((pair(-300.0) * 300f64.exp() - 0.5).abs() < 1e-13);
    // Beyond ±400 the unit is that of the nearer end: finite, and not zero.
    assert!((pair(1e6) / 400f64.exp() - 0.5).abs() < 1e-12);
    assert!((pair(-1e6) * 400f64.exp() - 0.5).abs() < 1e-12);
}

#[test]
fn an_atom_without_weight_still_makes_a_cell_of_two() {
    // Its weight underflows, but it is there: the other atom of its cell is measured by its square.
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0])]);
    let fitted = measure(2, 1, &[(0.0, &[1.0], &[0.5], &[0.0]), (-1e6, &[1e6], &[1e6], &[1e6])]);
    check(Loss::D1, &fitted, &truth, 0.5);
    check(Loss::D2, &fitted, &truth, 0.25);
    check(Loss::D3(16), &fitted, &truth, 0.5f64.powi(16));
}

#[test]
fn a_truth_written_with_equal_atoms_is_the_same_measure() {
    let merged = measure(2, 1, &[(2f64.ln(), &[0.0], &[1.0], &[0.0]), (0.0, &[1.0], &[3.0], &[0.0])]);
    let star: Parts<'_> = (0.0, &[0.0], &[1.0], &[0.0]);
    let written = measure(2, 1, &[star, (0.0, &[1.0], &[3.0], &[0.0]), star]);
    for kind in [Loss::D1, Loss::D2] {
        assert_eq!(check(kind, &merged, &written, 0.0).cells, vec![0, 1]);
        assert_eq!(check(kind, &written, &written, 0.0).cells, vec![0, 1, 0]);
        check(kind, &written, &merged, 0.0);
    }
}
