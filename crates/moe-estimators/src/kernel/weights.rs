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
//! so each label of a covariate vector costs one multiply-add a pair, and all else is done once.

use moe_core::numeric::LANES;
use moe_core::shape::Shape;
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Buffer, Group, HESSIAN, Pass, Scratch, Sizes};

/// By `LEVEL` first and second derivatives of a group in the logits, times counts.
pub(super) struct Weights<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

/// What is known of one vector of covariate vectors.
struct Known<'a, S: Simd> {
    shape: Shape,
    /// π_i, then f_i(s).
    probability: &'a [S::f64s],
    /// r_i, label by label.
    posterior: &'a [S::f64s],
    /// n_y, label by label.
    count: &'a [S::f64s],
    h: usize,
}

/// What is worked out for it.
struct Local<'a, S: Simd> {
    /// q, by logit.
    part: &'a mut [S::f64s],
    /// F, by logit.
    flow: &'a mut [S::f64s],
    /// Second derivatives, by pair.
    weight: &'a mut [S::f64s],
}

/// Entries of [`Local`].
pub(super) fn local_size(shape: Shape) -> usize {
    let sizes = Sizes::new(shape);
    2 * sizes.logits + sizes.pairs()
}

impl<const LEVEL: u8> pulp::WithSimd for Weights<'_, LEVEL> {
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic in the same order, with the loops over
    /// atoms and classes unrolled and everything in registers.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match (self.pass.shape.experts, self.pass.shape.classes) {
            (2, 2) => self.small(s, 2, 2),
            (3, 2) => self.small(s, 3, 2),
            (2, 3) => self.small(s, 2, 3),
            (3, 3) => self.small(s, 3, 3),
            (experts, classes) => {
                let mut buffer = std::mem::replace(&mut self.scratch.local, Buffer::empty());
                let sizes = Sizes::new(self.pass.shape);
                let (part, rest) = vectors_mut::<S>(&mut buffer).split_at_mut(sizes.logits);
                let (flow, weight) = rest.split_at_mut(sizes.logits);
                let local = Local { part, flow, weight };
                sweep::<S, LEVEL>(
                    s,
                    experts,
                    classes,
                    self.group.labels.len(),
                    self.group,
                    self.scratch,
                    local,
                );
                self.scratch.local = buffer;
            }
        }
    }
}

impl<const LEVEL: u8> Weights<'_, LEVEL> {
    /// Sizes known when compiled, at most three experts and three classes.
    #[inline(always)]
    fn small<S: Simd>(self, s: S, experts: usize, classes: usize) {
        let zero = s.splat_f64s(0.0);
        let local = Local { part: &mut [zero; 8], flow: &mut [zero; 8], weight: &mut [zero; 36] };
        let (group, scratch) = (self.group, self.scratch);
        if group.labels.len() == 1 {
            sweep::<S, LEVEL>(s, experts, classes, 1, group, scratch, local);
        } else {
            sweep::<S, LEVEL>(s, experts, classes, classes, group, scratch, local);
        }
    }
}

#[inline(always)]
fn sweep<S: Simd, const LEVEL: u8>(
    s: S,
    experts: usize,
    classes: usize,
    labels: usize,
    group: Group<'_>,
    scratch: &mut Scratch,
    mut local: Local<'_, S>,
) {
    let shape = Shape { experts, classes, dim: 1 };
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
            let known = Known::<S> { shape, probability, posterior, count, h };
            let mut total = Vector::new(s, count[h]);
            for l in 0..labels {
                known.add_label::<LEVEL>(s, group.labels.first + l, l, &mut local);
                total = if l == 0 { total } else { total + Vector::new(s, count[l * parts + h]) };
            }
            for i in 0..sizes.gates {
                local.flow[i] = total.times_from(known.gate(s, i), Vector::new(s, local.flow[i])).get();
            }
            for u in 0..sizes.logits {
                by_logit[u * parts + h] = local.flow[u];
            }
            if LEVEL >= HESSIAN {
                known.add_common(s, total, &mut local);
                for pair in 0..pairs {
                    weight[pair * parts + h] = local.weight[pair];
                }
            }
        }
    }
}

