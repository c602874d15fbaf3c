//! `moe run`: measures what is missing, then prints the table and says where the figure is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use moe_estimators::instructions::Instructions;

use super::stop::{self, Stop};
use super::target::Resolved;
use super::{Choice, Failure, report, threads};
use crate::counted::counted;
use crate::experiment::Experiment;
use crate::load::Loaded;
use crate::log;
use crate::plan::{BLOCK, Plan, Shard};
use crate::progress::{self, Followed};
use crate::report::text;
use crate::room::{Limits, Need};
use crate::run::{self, Done, Work};
use crate::store::{Claims, Manifest, Starts, Store};

/// How long a run waits at first before it looks again whether the blocks of other processes are there.
const PAUSE: Duration = Duration::from_millis(250);
/// How long it waits at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Run an experiment: measure every replication that its run folder does not have yet.
///
/// Rows are the same bits whatever the number of threads, and however often the run was stopped and
/// resumed. Ctrl-C ends the run when the replications that are begun are done, a second one ends it at once; both
/// keep what is done, and running again goes on from there. Exit codes: 0 every planned
/// replication has its row (verdicts are for `moe check`), 2 bad input or a refused folder, 74 the disk
/// failed, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP, 75 by SIGUSR1 (the time limit of a cluster).
#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    choice: Choice,
    /// Worker threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
    /// Do only this share of the work, for example 3/8: shares are whole blocks, balanced by predicted cost, and need to
    /// know nothing of each other. The report is left to whoever finds every row there
    #[arg(long, value_name = "I/M")]
    shard: Option<Shard>,
    /// Replications that are written to the disk together: what a kill can cost
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = BLOCK, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    block: u64,
    /// Use these vector instructions [default: the best of this machine]: the records are the same bits with all
    #[arg(long, value_name = "SET", value_parser = ["baseline", "avx2", "avx512", "neon"])]
    instructions: Option<String>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Run) -> Result<u8, Failure> {
    let stop = Stop::listen()?;
    if let Some(set) = &args.instructions {
        let chosen = set.parse::<Instructions>().and_then(Instructions::choose);
        chosen.map_err(|e| Failure::bad_input(format!("--instructions {set}: {e}")))?;
    }
    let resolved = args.choice.resolve()?;
    let threads = threads::count(args.threads);
    let experiment = &resolved.loaded.experiment;
    let whole = Plan::new(experiment);
    let own = match args.shard {
        Some(shard) => whole.shard(shard, args.block),
        None => whole,
    };
    let present = resolved.find()?.map_or_else(|| Ok(Default::default()), |store| store.present())?;
    let todo = own.clone().without(experiment, &present);
    if !todo.items.is_empty() {
        refuse_unfitting(&resolved, &todo, threads, args)?;
    }
    let store = Store::create(&resolved.folder, resolved.identity())?;
    // Rows may be there though the folder had lost its identity.
    let todo = own.clone().without(experiment, &store.present()?);
    tell!(
        "{}: {} of {} replications to do{}, in {}",
        experiment.name,
        todo.items.len(),
        own.items.len(),
        args.shard.map_or(String::new(), |shard| format!(" by shard {shard}")),
        store.root().display()
    );
    sign(&resolved, &store, &todo)?;
    let pool = threads::pool(threads)?;
    if !todo.items.is_empty() {
        let work = || measure(experiment, &store, &own, &pool, args.block, &stop.flag);
        let (done, stopped) = stop.while_measuring(work);
        done?;
        if let Some(code) = stopped {
            let left = Plan::new(experiment).without(experiment, &store.present()?);
            stop::tell_in_time(if left.items.is_empty() { stop::STOPPED_AT_THE_END } else { stop::STOPPED });
            return Ok(code);
        }
    }
    if args.shard.is_some() && !Plan::new(experiment).without(experiment, &store.present()?).items.is_empty()
    {
        tell!("this shard is done; `moe report` when the others are");
        return Ok(0);
    }
    if args.shard.is_some() && args.lacks_memory_for_report(&resolved) {
        return Ok(0);
    }
    pool.install(|| report::publish(&resolved, &store))?;
    Ok(0)
}

