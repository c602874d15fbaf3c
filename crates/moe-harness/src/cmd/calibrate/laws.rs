//! Synthetic losses whose statistics, and so whose projected slopes, are known in closed form.

use moe_core::distribution::normal_tail;
use moe_core::numeric::{exp, ln};
use moe_core::rate::{Group, Weights, projected_slope};
use moe_core::statistic::Statistic;
use moe_core::stream::Stream;

/// Nine log-spaced sizes over four decades.
pub const SIZES: [u64; 9] =
    [1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000, 3_162_278, 10_000_000];

/// Exponent of the losses whose exceedance is studied: fast decay would leave nothing to count.
const SLOW: f64 = -0.1;

/// Probability with which such a loss exceeds the threshold at the smallest size.
const FIRST_EXCEEDANCE: f64 = 0.6;

/// Standard normal quantile of 0.9.
pub(super) const Z_90: f64 = 1.281_551_565_544_600_4;

/// A law of losses over sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// n^(−1/2) times a log-normal, σ on the log scale.
    LogNormal(f64),
    /// n^(−1/2) times a Pareto variable of this index: infinite variance up to 2.
    Pareto(f64),
    /// n^(−1/2) (ln n)^(1/2) times a log-normal of σ = 0.7.
    LogFactor,
    /// n^(−1/2) times a log-normal whose σ falls from 1.5 to 0.3, evenly in ln n.
    FallingSpread,
    /// Log-normal of σ = 0.7 where 5 % of the fits, of any loss, failed and count as +∞.
    Failures,
    /// n^(−1/2) times one of two log-normals of σ = 0.5, the upper one e^3 times the lower: replications of two kinds. The
    /// share of the upper one goes from `first` at the smallest size to `last` at the largest, evenly in ln n.
    Mixture {
        /// Share of the upper mode at the smallest size.
        first: f64,
        /// Share of the upper mode at the largest size.
        last: f64,
    },
}

/// ln of the distance of the two modes of a mixture, and the σ of each.
const GAP: f64 = 3.0;
const WITHIN: f64 = 0.5;

impl Law {
    /// The laws of the study, in the order of its table.
    pub const ALL: [Law; 10] = [
        Law::LogNormal(0.7),
        Law::LogNormal(1.5),
        Law::Pareto(2.5),
        Law::LogFactor,
        Law::FallingSpread,
        Law::Failures,
        Law::Mixture { first: 0.5, last: 0.5 },
        Law::Mixture { first: 0.6, last: 0.2 },
        Law::Mixture { first: 0.3, last: 0.05 },
        Law::Pareto(1.5),
    ];

    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            Law::LogNormal(sigma) => format!("log-normal, σ = {sigma}"),
            Law::Pareto(index) if index <= 2.0 => format!("Pareto, index {index} (infinite variance)"),
            Law::Pareto(index) => format!("Pareto, index {index} (heavy tail, finite variance)"),
            Law::LogFactor => "log factor, n^-1/2 (ln n)^1/2".into(),
            Law::FallingSpread => "coefficient of variation falling with n".into(),
            Law::Failures => "log-normal, σ = 0.7, 5 % failed fits".into(),
            Law::Mixture { first, last } if first == last => format!("two modes, {first} in the upper"),
            Law::Mixture { first, last } => format!("two modes, {first} to {last} in the upper"),
        }
    }

    /// ln of the centre at size n, given the exponent of the power.
    fn centre(self, exponent: f64, n: u64) -> f64 {
        let size = ln(n as f64);
        exponent * size + if self == Law::LogFactor { 0.5 * ln(size) } else { 0.0 }
    }

    /// σ on the log scale at size n, of log-normal laws.
    fn sigma(self, n: u64) -> f64 {
        match self {
            Law::LogNormal(sigma) => sigma,
            Law::FallingSpread => 1.5 - 1.2 * along(n),
            Law::Mixture { .. } => WITHIN,
            Law::LogFactor | Law::Failures | Law::Pareto(_) => 0.7,
        }
    }

    /// Probability of the upper mode at size n; 0 for laws of one mode.
    fn upper(self, n: u64) -> f64 {
        match self {
            Law::Mixture { first, last } => first + (last - first) * along(n),
            _ => 0.0,
        }
    }

    fn exponent(statistic: Statistic) -> f64 {
        if matches!(statistic, Statistic::Exceeds(_)) { SLOW } else { -0.5 }
    }

    /// Losses of so many replications at every size; those whose exceedance is counted decay slowly.
    pub fn draw(self, statistic: Statistic, replications: usize, stream: &mut Stream) -> Group {
        let exponent = Self::exponent(statistic);
        SIZES
            .iter()
            .map(|n| {
                let centre = exp(self.centre(exponent, *n));
                (0..replications).map(|_| centre * self.noise(*n, stream)).collect()
            })
            .collect()
    }

    fn noise(self, n: u64, stream: &mut Stream) -> f64 {
        match self {
            Law::Pareto(index) => exp(-ln(stream.uniform_open()) / index),
            Law::Failures if stream.uniform() < 0.05 => f64::INFINITY,
            Law::Mixture { .. } if stream.uniform() < self.upper(n) => exp(GAP + WITHIN * stream.normal()),
            _ => exp(self.sigma(n) * stream.normal()),
        }
    }

    /// The threshold that a slow loss exceeds with probability 0.6 at the smallest size.
    pub fn threshold(self) -> f64 {
        let n = SIZES[0];
        let noise = match self {
            Law::Pareto(index) => -ln(FIRST_EXCEEDANCE) / index,
            // Standard normal quantiles of 1 − 0.6 and, where 5 % are infinite, of 1 − 0.55/0.95.
            Law::Failures => -0.199_201_324_789_267_1 * self.sigma(n),
            Law::Mixture { .. } => mixture_quantile(1.0 - FIRST_EXCEEDANCE, self.upper(n)),
            _ => -0.253_347_103_135_799_8 * self.sigma(n),
        };
        exp(self.centre(SLOW, n) + noise)
    }

    /// The statistic at size n without noise: ∞ where there is none.
    fn statistic(self, statistic: Statistic, n: u64) -> f64 {
        let (centre, sigma) = (self.centre(Self::exponent(statistic), n), self.sigma(n));
        let log = match (self, statistic) {
            (Law::Failures, Statistic::Mean) => f64::INFINITY,
            (Law::Failures, Statistic::Exceeds(c)) => {
                ln(0.95f64.mul_add(normal_tail((ln(c) - centre) / sigma), 0.05))
            }
            // The values below the quantile p of all are the p/0.95 lowest of those that did not fail.
            (Law::Failures, Statistic::Median) => centre + 0.066_011_812_375_840_23 * sigma,
            (Law::Failures, Statistic::Quantile(_)) => centre + 1.619_856_258_638_271_6 * sigma,
            (Law::Pareto(index), Statistic::Mean) => centre + ln(index / (index - 1.0)),
            (Law::Pareto(index), Statistic::Median) => centre + ln(2.0) / index,
            (Law::Pareto(index), Statistic::Quantile(p)) => centre - ln(1.0 - p) / index,
            (Law::Pareto(index), Statistic::Exceeds(c)) => (index * (centre - ln(c))).min(0.0),
            (Law::Mixture { .. }, statistic) => {
                let upper = self.upper(n);
                match statistic {
                    Statistic::Mean => {
                        centre + 0.5 * WITHIN * WITHIN + ln(exp(GAP).mul_add(upper, 1.0 - upper))
                    }
                    Statistic::Median => centre + mixture_quantile(0.5, upper),
                    Statistic::Quantile(p) => centre + mixture_quantile(p, upper),
                    Statistic::Exceeds(c) => ln(mixture_tail(ln(c) - centre, upper)),
                }
            }
            (_, Statistic::Mean) => centre + 0.5 * sigma * sigma,
            (_, Statistic::Median) => centre,
            (_, Statistic::Quantile(_)) => centre + Z_90 * sigma,
            (_, Statistic::Exceeds(c)) => ln(normal_tail((ln(c) - centre) / sigma)),
        };
        exp(log)
    }

    /// The projected slope at the sizes of the study; `None` where there is none. The only quantile is that of 0.9.
    pub fn slope(self, statistic: Statistic) -> Option<f64> {
        let values = SIZES.map(|n| self.statistic(statistic, n));
        projected_slope(&SIZES, &values, &Weights::Equal).ok()
    }
}

