//! The pass itself: probabilities, responsibilities and sums, block of rows by block of rows.

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, exp_lanes, ln_lanes};
use moe_core::shape::Shape;

use crate::kernel::{each, fused, logit, zip};
use crate::rows::PackedRows;

pub(super) const ZERO: Lanes = [0.0; LANES];
const ONE: Lanes = [1.0; LANES];

/// Sums over rows, lane by lane, and the probabilities of the block at hand.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) log_likelihood: CompensatedLanes,
    pub(super) values: Vec<CompensatedLanes>,
    /// Logit-major, d + 1 entries a logit.
    pub(super) score: Vec<Lanes>,
    /// Pair-major, block by block, (d+1)(d+2)/2 products a pair.
    pub(super) curvature: Vec<Lanes>,
    /// π_i.
    gate: Vec<Lanes>,
    /// ln π_i.
    log_gate: Vec<Lanes>,
    /// f_is, K − 1 entries an expert.
    class: Vec<Lanes>,
    /// f_iy and ln f_iy.
    own: Vec<Lanes>,
    log_own: Vec<Lanes>,
    products: Vec<Lanes>,
}

impl Work {
    pub(super) fn new(shape: Shape, newton: bool) -> Self {
        let (k, classes, row) = (shape.experts, shape.classes - 1, shape.row());
        let pairs = |logits: usize| if newton { logits * (logits + 1) / 2 } else { 1 };
        let products = row * (row + 1) / 2;
        Self {
            log_likelihood: CompensatedLanes::default(),
            values: vec![CompensatedLanes::default(); k + 1],
            score: vec![ZERO; shape.parameters()],
            curvature: vec![ZERO; (pairs(shape.gate_rows()) + k * pairs(classes)) * products],
            gate: vec![ZERO; k],
            log_gate: vec![ZERO; k],
            class: vec![ZERO; k * classes],
            own: vec![ZERO; k],
            log_own: vec![ZERO; k],
            products: vec![ZERO; products],
        }
    }

    pub(super) fn clear(&mut self) {
        self.log_likelihood = CompensatedLanes::default();
        self.values.fill(CompensatedLanes::default());
        self.score.fill(ZERO);
        self.curvature.fill(ZERO);
    }
}

/// One pass. `SAFE` says that no |logit| exceeds the kernel's `SAFE_LOGIT`, so that none needs to be shifted.
pub(super) struct Sweep<'a, const EXPECT: bool, const NEWTON: bool, const SAFE: bool> {
    pub(super) shape: Shape,
    pub(super) rows: &'a PackedRows,
    pub(super) parameters: &'a [f64],
    pub(super) responsibility: &'a mut [Lanes],
    pub(super) work: &'a mut Work,
}

/// A block of covariates with one label.
#[derive(Clone, Copy)]
struct Block<'a> {
    label: usize,
    x: &'a [Lanes],
    m: &'a [Lanes],
    count: Lanes,
}

impl<const EXPECT: bool, const NEWTON: bool, const SAFE: bool> pulp::WithSimd
    for Sweep<'_, EXPECT, NEWTON, SAFE>
{
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic, with the loops unrolled.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match (self.shape.experts, self.shape.classes, self.shape.dim) {
            (2, 2, 2) => self.run(Shape { experts: 2, classes: 2, dim: 2 }),
            (3, 2, 2) => self.run(Shape { experts: 3, classes: 2, dim: 2 }),
            _ => {
                let shape = self.shape;
                self.run(shape);
            }
        }
    }
}

impl<const EXPECT: bool, const NEWTON: bool, const SAFE: bool> Sweep<'_, EXPECT, NEWTON, SAFE> {
    #[inline(always)]
    fn run(self, shape: Shape) {
        let (k, d, gate_features) = (shape.experts, shape.dim, self.rows.gate_features());
        for run in &self.rows.runs {
            for block in run.first..run.end {
                let at = block * d..(block + 1) * d;
                let (x, m) = (&self.rows.x[at.clone()], &gate_features[at]);
                let counts = self.rows.counts_of(run, block);
                for (label, count) in (run.labels.first..run.labels.end).zip(counts) {
                    let cell = run.cell(block) + label - run.labels.first;
                    let responsibility = &mut self.responsibility[cell * k..(cell + 1) * k];
                    let block = Block { label, x, m, count: *count };
                    add_block::<EXPECT, NEWTON, SAFE>(
                        shape,
                        self.parameters,
                        block,
                        responsibility,
                        self.work,
                    );
                }
            }
        }
    }
}