impl<S: Simd> Local<'_, S> {
    /// Subtracts count · q_u q_v from the weights of pairs (u, v), from ≤ v < to; the next pair.
    #[inline(always)]
    fn add_products(
        &mut self,
        s: S,
        count: Vector<S>,
        first: bool,
        (u, from, to): (usize, usize, usize),
        pair: usize,
    ) -> usize {
        let scaled = count * Vector::new(s, self.part[u]);
        for v in from..to {
            let (at, part) = (pair + v - from, Vector::new(s, self.part[v]));
            self.weight[at] = if first {
                -(scaled * part)
            } else {
                scaled.times_from(part, Vector::new(s, self.weight[at]))
            }
            .get();
        }
        pair + to - from
    }
}

impl<S: Simd> Known<'_, S> {
    #[inline(always)]
    fn gate(&self, s: S, i: usize) -> Vector<S> {
        Vector::new(s, self.probability[i * parts::<S>() + self.h])
    }

    /// f_i(c).
    #[inline(always)]
    fn class(&self, s: S, i: usize, c: usize) -> Vector<S> {
        let at = self.shape.experts + i * self.shape.classes + c;
        Vector::new(s, self.probability[at * parts::<S>() + self.h])
    }

    /// Adds label number `l` with its count to the flow and to the weights of pairs.
    #[inline(always)]
    fn add_label<const LEVEL: u8>(&self, s: S, label: usize, l: usize, local: &mut Local<'_, S>) {
        let (k, classes, sizes) = (self.shape.experts, self.shape.classes - 1, Sizes::new(self.shape));
        let count = Vector::new(s, self.count[l * parts::<S>() + self.h]);
        for i in 0..k {
            let r = Vector::new(s, self.posterior[(l * k + i) * parts::<S>() + self.h]);
            if i < sizes.gates {
                local.part[i] = r.get();
            }
            for c in 0..classes {
                // r (1{y = c} − f)
                let f = self.class(s, i, c);
                let own = if c == label { r } else { Vector::splat(s, 0.0) };
                local.part[sizes.gates + i * classes + c] = r.times_from(f, own).get();
            }
        }
        let first = l == 0;
        for u in 0..sizes.logits {
            let scaled = count * Vector::new(s, local.part[u]);
            local.flow[u] = if first { scaled } else { scaled + Vector::new(s, local.flow[u]) }.get();
        }
        if LEVEL < HESSIAN {
            return;
        }
        let mut pair = 0;
        for u in 0..sizes.gates {
            pair = local.add_products(s, count, first, (u, u, sizes.gates), pair);
        }
        for u in 0..sizes.gates {
            pair = local.add_products(s, count, first, (u, sizes.gates, sizes.logits), pair);
        }
        for u in sizes.gates..sizes.logits {
            pair = local.add_products(s, count, first, (u, u, sizes.logits), pair);
        }
    }

    /// Adds to the weights of pairs what all labels have in common; the flow of gates is F_i − n π_i by now.
    #[inline(always)]
    fn add_common(&self, s: S, total: Vector<S>, local: &mut Local<'_, S>) {
        let (k, classes, sizes) = (self.shape.experts, self.shape.classes - 1, Sizes::new(self.shape));
        let mut pair = 0;
        for i in 0..sizes.gates {
            let counted = total * self.gate(s, i);
            for j in i..sizes.gates {
                let mut w = counted.times_plus(self.gate(s, j), Vector::new(s, local.weight[pair]));
                if i == j {
                    w = w + Vector::new(s, local.flow[i]);
                }
                local.weight[pair] = w.get();
                pair += 1;
            }
        }
        for i in 0..sizes.gates {
            for at in i * classes..(i + 1) * classes {
                let w =
                    Vector::new(s, local.weight[pair + at]) + Vector::new(s, local.flow[sizes.gates + at]);
                local.weight[pair + at] = w.get();
            }
            pair += k * classes;
        }
        for i in 0..k {
            for a in 0..classes {
                let at = i * classes + a;
                let (flow, f) = (Vector::new(s, local.flow[sizes.gates + at]), self.class(s, i, a));
                let spread = Vector::splat(s, 2.0).times_from(f, Vector::splat(s, 1.0));
                local.weight[pair] = flow.times_plus(spread, Vector::new(s, local.weight[pair])).get();
                for b in a + 1..classes {
                    let other = Vector::new(s, local.flow[sizes.gates + at + b - a]);
                    let w = flow.times_from(self.class(s, i, b), Vector::new(s, local.weight[pair + b - a]));
                    local.weight[pair + b - a] = other.times_from(f, w).get();
                }
                pair += k * classes - at;
            }
        }
    }
}
