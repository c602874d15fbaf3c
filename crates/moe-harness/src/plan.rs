//! The plan: every (cell, arm, size, replication) that an experiment asks for, as data, costliest first.

use std::collections::BTreeSet;

use moe_core::shape::Shape;
use moe_estimators::search::Effort;

use crate::experiment::{Arm, Cell, Experiment, Method, Starts};
use crate::record::RowKey;

/// Replications of one (cell, arm, size) that are written together as one part.
pub const BLOCK: u64 = 50;

/// One replication to be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Index of the cell in the experiment.
    pub cell: usize,
    /// Index of the arm in the experiment.
    pub arm: usize,
    /// Sample size n.
    pub size: u64,
    /// Replication, 0-based.
    pub replication: u64,
    /// Predicted seconds on one core: it orders the work and feeds the time of arrival, nothing else.
    pub seconds: f64,
}

/// Everything an experiment asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The replications, costliest first; blocks stay together.
    pub items: Vec<Item>,
}

impl Plan {
    /// The plan of an experiment.
    pub fn new(experiment: &Experiment) -> Self {
        let mut items = Vec::new();
        for (cell_index, cell) in experiment.cells.iter().enumerate() {
            for (arm_index, arm) in experiment.arms.iter().enumerate().filter(|(_, a)| runs_in(a, cell)) {
                for &size in &experiment.sizes {
                    let seconds = predicted_seconds(cell, arm, size);
                    let replications = 0..replications(experiment, arm);
                    items.extend(replications.map(|replication| Item {
                        cell: cell_index,
                        arm: arm_index,
                        size,
                        replication,
                        seconds,
                    }));
                }
            }
        }
        items.sort_by(|a, b| {
            let key = |i: &Item| (i.cell, i.arm, i.size, i.replication);
            b.seconds.total_cmp(&a.seconds).then(key(a).cmp(&key(b)))
        });
        Self { items }
    }

    /// What is left to do.
    pub fn without(mut self, experiment: &Experiment, present: &BTreeSet<RowKey>) -> Self {
        self.items.retain(|item| !present.contains(&item.key(experiment)));
        self
    }

    /// Predicted seconds on one core.
    pub fn seconds(&self) -> f64 {
        self.items.iter().fold(0.0, |sum, item| sum + item.seconds)
    }
}

impl Item {
    /// Identity of the row that the item will become.
    pub fn key(&self, experiment: &Experiment) -> RowKey {
        RowKey {
            cell: experiment.cells[self.cell].hash,
            arm: experiment.arms[self.arm].hash,
            size: self.size,
            replication: self.replication,
        }
    }

    /// The block that the item is written with.
    pub fn block(&self) -> (usize, usize, u64, u64) {
        (self.cell, self.arm, self.size, self.replication / BLOCK)
    }
}

/// Whether an arm runs in a cell.
pub fn runs_in(arm: &Arm, cell: &Cell) -> bool {
    arm.cells.as_ref().is_none_or(|cells| cells.contains(&cell.name))
}

/// Replications of an arm.
pub fn replications(experiment: &Experiment, arm: &Arm) -> u64 {
    arm.replications.map_or(experiment.replications, |r| r.min(experiment.replications))
}

/// Rows that a data set of a cell has at a size, at most.
pub fn data_rows(cell: &Cell, size: u64) -> u64 {
    let classes = cell.scenario.truth.measure.shape().classes as u64;
    let support = cell.scenario.truth.law.support_size().map(|m| (m as u64).saturating_mul(classes));
    support.map_or(size, |rows| rows.min(size))
}

/// Bytes that one replication needs while it is fitted: the data set and its packed copies.
pub fn memory(cell: &Cell, size: u64) -> u64 {
    let dim = cell.scenario.truth.measure.shape().dim as u64;
    data_rows(cell, size).saturating_mul(8 * (4 * dim + 6))
}

/// Bytes of memory that are free on this machine, where it tells.
pub fn available_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// A rough count of the arithmetic of one pass with Hessian over one row, in nanoseconds of one core.
fn pass_nanoseconds(shape: Shape) -> f64 {
    let logits = shape.logits() as f64;
    let row = shape.row() as f64;
    5.0 + 3.0 * logits + 0.12 * (0.5 * logits * (logits + 1.0)) * (0.5 * row * (row + 1.0))
}

fn predicted_seconds(cell: &Cell, arm: &Arm, size: u64) -> f64 {
    let shape = cell.scenario.fitted_shape();
    let over = cell.scenario.fitted > cell.scenario.true_experts();
    let ascent = if over { 25.0 } else { 15.0 };
    let passes = match &arm.method {
        Method::KnownRate { .. } => 1.0,
        Method::Newton { starts: Starts::Search(search), .. } => search_passes(&search.effort, shape, ascent),
        Method::Newton {
            starts: Starts::NearTruth { count, .. } | Starts::TruthSplits { count, .. },
            ..
        } => f64::from(*count) * ascent,
    };
    let levels = if over { 1.4 } else { 1.1 };
    1e-4 + passes * levels * pass_seconds(shape, data_rows(cell, size))
}

/// Predicted passes over the data of a search whose ascents take `ascent` each.
fn search_passes(effort: &Effort, shape: Shape, ascent: f64) -> f64 {
    // One more turn for the smaller model, whose random starts are a quarter and whose ascents are short.
    let turns =
        f64::from(effort.bases) + 1.5 * f64::from(u32::from(effort.exchanges > 0)) * shape.experts as f64;
    let starts = 1.25 * f64::from(effort.random) + turns * f64::from(effort.insertions);
    starts * ascent + 0.15 * turns * f64::from(effort.candidates)
}

/// Predicted seconds of one pass on one core; beyond the rows, every iteration solves a small dense problem.
fn pass_seconds(shape: Shape, rows: u64) -> f64 {
    let p = shape.parameters() as f64;
    1e-9 * pass_nanoseconds(shape) * rows as f64 + 2e-9 * p * p * p
}

/// Predicted seconds of one core for a search over a data set of which nothing is known but its size.
pub fn search_seconds(effort: &Effort, shape: Shape, rows: u64) -> f64 {
    1.4 * search_passes(effort, shape, 25.0) * pass_seconds(shape, rows)
}
