//! Arithmetic over lanes: straight loops, inlined into whatever instruction set the caller is compiled for.

use moe_core::numeric::{LANES, Lanes};

use super::ZERO;

#[inline(always)]
pub(crate) fn each(a: Lanes, f: impl Fn(f64) -> f64) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l]);
    }
    out
}

#[inline(always)]
pub(crate) fn zip(a: Lanes, b: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l], b[l]);
    }
    out
}

#[inline(always)]
pub(crate) fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = a[l].mul_add(b[l], c[l]);
    }
    out
}

/// intercept + slopeᵀ features.
#[inline(always)]
pub(crate) fn logit(intercept: f64, slope: &[f64], features: &[Lanes]) -> Lanes {
    let mut out = [intercept; LANES];
    for (v, f) in slope.iter().zip(features) {
        out = fused([*v; LANES], *f, out);
    }
    out
}
