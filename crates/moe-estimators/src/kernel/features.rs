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
    fn all<S: Simd>(mut self, s: S, d: usize) {
        let (logits, gates) = (self.pass.shape.logits(), self.pass.shape.gate_rows());
        if self.pass.shared {
            return self.some(s, d, 0, logits);
        }
        self.some(s, d, 0, gates);
        self.some(s, d, gates, logits);
    }

    /// Logits `from` up to `to`, which have the same features: four at a time, and the rest.
    #[inline(always)]
    fn some<S: Simd>(&mut self, s: S, d: usize, from: usize, to: usize) {
        let mut u = from;
        while u + 4 <= to {
            self.tile::<S, 4>(s, d, u);
            u += 4;
        }
        match to - u {
            1 => self.tile::<S, 1>(s, d, u),
            2 => self.tile::<S, 2>(s, d, u),
            3 => self.tile::<S, 3>(s, d, u),
            _ => {}
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const N: usize>(&mut self, s: S, d: usize, u: usize) {
        let (logits, parts) = (self.pass.shape.logits(), parts::<S>());
        let features = if u < self.pass.shape.gate_rows() { self.group.m } else { self.group.x };
        let rows = &self.pass.parameters[u * (d + 1)..(u + N) * (d + 1)];
        let out = self.out.chunks_exact_mut(logits * LANES);
        for (features, out) in features.chunks_exact(d).zip(out) {
            let features = &vectors::<S>(features.as_flattened())[..d * parts];
            let out = &mut vectors_mut::<S>(out)[u * parts..(u + N) * parts];
            for h in 0..parts {
                let mut sums = [s.splat_f64s(0.0); N];
                for n in 0..N {
                    sums[n] = s.splat_f64s(rows[n * (d + 1)]);
                }
                for j in 0..d {
                    let feature = features[j * parts + h];
                    for n in 0..N {
                        let slope = s.splat_f64s(rows[n * (d + 1) + 1 + j]);
                        sums[n] = s.mul_add_f64s(slope, feature, sums[n]);
                    }
                }
                for n in 0..N {
                    out[n * parts + h] = sums[n];
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
        if group.products.is_empty() {
            symmetric(s, d, LEVEL, group.x, &mut scratch.products_x);
        }
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
pub(crate) fn symmetric<S: Simd>(s: S, d: usize, level: u8, features: &[Lanes], out: &mut [f64]) {
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
pub(crate) fn mixed<S: Simd>(s: S, d: usize, m: &[Lanes], x: &[Lanes], out: &mut [f64]) {
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
