//! What happens, for people and programs: the log, its levels, the watch.

use std::fs;

use super::{doubles, read};
use crate::program::{DOUBLES, Desk};

#[test]
fn programs_read_what_happens_and_the_folder_keeps_it() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let said = desk.moe("run doubles.toml --out run --log json", 0);
    let events: Vec<serde_json::Value> =
        said.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.iter().rfind(|e| e["message"] == "progress").unwrap();
    assert_eq!((&last["done"], &last["total"]), (&480.into(), &480.into()), "{last}");
    assert!(last["per_second"].as_f64().unwrap() > 0.0 && last["certified"].is_u64());
    let logs: Vec<_> = fs::read_dir(desk.path("run/log")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(logs.len(), 1);
    let kept = fs::read_to_string(&logs[0]).unwrap();
    assert!(
        kept.lines().count() > 2
            && kept.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok())
    );
    assert!(kept.contains("\"run begun\"") && kept.contains("replications measured in"), "{kept}");
    // Nothing was to be done: nothing is written but the report.
    let again = desk.moe("run doubles.toml --out run", 0);
    assert_eq!(fs::read_dir(desk.path("run/log")).unwrap().count(), 1);
    assert!(!again.err.contains('\u{1b}') && again.err.lines().count() == 1, "quiet: {}", again.err);
}

#[test]
fn a_level_that_is_none_is_told_once() {
    let desk = doubles();
    let said = |level: &str| {
        let output = desk.command("digest run").env("RUST_LOG", level).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for wrong in ["verbose", "moe_harness=loud"] {
        let message = said(wrong);
        assert!(message.contains(wrong) && message.contains("debug, trace"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for right in ["warn", "INFO", "moe_harness=error", "2"] {
        assert_eq!(said(right), "", "{right}");
    }
}

#[test]
fn a_watch_sees_what_is_there_and_touches_nothing() {
    let desk = doubles();
    let before = desk.files("run");
    let seen = desk.moe("watch run --once", 0).out;
    assert_eq!(desk.files("run"), before, "it only reads");
    assert!(seen.starts_with("doubles: 480 of 480 rows, complete\n"), "{seen}");
    assert!(seen.lines().all(|l| l.chars().count() <= 80), "{seen}");
    let line = seen.lines().find(|l| l.contains("exact d1 median: ")).unwrap();
    let slope = line.split(": ").nth(1).unwrap().split(", theory").next().unwrap();
    let report = read(&desk, "run/report/report.md");
    assert!(report.contains(slope), "the slope of a complete run is that of the report: {slope}");
    // With the rows of the largest size away, the slope is that of the other sizes, and the gap is seen.
    for entry in fs::read_dir(desk.path("run/rows")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("-n1000000-") {
            fs::remove_file(path).unwrap();
        }
    }
    let seen = desk.moe("watch run --once", 0).out;
    assert!(
        seen.contains("360 of 480 rows") && seen.contains("(3 of 4 sizes)") && seen.contains("(0)"),
        "{seen}"
    );
    desk.moe("watch nowhere --once", 2).complains(&["neither a file nor a folder"]);
}
