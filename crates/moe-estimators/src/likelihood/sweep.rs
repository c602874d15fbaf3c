//! One pass over packed rows, chunk by chunk: a fixed tree of sums, whose branches any number of workers may share.

use std::ops::Range;

use moe_core::numeric::{CompensatedSum, LANES, sum_tree};
use moe_core::shape::Shape;

use super::group;
use crate::kernel::{self, HESSIAN, Pass, SCORE, Sums};
use crate::rows::{PackedRows, Run};
use crate::workers::Workers;

/// Blocks summed lane by lane before the lanes are added up: a fixed node of the reduction tree.
const CHUNK: usize = 512;

/// Rows whose sums a pass works out together, at most; it keeps them until it ends where workers share it.
pub const ROWS_OF_CHUNK: usize = CHUNK * LANES;

/// Blocks of one run that are summed together.
#[derive(Clone, Debug)]
struct Chunk {
    run: Run,
    blocks: Range<usize>,
}

/// The chunks of some rows, in shares for workers.
#[derive(Clone, Debug)]
pub(super) struct Sweep {
    shares: Vec<Share>,
    workers: Workers,
    /// Score of the last pass, then its sums of pairs of logits, as far as it went.
    sums: Vec<f64>,
    parameters: usize,
}

/// Chunks that one worker sums, and scratch space for that.
#[derive(Clone, Debug)]
struct Share {
    chunks: Vec<Chunk>,
    sums: Sums,
    /// What chunks come to that are not added up yet: value, score, pairs of logits, as far as the pass goes.
    totals: Vec<f64>,
}

impl Sweep {
    /// Shares of about as many blocks each.
    pub(super) fn new(rows: &PackedRows, shape: Shape, shared: bool, workers: Workers) -> Self {
        let workers = workers.for_rows(rows.vectors());
        let count = workers.count();
        let share = || Share { chunks: Vec::new(), sums: Sums::new(shape, shared), totals: Vec::new() };
        let mut shares: Vec<Share> = (0..count).map(|_| share()).collect();
        for chunk in chunks(rows) {
            let middle = (chunk.blocks.start + chunk.blocks.end) / 2;
            shares[middle * count / rows.blocks()].chunks.push(chunk);
        }
        let parameters = shape.parameters();
        let sums = vec![0.0; parameters + shares[0].sums.hessian.len() / LANES];
        Self { shares, workers, sums, parameters }
    }

    /// Those who share it.
    pub(super) fn workers(&self) -> Workers {
        self.workers
    }

    /// Scratch space of the kernel.
    pub(super) fn scratch(&mut self) -> &mut Sums {
        &mut self.shares[0].sums
    }

    /// Score of the last pass.
    pub(super) fn score(&self) -> &[f64] {
        &self.sums[..self.parameters]
    }

    /// Sums of pairs of logits of the last pass, each of them several entries of the Hessian.
    pub(super) fn pairs(&self) -> &[f64] {
        &self.sums[self.parameters..]
    }

    /// One pass; returns its value.
    pub(super) fn pass<const LEVEL: u8, const SAFE: bool>(
        &mut self,
        rows: &PackedRows,
        pass: Pass<'_>,
        arch: pulp::Arch,
    ) -> f64 {
        let Self { shares, workers, sums, parameters } = self;
        let sums = match LEVEL {
            HESSIAN => sums.as_mut_slice(),
            SCORE => &mut sums[..*parameters],
            _ => &mut [],
        };
        sums.fill(0.0);
        let mut value = CompensatedSum::default();
        let numbers = 1 + sums.len();
        let mut add = |totals: &[f64]| {
            for of_chunk in totals.chunks_exact(numbers) {
                value.add(of_chunk[0]);
                sums.iter_mut().zip(&of_chunk[1..]).for_each(|(sum, number)| *sum += number);
            }
        };
        if let [alone] = shares.as_mut_slice() {
            for chunk in 0..alone.chunks.len() {
                alone.sum::<LEVEL, SAFE>(chunk..chunk + 1, rows, pass, arch);
                add(&alone.totals);
            }
        } else {
            workers.each(shares, &|share: &mut Share| {
                share.sum::<LEVEL, SAFE>(0..share.chunks.len(), rows, pass, arch);
            });
            shares.iter().for_each(|share| add(&share.totals));
        }
        value.total()
    }
}

