//! Score and Hessian in the logits, covariate vector by covariate vector.
//!
//! With r_i = π_i f_i(y) / g the posterior of expert i, e_is = 1{y = s} − f_i(s), and n_y the count of label y,
//! call q = (r_i for the gates, r_i e_is for the expert classes) the parts, and F = Σ_y n_y q their flow. Then
//! with δ Kronecker's and n = Σ_y n_y
//!
//! ```text
//! ∂ℓ/∂η_i          = F_i − n π_i              ∂ℓ/∂ζ_is = F_is
//! ∂²ℓ/∂η_i∂η_j     = δ_ij (F_i − n π_i) + n π_i π_j                    − Σ_y n_y q_i q_j
//! ∂²ℓ/∂η_i∂ζ_js    = δ_ij F_js                                         − Σ_y n_y q_i q_js
//! ∂²ℓ/∂ζ_is∂ζ_jt   = δ_ij (δ_st F_is − F_is f_i(t) − F_it f_i(s))      − Σ_y n_y q_is q_jt
//! ```
//!
//! so each label of a covariate vector costs one multiply-add a pair, and all else is done once. The second
//! derivative is the *weight* of a pair of logits.

use std::ops::Range;

use moe_core::numeric::LANES;
use moe_core::shape::Shape;
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Buffer, Group, HESSIAN, Pass, Scratch, Sizes};
use crate::rows::Labels;

/// By `LEVEL` first and second derivatives of a group in the logits, times counts.
pub(super) struct Weights<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

/// What is worked out for one vector of covariate vectors.
struct Local<'a, S: Simd> {
    /// q, by label and logit.
    part: &'a mut [S::f64s],
    /// n_y q of one logit, by label.
    scaled: &'a mut [S::f64s],
    /// F, by logit; less n π_i for the gates.
    flow: &'a mut [S::f64s],
}

/// Entries of [`Local`], for any number of labels.
pub(super) fn local_size(shape: Shape) -> usize {
    let logits = Sizes::new(shape).logits;
    shape.classes * logits + shape.classes + logits
}

impl<const LEVEL: u8> pulp::WithSimd for Weights<'_, LEVEL> {
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic in the same order, with the loops over
    /// atoms, classes and labels unrolled and everything in registers.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match (self.pass.shape.experts, self.pass.shape.classes) {
            (2, 2) => self.small(s, 2, 2),
            (3, 2) => self.small(s, 3, 2),
            (2, 3) => self.small(s, 2, 3),
            (3, 3) => self.small(s, 3, 3),
            (4, 2) => self.small(s, 4, 2),
            (2, 4) => self.small(s, 2, 4),
            (experts, classes) => {
                let mut buffer = std::mem::replace(&mut self.scratch.local, Buffer::empty());
                let sizes = Sizes::new(self.pass.shape);
                let (part, rest) = vectors_mut::<S>(&mut buffer).split_at_mut(classes * sizes.logits);
                let (scaled, flow) = rest.split_at_mut(classes);
                let local = Local { part, scaled, flow };
                sweep::<S, LEVEL>(s, (experts, classes), self.group.labels, self.group, self.scratch, local);
                self.scratch.local = buffer;
            }
        }
    }
}

impl<const LEVEL: u8> Weights<'_, LEVEL> {
    /// Sizes known when compiled: at most 8 logits, 4 classes, and 28 parts.
    #[inline(always)]
    fn small<S: Simd>(self, s: S, experts: usize, classes: usize) {
        let zero = s.splat_f64s(0.0);
        let local = Local { part: &mut [zero; 28], scaled: &mut [zero; 4], flow: &mut [zero; 8] };
        let first = self.group.labels.first;
        if self.group.labels.len() == 1 {
            let own = Labels { first, end: first + 1 };
            sweep::<S, LEVEL>(s, (experts, classes), own, self.group, self.scratch, local);
        } else {
            let all = Labels { first: 0, end: classes };
            sweep::<S, LEVEL>(s, (experts, classes), all, self.group, self.scratch, local);
        }
    }
}

