//! An exact binomial sampler in own arithmetic: library samplers call the platform's libm, so their draws
//! differ between machines.

use super::pmf::{ln_one_minus, ln_pmf};
use crate::numeric;
use crate::stream::Stream;

/// Below this many expected hits a draw inverts the distribution function, above it rejects.
const INVERSION_BELOW: f64 = 10.0;

/// A draw of Bin(n, p), exact up to the rounding of probabilities to doubles.
///
/// Inversion where n·min(p, 1 − p) < 10, transformed rejection (Hörmann 1993, BTRS) elsewhere; the cost is
/// bounded whatever n is. n = 0, p = 0 and p = 1 give their only value and consume nothing.
///
/// # Panics
/// When p is not in [0, 1], or n is above 2⁵³ (counts must be exact in a double).
///
/// ```
/// use moe_core::sample::binomial::binomial;
/// use moe_core::stream::{Address, Purpose};
///
/// let address = Address { seed: 1, purpose: Purpose::Data, content: [0; 32], size: 0, replication: 0 };
/// let heads = binomial(&mut address.stream(), 1_000_000, 0.5);
/// assert!((495_000..=505_000).contains(&heads), "ten standard deviations");
/// assert_eq!(binomial(&mut address.stream(), 7, 1.0), 7);
/// ```
pub fn binomial(stream: &mut Stream, n: u64, p: f64) -> u64 {
    assert!((0.0..=1.0).contains(&p), "{p} is not a probability");
    assert!(n <= 1 << 53, "{n} trials cannot be counted exactly in a double");
    if n == 0 || p == 0.0 {
        0
    } else if p == 1.0 {
        n
    } else if p > 0.5 {
        n - rarer(stream, n, 1.0 - p)
    } else {
        rarer(stream, n, p)
    }
}

fn rarer(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if n as f64 * p < INVERSION_BELOW { invert(stream, n, p) } else { reject(stream, n, p) }
}

/// Walks up the distribution function from zero hits, by the ratio of successive probabilities.
fn invert(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let mut left = stream.uniform();
    let mut mass = numeric::exp(n as f64 * ln_one_minus(p));
    for k in 0..n {
        // Past 1e-20 the walk has outrun the digits of a uniform: what is left is only rounding.
        if left < mass || mass < 1e-20 {
            return k;
        }
        left -= mass;
        mass *= odds * (n - k) as f64 / (k + 1) as f64;
    }
    n
}

/// Transformed rejection with squeeze: a uniform u is mapped by an explicit inverse of a hat that
/// dominates the histogram; most draws are accepted by a comparison, without the probability.
fn reject(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let hat = Hat::new(n, p);
    loop {
        let u = stream.uniform_open() - 0.5;
        let v = stream.uniform_open();
        let tail = 0.5 - u.abs();
        let k = hat.point(u, tail);
        if tail >= 0.07 && v <= hat.squeeze {
            return k as u64;
        }
        if (0.0..=n as f64).contains(&k) && numeric::ln(v) <= hat.ln_acceptance(k as u64, tail) {
            return k as u64;
        }
    }
}

/// The constants of Hörmann (1993), section 2, for one (n, p) with np ≥ 10 and p ≤ ½.
struct Hat {
    n: u64,
    p: f64,
    a: f64,
    b: f64,
    centre: f64,
    squeeze: f64,
    sd: f64,
}

