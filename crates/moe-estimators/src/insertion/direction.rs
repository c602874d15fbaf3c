//! Directions of atoms: which of them would move the fit in nearly the same way.

use moe_core::measure::Atom;
use moe_core::numeric::{LANES, Lanes, exp_lanes, sum_tree};
use moe_core::shape::Shape;

use super::{Base, Promise};
use crate::kernel::{self, fused, zip};
use crate::likelihood::Likelihood;
use crate::rows::Run;

/// Directions are compared on this many blocks of covariate vectors at most.
const COMPARED_BLOCKS: usize = 256;

/// √n_y ũ, cell by cell, on a part of the data, scaled to length one.
#[derive(Clone, Debug)]
pub(super) struct Direction(Vec<Lanes>);

impl Direction {
    /// The direction of an atom that is inserted into a base.
    pub(super) fn new(base: &Base, likelihood: &Likelihood, atom: &Atom, promise: &Promise) -> Self {
        let mut regression = vec![0.0; base.parameters.len()];
        for (lambda, &i) in promise.regression.iter().zip(&base.free) {
            regression[i] = *lambda;
        }
        let shape = likelihood.shape();
        likelihood.arch().dispatch(Remainder { base, likelihood, shape, atom, regression })
    }

    /// Whether its cosine with every one of `others` is below `limit`.
    pub(super) fn is_new(&self, arch: pulp::Arch, others: &[Direction], limit: f64) -> bool {
        arch.dispatch(LargestCosine { direction: self, others }) < limit
    }

    #[inline(always)]
    fn product(&self, other: &Direction) -> f64 {
        let mut sum = [0.0; LANES];
        for (a, b) in self.0.iter().zip(&other.0) {
            sum = fused(*a, *b, sum);
        }
        sum_tree(sum)
    }
}

struct LargestCosine<'a> {
    direction: &'a Direction,
    others: &'a [Direction],
}

impl pulp::WithSimd for LargestCosine<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        let mut most = f64::NEG_INFINITY;
        for other in self.others {
            most = most.max(self.direction.product(other));
        }
        most
    }
}

/// ũ = u − λᵀs.
struct Remainder<'a> {
    base: &'a Base,
    likelihood: &'a Likelihood,
    /// Of the base.
    shape: Shape,
    atom: &'a Atom,
    /// λ, all coordinates.
    regression: Vec<f64>,
}

impl pulp::WithSimd for Remainder<'_> {
    type Output = Direction;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Direction {
        let rows = self.likelihood.rows();
        let blocks = rows.x.len() / self.shape.dim;
        let stride = blocks.div_ceil(COMPARED_BLOCKS).max(1);
        let mut moves = vec![[0.0; LANES]; self.shape.logits()];
        let mut classes = vec![[0.0; LANES]; self.shape.classes];
        let mut out = Direction(Vec::with_capacity(rows.cells().div_ceil(stride)));
        for run in &rows.runs {
            for block in (run.first..run.end).step_by(stride) {
                self.block(run, block, &mut moves, &mut classes, &mut out.0);
            }
        }
        let inverse = 1.0 / out.product(&out).sqrt();
        out.0.iter_mut().for_each(|v| *v = kernel::each(*v, |v| v * inverse));
        out
    }
}

impl Remainder<'_> {
    /// Appends the cells of a block. `moves` becomes λ by logit of the base times features; `classes` the class
    /// probabilities of the atom.
    #[inline(always)]
    fn block(
        &self,
        run: &Run,
        block: usize,
        moves: &mut [Lanes],
        classes: &mut [Lanes],
        out: &mut Vec<Lanes>,
    ) {
        let (rows, d, row) = (self.likelihood.rows(), self.shape.dim, self.shape.row());
        let x = &rows.x[block * d..(block + 1) * d];
        let m = &rows.gate_features()[block * d..(block + 1) * d];
        for (l, moved) in moves.iter_mut().enumerate() {
            let lambda = &self.regression[l * row..(l + 1) * row];
            *moved = kernel::logit(lambda[0], &lambda[1..], if l < self.shape.gate_rows() { m } else { x });
        }
        let gate = exp_lanes(kernel::logit(0.0, &self.atom.gate_slope, m));
        let share = zip(gate, self.base.points.reference[block], |a, b| a * b);
        self.probabilities(x, classes);
        let cells = run.cell(block)..run.cell(block + 1);
        for ((cell, label), count) in cells.zip(run.labels.first..).zip(rows.counts_of(run, block)) {
            let ratio = zip(classes[label], self.base.inverse_density[cell], |f, g| f * g - 1.0);
            let mut u = zip(share, ratio, |s, r| s * r);
            let by_logit = &self.base.points.by_logit[cell * moves.len()..(cell + 1) * moves.len()];
            for (moved, q) in moves.iter().zip(by_logit) {
                u = fused(kernel::each(*moved, |v| -v), *q, u);
            }
            out.push(zip(*count, u, |n, u| n.sqrt() * u));
        }
    }

    #[inline(always)]
    fn probabilities(&self, x: &[Lanes], out: &mut [Lanes]) {
        let last = out.len() - 1;
        out[last] = [1.0; LANES];
        let mut total = out[last];
        for c in 0..last {
            out[c] = exp_lanes(kernel::logit(self.atom.intercepts[c], self.atom.class_slope(c), x));
            total = zip(total, out[c], |a, b| a + b);
        }
        for f in out {
            *f = zip(*f, total, |f, t| f / t);
        }
    }
}
