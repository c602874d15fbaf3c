//! What the losses must not depend on, when they are zero, and that they are always finite.

use moe_core::covariate::CovariateLaw;
use moe_core::gate::GateMap;
use moe_core::loss::cells::{cell_errors, pooled, total_weight_error};
use moe_core::loss::density::Evaluation;
use moe_core::loss::{Loss, loss};
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::scenario::Truth;
use proptest::prelude::*;

use crate::definition::{fixed, pairs};

const KINDS: [Loss; 4] = [Loss::D1, Loss::D2, Loss::D3(4), Loss::D3(8)];

fn with_atoms(like: &MixingMeasure, atoms: Vec<Atom>) -> MixingMeasure {
    MixingMeasure::new(like.shape().classes, like.shape().dim, atoms)
}

fn permuted(measure: &MixingMeasure, seed: usize) -> MixingMeasure {
    let mut atoms = measure.atoms().to_vec();
    for i in (1..atoms.len()).rev() {
        atoms.swap(i, (seed / (i + 1)) % (i + 1));
    }
    atoms.rotate_left(seed % measure.shape().experts);
    with_atoms(measure, atoms)
}

fn translated(measure: &MixingMeasure, by_weight: f64, by_slope: &[f64]) -> MixingMeasure {
    let mut atoms = measure.atoms().to_vec();
    for atom in &mut atoms {
        atom.log_weight += by_weight;
        atom.gate_slope.iter_mut().zip(by_slope).for_each(|(b, t)| *b += t);
    }
    with_atoms(measure, atoms)
}

/// Splits atom `i` into two with the same parameters, and shares of the weight `share`, 1 − `share`.
fn split(measure: &MixingMeasure, i: usize, share: f64) -> MixingMeasure {
    let mut atoms = measure.atoms().to_vec();
    let i = i % atoms.len();
    let mut copy = atoms[i].clone();
    copy.log_weight += (1.0 - share).ln();
    atoms[i].log_weight += share.ln();
    atoms.push(copy);
    with_atoms(measure, atoms)
}

fn total(measure: &MixingMeasure) -> f64 {
    measure.atoms().iter().map(|a| a.log_weight.exp()).sum()
}

fn close(a: f64, b: f64, unit: f64) -> bool {
    (a - b).abs() <= 1e-10 * a.abs().max(b.abs()) + 1e-13 * unit
}

