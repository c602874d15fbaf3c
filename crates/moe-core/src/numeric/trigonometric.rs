//! sin and cos, identical on every platform.

use super::kernel::SHIFTER;
use super::sum::two_sum;

/// Largest argument that is reduced by the true π: 2^40.
const REACH: f64 = 1099511627776.0;

/// x minus the nearest multiple of π/2: the multiple modulo 4, and the remainder as an unevaluated sum.
///
/// π/2 in three parts (Cody and Waite 1980): the first product is subtracted exactly, the second with its
/// rounding errors carried along, and up to [`REACH`] what is left of π/2 stays below 2^-118.
#[inline(always)]
fn reduce(x: f64) -> (u64, f64, f64) {
    const FIRST: f64 = std::f64::consts::FRAC_PI_2;
    const SECOND: f64 = 6.123233995736766e-17;
    const THIRD: f64 = -1.4973849048591698e-33;
    let x = if x.abs() > REACH { x % std::f64::consts::TAU } else { x };
    let t = x.mul_add(std::f64::consts::FRAC_2_PI, SHIFTER);
    let n = t - SHIFTER;
    let first = n.mul_add(-FIRST, x);
    let product = n * SECOND;
    let product_error = n.mul_add(SECOND, -product);
    let (high, low) = two_sum(first, -product);
    let (high, low) = two_sum(high, n.mul_add(-THIRD, low - product_error));
    (t.to_bits() & 3, high, low)
}

/// sin(h + l) for |h| ≤ π/4 and a little beyond.
#[inline(always)]
fn sin_near(h: f64, l: f64) -> f64 {
    let z = h * h;
    let series = z
        .mul_add(1.5896852591582115e-10, -2.505075936333855e-08)
        .mul_add(z, 2.755731370216435e-06)
        .mul_add(z, -0.00019841269829846733)
        .mul_add(z, 0.00833333333332248)
        .mul_add(z, -0.16666666666666632);
    h + (h * z).mul_add(series, l * z.mul_add(-0.5, 1.0))
}

/// cos(h + l) for |h| ≤ π/4 and a little beyond.
#[inline(always)]
fn cos_near(h: f64, l: f64) -> f64 {
    let z = h * h;
    let z_error = h.mul_add(h, -z);
    let series = z
        .mul_add(-1.1359899929486629e-11, 2.0875728700531143e-09)
        .mul_add(z, -2.7557314397470383e-07)
        .mul_add(z, 2.480158728966223e-05)
        .mul_add(z, -0.0013888888888874465)
        .mul_add(z, 0.0416666666666666);
    let main = z.mul_add(-0.5, 1.0);
    let lost = z.mul_add(-0.5, 1.0 - main) - 0.5 * z_error;
    main + (z * z).mul_add(series, h.mul_add(-l, lost))
}

/// sin(remainder + quadrant π/2), free of branches.
#[inline(always)]
fn turned((quadrant, h, l): (u64, f64, f64)) -> f64 {
    let (sin, cos) = (sin_near(h, l), cos_near(h, l));
    let value = if quadrant & 1 == 0 { sin } else { cos };
    f64::from_bits(value.to_bits() ^ ((quadrant & 2) << 62))
}

/// Sine of x in radians, for |x| ≤ 2^40.
///
/// Beyond 2^40 the argument is first taken modulo the double nearest 2π (an exact operation): the result is
/// the same everywhere and within [−1, 1], but no longer the sine. NaN for infinities and NaN.
///
/// ```
/// use moe_core::numeric::{cos, sin};
///
/// assert_eq!((sin(0.0), cos(0.0)), (0.0, 1.0));
/// // Large arguments are reduced by the true π.
/// assert!((sin(1e6) - -0.3499935021712930).abs() < 1e-15);
/// ```
#[inline(always)]
pub fn sin(x: f64) -> f64 {
    const TINY: f64 = 7.450580596923828e-9; // 2^-27: below, x³/6 is less than a tenth of an ulp
    if x.abs() < TINY { x } else { turned(reduce(x)) }
}

/// Cosine of x in radians, for |x| ≤ 2^40; beyond, see [`sin`].
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let (quadrant, h, l) = reduce(x);
    turned((quadrant + 1, h, l))
}
