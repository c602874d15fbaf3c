//! The slope engine: the exponent of n at which a statistic of replications decays, with what noise leaves open.
//!
//! What is estimated is the *projected slope at the declared sizes*: the slope that least squares of
//! ln(statistic) on ln(n) would have, were the statistic at each of these sizes known without noise. It is the
//! asymptotic exponent only where the statistic is a power of n over all of them.
//!
//! Weights are equal or planned, never estimated from the data: inverse estimated variances bias the slope
//! where the spread changes with n. So the slope is a fixed linear function of the log statistics, and its noise
//! follows from theirs. The statistic alone decides how:
//!
//! | statistic | noise |
//! |---|---|
//! | median, quantile | standard error of Maritz and Jarrett at each size; Student's law |
//! | mean | bootstrap-t over replications within size |
//! | exceeds | score limits at each size, combined |
//!
//! ```
//! use moe_core::rate::{Series, Weights, fit};
//! use moe_core::statistic::Statistic;
//! use moe_core::stream::{Address, Purpose};
//!
//! // Losses n^(-1/2) times a noise that is the same at every size: 25 replications at three sizes.
//! let sizes = vec![100, 10_000, 1_000_000];
//! let losses = |n: &u64| (1..=25).map(|r| f64::from(r) / (*n as f64).sqrt()).collect::<Vec<_>>();
//! let series = Series::new(sizes.clone(), sizes.iter().map(losses).collect());
//! let address = Address { seed: 1, purpose: Purpose::Bootstrap, content: [0; 32], size: 0, replication: 0 };
//! let rate = fit(&series, Statistic::Median, &Weights::Equal, 0.95, 2000, &mut address.stream())?;
//! assert!((rate.slope + 0.5).abs() < 1e-12);
//! assert!(rate.lower < -0.5 && -0.5 < rate.upper);
//! assert_eq!(rate.interval(0.95), (rate.lower, rate.upper));
//! assert!(rate.tail_below(0.0) < 1e-6, "it is clearly no constant");
//! # Ok::<(), moe_core::rate::RateProblem>(())
//! ```

mod bootstrap;
mod combine;
mod confidence;
mod difference;
mod lack_of_fit;
mod line;
mod noise;
mod point;
mod problem;
mod proportion;

use crate::numeric;
use crate::statistic::Statistic;
use crate::stream::Stream;

use combine::{Groups, combine, worst};
use confidence::Confidence;
use line::Line;

pub use difference::{Difference, difference};
pub use lack_of_fit::LackOfFit;
pub use point::{Point, points};
pub use problem::RateProblem;

/// Replications of one group: for each size a list of values, one a replication.
pub type Group = Vec<Vec<f64>>;

/// One number per replication at each sample size, of one group or of several.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Sample sizes, ascending, at least two.
    pub sizes: Vec<u64>,
    /// Groups, at least one. The statistic at a size is the *largest* over the groups: with several of them (truths,
    /// cells, arms) the slope is that of the worst case, which may be another one at every size.
    ///
    /// The numbers of replications may differ between sizes and groups. Infinite values stand for the worst case;
    /// NaN is refused. The order of the values matters only where two series are paired.
    pub groups: Vec<Group>,
}

impl Series {
    /// A series of one group.
    pub fn new(sizes: Vec<u64>, values: Group) -> Self {
        Self { sizes, groups: vec![values] }
    }

    /// The worst case over several series at the same sizes: all their groups; `None` when there is no series, or
    /// sizes differ.
    ///
    /// ```
    /// use moe_core::rate::Series;
    ///
    /// let of = |loss: f64| Series::new(vec![100, 1000], vec![vec![loss], vec![loss / 2.0]]);
    /// let worst = Series::worst([of(1.0), of(3.0)]).unwrap();
    /// assert_eq!((worst.groups.len(), worst.replications()), (2, 1));
    /// let other = Series::new(vec![100, 2000], vec![vec![1.0], vec![0.5]]);
    /// assert!(Series::worst([of(1.0), other]).is_none(), "other sizes");
    /// ```
    pub fn worst(series: impl IntoIterator<Item = Series>) -> Option<Self> {
        series.into_iter().map(Some).reduce(|all, one| {
            let (mut all, one) = (all?, one?);
            all.groups.extend(one.groups);
            (all.sizes == one.sizes).then_some(all)
        })?
    }

    /// The smallest number of values of any group at any size; 0 when there is none.
    pub fn replications(&self) -> usize {
        self.groups.iter().flatten().map(Vec::len).min().unwrap_or(0)
    }

    /// The series without its `count` smallest sizes.
    #[must_use]
    pub fn without_smallest(&self, count: usize) -> Self {
        let groups = self.groups.iter().map(|g| g.iter().skip(count).cloned().collect());
        Self { sizes: self.sizes.iter().skip(count).copied().collect(), groups: groups.collect() }
    }
}

/// Weights of the sizes in the fit of ln(statistic) on ln(n).
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Every size alike.
    Equal,
    /// Positive weights fixed in advance, one for each size.
    Planned(Vec<f64>),
}