/// The chunks of some rows, in their order.
fn chunks(rows: &PackedRows) -> impl Iterator<Item = Chunk> {
    rows.runs.iter().flat_map(|run| {
        let begins = (run.first..run.end).step_by(CHUNK);
        begins.map(|first| Chunk { run: *run, blocks: first..(first + CHUNK).min(run.end) })
    })
}

impl Share {
    /// Sums some of its chunks.
    fn sum<const LEVEL: u8, const SAFE: bool>(
        &mut self,
        which: Range<usize>,
        rows: &PackedRows,
        pass: Pass<'_>,
        arch: pulp::Arch,
    ) {
        let Self { chunks, sums, totals } = self;
        totals.clear();
        for chunk in &chunks[which] {
            sums.clear::<LEVEL>();
            arch.dispatch(SumChunk::<'_, LEVEL, SAFE> { pass, rows, chunk, sums });
            totals.push(sums.value.total());
            if LEVEL >= SCORE {
                arch.dispatch(AddLanes { lanes: &sums.score, totals });
            }
            if LEVEL >= HESSIAN {
                arch.dispatch(AddLanes { lanes: &sums.hessian, totals });
            }
        }
    }
}

/// Sums a chunk group by group with the instructions that the machine has.
struct SumChunk<'a, const LEVEL: u8, const SAFE: bool> {
    pass: Pass<'a>,
    rows: &'a PackedRows,
    chunk: &'a Chunk,
    sums: &'a mut Sums,
}

impl<const LEVEL: u8, const SAFE: bool> pulp::WithSimd for SumChunk<'_, LEVEL, SAFE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, s: S) {
        let Chunk { run, blocks } = self.chunk;
        for blocks in kernel::groups(self.pass.shape, run.multiplies(), blocks.clone()) {
            let group = group(self.rows, run, blocks.start, blocks.end);
            kernel::add_group::<S, LEVEL, SAFE>(s, self.pass, group, self.sums);
        }
    }
}

/// Adds up lanes, number by number.
struct AddLanes<'a> {
    lanes: &'a [f64],
    totals: &'a mut Vec<f64>,
}

impl pulp::WithSimd for AddLanes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.totals.extend(self.lanes.as_chunks().0.iter().map(|lanes| sum_tree(*lanes)));
    }
}

#[cfg(test)]
mod tests {
    use moe_core::dataset::Dataset;
    use moe_core::gate::GateMap;
    use ndarray::Array2;

    use super::*;

    /// Every chunk is in one share, in their order, and no share has much more than another.
    #[test]
    fn shares_are_about_equal() {
        let rows = 200_000;
        let x = Array2::from_shape_fn((rows, 1), |(i, _)| ((i * 31) % 100_003) as f64);
        let labels = (0..rows).map(|i| (i % 3 % 2) as u32).collect();
        let data = Dataset { x, labels, counts: vec![1; rows], classes: 2 };
        let rows = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        let shape = Shape { experts: 2, classes: 2, dim: 1 };
        for count in 1..=8 {
            let workers = Workers::new(count, |one, other| {
                one();
                other();
            });
            let sweep = Sweep::new(&rows, shape, true, workers);
            assert_eq!(sweep.shares.len(), count);
            let blocks = |share: &Share| share.chunks.iter().map(|chunk| chunk.blocks.len()).sum::<usize>();
            let lengths: Vec<usize> = sweep.shares.iter().map(blocks).collect();
            let fair = rows.blocks() / count;
            assert!(lengths.iter().all(|length| length.abs_diff(fair) <= CHUNK), "{lengths:?}");
            let shared =
                sweep.shares.iter().flat_map(|share| &share.chunks).map(|chunk| chunk.blocks.clone());
            assert!(shared.eq(chunks(&rows).map(|chunk| chunk.blocks)));
        }
    }
}
