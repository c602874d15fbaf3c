//! A data set packed for the likelihood kernel: structure of arrays, equal covariates together.

mod by_label;
mod points;
mod ranges;
#[cfg(test)]
mod tests;

use std::ops::Range;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};
use ndarray::ArrayView2;

use crate::instructions;
use crate::kernel::{Blocks, GROUP, zip};
use crate::workers::Workers;
pub(crate) use ranges::larger;

/// Points of at most as many covariates keep the products of their features; with more, these would take more room in the
/// cache than time.
const MULTIPLIED: usize = 2;

/// Rows that are packed, then looked at again, before the next.
const TOGETHER: usize = 128 * LANES;

/// Covariate vectors in blocks of [`LANES`], in one of two layouts. *Points*: successive rows with the same
/// covariates are one entry with a count for every class, as a finite covariate law gives them. *Rows*:
/// entries of one label together, a count each, as continuous covariates give them. The order is otherwise
/// that of the data set; the last block of a run is padded with entries of count zero.
#[derive(Clone, Debug)]
pub(crate) struct PackedRows {
    /// Covariates, block-major: `x[block * d + j]`.
    pub(crate) x: Blocks,
    /// Gate features M(x), like `x`; empty under the identity, where they are `x`.
    pub(crate) m: Blocks,
    /// Products z_p z_q, p ≤ q, of the features z = (1, x) of points with few covariates, block-major; empty where
    /// every pass works them out anew.
    products: Blocks,
    /// Counts, by run, block of the run, and label of the run: see [`Run::cell`]; empty where every row counts once.
    count: Blocks,
    /// Runs of blocks with the same possible labels.
    pub(crate) runs: Vec<Run>,
    /// Least and largest x_j, length d; not numbers where a covariate is none.
    pub(crate) x_range: Vec<(f64, f64)>,
    /// Largest |x_j|, length d.
    pub(crate) x_bound: Vec<f64>,
    /// Largest |M(x_j)|, length d.
    pub(crate) m_bound: Vec<f64>,
    /// Sample size n.
    pub(crate) size: f64,
    /// Number of covariates d.
    pub(crate) dim: usize,
}

/// How many points a table of d covariates is, counted with the instructions that the machine has.
struct CountPoints<'a> {
    table: &'a [f64],
    dim: usize,
}

impl pulp::WithSimd for CountPoints<'_> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
        points(self.table, self.dim)
    }
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

    /// Whether densities are multiplied before logarithms are taken: one label, every count 1.
    #[inline(always)]
    pub(crate) fn multiplies(&self) -> bool {
        self.unit && self.labels.len() == 1
    }

    /// Where the counts of a block of the run begin, one entry a label.
    #[inline(always)]
    pub(crate) fn cell(&self, block: usize) -> usize {
        self.cells + (block - self.first) * self.labels.len()
    }
}

impl PackedRows {
    /// Packs a data set for a gate map; many rows are shared by workers.
    pub(crate) fn new(data: &Dataset, gate_map: GateMap, workers: Workers) -> Self {
        let (table, dim) = (data.table(), data.dim());
        let pay = |rows: usize| {
            let points = instructions::arch().dispatch(CountPoints { table: &table[..rows * dim], dim });
            points_pay(points as u64, rows as u64, data.classes)
        };
        // What the first rows say, all of them mostly do; rows that are packed are looked at on the way.
        let first = data.rows().min(TOGETHER);
        if pay(first) && (first == data.rows() || pay(data.rows())) {
            return Self::points(data, gate_map);
        }
        Self::by_label(data, gate_map, workers).unwrap_or_else(|| Self::points(data, gate_map))
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
        packed.padded().completed(gate_map).with_products()
    }

    /// Points still to be written.
    fn of_points(vectors: usize, dim: usize, classes: usize, size: f64) -> Self {
        let run = Run::new(Labels { first: 0, end: classes }, 0, vectors, 0);
        Self { count: Blocks::filled(0.0, run.cell(run.end)), ..Self::blank(vec![run], dim, size) }
    }

    /// Room for the covariates of runs, all of it zeros.
    fn blank(runs: Vec<Run>, dim: usize, size: f64) -> Self {
        let blocks = runs.last().map_or(0, |run| run.end);
        Self {
            x: Blocks::filled(0.0, blocks * dim),
            m: Blocks::default(),
            products: Blocks::default(),
            count: Blocks::default(),
            runs,
            x_range: Vec::new(),
            x_bound: Vec::new(),
            m_bound: Vec::new(),
            size,
            dim,
        }
    }

    /// The same with padding in the last block of each run.
    fn padded(mut self) -> Self {
        for run in &self.runs {
            pad(&mut self.x, self.dim, run.first * LANES + run.vectors);
        }
        self
    }

    /// The same with gate features and bounds; with ranges, too, where they are not known yet.
    fn completed(mut self, gate_map: GateMap) -> Self {
        if self.x_range.is_empty() {
            self.x_range = ranges::of_blocks(&self.x, self.dim);
        }
        self.x_bound = ranges::bounds(&self.x_range);
        self.m_bound = self.x_bound.clone();
        if !gate_map.is_identity() {
            self.m = self.x.clone();
            gate_map.apply_to_all(self.m.as_flattened_mut());
            self.m_bound = ranges::bounds(&ranges::of_blocks(&self.m, self.dim));
        }
        self
    }

