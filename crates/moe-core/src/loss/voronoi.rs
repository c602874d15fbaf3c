//! The Voronoi cells of the true atoms as a function of the translation t, and the loss given both.

use super::Loss;
use super::weights::{Weights, first_equal};
use crate::measure::{Atom, MixingMeasure};
use crate::numeric::{dot, power};

/// Rounding noise of a level, in units of the summed sizes of its products.
const NOISE: f64 = 8.0 * f64::EPSILON;

/// Fitted and true atoms, prepared for many evaluations of cells and losses.
///
/// Fitted atom i is nearer to true atom j than to l exactly when n_jl · t < c_ijl, with the normal
/// n_jl = β*_l − β*_j and the level c_ijl = −½ (p_l − p_j) · (2x_i − p_j − p_l), where x_i and p_j are
/// the joint vectors (β₁, a, b). Both are antisymmetric in (j, l), and t enters linearly.
pub(super) struct Voronoi {
    pub(super) dim: usize,
    pub(super) fitted: usize,
    pub(super) truth: usize,
    /// Power of cells with more than one atom.
    pub(super) exponent: u32,
    pub(super) weights: Weights,
    /// β*_j − β_i: the translation that puts fitted atom i onto true atom j; k × k* × d.
    shifts: Vec<f64>,
    /// Σ_l (|Δa_l| + ‖Δb_l‖) with first powers, and with the power `exponent`; k × k*.
    expert_terms: [Vec<f64>; 2],
    /// n_jl; k* × k* × d.
    normals: Vec<f64>,
    /// c_ijl and its rounding noise; k × k* × k*.
    levels: Vec<(f64, f64)>,
    /// For each fitted atom the first one with equal parameters.
    twins: Vec<usize>,
    /// For each true atom the first one with equal parameters; only first ones have cells.
    true_twins: Vec<usize>,
}

impl Voronoi {
    /// Prepares a loss.
    pub(super) fn new(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure) -> Self {
        let (shape, classes, dim) = (fitted.shape(), truth.shape().classes, truth.shape().dim);
        assert!(
            shape.classes == classes && shape.dim == dim,
            "a loss needs measures with the same classes and covariates"
        );
        let (xs, ps) = (fitted.atoms(), truth.atoms());
        let exponent = kind.exponent();
        let mut shifts = Vec::with_capacity(xs.len() * ps.len() * dim);
        let mut expert_terms = [Vec::new(), Vec::new()];
        for x in xs {
            for p in ps {
                shifts.extend(p.gate_slope.iter().zip(&x.gate_slope).map(|(p, x)| p - x));
                expert_terms[0].push(expert_term(x, p, 1));
                expert_terms[1].push(expert_term(x, p, exponent));
            }
        }
        let mut normals = Vec::with_capacity(ps.len() * ps.len() * dim);
        for p in ps {
            for q in ps {
                normals.extend(q.gate_slope.iter().zip(&p.gate_slope).map(|(q, p)| q - p));
            }
        }
        let levels = xs
            .iter()
            .flat_map(|x| ps.iter().flat_map(move |p| ps.iter().map(move |q| level(x, p, q))))
            .collect();
        Self {
            dim,
            fitted: xs.len(),
            truth: ps.len(),
            exponent,
            weights: Weights::new(fitted, truth),
            shifts,
            expert_terms,
            normals,
            levels,
            twins: first_equal(fitted),
            true_twins: first_equal(truth),
        }
    }

    /// The translation that puts fitted atom i onto true atom j.
    pub(super) fn shift(&self, i: usize, j: usize) -> &[f64] {
        let at = (i * self.truth + j) * self.dim;
        &self.shifts[at..at + self.dim]
    }

    /// The normal n_jl of the border between true atoms j and l.
    pub(super) fn normal(&self, j: usize, l: usize) -> &[f64] {
        let at = (j * self.truth + l) * self.dim;
        &self.normals[at..at + self.dim]
    }

    /// The level c_ijl and its rounding noise.
    pub(super) fn level(&self, i: usize, j: usize, l: usize) -> (f64, f64) {
        self.levels[(i * self.truth + j) * self.truth + l]
    }

    /// The expert part of the bracket of atom i in cell j, with powers `p` (1 or the exponent).
    pub(super) fn expert_term(&self, i: usize, j: usize, p: u32) -> f64 {
        self.expert_terms[usize::from(p != 1)][i * self.truth + j]
    }