#[inline(always)]
fn sweep<S: Simd, const LEVEL: u8>(
    s: S,
    (experts, classes): (usize, usize),
    run: Labels,
    group: Group<'_>,
    scratch: &mut Scratch,
    mut local: Local<'_, S>,
) {
    let (shape, labels) = (Shape { experts, classes, dim: 1 }, run.len());
    let (parts, sizes) = (parts::<S>(), Sizes::new(shape));
    let (pairs, entries) = (sizes.pairs(), experts * (1 + classes));
    let counts = group.count.chunks_exact(labels);
    let probabilities = scratch.probability.chunks_exact(entries * LANES);
    let posteriors = scratch.posterior.chunks_exact(labels * experts * LANES);
    let by_logits = scratch.by_logit.chunks_exact_mut(sizes.logits * LANES);
    let weights = scratch.weight.chunks_exact_mut(pairs * LANES);
    let blocks = counts.zip(probabilities).zip(posteriors).zip(by_logits.zip(weights));
    for (((count, probability), posterior), (by_logit, weight)) in blocks {
        let count = &vectors::<S>(count.as_flattened())[..labels * parts];
        let probability = &vectors::<S>(probability)[..entries * parts];
        let posterior = &vectors::<S>(posterior)[..labels * experts * parts];
        let by_logit = &mut vectors_mut::<S>(by_logit)[..sizes.logits * parts];
        let weight = &mut vectors_mut::<S>(weight)[..pairs * parts];
        for h in 0..parts {
            let known = Known::<S> { s, shape, labels, probability, posterior, count, h };
            for l in 0..labels {
                known.parts(run.first + l, l, local.part);
            }
            let total = known.flow(&mut local);
            for u in 0..sizes.logits {
                by_logit[u * parts + h] = local.flow[u];
            }
            if LEVEL >= HESSIAN {
                known.pairs(total, &mut local, weight);
            }
        }
    }
}

/// What is known of one vector of covariate vectors.
struct Known<'a, S: Simd> {
    s: S,
    shape: Shape,
    labels: usize,
    /// π_i, then f_i(s).
    probability: &'a [S::f64s],
    /// r_i, label by label.
    posterior: &'a [S::f64s],
    /// n_y, label by label.
    count: &'a [S::f64s],
    h: usize,
}

