//! A data set packed for the likelihood kernel: structure of arrays, blocks of one label.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};

/// Rows in blocks of [`LANES`]; every block has one label, and the last block of a label is padded
/// with rows of count zero. The order of rows within a label is that of the data set.
#[derive(Clone, Debug)]
pub(crate) struct PackedRows {
    /// Covariates, block-major: `x[block * d + j]`.
    pub(crate) x: Vec<Lanes>,
    /// Gate features M(x), like `x`; empty under the identity, where they are `x`.
    pub(crate) m: Vec<Lanes>,
    /// Counts, one entry a block.
    pub(crate) count: Vec<Lanes>,
    /// Runs of blocks of one label.
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

/// Consecutive blocks of one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The label of every row of the run.
    pub(crate) label: usize,
    /// First block.
    pub(crate) first: usize,
    /// One past the last block.
    pub(crate) end: usize,
}

impl PackedRows {
    /// Packs a data set for a gate map.
    pub(crate) fn new(data: &Dataset, gate_map: GateMap) -> Self {
        let d = data.dim();
        let mut packed = Self {
            x: Vec::new(),
            m: Vec::new(),
            count: Vec::new(),
            runs: Vec::new(),
            x_bound: vec![0.0; d],
            m_bound: vec![0.0; d],
            size: data.size() as f64,
            dim: d,
        };
        for label in 0..data.classes {
            let rows: Vec<usize> = (0..data.rows()).filter(|r| data.labels[*r] as usize == label).collect();
            let first = packed.count.len();
            rows.chunks(LANES).for_each(|rows| packed.push_block(data, gate_map, rows));
            if packed.count.len() > first {
                packed.runs.push(Run { label, first, end: packed.count.len() });
            }
        }
        if gate_map.is_identity() {
            packed.m_bound = packed.x_bound.clone();
        }
        packed
    }

    fn push_block(&mut self, data: &Dataset, gate_map: GateMap, rows: &[usize]) {
        let mut count = [0.0; LANES];
        for (lane, row) in rows.iter().enumerate() {
            count[lane] = data.counts[*row] as f64;
        }
        self.count.push(count);
        for j in 0..self.dim {
            let mut x = [0.0; LANES];
            for lane in 0..LANES {
                // Padding repeats the last row, so that it stays inside the bounds.
                x[lane] = data.x[[rows[lane.min(rows.len() - 1)], j]];
                self.x_bound[j] = self.x_bound[j].max(x[lane].abs());
            }
            self.x.push(x);
            if !gate_map.is_identity() {
                let m = x.map(|v| gate_map.apply(v));
                self.m_bound[j] = m.iter().fold(self.m_bound[j], |b, v| b.max(v.abs()));
                self.m.push(m);
            }
        }
    }

    /// Gate features, block-major.
    pub(crate) fn gate_features(&self) -> &[Lanes] {
        if self.m.is_empty() { &self.x } else { &self.m }
    }
}
