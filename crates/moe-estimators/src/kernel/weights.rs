//! From exponentials to score and Hessian in the logits, covariate vector by covariate vector.
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
use super::{Group, HESSIAN, Pass, SCORE, Scratch, Sizes};

/// Densities, and by `LEVEL` derivatives in the logits, of a group.
pub(super) struct Weights<'a, const LEVEL: u8, const SAFE: bool> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

/// Intermediate results of one vector of covariate vectors.
struct Local<'a, S: Simd> {
    /// π_i.
    gate: &'a mut [S::f64s],
    /// f_i(s), K − 1 entries an expert.
    class: &'a mut [S::f64s],
    /// f_i of the reference class.
    reference: &'a mut [S::f64s],
    /// r_i.
    posterior: &'a mut [S::f64s],
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
    3 * shape.experts + shape.experts * (shape.classes - 1) + 2 * sizes.logits + sizes.pairs()
}

impl<'a, S: Simd> Local<'a, S> {
    fn new(shape: Shape, buffer: &'a mut [S::f64s]) -> Self {
        let (k, sizes) = (shape.experts, Sizes::new(shape));
        let (gate, rest) = buffer.split_at_mut(k);
        let (class, rest) = rest.split_at_mut(k * (shape.classes - 1));
        let (reference, rest) = rest.split_at_mut(k);
        let (posterior, rest) = rest.split_at_mut(k);
        let (part, rest) = rest.split_at_mut(sizes.logits);
        let (flow, weight) = rest.split_at_mut(sizes.logits);
        Self { gate, class, reference, posterior, part, flow, weight }
    }
}

impl<const LEVEL: u8, const SAFE: bool> pulp::WithSimd for Weights<'_, LEVEL, SAFE> {
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic in the same order, with the loops over
    /// atoms and classes unrolled and everything in registers.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match (SAFE, self.pass.shape.experts, self.pass.shape.classes) {
            (true, 2, 2) => self.small(s, 2, 2),
            (true, 3, 2) => self.small(s, 3, 2),
            (true, 2, 3) => self.small(s, 2, 3),
            (true, 3, 3) => self.small(s, 3, 3),
            (_, experts, classes) => {
                let shape = Shape { experts, classes, dim: self.pass.shape.dim };
                let mut local = std::mem::replace(&mut self.scratch.local, super::Buffer::empty());
                let buffers = Local::<S>::new(shape, vectors_mut::<S>(&mut local));
                let labels = self.group.labels.len();
                let scratch = self.sweep(s, experts, classes, labels, buffers);
                scratch.local = local;
            }
        }
    }
}

impl<'a, const LEVEL: u8, const SAFE: bool> Weights<'a, LEVEL, SAFE> {
    /// Sizes known when compiled, at most three experts and three classes.
    #[inline(always)]
    fn small<S: Simd>(self, s: S, experts: usize, classes: usize) {
        let zero = s.splat_f64s(0.0);
        let local = Local {
            gate: &mut [zero; 3],
            class: &mut [zero; 6],
            reference: &mut [zero; 3],
            posterior: &mut [zero; 3],
            part: &mut [zero; 8],
            flow: &mut [zero; 8],
            weight: &mut [zero; 36],
        };
        if self.group.labels.len() == 1 {
            self.sweep(s, experts, classes, 1, local);
        } else {
            self.sweep(s, experts, classes, classes, local);
        }
    }

