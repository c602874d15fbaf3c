//! A row has the same bits whatever ran beside it, before it, or how many threads there were.

use std::collections::BTreeMap;

use moe_harness::record::RowKey;

use crate::program::{DOUBLES, Desk, NEWTON, edited};

/// Runs experiments, each in a folder of its own: the rows of each.
#[track_caller]
fn rows(runs: &[(&str, &str)]) -> Vec<BTreeMap<RowKey, String>> {
    let run = |(text, flags): &(&str, &str)| {
        let desk = Desk::with(&[("copy.toml", text)]);
        desk.moe(&format!("run copy.toml --out run {flags}"), 0);
        desk.rows("run")
    };
    runs.iter().map(run).collect()
}

/// Every row of `fewer` stands in `more` with the same bits.
#[track_caller]
fn check_kept(fewer: &BTreeMap<RowKey, String>, more: &BTreeMap<RowKey, String>) {
    assert!(!fewer.is_empty());
    for (key, digest) in fewer {
        assert_eq!(more.get(key), Some(digest), "n = {}, replication {}", key.size, key.replication);
    }
}

/// The experiment in pieces: what comes before the cells, the cells, the arms.
fn pieces(text: &str) -> (String, Vec<String>, Vec<String>) {
    let (head, rest) = text.split_once("[[cell]]\n").unwrap();
    let (cells, arms) = rest.split_once("[[arm]]\n").unwrap();
    let list = |text: &str, mark: &str| text.split(mark).map(|t| format!("{mark}{t}\n")).collect();
    (head.to_owned(), list(cells, "[[cell]]\n"), list(arms, "[[arm]]\n"))
}

#[test]
fn threads_do_not_matter() {
    let desk = Desk::with(&[("newton.toml", NEWTON), ("doubles.toml", DOUBLES)]);
    // More than one block of replications to a part, so that blocks are completed out of order.
    for (file, flags) in [("newton.toml", ""), ("doubles.toml", "--profile smoke --replications 60")] {
        let digests = [1, 2, 3].map(|threads| {
            let folder = format!("{file}-{threads}");
            desk.moe(&format!("run {file} --threads {threads} --out {folder} {flags}"), 0);
            desk.digest(&folder)
        });
        assert_eq!(digests[0], digests[1]);
        assert_eq!(digests[0], digests[2]);
    }
}

/// Fewer replications than threads, of so many rows that several threads share the passes of one fit.
#[test]
fn threads_that_share_a_fit_do_not_matter() {
    let text = edited(NEWTON, "points = [11, 11]", "");
    let text = edited(&text, "\"grid\"\nlower", "\"uniform\"\nlower");
    let text = edited(&text, "[300, 3000]", "[50_000]");
    let flags = |threads: u32| format!("--replications 1 --threads {threads}");
    let [one, three] = rows(&[(&text, &flags(1)), (&text, &flags(3))]).try_into().unwrap();
    assert!(!one.is_empty());
    assert_eq!(one, three);
}

#[test]
fn order_names_and_additions_do_not_matter() {
    let (head, mut cells, mut arms) = pieces(NEWTON);
    cells.reverse();
    arms.reverse();
    let added = edited(&cells[0], "\"over\"", "\"bounded\"").replace("box = 10.0", "box = 6.0");
    cells.insert(0, added);
    let text = format!("{head}{}{}", cells.concat(), arms.concat());
    let text = edited(&text, "\"exact\"", "\"two-for-two\"").replace("\"over\"", "\"three-for-two\"");
    let text = edited(&text, "\"mle\"", "\"search\"").replace("\"near\"", "\"local\"");
    let text = edited(&text, "sizes = [300, 3000]", "sizes = [300, 1000, 3000]");
    let text = edited(&text, "name = \"newton\"", "name = \"other-name\"");
    let [before, after] = rows(&[(NEWTON, ""), (&text, "--threads 2")]).try_into().unwrap();
    assert_eq!((before.len(), after.len()), (48, 99));
    check_kept(&before, &after);
}

#[test]
fn another_seed_is_another_run() {
    let [one, other] = rows(&[(NEWTON, ""), (NEWTON, "--seed 8")]).try_into().unwrap();
    assert!(one.keys().eq(other.keys()));
    assert!(one.iter().all(|(key, digest)| other[key] != *digest));
}

#[test]
fn a_profile_is_its_sizes_and_replications() {
    let written_out = edited(DOUBLES, "{ from = 1000, to = 1_000_000, count = 4 }", "[1000, 1_000_000]");
    let runs = [
        (DOUBLES, "--profile smoke"),
        (written_out.as_str(), "--replications 24"),
        (DOUBLES, "--replications 30"),
    ];
    let [profile, flags, whole] = rows(&runs).try_into().unwrap();
    assert_eq!(profile.len(), 3 * 2 * 24);
    assert_eq!(profile, flags);
    check_kept(&profile, &whole);
}

#[test]
fn more_replications_redo_nothing() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let run = |flags: &str, words: &str| {
        desk.moe(&format!("run doubles.toml {flags}"), 0).complains(&[words]);
    };
    run("--out whole --replications 40", "480 of 480 replications to do");
    run("--out run --replications 20", "240 of 240 replications to do");
    let before = desk.files("run/rows");
    run("--out run --replications 40", "240 of 480 replications to do");
    let after = desk.files("run/rows");
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "parts are never touched");
    assert_eq!(desk.digest("run"), desk.digest("whole"));
    run("--out run --replications 40", "0 of 480 replications to do");
    run("--out run --replications 30", "0 of 360 replications to do");
    assert_eq!(desk.files("run/rows"), after);
    assert_eq!(
        desk.files("run/manifest").len(),
        1 + 3,
        "a manifest for each process that wrote or asked anew"
    );
    // The folder knows what was asked last, also when the runs fall into one second.
    assert!(desk.moe("plan run", 0).out.contains("nothing is left to do: the folder "));
}
