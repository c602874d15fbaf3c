//! The likelihood kernel: from rows to sums of log-likelihood, score and Hessian.
//!
//! A pass goes through the data in groups of up to [`GROUP`] blocks of [`LANES`] covariate vectors. Stage by stage,
//! each over a few buffers that the first-level cache holds: logits and products of features ([`features`]), exponentials,
//! gates and class probabilities ([`probability`]), posteriors ([`posterior`]), weights of logits and of their
//! pairs ([`weights`]; with two classes both in [`binary`]), weights times features ([`accumulate`]), logarithms ([`value`]). Stages are short so that
//! the processor can work on many vectors at once. Gates and experts are evaluated once for each covariate
//! vector, whatever number of classes was seen there.
//!
//! All is written over vectors of any width dividing [`LANES`] with explicit fused multiply-adds in a fixed
//! order: lane by lane the same operations, so all instruction sets give the same bits.

mod accumulate;
mod arithmetic;
mod binary;
mod buffer;
mod features;
mod posterior;
mod probability;
mod shifted;
mod value;
mod vector;
mod weights;

use std::ops::Range;

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, exp_all_moderate};
use moe_core::shape::Shape;
use pulp::Simd;

use crate::rows::Labels;
pub(crate) use accumulate::{Outer, Table};
pub(crate) use arithmetic::{each, fused, logit, zip};
pub(crate) use buffer::{Blocks, Buffer};
pub(crate) use features::{mixed, symmetric};
pub(crate) use shifted::{Points, Pointwise};
pub(crate) use vector::{Vector, WHOLE, parts, vectors, vectors_mut};

/// Blocks that go through a stage together, at most.
pub(crate) const GROUP: usize = 24;

/// Blocks of a group where eight are too many for the cache.
const GROUP_OF_MANY: usize = 20;

/// Largest |logit| for which products of gate and expert probabilities can neither overflow nor
/// underflow, so that no logit needs to be shifted: 4 · 150 < 708.
pub(crate) const SAFE_LOGIT: f64 = 150.0;

/// Numbers of eight lanes that a group works with, at most, where densities are multiplied and where it can be helped: about
/// 40 kB, so that most of them stay in the first-level cache.
const WORKING: usize = 640;

/// The same where they are not multiplied, about 70 kB: a stage works with a part of them at a time, and fewer groups begin
/// fewer sums.
const WORKING_APART: usize = 1100;

/// Where the groups of blocks that go through the stages of a pass together end. Every group begins anew with every sum, so
/// groups are long where the cache has room; where eight blocks are too many for it, sums are too, and those want long groups.
/// Gate maps and posteriors need somewhat more than is counted here.
///
/// Where densities are multiplied, the last bits of values depend on the lengths: with twelve, products of eight and of four are
/// taken. Elsewhere they do not, and lengths differ by one at most.
pub(crate) fn groups(
    shape: Shape,
    multiplies: bool,
    blocks: Range<usize>,
) -> impl Iterator<Item = Range<usize>> {
    let (k, classes, row, sizes) = (shape.experts, shape.classes, shape.row(), Sizes::new(shape));
    let probabilities = k * (1 + classes) + 2 * classes;
    let features = shape.dim + row * (row + 1) / 2;
    // Twice the logits, although their buffer is used again: the lengths of groups that multiply are part of their values.
    let numbers = 2 * sizes.logits + probabilities + sizes.pairs() + features;
    let length = [16, 12, 8].into_iter().find(|length| length * numbers <= WORKING).unwrap_or(16);
    let most = if 8 * numbers <= WORKING { (WORKING_APART / numbers).min(GROUP) } else { GROUP_OF_MANY };
    let all = blocks.len();
    let count = all.div_ceil(if multiplies { length } else { most });
    let end = move |group: usize| {
        blocks.start + if multiplies { (group * length).min(all) } else { group * all / count }
    };
    (0..count).map(move |group| end(group)..end(group + 1))
}

/// What a pass computes: the value, also the score, also the Hessian.
pub(crate) const VALUE: u8 = 0;
pub(crate) const SCORE: u8 = 1;
pub(crate) const HESSIAN: u8 = 2;

pub(crate) const ZERO: Lanes = [0.0; LANES];