impl<S: Simd> Known<'_, S> {
    #[inline(always)]
    fn vector(&self, value: S::f64s) -> Vector<S> {
        Vector::new(self.s, value)
    }

    #[inline(always)]
    fn gate(&self, i: usize) -> Vector<S> {
        self.vector(self.probability[i * parts::<S>() + self.h])
    }

    /// f_i(c).
    #[inline(always)]
    fn class(&self, i: usize, c: usize) -> Vector<S> {
        let at = self.shape.experts + i * self.shape.classes + c;
        self.vector(self.probability[at * parts::<S>() + self.h])
    }

    #[inline(always)]
    fn count(&self, l: usize) -> Vector<S> {
        self.vector(self.count[l * parts::<S>() + self.h])
    }

    /// The parts given label number `l`.
    #[inline(always)]
    fn parts(&self, label: usize, l: usize, out: &mut [S::f64s]) {
        let (k, classes, sizes) = (self.shape.experts, self.shape.classes - 1, Sizes::new(self.shape));
        let out = &mut out[l * sizes.logits..(l + 1) * sizes.logits];
        for i in 0..k {
            let r = self.vector(self.posterior[(l * k + i) * parts::<S>() + self.h]);
            if i < sizes.gates {
                out[i] = r.get();
            }
            for c in 0..classes {
                // r (1{y = c} − f)
                let own = if c == label { r } else { Vector::splat(self.s, 0.0) };
                out[sizes.gates + i * classes + c] = r.times_from(self.class(i, c), own).get();
            }
        }
    }

    /// The flow, less n π_i for the gates; returns n.
    #[inline(always)]
    fn flow(&self, local: &mut Local<'_, S>) -> Vector<S> {
        let sizes = Sizes::new(self.shape);
        let mut total = self.count(0);
        for l in 1..self.labels {
            total = total + self.count(l);
        }
        for u in 0..sizes.logits {
            let mut flow = self.count(0) * self.vector(local.part[u]);
            for l in 1..self.labels {
                flow = self.count(l).times_plus(self.vector(local.part[l * sizes.logits + u]), flow);
            }
            if u < sizes.gates {
                flow = total.times_from(self.gate(u), flow);
            }
            local.flow[u] = flow.get();
        }
        total
    }

    /// The weights of all pairs of logits, in the order of [`Sums`](super::Sums).
    #[inline(always)]
    fn pairs(&self, total: Vector<S>, local: &mut Local<'_, S>, out: &mut [S::f64s]) {
        let (k, classes, sizes) = (self.shape.experts, self.shape.classes - 1, Sizes::new(self.shape));
        let zero = Vector::splat(self.s, 0.0);
        let mut pair = 0;
        for i in 0..sizes.gates {
            self.scale(i, local);
            let counted = total * self.gate(i);
            for j in i..sizes.gates {
                let common = if i == j { self.vector(local.flow[i]) } else { zero };
                self.put(local, j, counted.times_plus(self.gate(j), common), &mut pair, out);
            }
        }
        for i in 0..sizes.gates {
            self.scale(i, local);
            let own = sizes.gates + i * classes..sizes.gates + (i + 1) * classes;
            self.put_zeros(local, sizes.gates..own.start, &mut pair, out);
            for v in own.clone() {
                self.put(local, v, self.vector(local.flow[v]), &mut pair, out);
            }
            self.put_zeros(local, own.end..sizes.logits, &mut pair, out);
        }
        for i in 0..k {
            for a in 0..classes {
                let u = sizes.gates + i * classes + a;
                self.scale(u, local);
                let (flow, f) = (self.vector(local.flow[u]), self.class(i, a));
                let spread = Vector::splat(self.s, 2.0).times_from(f, Vector::splat(self.s, 1.0));
                self.put(local, u, flow * spread, &mut pair, out);
                for b in a + 1..classes {
                    let other = f * self.vector(local.flow[u + b - a]);
                    self.put(local, u + b - a, -flow.times_plus(self.class(i, b), other), &mut pair, out);
                }
                self.put_zeros(local, sizes.gates + (i + 1) * classes..sizes.logits, &mut pair, out);
            }
        }
    }

    /// n_y q_u of every label.
    #[inline(always)]
    fn scale(&self, u: usize, local: &mut Local<'_, S>) {
        let logits = Sizes::new(self.shape).logits;
        for l in 0..self.labels {
            local.scaled[l] = (self.count(l) * self.vector(local.part[l * logits + u])).get();
        }
    }

    /// The next pair: `common` − Σ_y n_y q_u q_v, u the logit that was scaled.
    #[inline(always)]
    fn put(&self, local: &Local<'_, S>, v: usize, common: Vector<S>, pair: &mut usize, out: &mut [S::f64s]) {
        let logits = Sizes::new(self.shape).logits;
        let mut weight = common;
        for l in 0..self.labels {
            let part = self.vector(local.part[l * logits + v]);
            weight = self.vector(local.scaled[l]).times_from(part, weight);
        }
        out[*pair * parts::<S>() + self.h] = weight.get();
        *pair += 1;
    }

    /// The next pairs where `common` is zero; in long runs four together, so that many multiply-adds are under way.
    #[inline(always)]
    fn put_zeros(&self, local: &Local<'_, S>, logits: Range<usize>, pair: &mut usize, out: &mut [S::f64s]) {
        let zero = Vector::splat(self.s, 0.0);
        let fours = logits.start + if logits.len() < 8 { 0 } else { logits.len() / 4 * 4 };
        for v in (logits.start..fours).step_by(4) {
            let mut weights = [zero; 4];
            for l in 0..self.labels {
                let at = l * Sizes::new(self.shape).logits + v;
                let (scaled, parts) = (self.vector(local.scaled[l]), &local.part[at..at + 4]);
                for t in 0..4 {
                    weights[t] = scaled.times_from(self.vector(parts[t]), weights[t]);
                }
            }
            for weight in weights {
                out[*pair * parts::<S>() + self.h] = weight.get();
                *pair += 1;
            }
        }
        for v in fours..logits.end {
            self.put(local, v, zero, pair, out);
        }
    }
}
