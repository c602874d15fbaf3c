//! Densities, score and Hessian in the logits where there are two classes, covariate vector by covariate vector.
//!
//! The densities g_0 and g_1 = 1 − g_0 have opposite derivatives. So both labels of a covariate vector come together in
//! two numbers, D = n_0 / g_0 − n_1 / g_1 and T = n_0 / g_0² + n_1 / g_1², and no posterior is needed: with
//! u_i = π_i (f_i(0) − g_0) and v_i = π_i f_i(0) f_i(1), which are the derivatives of g_0, and δ Kronecker's,
//!
//! ```text
//! ∂ℓ/∂η_i        = D u_i        ∂ℓ/∂ζ_i = D v_i
//! ∂²ℓ/∂η_i∂η_j   = D (δ_ij u_i − π_i u_j − π_j u_i)   − T u_i u_j
//! ∂²ℓ/∂η_i∂ζ_j   = D (δ_ij v_i − π_i v_j)             − T u_i v_j
//! ∂²ℓ/∂ζ_i∂ζ_j   = D δ_ij v_i (f_i(1) − f_i(0))       − T v_i v_j
//! ```
//!
//! Logits of at most 150 in size keep every density above exp(-151), so T is a number. Where both labels come together, u_i is
//! π_i (f_i(0) g_1 − f_i(1) g_0), which is the same: its errors are as small as the smaller of the two densities, and D and T
//! divide by that one too. The difference f_i(0) − g_0 would be off by as much as a rounded 1.

use moe_core::numeric::LANES;
use pulp::Simd;

use super::posterior::{density, invert};
use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Buffer, Group, HESSIAN, Pass, Scratch};
use crate::rows::Labels;

/// Fills in densities, their inverses, and by `LEVEL` first and second derivatives of a group in the logits, times counts.
pub(super) struct Binary<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

/// What is worked out for one vector of covariate vectors, by logit.
struct Local<'a, S: Simd> {
    /// Derivatives of g_0: u, then v.
    slope: &'a mut [S::f64s],
    /// D times the slopes.
    score: &'a mut [S::f64s],
}

impl<const LEVEL: u8> pulp::WithSimd for Binary<'_, LEVEL> {
    type Output = ();

    /// Few experts are compiled on their own: the same arithmetic in the same order, unrolled.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match self.pass.shape.experts {
            2 => self.small(s, 2),
            3 => self.small(s, 3),
            4 => self.small(s, 4),
            experts => {
                let mut buffer = std::mem::replace(&mut self.scratch.local, Buffer::empty());
                let (slope, score) = vectors_mut::<S>(&mut buffer).split_at_mut(2 * experts - 1);
                sweep::<S, LEVEL>(
                    s,
                    experts,
                    self.group.labels,
                    self.group,
                    self.scratch,
                    Local { slope, score },
                );
                self.scratch.local = buffer;
            }
        }
    }
}

impl<const LEVEL: u8> Binary<'_, LEVEL> {
    /// Numbers of experts and labels known when compiled.
    #[inline(always)]
    fn small<S: Simd>(self, s: S, experts: usize) {
        match (self.group.labels.first, self.group.labels.len()) {
            (_, 2) => self.of_labels(s, experts, Labels { first: 0, end: 2 }),
            (0, _) => self.of_labels(s, experts, Labels { first: 0, end: 1 }),
            _ => self.of_labels(s, experts, Labels { first: 1, end: 2 }),
        }
    }

    /// At most 7 logits.
    #[inline(always)]
    fn of_labels<S: Simd>(self, s: S, experts: usize, labels: Labels) {
        let zero = s.splat_f64s(0.0);
        let local = Local { slope: &mut [zero; 7], score: &mut [zero; 7] };
        sweep::<S, LEVEL>(s, experts, labels, self.group, self.scratch, local);
    }
}

#[inline(always)]
fn sweep<S: Simd, const LEVEL: u8>(
    s: S,
    experts: usize,
    labels: Labels,
    group: Group<'_>,
    scratch: &mut Scratch,
    local: Local<'_, S>,
) {
    let (parts, of_labels) = (parts::<S>(), labels.len());
    let (logits, entries) = (2 * experts - 1, 3 * experts);
    let pairs = logits * (logits + 1) / 2;
    let counts = group.count.chunks_exact(of_labels);
    let probabilities = scratch.probability.chunks_exact(entries * LANES);
    let densities = scratch.density.chunks_exact_mut(of_labels * LANES);
    let inverses = scratch.inverse.chunks_exact_mut(of_labels * LANES);
    let by_logits = scratch.by_logit.chunks_exact_mut(logits * LANES);
    let weights = scratch.weight.chunks_exact_mut(pairs * LANES);
    let blocks = counts.zip(probabilities).zip(densities.zip(inverses)).zip(by_logits.zip(weights));
    for (((count, probability), (g, inverse)), (by_logit, weight)) in blocks {
        let count = &vectors::<S>(count.as_flattened())[..of_labels * parts];
        let probability = &vectors::<S>(probability)[..entries * parts];
        let g = &mut vectors_mut::<S>(g)[..of_labels * parts];
        let inverse = &mut vectors_mut::<S>(inverse)[..of_labels * parts];
        let by_logit = &mut vectors_mut::<S>(by_logit)[..logits * parts];
        let weight = &mut vectors_mut::<S>(weight)[..pairs * parts];
        for h in 0..parts {
            for l in 0..of_labels {
                g[l * parts + h] = density(s, probability, (experts, 2), labels.first + l, h).get();
            }
            invert(s, of_labels, g, inverse, h);
            let (first, second) = by_density(s, labels, count, inverse, h);
            let known = Known::<S> { s, experts, probability, h };
            known.slopes(labels, g, local.slope);
            for u in 0..logits {
                local.score[u] = (first * Vector::new(s, local.slope[u])).get();
                by_logit[u * parts + h] = local.score[u];
            }
            if LEVEL >= HESSIAN {
                known.pairs(second, &local, weight);
            }
        }
    }
}

