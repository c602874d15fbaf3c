//! The same softmaxes for eight covariate vectors at a time, to be compiled where they are used.

use crate::numeric::{LANES, Lanes, add, exp_lanes, mul_add, splat, sub};

/// slopeᵀ features + intercept.
#[inline(always)]
pub(crate) fn logit(slope: &[f64], features: &[Lanes], intercept: f64) -> Lanes {
    let mut out = splat(0.0);
    for (v, f) in slope.iter().zip(features) {
        out = mul_add(splat(*v), *f, out);
    }
    add(out, splat(intercept))
}

/// Replaces logits by their exponentials relative to the largest; returns the sum.
#[inline(always)]
pub(crate) fn exponentials(logits: &mut [Lanes]) -> Lanes {
    let mut top = splat(f64::NEG_INFINITY);
    for v in logits.iter() {
        for l in 0..LANES {
            top[l] = if v[l] > top[l] { v[l] } else { top[l] };
        }
    }
    let mut sum = splat(0.0);
    for v in logits {
        *v = exp_lanes(sub(*v, top));
        sum = add(sum, *v);
    }
    sum
}
