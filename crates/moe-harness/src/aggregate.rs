//! From rows to rates: series of one quantity over sizes, their slopes; hit rates and counts of failures.

mod arms;
mod fits;
mod floor;
mod hits;
mod ways;

use std::collections::BTreeMap;

use moe_core::content::Content;
use moe_core::rate::{self, Point, Rate, RateProblem, Series, Weights};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose};

use crate::experiment::{Arm, Cell, CellGroup, Experiment};
use crate::plan::{self, Plan};
use crate::quantity::Quantity;
use crate::record::Record;

pub use arms::ArmDifference;
pub use fits::{Fits, Reason};
pub use hits::HitRate;

pub use floor::{ALARM, Floor};
pub use ways::{Failures, Question, Step, Ways};

/// The rows of an experiment, found by (cell, arm, size) in the experiment's own indices.
pub struct Rows<'a> {
    experiment: &'a Experiment,
    by_place: BTreeMap<(usize, usize, u64), Vec<&'a Record>>,
}

/// Where a series comes from: cells of which the worst counts, and an arm, as indices of the experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The cells, at least one.
    pub cells: Vec<usize>,
    /// The arm.
    pub arm: usize,
}

/// A statistic of a quantity over the sizes.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The statistic at every size with its interval; empty when a size has no replication.
    pub points: Vec<Point>,
    /// The slope over the sizes from a smallest one on.
    pub rate: Result<Rate, RateProblem>,
    /// Smallest number of replications at those sizes.
    pub replications: usize,
}

impl Measured {
    /// Of a series that does not exist.
    pub fn nothing() -> Self {
        Self { points: Vec::new(), rate: Err(RateProblem::TooFewSizes(0)), replications: 0 }
    }
}

impl<'a> Rows<'a> {
    /// Sorts the records that the experiment asks for, given in any order, each key once; others in the folder are left aside.
    pub fn new(experiment: &'a Experiment, records: &'a [Record]) -> Self {
        let mut sorted: Vec<&Record> = records.iter().collect();
        sorted.sort_by_key(|record| record.key);
        let mut by_place: BTreeMap<_, Vec<&Record>> = BTreeMap::new();
        let mut items = Plan::new(experiment).items;
        items.sort_by_key(|i| (i.cell, i.arm, i.size, i.replication));
        for item in items {
            let key = item.key(experiment);
            if let Ok(found) = sorted.binary_search_by_key(&key, |record| record.key) {
                by_place.entry((item.cell, item.arm, item.size)).or_default().push(sorted[found]);
            }
        }
        Self { experiment, by_place }
    }