impl Weights {
    /// The weights without those of the `count` smallest sizes.
    #[must_use]
    pub fn without_smallest(&self, count: usize) -> Self {
        match self {
            Weights::Equal => Weights::Equal,
            Weights::Planned(weights) => Weights::Planned(weights.iter().skip(count).copied().collect()),
        }
    }
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
    /// Lower end of its interval, −∞ when the replications do not bound it.
    pub lower: f64,
    /// Upper end of its interval, +∞ when the replications do not bound it.
    pub upper: f64,
}

/// A size at which noise does not bound the logarithm of a quantile or a proportion. It opens the intervals of all slopes in
/// which the size has a part. Means, whose intervals may be open because too many of their bootstrap samples say nothing,
/// are not told here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbounded {
    /// Sample size n.
    pub size: u64,
    /// Whether nothing bounds it below: values of 0 reach the statistic, or no value exceeds the threshold.
    pub below: bool,
    /// Whether nothing bounds it above: infinite values reach the statistic.
    pub above: bool,
    /// The groups that are not bounded, of those that may be the worst; by their places in the series.
    pub groups: Vec<usize>,
}

/// A fitted power law: statistic ≈ exp(intercept) · n^slope at the declared sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// The exponent of n; negative for decay.
    pub slope: f64,
    /// ln of the constant.
    pub intercept: f64,
    /// Lower end of the interval of the slope at the level asked for, −∞ when the replications do not bound it.
    pub lower: f64,
    /// Upper end of the interval of the slope, +∞ when the replications do not bound it.
    pub upper: f64,
    /// The statistic at each size.
    pub points: Vec<Point>,
    /// Slopes between neighbouring sizes.
    pub local_slopes: Vec<LocalSlope>,
    /// The sizes at which noise does not bound the statistic; of a quantile, both sides of a size with a single replication.
    pub unbounded: Vec<Unbounded>,
    /// Whether a straight line fits; `None` where that cannot be told.
    pub lack_of_fit: Option<LackOfFit>,
    confidence: Confidence,
}

impl Rate {
    /// A slope whose estimate is normal with a known standard error: for planning, and for what is built on rates.
    pub fn normal(slope: f64, standard_error: f64, level: f64) -> Self {
        let law = confidence::Law::Student(f64::INFINITY);
        let (down, up) = (standard_error, standard_error);
        let confidence = Confidence::Studentised { estimate: slope, down, up, law };
        let (lower, upper) = confidence.limits(0.5 * (1.0 - level));
        Self {
            slope,
            intercept: 0.0,
            lower,
            upper,
            points: Vec::new(),
            local_slopes: Vec::new(),
            unbounded: Vec::new(),
            lack_of_fit: None,
            confidence,
        }
    }

    /// The interval of the projected slope at any level between 0 and 1, with equal error probabilities on either
    /// side. An end is infinite where the replications, or the resamples of a mean, do not bound it.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        self.confidence.limits(0.5 * (1.0 - level))
    }

    /// One-sided p-value of the hypothesis slope ≥ `value`: small where the slope is clearly below. A mean's is at
    /// least 1/(resamples + 1).
    pub fn tail_below(&self, value: f64) -> f64 {
        self.confidence.tail_below(value)
    }

    /// One-sided p-value of the hypothesis slope ≤ `value`: small where the slope is clearly above. A mean's is at
    /// least 1/(resamples + 1).
    pub fn tail_above(&self, value: f64) -> f64 {
        self.confidence.tail_above(value)
    }
}

/// The slope as a linear function of the log statistics: Σ_j c_j ln(statistic_j), one coefficient for each of at least
/// two ascending sizes. They sum to 0, and their squares are what noise is multiplied with.
///
/// ```
/// use moe_core::rate::{Weights, coefficients};
///
/// // Two sizes: the slope is a difference over a difference.
/// let c = coefficients(&[10, 1000], &Weights::Equal);
/// assert!((c[0] + c[1]).abs() < 1e-15 && (c[1] - 1.0 / moe_core::numeric::ln(100.0)).abs() < 1e-15);
/// ```
pub fn coefficients(sizes: &[u64], weights: &Weights) -> Vec<f64> {
    Line::new(sizes, weights).coefficients
}

/// Weighted least squares of ln(statistic) on ln(n), with the interval of the projected slope at `level`.
///
/// A mean is resampled `resamples` times within each size and independently between sizes; other statistics draw
/// nothing from `stream`. A median or quantile that some bootstrap samples would put at 0 or infinity opens the
/// interval on the side on which its slope may then lie. The logarithm of a proportion x/n is
/// ln((x + ½)/(n + ½)).
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
    problem::check_plan(series, weights)?;
    problem::check_level(level, resamples)?;
    let sorted = problem::sorted_values(series)?;
    let estimates = estimates(series, &sorted, statistic, resamples, stream)?;
    let line = Line::new(&series.sizes, weights);
    let logs: Vec<f64> = estimates.iter().map(|groups| worst(groups).log).collect();
    let slope = line.slope(&logs);
    let confidence = combine(&line.coefficients, &estimates.iter().collect::<Vec<_>>());
    let (lower, upper) = confidence.limits(0.5 * (1.0 - level));
    Ok(Rate {
        slope,
        intercept: line.mean(&logs) - slope * line.centre,
        lower,
        upper,
        points: point::of(series, &sorted, &estimates, statistic, level),
        local_slopes: local_slopes(&series.sizes, &estimates, level),
        unbounded: unbounded(&series.sizes, &estimates),
        lack_of_fit: lack_of_fit::test(&series.sizes, &estimates),
        confidence,
    })
}

