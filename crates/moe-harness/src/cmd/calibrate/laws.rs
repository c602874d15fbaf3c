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
}

impl Law {
    /// The laws of the study, in the order of its table.
    pub const ALL: [Law; 7] = [
        Law::LogNormal(0.7),
        Law::LogNormal(1.5),
        Law::Pareto(2.5),
        Law::LogFactor,
        Law::FallingSpread,
        Law::Failures,
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
            Law::FallingSpread => {
                let [first, last] = [SIZES[0], SIZES[SIZES.len() - 1]].map(|n| ln(n as f64));
                1.5 - 1.2 * (ln(n as f64) - first) / (last - first)
            }
            Law::LogFactor | Law::Failures | Law::Pareto(_) => 0.7,
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