    /// The experiment.
    pub fn experiment(&self) -> &'a Experiment {
        self.experiment
    }

    /// Rows that the experiment asks for and the folder does not have.
    pub fn missing(&self) -> u64 {
        let present: usize = self.by_place.values().map(Vec::len).sum();
        Plan::new(self.experiment).items.len() as u64 - present as u64
    }

    /// How many rows the experiment asks for at a place from size `from` on, and how many of them are missing.
    pub fn missing_at(&self, place: &Place, from: u64) -> (u64, u64) {
        let each = plan::replications(self.experiment, &self.experiment.arms[place.arm]);
        let sizes = self.experiment.sizes.iter().copied().filter(|n| *n >= from);
        let counted = sizes.flat_map(|size| place.cells.iter().map(move |cell| (*cell, size)));
        counted.fold((0, 0), |(all, missing), (cell, size)| {
            let present = self.at(cell, place.arm, size).len() as u64;
            (all + each, missing + each.saturating_sub(present))
        })
    }

    /// Pairs of a cell and an arm that runs in it, as indices.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let experiment = self.experiment;
        let cells = experiment.cells.iter().enumerate();
        cells
            .flat_map(|(c, cell)| {
                let arms = experiment.arms.iter().enumerate();
                arms.filter(move |(_, arm)| plan::runs_in(arm, cell)).map(move |(a, _)| (c, a))
            })
            .collect()
    }

    /// Rows of a (cell, arm) at a size, in the order of replications.
    pub fn at(&self, cell: usize, arm: usize, size: u64) -> &[&'a Record] {
        self.by_place.get(&(cell, arm, size)).map_or(&[], Vec::as_slice)
    }

    /// Values of a quantity at a size. A failed fit, and an error of an empty Voronoi cell, count as the
    /// worst case, +∞: failures are never dropped.
    pub fn values(&self, cell: usize, arm: usize, size: u64, quantity: Quantity) -> Vec<f64> {
        self.at(cell, arm, size).iter().map(|r| value(r, quantity).unwrap_or(f64::INFINITY)).collect()
    }

    /// How many rows at a size have no value of a quantity.
    pub fn without_value(&self, cell: usize, arm: usize, size: u64, quantity: Quantity) -> usize {
        self.at(cell, arm, size).iter().filter(|r| value(r, quantity).is_none()).count()
    }

    /// The indices of a group of cells and of an arm; `None` when one of them is not in the experiment.
    pub fn place(&self, cells: &CellGroup, arm: &str) -> Option<Place> {
        let cells = cells.names().iter().map(|name| cell_index(self.experiment, name));
        Some(Place { cells: cells.collect::<Option<_>>()?, arm: arm_index(self.experiment, arm)? })
    }

    /// A statistic over all sizes, and its slope from size `from` on.
    pub fn measured(
        &self,
        place: &Place,
        quantity: Quantity,
        statistic: Statistic,
        from: u64,
        level: f64,
    ) -> Measured {
        let resamples = self.experiment.inference.resamples as usize;
        let all = self.series(place, quantity, 0);
        let judged = self.series(place, quantity, from);
        let weights = self.weights(from);
        let address = self.bootstrap_address(place, quantity, statistic, from);
        let points = rate::points(&all, statistic, level, resamples, &mut address.indexed(0));
        Measured {
            points: points.unwrap_or_default(),
            rate: rate::fit(&judged, statistic, &weights, level, resamples, &mut address.indexed(1)),
            replications: judged.replications(),
        }
    }

    /// The values of a quantity at the sizes from `from` on, in the order of replications; a group for each cell.
    pub fn series(&self, place: &Place, quantity: Quantity, from: u64) -> Series {
        let sizes: Vec<u64> = self.experiment.sizes.iter().copied().filter(|n| *n >= from).collect();
        let values =
            |cell: &usize| sizes.iter().map(|n| self.values(*cell, place.arm, *n, quantity)).collect();
        Series { groups: place.cells.iter().map(values).collect(), sizes }
    }

    /// The weights of the sizes from `from` on.
    pub fn weights(&self, from: u64) -> Weights {
        let smaller = self.experiment.sizes.iter().filter(|n| **n < from).count();
        self.experiment.inference.weights.without_smallest(smaller)
    }

    /// Resampling is addressed by content, so that a number depends neither on what else is reported nor on the level.
    pub(crate) fn bootstrap_address(
        &self,
        place: &Place,
        quantity: Quantity,
        statistic: Statistic,
        from: u64,
    ) -> Address {
        let mut content = Content::new("moe-rates series 2");
        self.describe(place, &mut content);
        content.text("quantity", &quantity.to_string()).text("statistic", &statistic.to_string());
        content.whole("from", from);
        self.address(&content)
    }

    /// The same for the comparison of two series.
    pub fn comparison_address(
        &self,
        first: &Place,
        second: &Place,
        quantity: Quantity,
        statistic: Statistic,
        from: u64,
    ) -> Address {
        let mut content = Content::new("moe-rates comparison 1");
        self.describe(first, &mut content);
        self.describe(second, &mut content);
        content.text("quantity", &quantity.to_string()).text("statistic", &statistic.to_string());
        content.whole("from", from);
        self.address(&content)
    }

    fn describe(&self, place: &Place, content: &mut Content) {
        for cell in &place.cells {
            content.hash("cell", &self.experiment.cells[*cell].hash);
        }
        content.hash("arm", &self.experiment.arms[place.arm].hash);
    }

    fn address(&self, content: &Content) -> Address {
        let (seed, purpose) = (self.experiment.seed, Purpose::Bootstrap);
        Address { seed, purpose, content: content.finish(), size: 0, replication: 0 }
    }
}

/// The value of a quantity in a row; `None` when it has none.
pub fn value(record: &Record, quantity: Quantity) -> Option<f64> {
    let fit = record.fit.as_ref()?;
    let place = match quantity.atom {
        None => Some(&fit.quantities),
        Some(atom) => fit.cells.get(atom),
    };
    place?.get(quantity.kind)
}

/// Whether an arm's fits know nothing of the truth.
pub fn is_truth_blind(arm: &Arm) -> bool {
    arm.method.blind_stream().is_some()
}

/// Index of a cell by its name.
pub fn cell_index(experiment: &Experiment, name: &str) -> Option<usize> {
    experiment.cells.iter().position(|c: &Cell| c.name == name)
}

/// Index of an arm by its name.
pub fn arm_index(experiment: &Experiment, name: &str) -> Option<usize> {
    experiment.arms.iter().position(|a| a.name == name)
}
