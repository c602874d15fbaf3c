//! What a pilot foretells of the experiment: seconds, memory, Monte Carlo error, widths of slope intervals.

use moe_core::distribution::student_quantile;
use moe_core::numeric::{exp, ln};
use moe_core::rate;
use moe_core::verdict::{MIN_REPLICATIONS, planned};

use super::{Pilot, Subject, memory, spread};
use crate::aggregate::Rows;
use crate::experiment::Experiment;
use crate::plan::{self, Plan};

/// Largest size that a proposal names.
const LARGEST: f64 = 1e12;

/// Replications that every proposal has at least: with fewer nothing is decided.
const FEWEST: u64 = MIN_REPLICATIONS as u64;

/// An experiment seen through its pilot.
pub struct Forecast<'a> {
    experiment: &'a Experiment,
    pilot: &'a Pilot,
    rows: Rows<'a>,
}

/// What a (cell, arm) will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Seconds of one core, all its replications.
    pub seconds: f64,
    /// Bytes of the whole process while it is measured on as many threads as the pilot had; `None` where the system
    /// does not tell.
    pub memory: Option<u64>,
}

/// How precise a slope will be.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// Replications at every size, as planned.
    pub replications: u64,
    /// Standard deviation per replication of ln(statistic), averaged over sizes as the slope weighs them.
    pub spread: f64,
    /// Largest predicted standard error of ln(statistic) at any size: the relative Monte Carlo error.
    pub monte_carlo: f64,
    /// Predicted width of the slope's interval.
    pub width: f64,
    /// The width that is wanted, if any is.
    pub wanted: Option<f64>,
    /// Replications with which the interval has the wanted width, and a claim may be decided; those alone where no width is
    /// wanted and fewer are planned.
    pub proposed: Option<u64>,
    /// The largest size with which it has, with as many sizes and replications as planned; `None` where none does,
    /// nothing is wanting, sizes cost too much to grow, or replications are too few for a verdict at any size.
    pub reach: Option<u64>,
}

impl<'a> Forecast<'a> {
    /// The forecast of an experiment from its pilot.
    pub fn new(experiment: &'a Experiment, pilot: &'a Pilot) -> Self {
        Self { experiment, pilot, rows: pilot.rows() }
    }

    /// Predicted seconds of one core for one replication of a (cell, arm) at a size.
    pub fn seconds(&self, cell: usize, arm: usize, size: u64) -> f64 {
        let mean = |n: u64| {
            let rows = self.rows.at(cell, arm, n);
            let of = |r: &&crate::record::Record| r.seconds.sample + r.seconds.fit + r.seconds.score;
            rows.iter().map(of).sum::<f64>() / rows.len().max(1) as f64
        };
        let known: Vec<(u64, f64)> =
            self.pilot.experiment.sizes.iter().map(|n| (*n, ln(mean(*n).max(1e-9)))).collect();
        exp(between(&known, size))
    }

    /// What a (cell, arm) will take.
    pub fn cost(&self, cell: usize, arm: usize) -> Cost {
        let replications = plan::replications(self.experiment, &self.experiment.arms[arm]) as f64;
        let sizes = self.experiment.sizes.iter();
        Cost {
            seconds: sizes.map(|n| replications * self.seconds(cell, arm, *n)).sum(),
            memory: self.pilot.memory.get(&(cell, arm)).copied(),
        }
    }

    /// The largest memory of a whole run in bytes: while it measures, or when all its rows are reported.
    pub fn memory(&self) -> Option<u64> {
        let measuring = self.pilot.memory.values().copied().max()?;
        let records = &self.pilot.records;
        let held: u64 = records.iter().map(memory::of_row).sum();
        let rows = Plan::new(self.experiment).items.len() as u64;
        let all = held * rows / records.len().max(1) as u64;
        Some(measuring.max(self.pilot.report_memory? + all.saturating_sub(held)))
    }

