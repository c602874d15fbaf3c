//! A data set packed for the likelihood kernel: structure of arrays, equal covariates together.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};
use ndarray::ArrayView2;

/// Covariate vectors in blocks of [`LANES`], in one of two layouts. *Points*: successive rows with the same
/// covariates are one entry with a count for every class, as a finite covariate law gives them. *Rows*:
/// entries of one label together, a count each, as continuous covariates give them. The order is otherwise
/// that of the data set; the last block of a run is padded with entries of count zero.
#[derive(Clone, Debug)]
pub(crate) struct PackedRows {
    /// Covariates, block-major: `x[block * d + j]`.
    pub(crate) x: Vec<Lanes>,
    /// Gate features M(x), like `x`; empty under the identity, where they are `x`.
    pub(crate) m: Vec<Lanes>,
    /// Counts, by run, block of the run, and label of the run: see [`Run::cell`].
    pub(crate) count: Vec<Lanes>,
    /// Runs of blocks with the same possible labels.
    pub(crate) runs: Vec<Run>,
    /// Largest |x_j|, length d.
    pub(crate) x_bound: Vec<f64>,
    /// Largest |M(x_j)|, length d.
    pub(crate) m_bound: Vec<f64>,
    /// Sample size n.
    pub(crate) size: f64,
    /// Number of covariates d.
    pub(crate) dim: usize,
}

/// Consecutive labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) first: usize,
    /// One past the last label.
    pub(crate) end: usize,
}

impl Labels {
    /// How many; at least one.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.end - self.first
    }
}

/// Consecutive blocks with the same possible labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The label of every row, or all labels.
    pub(crate) labels: Labels,
    /// Whether every count is 1, or 0 for padding.
    pub(crate) unit: bool,
    /// First block.
    pub(crate) first: usize,
    /// One past the last block.
    pub(crate) end: usize,
    /// Where the counts of the first block begin.
    cells: usize,
}

impl Run {
    /// Where the counts of a block of the run begin, one entry a label.
    #[inline(always)]
    pub(crate) fn cell(&self, block: usize) -> usize {
        self.cells + (block - self.first) * self.labels.len()
    }
}

/// Entries of a run before they are packed.
struct Entries {
    labels: Labels,
    /// A row of the table of covariates that the entry has.
    rows: Vec<usize>,
    /// Counts, entry by entry, label by label.
    counts: Vec<f64>,
}

impl PackedRows {
    /// Packs a data set for a gate map.
    pub(crate) fn new(data: &Dataset, gate_map: GateMap) -> Self {
        let runs = if points_pay(data) {
            vec![points(data)]
        } else {
            (0..data.classes).map(|label| rows_of(data, label)).collect()
        };
        Self::of_runs(data.x.view(), gate_map, data.size() as f64, &runs)
    }

    /// Packs a table of covariate vectors with a weight, which may be any number, for each class.
    /// Shapes: (m, d) and m · K, vector by vector; `size` is the sample size that they stand for.
    pub(crate) fn weighted(x: ArrayView2<'_, f64>, gate_map: GateMap, size: f64, weights: Vec<f64>) -> Self {
        let labels = Labels { first: 0, end: weights.len() / x.nrows() };
        Self::of_runs(
            x,
            gate_map,
            size,
            &[Entries { labels, rows: (0..x.nrows()).collect(), counts: weights }],
        )
    }

    fn of_runs(x: ArrayView2<'_, f64>, gate_map: GateMap, size: f64, runs: &[Entries]) -> Self {
        let d = x.ncols();
        let mut packed = Self {
            x: Vec::new(),
            m: Vec::new(),
            count: Vec::new(),
            runs: Vec::new(),
            x_bound: vec![0.0; d],
            m_bound: vec![0.0; d],
            size,
            dim: d,
        };
        let table = x.as_standard_layout();
        let table = table.as_slice().unwrap_or_default();
        runs.iter().for_each(|run| packed.push_run(table, gate_map, run));
        if gate_map.is_identity() {
            packed.m_bound = packed.x_bound.clone();
        }
        packed
    }

