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
    /// Two series that are compared have different sizes.
    DifferentSizes,
    /// Two paired series have different numbers of replications at a size.
    Unpaired {
        /// The size.
        size: u64,
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
            RateProblem::DifferentSizes => {
                write!(f, "the two series do not have the same sample sizes")
            }
            RateProblem::Unpaired { size } => {
                write!(
                    f,
                    "the two series have different replications at n = {size}, so they cannot be paired"
                )
            }
            RateProblem::Missing { size } => write!(f, "there is no replication at n = {size}"),
            RateProblem::NotANumber { size } => write!(f, "a replication at n = {size} is not a number"),
            RateProblem::NoLogarithm { size, statistic, value } => {
                write!(f, "the {statistic} at n = {size} is {value}, which has no finite logarithm")
            }
        }
    }
}

impl std::error::Error for RateProblem {}

/// Checks sizes and groups.
pub(super) fn check_shape(series: &Series) -> Result<(), RateProblem> {
    let sizes = &series.sizes;
    let ascending = sizes.first().is_none_or(|n| *n > 0) && sizes.is_sorted_by(|a, b| a < b);
    let whole = !series.groups.is_empty() && series.groups.iter().all(|g| g.len() == sizes.len());
    if ascending && whole { Ok(()) } else { Err(RateProblem::Sizes) }
}

/// Checks what a slope needs and does not depend on the values.
pub(super) fn check_plan(series: &Series, weights: &Weights) -> Result<(), RateProblem> {
    let sizes = &series.sizes;
    if sizes.len() < 2 {
        return Err(RateProblem::TooFewSizes(sizes.len()));
    }
    check_shape(series)?;
    match weights {
        Weights::Planned(weights)
            if weights.len() != sizes.len() || !weights.iter().all(|w| *w > 0.0 && w.is_finite()) =>
        {
            Err(RateProblem::Weights)
        }
        _ => Ok(()),
    }
}

/// Checks that either tail holds a resample.
pub(super) fn check_level(level: f64, resamples: usize) -> Result<(), RateProblem> {
    let tail = 0.5 * (1.0 - level) * resamples as f64;
    if level > 0.0 && level < 1.0 && tail >= 1.0 {
        Ok(())
    } else {
        Err(RateProblem::Level { level, resamples })
    }
}

/// The values of each group at each size in ascending order, by size.
pub(super) fn sorted_values(series: &Series) -> Result<Vec<Vec<Vec<f64>>>, RateProblem> {
    let sizes = series.sizes.iter().enumerate();
    sizes
        .map(|(j, size)| {
            let groups = series.groups.iter().map(|group| {
                if group[j].is_empty() {
                    return Err(RateProblem::Missing { size: *size });
                }
                statistic::sorted(&group[j]).ok_or(RateProblem::NotANumber { size: *size })
            });
            groups.collect()
        })
        .collect()
}

/// Whether the statistic of sorted values has a logarithm. A proportion always has: see [`super::fit`].
pub(super) fn has_logarithm(sorted: &[f64], statistic: Statistic) -> bool {
    let value = statistic.evaluate_sorted(sorted);
    matches!(statistic, Statistic::Exceeds(_)) || (value > 0.0 && value.is_finite())
}

/// Checks that the largest statistic at each size has a logarithm, and that not every proportion is 0.
pub(super) fn check_logarithms(
    series: &Series,
    sorted: &[Vec<Vec<f64>>],
    statistic: Statistic,
) -> Result<(), RateProblem> {
    let largest = sorted
        .iter()
        .map(|groups| groups.iter().map(|v| statistic.evaluate_sorted(v)).fold(f64::NEG_INFINITY, f64::max));
    let largest: Vec<f64> = largest.collect();
    let proportions = matches!(statistic, Statistic::Exceeds(_)) && largest.iter().any(|v| *v > 0.0);
    let bad = largest.iter().position(|v| !(proportions || (*v > 0.0 && v.is_finite())));
    match bad {
        Some(j) => Err(RateProblem::NoLogarithm { size: series.sizes[j], statistic, value: largest[j] }),
        None => Ok(()),
    }
}
