//! Declared looks: the level that is spent, numbers of replications in between, growing a run from look to look.

use super::{claim, doubles};
use crate::program::{Desk, edited};

/// One claim of the doubles, to be judged at 20, 30 and 40 replications.
fn text() -> String {
    let lines = "statistic = \"median\"\nequals = -0.5\nmargin = 0.1";
    edited(
        &doubles(&[claim("c", "half", lines)]),
        "replications = 40",
        "replications = 40\nlooks = [20, 30, 40]",
    )
}

fn json(desk: &Desk) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(desk.path("out.json")).unwrap()).unwrap()
}

#[test]
fn each_look_spends_its_part_of_the_level() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    let mut widths = Vec::new();
    for (replications, look, left) in
        [(20, 1, "2/3 is left"), (30, 2, "1/3 is left"), (40, 3, "nothing is left")]
    {
        desk.moe(&format!("run copy.toml --out run --replications {replications}"), 0);
        let said =
            desk.moe(&format!("check copy.toml --out run --replications {replications} --json out.json"), 0);
        assert!(
            said.out.contains(&format!("Look {look} of 3, at {replications} replications")),
            "{}",
            said.out
        );
        assert!(said.out.contains(left), "{}", said.out);
        // A third of the error of level 0.9, and of the family's 0.95.
        let found = json(&desk);
        let level = found["claims"][0]["level_at_look"].as_f64().unwrap();
        assert!((level - (1.0 - 0.1 / 3.0)).abs() < 1e-12, "{level}");
        assert!((found["family_level"].as_f64().unwrap() - (1.0 - 0.05 / 3.0)).abs() < 1e-12);
        assert_eq!((&found["look"]["number"], &found["look"]["of"]), (&look.into(), &3.into()));
        let end = |key: &str| found["claims"][0][key].as_f64().unwrap();
        widths.push(end("upper") - end("lower"));
    }
    // Without looks the last interval is narrower: that is what looking early costs.
    let alone = edited(&text(), "looks = [20, 30, 40]\n", "");
    std::fs::write(desk.path("copy.toml"), alone).unwrap();
    let said = desk.moe("check copy.toml --out run --json out.json", 0);
    assert!(!said.out.contains("Look"), "{}", said.out);
    let found = json(&desk);
    let end = |key: &str| found["claims"][0][key].as_f64().unwrap();
    assert!(end("upper") - end("lower") < widths[2], "{widths:?}");
}

#[test]
fn between_the_looks_nothing_is_decided() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    let run = desk.moe("run copy.toml --out run --replications 25", 0);
    run.complains(&["25 replications are none of the looks", "the nearest look ahead is --replications 30"]);
    for what in ["copy.toml --out run --replications 25", "run"] {
        let said = desk.moe(&format!("check {what}"), 3);
        assert!(
            said.out.contains("25 replications are none of the declared looks (20, 30, 40)"),
            "{}",
            said.out
        );
        assert!(said.out.contains("Look: 25 replications are none"), "{}", said.out);
    }
    desk.moe("run copy.toml --out run --replications 30", 0);
    desk.moe("check copy.toml --out run --replications 30", 0);
    desk.moe("check run", 0);
}