    fn push_run(&mut self, table: &[f64], gate_map: GateMap, entries: &Entries) {
        if entries.rows.is_empty() {
            return;
        }
        let labels = entries.labels;
        let (first, cells) = (self.x.len() / self.dim, self.count.len());
        let counts = entries.counts.chunks(LANES * labels.len());
        for (rows, counts) in entries.rows.chunks(LANES).zip(counts) {
            self.push_block(table, gate_map, rows);
            for l in 0..labels.len() {
                let mut count = [0.0; LANES];
                for (lane, counts) in counts.chunks_exact(labels.len()).enumerate() {
                    count[lane] = counts[l];
                }
                self.count.push(count);
            }
        }
        let unit = entries.counts.iter().all(|n| *n == 1.0);
        self.runs.push(Run { labels, unit, first, end: self.x.len() / self.dim, cells });
    }

    /// Of a row-major table of covariates, the given rows.
    fn push_block(&mut self, table: &[f64], gate_map: GateMap, rows: &[usize]) {
        let (d, first) = (self.dim, self.x.len());
        self.x.resize(first + d, [0.0; LANES]);
        let block = &mut self.x[first..];
        for lane in 0..LANES {
            // Padding repeats the last row, so that it stays inside the bounds.
            let row = rows[lane.min(rows.len() - 1)];
            for (x, value) in block.iter_mut().zip(&table[row * d..(row + 1) * d]) {
                x[lane] = *value;
            }
        }
        raise(&mut self.x_bound, block);
        if !gate_map.is_identity() {
            self.m.extend(block.iter().map(|x| x.map(|v| gate_map.apply(v))));
            raise(&mut self.m_bound, &self.m[first..]);
        }
    }

    /// Number of blocks of covariate vectors.
    pub(crate) fn blocks(&self) -> usize {
        self.x.len() / self.dim
    }

    /// Gate features, block-major.
    pub(crate) fn gate_features(&self) -> &[Lanes] {
        if self.m.is_empty() { &self.x } else { &self.m }
    }
}

/// Raises bounds to the largest absolute values of a block.
fn raise(bounds: &mut [f64], block: &[Lanes]) {
    for (bound, x) in bounds.iter_mut().zip(block) {
        *bound = x.iter().fold(*bound, |b, v| b.max(v.abs()));
    }
}

/// Whether entries with counts by class cost less than rows: a class more costs a third of a row, roughly,
/// whether it was seen there or not.
pub(crate) fn points_pay(data: &Dataset) -> bool {
    let rows = data.rows();
    let points = (0..rows).filter(|row| begins_point(data, *row)).count();
    points * (2 + data.classes) < 3 * rows
}

/// Whether a row has other covariates than the row before it, by a bit at least.
fn begins_point(data: &Dataset, row: usize) -> bool {
    row == 0 || (0..data.dim()).any(|j| data.x[[row, j]].to_bits() != data.x[[row - 1, j]].to_bits())
}

fn rows_of(data: &Dataset, label: usize) -> Entries {
    // Every row is written down and the next one over it, unless it counts: labels come in no order to be guessed.
    let (mut rows, mut found) = (vec![0; data.rows() + 1], 0);
    for (row, of_row) in data.labels.iter().enumerate() {
        rows[found] = row;
        found += usize::from(*of_row as usize == label);
    }
    rows.truncate(found);
    let counts = rows.iter().map(|r| data.counts[*r] as f64).collect();
    Entries { labels: Labels { first: label, end: label + 1 }, rows, counts }
}

fn points(data: &Dataset) -> Entries {
    let labels = Labels { first: 0, end: data.classes };
    let mut points = Entries { labels, rows: Vec::new(), counts: Vec::new() };
    for row in 0..data.rows() {
        if begins_point(data, row) {
            points.rows.push(row);
            points.counts.resize(points.rows.len() * data.classes, 0.0);
        }
        let at = (points.rows.len() - 1) * data.classes + data.labels[row] as usize;
        points.counts[at] += data.counts[row] as f64;
    }
    points
}