impl Hat {
    fn new(n: u64, p: f64) -> Self {
        let size = n as f64;
        let sd = (size * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * sd;
        Self {
            n,
            p,
            a: -0.0873 + 0.0248 * b + 0.01 * p,
            b,
            centre: size * p + 0.5,
            squeeze: 0.92 - 4.2 / b,
            sd,
        }
    }

    /// ln of what the probability of k is divided by. Most draws do not need it.
    fn ln_height(&self) -> f64 {
        let mode = ((self.n as f64 + 1.0) * self.p).floor() as u64;
        numeric::ln((2.83 + 5.1 / self.b) * self.sd) + ln_pmf(mode, self.n, self.p)
    }

    /// The number of hits at u ∈ (−½, ½), where `tail` is ½ − |u|; it may lie outside 0..=n.
    fn point(&self, u: f64, tail: f64) -> f64 {
        ((2.0 * self.a / tail + self.b) * u + self.centre).floor()
    }

    /// ln of the probability with which k is accepted, at most 0.
    fn ln_acceptance(&self, k: u64, tail: f64) -> f64 {
        ln_pmf(k, self.n, self.p) - self.ln_height() + numeric::ln(self.a / (tail * tail) + self.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::{FALSE_ALARM, check_mean, chi_square, stream};

    /// Probabilities of `first..` by the ratio of neighbours, from the mode outwards, normalised: it
    /// shares no formula with `ln_pmf`.
    fn exact(n: u64, p: f64) -> (u64, Vec<f64>) {
        let (size, mode) = (n as f64, ((n as f64 + 1.0) * p) as u64);
        let reach = (12.0 * (size * p * (1.0 - p)).sqrt() + 60.0) as u64;
        let (first, last) = (mode.saturating_sub(reach), (mode + reach).min(n));
        let mut mass = vec![0.0; (last - first + 1) as usize];
        mass[(mode - first) as usize] = 1.0;
        for k in mode + 1..=last {
            let ratio = (n + 1 - k) as f64 / k as f64 * (p / (1.0 - p));
            mass[(k - first) as usize] = mass[(k - 1 - first) as usize] * ratio;
        }
        for k in (first..mode).rev() {
            let ratio = (k + 1) as f64 / (n - k) as f64 * ((1.0 - p) / p);
            mass[(k - first) as usize] = mass[(k + 1 - first) as usize] * ratio;
        }
        let total: f64 = mass.iter().sum();
        (first, mass.iter().map(|m| m / total).collect())
    }

    #[test]
    fn draws_follow_the_exact_law() {
        let draws = 100_000;
        for (case, (n, p)) in [
            (1, 0.3),
            (5, 0.5),
            (19, 0.5),
            (20, 0.5),
            (33, 0.31),
            (1_000, 0.002),
            (1_000, 0.0101),
            (1_000, 0.9985),
            (10_000, 0.25),
            (1_000_000, 3e-6),
            (1_000_000, 0.999_95),
            (1_000_000_000, 1e-8),
            (1_000_000_000_000, 2.5e-12),
            (1_000_000_000_000, 4e-11),
        ]
        .into_iter()
        .enumerate()
        {
            let (first, probabilities) = exact(n, p);
            let mut counts = vec![0; probabilities.len()];
            let mut stream = stream(case as u64);
            for _ in 0..draws {
                counts[(binomial(&mut stream, n, p) - first) as usize] += 1;
            }
            let (statistic, bound) = chi_square(&counts, &probabilities, FALSE_ALARM);
            assert!(statistic < bound, "n {n}, p {p}: chi-square {statistic} above {bound}");
        }
    }

    #[test]
    fn mean_and_variance_at_large_n() {
        for (case, (n, p)) in
            [(1_000_000_000, 0.5), (1_000_000_000, 0.013), (1_000_000_000_000, 0.77)].into_iter().enumerate()
        {
            let mut stream = stream(100 + case as u64);
            let (mean, sd) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
            let z: Vec<f64> = (0..50_000).map(|_| (binomial(&mut stream, n, p) as f64 - mean) / sd).collect();
            let squares: Vec<f64> = z.iter().map(|z| z * z).collect();
            check_mean(&z, 0.0);
            check_mean(&squares, 1.0);
        }
    }

    /// The two inequalities on which the exactness of the rejection rests.
    #[test]
    fn the_hat_dominates_and_the_squeeze_lies_below() {
        for (n, p) in [
            (20, 0.5),
            (21, 0.49),
            (40, 0.26),
            (101, 0.1),
            (1_000, 0.0101),
            (1_000, 0.4),
            (100_000, 0.11),
            (1_000_000_000, 0.5),
            (1_000_000_000, 1.01e-8),
            (1_000_000_000_000, 0.3),
        ] {
            let hat = Hat::new(n, p);
            for i in 1..20_000 {
                let u = i as f64 / 20_000.0 - 0.5;
                let tail = 0.5 - u.abs();
                let k = hat.point(u, tail);
                if !(0.0..=n as f64).contains(&k) {
                    assert!(tail < 0.07, "n {n}, p {p}: the squeeze would accept {k}");
                    continue;
                }
                let acceptance = hat.ln_acceptance(k as u64, tail);
                assert!(acceptance <= 1e-9, "n {n}, p {p}, u {u}: acceptance e^{acceptance}");
                assert!(
                    tail < 0.07 || acceptance >= numeric::ln(hat.squeeze),
                    "n {n}, p {p}, u {u}: squeeze {} above e^{acceptance}",
                    hat.squeeze
                );
            }
        }
    }

    #[test]
    fn sure_draws_consume_nothing() {
        let mut touched = stream(7);
        assert_eq!(binomial(&mut touched, 0, 0.5), 0);
        assert_eq!(binomial(&mut touched, 1 << 53, 0.0), 0);
        assert_eq!(binomial(&mut touched, 1_000_000_000_000, 1.0), 1_000_000_000_000);
        assert_eq!(touched.word(), stream(7).word());
    }

    #[test]
    fn probabilities_next_to_the_ends_stay_in_range() {
        let mut stream = stream(8);
        for n in [1, 2, 1_000_000, 1_000_000_000_000] {
            for p in [f64::MIN_POSITIVE, 1e-300, f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0] {
                let hits = binomial(&mut stream, n, p);
                assert!(if p < 0.5 { hits <= 1 } else { n - hits <= 1 }, "n {n}, p {p}: {hits}");
            }
        }
    }

    #[test]
    fn first_draws_are_pinned() {
        let mut stream = stream(9);
        let draws = [(12, 0.4), (1_000, 0.3), (1_000_000_000, 0.71), (1_000_000_000_000, 1e-12)]
            .map(|(n, p)| [0; 5].map(|_| binomial(&mut stream, n, p)));
        assert_eq!(
            draws,
            [
                [6, 7, 5, 6, 4],
                [301, 288, 283, 291, 286],
                [709_992_197, 710_044_112, 709_999_830, 710_006_963, 710_001_396],
                [1, 2, 3, 0, 1]
            ]
        );
    }
}
