//! Threads: the items of a plan are measured by all workers and collected into parts by one writer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::experiment::Experiment;
use crate::measure::{AllPrepared, measure_shared};
use crate::plan::{BlockKey, Item, Plan};
use crate::record::Record;
use crate::store::{BEAT, Block, Claims, Store, StoreError};
use crate::workers;

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
            let items = Mutex::new(work.claimed());
            // Each thread goes through the items in a loop of its own. So what a thread finds to do while it waits for another
            // to finish half of a pass is halves of other passes, never a replication.
            pool.broadcast(|_| {
                while let Some(item) = next(&items) {
                    let arm = &experiment.arms[item.arm];
                    let serving = prepared.serving(&item);
                    // Workers that have no item left help those that do.
                    let workers = workers::of_pool();
                    let record =
                        measure_shared(workers, serving, arm, experiment.seed, item.size, item.replication);
                    // The collector hangs up only when it panicked; then there is nobody to tell.
                    let _ = sender.send((item, record));
                }
            });
        });
        let _end = EndsWithPanic(work.stop);
        let collected = Collector::new(work).collect(receiver, &mut each);
        drop(over);
        collected
    })
}

/// The next item; none, either, when whoever was to say which it is panicked.
fn next(items: &Mutex<impl Iterator<Item = Item>>) -> Option<Item> {
    items.lock().ok()?.next()
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
    fn claimed(&self) -> impl Iterator<Item = Item> + Send {
        let mut current: Option<(BlockKey, bool)> = None;
        let items = self.plan.items.iter().take_while(|_| !self.stop.load(Ordering::Relaxed));
        items.filter_map(move |item| {
            let key = item.block(self.length);
            if current.is_none_or(|(block, _)| block != key) {
                current = Some((key, self.claims.take(&self.block(key))));
            }
            current.is_some_and(|(_, taken)| taken).then_some(*item)
        })
    }

    fn block(&self, (cell, arm, size, number): BlockKey) -> Block {
        let (cell, arm) = (self.experiment.cells[cell].hash, self.experiment.arms[arm].hash);
        let first = number * self.length;
        Block { cell, arm, size, first, last: first + self.length - 1 }
    }
}

/// How often the collector looks whether the run is to end, while no record comes.
const GLANCE: Duration = Duration::from_millis(100);

/// Gathers records into blocks and writes each as soon as it is complete. When the run is to end, what is there of
/// every block is written at once: who stops a run may soon kill it, and a long replication may be under way.
struct Collector<'a> {
    work: &'a Work<'a>,
    expected: BTreeMap<BlockKey, usize>,
    open: BTreeMap<BlockKey, Vec<Record>>,
    begun: BTreeSet<BlockKey>,
    measured: u64,
    /// Blocks that could not be written, and why the first could not.
    lost: Vec<Vec<Record>>,
    failure: Option<StoreError>,
}

impl<'a> Collector<'a> {
    fn new(work: &'a Work<'a>) -> Self {
        let mut expected: BTreeMap<_, usize> = BTreeMap::new();
        for item in &work.plan.items {
            *expected.entry(item.block(work.length)).or_default() += 1;
        }
        let (open, begun) = (BTreeMap::new(), BTreeSet::new());
        Self { work, expected, open, begun, measured: 0, lost: Vec::new(), failure: None }
    }

    /// Takes records until the workers have ended. The receiver is its own: should it panic, nobody waits for it.
    fn collect(
        mut self,
        receiver: Receiver<(Item, Record)>,
        each: &mut impl FnMut(&Item, &Record),
    ) -> Result<Done, StoreError> {
        loop {
            match receiver.recv_timeout(GLANCE) {
                Ok((item, record)) => {
                    each(&item, &record);
                    self.take(&item, record);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.work.stop.load(Ordering::Relaxed) {
                self.write_all();
            }
        }
        self.write_all();
        for records in std::mem::take(&mut self.lost) {
            // A second time, when nothing more is to come: the disk may have room again.
            let _ = self.work.store.write_part(&records);
        }
        let stopped = self.work.stop.load(Ordering::Relaxed);
        let others = self.expected.iter().filter(|(key, _)| !stopped && !self.begun.contains(*key));
        let elsewhere = others.map(|(_, items)| *items as u64).sum();
        self.failure.map_or(Ok(Done { measured: self.measured, elsewhere }), Err)
    }

    fn take(&mut self, item: &Item, record: Record) {
        self.measured += 1;
        let key = item.block(self.work.length);
        self.begun.insert(key);
        let records = self.open.entry(key).or_default();
        records.push(record);
        if records.len() == self.expected[&key] {
            self.write(key);
        }
    }

    fn write_all(&mut self) {
        while let Some(key) = self.open.keys().next().copied() {
            self.write(key);
        }
    }

    /// Writes what there is of a block. After the first failure the run is to end, but other blocks are still tried.
    fn write(&mut self, key: BlockKey) {
        let Some(records) = self.open.remove(&key) else { return };
        match self.work.store.write_part(&records) {
            Ok(_) if records.len() == self.expected[&key] => self.work.claims.release(&self.work.block(key)),
            // More of it may be under way; the claim goes with the process.
            Ok(_) => {}
            Err(error) => {
                self.lost.push(records);
                self.work.stop.store(true, Ordering::Relaxed);
                self.failure.get_or_insert(error);
            }
        }
    }
}