/// The estimates of all groups at every size; the largest at each size has a logarithm.
fn estimates(
    series: &Series,
    sorted: &[Vec<Vec<f64>>],
    statistic: Statistic,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Vec<Groups>, RateProblem> {
    problem::check_logarithms(series, sorted, statistic)?;
    Ok(where_positive(sorted, statistic, resamples, stream))
}

/// The estimates of those groups whose statistic has a logarithm; the others are nowhere the worst case, unless they
/// are infinite.
fn where_positive(
    sorted: &[Vec<Vec<f64>>],
    statistic: Statistic,
    resamples: usize,
    stream: &mut Stream,
) -> Vec<Groups> {
    let mut estimator = noise::Estimator::new(statistic, resamples);
    let estimates = sorted.iter().map(|groups| {
        let positive = groups.iter().filter(|v| problem::has_logarithm(v, statistic));
        positive.map(|values| estimator.of(values, stream)).collect()
    });
    estimates.collect()
}

/// The projected slope of a statistic that is known without noise at each size: what [`fit`] estimates.
///
/// # Errors
/// When sizes, weights and values do not match, or a value has no logarithm; see [`RateProblem`].
///
/// ```
/// use moe_core::rate::{Weights, projected_slope};
///
/// // n^(-1/2) plus a term that dies out: not yet a power of n at these sizes.
/// let sizes = [100, 1000, 10_000];
/// let values = sizes.map(|n| 1.0 / (n as f64).sqrt() + 5.0 / n as f64);
/// let slope = projected_slope(&sizes, &values, &Weights::Equal)?;
/// assert!(-0.65 < slope && slope < -0.5);
/// # Ok::<(), moe_core::rate::RateProblem>(())
/// ```
pub fn projected_slope(sizes: &[u64], values: &[f64], weights: &Weights) -> Result<f64, RateProblem> {
    let series = Series::new(sizes.to_vec(), values.iter().map(|v| vec![*v]).collect());
    problem::check_plan(&series, weights)?;
    let sorted = problem::sorted_values(&series)?;
    problem::check_logarithms(&series, &sorted, Statistic::Median)?;
    let logs: Vec<f64> = values.iter().map(|v| numeric::ln(*v)).collect();
    Ok(Line::new(sizes, weights).slope(&logs))
}

/// The standard error of ln(statistic) at one size, as [`fit`] takes it from the replications there, and the degrees
/// of freedom with which it is known (infinite where the method has none). The error is infinite where the
/// replications do not bound it. `None` when there are no values, one is not a number, or the statistic has no
/// logarithm. Nothing is drawn from `stream`.
pub fn standard_error_of_log(
    values: &[f64],
    statistic: Statistic,
    stream: &mut Stream,
) -> Option<(f64, f64)> {
    let sorted = crate::statistic::sorted(values)?;
    if !problem::has_logarithm(&sorted, statistic) {
        return None;
    }
    let estimate = noise::Estimator::new(statistic, 0).of(&sorted, stream);
    let (down, up) = estimate.spread();
    Some((down.max(up), estimate.df()))
}

fn local_slopes(sizes: &[u64], estimates: &[Groups], level: f64) -> Vec<LocalSlope> {
    (1..sizes.len())
        .map(|j| {
            let pair = [&estimates[j - 1], &estimates[j]];
            let line = Line::new(&sizes[j - 1..=j], &Weights::Equal);
            let slope = line.slope(&pair.map(|groups| worst(groups).log));
            let (lower, upper) = combine(&line.coefficients, &pair).limits(0.5 * (1.0 - level));
            LocalSlope { from: sizes[j - 1], to: sizes[j], slope, lower, upper }
        })
        .collect()
}

fn unbounded(sizes: &[u64], estimates: &[Groups]) -> Vec<Unbounded> {
    let of_size = |(size, groups): (&u64, &Groups)| {
        let open = combine::unbounded(groups);
        let any = |side: fn(&(bool, bool)) -> bool| open.iter().any(|(_, sides)| side(sides));
        let (below, above) = (any(|sides| sides.0), any(|sides| sides.1));
        let groups = open.iter().map(|(group, _)| *group).collect();
        (below || above).then_some(Unbounded { size: *size, below, above, groups })
    };
    sizes.iter().zip(estimates).filter_map(of_size).collect()
}

#[cfg(test)]
mod tests;
