//! `moe check`: the verdicts, as a table and as an exit code that continuous integration can use.

use std::path::{Path, PathBuf};

use clap::Args;

use super::guard::refuse_input;
use super::report::warn_of_foreign;
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::earlier;
use crate::report::junit::{self, Stamp};
use crate::report::{Report, text, together, verdicts};
use crate::store::{Starts, Store};

/// Judge the claims from the records of a run; nothing is run or refitted.
///
/// `check FILE` reads the folder that `run FILE` with the same flags writes. Exit codes: 0 every verdict
/// is as expected, 1 some verdict contradicts its expectation (and survives Holm's correction for the
/// number of claims), 2 bad input or an incomplete run, 3 none contradicts and some are undecided,
/// 74 the disk failed.
#[derive(Args, Debug)]
pub struct Check {
    #[command(flatten)]
    choice: Choice,
    /// Write the verdicts as JSON too; `-` prints them instead of the tables
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the verdicts as JUnit XML too: a contradicted claim is a failure, an undecided one an error
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Check) -> Result<u8, Failure> {
    refuse_outputs(args)?;
    let resolved = args.choice.resolve()?;
    let store = resolved.open()?;
    let scan = store.scan(Starts::Drop)?;
    warn_of_foreign(&scan);
    let experiment = &resolved.loaded.experiment;
    let mut report = Report::new(&Rows::new(experiment, &scan.records), scan.digest.clone());
    report.earlier = earlier::replications(&store, experiment)?;
    if report.missing > 0 {
        return Err(Failure::bad_input(format!(
            "the run is incomplete: {} planned rows are missing in {}; run the experiment to fill them: {}",
            report.missing,
            store.root().display(),
            resolved.command("run")
        )));
    }
    if report.claims.is_empty() {
        let mend = "add one as [[claim]]; FORMAT.md says how";
        return Err(Failure::bad_input(format!(
            "{} makes no claim, so there is nothing to check; {mend}",
            experiment.name
        )));
    }
    let code = report.check_code();
    let json = args.json.as_ref().map(|path| (path, verdicts::json(&report)));
    match &json {
        Some((path, json)) if is_output(path) => say!("{}", json.trim_end()),
        _ => print(&report, code),
    }
    if let Some((path, json)) = json.filter(|(path, _)| !is_output(path)) {
        write(path, &json)?;
    }
    if let Some(path) = &args.junit {
        let xml = junit::xml(&report, &stamp(&store)?).map_err(|e| Failure::io(path, "write", &e))?;
        write(path, &xml)?;
    }
    Ok(code)
}

/// The experiment file is not written over.
fn refuse_outputs(args: &Check) -> Result<(), Failure> {
    for (flag, path) in [("--json", &args.json), ("--junit", &args.junit)] {
        if let Some(path) = path.as_ref().filter(|path| flag == "--junit" || !is_output(path)) {
            refuse_input(flag, path, &args.choice.target, "the experiment file")?;
        }
    }
    Ok(())
}

/// Whether a path stands for standard output.
fn is_output(path: &Path) -> bool {
    path == Path::new("-")
}

/// Prints the verdicts in words.
fn print(report: &Report<'_>, code: u8) {
    say!("{}", text::claims(report).trim_end());
    for line in text::plain_reasons(report).lines() {
        say!("{line}");
    }
    say!("\n{}", together::sentences(report).trim_end());
    say!("\n{}", together::summary(code, &report.gate().standings));
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| Failure::io(path, "write", &e))
}

/// When and where rows were last written into the folder.
fn stamp(store: &Store) -> Result<Stamp, Failure> {
    let manifests = store.manifests()?;
    let last = manifests.into_iter().last().map(|(_, m)| Stamp { time: m.time, host: m.host });
    Ok(last.unwrap_or_default())
}
