//! Damaged, missing, doubled, misplaced files: refused by name with a mend, or seen to be harmless. No panic.

use super::*;
use crate::store::layout::{Block, PartName};
use crate::store::part::{self, checksum};
use crate::store::{Starts, digest};

/// Every 97th truncation and one flipped bit at every 61st byte.
fn damages(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cuts = (0..bytes.len()).step_by(97).map(|length| bytes[..length].to_vec());
    let flips = (0..bytes.len()).step_by(61).enumerate().map(|(turn, place)| {
        let mut damaged = bytes.to_vec();
        damaged[place] ^= 1 << (turn % 8);
        damaged
    });
    cuts.chain(flips)
}

#[test]
fn a_damaged_file_is_refused_by_name() {
    let (_dir, store) = folder();
    store.write_part(&records(0..3)).unwrap();
    for table in ["rows", "starts", "cells"] {
        let path = only_file(&store, table);
        let whole = fs::read(&path).unwrap();
        for damaged in damages(&whole) {
            fs::write(&path, damaged).unwrap();
            for starts in [Starts::Keep, Starts::Skip] {
                let message = refusal(store.scan(starts), &path);
                assert!(message.contains("damaged") && message.contains("away"), "{message}");
            }
            if table == "rows" {
                refusal(store.present(), &path);
            }
        }
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(store.scan(Starts::Keep).unwrap().digest, digest(&records(0..3)));
}

/// The parser itself meets the damage: the checksum in the name is made to fit.
#[test]
fn damage_behind_a_right_checksum_is_refused_or_changes_no_number() {
    let (_dir, store) = folder();
    let path = store.write_part(&records(0..3)).unwrap();
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let RowKey { cell, arm, size, .. } = record(0).key;
    let block = Block { cell, arm, size, first: 0, last: 2 };
    for damaged in damages(&whole) {
        let forged = path.with_file_name(PartName::new(&block, &checksum(&damaged)).as_str());
        fs::write(&forged, damaged).unwrap();
        for starts in [Starts::Keep, Starts::Skip] {
            match store.scan(starts) {
                Ok(scan) => {
                    let unchanged: Vec<Record> = records(0..3)
                        .into_iter()
                        .map(|r| if starts == Starts::Keep { r } else { Record { starts: vec![], ..r } })
                        .collect();
                    assert_eq!(digest(&scan.records), digest(&unchanged));
                    assert_eq!(scan.digest, digest(&records(0..3)));
                }
                refused => {
                    refusal(refused, &forged);
                }
            }
        }
        fs::remove_file(&forged).unwrap();
    }
}

#[test]
fn every_damaged_file_is_told_at_once() {
    let (_dir, store) = folder();
    let paths = [store.write_part(&records(0..2)).unwrap(), store.write_part(&records(2..4)).unwrap()];
    for path in &paths {
        fs::write(path, b"").unwrap();
    }
    let message = refusal(store.present(), &paths[0]);
    assert!(message.contains(paths[1].to_str().unwrap()), "{message}");
}

#[test]
fn a_missing_side_file_is_named() {
    for table in ["starts", "cells"] {
        let (_dir, store) = folder();
        store.write_part(&records(0..3)).unwrap();
        let path = only_file(&store, table);
        fs::remove_file(&path).unwrap();
        let message = refusal(store.scan(Starts::Skip), &path);
        assert!(message.contains("missing"), "{message}");
        assert_eq!(refusal(store.present(), &path), message);
    }
}

#[test]
fn side_files_without_rows_are_harmless_and_used_again() {
    let (_dir, store) = folder();
    let rows = store.write_part(&records(0..3)).unwrap();
    fs::remove_file(&rows).unwrap();
    let scan = store.scan(Starts::Keep).unwrap();
    assert_eq!((scan.records.len(), scan.orphans.len()), (0, 2));
    assert!(store.present().unwrap().is_empty());
    assert_eq!(store.write_part(&records(0..3)).unwrap(), rows);
    assert!(store.scan(Starts::Keep).unwrap().orphans.is_empty());
}

#[test]
fn contradicting_rows_are_refused_with_both_names() {
    let (_dir, store) = folder();
    let first = store.write_part(&records(0..4)).unwrap();
    let mut other = records(3..5);
    other[0].log_likelihood_truth = -1_001.000_000_000_000_1;
    let second = store.write_part(&other).unwrap();
    let message = refusal(store.scan(Starts::Keep), &first);
    assert!(message.contains(second.to_str().unwrap()), "{message}");
    assert!(message.contains("n = 1000000000000, replication 3"), "{message}");
}

/// Whichever parts are read first, and however often rows are sorted on the way.
#[test]
fn every_part_that_contradicts_an_earlier_one_is_named() {
    let (_dir, store) = folder();
    let changed = |replications: std::ops::Range<u64>, by: f64| {
        let mut rows = records(replications);
        rows.iter_mut().for_each(|row| row.log_likelihood_truth += by);
        store.write_part(&rows).unwrap()
    };
    let [first, second, third] = [changed(0..3, 0.0), changed(1..4, 1.0), changed(2..5, 2.0)];
    let message = refusal(store.scan(Starts::Keep), &second);
    let told = |part: &Path, other: &Path| {
        let lines = message.lines().filter(|line| line.contains(&format!("contradicts {}", other.display())));
        lines.filter(|line| line.contains(&format!("{}", part.display()))).count()
    };
    assert_eq!((told(&second, &first), told(&third, &first)), (1, 1), "{message}");
    assert_eq!(message.matches("contradicts").count(), 2, "{message}");
}

/// Rows that differ in a start alone clash as well, however much of the parts is read, and whatever they vouch for.
#[test]
fn rows_with_other_starts_contradict_each_other() {
    for first in [Some as fn(_) -> _, |_| None] {
        let (_dir, store) = folder();
        for (table, name, bytes) in part::sealed(&store.identity, &records(0..4), first).unwrap() {
            fs::write(store.layout.part(table, &name), bytes).unwrap();
        }
        let mut other = records(3..5);
        other[0].starts[0].iterations += 1;
        store.write_part(&other).unwrap();
        for starts in [Starts::Keep, Starts::Drop, Starts::Skip] {
            assert!(refusal(store.scan(starts), store.root()).contains("other bits"));
        }
    }
}

#[test]
fn renamed_and_foreign_files_are_seen_and_unfinished_ones_passed_over() {
    let (_dir, store) = folder();
    let path = store.write_part(&records(0..3)).unwrap();
    let rows = store.root().join("rows");
    fs::write(rows.join("notes.txt"), b"mine").unwrap();
    fs::create_dir(rows.join("old")).unwrap();
    fs::write(rows.join(".tmp-12-0-part-x"), b"half").unwrap();
    let scan = store.scan(Starts::Keep).unwrap();
    assert_eq!(scan.foreign, [rows.join("notes.txt"), rows.join("old")]);
    assert_eq!(scan.records.len(), 3);

    let renamed = path.with_file_name(path.file_name().unwrap().to_str().unwrap().replace("r0-2", "r0-3"));
    fs::rename(&path, &renamed).unwrap();
    let message = refusal(store.scan(Starts::Keep), &renamed);
    assert!(message.contains("name"), "{message}");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_failure_of_the_disk() {
    let (_dir, store) = folder();
    let rows = store.root().join("rows");
    fs::remove_dir(&rows).unwrap();
    fs::write(&rows, b"not a folder").unwrap();
    let error = store.write_part(&records(0..1)).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }) && error.exit_code() == 74);
    assert!(error.to_string().contains(rows.to_str().unwrap()), "{error}");
    let message = refusal(Store::create(&rows.join("run"), Identity::current("fig1", 7)), &rows);
    assert!(message.contains("is a file, and a folder is needed there"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_a_failure_of_the_disk() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, store) = folder();
    let rows = store.root().join("rows");
    fs::set_permissions(&rows, fs::Permissions::from_mode(0o555)).unwrap();
    let all_powerful = fs::write(rows.join(".tmp-probe"), b"").is_ok();
    let written = store.write_part(&records(0..1));
    fs::set_permissions(&rows, fs::Permissions::from_mode(0o755)).unwrap();
    if all_powerful {
        assert!(written.is_ok(), "no permission binds the administrator");
    } else {
        let error = written.unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
        assert!(error.to_string().contains(rows.to_str().unwrap()), "{error}");
        assert!(store.present().unwrap().is_empty() && files(&rows).is_empty());
    }
}
