//! Experiment files that are refused, by every verb that reads one. (The catalogue of messages is in `experiment_file`.)

use super::check;
use crate::program::{DOUBLES, Desk, edited};

/// Every verb refuses a bad copy of the doubles: at this line, with these words.
#[track_caller]
fn check_file(from: &str, to: &str, words: &[&str]) {
    let text = edited(DOUBLES, from, to);
    let wrong = to.lines().next_back().unwrap();
    let line = 1 + text.lines().position(|l| l.contains(wrong)).unwrap();
    let desk = Desk::with(&[("bad.toml", &text)]);
    let place = format!("bad.toml:{line}:");
    for verb in ["plan", "run", "report", "check", "replay --cell exact --size 1000 --replication 0"] {
        check(&desk, &format!("{verb} bad.toml --out run"), 2, &[&[place.as_str()], words].concat());
    }
}

#[test]
fn misspelt_keys_have_a_suggestion() {
    check_file("gate_map = ", "gate_mpa = ", &["gate_mpa", "gate_map"]);
    check_file("replications = 40", "replicatoins = 40", &["replicatoins", "replications"]);
}

#[test]
fn sizes_are_positive() {
    check_file("sizes = [1000, 1_000_000]", "sizes = [-1000, 1_000_000]", &["-1000"]);
    check_file("sizes = [1000, 1_000_000]", "sizes = [0, 1_000_000]", &["from 1 to 10^12"]);
    check_file("replications = 40", "replications = 0", &["at least one replication"]);
}

#[test]
fn a_box_holds_the_truth() {
    check_file("box = 10.0", "box = 3.5", &["box", "4"]);
    check_file("fitted = 2", "fitted = 0", &["fitted"]);
    check_file("fitted = 2", "fitted = 1", &["fitted", "2"]);
}

#[test]
fn numbers_are_finite() {
    check_file("box = 10.0", "box = nan", &["`box` must be finite"]);
    check_file("rate = -0.8", "rate = -inf", &["`rate` must be finite"]);
    check_file("seed = 20260401", "seed = \"seven\"", &["seed"]);
}

#[test]
fn names_are_unique() {
    let cell = DOUBLES.split("[[cell]]").nth(1).unwrap().split("[[arm]]").next().unwrap();
    let desk = Desk::with(&[("bad.toml", &edited(DOUBLES, cell, &format!("{cell}[[cell]]{cell}")))]);
    for verb in ["plan", "run", "check"] {
        check(&desk, &format!("{verb} bad.toml"), 2, &["two cells are called 'exact'", "a name of its own"]);
    }
}

#[test]
fn data_fit_the_memory() {
    let grid = "kind = \"grid\"\nlower = [-1.0, -1.0]\nupper = [1.0, 1.0]\npoints = [11, 11]";
    let continuous = edited(DOUBLES, grid, "kind = \"uniform\"\nlower = [-1.0, -1.0]\nupper = [1.0, 1.0]");
    let beyond = edited(&continuous, "to = 1_000_000,", "to = 300_000_000,");
    let desk = Desk::with(&[("beyond.toml", &beyond)]);
    check(&desk, "run beyond.toml", 2, &["beyond.toml:", "do not fit the memory", "grid"]);

    if !std::path::Path::new("/proc/meminfo").exists() {
        println!("skipped: this machine does not tell how much memory is free");
        return;
    }
    // 22 GB a thread: no machine has that a thousand times.
    let large = edited(&continuous, "to = 1_000_000,", "to = 200_000_000,");
    let desk = Desk::with(&[("large.toml", &large)]);
    let words =
        ["the plan does not fit", "data sets of the largest size need about", "--threads", "grid law"];
    check(&desk, "run large.toml --threads 1024 --out run", 2, &words);
}
