//! The definition of the losses, written down plainly and without the program's own code.

use moe_core::measure::{Atom, MixingMeasure};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// How fitted atoms that are equally near to several true atoms are treated.
#[derive(Clone, Copy)]
pub enum Ties {
    /// The first true atom.
    First,
    /// The last true atom.
    Last,
    /// Every combination; atoms with equal parameters stay together.
    All,
}

/// So many cases, the same in every run; the variable MOE_TEST_SEED chooses others.
pub fn fixed(cases: u32) -> ProptestConfig {
    let seed = std::env::var("MOE_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20231014);
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn joint(atom: &Atom, t: &[f64]) -> Vec<f64> {
    let gate = atom.gate_slope.iter().zip(t).map(|(b, t)| b + t);
    gate.chain(atom.intercepts.iter().copied()).chain(atom.slopes.iter().copied()).collect()
}

fn norm(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The values of the loss at translation `t`: one for each treatment of ties.
pub fn plain(power: i32, fitted: &MixingMeasure, truth: &MixingMeasure, t: &[f64], ties: Ties) -> Vec<f64> {
    let zero = vec![0.0; t.len()];
    let xs: Vec<Vec<f64>> = fitted.atoms().iter().map(|a| joint(a, t)).collect();
    let ps: Vec<Vec<f64>> = truth.atoms().iter().map(|a| joint(a, &zero)).collect();
    let choices: Vec<Vec<usize>> = xs
        .iter()
        .map(|x| {
            let distances: Vec<f64> = ps.iter().map(|p| norm(x, p)).collect();
            let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
            let slack = if matches!(ties, Ties::All) { 1e-12 * (1.0 + least) } else { 0.0 };
            let near: Vec<usize> = (0..ps.len()).filter(|j| distances[*j] <= least + slack).collect();
            match ties {
                Ties::First => vec![near[0]],
                Ties::Last => vec![near[near.len() - 1]],
                Ties::All => near,
            }
        })
        .collect();
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for (i, choice) in choices.iter().enumerate() {
        let twin =
            (0..i).find(|h| fitted.atoms()[*h].gate_slope == fitted.atoms()[i].gate_slope && xs[*h] == xs[i]);
        let extend = |cells: &Vec<usize>| -> Vec<Vec<usize>> {
            let allowed = choice.iter().filter(|j| twin.is_none_or(|h| cells[h] == **j));
            allowed.map(|j| cells.iter().copied().chain([*j]).collect()).collect()
        };
        all = all.iter().flat_map(extend).collect();
    }
    all.iter().map(|cells| with_cells(power, fitted, truth, t, cells)).collect()
}

/// The loss at translation `t` with given cells.
pub fn with_cells(
    power: i32,
    fitted: &MixingMeasure,
    truth: &MixingMeasure,
    t: &[f64],
    cells: &[usize],
) -> f64 {
    let true_weights: Vec<f64> = truth.atoms().iter().map(|a| a.log_weight.exp()).collect();
    let raw: Vec<f64> = fitted.atoms().iter().map(|a| a.log_weight.exp()).collect();
    let scale = true_weights.iter().sum::<f64>() / raw.iter().sum::<f64>();
    let mut total = 0.0;
    for (j, star) in truth.atoms().iter().enumerate() {
        let members: Vec<usize> = (0..raw.len()).filter(|i| cells[*i] == j).collect();
        let p = if members.len() > 1 { power } else { 1 };
        let mut mass = 0.0;
        for i in members {
            let atom = &fitted.atoms()[i];
            let shifted: Vec<f64> = atom.gate_slope.iter().zip(t).map(|(b, t)| b + t).collect();
            let mut bracket = norm(&shifted, &star.gate_slope).powi(p);
            for l in 0..atom.intercepts.len() {
                bracket += (atom.intercepts[l] - star.intercepts[l]).abs().powi(p);
                bracket += norm(atom.class_slope(l), star.class_slope(l)).powi(p);
            }
            mass += scale * raw[i];
            total += scale * raw[i] * bracket;
        }
        total += (mass - true_weights[j]).abs();
    }
    total
}

/// β₀, β₁, a and b of an atom.
pub type Parts<'a> = (f64, &'a [f64], &'a [f64], &'a [f64]);

/// A measure from the parts of its atoms.
pub fn measure(classes: usize, dim: usize, atoms: &[Parts<'_>]) -> MixingMeasure {
    let atom = |(log_weight, gate, a, b): &Parts<'_>| Atom {
        log_weight: *log_weight,
        gate_slope: gate.to_vec(),
        intercepts: a.to_vec(),
        slopes: b.to_vec(),
    };
    MixingMeasure::new(classes, dim, atoms.iter().map(atom).collect())
}

/// Atoms with coordinates up to 3 in size, on the half-integers in half of the cases (ties) and
/// anywhere otherwise.
pub fn atoms(count: usize, classes: usize, dim: usize) -> impl Strategy<Value = Vec<Atom>> {
    let coordinates = dim + (classes - 1) * (dim + 1);
    let raw = prop::collection::vec((-4.0..2.0f64, prop::collection::vec(-3.0..3.0f64, coordinates)), count);
    (raw, any::<bool>()).prop_map(move |(raw, lattice)| {
        let snap = |v: f64| if lattice { (2.0 * v).round() / 2.0 } else { v };
        raw.into_iter()
            .map(|(log_weight, values)| {
                let values: Vec<f64> = values.into_iter().map(snap).collect();
                Atom {
                    log_weight: snap(log_weight),
                    gate_slope: values[..dim].to_vec(),
                    intercepts: values[dim..dim + classes - 1].to_vec(),
                    slopes: values[dim + classes - 1..].to_vec(),
                }
            })
            .collect()
    })
}

/// Fitted and true measure of one shape: k up to `most`, k* up to 3, d up to `dims`, K up to 3.
pub fn pairs(most: usize, dims: usize) -> impl Strategy<Value = (MixingMeasure, MixingMeasure)> {
    (1..=most, 1..=3usize, 2..=3usize, 1..=dims).prop_flat_map(|(k, star, classes, dim)| {
        (atoms(k, classes, dim), atoms(star, classes, dim)).prop_map(move |(fitted, truth)| {
            (MixingMeasure::new(classes, dim, fitted), MixingMeasure::new(classes, dim, truth))
        })
    })
}
