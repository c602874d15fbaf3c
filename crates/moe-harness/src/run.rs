//! Threads: the items of a plan are measured by all workers and collected into parts by one writer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::experiment::Experiment;
use crate::measure::{AllPrepared, measure};
use crate::plan::{Item, Plan};
use crate::record::Record;
use crate::store::{Store, StoreError};

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Replications that were measured and written.
    pub measured: u64,
    /// Whether it stopped before the plan was done.
    pub stopped: bool,
}

/// Measures a plan and writes its parts. Workers take items in the order of the plan; `stop` lets them
/// finish what they have begun and no more, and what is finished is written. `each` hears of every record.
///
/// # Errors
/// [`StoreError`] when a part cannot be written; the parts before it are whole.
pub fn run(
    experiment: &Experiment,
    plan: &Plan,
    store: &Store,
    pool: &rayon::ThreadPool,
    stop: &AtomicBool,
    mut each: impl FnMut(&Item, &Record),
) -> Result<Done, StoreError> {
    let prepared = AllPrepared::new(experiment, plan);
    let (sender, receiver) = sync_channel(4 * pool.current_num_threads());
    std::thread::scope(|scope| {
        let prepared = &prepared;
        scope.spawn(move || {
            pool.install(|| {
                plan.items.iter().par_bridge().for_each_with(sender, |sender, item| {
                    if !stop.load(Ordering::Relaxed) {
                        let arm = &experiment.arms[item.arm];
                        let serving = prepared.serving(item);
                        let record = measure(serving, arm, experiment.seed, item.size, item.replication);
                        // The collector hangs up only when the disk failed; then there is nothing to tell it.
                        let _ = sender.send((*item, record));
                    }
                });
            });
        });
        let collected = collect(plan, store, receiver, &mut each);
        if collected.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        collected
    })
}

/// Gathers records into blocks and writes each as soon as it is complete; what is left when the workers
/// have ended is written too.
fn collect(
    plan: &Plan,
    store: &Store,
    receiver: Receiver<(Item, Record)>,
    each: &mut impl FnMut(&Item, &Record),
) -> Result<Done, StoreError> {
    let mut expected: BTreeMap<_, usize> = BTreeMap::new();
    for item in &plan.items {
        *expected.entry(item.block()).or_default() += 1;
    }
    let mut open: BTreeMap<_, Vec<Record>> = BTreeMap::new();
    let mut measured = 0;
    for (item, record) in receiver {
        each(&item, &record);
        measured += 1;
        let block = item.block();
        let records = open.entry(block).or_default();
        records.push(record);
        if records.len() == expected[&block] {
            store.write_part(records)?;
            open.remove(&block);
        }
    }
    for records in open.values() {
        store.write_part(records)?;
    }
    Ok(Done { measured, stopped: measured < plan.items.len() as u64 })
}