    #[inline(always)]
    fn sweep<S: Simd>(
        self,
        s: S,
        k: usize,
        classes: usize,
        labels: usize,
        mut local: Local<'_, S>,
    ) -> &'a mut Scratch {
        let shape = Shape { experts: k, classes, dim: 1 };
        let sizes = Sizes::new(shape);
        let parts = parts::<S>();
        let Self { group, scratch, .. } = self;
        for (block, count) in group.count.chunks_exact(labels).enumerate() {
            let cells = block * labels * LANES..(block + 1) * labels * LANES;
            let logits = block * sizes.logits * LANES..(block + 1) * sizes.logits * LANES;
            let pairs = block * sizes.pairs() * LANES..(block + 1) * sizes.pairs() * LANES;
            let count = vectors::<S>(count.as_flattened());
            for h in 0..parts {
                if SAFE {
                    let exponential = vectors::<S>(&scratch.exponential[logits.clone()]);
                    probabilities(s, shape, exponential, h, &mut local);
                } else {
                    scratch.shifted.probabilities::<S>(block, h, local.gate, local.class);
                }
                let mut total = Vector::splat(s, 0.0);
                for l in 0..labels {
                    let label = group.labels.first + l;
                    if SAFE {
                        let g = posteriors(s, shape, label, LEVEL, &mut local);
                        vectors_mut::<S>(&mut scratch.density[cells.clone()])[l * parts + h] = g.get();
                    } else {
                        scratch.shifted.posteriors::<S>(block * labels + l, h, local.posterior);
                    }
                    if LEVEL >= SCORE {
                        let n = Vector::new(s, count[l * parts + h]);
                        total = if l == 0 { n } else { total + n };
                        add_label(s, shape, label, l == 0, n, LEVEL, &mut local);
                    }
                }
                if LEVEL >= SCORE {
                    let by_logit = vectors_mut::<S>(&mut scratch.by_logit[logits.clone()]);
                    for u in 0..sizes.logits {
                        let mut flow = Vector::new(s, local.flow[u]);
                        if u < sizes.gates {
                            flow = total.times_from(Vector::new(s, local.gate[u]), flow);
                            local.flow[u] = flow.get();
                        }
                        by_logit[u * parts + h] = flow.get();
                    }
                }
                if LEVEL >= HESSIAN {
                    add_common(s, shape, total, &mut local);
                    let weight = vectors_mut::<S>(&mut scratch.weight[pairs.clone()]);
                    for pair in 0..sizes.pairs() {
                        weight[pair * parts + h] = local.weight[pair];
                    }
                }
            }
        }
        scratch
    }
}

/// Gates and class probabilities from exponentials.
#[inline(always)]
fn probabilities<S: Simd>(s: S, shape: Shape, exponential: &[S::f64s], h: usize, local: &mut Local<'_, S>) {
    let (k, classes, parts) = (shape.experts, shape.classes - 1, parts::<S>());
    let at = |u: usize| Vector::new(s, exponential[u * parts + h]);
    let mut total = Vector::splat(s, 1.0);
    for i in 0..k - 1 {
        total = total + at(i);
    }
    let inverse = total.inverse();
    for i in 0..k - 1 {
        local.gate[i] = (at(i) * inverse).get();
    }
    local.gate[k - 1] = inverse.get();
    for i in 0..k {
        let mut total = Vector::splat(s, 1.0);
        for c in 0..classes {
            total = total + at(k - 1 + i * classes + c);
        }
        let inverse = total.inverse();
        for c in 0..classes {
            local.class[i * classes + c] = (at(k - 1 + i * classes + c) * inverse).get();
        }
        local.reference[i] = inverse.get();
    }
}

/// The density of a label; above the value alone also the posteriors.
#[inline(always)]
fn posteriors<S: Simd>(s: S, shape: Shape, label: usize, level: u8, local: &mut Local<'_, S>) -> Vector<S> {
    let (k, classes) = (shape.experts, shape.classes - 1);
    let mut density = Vector::splat(s, 0.0);
    for i in 0..k {
        let mut own = local.reference[i];
        for c in 0..classes {
            if c == label {
                own = local.class[i * classes + c];
            }
        }
        let (gate, own) = (Vector::new(s, local.gate[i]), Vector::new(s, own));
        density = if i == 0 { gate * own } else { gate.times_plus(own, density) };
        local.posterior[i] = (gate * own).get();
    }
    if level >= SCORE {
        let inverse = density.inverse();
        for i in 0..k {
            local.posterior[i] = (Vector::new(s, local.posterior[i]) * inverse).get();
        }
    }
    density
}

