//! A data set packed for the likelihood kernel: structure of arrays, equal covariates together.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};
use ndarray::ArrayView2;

const ZERO: Lanes = [0.0; LANES];

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
    /// Covariate vectors, padding not counted.
    vectors: usize,
    /// Where the counts of the first block begin.
    cells: usize,
}

impl Run {
    fn new(labels: Labels, first: usize, vectors: usize, cells: usize) -> Self {
        Self { labels, unit: false, first, end: first + vectors.div_ceil(LANES), vectors, cells }
    }

    /// Where the counts of a block of the run begin, one entry a label.
    #[inline(always)]
    pub(crate) fn cell(&self, block: usize) -> usize {
        self.cells + (block - self.first) * self.labels.len()
    }
}

impl PackedRows {
    /// Packs a data set for a gate map.
    pub(crate) fn new(data: &Dataset, gate_map: GateMap) -> Self {
        if points_pay(data) { Self::points(data, gate_map) } else { Self::rows(data, gate_map) }
    }

    /// Packs a table of covariate vectors with a weight, which may be any number, for each class.
    /// Shapes: (m, d) and m · K, vector by vector; `size` is the sample size that they stand for.
    pub(crate) fn weighted(x: ArrayView2<'_, f64>, gate_map: GateMap, size: f64, weights: &[f64]) -> Self {
        let (vectors, d) = x.dim();
        let classes = weights.len() / vectors;
        let mut packed = Self::of_points(vectors, d, classes, size);
        let table = x.as_standard_layout();
        let table = table.as_slice().unwrap_or_default();
        for (at, (x, weights)) in table.chunks_exact(d).zip(weights.chunks_exact(classes)).enumerate() {
            put(&mut packed.x, at, x);
            put(&mut packed.count, at, weights);
        }
        packed.completed(gate_map)
    }

    /// Points still to be written.
    fn of_points(vectors: usize, dim: usize, classes: usize, size: f64) -> Self {
        let run = Run::new(Labels { first: 0, end: classes }, 0, vectors, 0);
        Self::blank(vec![run], dim, size)
    }

    /// Room for runs, all of it zeros.
    fn blank(runs: Vec<Run>, dim: usize, size: f64) -> Self {
        let blocks = runs.last().map_or(0, |run| run.end);
        let cells = runs.last().map_or(0, |run| run.cell(run.end));
        Self {
            x: vec![ZERO; blocks * dim],
            m: Vec::new(),
            count: vec![ZERO; cells],
            runs,
            x_bound: Vec::new(),
            m_bound: Vec::new(),
            size,
            dim,
        }
    }

    /// The same with padding, gate features and bounds.
    fn completed(mut self, gate_map: GateMap) -> Self {
        for run in &self.runs {
            pad(&mut self.x, self.dim, run.first * LANES + run.vectors);
        }
        self.x_bound = bounds(&self.x, self.dim);
        self.m_bound = self.x_bound.clone();
        if !gate_map.is_identity() {
            self.m = self.x.iter().map(|x| x.map(|v| gate_map.apply(v))).collect();
            self.m_bound = bounds(&self.m, self.dim);
        }
        self
    }

    fn points(data: &Dataset, gate_map: GateMap) -> Self {
        let (table, d, classes) = (data.table(), data.dim(), data.classes);
        let begins: Vec<usize> = begins(&table, d).collect();
        let mut packed = Self::of_points(begins.len(), d, classes, data.size() as f64);
        let ends = begins[1..].iter().copied().chain([data.rows()]);
        for (at, (first, end)) in begins.iter().copied().zip(ends).enumerate() {
            put(&mut packed.x, at, &table[first * d..(first + 1) * d]);
            let cells = &mut packed.count[at / LANES * classes..][..classes];
            for (label, n) in data.labels[first..end].iter().zip(&data.counts[first..end]) {
                cells[*label as usize][at % LANES] += *n as f64;
            }
        }
        packed.completed(gate_map)
    }

    /// Every row goes to the next free lane of its label.
    fn rows(data: &Dataset, gate_map: GateMap) -> Self {
        let (mut runs, mut next) = (Vec::new(), Vec::new());
        for first in 0..data.classes {
            let block = runs.last().map_or(0, |run: &Run| run.end);
            let rows = data.labels.iter().filter(|label| **label as usize == first).count();
            runs.push(Run::new(Labels { first, end: first + 1 }, block, rows, block));
            next.push(block * LANES);
        }
        let mut packed = Self::blank(runs, data.dim(), data.size() as f64);
        match data.dim() {
            1 => packed.scatter(data, 1, &mut next),
            2 => packed.scatter(data, 2, &mut next),
            d => packed.scatter(data, d, &mut next),
        }
        packed.runs.retain(|run| run.vectors > 0);
        for run in &mut packed.runs {
            let counts = packed.count[run.first..run.end].as_flattened();
            run.unit = counts.iter().filter(|n| **n == 1.0).count() == run.vectors;
        }
        packed.completed(gate_map)
    }

    /// Writes every row to the next lane of its label; common d are compiled on their own.
    #[inline(always)]
    fn scatter(&mut self, data: &Dataset, d: usize, next: &mut [usize]) {
        let table = data.table();
        for ((x, label), n) in table.chunks_exact(d).zip(&data.labels).zip(&data.counts) {
            let next = &mut next[*label as usize];
            put(&mut self.x, *next, &x[..d]);
            self.count[*next / LANES][*next % LANES] = *n as f64;
            *next += 1;
        }
    }

