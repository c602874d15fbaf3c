//! `moe diff`: what differs between two experiments, or two runs.

use serde_json::Value;

use crate::program::{DOUBLES, Desk, edited, table};

#[test]
fn files_that_ask_for_the_same_do_not_differ() {
    let desk = Desk::with(&[("a.toml", DOUBLES), ("b.toml", &format!("# a remark\n{DOUBLES}"))]);
    let said = desk.moe("diff a.toml b.toml", 0);
    assert!(said.out.contains("the experiments ask for the same"), "{}", said.out);
    assert_eq!(table(&said.out, "cell").len(), 0, "files have no slopes");
}

#[test]
fn keys_that_differ_are_named() {
    let wider = edited(DOUBLES, "box = 10.0", "box = 12.0");
    let desk = Desk::with(&[("a.toml", DOUBLES), ("b.toml", &wider)]);
    let said = desk.moe("diff a.toml b.toml", 1);
    let lines = table(&said.out, "key");
    assert_eq!(lines.len(), 3, "{}", said.out);
    assert!(lines[2].contains("cell[exact].box") && lines[2].contains("10.0") && lines[2].contains("12.0"));
}

#[test]
fn runs_are_compared_row_by_row_and_slope_by_slope() {
    let desk = Desk::with(&[("a.toml", DOUBLES)]);
    desk.moe("run a.toml --out all", 0);
    desk.moe("run a.toml --replications 30 --out few", 0);
    desk.moe("run a.toml --seed 5 --out other", 0);
    let read = |arguments: &str, code| -> Value {
        serde_json::from_str(&desk.moe(&format!("diff {arguments} --json"), code).out).unwrap()
    };
    let itself = read("all all", 0);
    assert_eq!(itself["rows"]["same"], desk.records("all").len());
    let few = read("all few", 1);
    assert_eq!(few["keys"][0]["key"], "replications");
    assert_eq!((&few["rows"]["different"], &few["rows"]["only_second"]), (&Value::from(0), &Value::from(0)));
    assert_eq!(few["rows"]["same"], desk.records("few").len());
    let other = read("all other", 1);
    assert_eq!(other["rows"]["same"], 0, "another master seed has other rows");
    let slopes = other["slopes"].as_array().unwrap();
    assert!(!slopes.is_empty());
    for slope in slopes {
        let [a, b] = ["first", "second"].map(|side| slope[side]["slope"].as_f64().unwrap());
        assert!(a != b && (slope["difference"].as_f64().unwrap() - (b - a)).abs() < 1e-15, "{slope}");
    }
    let text = desk.moe("diff all other", 1).out;
    assert!(text.contains("slope in A") && text.contains("in B alone"), "{text}");
}

#[test]
fn sides_that_are_not_there_are_refused() {
    let desk = Desk::with(&[("a.toml", DOUBLES)]);
    desk.moe("diff a.toml nowhere", 2).complains(&["neither a file nor a folder nowhere"]);
}
