//! Files that were truncated, flipped, copied, removed: refused with the mend, and the mend works.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{copy_of_whole, desk, outcome, parts, resumes};

/// Damages a file of a complete run; returns the file.
type Damage = fn(&Path) -> PathBuf;

/// What is done to a file; whether the program refuses it.
const DAMAGES: [(&str, Damage, bool); 7] = [
    ("truncated rows", |root| truncate(root, "rows"), true),
    ("truncated starts", |root| truncate(root, "starts"), true),
    ("one bit of the rows flipped", |root| flip(root, "rows"), true),
    ("one bit of the cells flipped", |root| flip(root, "cells"), true),
    ("a side file removed", |root| remove(root, "starts"), true),
    ("the rows of a part removed", |root| remove(root, "rows"), false),
    ("a part copied under the name of another", duplicate, true),
];

fn first(root: &Path, table: &str) -> PathBuf {
    let mut paths: Vec<_> = fs::read_dir(root.join(table)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.swap_remove(0)
}

fn truncate(root: &Path, table: &str) -> PathBuf {
    let path = first(root, table);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    path
}

fn flip(root: &Path, table: &str) -> PathBuf {
    let path = first(root, table);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 16;
    fs::write(&path, bytes).unwrap();
    path
}

fn remove(root: &Path, table: &str) -> PathBuf {
    let path = first(root, table);
    fs::remove_file(&path).unwrap();
    path
}

fn duplicate(root: &Path) -> PathBuf {
    let path = first(root, "rows");
    let name = path.file_name().unwrap().to_string_lossy().replace("-r", "-r9");
    let other = path.with_file_name(name);
    fs::copy(&path, &other).unwrap();
    other
}

#[test]
fn damaged_files_are_refused_and_the_mend_works() {
    for (what, damage, refused) in DAMAGES {
        let desk = desk();
        copy_of_whole(&desk, "run");
        let damaged = damage(&desk.path("run"));
        if refused {
            let name = damaged.file_name().unwrap().to_string_lossy().into_owned();
            for command in ["report run".to_owned(), "digest run".to_owned(), "status run".to_owned()] {
                desk.moe(&command, 2).complains(&[&name, "away"]);
            }
            mend(&desk.path("run"), &desk.moe("digest run", 2).err);
        }
        resumes(&desk, "run");
        let how = if refused { "refused by name; moved away as told; same bits" } else { "same bits" };
        outcome(what, 1, how);
    }
}

/// Does what the message says: moves away every file that it names and that is there.
fn mend(root: &Path, message: &str) {
    let words = message.split(|c: char| c.is_whitespace() || ":;,".contains(c));
    for word in words.filter(|word| word.contains("/part-") && word.ends_with(".parquet")) {
        let path = root.parent().unwrap().join(word);
        if path.exists() {
            fs::rename(&path, root.join("..").join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[test]
fn rows_in_several_parts_are_legal_when_they_agree() {
    let desk = desk();
    copy_of_whole(&desk, "run");
    // Other blocks of the same rows, from another machine.
    desk.moe("run doubles.toml --replications 60 --block 7 --out other", 0);
    for table in ["starts", "cells", "rows"] {
        for entry in fs::read_dir(desk.path("other").join(table)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, desk.path("run").join(table).join(path.file_name().unwrap())).unwrap();
        }
    }
    let before = parts(&desk, "run").len();
    resumes(&desk, "run");
    assert_eq!(parts(&desk, "run").len(), before);
    outcome("parts duplicated in other blocks", 1, "accepted, rows counted once; same bits");
}
