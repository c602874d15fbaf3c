//! The slope engine: the exponent of n at which a statistic of replications decays, with its interval.
//!
//! Weights are equal or planned, never estimated from the data: inverse estimated variances bias the slope
//! where the spread changes with n.

mod bootstrap;
mod problem;

use crate::numeric;
use crate::statistic::Statistic;
use crate::stream::Stream;

pub use problem::RateProblem;

/// One number per replication at each sample size.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Sample sizes, ascending, at least two.
    pub sizes: Vec<u64>,
    /// Values of the replications at each size, in any order; the numbers of replications may differ.
    /// Infinite values stand for the worst case; NaN is refused.
    pub values: Vec<Vec<f64>>,
}

/// Weights of the sizes in the fit of ln(statistic) on ln(n).
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Every size alike.
    Equal,
    /// Positive weights fixed in advance, one for each size.
    Planned(Vec<f64>),
}

/// A statistic at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Sample size n.
    pub size: u64,
    /// The statistic of the replications.
    pub estimate: f64,
    /// Lower end of its percentile interval.
    pub lower: f64,
    /// Upper end of its percentile interval.
    pub upper: f64,
}

/// The slope between two neighbouring sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalSlope {
    /// The smaller size.
    pub from: u64,
    /// The larger size.
    pub to: u64,
    /// Difference of ln(statistic) over difference of ln(n).
    pub slope: f64,
    /// Lower end of its percentile interval, −∞ when the resamples do not bound it.
    pub lower: f64,
    /// Upper end of its percentile interval, +∞ when the resamples do not bound it.
    pub upper: f64,
}

/// A fitted power law: statistic ≈ exp(intercept) · n^slope.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// The exponent of n; negative for decay.
    pub slope: f64,
    /// ln of the constant.
    pub intercept: f64,
    /// Lower end of the percentile interval of the slope, −∞ when the resamples do not bound it.
    pub lower: f64,
    /// Upper end of the percentile interval of the slope, +∞ when the resamples do not bound it.
    pub upper: f64,
    /// The statistic at each size.
    pub points: Vec<Point>,
    /// Slopes between neighbouring sizes.
    pub local_slopes: Vec<LocalSlope>,
    /// Resamples whose slope has no sign even in the limit: they count against both ends of the interval.
    pub undetermined: usize,
}

