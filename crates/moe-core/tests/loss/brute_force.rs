//! The infimum over translations against an independent grid, on small cases.

use moe_core::loss::{Loss, LossValue, loss};
use moe_core::measure::MixingMeasure;
use proptest::prelude::*;

use crate::definition::{Ties, fixed, pairs, plain, with_cells};

const KINDS: [Loss; 4] = [Loss::D1, Loss::D2, Loss::D3(3), Loss::D3(4)];

fn power(kind: Loss) -> i32 {
    match kind {
        Loss::D1 => 1,
        Loss::D2 => 2,
        Loss::D3(r) => r as i32,
    }
}

/// The least value of the definition at a translation over two rules for ties.
fn at(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure, t: &[f64]) -> f64 {
    let value = |ties| plain(power(kind), fitted, truth, t, ties)[0];
    value(Ties::First).min(value(Ties::Last))
}

/// Corners of the box that holds every translation of a fitted onto a true atom.
fn range(fitted: &MixingMeasure, truth: &MixingMeasure, axis: usize) -> (f64, f64) {
    let shifts = fitted
        .atoms()
        .iter()
        .flat_map(|x| truth.atoms().iter().map(move |p| p.gate_slope[axis] - x.gate_slope[axis]));
    shifts.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, u), s| (l.min(s), u.max(s)))
}

/// The least value over a grid of `points` per axis, and over finer grids around its best places.
fn grid_minimum(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure, points: usize) -> f64 {
    let d = fitted.shape().dim;
    let ranges: Vec<(f64, f64)> = (0..d).map(|axis| range(fitted, truth, axis)).collect();
    let scan = |ranges: &[(f64, f64)], points: usize| -> Vec<(f64, Vec<f64>)> {
        let mut found: Vec<(f64, Vec<f64>)> = (0..points.pow(d as u32))
            .map(|index| {
                let mut rest = index;
                let mut t = Vec::new();
                for (lower, upper) in ranges {
                    let u = (rest % points) as f64 / (points - 1) as f64;
                    rest /= points;
                    t.push(lower * (1.0 - u) + upper * u);
                }
                (at(kind, fitted, truth, &t), t)
            })
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.truncate(5);
        found
    };
    let mut best = f64::INFINITY;
    for (value, start) in scan(&ranges, points) {
        best = best.min(value);
        let (mut centre, mut width) =
            (start, ranges.iter().map(|(l, u)| (u - l) / points as f64).fold(0.0, f64::max));
        for _ in 0..12 {
            let around: Vec<(f64, f64)> = centre.iter().map(|c| (c - width, c + width)).collect();
            let (value, next) = scan(&around, 9).swap_remove(0);
            best = best.min(value);
            (centre, width) = (next, width * 0.3);
        }
    }
    best
}

/// Whether the value is what the definition gives at the translation found, or in the limit of
/// translations near it (where the infimum lies on a border).
fn attained(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure, found: &LossValue) -> bool {
    let here = with_cells(power(kind), fitted, truth, &found.alignment, &found.cells);
    if (here - found.value).abs() > 1e-10 * (1e-3 + found.value) {
        return false;
    }
    let d = found.alignment.len();
    let close = |value: &f64| (value - found.value).abs() <= 1e-5 * (1e-3 + found.value);
    (0..400).any(|n| {
        let reach = if n == 0 { 0.0 } else { 10f64.powi(-7 - n % 4) };
        let moved = |(r, t): (usize, &f64)| {
            let along = (n as f64 + 1.0) * 0.618_033_988_749_895_f64.powi(r as i32 + 1);
            t + reach * (2.0 * (along - along.floor()) - 1.0)
        };
        let t: Vec<f64> = found.alignment.iter().enumerate().map(moved).collect();
        assert_eq!(t.len(), d);
        plain(power(kind), fitted, truth, &t, Ties::All).iter().any(close)
    })
}

fn compare(fitted: &MixingMeasure, truth: &MixingMeasure, points: usize) {
    for kind in KINDS {
        let found = loss(kind, fitted, truth);
        let grid = grid_minimum(kind, fitted, truth, points);
        assert!(found.exact);
        assert!(found.value <= grid + 1e-10 * (1.0 + grid), "{kind}: {found:?} above {grid}");
        assert!(attained(kind, fitted, truth, &found), "{kind}: {found:?} is not attained, grid {grid}");
    }
}

proptest! {
    #![proptest_config(fixed(32))]

    #[test]
    fn on_the_line((fitted, truth) in pairs(4, 1)) {
        compare(&fitted, &truth, 1501);
    }

    #[test]
    fn in_the_plane((fitted, truth) in pairs(4, 2).prop_filter("d = 2", |p| p.0.shape().dim == 2)) {
        compare(&fitted, &truth, 61);
    }

    /// The regime of the experiments: a fit near the truth, with one atom too many.
    #[test]
    fn near_the_truth(
        (noise, truth) in pairs(4, 2).prop_filter("over-specified", |(f, t)| f.shape().experts > t.shape().experts),
        size in -4.0..0.0f64,
    ) {
        let size = 10f64.powf(size);
        let star = truth.atoms();
        let atoms = noise.atoms().iter().enumerate().map(|(i, e)| {
            let mut atom = star[i % star.len()].clone();
            atom.log_weight += size * e.log_weight;
            let pairs = atom.gate_slope.iter_mut().chain(&mut atom.intercepts).chain(&mut atom.slopes);
            for (v, e) in pairs.zip(e.gate_slope.iter().chain(&e.intercepts).chain(&e.slopes)) {
                *v += size * e;
            }
            atom
        });
        let fitted = MixingMeasure::new(truth.shape().classes, truth.shape().dim, atoms.collect());
        compare(&fitted, &truth, 41);
    }
}