/// One pass: sizes and parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) shape: Shape,
    /// Whether gates and experts see the same features (identity gate).
    pub(crate) shared: bool,
    /// Whether no |logit| exceeds [`SAFE_LOGIT`].
    pub(crate) safe: bool,
    /// Blocks of count one whose densities can be multiplied before one logarithm is taken: 1, 2, 4 or 8.
    pub(crate) factors: usize,
    pub(crate) parameters: &'a [f64],
}

/// A group of at most [`GROUP`] blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group<'a> {
    /// Labels that the rows of each covariate vector may have.
    pub(crate) labels: Labels,
    /// Whether every count is 1, or 0 for padding.
    pub(crate) unit: bool,
    /// Covariates, block-major.
    pub(crate) x: &'a [Lanes],
    /// Gate features, block-major.
    pub(crate) m: &'a [Lanes],
    /// Products of x with x, block-major; empty where they are still to be worked out.
    pub(crate) products: &'a [Lanes],
    /// Counts: `count[block * labels + label]`.
    pub(crate) count: &'a [Lanes],
}

impl Group<'_> {
    fn blocks(&self) -> usize {
        self.count.len() / self.labels.len()
    }

    /// Whether densities are multiplied before logarithms are taken: one label, every count 1.
    fn multiplies(&self) -> bool {
        self.unit && self.labels.len() == 1
    }
}

/// Sums over rows, lane by lane, and the scratch space of a group.
///
/// Pairs of logits are ordered: upper triangle of the gates, gates by expert classes, upper triangle of the
/// expert classes; each row-major.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) value: CompensatedLanes,
    /// Score: `score[(logit * (d + 1) + p) * LANES + lane]`.
    pub(crate) score: Buffer,
    /// Hessian: pair-major; (d+1)(d+2)/2 products a pair of one feature set, (d+1)² a mixed pair.
    pub(crate) hessian: Buffer,
    scratch: Scratch,
}

/// Scratch space of a group, all of it block-major: `[(block * entries + entry) * LANES + lane]`.
#[derive(Clone, Debug)]
struct Scratch {
    /// Logits in the order of parameters, then their exponentials, then derivatives in them, times counts.
    by_logit: Buffer,
    /// π_i, then f_i(s) expert by expert, with the reference gate and classes: k + k K entries.
    probability: Buffer,
    /// r_i for each label: k entries a label.
    posterior: Buffer,
    /// g(y|x), one entry a label; on the shifted path its logarithm.
    density: Buffer,
    /// 1/g(y|x), like the densities; not on the shifted path.
    inverse: Buffer,
    /// What the shifted path works with.
    logs: shifted::Logs,
    /// Second derivatives in pairs of logits, times counts.
    weight: Buffer,
    /// Products of features: of x with x, of M(x) with M(x), of M(x) with x.
    products_x: Buffer,
    products_m: Buffer,
    products_mx: Buffer,
    /// Intermediate results of one vector, for shapes that are not compiled on their own.
    local: Buffer,
}

impl Sums {
    pub(crate) fn new(shape: Shape, shared: bool) -> Self {
        let (row, sizes) = (shape.row(), Sizes::new(shape));
        let products = row * (row + 1) / 2;
        let mixed = if shared { products } else { row * row };
        let one_set = sizes.pairs() - sizes.mixed_pairs;
        let group = |entries: usize| Buffer::new(GROUP * LANES * entries);
        let unless_shared = |entries: usize| group(if shared { 0 } else { entries });
        Self {
            value: CompensatedLanes::default(),
            score: Buffer::new(LANES * sizes.logits * row),
            hessian: Buffer::new(LANES * (one_set * products + sizes.mixed_pairs * mixed)),
            scratch: Scratch {
                probability: group(shape.experts * (1 + shape.classes)),
                posterior: group(shape.experts * shape.classes),
                density: group(shape.classes),
                inverse: group(shape.classes),
                logs: shifted::Logs::new(shape),
                by_logit: group(sizes.logits),
                weight: group(sizes.pairs()),
                products_x: group(products),
                products_m: unless_shared(products),
                products_mx: unless_shared(mixed),
                local: Buffer::new(LANES * weights::local_size(shape)),
            },
        }
    }