/// Adds a label with its count to the flow and to the weights of pairs.
#[inline(always)]
fn add_label<S: Simd>(
    s: S,
    shape: Shape,
    label: usize,
    first: bool,
    count: Vector<S>,
    level: u8,
    local: &mut Local<'_, S>,
) {
    let (k, classes, sizes) = (shape.experts, shape.classes - 1, Sizes::new(shape));
    for i in 0..sizes.gates {
        local.part[i] = local.posterior[i];
    }
    for i in 0..k {
        let r = Vector::new(s, local.posterior[i]);
        for c in 0..classes {
            let f = Vector::new(s, local.class[i * classes + c]);
            let residual = if c == label { Vector::splat(s, 1.0) - f } else { -f };
            local.part[sizes.gates + i * classes + c] = (r * residual).get();
        }
    }
    let mut pair = 0;
    let mut counted = |local: &mut Local<'_, S>, u: usize, from: usize, to: usize| {
        let scaled = count * Vector::new(s, local.part[u]);
        for v in from..to {
            let part = Vector::new(s, local.part[v]);
            let sum = if first { Vector::splat(s, 0.0) } else { Vector::new(s, local.weight[pair]) };
            local.weight[pair] = scaled.times_from(part, sum).get();
            pair += 1;
        }
    };
    if level >= HESSIAN {
        for u in 0..sizes.gates {
            counted(local, u, u, sizes.gates);
        }
        for u in 0..sizes.gates {
            counted(local, u, sizes.gates, sizes.logits);
        }
        for u in sizes.gates..sizes.logits {
            counted(local, u, u, sizes.logits);
        }
    }
    for u in 0..sizes.logits {
        let part = Vector::new(s, local.part[u]);
        let sum = if first { count * part } else { count.times_plus(part, Vector::new(s, local.flow[u])) };
        local.flow[u] = sum.get();
    }
}

/// Adds to the weights of pairs what all labels have in common; `flow` of gates holds F_i − n π_i by now.
#[inline(always)]
fn add_common<S: Simd>(s: S, shape: Shape, total: Vector<S>, local: &mut Local<'_, S>) {
    let (k, classes, sizes) = (shape.experts, shape.classes - 1, Sizes::new(shape));
    let mut pair = 0;
    for i in 0..sizes.gates {
        let counted = total * Vector::new(s, local.gate[i]);
        for j in i..sizes.gates {
            let mut w = counted.times_plus(Vector::new(s, local.gate[j]), Vector::new(s, local.weight[pair]));
            if i == j {
                w = w + Vector::new(s, local.flow[i]);
            }
            local.weight[pair] = w.get();
            pair += 1;
        }
    }
    for i in 0..sizes.gates {
        for c in 0..classes {
            let at = i * classes + c;
            let w = Vector::new(s, local.weight[pair + at]) + Vector::new(s, local.flow[sizes.gates + at]);
            local.weight[pair + at] = w.get();
        }
        pair += k * classes;
    }
    for i in 0..k {
        for a in 0..classes {
            let flow_a = Vector::new(s, local.flow[sizes.gates + i * classes + a]);
            let f_a = Vector::new(s, local.class[i * classes + a]);
            let w = Vector::new(s, local.weight[pair]);
            let spread = Vector::splat(s, 2.0).times_from(f_a, Vector::splat(s, 1.0));
            local.weight[pair] = flow_a.times_plus(spread, w).get();
            for b in a + 1..classes {
                let flow_b = Vector::new(s, local.flow[sizes.gates + i * classes + b]);
                let f_b = Vector::new(s, local.class[i * classes + b]);
                let w = Vector::new(s, local.weight[pair + b - a]);
                local.weight[pair + b - a] = flow_b.times_from(f_a, flow_a.times_from(f_b, w)).get();
            }
            pair += k * classes - (i * classes + a);
        }
    }
}
