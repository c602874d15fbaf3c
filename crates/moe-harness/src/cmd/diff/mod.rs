//! `moe diff`: what differs between two experiments, or between two runs.

mod keys;
mod slopes;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::target::Resolved;
use super::{Choice, Failure};
use crate::record::RowKey;
use crate::report::text::table;
use crate::store::{Scan, Starts, digest};
use keys::Change;

/// Show what differs between two experiments or two runs: keys, rows, and slopes side by side.
///
/// Each side is an experiment file or a run folder. Of two folders the records are compared too: rows with the same
/// cell, arm, size and replication are held against each other bit for bit, and the slopes of all curves and claims
/// stand side by side. Exit codes: 0 nothing differs, 1 something does, 2 bad input, 74 the disk failed.
#[derive(Args, Debug)]
pub struct Diff {
    /// An experiment file (TOML), or the folder of a run
    #[arg(value_name = "A")]
    first: PathBuf,
    /// Another one
    #[arg(value_name = "B")]
    second: PathBuf,
    /// Use this profile of files
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
}

/// One side, with its records when it is a folder.
struct Side {
    resolved: Resolved,
    scan: Option<Scan>,
}

/// How the rows of two folders stand to each other.
#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    only_first: usize,
    only_second: usize,
    same: usize,
    different: usize,
}

impl Rows {
    fn differ(&self) -> bool {
        self.only_first + self.only_second + self.different > 0
    }
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Diff) -> Result<u8, Failure> {
    let [a, b] = [side(args, &args.first)?, side(args, &args.second)?];
    let changes = keys::changes(&a.resolved.loaded.normalised, &b.resolved.loaded.normalised);
    let scans = a.scan.as_ref().zip(b.scan.as_ref());
    let rows = scans.map(|(x, y)| compare(&a, x, &b, y));
    let slopes = scans
        .map(|(x, y)| slopes::beside((&a.resolved.loaded.experiment, x), (&b.resolved.loaded.experiment, y)));
    let code = u8::from(!changes.is_empty() || rows.is_some_and(|r| r.differ()));
    if args.json {
        let value = json!({
            "first": args.first.display().to_string(),
            "second": args.second.display().to_string(),
            "keys": changes.iter().map(Change::document).collect::<Vec<_>>(),
            "rows": rows.map(document),
            "slopes": slopes.as_ref().map(|all| all.iter().map(slopes::Beside::document).collect::<Vec<_>>()),
            "exit_code": code,
        });
        say!("{value:#}");
        return Ok(code);
    }
    say!("A  {}\nB  {}\n", args.first.display(), args.second.display());
    say!("{}", keys::words(&changes));
    if let Some(rows) = rows {
        say!("{}", words(rows));
    }
    if let Some(slopes) = slopes.filter(|s| !s.is_empty()) {
        say!("{}", slopes::words(&slopes));
    }
    Ok(code)
}

fn side(args: &Diff, target: &std::path::Path) -> Result<Side, Failure> {
    let profile = args.profile.clone().filter(|_| !target.is_dir());
    let resolved = Choice { profile, ..Choice::of(target) }.resolve()?;
    let scan = if target.is_dir() { Some(resolved.open()?.scan(Starts::Keep)?) } else { None };
    Ok(Side { resolved, scan })
}

/// Rows are the same when they have the same key, master seed and bits.
fn compare(a: &Side, first: &Scan, b: &Side, second: &Scan) -> Rows {
    let seeds = [a, b].map(|side| side.resolved.loaded.experiment.seed);
    let digests = |scan: &Scan| -> BTreeMap<RowKey, String> {
        scan.records.iter().map(|r| (r.key, digest(std::slice::from_ref(r)))).collect()
    };
    let [first, second] = [digests(first), digests(second)];
    if seeds[0] != seeds[1] {
        return Rows { only_first: first.len(), only_second: second.len(), ..Rows::default() };
    }
    let mut rows = Rows::default();
    for (key, digest) in &first {
        match second.get(key) {
            None => rows.only_first += 1,
            Some(other) if other == digest => rows.same += 1,
            Some(_) => rows.different += 1,
        }
    }
    rows.only_second = second.keys().filter(|key| !first.contains_key(key)).count();
    rows
}

fn words(rows: Rows) -> String {
    let Rows { only_first, only_second, same, different } = rows;
    let line = |what: &str, count: usize| vec![what.to_owned(), count.to_string()];
    table(
        &["rows", "count"],
        &[
            line("in both, the same bits", same),
            line("in both, other bits", different),
            line("in A alone", only_first),
            line("in B alone", only_second),
        ],
    )
}

fn document(rows: Rows) -> Value {
    let Rows { only_first, only_second, same, different } = rows;
    json!({ "same": same, "different": different, "only_first": only_first, "only_second": only_second })
}
