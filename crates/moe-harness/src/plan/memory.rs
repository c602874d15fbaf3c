//! How much memory a replication needs while it is measured.

use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_estimators::likelihood::ROWS_OF_CHUNK;

use super::data_rows;
use crate::experiment::Cell;

/// Bytes that one replication needs while it is measured, at most.
///
/// Of a continuous covariate law: the rows and their packed copies, and the sums of chunks of rows, which are kept until a
/// pass ends where workers share it. Of a finite one: what belongs to each point of its support. The numbers of the
/// latter were chosen so as to cover measured peaks (10^6 points, d from 1 to 3, 2 to 5 classes).
pub fn memory(cell: &Cell, size: u64) -> u64 {
    let scenario = &cell.scenario;
    let Shape { classes, dim, .. } = scenario.truth.measure.shape();
    let (classes, dim) = (classes as u64, dim as u64);
    let mapped = u64::from(scenario.truth.gate_map != GateMap::Identity);
    match scenario.truth.law.support_size() {
        Some(points) => (points as u64).saturating_mul(8 * (23 * classes + (10 + 6 * mapped) * dim + 24)),
        None => {
            let rows = data_rows(cell, size);
            let sums = rows.div_ceil(ROWS_OF_CHUNK as u64) * numbers_of_pass(scenario.fitted_shape());
            rows.saturating_mul(8 * (3 + 2 * mapped) * dim + 12).saturating_add(8 * sums)
        }
    }
}

/// Sums of a pass with the Hessian: the value, the score, and what each pair of logits gives to the Hessian.
fn numbers_of_pass(shape: Shape) -> u64 {
    let (logits, row) = (shape.logits() as u64, shape.row() as u64);
    1 + shape.parameters() as u64 + logits * (logits + 1) / 2 * (row * (row + 1) / 2)
}
