//! A pilot: a few replications of their own, from which a plan's cost and precision are predicted before it is run.

mod forecast;
mod memory;
mod series;
mod spread;

use std::collections::BTreeMap;
use std::sync::Mutex;

use moe_core::content::Content;
use moe_core::rate::Weights;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::aggregate::Rows;
use crate::experiment::{Experiment, Inference};
use crate::measure::{AllPrepared, measure};
use crate::plan::{Item, Plan};
use crate::record::Record;
use crate::report::{Origin, Report, files};

pub use forecast::{Cost, Forecast, Precision};
pub(crate) use memory::of_row as bytes_of_row;
pub use series::{Subject, subjects};

/// Replications of a pilot, unless the reader asks for others.
pub const REPLICATIONS: u64 = 100;

/// Sizes of a pilot: the smallest, the largest, and one between.
const SIZES: usize = 3;

/// What was measured in a pilot of an experiment.
pub struct Pilot {
    /// The pilot as an experiment of its own: another master seed, fewer sizes, fewer replications.
    pub experiment: Experiment,
    /// Its records.
    pub records: Vec<Record>,
    /// The largest memory of the process (bytes) while a (cell, arm) was measured, where the system tells.
    memory: BTreeMap<(usize, usize), u64>,
    /// The same while the report and the figure of the pilot were made.
    report_memory: Option<u64>,
}

/// The pilot of an experiment, as an experiment: its data are never those of the experiment.
pub fn design(experiment: &Experiment, replications: u64) -> Experiment {
    let all = &experiment.sizes;
    let places = (0..SIZES).map(|i| i * (all.len() - 1) / (SIZES - 1));
    let mut sizes: Vec<u64> = places.map(|place| all[place]).collect();
    sizes.dedup();
    let inference = Inference { weights: Weights::Equal, ..experiment.inference.clone() };
    let seed = seed(experiment.seed);
    Experiment { seed, sizes, replications, looks: Vec::new(), inference, ..experiment.clone() }
}

/// A master seed that is a hash of the experiment's, below 2^63 like every other.
fn seed(seed: u64) -> u64 {
    let hash = Content::new("moe-rates pilot").whole("seed", seed).finish();
    hash[..8].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)) >> 1
}

impl Pilot {
    /// Measures a pilot on the threads of a pool, one (cell, arm) after the other; nothing is written. `each` hears of
    /// every record.
    pub fn measure(
        experiment: Experiment,
        pool: &rayon::ThreadPool,
        each: impl FnMut(&Item, &Record) + Send,
    ) -> Self {
        let each = Mutex::new(each);
        let plan = Plan::new(&experiment);
        let prepared = AllPrepared::new(&experiment, &plan);
        let mut groups: BTreeMap<(usize, usize), Vec<Item>> = BTreeMap::new();
        for item in plan.items {
            groups.entry((item.cell, item.arm)).or_default().push(item);
        }
        let mut records = Vec::new();
        let mut peaks = BTreeMap::new();
        let one = |item: &Item| {
            let arm = &experiment.arms[item.arm];
            let record = measure(prepared.serving(item), arm, experiment.seed, item.size, item.replication);
            if let Ok(mut each) = each.lock() {
                each(item, &record);
            }
            record
        };
        for (pair, items) in &groups {
            let metered = memory::forget_peak();
            let measured: Vec<Record> = pool.install(|| items.par_iter().map(one).collect());
            records.extend(measured);
            if let Some(peak) = memory::peak().filter(|_| metered) {
                peaks.insert(*pair, peak);
            }
        }
        drop(prepared);
        let mut pilot = Self { experiment, records, memory: peaks, report_memory: None };
        pilot.report_memory = pilot.make_report();
        pilot
    }

    /// Makes the report that every run ends with and throws it away, for the memory that it takes.
    fn make_report(&self) -> Option<u64> {
        let metered = memory::forget_peak();
        let rows = self.rows();
        let made = files::files(&Report::new(&rows, String::new()), &rows, &Origin::default()).is_ok();
        memory::peak().filter(|_| metered && made)
    }

    /// Its rows, found by place.
    pub fn rows(&self) -> Rows<'_> {
        Rows::new(&self.experiment, &self.records)
    }
}
