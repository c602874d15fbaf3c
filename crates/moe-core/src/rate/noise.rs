//! A statistic at one size: its logarithm, and how far replication noise moves it.

use std::collections::BTreeMap;
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

/// Estimates with their noise; what depends on the number of replications alone is worked out once for each.
pub(super) struct Estimator {
    statistic: Statistic,
    resamples: usize,
    ranks: BTreeMap<usize, Ranks>,
}

impl Estimator {
    pub(super) fn new(statistic: Statistic, resamples: usize) -> Self {
        Self { statistic, resamples, ranks: BTreeMap::new() }
    }

    /// The statistic of at least one value, in ascending order, that has a finite logarithm.
    pub(super) fn of(&mut self, sorted: &[f64], stream: &mut Stream) -> Estimate {
        let value = self.statistic.evaluate_sorted(sorted);
        let total = sorted.len();
        let p = match self.statistic {
            Statistic::Median => 0.5,
            Statistic::Quantile(p) => p,
            Statistic::Exceeds(c) => {
                let proportion = Proportion::new(total - sorted.partition_point(|v| *v <= c), total);
                return Estimate { log: proportion.log(), noise: Noise::Proportion(proportion) };
            }
            Statistic::Mean => {
                let (error, resamples) = bootstrap::means(stream, sorted, value, self.resamples);
                return Estimate { log: numeric::ln(value), noise: Noise::Mean { error, resamples } };
            }
        };
        let ranks = self.ranks.entry(total).or_insert_with(|| Ranks::new(p, total));
        Estimate { log: numeric::ln(value), noise: ranks.noise(sorted, value) }
    }
}

impl Estimate {
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
struct Ranks {
    /// Place (0-based) of the first order statistic that matters, and the weights from there on.
    first: usize,
    weights: Vec<f64>,
    df: f64,
}

impl Ranks {
    fn new(p: f64, n: usize) -> Self {
        let position = Position::of(p, n);
        let rank = position.below as f64 + position.fraction + 1.0;
        let other = n as f64 + 1.0 - rank;
        let sigma = (rank * other / (n as f64 + 1.0)).sqrt();
        let reach = 9.0 * sigma + 9.0;
        let first = (rank - reach).max(0.0) as usize;
        let last = ((rank + reach) as usize).min(n);
        let edge = |i: usize| beta_lower(rank, other, i as f64 / n as f64);
        let edges: Vec<f64> = (first..=last).map(edge).collect();
        let weights = edges.windows(2).map(|pair| pair[1] - pair[0]).collect();
        Self { first, weights, df: PI.sqrt() * sigma }
    }

    fn noise(&self, sorted: &[f64], value: f64) -> Noise {
        if sorted.len() < 2 {
            return Noise::Quantile { down: f64::INFINITY, up: f64::INFINITY, df: 1.0 };
        }
        let centre = numeric::ln(value);
        let logs = || sorted[self.first..].iter().map(|v| ln_or_limit(*v)).zip(&self.weights);
        let reaches =
            |side: f64| logs().filter(|(y, _)| *y == side).map(|(_, w)| w).sum::<f64>() > NEGLIGIBLE;
        let (low, high) = (reaches(f64::NEG_INFINITY), reaches(f64::INFINITY));
        // Mean square about a centre over one side of it (−1 below, 1 above) or both (0).
        let square = |side: f64, centre: f64| {
            let finite = logs().filter(|(y, _)| y.is_finite() && side * (y - centre) >= 0.0);
            let add =
                |(t, s): (f64, f64), (y, w): (f64, &f64)| (t + w, w.mul_add((y - centre) * (y - centre), s));
            let (total, sum) = finite.fold((0.0, 0.0), add);
            if sum == 0.0 { 0.0 } else { sum / total }
        };
        let error = |square: f64| (square / (1.0 + 1.0 / self.df)).sqrt();
        let (down, up) = if low || high {
            // Only the side that stays finite has a standard error: that of its own half.
            let half = |lost: bool, side: f64| if lost { f64::INFINITY } else { error(square(side, centre)) };
            (half(low, -1.0), half(high, 1.0))
        } else {
            let finite = logs().filter(|(y, _)| y.is_finite());
            let (total, sum) = finite.fold((0.0, 0.0), |(t, s), (y, w)| (t + w, w.mul_add(y - centre, s)));
            let both = error(square(0.0, centre + sum / total));
            (both, both)
        };
        Noise::Quantile { down, up, df: self.df }
    }
}

fn ln_or_limit(value: f64) -> f64 {
    if value <= 0.0 { f64::NEG_INFINITY } else { numeric::ln(value) }
}
