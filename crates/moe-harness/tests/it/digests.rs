//! Pinned digests of small experiments: a change of them is a change of values, which users must be told of.
//!
//! `digests.txt` holds a line for each experiment. When values were changed on purpose: bump `numerics_version` or
//! `streams_schema`, say so in CHANGELOG.md under *Value-breaking*, and write the file anew with [`REFRESH`].

use std::fs;
use std::path::{Path, PathBuf};

use moe_estimators::instructions::Instructions;
use moe_harness::store::Store;

use crate::program::{DOUBLES, Desk, NEWTON};

const PINNED: &str = include_str!("experiments/pinned.toml");
const REFRESH: &str = "MOE_WRITE_DIGESTS=1 cargo test -p moe-harness --test it digests_are_pinned";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/digests.txt")
}

#[test]
fn digests_are_pinned() {
    let experiments =
        [("newton", NEWTON, ""), ("doubles", DOUBLES, "--profile smoke"), ("pinned", PINNED, "")];
    let lines = experiments.map(|(name, text, flags)| {
        let desk = Desk::with(&[("copy.toml", text)]);
        desk.moe(&format!("run copy.toml --out run {flags}"), 0);
        format!("{name} {}", desk.digest("run"))
    });
    let found = lines.concat();
    if std::env::var_os("MOE_WRITE_DIGESTS").is_some() {
        return fs::write(file(), found).unwrap();
    }
    let pinned = fs::read_to_string(file()).unwrap();
    assert!(
        found == pinned,
        "these experiments have other bits than before:\n{found}and these are pinned:\n{pinned}\
         if values were meant to change, it is value-breaking: see CHANGELOG.md, then\n{REFRESH}"
    );
}

#[test]
fn every_instruction_set_of_this_machine_gives_the_same_records() {
    let sets = Instructions::available();
    assert!(sets.len() > 1 || cfg!(not(target_arch = "x86_64")), "only {sets:?} could be executed here");
    let desk = Desk::with(&[("pinned.toml", PINNED)]);
    let digests = sets.iter().map(|set| {
        desk.moe(&format!("run pinned.toml --instructions {set} --out {set}"), 0);
        let manifests = Store::open(&desk.path(&set.to_string())).unwrap().manifests().unwrap();
        assert_eq!(manifests[0].1.simd, set.description(), "it used what it was told to");
        desk.digest(&set.to_string())
    });
    let digests: Vec<String> = digests.collect();
    println!("executed: {}", sets.iter().map(Instructions::to_string).collect::<Vec<_>>().join(", "));
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{sets:?}: {digests:?}");
}

#[test]
fn instructions_that_are_not_there_are_refused() {
    let desk = Desk::with(&[("pinned.toml", PINNED)]);
    desk.moe("run pinned.toml --instructions sse9", 2).complains(&["baseline, avx2, avx512, neon"]);
    let all = ["avx2", "avx512", "neon"].map(|name| name.parse::<Instructions>().unwrap());
    let missing = all.into_iter().find(|set| !Instructions::available().contains(set)).unwrap();
    desk.moe(&format!("run pinned.toml --instructions {missing}"), 2)
        .complains(&[&format!("this machine has no {missing}; it has: baseline")]);
}
