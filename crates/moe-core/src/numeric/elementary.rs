//! exp, ln and their relatives for single numbers, identical on every platform.
//!
//! Bounds are in units in the last place of the result, measured by `tests/elementary.rs` and stated there.

use super::kernel::{LnParts, exp_one, exp_parts, ln_one, ln_parts};
use super::sum::two_sum;

/// A number as the unevaluated sum of two, the second below half an ulp of the first.
type Double = (f64, f64);

/// e^x: 0 below −746, gradual underflow, infinity above 709.79, NaN for NaN.
///
/// ```
/// use moe_core::numeric::{exp, exp_m1, ln, ln_1p};
///
/// assert_eq!((exp(0.0), ln(1.0)), (1.0, 0.0));
/// assert_eq!(exp(f64::NEG_INFINITY), 0.0);
/// // Near 0 what the plain functions would lose is kept.
/// assert_eq!((exp_m1(1e-20), ln_1p(1e-20)), (1e-20, 1e-20));
/// ```
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_one(x)
}

/// Natural logarithm: −∞ at 0, NaN below, right for subnormal numbers and infinity.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    if (f64::MIN_POSITIVE..=f64::MAX).contains(&x) {
        return ln_one(x);
    }
    let LnParts { high, low } = ln_outside(x);
    high + low
}

/// ln for what [`ln_parts`] alone does not cover; the special values have `low` 0.
fn ln_outside(x: f64) -> LnParts {
    let special = |high| LnParts { high, low: 0.0 };
    if x == 0.0 {
        special(f64::NEG_INFINITY)
    } else if x < 0.0 || x.is_nan() {
        special(f64::NAN)
    } else if x.is_infinite() {
        special(x)
    } else {
        const TWO54: f64 = 18014398509481984.0;
        ln_parts(x * TWO54, 54.0)
    }
}

/// Logarithm to base 10, exact at powers of ten; special values as [`ln`].
pub fn log10(x: f64) -> f64 {
    const HIGH: f64 = std::f64::consts::LOG10_E;
    const LOW: f64 = 1.098319650216765e-17;
    let normal = (f64::MIN_POSITIVE..=f64::MAX).contains(&x);
    let parts = if normal { ln_parts(x, 0.0) } else { ln_outside(x) };
    if !parts.high.is_finite() {
        return parts.high;
    }
    let (high, low) = two_sum(parts.high, parts.low);
    let product = high * HIGH;
    let error = high.mul_add(HIGH, -product);
    product + low.mul_add(HIGH, high.mul_add(LOW, error))
}

/// ln(1 + x), accurate near 0: −∞ at −1, NaN below.
pub fn ln_1p(x: f64) -> f64 {
    const TINY: f64 = 5.551115123125783e-17; // 2^-54: beyond, ln(1 + x) rounds to x
    if x.abs() < TINY || x == f64::INFINITY {
        return x;
    }
    let (u, lost) = two_sum(1.0, x);
    if u <= 0.0 || u.is_nan() {
        return ln(u);
    }
    let LnParts { high, low } = ln_parts(u, 0.0);
    high + (low + lost / u)
}

/// e^x − 1 for |x| ≤ 45, to about 2^-54 of itself.
#[inline(always)]
fn exp_m1_double(x: f64) -> Double {
    let parts = exp_parts(x);
    let scale = parts.scale();
    let (whole, rest) = two_sum(scale, -1.0);
    let (high, low) = two_sum(whole, scale * parts.r);
    two_sum(high, parts.tail().mul_add(scale, rest + low))
}

/// e^x − 1, accurate near 0.
pub fn exp_m1(x: f64) -> f64 {
    if x > 40.0 {
        exp(x)
    } else if x < -40.0 {
        -1.0
    } else if x == 0.0 {
        x
    } else {
        exp_m1_double(x).0
    }
}

/// The quotient of two unevaluated sums, rounded almost correctly.
#[inline(always)]
fn quotient(n: Double, d: Double) -> f64 {
    let q = n.0 / d.0;
    let remainder = (-q).mul_add(d.0, n.0) + (-q).mul_add(d.1, n.1);
    q + remainder / d.0
}

/// Hyperbolic tangent, odd to the last bit.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    const TINY: f64 = 7.450580596923828e-9; // 2^-27: below, x³/3 is less than a tenth of an ulp
    let size = x.abs();
    if size < TINY {
        return x;
    }
    if size > 20.0 {
        return 1.0_f64.copysign(x);
    }
    let growth = exp_m1_double(2.0 * size);
    let (high, low) = two_sum(2.0, growth.0);
    quotient(growth, (high, low + growth.1)).copysign(x)
}

/// The logistic function 1 / (1 + e^-x), accurate in both tails.
#[inline(always)]
pub fn sigmoid(x: f64) -> f64 {
    if x < -40.0 {
        return exp(x);
    }
    if x > 40.0 {
        return 1.0;
    }
    let parts = exp_parts(-x.abs());
    let (one, rest) = two_sum(1.0, parts.r);
    let (high, low) = two_sum(one, rest + parts.tail());
    let small = (high * parts.scale(), low * parts.scale());
    let (high, low) = two_sum(1.0, small.0);
    let numerator = if x < 0.0 { small } else { (1.0, 0.0) };
    quotient(numerator, (high, low + small.1))
}

/// x^p by repeated squaring from the lowest bit of p; relative error at most (p − 1) 2^-53 or so; 0^0 = 1.
#[inline(always)]
pub fn power(x: f64, p: u32) -> f64 {
    let (mut square, mut result, mut left) = (x, 1.0, p);
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        left >>= 1;
        if left > 0 {
            square *= square;
        }
    }
    result
}
