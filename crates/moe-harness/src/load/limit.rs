//! The bounds of the format, in one place.

use std::ops::RangeInclusive;

/// Largest sample size.
pub(super) const SIZE: u64 = 1_000_000_000_000;

/// Most sample sizes.
pub(super) const SIZES: usize = 1_000;

/// Most replications for each (cell, arm, size).
pub(super) const REPLICATIONS: u64 = 10_000_000;

/// Most looks at growing data.
pub(super) const LOOKS: usize = 20;

/// Most experts.
pub(super) const EXPERTS: u64 = 100;

/// Most classes or covariates of a truth drawn at random.
pub(super) const DRAWN: u64 = 1_000;

/// Largest exponent of a calibration double or a drift in size; within it nothing overflows.
pub(super) const RATE: f64 = 10.0;

/// Most rows of a data set: observations of a continuous law, points of a finite one.
pub(super) const ROWS: u64 = 200_000_000;

/// Most points of a finite covariate law.
pub(super) const POINTS: u64 = 2_000_000;

/// Largest size of a covariate, a parameter or a box; within it nothing overflows.
pub(super) const COORDINATE: f64 = 1e6;

/// Most bases, starts of a kind in a round, exchanges, rounds and screening steps of a search, and its largest
/// stream: starts are numbered within these bounds.
pub(super) const BASES: u32 = 100;
pub(super) const STARTS: u32 = 1_000_000;
pub(super) const EXCHANGES: u32 = 20;
pub(super) const ROUNDS: u32 = 20;
pub(super) const SCREENING: u32 = 1_000;
pub(super) const STREAM: u64 = 127;

/// Bootstrap resamples.
pub(super) const RESAMPLES: RangeInclusive<u32> = 100..=100_000;

/// Why a number of replications is refused.
pub(super) fn replications(replications: u64) -> Option<String> {
    match replications {
        0 => Some("at least one replication is needed".to_owned()),
        1..=REPLICATIONS => None,
        _ => Some(format!("more than {REPLICATIONS} replications are refused")),
    }
}
