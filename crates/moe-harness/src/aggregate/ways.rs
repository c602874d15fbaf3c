//! How much a slope owes to fits that are not certified, and to the smallest sizes.

use moe_core::rate::{self, Rate, RateProblem, Series};
use moe_core::statistic::Statistic;

use super::{Measured, Place, Rows, value};
use crate::quantity::{Kind, Quantity};
use crate::record::{Record, Status};

/// What counts for a fit that is not certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failures {
    /// Nothing: certified fits only. A selection, shown to be compared with.
    CertifiedOnly,
    /// The fit as it is; where there is none, the worst case +∞. Verdicts use this.
    All,
    /// The worst case for every fit that is not certified: +∞. Since a mean would have no slope then, it gets the
    /// largest value possible (distances that are at most 1), or else the largest finite one of these cells and this
    /// arm at any size, which is only a lower bound of the worst case.
    Worst,
}

/// One slope, three ways.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Of the certified fits.
    pub certified: Result<Rate, RateProblem>,
    /// Of all fits as they are.
    pub all: Result<Rate, RateProblem>,
    /// With every fit that is not certified at its worst case.
    pub worst: Result<Rate, RateProblem>,
    /// Rows at the sizes of the slope.
    pub rows: u64,
    /// How many of them are not certified.
    pub uncertified: u64,
}

/// The slope of the sizes from one on.
#[derive(Clone, Debug)]
pub struct Step {
    /// The smallest size that is used.
    pub from: u64,
    /// The slope.
    pub rate: Result<Rate, RateProblem>,
}

/// A series of the experiment: which statistic of what, and at which level its intervals are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'p> {
    /// Cells and arm.
    pub place: &'p Place,
    /// What is measured.
    pub quantity: Quantity,
    /// How replications are summarised.
    pub statistic: Statistic,
    /// Level of the intervals.
    pub level: f64,
}

impl Rows<'_> {
    /// The slope from size `from` on, three ways; `measured` is that of all fits.
    pub fn ways(&self, question: Question<'_>, from: u64, measured: &Measured) -> Ways {
        let sizes = || self.experiment.sizes.iter().filter(|n| **n >= from);
        let place = question.place;
        let records = || {
            let places = place.cells.iter().flat_map(|cell| sizes().map(move |n| (*cell, *n)));
            places.flat_map(|(cell, n)| self.at(cell, place.arm, n))
        };
        let uncertified = records().filter(|r| r.status != Status::Certified).count() as u64;
        let all = measured.rate.clone();
        let way = |failures| {
            if uncertified == 0 { all.clone() } else { self.slope(question, from, failures) }
        };
        let (certified, worst) = (way(Failures::CertifiedOnly), way(Failures::Worst));
        Ways { certified, all, worst, rows: records().count() as u64, uncertified }
    }

    /// The slopes with the smallest 0, 1, 2, … sizes left out, as long as two remain.
    pub fn path(&self, question: Question<'_>) -> Vec<Step> {
        let sizes = &self.experiment.sizes;
        let starts = sizes.iter().take(sizes.len().saturating_sub(1));
        starts.map(|from| Step { from: *from, rate: self.slope(question, *from, Failures::All) }).collect()
    }

    fn slope(&self, question: Question<'_>, from: u64, failures: Failures) -> Result<Rate, RateProblem> {
        let Question { place, quantity, statistic, level } = question;
        let series = self.series_under(place, quantity, statistic, from, failures);
        let resamples = self.experiment.inference.resamples as usize;
        let address = self.bootstrap_address(place, quantity, statistic, from);
        // All ways draw alike: where they have the same values, they have the same interval.
        rate::fit(&series, statistic, &self.weights(from), level, resamples, &mut address.indexed(1))
    }

    /// The values of a quantity at the sizes from `from` on, under a rule for fits that are not certified.
    pub fn series_under(
        &self,
        place: &Place,
        quantity: Quantity,
        statistic: Statistic,
        from: u64,
        failures: Failures,
    ) -> Series {
        let sizes: Vec<u64> = self.experiment.sizes.iter().copied().filter(|n| *n >= from).collect();
        let worst = match statistic {
            Statistic::Mean if failures == Failures::Worst => self.ceiling(place, quantity),
            _ => f64::INFINITY,
        };
        let counted = |record: &&&Record| failures != Failures::CertifiedOnly || certified(record);
        let of = |record: &&Record| match value(record, quantity) {
            Some(value) if failures != Failures::Worst || certified(record) => value,
            _ => worst,
        };
        let group = |cell: &usize| {
            let rows = sizes.iter().map(|n| self.at(*cell, place.arm, *n));
            rows.map(|rows| rows.iter().filter(counted).map(of).collect()).collect()
        };
        Series { groups: place.cells.iter().map(group).collect(), sizes }
    }

    /// The largest value that a quantity can have, or else the largest that it has.
    fn ceiling(&self, place: &Place, quantity: Quantity) -> f64 {
        if matches!(quantity.kind, Kind::Hellinger | Kind::TotalVariation) {
            return 1.0;
        }
        let places = place.cells.iter().flat_map(|c| self.experiment.sizes.iter().map(move |n| (*c, *n)));
        let records = places.flat_map(|(cell, n)| self.at(cell, place.arm, n));
        let finite = records.filter_map(|r| value(r, quantity)).filter(|v| v.is_finite());
        finite.reduce(f64::max).unwrap_or(f64::INFINITY)
    }
}

fn certified(record: &Record) -> bool {
    record.status == Status::Certified
}