    /// The same with the products of features that passes over points read.
    fn with_products(mut self) -> Self {
        let d = self.dim;
        if d > MULTIPLIED {
            return self;
        }
        let entries = (d + 1) * (d + 2) / 2;
        self.products = Blocks::filled(1.0, self.blocks() * entries);
        for (x, out) in self.x.chunks_exact(d).zip(self.products.chunks_exact_mut(entries)) {
            out[1..=d].copy_from_slice(x);
            let pairs = (0..d).flat_map(|p| (p..d).map(move |q| (p, q)));
            for (out, (p, q)) in out[1 + d..].iter_mut().zip(pairs) {
                *out = zip(x[p], x[q], |p, q| p * q);
            }
        }
        self
    }

    fn points(data: &Dataset, gate_map: GateMap) -> Self {
        let (table, d, classes) = (data.table(), data.dim(), data.classes);
        let begins = begins(&table, d);
        let mut packed = Self::of_points(begins.len(), d, classes, data.size() as f64);
        let ends = begins[1..].iter().copied().chain([data.rows()]);
        for (at, (first, end)) in begins.iter().copied().zip(ends).enumerate() {
            put(&mut packed.x, at, &table[first * d..(first + 1) * d]);
            let cells = &mut packed.count[at / LANES * classes..][..classes];
            for (label, n) in data.labels[first..end].iter().zip(&data.counts[first..end]) {
                cells[*label as usize][at % LANES] += *n as f64;
            }
        }
        packed.padded().completed(gate_map).with_products()
    }

    /// Number of blocks of covariate vectors.
    pub(crate) fn blocks(&self) -> usize {
        self.x.len() / self.dim
    }

    /// Number of cells: blocks, times the labels of each.
    pub(crate) fn cells(&self) -> usize {
        self.runs.last().map_or(0, |run| run.cell(run.end))
    }

    /// Counts of some blocks of a run, one entry a label; of at most [`GROUP`] blocks where every count is 1: those are not
    /// fetched from the data.
    #[inline(always)]
    pub(crate) fn counts(&self, run: &Run, blocks: Range<usize>) -> &[Lanes] {
        if !run.multiplies() {
            return &self.count[run.cell(blocks.start)..run.cell(blocks.end)];
        }
        let in_last =
            if blocks.end < run.end { LANES } else { run.vectors - (run.end - run.first - 1) * LANES };
        &ONES.0[in_last - 1][GROUP - blocks.len()..]
    }

    /// Counts of a block of a run, one entry a label.
    #[inline(always)]
    pub(crate) fn counts_of(&self, run: &Run, block: usize) -> &[Lanes] {
        self.counts(run, block..block + 1)
    }

    /// Covariate vectors, padding not counted.
    pub(crate) fn vectors(&self) -> usize {
        self.runs.iter().map(|run| run.vectors).sum()
    }

    /// Whether entries have counts for several classes.
    pub(crate) fn are_points(&self) -> bool {
        self.runs.iter().any(|run| run.labels.len() > 1)
    }

    /// Products of features of some blocks; empty where none are kept.
    #[inline(always)]
    pub(crate) fn products(&self, first: usize, end: usize) -> &[Lanes] {
        if self.products.is_empty() {
            return &[];
        }
        let entries = (self.dim + 1) * (self.dim + 2) / 2;
        &self.products[first * entries..end * entries]
    }

    /// Gate features, block-major.
    pub(crate) fn gate_features(&self) -> &[Lanes] {
        if self.m.is_empty() { &self.x } else { &self.m }
    }
}

/// Counts of rows that count once, in a group of blocks of which the last holds 1 to [`LANES`] rows; they begin at a cache
/// line.
#[repr(align(64))]
struct Ones([[Lanes; GROUP]; LANES]);

static ONES: Ones = Ones(ones());

const fn ones() -> [[Lanes; GROUP]; LANES] {
    let mut counts = [[[1.0; LANES]; GROUP]; LANES];
    let mut rows = 1;
    while rows < LANES {
        let mut padding = rows;
        while padding < LANES {
            counts[rows - 1][GROUP - 1][padding] = 0.0;
            padding += 1;
        }
        rows += 1;
    }
    counts
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

/// Whether covariate vectors with counts for each of K classes cost less than rows, one for each observation or more: a class
/// more costs a third of a row, roughly, whether it was seen there or not.
pub fn points_pay(points: u64, rows: u64, classes: usize) -> bool {
    points * (2 + classes as u64) < 3 * rows
}

/// How many points the rows of a table of d covariates are; common d are compiled on their own.
#[inline(always)]
fn points(table: &[f64], d: usize) -> usize {
    1 + match d {
        1 => differing(table, 1),
        2 => differing(table, 2),
        d => differing(table, d),
    }
}

/// How many rows of a table of d covariates differ by a bit at least from the row before; the first is not asked.
#[inline(always)]
fn differing(table: &[f64], d: usize) -> usize {
    let later = table.get(d..).unwrap_or_default().chunks_exact(d);
    let pairs = table.chunks_exact(d).zip(later);
    pairs.map(|(before, row)| usize::from(differs(before, row, d))).sum()
}

#[inline(always)]
fn differs(before: &[f64], row: &[f64], d: usize) -> bool {
    (0..d).fold(0, |bits, j| bits | (before[j].to_bits() ^ row[j].to_bits())) != 0
}

/// Rows of a table of d covariates that differ by a bit at least from the row before; the first among them.
fn begins(table: &[f64], d: usize) -> Vec<usize> {
    let later = table.get(d..).unwrap_or_default().chunks_exact(d);
    let pairs = table.chunks_exact(d).zip(later).zip(1..);
    let begin = pairs.filter_map(|((before, row), at)| differs(before, row, d).then_some(at));
    std::iter::once(0).chain(begin).collect()
}
