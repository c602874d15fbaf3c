//! Exact binomial tails and bounds: proportions of replications, and wrong verdicts of a calibration.

use crate::numeric;
use crate::sample::pmf::ln_pmf;

/// P(Bin(n, p) ≥ k) for 0 ≤ p ≤ 1, summed away from `k` until nothing is added, to about 12 digits.
pub fn at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 || p >= 1.0 && k <= n {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    if k as f64 <= n as f64 * p {
        // The tail without the mode is the shorter one.
        return 1.0 - at_least(n - k + 1, n, 1.0 - p);
    }
    let odds = p / (1.0 - p);
    let mut term = numeric::exp(ln_pmf(k, n, p));
    let mut total = term;
    for i in k..n {
        term *= (n - i) as f64 / (i + 1) as f64 * odds;
        let next = total + term;
        if next == total {
            break;
        }
        total = next;
    }
    total.min(1.0)
}

/// P(Bin(n, p) ≤ k) for 0 ≤ p ≤ 1.
pub fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { at_least(n - k, n, 1.0 - p) }
}

/// Exact bounds of a proportion of which `k` of `n` ≥ 1 trials are seen: each is passed with probability at most
/// `error` (Clopper and Pearson 1934). With `error` = 0.025 they are the ends of a 95 % interval.
///
/// ```
/// use moe_core::verdict::binomial::{at_least, bounds};
///
/// // Nine of ten: a 95 % interval, and the chance of that many from a fair coin, 11/1024.
/// let (lower, upper) = bounds(9, 10, 0.025);
/// assert!((lower - 0.5550).abs() < 1e-4 && (upper - 0.9975).abs() < 1e-4);
/// assert!((at_least(9, 10, 0.5) - 11.0 / 1024.0).abs() < 1e-12);
/// ```
pub fn bounds(k: u64, n: u64, error: f64) -> (f64, f64) {
    let lower = if k == 0 { 0.0 } else { bisect(|p| at_least(k, n, p) > error) };
    let upper = if k == n { 1.0 } else { bisect(|p| at_most(k, n, p) <= error) };
    (lower, upper)
}

/// The place in [0, 1] from which on a rising condition holds.
fn bisect(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if holds(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-10, "{found} instead of {expected}");
    }

    /// Sums of three or four terms by hand.
    #[test]
    fn tails_of_few_trials() {
        close(at_least(2, 3, 0.5), 0.5);
        close(at_least(3, 4, 0.25), 4.0 * 0.015_625 * 0.75 + 0.003_906_25);
        close(at_most(1, 4, 0.25), 0.316_406_25 + 0.421_875);
        close(at_most(0, 4, 0.25), 0.316_406_25);
        for (k, expected) in [(0, 1.0), (5, 0.0)] {
            assert_eq!(at_least(k, 4, 0.3), expected);
        }
        assert_eq!((at_least(2, 4, 0.0), at_least(4, 4, 1.0), at_most(4, 4, 0.7)), (0.0, 1.0, 1.0));
    }

    #[test]
    fn tails_complement_each_other() {
        for (n, p) in [(20, 0.1), (200, 0.05), (1000, 0.5), (100_000, 0.3)] {
            for k in [1, n / 20, n / 10, n / 3, n / 2, n - 1] {
                close(at_least(k, n, p) + at_most(k - 1, n, p), 1.0);
            }
        }
    }

    /// Closed forms: with no success the upper bound solves (1 − p)^n = error; with all, the lower solves p^n = error.
    #[test]
    fn bounds_of_the_ends() {
        let root = |error: f64, n: f64| numeric::exp(numeric::ln(error) / n);
        let (lower, upper) = bounds(0, 200, 0.025);
        assert_eq!(lower, 0.0);
        close(upper, 1.0 - root(0.025, 200.0));
        let (lower, upper) = bounds(20, 20, 0.05);
        close(lower, root(0.05, 20.0));
        assert_eq!(upper, 1.0);
    }

    /// The bound is where the tail is the error, by the definition.
    #[test]
    fn bounds_have_the_stated_tails() {
        for (k, n) in [(1, 20), (9, 200), (100, 200), (199, 200)] {
            let (lower, upper) = bounds(k, n, 0.025);
            close(at_least(k, n, lower), 0.025);
            close(at_most(k, n, upper), 0.025);
            assert!(lower < k as f64 / n as f64 && k as f64 / (n as f64) < upper);
        }
    }
}