proptest! {
    #![proptest_config(fixed(256))]

    #[test]
    fn labels_do_not_matter((fitted, truth) in pairs(5, 3), seed in 0..1000usize) {
        for kind in KINDS {
            let value = loss(kind, &fitted, &truth).value;
            let other = loss(kind, &permuted(&fitted, seed), &permuted(&truth, seed / 7)).value;
            prop_assert!(close(value, other, total(&truth)), "{kind}: {value} and {other}");
        }
    }

    #[test]
    fn translations_do_not_matter(
        (fitted, truth) in pairs(5, 3),
        by_weight in -5.0..5.0f64,
        by_slope in prop::collection::vec(-8.0..8.0f64, 3),
    ) {
        // Eighths keep the lattice cases exact, so that ties stay ties.
        let by_slope: Vec<f64> = by_slope.iter().map(|t| (8.0 * t).round() / 8.0).collect();
        for kind in KINDS {
            let found = loss(kind, &fitted, &truth);
            let other = loss(kind, &translated(&fitted, by_weight, &by_slope), &truth);
            prop_assert!(close(found.value, other.value, total(&truth)), "{kind}: {found:?} and {other:?}");
        }
    }

    #[test]
    fn splitting_an_atom_leaves_d1((fitted, truth) in pairs(4, 2), i in 0..4usize, share in 0.01..0.99f64) {
        let value = loss(Loss::D1, &fitted, &truth).value;
        let other = loss(Loss::D1, &split(&fitted, i, share), &truth).value;
        prop_assert!(close(value, other, total(&truth)), "{value} and {other}");
    }

    #[test]
    fn zero_for_equal_measures(
        (truth, _) in pairs(4, 3),
        seed in 0..1000usize,
        by_slope in prop::collection::vec(-8.0..8.0f64, 3),
        share in 0.01..0.99f64,
    ) {
        let same = translated(&permuted(&truth, seed), 2.5, &by_slope);
        for kind in KINDS {
            prop_assert!(loss(kind, &truth, &truth).value <= 1e-15 * total(&truth));
            prop_assert!(loss(kind, &same, &truth).value <= 1e-13 * total(&truth));
            prop_assert!(loss(kind, &split(&same, seed, share), &truth).value <= 1e-13 * total(&truth));
        }
    }

    /// Moving one expert, one gate out of several, or one weight out of several is always seen. The
    /// true atoms are kept apart: their first intercepts differ by 10.
    #[test]
    fn positive_for_different_measures(
        (truth, _) in pairs(4, 3),
        i in 0..4usize,
        what in 0..4usize,
        size in 0.01..1.0f64,
        share in 0.2..0.8f64,
    ) {
        let mut atoms = truth.atoms().to_vec();
        for (j, atom) in atoms.iter_mut().enumerate() {
            atom.log_weight *= 0.1;
            atom.intercepts[0] += 10.0 * j as f64;
        }
        let truth = with_atoms(&truth, atoms.clone());
        let i = i % atoms.len();
        match what {
            0 => atoms[i].intercepts[0] += size,
            1 => atoms[i].slopes[0] -= size,
            2 if atoms.len() > 1 => atoms[i].gate_slope[0] += size,
            3 if atoms.len() > 1 => atoms[i].log_weight -= size,
            _ => return Ok(()),
        }
        let fitted = with_atoms(&truth, atoms);
        for kind in KINDS {
            let least = 0.01 * size.powi(kind.exponent() as i32);
            prop_assert!(loss(kind, &fitted, &truth).value >= 0.01 * size);
            prop_assert!(loss(kind, &split(&fitted, i, share), &truth).value >= 0.1 * least);
        }
    }

    /// Every coordinate anywhere up to a million in size: nothing overflows, nothing is NaN.
    #[test]
    fn finite_up_to_a_million(
        (fitted, truth) in pairs(4, 3),
        scales in prop::collection::vec(0..7i32, 8),
    ) {
        let stretch = |measure: &MixingMeasure, scales: &[i32]| {
            let mut atoms = measure.atoms().to_vec();
            for atom in &mut atoms {
                let by = |v: &mut f64, s: i32| *v = (*v / 4.0 * 10f64.powi(s)).clamp(-1e6, 1e6);
                by(&mut atom.log_weight, scales[0]);
                atom.gate_slope.iter_mut().for_each(|v| by(v, scales[1]));
                atom.intercepts.iter_mut().for_each(|v| by(v, scales[2]));
                atom.slopes.iter_mut().for_each(|v| by(v, scales[3]));
            }
            with_atoms(measure, atoms)
        };
        let (fitted, truth) = (stretch(&fitted, &scales[..4]), stretch(&truth, &scales[4..]));
        for kind in [Loss::D1, Loss::D2, Loss::D3(16)] {
            let found = loss(kind, &fitted, &truth);
            prop_assert!(found.value.is_finite() && found.value >= 0.0, "{kind}: {found:?}");
            prop_assert!(found.alignment.iter().all(|t| t.is_finite()));
            let cells = cell_errors(&fitted, &truth, &found.alignment, &found.cells);
            prop_assert!(total_weight_error(&cells).is_finite());
            if let Some(pooled) = pooled(&cells) {
                prop_assert!(pooled.root.all.is_finite() && pooled.far.all >= pooled.root.all * (1.0 - 1e-12));
            }
            for atoms in cells.iter().filter_map(|c| c.atoms) {
                let moments = atoms.moments;
                let values = [moments.gate, moments.intercept, moments.slope, moments.mixed, moments.pmf];
                prop_assert!(values.iter().all(|v| v.is_finite()) && atoms.root.all.is_finite());
            }
        }
        let d = truth.shape().dim;
        let law = CovariateLaw::Grid { lower: vec![-1.0; d], upper: vec![1.0; d], points: vec![5; d] };
        let evaluation = Evaluation::new(&Truth { measure: truth, gate_map: GateMap::Identity, law });
        let distances = evaluation.distances(&fitted);
        for v in [distances.hellinger, distances.total_variation] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&v), "{distances:?}");
        }
        prop_assert!(distances.kl.is_finite() && distances.kl >= 0.0, "{distances:?}");
    }
}
