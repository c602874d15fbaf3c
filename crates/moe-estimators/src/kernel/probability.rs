//! Probabilities relative to the largest term, in logarithms: right for any finite logit.

use moe_core::numeric::{LANES, Lanes, exp_lanes, ln_lanes};
use moe_core::shape::Shape;
use pulp::Simd;

use super::vector::{parts, vectors};
use super::{GROUP, Group, Pass, Sums, ZERO, each, logit, zip};

/// Probabilities of a group, all entries block-major.
#[derive(Clone, Debug)]
pub(super) struct Shifted {
    experts: usize,
    classes: usize,
    /// π_i.
    gate: Vec<Lanes>,
    /// f_i(s), K − 1 entries an expert.
    class: Vec<Lanes>,
    /// r_i, for each label.
    posterior: Vec<Lanes>,
    /// ln g, one entry a label.
    log_density: Vec<Lanes>,
    /// Scratch: logits, ln π_i and ln f_i(label).
    logit: Vec<Lanes>,
    log_gate: Vec<Lanes>,
    log_class: Vec<Lanes>,
}

impl Shifted {
    pub(super) fn new(shape: Shape) -> Self {
        let (k, classes) = (shape.experts, shape.classes);
        Self {
            experts: k,
            classes,
            gate: vec![ZERO; GROUP * k],
            class: vec![ZERO; GROUP * k * (classes - 1)],
            posterior: vec![ZERO; GROUP * classes * k],
            log_density: vec![ZERO; GROUP * classes],
            logit: vec![ZERO; k.max(classes)],
            log_gate: vec![ZERO; k],
            log_class: vec![ZERO; k * classes],
        }
    }

    /// Gates and class probabilities of vector `h` of a block.
    #[inline(always)]
    pub(super) fn probabilities<S: Simd>(
        &self,
        block: usize,
        h: usize,
        gate: &mut [S::f64s],
        class: &mut [S::f64s],
    ) {
        let (k, entries) = (self.experts, self.experts * (self.classes - 1));
        copy::<S>(&self.gate[block * k..(block + 1) * k], h, gate);
        copy::<S>(&self.class[block * entries..(block + 1) * entries], h, class);
    }

    /// Posteriors of vector `h` of a (block, label).
    #[inline(always)]
    pub(super) fn posteriors<S: Simd>(&self, cell: usize, h: usize, posterior: &mut [S::f64s]) {
        let k = self.experts;
        copy::<S>(&self.posterior[cell * k..(cell + 1) * k], h, posterior);
    }

    /// ln g by block and label.
    pub(super) fn log_density(&self) -> &[Lanes] {
        &self.log_density
    }
}

#[inline(always)]
fn copy<S: Simd>(from: &[Lanes], h: usize, to: &mut [S::f64s]) {
    let from = vectors::<S>(from.as_flattened());
    for (i, to) in to.iter_mut().enumerate() {
        *to = from[i * parts::<S>() + h];
    }
}

/// Fills in the probabilities of a group.
#[derive(Debug)]
pub(super) struct Shift<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) out: &'a mut Shifted,
}

impl pulp::WithSimd for Shift<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pass, group, out } = self;
        let (d, labels) = (pass.shape.dim, group.labels.len());
        for block in 0..group.blocks() {
            out.gates(pass, block, &group.m[block * d..(block + 1) * d]);
            out.experts(pass, block, &group.x[block * d..(block + 1) * d]);
            for l in 0..labels {
                out.label(block * labels + l, group.labels.first + l);
            }
        }
    }
}

impl Shifted {
    #[inline(always)]
    fn gates(&mut self, pass: Pass<'_>, block: usize, m: &[Lanes]) {
        let k = self.experts;
        for i in 0..k - 1 {
            self.logit[i] = row_logit(pass, pass.shape.gate(i), m);
        }
        let normaliser = log_sum_exp(&self.logit[..k - 1]);
        for i in 0..k {
            let z = if i + 1 < k { self.logit[i] } else { ZERO };
            self.log_gate[i] = zip(z, normaliser, |a, b| a - b);
            self.gate[block * k + i] = exp_lanes(self.log_gate[i]);
        }
    }

    #[inline(always)]
    fn experts(&mut self, pass: Pass<'_>, block: usize, x: &[Lanes]) {
        let (k, classes) = (self.experts, self.classes);
        for i in 0..k {
            for c in 0..classes - 1 {
                self.logit[c] = row_logit(pass, pass.shape.expert(i, c), x);
            }
            self.logit[classes - 1] = ZERO;
            let normaliser = log_sum_exp(&self.logit[..classes - 1]);
            for c in 0..classes {
                let log = zip(self.logit[c], normaliser, |a, b| a - b);
                self.log_class[i * classes + c] = log;
                if c + 1 < classes {
                    self.class[(block * k + i) * (classes - 1) + c] = exp_lanes(log);
                }
            }
        }
    }

    #[inline(always)]
    fn label(&mut self, cell: usize, label: usize) {
        let (k, classes) = (self.experts, self.classes);
        let posterior = &mut self.posterior[cell * k..(cell + 1) * k];
        let mut top = [f64::NEG_INFINITY; LANES];
        for (i, joint) in posterior.iter_mut().enumerate() {
            *joint = zip(self.log_gate[i], self.log_class[i * classes + label], |a, b| a + b);
            top = zip(top, *joint, f64::max);
        }
        let mut total = ZERO;
        for joint in posterior.iter_mut() {
            *joint = exp_lanes(zip(*joint, top, |a, b| a - b));
            total = zip(total, *joint, |a, b| a + b);
        }
        let inverse = each(total, |t| 1.0 / t);
        for joint in posterior {
            *joint = zip(*joint, inverse, |a, b| a * b);
        }
        self.log_density[cell] = zip(top, ln_lanes(total), |a, b| a + b);
    }
}

/// ln(1 + Σ exp(z)) over the given logits and a reference logit 0.
#[inline(always)]
fn log_sum_exp(logits: &[Lanes]) -> Lanes {
    let mut top = ZERO;
    for z in logits {
        top = zip(top, *z, f64::max);
    }
    let mut total = exp_lanes(each(top, |t| -t));
    for z in logits {
        total = zip(total, exp_lanes(zip(*z, top, |a, b| a - b)), |a, b| a + b);
    }
    zip(top, ln_lanes(total), |a, b| a + b)
}

/// The logit whose row of parameters begins at `at`.
#[inline(always)]
fn row_logit(pass: Pass<'_>, at: usize, features: &[Lanes]) -> Lanes {
    logit(pass.parameters[at], &pass.parameters[at + 1..at + pass.shape.row()], features)
}

/// What [`Pointwise`] appends to: one entry for each (block, label), and one for each block.
pub(crate) type Points = (Vec<Lanes>, Vec<Lanes>);

/// ln g(y|x) for every label of a group, and the gate probability of the reference atom, appended.
pub(crate) struct Pointwise<'a> {
    pub(crate) pass: Pass<'a>,
    pub(crate) group: Group<'a>,
    pub(crate) sums: &'a mut Sums,
    pub(crate) out: &'a mut Points,
}

impl pulp::WithSimd for Pointwise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let (k, shifted) = (self.pass.shape.experts, &mut self.sums.scratch.shifted);
        s.vectorize(Shift { pass: self.pass, group: self.group, out: shifted });
        self.out.0.extend_from_slice(&shifted.log_density[..self.group.count.len()]);
        self.out.1.extend(shifted.gate[..self.group.blocks() * k].chunks_exact(k).map(|gates| gates[k - 1]));
    }
}
