//! `moe status`: rows and gaps, who wrote, what does not belong together.

use std::fs;

use moe_harness::store::{Manifest, Store};
use serde_json::Value;

use crate::program::{DOUBLES, Desk, edited};

fn document(desk: &Desk, code: i32) -> Value {
    serde_json::from_str(&desk.moe("status doubles.toml --out run --json", code).out).unwrap()
}

#[test]
fn gaps_are_named_by_cell_arm_and_size() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("status doubles.toml --out run", 2).complains(&["no run folder run", "moe run doubles.toml"]);
    desk.moe("run doubles.toml --block 10 --out run", 0);
    assert!(desk.moe("status run", 0).out.contains("doubles: complete, 480 rows"));
    let part =
        desk.files("run/rows").into_keys().find(|p| p.to_string_lossy().contains("-n10000-r20-29-")).unwrap();
    fs::rename(&part, desk.path("elsewhere")).unwrap();
    let said = desk.moe("status doubles.toml --out run", 3).out;
    for words in
        ["470 of 480 rows, 10 missing", "n = 10000: 10", "2 side files belong to no rows", "harmless"]
    {
        assert!(said.contains(words), "{words:?} is not in\n{said}");
    }
    let json = document(&desk, 3);
    assert_eq!((&json["planned"], &json["present"], &json["parts"]), (&480.into(), &470.into(), &47.into()));
    let gaps: Vec<&Value> =
        json["cells"].as_array().unwrap().iter().flat_map(|c| c["gaps"].as_array().unwrap()).collect();
    assert_eq!(gaps.len(), 1);
    assert_eq!((&gaps[0]["size"], &gaps[0]["missing"]), (&10_000.into(), &10.into()));
    assert_eq!(json["digest"].as_str().map(str::len), Some(64));
}

/// A part with another name is none, and every verb that reads parts says so.
#[test]
fn renamed_parts_are_named() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --out run", 0);
    let part = desk.files("run/rows").into_keys().find(|path| path.is_file()).unwrap();
    fs::rename(&part, part.with_file_name("foo.parquet")).unwrap();
    for (verb, code) in [("report run", 0), ("digest run", 0), ("check run", 2)] {
        desk.moe(verb, code).complains(&["foo.parquet is not a part and was left aside"]);
    }
    assert!(desk.moe("status run", 3).out.contains("foo.parquet is not the program's and was left aside"));
}

/// Verdicts of a folder are those of its newest profile, so a change of it does not go unsaid.
#[test]
fn a_run_with_another_profile_says_what_the_folder_speaks_of() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let changed = "the last run in this folder had";
    let run = |flags: &str| desk.moe(&format!("run doubles.toml --out run {flags}"), 0).err;
    assert!(!run("").contains(changed));
    let words =
        "had no profile; `report` and `check` of the folder go by the newest, which now has profile smoke";
    assert!(run("--profile smoke").contains(words));
    assert!(!run("--profile smoke").contains(changed));
    assert!(run("").contains("had profile smoke;"));
}

#[test]
fn programs_experiments_claims_and_strange_files_are_told() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --replications 20 --out run", 0);
    let said = desk.moe("status doubles.toml --out run", 3).out;
    assert!(
        said.contains("240 of 480 rows") && said.contains("no process has run the experiment as it is now"),
        "{said}"
    );
    desk.moe("run doubles.toml --out run", 0);
    let store = Store::open(&desk.path("run")).unwrap();
    let (_, ours) = store.manifests().unwrap().remove(0);
    store.write_manifest(&Manifest { revision: Some("0123456789ab-modified".into()), ..ours }).unwrap();
    fs::write(desk.path("run/rows/notes\u{1b}[2J.txt"), "mine").unwrap();
    let claim = r#"{"host":"far","boot":"b","process":7,"since":"1","beat":3}"#;
    fs::write(desk.path("run/claims/abababababab-cdcdcdcdcdcd-n1000-r0-49.json"), claim).unwrap();
    if let Ok(boot) = fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        // A process of this machine that has ended: process 1 began at another time.
        let space = fs::read_link("/proc/self/ns/pid").unwrap();
        let host = &ours_host(&store);
        let gone = serde_json::json!({
            "host": host, "boot": boot.trim(), "namespace": space, "process": 1, "since": "before", "beat": 3
        });
        let path = desk.path("run/claims/cdcdcdcdcdcd-abababababab-n1000-r0-49.json");
        fs::write(&path, gone.to_string()).unwrap();
        let said = desk.moe("status doubles.toml --out run", 0).out;
        assert!(said.contains("left unfinished: cdcdcdcdcdcd-abababababab-n1000-r0-49"), "{said}");
        fs::remove_file(path).unwrap();
    }
    let said = desk.moe("status doubles.toml --out run", 0).out;
    for words in [
        "2 revisions of the program wrote here",
        "0123456789ab-modified",
        "2 versions of the experiment file wrote here",
        "notes\\u{1b}[2J.txt is not the program's",
        "at work on abababababab-cdcdcdcdcdcd-n1000-r0-49: process 7 on far",
    ] {
        assert!(said.contains(words), "{words:?} is not in\n{said}");
    }
    assert!(!said.contains('\u{1b}'));
    assert_eq!(document(&desk, 0)["claims"].as_array().unwrap().len(), 1);
}

#[test]
fn parts_of_another_configuration_are_refused_by_name() {
    let other = edited(DOUBLES, "name = \"doubles\"", "name = \"others\"");
    let desk = Desk::with(&[("doubles.toml", DOUBLES), ("others.toml", &other)]);
    desk.moe("run doubles.toml --replications 2 --out run", 0);
    for (flags, words) in [
        ("doubles.toml --seed 99", "master_seed is '99' there"),
        ("others.toml", "experiment is 'others' there and 'doubles' here"),
    ] {
        desk.moe(&format!("run {flags} --replications 2 --out strange"), 0);
        let part = desk.files("strange/rows").into_keys().nth(1).unwrap();
        let name = part.file_name().unwrap().to_str().unwrap().to_owned();
        let copy = desk.path("run/rows").join(&name);
        fs::copy(&part, &copy).unwrap();
        let mends = [&*name, words, "move this file away", "never share a folder"];
        desk.moe("status run", 2).complains(&mends);
        desk.moe("run doubles.toml --replications 2 --out run", 2).complains(&mends);
        fs::remove_file(copy).unwrap();
        fs::remove_dir_all(desk.path("strange")).unwrap();
    }
    desk.moe("status run", 0);
}

/// The host that the manifests of a folder name.
fn ours_host(store: &Store) -> String {
    let (_, manifest) = store.manifests().unwrap().remove(0);
    manifest.host
}
