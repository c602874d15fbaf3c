//! A data set packed for the likelihood kernel: structure of arrays, equal covariates together.

mod ranges;

use std::ops::Range;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};
use ndarray::ArrayView2;

use crate::instructions;
use crate::kernel::{Blocks, GROUP, zip};
use ranges::Extremes;
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

/// Packs a data set with the instructions that the machine has.
struct Pack<'a> {
    data: &'a Dataset,
    gate_map: GateMap,
}

impl pulp::WithSimd for Pack<'_> {
    type Output = PackedRows;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> PackedRows {
        // What the first rows say, all of them mostly do; rows that are packed are looked at on the way.
        let (data, gate_map) = (self.data, self.gate_map);
        let (table, d) = (data.table(), data.dim());
        let first = data.rows().min(TOGETHER);
        let pay = |rows: usize| points_pay(points(&table[..rows * d], d), rows, data.classes);
        if pay(first) && (first == data.rows() || pay(data.rows())) {
            return PackedRows::points(data, gate_map);
        }
        PackedRows::rows(data, gate_map).unwrap_or_else(|| PackedRows::points(data, gate_map))
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
    /// Packs a data set for a gate map.
    pub(crate) fn new(data: &Dataset, gate_map: GateMap) -> Self {
        instructions::arch().dispatch(Pack { data, gate_map })
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
            self.m.iter_mut().for_each(|m| *m = m.map(|v| gate_map.apply(v)));
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

    /// Every row goes to the next free lane of its label; none where points pay.
    #[inline(always)]
    fn rows(data: &Dataset, gate_map: GateMap) -> Option<Self> {
        let mut runs = Vec::new();
        for first in 0..data.classes {
            let block = runs.last().map_or(0, |run: &Run| run.end);
            let rows = data.labels.iter().filter(|label| **label as usize == first).count();
            runs.push(Run::new(Labels { first, end: first + 1 }, block, rows, block));
        }
        let once = are_ones(&data.counts);
        let size = if once { data.rows() as f64 } else { data.size() as f64 };
        let mut packed = Self::blank(runs, data.dim(), size);
        let points = match data.dim() {
            1 => packed.put_covariates(data, 1),
            2 => packed.put_covariates(data, 2),
            d => packed.put_covariates(data, d),
        };
        if points_pay(points, data.rows(), data.classes) {
            return None;
        }
        if once {
            packed.runs.iter_mut().for_each(|run| run.unit = true);
        } else {
            packed.put_counts(data);
        }
        packed.runs.retain(|run| run.vectors > 0);
        Some(packed.padded().completed(gate_map))
    }

    /// Writes the covariates of every row, and, while they are in the first-level cache, finds their ranges and how many
    /// points they are; common d are compiled on their own.
    #[inline(always)]
    fn put_covariates(&mut self, data: &Dataset, d: usize) -> usize {
        let table = data.table();
        let mut next = self.lanes();
        let mut extremes = Extremes::new(d);
        let (mut seen, mut points) = (0, 1);
        for (rows, labels) in table.chunks(TOGETHER * d).zip(data.labels.chunks(TOGETHER)) {
            put_rows(&mut self.x, d, rows, labels, &mut next);
            extremes.see_rows(rows);
            let before = d.min(seen);
            points += differing(&table[seen - before..seen + rows.len()], d);
            seen += rows.len();
        }
        self.x_range = extremes.of_rows();
        points
    }

    /// Writes the count of every row.
    #[inline(always)]
    fn put_counts(&mut self, data: &Dataset) {
        self.count = Blocks::filled(0.0, self.blocks());
        let mut next = self.lanes();
        for (label, n) in data.labels.iter().zip(&data.counts) {
            let next = &mut next[*label as usize];
            self.count[*next / LANES][*next % LANES] = *n as f64;
            *next += 1;
        }
        for run in &mut self.runs {
            let counts = &self.count[run.first..run.end].as_flattened()[..run.vectors];
            run.unit = counts.iter().all(|n| *n == 1.0);
        }
    }

    /// Where the rows of each label begin.
    fn lanes(&self) -> Vec<usize> {
        self.runs.iter().map(|run| run.first * LANES).collect()
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

/// Writes rows of d covariates where `next` says for each label, and moves it on.
#[inline(always)]
fn put_rows(lanes: &mut [Lanes], d: usize, rows: &[f64], labels: &[u32], next: &mut [usize]) {
    let rows = rows.chunks_exact(d).zip(labels);
    // Two numbers stay in registers; a list is written and read again row by row, which takes longer than the rows do.
    if let [first, second] = next {
        let (mut of_first, mut of_second) = (*first, *second);
        for (x, label) in rows {
            let other = *label != 0;
            put(lanes, if other { of_second } else { of_first }, &x[..d]);
            of_second += usize::from(other);
            of_first += usize::from(!other);
        }
        (*first, *second) = (of_first, of_second);
        return;
    }
    for (x, label) in rows {
        let next = &mut next[*label as usize];
        put(lanes, *next, &x[..d]);
        *next += 1;
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

/// Whether every row counts once.
#[inline(always)]
fn are_ones(counts: &[u64]) -> bool {
    counts.iter().fold(0, |others, n| others | (n ^ 1)) == 0
}

/// Whether entries with counts by class cost less than rows: a class more costs a third of a row, roughly,
/// whether it was seen there or not.
fn points_pay(points: usize, rows: usize, classes: usize) -> bool {
    points * (2 + classes) < 3 * rows
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

    /// All counts of a run.
    fn counts_in(packed: &PackedRows, run: &Run) -> Vec<f64> {
        (run.first..run.end).flat_map(|block| packed.counts_of(run, block).as_flattened().to_vec()).collect()
    }

    /// More rows than are packed together, of `classes` classes in an order without a pattern.
    fn many(dim: usize, classes: usize) -> Dataset {
        let rows = TOGETHER + 77;
        let x =
            ndarray::Array2::from_shape_fn((rows, dim), |(i, j)| ((i * 31 + j * 17) % 1009) as f64 - 400.0);
        let labels = (0..rows).map(|i| (i * i / 3 % 7 % classes) as u32).collect();
        Dataset { x, labels, counts: vec![1; rows], classes }
    }

    /// Where two labels have their next free places in registers, rows lie as everywhere.
    #[test]
    fn every_row_lies_in_its_place_whatever_the_number_of_classes() {
        for (dim, classes) in [(1, 2), (2, 2), (3, 2), (1, 3), (2, 3), (3, 4)] {
            let data = many(dim, classes);
            let packed = PackedRows::new(&data, GateMap::Identity);
            assert_eq!(packed.runs.len(), classes);
            for run in &packed.runs {
                let own = |i: &usize| data.labels[*i] as usize == run.labels.first;
                let rows: Vec<usize> = (0..data.rows()).filter(own).collect();
                assert_eq!((run.vectors, run.unit), (rows.len(), true));
                for (at, row) in rows.into_iter().enumerate() {
                    let block = run.first + at / LANES;
                    for j in 0..dim {
                        assert_eq!(packed.x[block * dim + j][at % LANES], data.x[[row, j]]);
                    }
                    assert_eq!(packed.counts_of(run, block)[0][at % LANES], 1.0);
                }
            }
        }
    }

    /// Counts that are not stored are 1, and 0 in the padding at the end of a run, however many blocks are asked for.
    #[test]
    fn single_observations_have_counts_that_nobody_stores() {
        for rows in 161..=168 {
            let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| i as f64);
            let data = Dataset { x, labels: vec![0; rows], counts: vec![1; rows], classes: 2 };
            let packed = PackedRows::new(&data, GateMap::Identity);
            let run = packed.runs[0];
            assert_eq!((run.end, packed.count.len(), packed.cells()), (21, 0, 21));
            for blocks in [0..1, 0..GROUP, 19..20, 20..21, 15..21, 21 - GROUP..21] {
                let counts = packed.counts(&run, blocks.clone()).as_flattened();
                let wanted = (blocks.start * LANES..blocks.end * LANES).map(|at| f64::from(at < rows));
                assert_eq!(counts, wanted.collect::<Vec<f64>>(), "{rows} rows, blocks {blocks:?}");
            }
        }
    }

    /// The first rows only make a guess.
    #[test]
    fn all_rows_decide_whether_points_pay() {
        // Every so many rows, once and for the later ones, with other covariates.
        for (first, later, points) in [(1, 1, false), (1, 9, true), (9, 1, false), (9, 9, true)] {
            for dim in 1..=3 {
                let rows = 4 * TOGETHER;
                let point = |i: usize| if i < TOGETHER { i / first } else { TOGETHER + i / later };
                let x = ndarray::Array2::from_shape_fn((rows, dim), |(i, j)| (point(i) + j) as f64);
                let labels = (0..rows).map(|i| i as u32 % 2).collect();
                let data = Dataset { x, labels, counts: vec![1; rows], classes: 2 };
                let packed = PackedRows::new(&data, GateMap::Identity);
                assert_eq!(packed.are_points(), points, "{first} {later}");
                let all: f64 = packed.runs.iter().flat_map(|run| counts_in(&packed, run)).sum();
                assert_eq!((all, packed.size), (rows as f64, rows as f64));
            }
        }
    }

    /// To the point: 3 rows for each 4 points of two classes, where a chunk of rows ends too.
    #[test]
    fn points_pay_from_three_quarters_down() {
        for (points, pay) in [(3 * TOGETHER, false), (3 * TOGETHER - 1, true)] {
            let rows = 4 * TOGETHER;
            // The last rows are one point; all others differ from the row before.
            let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| i.min(points - 1) as f64);
            let data = Dataset { x, labels: vec![0; rows], counts: vec![1; rows], classes: 2 };
            assert_eq!(PackedRows::new(&data, GateMap::Identity).are_points(), pay, "{points} points");
        }
    }

    /// Ranges are those of the columns; what is no number shows in its own column alone, wherever it stands.
    #[test]
    fn ranges_are_those_of_the_columns() {
        for dim in 1..=3 {
            for row in [0, 7, TOGETHER - 1, TOGETHER, TOGETHER + 76] {
                for odd in [5000.0, -5000.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
                    let mut data = many(dim, 2);
                    data.x[[row, dim - 1]] = odd;
                    let packed = PackedRows::new(&data, GateMap::Identity);
                    for (column, (least, largest)) in data.x.columns().into_iter().zip(&packed.x_range) {
                        let nan = column.iter().any(|x| x.is_nan());
                        assert_eq!(least.is_nan() && largest.is_nan(), nan, "{dim} {row} {odd}");
                        let fold = |f: fn(f64, f64) -> f64| column.iter().copied().reduce(f).expect("rows");
                        assert!(nan || (*least, *largest) == (fold(f64::min), fold(f64::max)));
                    }
                }
            }
        }
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
