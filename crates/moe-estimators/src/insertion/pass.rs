//! The two passes over the data behind the promise of an atom: group by group, weights, then weights times features.

use moe_core::measure::Atom;
use moe_core::numeric::{LANES, Lanes, exp_all_moderate};
use pulp::Simd;

use super::Base;
use super::layout::{Layout, Pair};
use super::sums::Scratch;
use crate::kernel::{self, Buffer, GROUP, Group, HESSIAN, Outer, SCORE, Table, fused, mixed, symmetric, zip};
use crate::likelihood::{self, Likelihood};
use crate::rows::Run;

const ZERO: Lanes = [0.0; LANES];

/// A group of blocks with what is known of the base there.
struct Known<'a> {
    base: &'a Base,
    atom: &'a Atom,
    group: Group<'a>,
    /// First block and first cell of the group.
    at: (usize, usize),
}

impl Known<'_> {
    /// exp of the logits of the atom, its own weight left out.
    #[inline(always)]
    fn exponentials(&self, out: &mut Buffer) {
        let (d, classes) = (self.atom.gate_slope.len(), self.atom.intercepts.len() + 1);
        let blocks = self.group.count.len() / self.group.labels.len();
        let (lanes, _) = out.as_chunks_mut();
        let features = self.group.x.chunks_exact(d).zip(self.group.m.chunks_exact(d));
        for (out, (x, m)) in lanes.chunks_exact_mut(classes).zip(features) {
            out[0] = kernel::logit(0.0, &self.atom.gate_slope, m);
            for c in 1..classes {
                out[c] = kernel::logit(self.atom.intercepts[c - 1], self.atom.class_slope(c - 1), x);
            }
        }
        exp_all_moderate(&mut out[..blocks * classes * LANES]);
    }

    /// For each block: its number, the atom's weight before the ratio of densities, and its class probabilities, put in
    /// the place of the exponentials (that of the last class first).
    #[inline(always)]
    fn shares(&self, exponential: &mut [Lanes], block: usize) -> Lanes {
        let share = zip(exponential[0], self.base.points.reference[self.at.0 + block], |a, b| a * b);
        let mut total = [1.0; LANES];
        for e in &exponential[1..] {
            total = zip(total, *e, |a, b| a + b);
        }
        exponential[0] = kernel::each(total, |t| 1.0 / t);
        let (inverse, classes) = exponential.split_at_mut(1);
        classes.iter_mut().for_each(|f| *f = zip(*f, inverse[0], |a, b| a * b));
        share
    }

    /// Number of the cell of a block and label number `l`, f(y) / g(y|x), and n_y.
    #[inline(always)]
    fn cell(&self, probability: &[Lanes], block: usize, l: usize) -> (usize, Lanes, Lanes) {
        let here = block * self.group.labels.len() + l;
        let label = self.group.labels.first + l;
        let own = probability[if label + 1 < probability.len() { label + 1 } else { 0 }];
        let ratio = zip(own, self.base.inverse_density[self.at.1 + here], |f, g| f * g);
        (self.at.1 + here, ratio, self.group.count[here])
    }
}

/// Every group of the data. What is done with it must stay outside closures: these are not compiled for the
/// instructions of their caller.
fn groups<'a>(base: &'a Base, likelihood: &'a Likelihood, atom: &'a Atom) -> impl Iterator<Item = Known<'a>> {
    let rows = likelihood.rows();
    let groups = |run: &'a Run| (run.first..run.end).step_by(GROUP).map(move |first| (run, first));
    rows.runs.iter().flat_map(groups).map(move |(run, first)| {
        let group = likelihood::group(rows, run, first, (first + GROUP).min(run.end));
        Known { base, atom, group, at: (first, run.cell(first)) }
    })
}

/// One pass for an atom that is inserted into a base.
pub(super) struct Pass<'a> {
    pub(super) base: &'a Base,
    pub(super) likelihood: &'a Likelihood,
    pub(super) atom: &'a Atom,
    pub(super) layout: Layout,
    pub(super) scratch: &'a mut Scratch,
}

/// Σ u and Σ u²; Σ u s by logits of the base.
pub(super) struct First<'a>(pub(super) Pass<'a>);

