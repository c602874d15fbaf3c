//! A draft of many rows: a lattice of covariate vectors with weights, on which sums over the rows are nearly the same.
//!
//! A sum Σ_i h(x_i, y_i) of a smooth h is replaced by Σ_g Σ_y w_gy h(x_g, y): h is interpolated between the nodes x_g
//! by cubics along each axis, and the weights gather what each row gives to its 4^d neighbours. They may be negative.
//! What a pass costs then no longer depends on n, so a search can look at leisure; where it ends, it takes but a few
//! passes over the rows themselves to the maximum of their own likelihood, which alone is what a fit reports.
//!
//! Coarser still is a sketch, which is right about one fit only (`sketch.rs`).

mod gather;
mod lattice;
mod sketch;
mod strips;
#[cfg(test)]
mod tests;

use crate::estimator::Problem;
use crate::rows::PackedRows;
use crate::workers::Workers;
use gather::gather;
use lattice::Lattice;
pub(crate) use sketch::around;
pub use sketch::expected_sketch;

/// Fewer rows are not drafted; as many or more are sketched only if they were.
pub const FEWEST_ROWS: usize = 1600;

/// Rows for each node, at least.
const ROWS_PER_NODE: usize = 4;

/// Fewest and most nodes along an axis. With fewer, steep gates would fall between them; more found no more maxima.
const NODES: (usize, usize) = (20, 36);

/// Share of the rows between two neighbouring nodes of an axis, at most: with more, as where a few far covariates
/// stretch the axis, most of the data would be seen by a single cubic.
const FULLEST_GAP: f64 = 0.25;

/// What a logit of the box may change by between two neighbouring nodes, along all axes together. Steeper softmaxes are no
/// cubics between nodes: with more, maxima were found that only the draft has, and others were missed.
const STEEPEST: f64 = 3.0;

/// The draft of rows; none where it would save little or be rough.
pub(crate) fn of(
    rows: &PackedRows,
    problem: &Problem,
    arch: pulp::Arch,
    workers: Workers,
) -> Option<PackedRows> {
    if rows.are_points() {
        return None;
    }
    let lattice = Lattice::new(rows, nodes(rows.vectors(), rows.dim)?)?;
    if lattice.steepest(problem.box_bound) > STEEPEST {
        return None;
    }
    let strips = gather(rows, &lattice, problem.shape.classes, arch, workers);
    if strips.fullest_gap(&lattice) as f64 > FULLEST_GAP * rows.vectors() as f64 {
        return None;
    }
    let weights = strips.weights(&lattice);
    let seen = lattice.seen(&weights);
    (!seen.is_empty()).then(|| lattice.packed(&seen, &weights, rows.size, problem.gate_map))
}

/// Nodes along each axis: as many as the rows pay for; none where there are too few.
fn nodes(rows: usize, dim: usize) -> Option<usize> {
    if rows < FEWEST_ROWS {
        return None;
    }
    let (affordable, dim) = (rows / ROWS_PER_NODE, u32::try_from(dim).ok()?);
    (NODES.0..=NODES.1).rev().find(|m| m.checked_pow(dim).is_some_and(|all| all <= affordable))
}

/// Points of the draft on which a search looks at `rows` rows of `dim` continuous covariates; none where it looks at the
/// rows themselves. Softmaxes that are too steep for a draft, and rows that crowd, are not foreseen.
pub fn expected_points(rows: usize, dim: usize) -> Option<usize> {
    nodes(rows, dim).map(|nodes| nodes.pow(dim as u32))
}