impl Run {
    /// Whether this machine has no memory for the report of all; then that is said.
    fn lacks_memory_for_report(&self, resolved: &Resolved) -> bool {
        let experiment = &resolved.loaded.experiment;
        let rows = Need::new(experiment, &Plan::new(experiment), 1, self.block).rows;
        let fits = Need { rows, ..Need::default() }.fits(&Limits::here(&resolved.folder));
        match fits {
            Err(problem) => {
                tell!(
                    "every row is there; the report is left to `moe report` on a larger machine: {problem}"
                );
                true
            }
            Ok(()) => false,
        }
    }
}

/// Leaves a manifest when there is something to write, or when the experiment is not the one that the newest
/// manifest tells: `check DIR` and `report DIR` go by it.
fn sign(resolved: &Resolved, store: &Store, todo: &Plan) -> Result<(), Failure> {
    let Loaded { experiment, normalised, .. } = &resolved.loaded;
    let manifests = store.manifests()?;
    let told =
        manifests.last().is_some_and(|(_, m)| m.experiment == *normalised && m.profile == experiment.profile);
    if told && todo.items.is_empty() {
        return Ok(());
    }
    if let Some((_, before)) = manifests.last().filter(|(_, m)| m.profile != experiment.profile) {
        let said = |profile: &Option<String>| {
            profile.as_ref().map_or("no profile".to_owned(), |name| format!("profile {name}"))
        };
        tell!(
            "the last run in this folder had {}; `report` and `check` of the folder go by the newest, which now has {}",
            said(&before.profile),
            said(&experiment.profile)
        );
    }
    let simd = moe_estimators::likelihood::instruction_set();
    let profile = experiment.profile.as_deref();
    store.write_manifest(&Manifest::of_this_process(store.identity(), profile, simd, normalised))?;
    Ok(())
}

/// Measures until every row of the plan is there, whoever wrote it, or `stop` is raised.
fn measure(
    experiment: &Experiment,
    store: &Store,
    own: &Plan,
    pool: &rayon::ThreadPool,
    length: u64,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let threads = pool.current_num_threads();
    let claims = Claims::new(store);
    if !own.clone().without(experiment, &store.present()?).items.is_empty() {
        log::write_to(store.new_log()?);
        tracing::info!(experiment = experiment.name, planned = own.items.len(), threads, "run begun");
    }
    let clock = Instant::now();
    let (mut measured, mut pause) = (0, PAUSE);
    while !stop.load(Ordering::Relaxed) {
        claims.look()?;
        let todo = own.clone().without(experiment, &store.present()?);
        if todo.items.is_empty() {
            break;
        }
        let work = Work { experiment, plan: &todo, length, store, claims: &claims, stop };
        let done = sweep(&work, pool)?;
        measured += done.measured;
        if done.elsewhere == 0 {
            break;
        }
        if done.measured == 0 {
            if pause == PAUSE {
                tell!("waiting: other processes are at work on the last {} replications", done.elsewhere);
            }
            wait(pause, stop);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
    if measured > 0 {
        let spent = text::duration(clock.elapsed().as_secs_f64());
        let (replications, threads) = (counted(measured, "replication"), counted(threads, "thread"));
        // A run that is stopped ends whether this is read or not.
        stop::tell_in_time(format!("{replications} measured in {spent} on {threads}"));
    }
    Ok(())
}

/// Measures what of a plan no other process is at work on.
fn sweep(work: &Work<'_>, pool: &rayon::ThreadPool) -> Result<Done, Failure> {
    let there = if progress::is_followed() { work.store.scan(Starts::Skip)?.records } else { Vec::new() };
    let mut followed = Followed::new(work.experiment, work.plan, there);
    let done = run::run(work, pool, |item, record| followed.record(item, record));
    followed.finish();
    Ok(done?)
}

/// Sleeps, but hears the signal to stop.
fn wait(pause: Duration, stop: &AtomicBool) {
    let clock = Instant::now();
    while clock.elapsed() < pause && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Refuses a plan that does not fit the memory or the disk of this machine; a shard leaves the report to others.
fn refuse_unfitting(resolved: &Resolved, todo: &Plan, threads: usize, args: &Run) -> Result<(), Failure> {
    let mut need = Need::new(&resolved.loaded.experiment, todo, threads, args.block);
    if args.shard.is_some() {
        need.rows = 0;
    }
    need.fits(&Limits::here(&resolved.folder)).map_err(Failure::bad_input)
}
