//! A statistic at one size: its logarithm, and how far replication noise moves it.

use std::f64::consts::PI;

use super::bootstrap;
use super::proportion::Proportion;
use crate::numeric::{self, beta_lower};
use crate::statistic::{Position, Statistic};
use crate::stream::Stream;

/// Bootstrap weight (Maritz and Jarrett 1978) below which order statistics without a logarithm are taken not to
/// reach a quantile.
const NEGLIGIBLE: f64 = 1e-5;

/// The logarithm of a statistic at one size, with its noise.
#[derive(Clone, Debug)]
pub(super) struct Estimate {
    /// ln of the statistic; of a proportion x/n it is ln((x + ½)/(n + ½)) (Walter 1975).
    pub(super) log: f64,
    pub(super) noise: Noise,
}

/// How far replication noise moves the logarithm of a statistic.
#[derive(Clone, Debug)]
pub(super) enum Noise {
    /// A quantile: standard errors downwards and upwards, which differ only where one of them is infinite, and
    /// the degrees of freedom with which they are known.
    Quantile { down: f64, up: f64, df: f64 },
    /// A mean: its standard error, and bootstrap samples as (deviation of the logarithm, standard error).
    Mean { error: f64, resamples: Vec<(f64, f64)> },
    /// A proportion.
    Proportion(Proportion),
}

impl Estimate {
    /// The statistic of at least one value, in ascending order, that has a finite logarithm.
    pub(super) fn of(sorted: &[f64], statistic: Statistic, resamples: usize, stream: &mut Stream) -> Self {
        let value = statistic.evaluate_sorted(sorted);
        match statistic {
            Statistic::Median => Self { log: numeric::ln(value), noise: quantile(sorted, 0.5, value) },
            Statistic::Quantile(p) => Self { log: numeric::ln(value), noise: quantile(sorted, p, value) },
            Statistic::Exceeds(c) => {
                let total = sorted.len();
                let proportion = Proportion::new(total - sorted.partition_point(|v| *v <= c), total);
                Self { log: proportion.log(), noise: Noise::Proportion(proportion) }
            }
            Statistic::Mean => {
                let (error, resamples) = bootstrap::means(stream, sorted, value, resamples);
                Self { log: numeric::ln(value), noise: Noise::Mean { error, resamples } }
            }
        }
    }

    /// Standard errors downwards and upwards, as far as noise can be told in one number.
    pub(super) fn spread(&self) -> (f64, f64) {
        match &self.noise {
            Noise::Quantile { down, up, .. } => (*down, *up),
            Noise::Mean { error, .. } => (*error, *error),
            Noise::Proportion(proportion) => (proportion.error(), proportion.error()),
        }
    }

    /// Degrees of freedom of the spread.
    pub(super) fn df(&self) -> f64 {
        match &self.noise {
            Noise::Quantile { df, .. } => *df,
            Noise::Mean { .. } | Noise::Proportion(_) => f64::INFINITY,
        }
    }
}

/// The noise of ln(quantile) by the method of Maritz and Jarrett (1978): the standard deviation of the order
/// statistic under resampling, in closed form. With r the (fractional) rank, order statistic i has the weight that
/// the Beta(r, n + 1 − r) law gives to ((i − 1)/n, i/n].
///
/// A smooth of squared spacings over the σ ≈ (n p (1 − p))^(1/2) ranks on either side, it has relative variance
/// 2/(√π σ) and relative bias 1/(√π σ) where spacings are locally exponential (our calculation). The first gives
/// the degrees of freedom √π σ, the second is divided out.
fn quantile(sorted: &[f64], p: f64, value: f64) -> Noise {
    let (n, centre) = (sorted.len(), numeric::ln(value));
    if n < 2 {
        return Noise::Quantile { down: f64::INFINITY, up: f64::INFINITY, df: 1.0 };
    }
    let position = Position::of(p, n);
    let rank = position.below as f64 + position.fraction + 1.0;
    let sigma = (rank * (n as f64 + 1.0 - rank) / (n as f64 + 1.0)).sqrt();
    let df = PI.sqrt() * sigma;
    let logs: Vec<(f64, f64)> =
        rank_weights(rank, sigma, n).map(|(place, weight)| (ln_or_limit(sorted[place]), weight)).collect();
    let mass = |side: f64| logs.iter().filter(|(y, _)| *y == side).map(|(_, w)| w).sum::<f64>();
    let reaches = |side: f64| mass(side) > NEGLIGIBLE;
    let error = |about: &dyn Fn(f64) -> bool, centre: f64| {
        let finite = logs.iter().filter(|(y, _)| y.is_finite() && about(*y));
        let (total, sum) =
            finite.fold((0.0, 0.0), |(t, s), (y, w)| (t + w, w.mul_add((y - centre) * (y - centre), s)));
        if sum == 0.0 { 0.0 } else { (sum / total / (1.0 + 1.0 / df)).sqrt() }
    };
    let (low, high) = (reaches(f64::NEG_INFINITY), reaches(f64::INFINITY));
    let (down, up) = if low || high {
        // Only the side that stays finite has a standard error: that of its own half.
        let half = |lost: bool, error: f64| if lost { f64::INFINITY } else { error };
        (half(low, error(&|y| y <= centre, centre)), half(high, error(&|y| y >= centre, centre)))
    } else {
        let finite = logs.iter().filter(|(y, _)| y.is_finite());
        let (total, sum) = finite.fold((0.0, 0.0), |(t, s), (y, w)| (t + w, w.mul_add(y - centre, s)));
        let both = error(&|_| true, centre + sum / total);
        (both, both)
    };
    Noise::Quantile { down, up, df }
}

/// The places (0-based) of the order statistics that matter to a quantile of fractional rank `rank`, with their
/// weights.
fn rank_weights(rank: f64, sigma: f64, n: usize) -> impl Iterator<Item = (usize, f64)> {
    let reach = 9.0 * sigma + 9.0;
    let first = (rank - reach).max(0.0) as usize;
    let last = ((rank + reach) as usize).min(n);
    let edge = move |i: usize| beta_lower(rank, n as f64 + 1.0 - rank, i as f64 / n as f64);
    let mut below = edge(first);
    (first..last).map(move |place| {
        let above = edge(place + 1);
        let weight = above - below;
        below = above;
        (place, weight)
    })
}

fn ln_or_limit(value: f64) -> f64 {
    if value <= 0.0 { f64::NEG_INFINITY } else { numeric::ln(value) }
}
