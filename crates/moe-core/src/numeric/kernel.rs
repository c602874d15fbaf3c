//! The arithmetic of exp and ln for one number, free of branches and calls: shared by scalars and lanes.
//!
//! Fused multiply-adds are explicit, so hardware and software give the same bits. The polynomials are
//! minimax on the reduced range; `tests/data/make_polynomials.py` prints them.

/// 1.5·2^52: adding it leaves the nearest whole number in the low bits of the sum.
pub(super) const SHIFTER: f64 = 6755399441055744.0;
/// The same plus the bias of exponents, so that the low bits are a biased exponent.
const EXPONENT_SHIFTER: f64 = SHIFTER + 1023.0;
/// The same plus twice the bias, so that half of the low bits is a biased exponent.
const HALVED_SHIFTER: f64 = SHIFTER + 2046.0;
const LN2_HIGH: f64 = std::f64::consts::LN_2;
const LN2_LOW: f64 = 2.3190468138462996e-17;

/// exp(x) = 2^n (1 + r + r² q + rest), |r| ≤ ½ ln 2.
pub(super) struct ExpParts {
    /// Low bits: n + 1023, or n + 2046 with [`HALVED_SHIFTER`].
    bits: u64,
    /// The reduced argument, rounded.
    pub(super) r: f64,
    /// (e^r − 1 − r) / r².
    q: f64,
    /// What rounding `r` lost.
    rest: f64,
}

impl ExpParts {
    /// 2^n, for −1022 ≤ n ≤ 1023; with [`EXPONENT_SHIFTER`] only.
    #[inline(always)]
    pub(super) fn scale(&self) -> f64 {
        f64::from_bits(self.bits << 52)
    }

    /// exp of the exact reduced argument, minus 1, minus `r`.
    #[inline(always)]
    pub(super) fn tail(&self) -> f64 {
        self.q.mul_add(self.r * self.r, self.rest)
    }
}

/// Reduces the argument (Cody and Waite 1980) and expands; right for |x| ≤ 1000, NaN for NaN.
#[inline(always)]
pub(super) fn exp_parts(x: f64) -> ExpParts {
    shifted_exp_parts(x, EXPONENT_SHIFTER)
}

#[inline(always)]
fn shifted_exp_parts(x: f64, shifter: f64) -> ExpParts {
    let t = x.mul_add(std::f64::consts::LOG2_E, shifter);
    let n = t - shifter;
    // Exact: x and n LN2_HIGH are multiples of 2^-53 that differ by less than ½ (or n = ±1, Sterbenz).
    let high = n.mul_add(-LN2_HIGH, x);
    let r = n.mul_add(-LN2_LOW, high);
    let rest = n.mul_add(-LN2_LOW, high - r);
    let z = r * r;
    let w = z * z;
    let a = r.mul_add(0.16666666666666682, 0.5);
    let b = r.mul_add(0.008333333333317483, 0.041666666666666144);
    let c = r.mul_add(0.00019841269895420763, 0.0013888888889099715);
    let d = r.mul_add(2.7557235722902503e-06, 2.480158695156611e-05);
    let e = z.mul_add(2.0831764464402902e-09, r.mul_add(2.511176257687755e-08, 2.7557563505457124e-07));
    let q = e.mul_add(w, d.mul_add(z, c)).mul_add(w, b.mul_add(z, a));
    ExpParts { bits: t.to_bits(), r, q, rest }
}

/// exp(x) for |x| ≤ 708, bit for bit [`exp_one`]; meaningless beyond.
///
/// Neither the argument nor the result leaves the range of normal numbers, so one factor scales.
#[inline(always)]
pub(super) fn exp_moderate(x: f64) -> f64 {
    let parts = exp_parts(x);
    let (r, scale) = (parts.r, parts.scale());
    parts.q.mul_add(r * r, r).mul_add(scale, scale)
}

/// exp(x) for every x: 0 below −746, gradual underflow, infinity on overflow, NaN for NaN.
///
/// `rest` is left out: it would cost three operations of thirty and save a fifth of an ulp.
#[inline(always)]
pub(super) fn exp_one(x: f64) -> f64 {
    let x = if -746.0 > x { -746.0 } else { x };
    let x = if 710.0 < x { 710.0 } else { x };
    let ExpParts { bits, r, q, .. } = shifted_exp_parts(x, HALVED_SHIFTER);
    // 2^n in two factors, both normal; twelve bits survive the shift, the shifter's own do not.
    let half = bits >> 1;
    let first = f64::from_bits(half << 52);
    let second = f64::from_bits(bits.wrapping_sub(half) << 52);
    q.mul_add(r * r, r).mul_add(first, first) * second
}

