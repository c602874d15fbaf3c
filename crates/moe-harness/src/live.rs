//! What can be said of a run before it is complete: slopes over the sizes that have replications, and what is there.

use moe_core::rate::{self, Rate, Series, Weights};
use moe_core::statistic::Statistic;

use crate::aggregate::{Place, Rows};
use crate::experiment::Curve;
use crate::quantity::Quantity;

/// Replications that a size must have before it counts.
pub const LEAST: usize = 5;

/// The slope over the sizes that have replications so far.
#[derive(Clone, Debug)]
pub struct SlopeSoFar {
    /// The smallest size that counts.
    pub from: u64,
    /// How many sizes count, and how many the curve asks for.
    pub sizes: (usize, usize),
    /// The slope.
    pub rate: Rate,
}

/// The statistic of what is there at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoFar {
    /// Sample size n.
    pub size: u64,
    /// Replications that are there, the fewest of any cell.
    pub replications: usize,
    /// The statistic, the worst cell of a group; `None` where nothing is there.
    pub estimate: Option<f64>,
}

/// The slope of a curve over the sizes at which every cell has [`LEAST`] replications; `None` while there is none. Once
/// every size is complete it is the slope of the report, given as many resamples.
pub fn slope(rows: &Rows<'_>, curve: &Curve, resamples: usize) -> Option<SlopeSoFar> {
    let place = rows.place(&curve.cell, &curve.arm)?;
    let all = rows.series(&place, curve.quantity, curve.from);
    let enough = |i: usize| all.groups.iter().all(|group| group[i].len() >= LEAST);
    let kept: Vec<usize> = (0..all.sizes.len()).filter(|i| enough(*i)).collect();
    let of_group = |group: &Vec<Vec<f64>>| kept.iter().map(|i| group[*i].clone()).collect();
    let series = Series {
        groups: all.groups.iter().map(of_group).collect(),
        sizes: kept.iter().map(|i| all.sizes[*i]).collect(),
    };
    let weights = match rows.weights(curve.from) {
        Weights::Equal => Weights::Equal,
        Weights::Planned(weights) => Weights::Planned(kept.iter().map(|i| weights[*i]).collect()),
    };
    let level = rows.experiment().inference.level;
    let address = rows.bootstrap_address(&place, curve.quantity, curve.statistic, curve.from);
    let rate =
        rate::fit(&series, curve.statistic, &weights, level, resamples, &mut address.indexed(1)).ok()?;
    Some(SlopeSoFar { from: *series.sizes.first()?, sizes: (kept.len(), all.sizes.len()), rate })
}

/// The statistic of a curve at every size, of what is there.
pub fn estimates(rows: &Rows<'_>, curve: &Curve) -> Vec<SoFar> {
    let Some(place) = rows.place(&curve.cell, &curve.arm) else { return Vec::new() };
    let sizes = rows.experiment().sizes.iter();
    sizes.map(|n| estimate(rows, &place, (curve.quantity, curve.statistic), *n)).collect()
}

fn estimate(rows: &Rows<'_>, place: &Place, (quantity, statistic): (Quantity, Statistic), n: u64) -> SoFar {
    let values: Vec<Vec<f64>> =
        place.cells.iter().map(|cell| rows.values(*cell, place.arm, n, quantity)).collect();
    let replications = values.iter().map(Vec::len).min().unwrap_or(0);
    let estimates = values.iter().filter_map(|v| statistic.evaluate(v));
    SoFar { size: n, replications, estimate: estimates.reduce(f64::max) }
}