    /// How precise a slope will be; `None` where the pilot has no logarithm of its statistic. With `width` every
    /// interval is wanted that wide, otherwise as its claim needs it.
    pub fn precision(&self, subject: &Subject, width: Option<f64>) -> Option<Precision> {
        let experiment = self.experiment;
        let sizes: Vec<u64> = experiment.sizes.iter().copied().filter(|n| *n >= subject.from).collect();
        let weights = experiment.inference.weights.without_smallest(experiment.sizes.len() - sizes.len());
        let coefficients = rate::coefficients(&sizes, &weights);
        let variances = self.variances(subject, &sizes)?;
        let replications = self.replications(subject)?;
        let total: f64 = coefficients.iter().map(|c| c * c).sum();
        let weighed = coefficients.iter().zip(&variances).filter(|(c, _)| **c != 0.0).map(|(c, v)| c * c * v);
        let (sum, squares) = weighed.fold((0.0, 0.0), |(s, q), v| (s + v, v.mul_add(v, q)));
        let spread = (sum / total).sqrt();
        // As the engine will count them (Satterthwaite 1946).
        let df = sum * sum / squares * spread::degrees_of_freedom(subject.statistic, replications);
        let df = if df.is_nan() { f64::INFINITY } else { df };
        let reach = 2.0 * student_quantile(0.5 * (1.0 - subject.level), df);
        let found = reach * planned::standard_error(&coefficients, spread, replications);
        let wanted = width.or_else(|| Some(reach * subject.largest_error?));
        let few = replications < FEWEST;
        let needed = |w: f64| planned::replications(&coefficients, spread, w / reach).max(FEWEST);
        let proposed = wanted.filter(|_| spread.is_finite()).map(needed);
        let unasked = wanted.is_none() && few && subject.claim.is_some();
        let proposed = proposed.or_else(|| unasked.then_some(FEWEST));
        Some(Precision {
            replications,
            spread,
            monte_carlo: variances.iter().map(|v| (v / replications as f64).sqrt()).fold(0.0, f64::max),
            width: found,
            wanted,
            proposed: proposed.map(|needed| needed.div_ceil(10) * 10),
            // More rows are no remedy where replications are too few for any verdict.
            reach: wanted.filter(|_| !few).and_then(|w| self.reach(subject, &sizes, found / w)),
        })
    }

    /// Planned replications of the arms of a series; the smallest number.
    fn replications(&self, subject: &Subject) -> Option<u64> {
        let arms = subject.series.iter().map(|(_, name)| {
            let arm = self.experiment.arms.iter().find(|arm| arm.name == *name)?;
            Some(plan::replications(self.experiment, arm))
        });
        arms.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Variance per replication of ln(statistic) at each size, summed over the two series of a difference as if they
    /// were independent.
    fn variances(&self, subject: &Subject, sizes: &[u64]) -> Option<Vec<f64>> {
        let mut sums = vec![0.0; sizes.len()];
        for series in &subject.series {
            let at = |n: &u64| Some((*n, self.variance(subject, series, *n)?));
            let known: Vec<(u64, f64)> = self.pilot.experiment.sizes.iter().map(at).collect::<Option<_>>()?;
            sums.iter_mut().zip(sizes).for_each(|(sum, n)| *sum += between(&known, *n));
        }
        Some(sums)
    }

    /// The same at one size of the pilot; of several cells that of the one whose statistic is the largest.
    fn variance(
        &self,
        subject: &Subject,
        (cells, arm): &(crate::experiment::CellGroup, String),
        n: u64,
    ) -> Option<f64> {
        let place = self.rows.place(cells, arm)?;
        let groups = place.cells.iter().map(|cell| self.rows.values(*cell, place.arm, n, subject.quantity));
        let largest = groups
            .filter_map(|values| Some((subject.statistic.evaluate(&values)?, values)))
            .reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        spread::variance(&largest.1, subject.statistic, self.replications(subject)?)
    }

    /// The end of the sizes that makes the interval narrower by `factor`, as a power of ten.
    fn reach(&self, subject: &Subject, sizes: &[u64], factor: f64) -> Option<u64> {
        let (first, last) = (*sizes.first()?, *sizes.last()?);
        let cells = subject.series.iter().flat_map(|(cells, _)| cells.names());
        let mut cells = cells
            .map(|name| self.experiment.cells.iter().find(|cell| cell.name == *name))
            .collect::<Vec<_>>();
        cells.retain(|cell| cell.is_none_or(|c| c.scenario.truth.law.support_size().is_none()));
        if factor <= 1.0 || !factor.is_finite() || !cells.is_empty() {
            return None;
        }
        // The coefficients of a slope go like one over the range of ln(n).
        let (low, high) = (ln(first as f64), ln(last as f64));
        let end = exp((high - low).mul_add(factor, low).min(100.0));
        let mut power = 10.0;
        while power < end * (1.0 - 1e-9) {
            power *= 10.0;
        }
        (power <= LARGEST).then_some(power as u64)
    }
}

/// Linear in ln(n) between known sizes, ascending; constant beyond them. An unbounded neighbour that has a say is
/// unbounded.
fn between(known: &[(u64, f64)], n: u64) -> f64 {
    let after = known.partition_point(|(size, _)| *size < n);
    match (after.checked_sub(1).map(|i| known[i]), known.get(after).copied()) {
        (Some((low, a)), Some((high, b))) if high > n => {
            let share = (ln(n as f64) - ln(low as f64)) / (ln(high as f64) - ln(low as f64));
            (1.0 - share) * a + share * b
        }
        (_, Some((_, b))) => b,
        (Some((_, a)), None) => a,
        (None, None) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_sizes_values_are_linear_in_the_logarithm() {
        let known = [(10, 1.0), (1000, 3.0), (100_000, f64::INFINITY)];
        for (n, value) in [(10, 1.0), (100, 2.0), (1000, 3.0), (5, 1.0), (10_000, f64::INFINITY)] {
            let found = between(&known, n);
            assert!(found == value || (found - value).abs() < 1e-12, "{n}: {found}");
        }
    }
}
