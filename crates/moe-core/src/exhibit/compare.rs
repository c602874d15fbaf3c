//! The numbers of a pair under one gate map: how equal the densities are, how far apart the measures.

use super::{Pair, separation};
use crate::covariate::CovariateLaw;
use crate::gate::GateMap;
use crate::loss::{Loss, loss};
use crate::model::class_probabilities;

/// Points along each axis of the grid over \[−1, 1\]^d at which densities are compared.
const POINTS: usize = 201;

/// What is found about a pair under a gate map.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The gate map.
    pub map: GateMap,
    /// Points at which the densities were compared: a regular grid over \[−1, 1\]^d, corners included.
    pub points: usize,
    /// max over points and classes of |g_G(s|x) − g_G′(s|x)|.
    pub difference: f64,
    /// Hellinger distance h of the laws of one observation (X, Y), X uniform on the points:
    /// h² = E_X ½ Σ_s (√g_G − √g_G′)².
    pub hellinger: f64,
    /// D_1 and D_2 of G′ against G, infimum over translations taken.
    pub losses: [f64; 2],
    /// What bounds the total variation between the laws of all data: 0 where densities are equal, otherwise of
    /// n observations, n the size of the pair.
    pub total_variation: f64,
    /// Le Cam's lower bounds on max(E_G D, E_G′ D) over every estimator, for D_1 and D_2.
    pub bounds: [f64; 2],
}

/// Compares the two measures of a pair under a gate map.
pub fn compare(pair: &Pair, map: GateMap) -> Comparison {
    let shape = pair.truth.shape();
    let law = CovariateLaw::Grid {
        lower: vec![-1.0; shape.dim],
        upper: vec![1.0; shape.dim],
        points: vec![POINTS; shape.dim],
    };
    let grid = law.finite().expect("a grid is finite").points;
    let (mut p, mut q) = (vec![0.0; shape.classes], vec![0.0; shape.classes]);
    let (mut difference, mut squares) = (0.0f64, 0.0f64);
    for x in grid.rows() {
        let x = x.to_vec();
        let m = map.apply_all(&x);
        class_probabilities(&pair.truth, &x, &m, &mut p);
        class_probabilities(&pair.rival, &x, &m, &mut q);
        for (p, q) in p.iter().zip(&q) {
            difference = difference.max((p - q).abs());
            let root = p.sqrt() - q.sqrt();
            squares = root.mul_add(root, squares);
        }
    }
    let squared = 0.5 * squares / grid.nrows() as f64;
    let total_variation = pair.size.map_or(0.0, |n| separation::total_variation(squared, n));
    let weight = separation::total(&pair.truth);
    let kinds = [Loss::D1, Loss::D2];
    Comparison {
        map,
        points: grid.nrows(),
        difference,
        hellinger: squared.sqrt(),
        losses: kinds.map(|kind| loss(kind, &pair.rival, &pair.truth).value),
        total_variation,
        bounds: kinds.map(|kind| {
            let apart = separation::of_loss(kind, pair.separation, weight, shape.classes);
            separation::le_cam(apart, total_variation)
        }),
    }
}
