//! Tail probabilities and quantiles of the normal, Student's, χ² and F laws, the same on every machine.
//!
//! Relative accuracy is 10⁻¹¹ for up to thousands of degrees of freedom and falls to 10⁻⁷ at 10⁸, beyond which
//! laws are replaced by their limits.

use crate::numeric::{self, beta_parts, gamma_upper, ln_gamma};

/// P(Z > z) of a standard normal Z, with relative accuracy far into the upper tail.
///
/// ```
/// use moe_core::distribution::{normal_quantile, normal_tail};
///
/// assert!((normal_tail(1.959963984540054) - 0.025).abs() < 1e-12);
/// assert!((normal_tail(normal_quantile(1e-9)) / 1e-9 - 1.0).abs() < 1e-9);
/// ```
pub fn normal_tail(z: f64) -> f64 {
    if z < 0.0 { 1.0 - normal_tail(-z) } else { 0.5 * gamma_upper(0.5, 0.5 * z * z) }
}

/// P(T > t) of Student's law with `df` > 0 degrees of freedom, any real number; infinite ones are normal.
///
/// ```
/// use moe_core::distribution::{student_quantile, student_tail};
///
/// // One degree of freedom is Cauchy's law: P(T > 1) = 1/4.
/// assert!((student_tail(1.0, 1.0) - 0.25).abs() < 1e-12);
/// // The half-width of a 95 % interval from ten values, in standard errors.
/// assert!((student_quantile(0.025, 9.0) - 2.262157162798205).abs() < 1e-9);
/// ```
pub fn student_tail(t: f64, df: f64) -> f64 {
    if df > 1e8 {
        normal_tail(t)
    } else if t < 0.0 {
        1.0 - student_tail(-t, df)
    } else if t.is_infinite() {
        0.0
    } else {
        let square = t * t;
        0.5 * beta_parts(0.5 * df, 0.5, df / (df + square), square / (df + square))
    }
}

/// P(X > x) of the χ² law with `df` > 0 degrees of freedom.
///
/// ```
/// // Two degrees of freedom are an exponential law: P(X > x) = exp(−x/2).
/// let tail = moe_core::distribution::chi_square_tail(3.0, 2.0);
/// assert!((tail - moe_core::numeric::exp(-1.5)).abs() < 1e-12);
/// ```
pub fn chi_square_tail(x: f64, df: f64) -> f64 {
    gamma_upper(0.5 * df, 0.5 * x)
}

/// P(X > x) of the F law with `first` and `second` degrees of freedom; an infinite `second` makes it χ².
///
/// ```
/// use moe_core::distribution::{f_tail, student_tail};
///
/// // The square of Student's T with 7 degrees of freedom is F(1, 7).
/// assert!((f_tail(4.0, 1.0, 7.0) - 2.0 * student_tail(2.0, 7.0)).abs() < 1e-12);
/// ```
pub fn f_tail(x: f64, first: f64, second: f64) -> f64 {
    if second > 1e8 {
        return chi_square_tail(first * x, first);
    }
    if x <= 0.0 {
        return 1.0;
    }
    let (part, rest) = (first * x, second);
    beta_parts(0.5 * second, 0.5 * first, rest / (part + rest), part / (part + rest))
}

/// The z that a standard normal exceeds with probability `p`: ∞ at 0, −∞ at 1.
pub fn normal_quantile(p: f64) -> f64 {
    student_quantile(p, f64::INFINITY)
}

/// The t that Student's law with `df` degrees of freedom exceeds with probability `p`: ∞ at 0, −∞ at 1.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if p > 0.5 {
        return -student_quantile(1.0 - p, df);
    }
    if p <= 0.0 {
        return f64::INFINITY;
    }
    // A bracket, then Newton steps that may not leave it.
    let (mut low, mut high) = (0.0, 1.0);
    while student_tail(high, df) > p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    let density = Density::of(df);
    let mut t = 0.5 * (low + high);
    for _ in 0..200 {
        let excess = student_tail(t, df) - p;
        if excess > 0.0 {
            low = t;
        } else {
            high = t;
        }
        let newton = t + excess / density.at(t);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - t).abs() <= 1e-15 * (1.0 + t.abs()) {
            return next;
        }
        t = next;
    }
    t
}

