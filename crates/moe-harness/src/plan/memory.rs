//! How much memory a replication needs while it is measured.

use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_estimators::likelihood::ROWS_OF_CHUNK;

use crate::experiment::{Arm, Cell, Method};

/// Bytes that one replication needs while it is measured, at most.
///
/// Of a continuous covariate law: the rows and their packed copies, the sums of chunks of rows, which are kept until a pass
/// ends where workers share it, and what a fixed-point iteration keeps of every row. Of a finite one: what belongs to each
/// point of its support. The numbers are fitted to peaks that were measured (continuous: d from 1 to 8; grids of 10^6 points,
/// d from 1 to 3, 2 to 5 classes), and a tenth is added.
pub fn memory(cell: &Cell, arm: &Arm, size: u64) -> u64 {
    let scenario = &cell.scenario;
    let Shape { classes, dim, .. } = scenario.truth.measure.shape();
    let (classes, dim) = (classes as u64, dim as u64);
    let mapped = u64::from(scenario.truth.gate_map != GateMap::Identity);
    let points = scenario.truth.law.support_size().map(|points| points as u64);
    let exact = match points {
        Some(points) => points.saturating_mul(8 * (23 * classes + (10 + 6 * mapped) * dim + 24)),
        None => {
            let chunks = size.div_ceil(ROWS_OF_CHUNK as u64);
            let sums = chunks.saturating_mul(8 * numbers_of_pass(scenario.fitted_shape()));
            let kept = match arm.method {
                Method::FixedPoint { .. } => 8 * (scenario.fitted as u64 + 1),
                _ => 0,
            };
            size.saturating_mul(8 * (3 + 2 * mapped) * dim + 12 + kept).saturating_add(sums)
        }
    };
    exact.saturating_add(exact / 10)
}

/// Sums of a pass with the Hessian: the value, the score, and what each pair of logits gives to the Hessian.
fn numbers_of_pass(shape: Shape) -> u64 {
    let (logits, row) = (shape.logits() as u64, shape.row() as u64);
    1 + shape.parameters() as u64 + logits * (logits + 1) / 2 * (row * (row + 1) / 2)
}
