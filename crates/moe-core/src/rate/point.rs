//! A statistic at one size with its interval, whether or not it has a logarithm.

use super::combine::{Groups, combine};
use super::proportion::Proportion;
use super::{RateProblem, Series, problem};
use crate::distribution::normal_quantile;
use crate::numeric;
use crate::statistic::{Position, Statistic};
use crate::stream::Stream;

/// A statistic at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Sample size n.
    pub size: u64,
    /// The statistic of the replications; the largest over the groups.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
}

/// The statistic at each size with its interval, whether or not it has a logarithm: order statistics for quantiles
/// (Thompson 1936, normal approximation of ranks), score limits for proportions, the bootstrap-t on the log scale
/// for means. A mean that is infinite, or not positive, has no interval: both ends are the estimate.
///
/// # Errors
/// When a size has no value, or one that is not a number; see [`RateProblem`].
///
/// ```
/// use moe_core::rate::{Series, points};
/// use moe_core::statistic::Statistic;
/// use moe_core::stream::{Address, Purpose};
///
/// let losses: Vec<f64> = (1..=101).map(f64::from).collect();
/// let series = Series::new(vec![100, 1000], vec![losses.clone(), losses]);
/// let address = Address { seed: 1, purpose: Purpose::Bootstrap, content: [0; 32], size: 0, replication: 0 };
/// let points = points(&series, Statistic::Median, 0.95, 2000, &mut address.stream())?;
/// assert_eq!((points[0].size, points[0].estimate), (100, 51.0));
/// assert!(points[0].lower < 51.0 && 51.0 < points[0].upper);
/// # Ok::<(), moe_core::rate::RateProblem>(())
/// ```
pub fn points(
    series: &Series,
    statistic: Statistic,
    level: f64,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Vec<Point>, RateProblem> {
    problem::check_shape(series)?;
    problem::check_level(level, resamples)?;
    let sorted = problem::sorted_values(series)?;
    let estimates = super::where_positive(&sorted, statistic, resamples, stream);
    Ok(of(series, &sorted, &estimates, statistic, level))
}

/// The points of sorted values, with the estimates of those groups that have a logarithm.
pub(super) fn of(
    series: &Series,
    sorted: &[Vec<Vec<f64>>],
    estimates: &[Groups],
    statistic: Statistic,
    level: f64,
) -> Vec<Point> {
    let tail = 0.5 * (1.0 - level);
    let z = normal_quantile(tail);
    let sizes = series.sizes.iter().zip(sorted).zip(estimates);
    sizes
        .map(|((size, groups), estimates)| {
            let values: Vec<f64> = groups.iter().map(|v| statistic.evaluate_sorted(v)).collect();
            let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
            let estimate = largest(&mut values.iter().copied());
            let (lower, upper) = match statistic {
                Statistic::Mean if !(estimate > 0.0 && estimate.is_finite()) => (estimate, estimate),
                Statistic::Mean => {
                    let (lower, upper) = combine(&[1.0], &[estimates]).limits(tail);
                    (numeric::exp(lower), numeric::exp(upper))
                }
                _ => {
                    let limits: Vec<_> = groups.iter().map(|v| limits(v, statistic, z)).collect();
                    (largest(&mut limits.iter().map(|l| l.0)), largest(&mut limits.iter().map(|l| l.1)))
                }
            };
            Point { size: *size, estimate, lower, upper }
        })
        .collect()
}

/// Limits at `z` standard errors of a quantile or a proportion.
fn limits(sorted: &[f64], statistic: Statistic, z: f64) -> (f64, f64) {
    let n = sorted.len();
    let p = match statistic {
        Statistic::Quantile(p) => p,
        Statistic::Exceeds(c) => {
            return Proportion::new(n - sorted.partition_point(|v| *v <= c), n).limits(z);
        }
        Statistic::Median | Statistic::Mean => 0.5,
    };
    let position = Position::of(p, n);
    let rank = position.below as f64 + position.fraction;
    let reach = z * (n as f64 * p * (1.0 - p)).sqrt();
    let (below, above) = ((rank - reach).floor(), (rank + reach).ceil());
    let lower = if below < 0.0 { f64::NEG_INFINITY } else { sorted[below as usize] };
    let upper = sorted.get(above as usize).copied().unwrap_or(f64::INFINITY);
    (lower, upper)
}
