//! What covariates enter linearly and squared: logits, and products of features.

use moe_core::numeric::{LANES, Lanes};
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Group, HESSIAN, Pass, Scratch};

/// Every logit of every block.
pub(super) struct Logits<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) out: &'a mut [f64],
}

impl pulp::WithSimd for Logits<'_> {
    type Output = ();

    /// Few covariates are compiled on their own.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match self.pass.shape.dim {
            1 => self.all(s, 1),
            2 => self.all(s, 2),
            d => self.all(s, d),
        }
    }
}

impl Logits<'_> {
    #[inline(always)]
    fn all<S: Simd>(self, s: S, d: usize) {
        let (logits, gates) = (self.pass.shape.logits(), self.pass.shape.gate_rows());
        for (u, row) in self.pass.parameters.chunks_exact(d + 1).enumerate() {
            let features = if u < gates { self.group.m } else { self.group.x };
            let intercept = Vector::splat(s, row[0]);
            for (block, features) in features.chunks_exact(d).enumerate() {
                let at = (block * logits + u) * LANES;
                let out = vectors_mut::<S>(&mut self.out[at..at + LANES]);
                for (h, out) in out.iter_mut().enumerate() {
                    let mut sum = intercept;
                    for (slope, feature) in row[1..].iter().zip(features) {
                        sum = Vector::splat(s, *slope).times_plus(lane_part(s, feature, h), sum);
                    }
                    *out = sum.get();
                }
            }
        }
    }
}

/// Vector `h` of a block of lanes.
#[inline(always)]
pub(super) fn lane_part<S: Simd>(s: S, lanes: &Lanes, h: usize) -> Vector<S> {
    Vector::new(s, vectors::<S>(lanes)[h])
}

/// Products z_p y_q of features z, y = (1, covariates); with the score alone just z.
pub(super) struct Products<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl<const LEVEL: u8> pulp::WithSimd for Products<'_, LEVEL> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match self.pass.shape.dim {
            2 => self.all(s, 2),
            d => self.all(s, d),
        }
    }
}

impl<const LEVEL: u8> Products<'_, LEVEL> {
    #[inline(always)]
    fn all<S: Simd>(self, s: S, d: usize) {
        let Self { pass, group, scratch } = self;
        symmetric(s, d, LEVEL, group.x, &mut scratch.products_x);
        if !pass.shared {
            symmetric(s, d, LEVEL, group.m, &mut scratch.products_m);
            if LEVEL >= HESSIAN {
                mixed(s, d, group.m, group.x, &mut scratch.products_mx);
            }
        }
    }
}

/// z_p z_q for p ≤ q; the first d + 1 of them are z itself.
#[inline(always)]
fn symmetric<S: Simd>(s: S, d: usize, level: u8, features: &[Lanes], out: &mut [f64]) {
    let entries = (d + 1) * (d + 2) / 2;
    for (features, out) in features.chunks_exact(d).zip(out.chunks_exact_mut(entries * LANES)) {
        let out = vectors_mut::<S>(out);
        for h in 0..parts::<S>() {
            out[h] = s.splat_f64s(1.0);
            for j in 0..d {
                out[(1 + j) * parts::<S>() + h] = lane_part(s, &features[j], h).get();
            }
            if level < HESSIAN {
                continue;
            }
            let mut at = 1 + d;
            for p in 0..d {
                for q in p..d {
                    let product = lane_part(s, &features[p], h) * lane_part(s, &features[q], h);
                    out[at * parts::<S>() + h] = product.get();
                    at += 1;
                }
            }
        }
    }
}

/// z_p y_q of z = (1, M(x)) and y = (1, x), row-major.
#[inline(always)]
fn mixed<S: Simd>(s: S, d: usize, m: &[Lanes], x: &[Lanes], out: &mut [f64]) {
    let entries = (d + 1) * (d + 1);
    let one = [1.0; LANES];
    let blocks = m.chunks_exact(d).zip(x.chunks_exact(d));
    for ((m, x), out) in blocks.zip(out.chunks_exact_mut(entries * LANES)) {
        let out = vectors_mut::<S>(out);
        for p in 0..=d {
            let z = if p == 0 { &one } else { &m[p - 1] };
            for q in 0..=d {
                let y = if q == 0 { &one } else { &x[q - 1] };
                for h in 0..parts::<S>() {
                    let product = lane_part(s, z, h) * lane_part(s, y, h);
                    out[(p * (d + 1) + q) * parts::<S>() + h] = product.get();
                }
            }
        }
    }
}
