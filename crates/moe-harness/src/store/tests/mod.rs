//! The store as a whole: what is written comes back, what is damaged is refused.

mod faults;
mod identity;
mod round_trip;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Identity, Store, StoreError};
use crate::quantities::Quantities;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record, RowKey, Seconds, StartRow, Status};

/// An empty run folder.
fn folder() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::create(&dir.path().join("run"), Identity::current("fig1", 7)).unwrap();
    (dir, store)
}

/// Replications `range` of one cell, arm and size: every third has failed, the others show every kind of number.
fn records(range: std::ops::Range<u64>) -> Vec<Record> {
    range.map(record).collect()
}

fn record(replication: u64) -> Record {
    let failed = replication % 3 == 2;
    let start = |index: u64| StartRow {
        index,
        kind: if index == 0 { "random" } else { "insertion" }.into(),
        log_likelihood: -1000.0 - index as f64 / 3.0,
        iterations: 17,
        passes: 21,
        stop: "score".into(),
        origin: Vec::new(),
        parameters: if index == 1 { vec![] } else { vec![0.1, -0.0, replication as f64] },
    };
    Record {
        key: RowKey { cell: [0xc0; 32], arm: [0xa0; 32], size: 1_000_000_000_000, replication },
        cell_name: "regime-1".into(),
        arm_name: "söker".into(),
        truth: [0x70; 32],
        status: if failed { Status::Failed } else { Status::Certified },
        reason: if failed { "panicked: 'line 1\nline 2'" } else { "" }.into(),
        fit: (!failed).then(|| fitted(replication)),
        log_likelihood_truth: -1001.0,
        log_likelihood_exact: (replication % 4 != 1).then_some(-1000.5 - 1.0 / 3.0),
        starts: (0..if failed { 1 } else { 3 }).map(start).collect(),
        seconds: Seconds { sample: 0.5, fit: 1.25, score: f64::MIN_POSITIVE },
    }
}

fn fitted(replication: u64) -> FittedRow {
    let number = |kind: Kind| match (kind as u64 + replication) % 5 {
        0 => None,
        1 => Some(f64::INFINITY),
        2 => Some(-0.0),
        _ => Some(1.0 / (kind as u64 as f64 + 3.0 + replication as f64)),
    };
    let cell = Quantities::new(|kind| if kind.per_atom() { number(kind) } else { None });
    FittedRow {
        log_likelihood: -999.123_456_789_012_3,
        parameters: vec![1.0 / 3.0, 5e-324, f64::MAX],
        score: 1e-12,
        gain: f64::NAN,
        curvature: f64::NEG_INFINITY,
        at_box: "010".into(),
        hits: u32::MAX,
        gap: replication.is_multiple_of(2).then_some(0.25),
        stop: "score".into(),
        passes: 12_345_678_901,
        alignment: if replication == 0 { vec![] } else { vec![0.5, -0.5] },
        assignment: vec![0, 1, 0],
        alignment_exact: replication % 2 == 1,
        quantities: Quantities::new(number),
        density_errors: [0.0, 1e-16, 1e-9],
        evaluation_rule: "exact sum over 441 points".into(),
        cells: vec![cell.clone(), Quantities::default(), cell],
    }
}

/// The only finished file in a folder of a run.
fn only_file(store: &Store, table: &str) -> PathBuf {
    let mut files = files(&store.root().join(table));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The message of a refusal, which must name `path` and say what to do.
#[track_caller]
fn refusal<T>(result: Result<T, StoreError>, path: &Path) -> String {
    let Err(error @ StoreError::Refused(_)) = result else { panic!("{} was not refused", path.display()) };
    let message = error.to_string();
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    assert_eq!(error.exit_code(), 2);
    message
}