/// A logarithm as an unevaluated sum: `high` is exact, |`low`| at most a fifth of |`high`|.
pub(super) struct LnParts {
    pub(super) high: f64,
    pub(super) low: f64,
}

const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
const ROOT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const TWO52_BITS: u64 = 0x4330_0000_0000_0000;
const TWO52: f64 = 4503599627370496.0;
/// ln 2 in 40 bits, so that its products with exponents are exact, and the rest.
const LN2_SHORT: f64 = 0.6931471805592082;
const LN2_REST: f64 = 7.371002565167799e-13;

/// ln(x 2^-shift) for x positive, finite, normal; meaningless (but harmless) otherwise.
///
/// x = 2^k (1 + f) with 1 + f in [√½, √2); with s = f/(2 + f) and z = s²,
/// ln(1 + f) = f − f²/2 + s (f²/2 + z P(z)), the form of Ng (fdlibm, 1993).
#[inline(always)]
pub(super) fn ln_parts(x: f64, shift: f64) -> LnParts {
    let moved = x.to_bits().wrapping_add(ONE_BITS - ROOT_HALF_BITS);
    let k = f64::from_bits((moved >> 52) | TWO52_BITS) - (TWO52 + 1023.0 + shift);
    let f = f64::from_bits((moved & MANTISSA).wrapping_add(ROOT_HALF_BITS)) - 1.0;
    let s = f / (f + 2.0);
    let z = s * s;
    let w = z * z;
    let a = z.mul_add(0.3999999999941664, 0.6666666666666734);
    let b = z.mul_add(0.22222198605080842, 0.28571428742028065);
    let c = w.mul_add(0.14795632328083053, z.mul_add(0.15314084920228233, 0.1818356284909071));
    let series = c.mul_add(w, b).mul_add(w, a) * z;
    let half_square = 0.5 * f * f;
    let start = k * LN2_SHORT;
    let high = start + f;
    let lost = (start - high) + f;
    let correction = s.mul_add(half_square + series, k.mul_add(LN2_REST, lost));
    LnParts { high, low: correction - half_square }
}

/// ln(x) for x positive, finite, normal; meaningless (but harmless) otherwise.
#[inline(always)]
pub(super) fn ln_one(x: f64) -> f64 {
    let LnParts { high, low } = ln_parts(x, 0.0);
    high + low
}

/// ln(x) from x and 1/x, both positive, finite and normal: half of what [`ln_one`] costs, as nothing is divided and no
/// rounding made good. Errors as for `ln_of_pairs`; meaningless (but harmless) for other arguments.
///
/// x = 2^k m with m in [√½, √2), and with u = m − 1/m, ln m = asinh(u/2) = u (½ + z P(z)), z = u².
#[inline(always)]
pub(super) fn ln_of_pair(x: f64, inverse: f64) -> f64 {
    let moved = x.to_bits().wrapping_add(ONE_BITS - ROOT_HALF_BITS);
    let k = f64::from_bits((moved >> 52) | TWO52_BITS) - (TWO52 + 1023.0);
    let exponent = (moved & !MANTISSA).wrapping_sub(ONE_BITS);
    let m = f64::from_bits(x.to_bits().wrapping_sub(exponent));
    let u = m - f64::from_bits(inverse.to_bits().wrapping_add(exponent));
    let z = u * u;
    let p = z.mul_add(-1.1175339120469049e-08, 8.106969535802594e-08);
    let p = z.mul_add(z.mul_add(p, -4.2227339863907437e-07), 2.1169325939568054e-06);
    let p = z.mul_add(z.mul_add(p, -1.09236256877373e-05), 5.933969926564813e-05);
    let p = z.mul_add(z.mul_add(p, -0.0003487723188057222), 0.0023437499999060607);
    let p = z.mul_add(z.mul_add(p, -0.020833333333332173), 0.5);
    k.mul_add(LN2_HIGH, u * p)
}