/// Every sum, by [`Layout`].
pub(super) struct Second<'a>(pub(super) Pass<'a>);

impl pulp::WithSimd for First<'_> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) -> (Lanes, Lanes) {
        let Pass { base, likelihood, atom, layout, scratch } = self.0;
        let (logits, row) = (layout.gates + layout.experts, layout.row);
        let (mut first, mut second) = (ZERO, ZERO);
        let mut total = std::mem::take(&mut scratch.total);
        total.fill(0.0);
        for known in groups(base, likelihood, atom) {
            known.exponentials(&mut scratch.exponential);
            let (exponential, _) = scratch.exponential.as_chunks_mut();
            let (weight, _) = scratch.weight.as_chunks_mut();
            let blocks = known.group.count.len() / known.group.labels.len();
            let of_blocks =
                exponential.chunks_exact_mut(layout.classes + 1).zip(weight.chunks_exact_mut(logits));
            for (block, (exponential, weight)) in of_blocks.take(blocks).enumerate() {
                let share = known.shares(exponential, block);
                weight.fill(ZERO);
                for l in 0..known.group.labels.len() {
                    let (cell, ratio, count) = known.cell(exponential, block, l);
                    let u = zip(share, ratio, |s, r| s * (r - 1.0));
                    let counted = zip(count, u, |n, u| n * u);
                    first = zip(first, counted, |a, b| a + b);
                    second = fused(counted, u, second);
                    let by_logit = &base.points.by_logit[cell * logits..(cell + 1) * logits];
                    for (weight, q) in weight.iter_mut().zip(by_logit) {
                        *weight = fused(counted, *q, *weight);
                    }
                }
            }
            scratch.products::<S, SCORE>(s, known.group, layout);
            let (left, x, m) = (
                Table { data: &scratch.weight, entries: logits },
                scratch.table(Pair::Classes, layout),
                scratch.table(Pair::Gates, layout),
            );
            let (of_gates, of_experts) = total.split_at_mut(layout.gates * row * LANES);
            let of_experts = &mut of_experts[..layout.experts * row * LANES];
            s.vectorize(Outer { blocks, left, first: 0, right: m, used: row, sums: of_gates });
            s.vectorize(Outer { blocks, left, first: layout.gates, right: x, used: row, sums: of_experts });
        }
        scratch.total = total;
        (first, second)
    }
}

impl pulp::WithSimd for Second<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Pass { base, likelihood, atom, layout, scratch } = self.0;
        let (logits, entries) = (layout.gates + layout.experts, layout.entries());
        let mut derivatives = vec![ZERO; layout.classes + 1];
        scratch.total.fill(0.0);
        for known in groups(base, likelihood, atom) {
            known.exponentials(&mut scratch.exponential);
            let (exponential, _) = scratch.exponential.as_chunks_mut();
            let (weight, _) = scratch.weight.as_chunks_mut();
            let blocks = known.group.count.len() / known.group.labels.len();
            let of_blocks =
                exponential.chunks_exact_mut(layout.classes + 1).zip(weight.chunks_exact_mut(entries));
            for (block, (exponential, weight)) in of_blocks.take(blocks).enumerate() {
                let share = known.shares(exponential, block);
                weight.fill(ZERO);
                for l in 0..known.group.labels.len() {
                    let (cell, ratio, count) = known.cell(exponential, block, l);
                    derivatives[0] = zip(share, ratio, |s, r| s * (r - 1.0));
                    let joint = zip(share, ratio, |s, r| s * r);
                    for c in 1..=layout.classes {
                        let own = if known.group.labels.first + l + 1 == c { 1.0 } else { 0.0 };
                        derivatives[c] = zip(joint, exponential[c], |j, f| j * (own - f));
                    }
                    let by_logit = &base.points.by_logit[cell * logits..(cell + 1) * logits];
                    add_weights(layout, count, &derivatives, by_logit, weight);
                }
            }
            scratch.products::<S, HESSIAN>(s, known.group, layout);
            scratch.accumulate(s, blocks, layout);
        }
    }
}

