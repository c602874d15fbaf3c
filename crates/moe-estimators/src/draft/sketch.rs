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

use moe_core::numeric::{Lanes, exp_lanes};

use super::{Gather, Lattice, Strips};
use crate::estimator::Problem;
use crate::instructions;
use crate::kernel::{ZERO, zip};
use crate::likelihood::Likelihood;
use crate::rows::PackedRows;

/// Fewest nodes along an axis.
const FEWEST_NODES: f64 = 8.0;

/// Covariate vectors for each node, at least: with fewer, little would be saved.
const VECTORS_PER_NODE: f64 = 2.0;

/// Observations for each node, at least: residuals of a few are no noise that cubics smooth, and steep experts that hold them
/// apart are maxima which a sketch of them has not.
const OBSERVATIONS_PER_NODE: f64 = 10.0;

/// What a logit of the box may change by between two neighbouring nodes, along all axes together. That is more than in a
/// draft, since only a share of small differences is lost.
const STEEPEST: f64 = 3.5;

/// The data of a likelihood, sketched around a fit of its shape (pinned parameters); none where little would be saved.
pub(crate) fn around(likelihood: &Likelihood, fit: &[f64], problem: &Problem) -> Option<PackedRows> {
    let lattice = lattice(likelihood.rows(), problem.box_bound)?;
    let (shape, gate_map, size) = (likelihood.shape(), problem.gate_map, likelihood.size());
    let mut data = Likelihood::of_rows(likelihood.rows().as_points(shape.classes, gate_map), shape);
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

fn lattice(rows: &PackedRows, bound: f64) -> Option<Lattice> {
    let ranges = rows.x_range.iter().map(|(lower, upper)| upper - lower);
    Lattice::new(rows, nodes(ranges, bound, rows.vectors(), rows.size)?)
}

/// Nodes along each axis, as few as the box allows; none where they would be too many.
fn nodes(ranges: impl Iterator<Item = f64> + Clone, bound: f64, vectors: usize, size: f64) -> Option<usize> {
    let change: f64 = ranges.clone().map(|range| bound * range).sum();
    let nodes = FEWEST_NODES.max(1.0 + (change / STEEPEST).ceil());
    let all: f64 = ranges.map(|_| nodes).product();
    let pays = all * VECTORS_PER_NODE <= vectors as f64 && all * OBSERVATIONS_PER_NODE <= size;
    pays.then_some(nodes as usize)
}

/// Points of the sketch on which a search looks at `vectors` covariate vectors of `size` observations, which fill a box with
/// these corners; none where it does not sketch them.
pub fn expected_sketch(
    (lower, upper): (&[f64], &[f64]),
    bound: f64,
    vectors: usize,
    size: f64,
) -> Option<usize> {
    let ranges = lower.iter().zip(upper).map(|(lower, upper)| upper - lower);
    nodes(ranges, bound, vectors, size).map(|nodes| nodes.pow(lower.len() as u32))
}

/// What the nodes get, class by class.
fn gathered(rows: &PackedRows, lattice: &Lattice) -> Vec<f64> {
    let classes = rows.runs.iter().map(|run| run.labels.end).max().unwrap_or(0);
    let mut strips = Strips::new(lattice, classes);
    instructions::arch().dispatch(Gather { rows, lattice, strips: &mut strips });
    strips.weights(lattice)
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
