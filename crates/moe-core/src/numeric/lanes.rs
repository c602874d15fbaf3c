//! Eight numbers at a time: straight loops that become vector instructions wherever the caller allows them.
//!
//! Everything is `#[inline(always)]`: inside a function compiled for AVX2 and FMA, each call is a few vector
//! instructions. With `pulp`, that function is `WithSimd::with_simd` of a struct, marked `#[inline(always)]`,
//! and so must every closure in it be; a long plain closure given to `Arch::dispatch` is compiled apart,
//! without vectors. The bits do not depend on any of this.
//!
//! Compilers do best on loops over memory: [`exp_all`] and [`ln_of_pairs`] run at full width, [`exp_lanes`] and
//! [`ln_lanes`] cost about a quarter more.

use super::kernel::{exp_moderate, exp_one, ln_of_pair, ln_one};

/// Numbers per vector of lanes, on every machine: part of the definition of every lane-wise sum.
pub const LANES: usize = 8;

/// Eight numbers treated alike.
pub type Lanes = [f64; LANES];

#[inline(always)]
fn each(a: Lanes, f: impl Fn(f64) -> f64) -> Lanes {
    let mut out = [0.0; LANES];
    for i in 0..LANES {
        out[i] = f(a[i]);
    }
    out
}

#[inline(always)]
fn pairs(a: Lanes, b: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut out = [0.0; LANES];
    for i in 0..LANES {
        out[i] = f(a[i], b[i]);
    }
    out
}

/// exp of every lane, bit for bit the scalar [`exp`](super::exp); off by less than 1 ulp (0.997 measured).
///
/// ```
/// use moe_core::numeric::{exp, exp_lanes, splat, sum_tree};
///
/// let lanes = exp_lanes([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]);
/// assert_eq!(lanes[5], exp(2.5), "the same bits");
/// assert_eq!(sum_tree(splat(0.25)), 2.0);
/// ```
#[inline(always)]
pub fn exp_lanes(x: Lanes) -> Lanes {
    each(x, exp_one)
}

/// ln of every lane, bit for bit the scalar [`ln`](super::ln); off by less than 1 ulp (0.833 measured).
///
/// Every lane must be positive, finite and normal (at least 2^-1022); other lanes give meaningless numbers.
#[inline(always)]
pub fn ln_lanes(x: Lanes) -> Lanes {
    each(x, ln_one)
}

/// [`exp_lanes`] of every element of a buffer, in place.
#[inline(always)]
pub fn exp_all(x: &mut [Lanes]) {
    for value in x.as_flattened_mut() {
        *value = exp_one(*value);
    }
}

/// exp of every number of a buffer, in place: bit for bit [`exp`](super::exp) for |x| ≤ 708, and meaningless
/// beyond. About a fifth cheaper than [`exp_all`].
#[inline(always)]
pub fn exp_all_moderate(x: &mut [f64]) {
    for value in x {
        *value = exp_moderate(*value);
    }
}

/// ln of every number of a buffer, in place, given the inverses of them: numbers and inverses must be positive, finite
/// and normal. Half the cost of [`ln_lanes`]. In ulps of the larger of |ln x| and ½ it is off by at most 2 with inverses rounded
/// once (1.6 measured), and by 4 with inverses 2 ulps off (3.4 measured).
#[inline(always)]
pub fn ln_of_pairs(x: &mut [f64], inverses: &[f64]) {
    for (value, inverse) in x.iter_mut().zip(inverses) {
        *value = ln_of_pair(*value, *inverse);
    }
}

/// The same number in every lane.
#[inline(always)]
pub fn splat(value: f64) -> Lanes {
    [value; LANES]
}

/// a b + c, rounded once.
#[inline(always)]
pub fn mul_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    let mut out = c;
    for i in 0..LANES {
        out[i] = a[i].mul_add(b[i], c[i]);
    }
    out
}

/// a + b.
#[inline(always)]
pub fn add(a: Lanes, b: Lanes) -> Lanes {
    pairs(a, b, |a, b| a + b)
}

/// a − b.
#[inline(always)]
pub fn sub(a: Lanes, b: Lanes) -> Lanes {
    pairs(a, b, |a, b| a - b)
}

/// a b.
#[inline(always)]
pub fn mul(a: Lanes, b: Lanes) -> Lanes {
    pairs(a, b, |a, b| a * b)
}

/// a / b.
#[inline(always)]
pub fn div(a: Lanes, b: Lanes) -> Lanes {
    pairs(a, b, |a, b| a / b)
}

/// The larger of a and b; b where they are equal or either is NaN.
#[inline(always)]
pub fn max(a: Lanes, b: Lanes) -> Lanes {
    pairs(a, b, |a, b| if a > b { a } else { b })
}

/// The sum over the lanes by a fixed tree: ((0+4)+(2+6)) + ((1+5)+(3+7)).
#[inline(always)]
pub fn sum_tree(a: Lanes) -> f64 {
    ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
}
