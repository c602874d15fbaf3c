//! However the work is cut, spread and merged, the records are the same, and nothing is done twice.

use std::fs;
use std::process::Stdio;

use moe_harness::store::{Starts, Store};

use crate::program::{DOUBLES, Desk, NEWTON};

/// Replications that a run says it measured.
fn measured(said: &str) -> usize {
    let line = said.lines().find(|line| line.contains("replications measured in"));
    line.and_then(|line| line.split(' ').next()).map_or(0, |n| n.parse().unwrap())
}

#[test]
fn shards_in_any_number_and_order_make_the_whole() {
    let desk = Desk::with(&[("newton.toml", NEWTON), ("doubles.toml", DOUBLES)]);
    for (file, block, counts) in [("newton.toml", 4, [2, 5]), ("doubles.toml", 7, [3, 9])] {
        desk.moe(&format!("run {file} --out {file}-whole"), 0);
        let whole = desk.records(&format!("{file}-whole")).len();
        for count in counts {
            let folder = format!("{file}-{count}");
            let mut sum = 0;
            for index in (1..=count).rev() {
                let flags = format!("--shard {index}/{count} --block {block} --out {folder}");
                sum += measured(&desk.moe(&format!("run {file} {flags}"), 0).err);
            }
            assert_eq!(sum, whole, "{file} in {count}");
            assert_eq!(desk.digest(&folder), desk.digest(&format!("{file}-whole")));
            desk.moe(&format!("run {file} --out {folder}"), 0).complains(&["0 of"]);
        }
    }
}

#[test]
fn shards_of_other_machines_are_merged_by_copying_files() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --out whole", 0);
    for shard in 1..=3 {
        let said =
            desk.moe(&format!("run doubles.toml --shard {shard}/3 --block 10 --out machine{shard}"), 0);
        said.complains(&["this shard is done"]);
    }
    for (name, bytes) in [2, 3].iter().flat_map(|n| desk.files(&format!("machine{n}"))) {
        let relative = name.strip_prefix(desk.path("")).unwrap();
        let relative: std::path::PathBuf = relative.components().skip(1).collect();
        let target = desk.path("machine1").join(relative);
        match name.is_dir() {
            true => fs::create_dir_all(target).unwrap(),
            false => fs::write(target, bytes).unwrap(),
        }
    }
    assert_eq!(desk.digest("machine1"), desk.digest("whole"));
    desk.moe("run doubles.toml --out machine1", 0).complains(&["0 of"]);
    desk.moe("check doubles.toml --out machine1", 0);
}

#[test]
fn shards_are_refused_with_what_would_be_right() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    for wrong in ["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/100001"] {
        desk.moe(&format!("run doubles.toml --shard={wrong}"), 2).complains(&["for example 3/8"]);
    }
    desk.moe("run doubles.toml --block 0", 2).complains(&["1..=100000"]);
}

#[test]
fn two_processes_on_one_folder_share_the_work() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let flags = "run doubles.toml --replications 150 --block 5";
    desk.moe(&format!("{flags} --out whole"), 0);
    let start = || {
        let mut command = desk.command(&format!("{flags} --threads 1 --out both"));
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start()].map(|child| {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        measured(&said)
    });
    let scan = Store::open(&desk.path("both")).unwrap().scan(Starts::Drop).unwrap();
    assert_eq!(scan.digest, desk.digest("whole").split(' ').next().unwrap());
    // Between a look at the rows and a claim, another may have finished the block: it is then done twice, rarely.
    assert!(scan.repeated <= 10, "{} rows were computed twice", scan.repeated);
    assert_eq!(both[0] + both[1], scan.records.len() + scan.repeated);
    assert!(both.iter().all(|n| *n > 0), "both took part: {both:?}");
    assert_eq!(desk.files("both/claims").len(), 1, "no claim is left");
}