    /// Number of blocks of covariate vectors.
    pub(crate) fn blocks(&self) -> usize {
        self.x.len() / self.dim
    }

    /// Covariate vectors, padding not counted.
    pub(crate) fn vectors(&self) -> usize {
        self.runs.iter().map(|run| run.vectors).sum()
    }

    /// Whether entries have counts for several classes.
    pub(crate) fn are_points(&self) -> bool {
        self.runs.iter().any(|run| run.labels.len() > 1)
    }

    /// Gate features, block-major.
    pub(crate) fn gate_features(&self) -> &[Lanes] {
        if self.m.is_empty() { &self.x } else { &self.m }
    }
}

/// Writes entry number `at` of block-major lanes.
#[inline(always)]
fn put(lanes: &mut [Lanes], at: usize, entry: &[f64]) {
    let block = &mut lanes[at / LANES * entry.len()..][..entry.len()];
    for (lanes, value) in block.iter_mut().zip(entry) {
        lanes[at % LANES] = *value;
    }
}

/// Fills the block of the last of `filled` covariate vectors with that one, so that padding stays inside the bounds.
fn pad(features: &mut [Lanes], d: usize, filled: usize) {
    let lane = filled % LANES;
    if lane > 0 {
        for x in &mut features[filled / LANES * d..][..d] {
            let last = x[lane - 1];
            x[lane..].fill(last);
        }
    }
}

/// The largest absolute value of each of d features.
fn bounds(features: &[Lanes], d: usize) -> Vec<f64> {
    let mut largest = vec![ZERO; d];
    for block in features.chunks_exact(d) {
        for (largest, x) in largest.iter_mut().zip(block) {
            for (largest, x) in largest.iter_mut().zip(x) {
                // A NaN stays, so that nothing is taken to be bounded.
                *largest = if x.abs() <= *largest { *largest } else { x.abs() };
            }
        }
    }
    let of_lanes = |lanes: Lanes| lanes.into_iter().fold(0.0, |top, x| if x <= top { top } else { x });
    largest.into_iter().map(of_lanes).collect()
}

/// Whether entries with counts by class cost less than rows: a class more costs a third of a row, roughly,
/// whether it was seen there or not.
fn points_pay(data: &Dataset) -> bool {
    let rows = data.rows();
    let points = begins(&data.table(), data.dim()).count();
    points * (2 + data.classes) < 3 * rows
}

/// Rows of a table of d covariates that differ by a bit at least from the row before; the first among them.
fn begins(table: &[f64], d: usize) -> impl Iterator<Item = usize> {
    let later = table.get(d..).unwrap_or_default().chunks_exact(d);
    let differs = |before: &[f64], row: &[f64]| {
        before.iter().zip(row).fold(false, |differs, (a, b)| differs | (a.to_bits() != b.to_bits()))
    };
    let pairs = table.chunks_exact(d).zip(later).enumerate();
    std::iter::once(0)
        .chain(pairs.filter(move |(_, (before, row))| differs(before, row)).map(|(at, _)| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Eleven rows, no two neighbours equal; none has class 1.
    fn scattered() -> Dataset {
        let x = ndarray::Array2::from_shape_fn((11, 2), |(i, j)| i as f64 * 0.5 - 2.0 - j as f64);
        let labels = vec![2, 0, 2, 2, 2, 2, 0, 2, 2, 2, 2];
        Dataset { x, labels, counts: vec![1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1], classes: 3 }
    }

    #[test]
    fn rows_lie_by_label_in_their_order_and_padding_repeats_the_last() {
        let data = scattered();
        let packed = PackedRows::new(&data, GateMap::Identity);
        let run = |at: usize| (packed.runs[at].labels.first, packed.runs[at].unit, packed.runs[at].first);
        assert_eq!((packed.runs.len(), run(0), run(1)), (2, (0, false, 0), (2, true, 1)));
        assert_eq!((packed.blocks(), packed.vectors(), packed.size), (3, 11, 13.0));
        assert_eq!(packed.count[0], [1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(packed.x[0], [-1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(packed.x[2], [-2.0, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0, 2.5], "the first axis of class 2");
        assert_eq!(packed.x[5], [2.0; LANES], "the second axis of its last row and the padding");
        assert_eq!(packed.count[2], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!((&packed.x_bound, packed.m.len()), (&vec![3.0, 3.0], 0));
        let mapped = PackedRows::new(&data, GateMap::Power(2));
        assert_eq!((&mapped.m_bound, mapped.m[0][1]), (&vec![9.0, 9.0], 1.0));
    }

    #[test]
    fn neighbours_with_equal_covariates_are_points() {
        let x = array![[1.0], [1.0], [2.0], [2.0], [1.0]];
        let data = Dataset { x, labels: vec![0, 1, 1, 0, 1], counts: vec![5, 2, 4, 1, 7], classes: 2 };
        let packed = PackedRows::new(&data, GateMap::Identity);
        assert!(packed.are_points());
        assert_eq!((packed.vectors(), packed.size, packed.runs.len()), (3, 19.0, 1));
        assert_eq!(packed.x[0][..4], [1.0, 2.0, 1.0, 1.0]);
        assert_eq!(
            (packed.count[0][..4].to_vec(), packed.count[1][..4].to_vec()),
            (vec![5.0, 1.0, 0.0, 0.0], vec![2.0, 4.0, 7.0, 0.0])
        );
    }
}
