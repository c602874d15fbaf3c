//! Weights times features, summed over the blocks of a group lane by lane.
//!
//! Sums stay in registers in tiles of weights by features, so that each number loaded serves several
//! multiply-adds; the order of every sum is that of the blocks, whatever the tiles.

use moe_core::numeric::LANES;
use pulp::Simd;

use super::vector::{parts, vectors, vectors_mut};
use super::{Group, HESSIAN, Pass, Sizes, Sums};

/// Score, and at `LEVEL` [`HESSIAN`] the Hessian, of a group.
pub(super) struct Accumulate<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) sums: &'a mut Sums,
}

impl<const LEVEL: u8> pulp::WithSimd for Accumulate<'_, LEVEL> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { pass, group, sums } = self;
        let blocks = group.blocks();
        let (row, sizes) = (pass.shape.row(), Sizes::new(pass.shape));
        let entries = row * (row + 1) / 2;
        let kept = group.products.as_flattened();
        let x = Table { data: if kept.is_empty() { &sums.scratch.products_x } else { kept }, entries };
        let m = if pass.shared { x } else { Table { data: &sums.scratch.products_m, entries } };
        let by_logit = Table { data: &sums.scratch.by_logit, entries: sizes.logits };
        if pass.shared {
            let score = &mut sums.score;
            s.vectorize(Outer { blocks, left: by_logit, first: 0, right: x, used: row, sums: score });
        } else {
            let first = sizes.gates;
            let (of_gates, of_experts) = sums.score.split_at_mut(first * row * LANES);
            s.vectorize(Outer { blocks, left: by_logit, first: 0, right: m, used: row, sums: of_gates });
            s.vectorize(Outer { blocks, left: by_logit, first, right: x, used: row, sums: of_experts });
        }
        if LEVEL < HESSIAN {
            return;
        }
        let left = Table { data: &sums.scratch.weight, entries: sizes.pairs() };
        if pass.shared {
            s.vectorize(Outer { blocks, left, first: 0, right: x, used: entries, sums: &mut sums.hessian });
            return;
        }
        let mixed = Table { data: &sums.scratch.products_mx, entries: row * row };
        let (of_gates, rest) = sums.hessian.split_at_mut(sizes.gate_pairs * entries * LANES);
        let (of_both, of_experts) = rest.split_at_mut(sizes.mixed_pairs * row * row * LANES);
        let both = sizes.gate_pairs;
        let experts = both + sizes.mixed_pairs;
        s.vectorize(Outer { blocks, left, first: 0, right: m, used: entries, sums: of_gates });
        s.vectorize(Outer { blocks, left, first: both, right: mixed, used: row * row, sums: of_both });
        s.vectorize(Outer { blocks, left, first: experts, right: x, used: entries, sums: of_experts });
    }
}

/// Some entries for every block, block-major.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) data: &'a [f64],
    pub(crate) entries: usize,
}

impl<'a> Table<'a> {
    /// The entries of each block, as vectors.
    #[inline(always)]
    fn blocks<S: Simd>(&self) -> std::slice::ChunksExact<'a, S::f64s> {
        vectors::<S>(self.data).chunks_exact(self.entries * parts::<S>())
    }
}

/// sums[i, j] += Σ_blocks left[block, first + i] · right[block, j], j < used; as many i as sums hold.
pub(crate) struct Outer<'a> {
    pub(crate) blocks: usize,
    pub(crate) left: Table<'a>,
    pub(crate) first: usize,
    pub(crate) right: Table<'a>,
    pub(crate) used: usize,
    pub(crate) sums: &'a mut [f64],
}

impl pulp::WithSimd for Outer<'_> {
    type Output = ();

    /// Columns outside: their features stay in the first-level cache while weights stream by.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, s: S) {
        let mut j = 0;
        while j + 6 <= self.used {
            if S::REGISTER_COUNT >= 32 {
                self.columns::<S, 3, 6>(s, j);
            } else {
                self.columns::<S, 2, 6>(s, j);
            }
            j += 6;
        }
        match self.used - j {
            1 => self.columns::<S, 4, 1>(s, j),
            2 => self.columns::<S, 4, 2>(s, j),
            3 => self.columns::<S, 3, 3>(s, j),
            4 => self.columns::<S, 3, 4>(s, j),
            5 => self.columns::<S, 2, 5>(s, j),
            _ => {}
        }
    }
}

impl Outer<'_> {
    /// `B` columns of sums: tiles of `A` ≤ 4 rows, and the rest.
    #[inline(always)]
    fn columns<S: Simd, const A: usize, const B: usize>(&mut self, s: S, j: usize) {
        let rows = self.sums.len() / (self.used * LANES);
        let mut i = 0;
        while i + A <= rows {
            self.tile::<S, A, B>(s, i, j);
            i += A;
        }
        match rows - i {
            1 => self.tile::<S, 1, B>(s, i, j),
            2 if A > 2 => self.tile::<S, 2, B>(s, i, j),
            3 if A > 3 => self.tile::<S, 3, B>(s, i, j),
            _ => {}
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const A: usize, const B: usize>(&mut self, s: S, i: usize, j: usize) {
        let parts = parts::<S>();
        let sums = vectors_mut::<S>(self.sums);
        for h in 0..parts {
            let mut tile = [[s.splat_f64s(0.0); B]; A];
            for (a, tile) in tile.iter_mut().enumerate() {
                let from = ((i + a) * self.used + j) * parts;
                let sums = &sums[from..from + B * parts];
                for (b, value) in tile.iter_mut().enumerate() {
                    *value = sums[b * parts + h];
                }
            }
            let left = self.left.blocks::<S>().take(self.blocks);
            for (left, right) in left.zip(self.right.blocks::<S>()) {
                let left = &left[(self.first + i) * parts..][..A * parts];
                let right = &right[j * parts..][..B * parts];
                for b in 0..B {
                    for a in 0..A {
                        tile[a][b] = s.mul_add_f64s(left[a * parts + h], right[b * parts + h], tile[a][b]);
                    }
                }
            }
            for (a, tile) in tile.iter().enumerate() {
                let from = ((i + a) * self.used + j) * parts;
                let sums = &mut sums[from..from + B * parts];
                for (b, value) in tile.iter().enumerate() {
                    sums[b * parts + h] = *value;
                }
            }
        }
    }
}
