//! Run folders with truncated, damaged, missing, contradicting files: refused by name, and mended as the message says.

use std::fs;
use std::path::{Path, PathBuf};

use moe_harness::store::Store;

use super::check;
use crate::program::{Desk, NEWTON};

/// The verbs that read everything.
const READERS: [&str; 4] = [
    "check newton.toml --out run",
    "report run",
    "digest run",
    "replay run --cell exact --size 300 --replication 0",
];
/// The verb that also writes.
const RUN: &str = "run newton.toml --out run";

fn desk() -> Desk {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe(RUN, 0);
    desk
}

/// A finished part of a table.
fn part(desk: &Desk, table: &str) -> PathBuf {
    let mut files: Vec<_> = desk.files(&format!("run/{table}")).into_keys().filter(|p| p.is_file()).collect();
    files.remove(2)
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Every verb refuses the folder with these words and changes nothing.
#[track_caller]
fn check_refused(desk: &Desk, words: &[&str]) {
    for verb in READERS.into_iter().chain([RUN]) {
        check(desk, verb, 2, words);
    }
}

/// Does something to a part, which then is refused by name; moving its rows away and running again mends it.
#[track_caller]
fn check_damage(table: &str, damage: impl Fn(&Path), words: &[&str]) {
    let desk = desk();
    let digest = desk.digest("run");
    let damaged = part(&desk, table);
    damage(&damaged);
    check_refused(&desk, &[&[name(&damaged), "move", "away"], words].concat());
    let rows = if table == "rows" { damaged.clone() } else { part(&desk, "rows") };
    for path in [&damaged, &rows] {
        if path.exists() {
            fs::rename(
                path,
                desk.path(&format!("moved-{}", path.parent().unwrap().file_name().unwrap().display())),
            )
            .unwrap();
        }
    }
    let said = desk.moe(RUN, 0);
    assert!(!said.err.contains(" 0 of 48"), "{}", said.err);
    assert_eq!(desk.digest("run"), digest, "after the mend");
}

#[test]
fn truncated_parts() {
    for table in ["rows", "starts", "cells"] {
        check_damage(table, truncate, &["truncated"]);
    }
}

fn truncate(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn parts_with_a_flipped_bit() {
    for table in ["rows", "starts", "cells"] {
        let flip = |path: &Path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0b100;
            fs::write(path, bytes).unwrap();
        };
        check_damage(table, flip, &["damaged"]);
    }
}

#[test]
fn missing_side_files() {
    for table in ["starts", "cells"] {
        check_damage(table, |path| fs::remove_file(path).unwrap(), &["is missing", "copy it here too"]);
    }
}

#[test]
fn contradicting_parts() {
    let desk = desk();
    let store = Store::open(&desk.path("run")).unwrap();
    let mut record = desk.records("run").remove(5);
    record.log_likelihood_truth += 1e-9;
    let path = store.write_part(&[record]).unwrap();
    for verb in READERS.into_iter().chain([RUN]) {
        // A run that has nothing to do meets the contradiction when it reports.
        check(&desk, verb, 2, &[name(&path), "contradicts", "move one of them away"]);
    }
}

#[test]
fn identities_and_manifests_that_cannot_be_read() {
    let desk = desk();
    let identity = desk.path("run/identity.json");
    let whole = fs::read(&identity).unwrap();
    fs::write(&identity, &whole[..whole.len() / 2]).unwrap();
    check_refused(&desk, &["run/identity.json", "cannot be read", "move this file away"]);
    fs::remove_file(&identity).unwrap();
    for verb in READERS {
        check(&desk, verb, 2, &["run folder"]);
    }
    desk.moe(RUN, 0).complains(&["0 of 48 replications to do"]);
    assert_eq!(fs::read(&identity).unwrap(), whole, "written anew");

    let manifest = desk.files("run/manifest").into_keys().find(|p| p.is_file()).unwrap();
    truncate(&manifest);
    for verb in ["check run", "report run", "plan run"] {
        check(&desk, verb, 2, &[name(&manifest), "cannot be read", "move it away"]);
    }
    fs::remove_file(&manifest).unwrap();
    check(&desk, "check run", 2, &["no manifest", "name the experiment file and --out"]);
    desk.moe("report newton.toml --out run", 0);
}
