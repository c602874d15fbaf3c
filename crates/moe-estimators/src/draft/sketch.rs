//! A sketch: a draft so coarse that it is right about one fit only, and about what is nearly as likely as that fit.
//!
//! A draft must reproduce log-likelihoods of millions of nats, of which maxima differ by a few, and so needs many nodes. A
//! sketch need only reproduce how much likelier other models are than one fit g_0. With n_x = Σ_y n_xy,
//!
//! ℓ(g) − ℓ(g_0) = Σ_x n_x Σ_y g_0(y|x) ln (g/g_0)(y|x) + Σ_x Σ_y (n_xy − n_x g_0(y|x)) ln (g/g_0)(y|x).
//!
//! For models about as good as g_0 the logarithms are small, and what cubics between few nodes leave over is a share of
//! them. So the nodes get what residuals n_xy − n_x g_0(y|x) give to them, and the counts that the fit expects at the nodes
//! themselves. Models that differ much from the fit are drafted as roughly as so few nodes draft.

mod nodes;

use moe_core::numeric::{Lanes, exp_lanes};

use super::{FEWEST_ROWS, Lattice, gather};
use crate::estimator::Problem;
use crate::instructions;
use crate::kernel::{ZERO, zip};
use crate::likelihood::Likelihood;
use crate::rows::PackedRows;
use crate::workers::Workers;

/// The data of a likelihood, sketched around a fit of its shape (pinned parameters); none where little would be saved.
pub(crate) fn around(likelihood: &Likelihood, fit: &[f64], problem: &Problem) -> Option<PackedRows> {
    let rows = likelihood.rows();
    // So many rows were drafted, or cubics do not hold them.
    if !rows.are_points() && rows.vectors() >= FEWEST_ROWS {
        return None;
    }
    let lattice = lattice(rows, problem)?;
    let (shape, gate_map, size) = (likelihood.shape(), problem.gate_map, likelihood.size());
    let mut data = Likelihood::of_rows(rows.as_points(shape.classes, gate_map), shape);
    let observed = gathered(data.rows(), &lattice);
    let fitted = gathered(&expected(&mut data, fit), &lattice);
    let nodes = lattice.seen(&observed);
    if nodes.is_empty() {
        return None;
    }
    let [observed, fitted] = [observed, fitted].map(|got| lattice.packed(&nodes, &got, size, gate_map));
    let expected = expected(&mut Likelihood::of_rows(observed.clone(), shape), fit);
    Some(observed.less(&fitted).plus(&expected))
}

/// The lattice of a sketch; none where a covariate is constant, either.
fn lattice(rows: &PackedRows, problem: &Problem) -> Option<Lattice> {
    Lattice::new(rows, nodes::along_each_axis(&rows.x_range, problem, rows.vectors(), rows.size)?)
}

/// Points of the sketch on which a search looks at `vectors` covariate vectors of `size` observations, which fill a box with
/// these corners; none where it does not sketch them.
pub fn expected_sketch(
    (lower, upper): (&[f64], &[f64]),
    problem: &Problem,
    vectors: usize,
    size: f64,
) -> Option<usize> {
    let ranges: Vec<(f64, f64)> = lower.iter().copied().zip(upper.iter().copied()).collect();
    let nodes = nodes::along_each_axis(&ranges, problem, vectors, size)?;
    Some(nodes.pow(lower.len() as u32))
}

/// What the nodes get, class by class.
fn gathered(rows: &PackedRows, lattice: &Lattice) -> Vec<f64> {
    let classes = rows.runs.iter().map(|run| run.labels.end).max().unwrap_or(0);
    gather(rows, lattice, classes, instructions::arch(), Workers::ALONE).weights(lattice)
}

/// The points of a likelihood with the counts that a fit expects of those observed there.
fn expected(likelihood: &mut Likelihood, fit: &[f64]) -> PackedRows {
    let log_density = likelihood.pointwise(fit).log_density;
    let classes = likelihood.shape().classes;
    likelihood.arch().dispatch(Expected { rows: likelihood.rows(), log_density, classes })
}

/// n_x g(y|x) for every class of every point.
struct Expected<'a> {
    rows: &'a PackedRows,
    log_density: Vec<Lanes>,
    classes: usize,
}

impl pulp::WithSimd for Expected<'_> {
    type Output = PackedRows;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> PackedRows {
        let Self { rows, log_density, classes } = self;
        let mut expected = rows.clone();
        let densities = log_density.chunks_exact(classes);
        for (counts, log_density) in expected.counts_mut().chunks_exact_mut(classes).zip(densities) {
            let mut all = ZERO;
            for count in &*counts {
                all = zip(all, *count, |a, b| a + b);
            }
            for (count, log_density) in counts.iter_mut().zip(log_density) {
                *count = zip(all, exp_lanes(*log_density), |n, g| n * g);
            }
        }
        expected
    }
}

#[cfg(test)]
mod tests;