/// Adds the weights that one cell gives, in the order of [`Layout`].
#[inline(always)]
fn add_weights(layout: Layout, count: Lanes, derivatives: &[Lanes], by_logit: &[Lanes], out: &mut [Lanes]) {
    let (c, u) = (layout.classes, derivatives[0]);
    let (gates, experts) = by_logit.split_at(layout.gates);
    let (single, rest) = out.split_at_mut(layout.begin(Pair::Gates));
    let (of_gates, rest) = rest.split_at_mut(layout.pairs(Pair::Gates));
    let (of_both, of_classes) = rest.split_at_mut(layout.pairs(Pair::Mixed));
    let (gate, class) = single.split_at_mut(2);
    let counted = zip(count, u, |n, u| n * u);
    gate[0] = zip(gate[0], counted, |a, b| a + b);
    add(counted, &[u], &mut gate[1..]);
    add(counted, &[u], &mut of_gates[..1]);
    add(counted, gates, &mut of_gates[1..]);
    add(counted, &derivatives[1..], &mut of_both[..c]);
    add(counted, experts, &mut of_both[c..c + experts.len()]);
    let mut own = 0;
    for a in 1..=c {
        let counted = zip(count, derivatives[a], |n, v| n * v);
        class[a - 1] = zip(class[a - 1], counted, |a, b| a + b);
        add(counted, &[u], &mut class[c + a - 1..c + a]);
        add(counted, gates, &mut of_both[c + experts.len() + (a - 1) * gates.len()..][..gates.len()]);
        add(counted, &derivatives[a..], &mut of_classes[own..own + c + 1 - a]);
        own += c + 1 - a;
    }
    for a in 1..=c {
        let counted = zip(count, derivatives[a], |n, v| n * v);
        add(counted, experts, &mut of_classes[own + (a - 1) * experts.len()..][..experts.len()]);
    }
}

/// out += weight · values.
#[inline(always)]
fn add(weight: Lanes, values: &[Lanes], out: &mut [Lanes]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out = fused(weight, *value, *out);
    }
}

impl Scratch {
    /// Products of features of a group.
    #[inline(always)]
    fn products<S: Simd, const LEVEL: u8>(&mut self, s: S, group: Group<'_>, layout: Layout) {
        let d = layout.row - 1;
        symmetric(s, d, LEVEL, group.x, &mut self.products_x);
        if !layout.shared {
            symmetric(s, d, LEVEL, group.m, &mut self.products_m);
            if LEVEL >= HESSIAN {
                mixed(s, d, group.m, group.x, &mut self.products_mx);
            }
        }
    }

    /// The products that go with a kind of pairs.
    #[inline(always)]
    fn table(&self, pair: Pair, layout: Layout) -> Table<'_> {
        let data = match pair {
            _ if layout.shared => &self.products_x,
            Pair::Gates => &self.products_m,
            Pair::Mixed => &self.products_mx,
            Pair::Classes => &self.products_x,
        };
        Table { data, entries: layout.products(pair) }
    }

    /// Adds weights times features of a group to the totals.
    #[inline(always)]
    fn accumulate<S: Simd>(&mut self, s: S, blocks: usize, layout: Layout) {
        let mut total = std::mem::take(&mut self.total);
        let left = Table { data: &self.weight, entries: layout.entries() };
        let row = layout.row;
        let (of_gate, rest) = total.split_at_mut(2 * row * LANES);
        let (of_classes, mut rest) = rest.split_at_mut(2 * layout.classes * row * LANES);
        let (x, m) = (self.table(Pair::Classes, layout), self.table(Pair::Gates, layout));
        s.vectorize(Outer { blocks, left, first: 0, right: m, used: row, sums: of_gate });
        s.vectorize(Outer { blocks, left, first: 2, right: x, used: row, sums: of_classes });
        for pair in [Pair::Gates, Pair::Mixed, Pair::Classes] {
            let (first, used) = (layout.begin(pair), layout.products(pair));
            let (sums, later) = rest.split_at_mut(layout.pairs(pair) * used * LANES);
            s.vectorize(Outer { blocks, left, first, right: self.table(pair, layout), used, sums });
            rest = later;
        }
        self.total = total;
    }
}
