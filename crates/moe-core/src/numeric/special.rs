//! Gamma and beta functions, whole and incomplete: what tail probabilities are made of.

use super::{exp, ln};

/// Relative change at which series and continued fractions end.
const SETTLED: f64 = 4e-16;
/// Terms after which they end anyway: far above the √(a + b) that they need for parameters up to 10⁸.
const MOST_TERMS: u32 = 100_000;
/// Stands for a zero denominator in a continued fraction (Thompson and Barnett 1986).
const TINY: f64 = 1e-300;

/// ln Γ(x) for x > 0, to about 2·10⁻¹⁵ (1 + |ln Γ(x)|): the approximation of Lanczos (1964), nine terms.
///
/// ```
/// use moe_core::numeric::{ln, ln_gamma};
///
/// // Γ(6) = 5! = 120.
/// assert!((ln_gamma(6.0) - ln(120.0)).abs() < 1e-14);
/// ```
pub fn ln_gamma(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        676.5203681218851,
        -1259.1392167224028,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507343278686905,
        -0.13857109526572012,
        9.984_369_578_019_572e-6,
        1.5056327351493116e-7,
    ];
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
    if x < 0.5 {
        // Γ(x) = Γ(x + 1) / x keeps the series where it is accurate.
        return ln_gamma(x + 1.0) - ln(x);
    }
    let base = x + 6.5;
    let mut sum = 0.999_999_999_999_809_9;
    for (i, coefficient) in SERIES.iter().enumerate() {
        sum += coefficient / (x + i as f64);
    }
    (x - 0.5).mul_add(ln(base), -base) + HALF_LN_TAU + ln(sum)
}

/// Upper regularised incomplete gamma function Q(a, x), a > 0: a series for small x, a continued fraction for
/// large x (Gautschi 1979).
pub fn gamma_upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let scale = exp(a.mul_add(ln(x), -x) - ln_gamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..MOST_TERMS {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * SETTLED {
                break;
            }
        }
        return (1.0 - scale * sum).max(0.0);
    }
    let fraction = continued_fraction(x + 1.0 - a, |i| {
        let i = f64::from(i);
        (i * (a - i), x + 2.0f64.mul_add(i, 1.0 - a))
    });
    scale / fraction
}

/// Regularised incomplete beta function I_x(a, b), a, b > 0, 0 ≤ x ≤ 1, by its continued fraction
/// (Didonato and Morris 1992).
///
/// ```
/// // Three fair coins: P(at most one head) = I_½(2, 2) = ½.
/// assert!((moe_core::numeric::beta_lower(2.0, 2.0, 0.5) - 0.5).abs() < 1e-14);
/// ```
pub fn beta_lower(a: f64, b: f64, x: f64) -> f64 {
    beta_parts(a, b, x, 1.0 - x)
}

/// [`beta_lower`] with 1 − x given, so that either may be tiny.
pub fn beta_parts(a: f64, b: f64, x: f64, complement: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if complement <= 0.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_parts(b, a, complement, x);
    }
    let scale = exp(a.mul_add(ln(x), b * ln(complement)) + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b));
    let fraction = continued_fraction(1.0, |i| {
        let m = f64::from(i / 2);
        let term = if i % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (term, 1.0)
    });
    (scale / (a * fraction)).min(1.0)
}

/// b₀ + a₁/(b₁ + a₂/(b₂ + …)) with (aᵢ, bᵢ) from `term`, by the method of Lentz (1976).
fn continued_fraction(first: f64, term: impl Fn(u32) -> (f64, f64)) -> f64 {
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut value, mut c, mut d) = (guard(first), guard(first), 0.0);
    for i in 1..MOST_TERMS {
        let (a, b) = term(i);
        d = 1.0 / guard(a.mul_add(d, b));
        c = guard(b + a / c);
        let step = c * d;
        value *= step;
        if (step - 1.0).abs() < SETTLED {
            break;
        }
    }
    value
}
