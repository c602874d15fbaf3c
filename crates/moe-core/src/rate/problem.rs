//! Why a series has no slope: every reason a type, every type a sentence.

use std::fmt;

use super::{Series, Weights};
use crate::statistic::{self, Statistic};

/// Why no slope can be fitted.
#[derive(Clone, Debug, PartialEq)]
pub enum RateProblem {
    /// Fewer than two sizes; the number of sizes.
    TooFewSizes(usize),
    /// Sizes are not positive and ascending, or do not match the lists of values.
    Sizes,
    /// Planned weights do not match the sizes, or one is not positive and finite.
    Weights,
    /// The number of resamples is too small for the level, or the level is not between 0 and 1.
    Level {
        /// Level of the interval.
        level: f64,
        /// Bootstrap resamples.
        resamples: usize,
    },
    /// No value at a size.
    Missing {
        /// The size.
        size: u64,
    },
    /// A value at a size is not a number.
    NotANumber {
        /// The size.
        size: u64,
    },
    /// The statistic has no logarithm at a size.
    NoLogarithm {
        /// The size.
        size: u64,
        /// The statistic.
        statistic: Statistic,
        /// Its value: not positive, or infinite.
        value: f64,
    },
}

impl fmt::Display for RateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateProblem::TooFewSizes(sizes) => {
                write!(f, "a slope needs at least two sample sizes, and there are {sizes}")
            }
            RateProblem::Sizes => {
                write!(f, "sample sizes must be positive and ascending, with one list of values for each")
            }
            RateProblem::Weights => {
                write!(f, "planned weights must be positive and finite, one for each sample size")
            }
            RateProblem::Level { level, resamples } => write!(
                f,
                "{resamples} bootstrap resamples cannot give an interval of level {level}: the level must lie \
                 between 0 and 1, and either tail must hold at least one resample"
            ),
            RateProblem::Missing { size } => write!(f, "there is no replication at n = {size}"),
            RateProblem::NotANumber { size } => write!(f, "a replication at n = {size} is not a number"),
            RateProblem::NoLogarithm { size, statistic, value } => {
                write!(f, "the {statistic} at n = {size} is {value}, which has no finite logarithm")
            }
        }
    }
}

impl std::error::Error for RateProblem {}

/// Checks what does not depend on the values.
pub(super) fn check_plan(
    series: &Series,
    weights: &Weights,
    level: f64,
    resamples: usize,
) -> Result<(), RateProblem> {
    let sizes = &series.sizes;
    if sizes.len() < 2 {
        return Err(RateProblem::TooFewSizes(sizes.len()));
    }
    if sizes[0] == 0 || !sizes.is_sorted_by(|a, b| a < b) || series.values.len() != sizes.len() {
        return Err(RateProblem::Sizes);
    }
    if let Weights::Planned(weights) = weights
        && (weights.len() != sizes.len() || !weights.iter().all(|w| *w > 0.0 && w.is_finite()))
    {
        return Err(RateProblem::Weights);
    }
    let tail = 0.5 * (1.0 - level) * resamples as f64;
    if level > 0.0 && level < 1.0 && tail >= 1.0 {
        Ok(())
    } else {
        Err(RateProblem::Level { level, resamples })
    }
}

/// The values of each size in ascending order.
pub(super) fn sorted_values(series: &Series) -> Result<Vec<Vec<f64>>, RateProblem> {
    let pairs = series.sizes.iter().zip(&series.values);
    pairs
        .map(|(size, values)| {
            if values.is_empty() {
                return Err(RateProblem::Missing { size: *size });
            }
            statistic::sorted(values).ok_or(RateProblem::NotANumber { size: *size })
        })
        .collect()
}

/// The statistic at each size, positive and finite.
pub(super) fn estimates(
    sizes: &[u64],
    sorted: &[Vec<f64>],
    statistic: Statistic,
) -> Result<Vec<f64>, RateProblem> {
    let pairs = sizes.iter().zip(sorted);
    pairs
        .map(|(size, values)| {
            let value = statistic.evaluate_sorted(values);
            if value > 0.0 && value.is_finite() {
                Ok(value)
            } else {
                Err(RateProblem::NoLogarithm { size: *size, statistic, value })
            }
        })
        .collect()
}
