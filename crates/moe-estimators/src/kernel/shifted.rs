//! Probabilities relative to the largest term, in logarithms: right for any finite logit.

use moe_core::numeric::{LANES, Lanes, exp_lanes, ln_lanes};
use moe_core::shape::Shape;
use pulp::Simd;

use super::{Group, Pass, Scratch, Sums, ZERO, each, logit, zip};

/// Logarithms of the probabilities of one block.
#[derive(Clone, Debug)]
pub(super) struct Logs {
    /// Logits of one softmax, the reference included.
    logit: Vec<Lanes>,
    /// ln π_i.
    gate: Vec<Lanes>,
    /// ln f_i(s), K entries an expert.
    class: Vec<Lanes>,
}

impl Logs {
    pub(super) fn new(shape: Shape) -> Self {
        let (k, classes) = (shape.experts, shape.classes);
        Self { logit: vec![ZERO; k.max(classes)], gate: vec![ZERO; k], class: vec![ZERO; k * classes] }
    }

    #[inline(always)]
    fn fill(&mut self, pass: Pass<'_>, x: &[Lanes], m: &[Lanes]) {
        let (k, classes) = (pass.shape.experts, pass.shape.classes);
        self.logit[k - 1] = ZERO;
        for i in 0..k - 1 {
            self.logit[i] = row_logit(pass, pass.shape.gate(i), m);
        }
        log_softmax(&self.logit[..k], &mut self.gate);
        for (i, logs) in self.class.chunks_exact_mut(classes).enumerate() {
            self.logit[classes - 1] = ZERO;
            for c in 0..classes - 1 {
                self.logit[c] = row_logit(pass, pass.shape.expert(i, c), x);
            }
            log_softmax(&self.logit[..classes], logs);
        }
    }
}

/// Fills in probabilities, posteriors and logarithms of densities of a group.
pub(super) struct Shifted<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl pulp::WithSimd for Shifted<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pass, group, scratch } = self;
        let (d, labels, k) = (pass.shape.dim, group.labels.len(), pass.shape.experts);
        let entries = k * (1 + pass.shape.classes);
        let (probability, _) = scratch.probability.as_chunks_mut();
        let (posterior, _) = scratch.posterior.as_chunks_mut();
        let (log_density, _) = scratch.density.as_chunks_mut();
        for block in 0..group.blocks() {
            let features = block * d..(block + 1) * d;
            scratch.logs.fill(pass, &group.x[features.clone()], &group.m[features]);
            let logs = &scratch.logs;
            let out = &mut probability[block * entries..(block + 1) * entries];
            for (out, log) in out.iter_mut().zip(logs.gate.iter().chain(&logs.class)) {
                *out = exp_lanes(*log);
            }
            for l in 0..labels {
                let cell = block * labels + l;
                let posterior = &mut posterior[cell * k..(cell + 1) * k];
                log_density[cell] = logs.posteriors(pass.shape.classes, group.labels.first + l, posterior);
            }
        }
    }
}

impl Logs {
    /// Posteriors given a label, and ln g of it.
    #[inline(always)]
    fn posteriors(&self, classes: usize, label: usize, out: &mut [Lanes]) -> Lanes {
        let mut top = [f64::NEG_INFINITY; LANES];
        for (i, joint) in out.iter_mut().enumerate() {
            *joint = zip(self.gate[i], self.class[i * classes + label], |a, b| a + b);
            top = zip(top, *joint, f64::max);
        }
        let mut total = ZERO;
        for joint in out.iter_mut() {
            *joint = exp_lanes(zip(*joint, top, |a, b| a - b));
            total = zip(total, *joint, |a, b| a + b);
        }
        let inverse = each(total, |t| 1.0 / t);
        for joint in out {
            *joint = zip(*joint, inverse, |a, b| a * b);
        }
        zip(top, ln_lanes(total), |a, b| a + b)
    }
}

/// Logits minus ln Σ exp.
#[inline(always)]
fn log_softmax(logits: &[Lanes], out: &mut [Lanes]) {
    let mut top = logits[0];
    for z in logits {
        top = zip(top, *z, f64::max);
    }
    let mut total = ZERO;
    for z in logits {
        total = zip(total, exp_lanes(zip(*z, top, |a, b| a - b)), |a, b| a + b);
    }
    let normaliser = zip(top, ln_lanes(total), |a, b| a + b);
    for (out, z) in out.iter_mut().zip(logits) {
        *out = zip(*z, normaliser, |a, b| a - b);
    }
}

/// The logit whose row of parameters begins at `at`.
#[inline(always)]
fn row_logit(pass: Pass<'_>, at: usize, features: &[Lanes]) -> Lanes {
    logit(pass.parameters[at], &pass.parameters[at + 1..at + pass.shape.row()], features)
}

/// A model at every covariate vector of a data set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Points {
    /// ln g(y|x), one entry for each block and label, like the counts.
    pub(crate) log_density: Vec<Lanes>,
    /// Gate probability of the reference atom, one entry a block.
    pub(crate) reference: Vec<Lanes>,
    /// Derivatives of ln g(y|x) in the logits, for each block and label.
    pub(crate) by_logit: Vec<Lanes>,
}

/// Appends what is known of a group.
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
        let Self { pass, group, sums, out } = self;
        s.vectorize(Shifted { pass, group, scratch: &mut sums.scratch });
        let (k, classes, labels) = (pass.shape.experts, pass.shape.classes, group.labels.len());
        let (log_density, _) = sums.scratch.density.as_chunks();
        let (probability, _) = sums.scratch.probability.as_chunks();
        let (posterior, _) = sums.scratch.posterior.as_chunks();
        out.log_density.extend_from_slice(&log_density[..group.count.len()]);
        for (block, probability) in
            probability.chunks_exact(k * (1 + classes)).take(group.blocks()).enumerate()
        {
            let (gates, experts) = probability.split_at(k);
            out.reference.push(gates[k - 1]);
            for l in 0..labels {
                let r = &posterior[(block * labels + l) * k..][..k];
                let label = group.labels.first + l;
                out.by_logit.extend((0..k - 1).map(|i| zip(r[i], gates[i], |r, g| r - g)));
                for (i, experts) in experts.chunks_exact(classes).enumerate() {
                    // r (1{y = c} − f)
                    let own = |c| if c == label { 1.0 } else { 0.0 };
                    let residual = |c: usize| zip(r[i], experts[c], |r, f| r * (own(c) - f));
                    out.by_logit.extend((0..classes - 1).map(residual));
                }
            }
        }
    }
}