/// D and −T.
#[inline(always)]
fn by_density<S: Simd>(
    s: S,
    labels: Labels,
    count: &[S::f64s],
    inverse: &[S::f64s],
    h: usize,
) -> (Vector<S>, Vector<S>) {
    let of = |l: usize| {
        let inverse = Vector::new(s, inverse[l * parts::<S>() + h]);
        (Vector::new(s, count[l * parts::<S>() + h]) * inverse, inverse)
    };
    let (own, inverse) = of(0);
    let second = -(own * inverse);
    if labels.len() == 2 {
        let (other, inverse) = of(1);
        return (own - other, other.times_from(inverse, second));
    }
    (if labels.first == 0 { own } else { -own }, second)
}

/// What is known of one vector of covariate vectors.
struct Known<'a, S: Simd> {
    s: S,
    experts: usize,
    /// π_i, then f_i(0) and f_i(1), expert by expert.
    probability: &'a [S::f64s],
    h: usize,
}

impl<S: Simd> Known<'_, S> {
    #[inline(always)]
    fn gate(&self, i: usize) -> Vector<S> {
        Vector::new(self.s, self.probability[i * parts::<S>() + self.h])
    }

    /// f_i(class).
    #[inline(always)]
    fn class(&self, i: usize, class: usize) -> Vector<S> {
        let at = self.experts + 2 * i + class;
        Vector::new(self.s, self.probability[at * parts::<S>() + self.h])
    }

    /// Derivatives of g_0, from the densities `g` of the labels.
    #[inline(always)]
    fn slopes(&self, labels: Labels, g: &[S::f64s], out: &mut [S::f64s]) {
        let gates = self.experts - 1;
        let density = |l: usize| Vector::new(self.s, g[l * parts::<S>() + self.h]);
        for i in 0..gates {
            let further = if labels.len() == 2 {
                self.class(i, 1).times_from(density(0), self.class(i, 0) * density(1))
            } else if labels.first == 0 {
                self.class(i, 0) - density(0)
            } else {
                density(0) - self.class(i, 1)
            };
            out[i] = (self.gate(i) * further).get();
        }
        for i in 0..self.experts {
            out[gates + i] = (self.gate(i) * self.class(i, 0) * self.class(i, 1)).get();
        }
    }

    /// The weights of all pairs of logits, in the order of [`Sums`](super::Sums); `second` is −T.
    #[inline(always)]
    fn pairs(&self, second: Vector<S>, local: &Local<'_, S>, out: &mut [S::f64s]) {
        let one = Vector::splat(self.s, 1.0);
        let slope = |u: usize| Vector::new(self.s, local.slope[u]);
        let score = |u: usize| Vector::new(self.s, local.score[u]);
        let (gates, logits) = (self.experts - 1, 2 * self.experts - 1);
        let mut pair = 0;
        let mut put = |weight: Vector<S>| {
            out[pair * parts::<S>() + self.h] = weight.get();
            pair += 1;
        };
        for i in 0..gates {
            let (gate, squared) = (self.gate(i), second * slope(i));
            let spread = Vector::splat(self.s, 2.0).times_from(gate, one);
            put(squared.times_plus(slope(i), score(i) * spread));
            for j in i + 1..gates {
                let rest = gate.times_from(score(j), squared * slope(j));
                put(self.gate(j).times_from(score(i), rest));
            }
        }
        for i in 0..gates {
            let (gate, squared) = (self.gate(i), second * slope(i));
            for v in gates..logits {
                let product = squared * slope(v);
                let kept = if v == gates + i {
                    (one - gate).times_plus(score(v), product)
                } else {
                    gate.times_from(score(v), product)
                };
                put(kept);
            }
        }
        for v in gates..logits {
            let squared = second * slope(v);
            let bend = self.class(v - gates, 1) - self.class(v - gates, 0);
            put(squared.times_plus(slope(v), score(v) * bend));
            for w in v + 1..logits {
                put(squared * slope(w));
            }
        }
    }
}