    /// Back to zero sums.
    pub(crate) fn clear<const LEVEL: u8>(&mut self) {
        self.value = CompensatedLanes::default();
        if LEVEL >= SCORE {
            self.score.fill(0.0);
        }
        if LEVEL >= HESSIAN {
            self.hessian.fill(0.0);
        }
    }
}

/// Numbers of logits and of their pairs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) gates: usize,
    pub(crate) logits: usize,
    pub(crate) gate_pairs: usize,
    pub(crate) mixed_pairs: usize,
    pub(crate) expert_pairs: usize,
}

impl Sizes {
    #[inline(always)]
    pub(crate) fn new(shape: Shape) -> Self {
        let (gates, logits) = (shape.experts - 1, shape.experts - 1 + shape.experts * (shape.classes - 1));
        let experts = logits - gates;
        Self {
            gates,
            logits,
            gate_pairs: gates * (gates + 1) / 2,
            mixed_pairs: gates * experts,
            expert_pairs: experts * (experts + 1) / 2,
        }
    }

    #[inline(always)]
    pub(crate) fn pairs(&self) -> usize {
        self.gate_pairs + self.mixed_pairs + self.expert_pairs
    }
}

/// Adds a group of blocks to the sums. `LEVEL` is [`VALUE`], [`SCORE`] or [`HESSIAN`]; `SAFE` says that
/// no |logit| exceeds [`SAFE_LOGIT`].
#[inline(always)]
pub(crate) fn add_group<S: Simd, const LEVEL: u8, const SAFE: bool>(
    s: S,
    pass: Pass<'_>,
    group: Group<'_>,
    sums: &mut Sums,
) {
    let scratch = &mut sums.scratch;
    if SAFE {
        s.vectorize(features::Logits { pass, group, out: &mut scratch.by_logit });
        s.vectorize(Exponentials(&mut scratch.by_logit[..group.blocks() * pass.shape.logits() * LANES]));
        s.vectorize(probability::Probabilities { pass, group, scratch });
    } else {
        s.vectorize(shifted::Shifted { pass, group, scratch });
    }
    if SAFE && LEVEL >= SCORE && pass.shape.classes == 2 {
        s.vectorize(binary::Binary::<'_, LEVEL> { pass, group, scratch });
    } else {
        if SAFE {
            s.vectorize(posterior::Posteriors::<'_, LEVEL> { pass, group, scratch });
        }
        if LEVEL >= SCORE {
            s.vectorize(weights::Weights::<'_, LEVEL> { pass, group, scratch });
        }
    }
    if LEVEL >= SCORE {
        s.vectorize(features::Products::<'_, LEVEL> { pass, group, scratch });
        s.vectorize(accumulate::Accumulate::<'_, LEVEL> { pass, group, sums });
    }
    let Sums { scratch: Scratch { density, inverse, .. }, value: sum, .. } = sums;
    s.vectorize(value::Value::<'_, SAFE> { pass, group, density, inverse, sum });
}

/// exp of a buffer of moderate numbers.
struct Exponentials<'a>(&'a mut [f64]);

impl pulp::WithSimd for Exponentials<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        exp_all_moderate(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_follow_one_another_and_differ_by_a_block_at_most() {
        for (experts, classes, dim) in
            [(2, 2, 2), (3, 3, 2), (3, 2, 2), (4, 5, 8), (2, 2, 1), (4, 3, 2), (3, 3, 8)]
        {
            let shape = Shape { experts, classes, dim };
            for blocks in 0..300 {
                let all: Vec<_> = groups(shape, false, 7..7 + blocks).collect();
                let lengths = || all.iter().map(Range::len);
                assert!(lengths().max() <= lengths().min().map(|least| least + 1));
                assert!(lengths().all(|length| 0 < length && length <= GROUP));
                let ends: Vec<usize> = std::iter::once(7).chain(all.iter().map(|g| g.end)).collect();
                assert!(all.iter().zip(&ends).all(|(group, begin)| group.start == *begin));
                assert_eq!(ends.last(), Some(&(7 + blocks)));
                let multiplied: Vec<_> = groups(shape, true, 7..7 + blocks).collect();
                let whole = multiplied.len().saturating_sub(1);
                assert!(multiplied[..whole].iter().all(|g| [8, 12, 16].contains(&g.len())));
                assert_eq!(multiplied.iter().map(Range::len).sum::<usize>(), blocks);
            }
        }
    }
}
