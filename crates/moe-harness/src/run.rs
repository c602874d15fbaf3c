//! Threads: the items of a plan are measured by all workers and collected into parts by one writer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, sync_channel};

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::experiment::Experiment;
use crate::measure::{AllPrepared, measure};
use crate::plan::{BlockKey, Item, Plan};
use crate::record::Record;
use crate::store::{BEAT, Block, Claims, Store, StoreError};

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Replications that were measured and written.
    pub measured: u64,
    /// Replications that were left to other processes, which are at work on them.
    pub elsewhere: u64,
}

/// What is needed to do a plan.
pub struct Work<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// What is to be measured.
    pub plan: &'a Plan,
    /// Replications that are written as one part.
    pub length: u64,
    /// Where parts are written.
    pub store: &'a Store,
    /// Who is at work on what.
    pub claims: &'a Claims,
    /// Raised when the run is to end: what was begun is finished and written, and no more.
    pub stop: &'a AtomicBool,
}

/// Measures a plan and writes its parts. Workers take items in the order of the plan; blocks that another process is
/// at work on are passed over. `each` hears of every record.
///
/// # Errors
/// [`StoreError`] when a part cannot be written; the parts before it are whole.
pub fn run(
    work: &Work<'_>,
    pool: &rayon::ThreadPool,
    mut each: impl FnMut(&Item, &Record),
) -> Result<Done, StoreError> {
    let experiment = work.experiment;
    let prepared = AllPrepared::new(experiment, work.plan);
    let (sender, receiver) = sync_channel(4 * pool.current_num_threads());
    std::thread::scope(|scope| {
        let (over, beat) = mpsc::channel::<()>();
        scope.spawn(move || {
            while beat.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                work.claims.beat();
            }
        });
        let prepared = &prepared;
        scope.spawn(move || {
            pool.install(|| {
                work.claimed().par_bridge().for_each_with(sender, |sender, item| {
                    let item = match item {
                        Ok(item) => item,
                        Err(error) => return drop(sender.send(Err(error))),
                    };
                    let arm = &experiment.arms[item.arm];
                    let serving = prepared.serving(&item);
                    let record = measure(serving, arm, experiment.seed, item.size, item.replication);
                    // The collector hangs up only when the disk failed; then there is nothing to tell it.
                    let _ = sender.send(Ok((item, record)));
                });
            });
        });
        let _end = EndsWithPanic(work.stop);
        let collected = collect(work, receiver, &mut each);
        if collected.is_err() {
            work.stop.store(true, Ordering::Relaxed);
        }
        drop(over);
        collected
    })
}

/// Stops the workers when the collector panics: nobody would write what they measure.
struct EndsWithPanic<'a>(&'a AtomicBool);

impl Drop for EndsWithPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

impl Work<'_> {
    /// The items whose blocks could be claimed, each block being claimed when its first item is reached. The items of
    /// a block follow each other in a plan.
    fn claimed(&self) -> impl Iterator<Item = Result<Item, StoreError>> + Send {
        let mut current: Option<(BlockKey, bool)> = None;
        let items = self.plan.items.iter().take_while(|_| !self.stop.load(Ordering::Relaxed));
        items.filter_map(move |item| {
            let key = item.block(self.length);
            if current.is_none_or(|(block, _)| block != key) {
                match self.claims.take(&self.block(key)) {
                    Ok(taken) => current = Some((key, taken)),
                    Err(error) => {
                        self.stop.store(true, Ordering::Relaxed);
                        return Some(Err(error));
                    }
                }
            }
            current.is_some_and(|(_, taken)| taken).then_some(Ok(*item))
        })
    }

    fn block(&self, (cell, arm, size, number): BlockKey) -> Block {
        let (cell, arm) = (self.experiment.cells[cell].hash, self.experiment.arms[arm].hash);
        let first = number * self.length;
        Block { cell, arm, size, first, last: first + self.length - 1 }
    }
}

/// Gathers records into blocks and writes each as soon as it is complete; what is left when the workers
/// have ended is written too.
fn collect(
    work: &Work<'_>,
    receiver: Receiver<Result<(Item, Record), StoreError>>,
    each: &mut impl FnMut(&Item, &Record),
) -> Result<Done, StoreError> {
    let mut expected: BTreeMap<_, usize> = BTreeMap::new();
    for item in &work.plan.items {
        *expected.entry(item.block(work.length)).or_default() += 1;
    }
    let mut open: BTreeMap<_, Vec<Record>> = BTreeMap::new();
    let mut begun = BTreeSet::new();
    let mut measured = 0;
    for received in receiver {
        let (item, record) = received?;
        each(&item, &record);
        measured += 1;
        let key = item.block(work.length);
        begun.insert(key);
        let records = open.entry(key).or_default();
        records.push(record);
        if records.len() == expected[&key] {
            work.store.write_part(records)?;
            work.claims.release(&work.block(key));
            open.remove(&key);
        }
    }
    for (key, records) in &open {
        work.store.write_part(records)?;
        work.claims.release(&work.block(*key));
    }
    let stopped = work.stop.load(Ordering::Relaxed);
    let others = expected.iter().filter(|(key, _)| !stopped && !begun.contains(*key));
    Ok(Done { measured, elsewhere: others.map(|(_, items)| *items as u64).sum() })
}
