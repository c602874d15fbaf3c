//! Whole runs of `moe`: wall time on one thread and on two, what is spent outside fits, peak memory.
//!
//! `cargo bench -p moe-harness --bench runs`; arguments after `--`: an experiment file, and one of its profiles
//! (`experiments/fig1.toml smoke` when there are none). Runs are made in turn in folders of their own.

#[path = "../../moe-estimators/benches/common/host.rs"]
mod host;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use moe_harness::store::{Starts, Store};

/// Rounds; the shortest time of each kind of run counts.
const ROUNDS: usize = 3;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is run.
struct Target {
    file: PathBuf,
    profile: String,
    scratch: tempfile::TempDir,
}

/// One process of `moe`.
struct Process {
    seconds: f64,
    /// Largest resident memory in bytes, where the system tells.
    peak: Option<u64>,
}

/// Threads, and the best of their runs so far.
struct Timing {
    threads: u32,
    run: f64,
    /// A run that finds every row there: loading, reading, report and figure.
    again: f64,
    peak: Option<u64>,
    spent: Spent,
}

/// Seconds that the records say were spent.
#[derive(Clone, Copy, Default)]
struct Spent {
    rows: usize,
    sample: f64,
    fit: f64,
    score: f64,
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = arguments.next().map_or_else(|| root.join("experiments/fig1.toml"), PathBuf::from);
    let profile = arguments.next().unwrap_or_else(|| "smoke".into());
    let target = Target { file, profile, scratch: tempfile::tempdir()? };
    println!("{}\n", host::describe());
    times(&target)?;
    memory(&target)
}

impl Target {
    /// `moe run` with more arguments, into a folder under the scratch folder.
    fn run(&self, folder: &str, arguments: &[String]) -> Outcome<Process> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moe"));
        command.arg("run").arg(&self.file).args(["--profile", &self.profile]);
        command.arg("--out").arg(self.folder(folder)).args(arguments);
        let clock = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let (status, mut peak) = (format!("/proc/{}/status", child.id()), None);
        let ended = loop {
            // The mark only rises, so the last look before the end is right but for the last milliseconds.
            peak = host::field(&status, "VmHWM").and_then(|text| kilobytes(&text)).or(peak);
            match child.try_wait()? {
                Some(ended) => break ended,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let seconds = clock.elapsed().as_secs_f64();
        if !ended.success() {
            return Err(format!("moe run ended with {ended}").into());
        }
        Ok(Process { seconds, peak })
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }
}

fn kilobytes(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse::<u64>().ok().map(|k| 1024 * k)
}

fn spent(folder: &Path) -> Outcome<Spent> {
    let mut spent = Spent::default();
    for record in Store::open(folder)?.scan(Starts::Drop)?.records {
        spent.rows += 1;
        spent.sample += record.seconds.sample;
        spent.fit += record.seconds.fit;
        spent.score += record.seconds.score;
    }
    Ok(spent)
}

/// One thread against two, in turn.
fn times(target: &Target) -> Outcome<()> {
    let fresh = |threads| Timing {
        threads,
        run: f64::INFINITY,
        again: f64::INFINITY,
        peak: None,
        spent: Spent::default(),
    };
    let mut timings = [1, 2].map(fresh);
    for round in 0..ROUNDS {
        for timing in &mut timings {
            let name = format!("{}-{round}", timing.threads);
            let arguments = ["--threads".to_owned(), timing.threads.to_string()];
            let (run, again) = (target.run(&name, &arguments)?, target.run(&name, &arguments)?);
            // Start, report and figure are the same work in every round: the shortest is what they take.
            timing.again = timing.again.min(again.seconds);
            if run.seconds < timing.run {
                timing.run = run.seconds;
                timing.peak = run.peak;
                timing.spent = spent(&target.folder(&name))?;
            }
        }
    }
    println!("{} with profile {}\n", target.file.display(), target.profile);
    println!(
        "| threads | rows | wall, s | of it start, report, figure, s | fits, s | sampling, % of fits | scoring, % of fits | the rest of the wall time of all threads, % of fits | peak memory, MB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    timings.iter().for_each(Timing::print);
    let [one, two] = timings.map(|t| (t.run, t.run - t.again));
    println!("\n1 thread against 2: {:.3} ×; measuring alone: {:.3} ×\n", one.0 / two.0, one.1 / two.1);
    Ok(())
}

impl Timing {
    fn print(&self) {
        let Spent { rows, sample, fit, score } = self.spent;
        let percent = |seconds: f64| 100.0 * seconds / fit;
        let rest = f64::from(self.threads) * (self.run - self.again) - sample - fit - score;
        println!(
            "| {} | {rows} | {:.3} | {:.3} | {fit:.3} | {:.2} | {:.2} | {:.2} | {} |",
            self.threads,
            self.run,
            self.again,
            percent(sample),
            percent(score),
            percent(rest),
            megabytes(self.peak)
        );
    }
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or("–".into(), |bytes| format!("{:.0}", bytes as f64 / 1e6))
}

/// Peak memory as replications grow: it should not.
fn memory(target: &Target) -> Outcome<()> {
    println!("| replications | wall, s | peak memory, MB |");
    println!("|---|---|---|");
    for replications in [20, 80] {
        let arguments = ["--replications".to_owned(), replications.to_string()];
        let process = target.run(&format!("memory-{replications}"), &arguments)?;
        println!("| {replications} | {:.2} | {} |", process.seconds, megabytes(process.peak));
    }
    Ok(())
}