/// The statistic at each size with its percentile interval, whether or not it has a logarithm.
///
/// # Errors
/// When a size has no value, or one that is not a number; see [`RateProblem`].
pub fn points(
    series: &Series,
    statistic: Statistic,
    level: f64,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Vec<Point>, RateProblem> {
    let sorted = problem::sorted_values(series)?;
    let estimates: Vec<f64> = sorted.iter().map(|v| statistic.evaluate_sorted(v)).collect();
    let resampled = sorted.iter().map(|v| bootstrap::resample(stream, v, statistic, resamples)).collect();
    Ok(with_intervals(&series.sizes, &estimates, resampled, level))
}

fn with_intervals(sizes: &[u64], estimates: &[f64], resampled: Vec<Vec<f64>>, level: f64) -> Vec<Point> {
    let points = sizes.iter().zip(estimates).zip(resampled);
    points
        .map(|((size, estimate), resampled)| {
            let (lower, upper) = bootstrap::interval(resampled, level);
            Point { size: *size, estimate: *estimate, lower, upper }
        })
        .collect()
}

/// Weighted least squares of ln(statistic) on ln(n), with percentile intervals at `level` (Efron 1979) from
/// `resamples` bootstrap samples of the replications, drawn within each size and independently between sizes.
///
/// A resample whose statistic is 0 (or negative) or infinite at some sizes has the slope that the limit gives:
/// −∞ or +∞ when the offending sizes pull one way, and where they pull against each other it is counted
/// below the lower and above the upper end at once. Such resamples can only widen the interval.
///
/// The result does not depend on the order of the replications.
///
/// # Errors
/// When the series does not determine a slope; see [`RateProblem`].
pub fn fit(
    series: &Series,
    statistic: Statistic,
    weights: &Weights,
    level: f64,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Rate, RateProblem> {
    problem::check_plan(series, weights, level, resamples)?;
    let sorted = problem::sorted_values(series)?;
    let estimates = problem::estimates(&series.sizes, &sorted, statistic)?;
    let line = Line::new(&series.sizes, weights);
    let logs: Vec<f64> = estimates.iter().map(|v| numeric::ln(*v)).collect();
    let slope = line.slope(logs.iter().copied());

    let resampled: Vec<Vec<f64>> =
        sorted.iter().map(|values| bootstrap::resample(stream, values, statistic, resamples)).collect();
    let resampled_logs: Vec<Vec<f64>> =
        resampled.iter().map(|s| s.iter().map(|v| ln_or_limit(*v)).collect()).collect();
    let slopes: Vec<f64> =
        (0..resamples).map(|r| line.slope(resampled_logs.iter().map(|logs| logs[r]))).collect();
    let undetermined = slopes.iter().filter(|s| s.is_nan()).count();
    let (lower, upper) = bootstrap::interval(slopes, level);

    Ok(Rate {
        slope,
        intercept: line.mean(&logs) - slope * line.centre,
        lower,
        upper,
        points: with_intervals(&series.sizes, &estimates, resampled, level),
        local_slopes: local_slopes(&series.sizes, &logs, &resampled_logs, level),
        undetermined,
    })
}

fn local_slopes(sizes: &[u64], logs: &[f64], resampled: &[Vec<f64>], level: f64) -> Vec<LocalSlope> {
    (1..sizes.len())
        .map(|j| {
            let run = numeric::ln(sizes[j] as f64) - numeric::ln(sizes[j - 1] as f64);
            let slopes = resampled[j].iter().zip(&resampled[j - 1]).map(|(b, a)| (b - a) / run).collect();
            let (lower, upper) = bootstrap::interval(slopes, level);
            let slope = (logs[j] - logs[j - 1]) / run;
            LocalSlope { from: sizes[j - 1], to: sizes[j], slope, lower, upper }
        })
        .collect()
}

fn ln_or_limit(value: f64) -> f64 {
    if value <= 0.0 {
        f64::NEG_INFINITY
    } else if value.is_infinite() {
        f64::INFINITY
    } else {
        numeric::ln(value)
    }
}

/// Least squares on ln(n) as a linear function of the responses.
struct Line {
    weights: Vec<f64>,
    centre: f64,
    coefficients: Vec<f64>,
}

impl Line {
    fn new(sizes: &[u64], weights: &Weights) -> Self {
        let raw = match weights {
            Weights::Equal => vec![1.0; sizes.len()],
            Weights::Planned(weights) => weights.clone(),
        };
        let total: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|w| w / total).collect();
        let x: Vec<f64> = sizes.iter().map(|n| numeric::ln(*n as f64)).collect();
        let centre = numeric::dot(&weights, &x);
        let spread: f64 = weights.iter().zip(&x).map(|(w, x)| w * (x - centre) * (x - centre)).sum();
        let coefficient = |(w, x): (&f64, &f64)| {
            // A size at the centre has no say; without the exact zero its rounding would, at infinity.
            if (x - centre).abs() < 1e-12 * centre { 0.0 } else { w * (x - centre) / spread }
        };
        let coefficients = weights.iter().zip(&x).map(coefficient).collect();
        Self { weights, centre, coefficients }
    }

    /// The slope; NaN where infinite responses pull against each other or stand at the centre.
    fn slope(&self, logs: impl Iterator<Item = f64>) -> f64 {
        self.coefficients.iter().zip(logs).fold(0.0, |sum, (c, y)| c.mul_add(y, sum))
    }

    fn mean(&self, logs: &[f64]) -> f64 {
        numeric::dot(&self.weights, logs)
    }
}

#[cfg(test)]
mod tests;