/// Density of Student's law.
struct Density {
    df: f64,
    ln_constant: f64,
}

impl Density {
    fn of(df: f64) -> Self {
        const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
        const HALF_LN_PI: f64 = 0.572_364_942_924_700_1;
        let ln_constant = if df > 1e8 {
            -HALF_LN_TAU
        } else {
            ln_gamma(0.5 * (df + 1.0)) - ln_gamma(0.5 * df) - 0.5 * numeric::ln(df) - HALF_LN_PI
        };
        Self { df, ln_constant }
    }

    fn at(&self, t: f64) -> f64 {
        let square = t * t;
        let shape = if self.df > 1e8 {
            -0.5 * square
        } else {
            -0.5 * (self.df + 1.0) * numeric::ln_1p(square / self.df)
        };
        numeric::exp(self.ln_constant + shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64, bound: f64) {
        assert!((found - expected).abs() <= bound * expected.abs(), "{found:e} is not {expected:e}");
    }

    /// Values from 40-digit arithmetic.
    #[test]
    fn tails_match_high_precision() {
        for (z, tail) in [
            (0.0, 0.5),
            (0.1, 0.460_172_162_722_971),
            (1.0, 0.15865525393145705),
            (1.96, 0.024997895148220436),
            (3.0, 0.0013498980316300945),
            (6.0, 9.865_876_450_376_98e-10),
            (12.0, 1.776482112077679e-33),
            (37.0, 5.725_571_222_524_577e-300),
        ] {
            check(normal_tail(z), tail, 1e-13);
            assert!((1.0 - normal_tail(-z) - tail).abs() < 1e-15);
        }
        for (t, df, tail) in [
            (1.0, 1.0, 0.25),
            (2.0, 2.5, 0.078_695_747_878_983),
            (1.96, 16.0, 0.03382515510658584),
            (2.5, 80.3, 0.007_228_048_610_902_757),
            (5.0, 10000.0, 2.9151633068313236e-7),
            (40.0, 3.0, 1.7190340394579264e-5),
            (0.001, 7.0, 0.499_615_008_622_499_4),
        ] {
            check(student_tail(t, df), tail, 1e-11);
        }
        for (x, df, tail) in [
            (0.5, 1.0, 0.479_500_122_186_953_5),
            (7.0, 7.0, 0.42887985755305472),
            (14.1, 7.0, 0.049431074100403296),
            (60.0, 9.0, 1.3406780483959613e-9),
            (110.0, 100.0, 0.23220478050085633),
        ] {
            check(chi_square_tail(x, df), tail, 1e-12);
            check(f_tail(x / df, df, f64::INFINITY), tail, 1e-12);
        }
        for (x, first, second, tail) in [
            (0.5, 1.0, 3.0, 0.530_477_770_932_957),
            (2.0, 7.0, 40.5, 0.07882525879750105),
            (9.0, 7.0, 12.0, 0.000_579_031_070_470_960_7),
            (1.0, 100.0, 1000.0, 0.483_856_364_461_667_2),
        ] {
            check(f_tail(x, first, second), tail, 1e-11);
        }
    }

    #[test]
    fn quantiles_invert_tails() {
        check(normal_quantile(0.025), 1.9599639845400542, 1e-14);
        for df in [0.7, 1.0, 4.2, 60.0, 1e4, f64::INFINITY] {
            for p in [1e-12, 1e-4, 0.025, 0.3, 0.5, 0.9, 0.9999] {
                let t = student_quantile(p, df);
                assert!((student_tail(t, df) - p).abs() <= 1e-9 * p, "{df}, {p}: {t}");
            }
            assert_eq!(student_quantile(0.0, df), f64::INFINITY);
            assert_eq!(student_quantile(1.0, df), f64::NEG_INFINITY);
        }
    }
}