/// One block of one label.
#[inline(always)]
fn add_block<const EXPECT: bool, const NEWTON: bool, const SAFE: bool>(
    shape: Shape,
    parameters: &[f64],
    block: Block<'_>,
    responsibility: &mut [Lanes],
    work: &mut Work,
) {
    // Logarithms of probabilities are wanted by the values of Q, and where logits are large.
    if NEWTON || !SAFE {
        probabilities::<SAFE, true>(shape, parameters, block, work);
    } else {
        probabilities::<SAFE, false>(shape, parameters, block, work);
    }
    if EXPECT {
        let log_density = responsibilities::<SAFE>(work, responsibility);
        work.log_likelihood.add(zip(block.count, log_density, |c, v| c * v));
    }
    if NEWTON {
        add_values(block, responsibility, work);
    }
    add_score(shape, block, responsibility, work);
    add_curvature::<NEWTON>(shape, block, responsibility, work);
}

#[inline(always)]
fn row_logit(shape: Shape, parameters: &[f64], at: usize, features: &[Lanes]) -> Lanes {
    logit(parameters[at], &parameters[at + 1..at + shape.row()], features)
}

/// Softmax over the given logits and a reference logit 0, in place; returns the probability of the
/// reference and, where `LOGS`, ln(1 + Σ exp).
#[inline(always)]
fn softmax<const SAFE: bool, const LOGS: bool>(logits: &mut [Lanes]) -> (Lanes, Lanes) {
    let mut top = ZERO;
    if !SAFE {
        for z in logits.iter() {
            top = zip(top, *z, f64::max);
        }
    }
    let reference = if SAFE { ONE } else { exp_lanes(each(top, |t| -t)) };
    let mut total = reference;
    for z in logits.iter_mut() {
        *z = exp_lanes(if SAFE { *z } else { zip(*z, top, |z, t| z - t) });
        total = zip(total, *z, |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    for z in logits.iter_mut() {
        *z = zip(*z, inverse, |a, b| a * b);
    }
    let log_total = if LOGS { zip(top, ln_lanes(total), |a, b| a + b) } else { ZERO };
    (zip(reference, inverse, |a, b| a * b), log_total)
}

/// Gates and class probabilities of a block, with the logarithms of those that Q needs.
#[inline(always)]
fn probabilities<const SAFE: bool, const LOGS: bool>(
    shape: Shape,
    parameters: &[f64],
    block: Block<'_>,
    work: &mut Work,
) {
    let (k, classes) = (shape.experts, shape.classes - 1);
    for i in 0..k - 1 {
        let z = row_logit(shape, parameters, shape.gate(i), block.m);
        work.gate[i] = z;
        work.log_gate[i] = z;
    }
    let (reference, log_total) = softmax::<SAFE, LOGS>(&mut work.gate[..k - 1]);
    work.gate[k - 1] = reference;
    work.log_gate[k - 1] = ZERO;
    if LOGS {
        for i in 0..k {
            work.log_gate[i] = zip(work.log_gate[i], log_total, |z, t| z - t);
        }
    }
    for i in 0..k {
        for c in 0..classes {
            work.class[i * classes + c] = row_logit(shape, parameters, shape.expert(i, c), block.x);
        }
        let at = i * classes + block.label;
        let own_logit = if block.label < classes { work.class[at] } else { ZERO };
        let (reference, log_total) = softmax::<SAFE, LOGS>(&mut work.class[i * classes..(i + 1) * classes]);
        work.own[i] = if block.label < classes { work.class[at] } else { reference };
        if LOGS {
            work.log_own[i] = zip(own_logit, log_total, |z, t| z - t);
        }
    }
}

/// Responsibilities from the probabilities at hand; returns ln g.
#[inline(always)]
fn responsibilities<const SAFE: bool>(work: &Work, out: &mut [Lanes]) -> Lanes {
    let mut top = ZERO;
    for (i, r) in out.iter_mut().enumerate() {
        *r = if SAFE {
            zip(work.gate[i], work.own[i], |p, f| p * f)
        } else {
            zip(work.log_gate[i], work.log_own[i], |p, f| p + f)
        };
        top = if i == 0 { *r } else { zip(top, *r, f64::max) };
    }
    let mut total = ZERO;
    for r in out.iter_mut() {
        if !SAFE {
            *r = exp_lanes(zip(*r, top, |v, t| v - t));
        }
        total = zip(total, *r, |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    for r in out.iter_mut() {
        *r = zip(*r, inverse, |a, b| a * b);
    }
    let log_total = ln_lanes(total);
    if SAFE { log_total } else { zip(top, log_total, |a, b| a + b) }
}

#[inline(always)]
fn add_values(block: Block<'_>, responsibility: &[Lanes], work: &mut Work) {
    let mut gate = ZERO;
    for (i, r) in responsibility.iter().enumerate() {
        gate = fused(*r, work.log_gate[i], gate);
        let own = zip(*r, work.log_own[i], |r, v| r * v);
        work.values[i + 1].add(zip(block.count, own, |c, v| c * v));
    }
    work.values[0].add(zip(block.count, gate, |c, v| c * v));
}

#[inline(always)]
fn add_score(shape: Shape, block: Block<'_>, responsibility: &[Lanes], work: &mut Work) {
    let (row, gates, classes) = (shape.row(), shape.gate_rows(), shape.classes - 1);
    for (i, r) in responsibility.iter().enumerate() {
        if i < gates {
            let w = zip(*r, work.gate[i], |r, p| r - p);
            let at = i * row;
            add_row(zip(block.count, w, |c, w| c * w), block.m, &mut work.score[at..at + row]);
        }
        let share = zip(block.count, *r, |c, r| c * r);
        for s in 0..classes {
            let own = if s == block.label { 1.0 } else { 0.0 };
            let w = zip(share, work.class[i * classes + s], |c, f| c * (own - f));
            let at = (gates + i * classes + s) * row;
            add_row(w, block.x, &mut work.score[at..at + row]);
        }
    }
}

/// sums += w (1, features).
#[inline(always)]
fn add_row(w: Lanes, features: &[Lanes], sums: &mut [Lanes]) {
    sums[0] = zip(sums[0], w, |s, w| s + w);
    for (sum, feature) in sums[1..].iter_mut().zip(features) {
        *sum = fused(w, *feature, *sum);
    }
}

#[inline(always)]
fn add_curvature<const NEWTON: bool>(
    shape: Shape,
    block: Block<'_>,
    responsibility: &[Lanes],
    work: &mut Work,
) {
    let (gates, classes) = (shape.gate_rows(), shape.classes - 1);
    let mut at = 0;
    set_products(block.m, &mut work.products);
    if NEWTON {
        for i in 0..gates {
            let share = zip(block.count, work.gate[i], |c, p| c * p);
            for j in i..gates {
                let own = if i == j { 1.0 } else { 0.0 };
                let w = zip(share, work.gate[j], |a, p| a * (own - p));
                add_products(w, &work.products, &mut work.curvature, &mut at);
            }
        }
    } else {
        add_products(block.count, &work.products, &mut work.curvature, &mut at);
    }
    set_products(block.x, &mut work.products);
    for (i, r) in responsibility.iter().enumerate() {
        let share = zip(block.count, *r, |c, r| c * r);
        if !NEWTON {
            add_products(share, &work.products, &mut work.curvature, &mut at);
            continue;
        }
        for s in 0..classes {
            let share = zip(share, work.class[i * classes + s], |a, f| a * f);
            for t in s..classes {
                let own = if s == t { 1.0 } else { 0.0 };
                let w = zip(share, work.class[i * classes + t], |a, f| a * (own - f));
                add_products(w, &work.products, &mut work.curvature, &mut at);
            }
        }
    }
}

/// Products z_p z_q, p ≤ q, of z = (1, features).
#[inline(always)]
fn set_products(features: &[Lanes], out: &mut [Lanes]) {
    let feature = |p: usize| if p == 0 { ONE } else { features[p - 1] };
    let mut at = 0;
    for p in 0..=features.len() {
        for q in p..=features.len() {
            out[at] = zip(feature(p), feature(q), |a, b| a * b);
            at += 1;
        }
    }
}

#[inline(always)]
fn add_products(w: Lanes, products: &[Lanes], sums: &mut [Lanes], at: &mut usize) {
    for product in products {
        sums[*at] = fused(w, *product, sums[*at]);
        *at += 1;
    }
}