/// How far size n is along the way from the smallest to the largest, evenly in ln n: from 0 to 1.
fn along(n: u64) -> f64 {
    let [first, last] = [SIZES[0], SIZES[SIZES.len() - 1]].map(|n| ln(n as f64));
    (ln(n as f64) - first) / (last - first)
}

/// Probability that the logarithm of a mixture about 0 and [`GAP`] exceeds `x`.
fn mixture_tail(x: f64, upper: f64) -> f64 {
    upper.mul_add(normal_tail((x - GAP) / WITHIN), (1.0 - upper) * normal_tail(x / WITHIN))
}

/// Its quantile, by bisection to the last bits.
fn mixture_quantile(p: f64, upper: f64) -> f64 {
    let (mut low, mut high) = (-8.0 * WITHIN, GAP + 8.0 * WITHIN);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if mixture_tail(middle, upper) > 1.0 - p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::content::Content;
    use moe_core::stream::{Address, Purpose};

    /// Half of a mixture of two equal modes lies below their middle, and one tenth of 0.1 and 0.9 above the upper's.
    #[test]
    fn quantiles_of_two_modes() {
        assert!((mixture_quantile(0.5, 0.5) - 0.5 * GAP).abs() < 1e-12);
        assert!((mixture_quantile(0.95, 0.1) - GAP).abs() < 1e-7);
        assert!(
            (mixture_quantile(0.3, 0.0) - mixture_quantile(0.5, 0.0) + 0.524_400_512_708_041 * WITHIN).abs()
                < 1e-12
        );
    }

    /// What is drawn has the statistics that are claimed of it, at either end of the sizes, within five standard errors.
    #[test]
    fn laws_have_their_statistics() {
        let law = Law::Mixture { first: 0.6, last: 0.2 };
        let content = Content::new("test").finish();
        let address = Address { seed: 1, purpose: Purpose::Coverage, content, size: 0, replication: 0 };
        let exceeds = Statistic::Exceeds(law.threshold());
        assert!((law.statistic(exceeds, SIZES[0]) - FIRST_EXCEEDANCE).abs() < 1e-12);
        for statistic in [Statistic::Median, Statistic::Quantile(0.9), Statistic::Mean, exceeds] {
            let drawn = law.draw(statistic, 40_000, &mut address.stream());
            for at in [0, SIZES.len() - 1] {
                let (known, found) =
                    (law.statistic(statistic, SIZES[at]), statistic.evaluate(&drawn[at]).unwrap());
                assert!(
                    (ln(found) - ln(known)).abs() < 0.06,
                    "{statistic} at {}: {found}, {known}",
                    SIZES[at]
                );
            }
        }
    }
}