    /// The cells at translation `t`; of equally near true atoms the first.
    pub(super) fn nearest(&self, t: &[f64], cells: &mut [usize]) {
        for (i, cell) in cells.iter_mut().enumerate() {
            *cell = 0;
            for l in 1..self.truth {
                if dot(self.normal(*cell, l), t) > self.level(i, *cell, l).0 {
                    *cell = l;
                }
            }
        }
    }

    /// Whether atom i in cell j and atom h in cell l can hold together on an open set of translations
    /// (or, where t does not matter, at all).
    pub(super) fn compatible(&self, i: usize, j: usize, h: usize, l: usize) -> bool {
        if j == l {
            return true;
        }
        if self.twins[i] == self.twins[h] {
            return false;
        }
        // n_jl · t < c_ijl and −n_jl · t < c_hlj: a slab, empty unless the levels leave room.
        let ((upper, noise), (lower, other)) = (self.level(i, j, l), self.level(h, l, j));
        self.parallel(j, l) || upper + lower > noise + other
    }

    /// Whether atom i can be in cell j at all: false when a true atom with the same gate slope is
    /// nearer whatever the translation, and when true atom j is a copy of an earlier one.
    pub(super) fn admissible(&self, i: usize, j: usize) -> bool {
        let nearer_everywhere = |l: usize| {
            let (level, noise) = self.level(i, j, l);
            self.parallel(j, l) && level < -noise
        };
        self.true_twins[j] == j && !(0..self.truth).any(nearer_everywhere)
    }

    fn parallel(&self, j: usize, l: usize) -> bool {
        self.normal(j, l).iter().all(|n| *n == 0.0)
    }

    /// The power of each true atom's cell, written into `powers` (length k*).
    pub(super) fn powers(&self, cells: &[usize], powers: &mut [u32]) {
        powers.fill(0);
        for j in cells {
            powers[*j] += 1;
        }
        for p in powers.iter_mut() {
            *p = if *p > 1 { self.exponent } else { 1 };
        }
    }

    /// The part of the loss that does not depend on the translation: experts and weights of cells.
    pub(super) fn constant(&self, cells: &[usize], powers: &[u32]) -> f64 {
        let mut total = 0.0;
        for (i, j) in cells.iter().enumerate() {
            total += weighted(self.weights.fitted[i], self.expert_term(i, *j, powers[*j]));
        }
        for (j, truth) in self.weights.truth.iter().enumerate() {
            let of_cell = cells.iter().zip(&self.weights.fitted).filter(|(c, _)| **c == j);
            total += (of_cell.map(|(_, w)| w).sum::<f64>() - truth).abs();
        }
        total
    }

    /// The loss at a translation with given cells, in relative weights.
    pub(super) fn value(&self, t: &[f64], cells: &[usize]) -> f64 {
        let mut powers = vec![0; self.truth];
        self.powers(cells, &mut powers);
        let mut total = self.constant(cells, &powers);
        for (i, j) in cells.iter().enumerate() {
            let distance = distance(self.shift(i, *j), t);
            total += weighted(self.weights.fitted[i], power_of(distance, powers[*j]));
        }
        total
    }
}

/// A weight times a term; a weight that underflows to 0 contributes nothing, whatever the term.
fn weighted(weight: f64, term: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * term }
}

/// `x` to a whole power, without the detour for the common ones.
pub(super) fn power_of(x: f64, p: u32) -> f64 {
    match p {
        1 => x,
        2 => x * x,
        _ => power(x, p),
    }
}

/// Euclidean distance.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |s, (x, y)| (x - y).mul_add(x - y, s)).sqrt()
}

fn expert_term(x: &Atom, p: &Atom, exponent: u32) -> f64 {
    let intercepts = x.intercepts.iter().zip(&p.intercepts).map(|(x, p)| (x - p).abs());
    let slopes = (0..x.intercepts.len()).map(|c| distance(x.class_slope(c), p.class_slope(c)));
    intercepts.chain(slopes).map(|v| power_of(v, exponent)).sum()
}

fn level(x: &Atom, p: &Atom, q: &Atom) -> (f64, f64) {
    let parts = [
        (&x.gate_slope, &p.gate_slope, &q.gate_slope),
        (&x.intercepts, &p.intercepts, &q.intercepts),
        (&x.slopes, &p.slopes, &q.slopes),
    ];
    let (mut sum, mut size) = (0.0, 0.0);
    for (x, p, q) in parts {
        for ((x, p), q) in x.iter().zip(p).zip(q) {
            let (along, from) = (q - p, (x - p) + (x - q));
            sum = f64::mul_add(along, from, sum);
            size += along.abs() * (x.abs() + p.abs() + q.abs());
        }
    }
    (-0.5 * sum, NOISE * size)
}
