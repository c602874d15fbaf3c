//! Other programs on the same data: SciPy's L-BFGS on NumPy, JAX, and flexmix in R, on one thread each, which is
//! where they are fastest: given two, NumPy and JAX take longer. Ours are on one thread, and once on all.
//!
//! `cargo bench -p moe-harness --bench peers`. Data are written by `moe replay --data` and read back from that file,
//! starts are the same, log-likelihoods are compared, and ratios are taken between neighbours in time. MOE_PYTHON and
//! MOE_RSCRIPT name the interpreters (python3 and Rscript when they are not set); what is missing is skipped with a word.

#[path = "../../../moe-estimators/benches/common/host.rs"]
mod host;
mod ours;
mod outside;

use std::path::Path;
use std::process::{Command, Stdio};

use ours::{Sample, ours};
use outside::{Answer, Call, Peer, SAME};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Random starts of the comparison of many ascents.
const STARTS: u32 = 12;

/// A rough guess of the measure: where the single ascents begin.
const GUESS: [f64; 9] = [0.2, 2.0, 0.3, 0.3, 0.2, 2.0, -0.3, 1.0, -2.0];

fn main() -> Outcome<()> {
    let scratch = tempfile::tempdir()?;
    println!("{}\n", host::describe());
    let small = Sample::read(&replay(scratch.path(), 10_000)?)?;
    let large = Sample::read(&replay(scratch.path(), 100_000)?)?;
    println!(
        "| fit | n | our threads | peer | its evaluations | its time, s | our time, s | ratio: median, and range over rounds | reach | its log-likelihood less ours | its largest score component, ours |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let one = [GUESS.to_vec()];
    let all = std::thread::available_parallelism()?.get();
    let drafted = |threads| Ours { what: "one fit, ours on a draft first", drafted: true, threads };
    for peer in Peer::EVALUATING {
        compare(peer, &large, &one, drafted(1), peer.reach())?;
    }
    compare(Peer::Scipy, &large, &one, drafted(all), Peer::Scipy.reach())?;
    let rows = Ours { what: "one ascent, ours on all rows", drafted: false, threads: 1 };
    compare(Peer::Scipy, &large, &one, rows, "")?;
    compare(Peer::Scipy, &small, &one, rows, "")?;
    let many = small.random_starts(STARTS);
    compare(Peer::Scipy, &small, &many, Ours { what: "random starts, ours on all rows", ..rows }, "")?;
    compare(Peer::Flexmix, &small, &one, rows, "≥ 3000 ×")?;
    println!();
    for sample in [&small, &large] {
        whole_search(sample)?;
    }
    Ok(())
}

/// The data of a replication of the first panel of Figure 1 with continuous covariates, as a CSV file.
fn replay(folder: &Path, size: u64) -> Outcome<std::path::PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = folder.join(format!("{size}.csv"));
    let status = Command::new(env!("CARGO_BIN_EXE_moe"))
        .arg("replay")
        .arg(root.join("experiments/fig1-continuous.toml"))
        .args(["--profile", "paper", "--cell", "exact", "--replication", "0", "--size", &size.to_string()])
        .arg("--data")
        .arg(&path)
        .arg("--out")
        .arg(folder.join("none"))
        .stdout(Stdio::null())
        .status()?;
    if status.success() { Ok(path) } else { Err(format!("moe replay ended with {status}").into()) }
}

/// Our side of a row.
#[derive(Clone, Copy)]
struct Ours {
    what: &'static str,
    drafted: bool,
    threads: usize,
}

/// A row of the table: the peer and ours in turn.
fn compare(peer: Peer, sample: &Sample, starts: &[Vec<f64>], own: Ours, reach: &str) -> Outcome<()> {
    let Ours { what, drafted, threads } = own;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let ours = |sample, starts| pool.install(|| ours(sample, starts, drafted).map_err(|e| e.to_string()));
    let name = peer.name();
    if let Some(missing) = peer.missing() {
        println!(
            "| {what} | {} | {threads} | {name} | skipped: {missing} | | | | {reach} | | |",
            sample.size()
        );
        return Ok(());
    }
    let optimum = ours(sample, starts)?.log_likelihood;
    let call = Call { data: &sample.path, starts, optimum };
    let mut pairs: Vec<(Answer, Answer)> = Vec::new();
    for round in 0..peer.rounds() {
        // Each is the first of the two in turn.
        pairs.push(if round % 2 == 0 {
            let own = ours(sample, starts)?;
            (peer.run(&call)?, own)
        } else {
            (peer.run(&call)?, ours(sample, starts)?)
        });
    }
    let mut ratios: Vec<f64> = pairs.iter().map(|(theirs, ours)| theirs.seconds / ours.seconds).collect();
    ratios.sort_by(f64::total_cmp);
    let quickest = |a: Answer, b: Answer| if b.seconds < a.seconds { b } else { a };
    let (theirs, own): (Vec<Answer>, Vec<Answer>) = pairs.into_iter().unzip();
    let (Some(theirs), Some(own)) = (theirs.into_iter().reduce(quickest), own.into_iter().reduce(quickest))
    else {
        return Ok(());
    };
    let score = theirs.score.map_or("–".into(), |score| format!("{score:.1e}"));
    let missed = if optimum - theirs.log_likelihood > SAME { " and does not get there" } else { "" };
    println!(
        "| {what} | {} | {threads} | {name} | {} | {:.4} | {:.5} | {:.1} × ({:.1} to {:.1}){missed} | {reach} | {:+.1e} | {score}, {:.1e} |",
        sample.size(),
        theirs.evaluations,
        theirs.seconds,
        own.seconds,
        ratios[ratios.len() / 2],
        ratios[0],
        ratios[ratios.len() - 1],
        theirs.log_likelihood - own.log_likelihood,
        own.score.unwrap_or(f64::NAN)
    );
    Ok(())
}

/// What `moe fit` does beyond one ascent: a truth-blind search, repeated until independent ones agree.
fn whole_search(sample: &Sample) -> Outcome<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_moe"))
        .arg("fit")
        .arg(&sample.path)
        .args(["--label", "y", "--features", "x1,x2", "--experts", "2", "--json", "--threads", "1"])
        .output()?;
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let certificate = &document["certificate"];
    println!(
        "`moe fit`, n = {}: {:.3} s for {} searches from {} starts, {} passes, log-likelihood {}: no peer searches",
        sample.size(),
        document["fit_seconds"].as_f64().unwrap_or(f64::NAN),
        certificate["searches"],
        certificate["starts"],
        certificate["passes"],
        document["log_likelihood"]
    );
    Ok(())
}
