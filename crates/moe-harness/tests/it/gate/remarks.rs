//! What stands beside a verdict: exponents left out, means of losses that vary much, spreads, undeclared looks.

use super::{claim, doubles};
use crate::program::{Desk, edited};

fn json(desk: &Desk) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(desk.path("out.json")).unwrap()).unwrap()
}

/// Runs and checks; what was said, and the first claim as JSON.
#[track_caller]
fn first(text: &str, code: i32) -> (String, serde_json::Value) {
    let desk = Desk::with(&[("copy.toml", text)]);
    desk.moe("run copy.toml --out run", 0);
    let said = desk.moe("check copy.toml --out run --json out.json", code);
    (said.out, json(&desk)["claims"][0].clone())
}

fn remarks(claim: &serde_json::Value) -> String {
    claim["remarks"].to_string()
}

#[test]
fn an_agreement_that_excludes_its_exponent_says_so() {
    let text = |rate: &str| {
        doubles(&[claim("c", "half", &format!("statistic = \"median\"\nequals = {rate}\nmargin = 0.3"))])
    };
    let (said, found) = first(&text("-0.3"), 0);
    assert!(
        said.contains("agrees, although the interval excludes −0.300") && said.contains("p = 0."),
        "{said}"
    );
    assert_eq!(
        (found["verdict"].as_str(), found["excludes_claimed_rate"].as_bool()),
        (Some("agrees"), Some(true))
    );
    assert!(remarks(&found).contains("the interval excludes −0.3"), "{found}");
    assert!(remarks(&found).contains("p-value of a straight line"), "{found}");
    assert!((0.0..=1.0).contains(&found["straight_line_p"].as_f64().unwrap()), "{found}");
    let (said, found) = first(&text("-0.5"), 0);
    assert!(!said.contains("although") && found["excludes_claimed_rate"] == false, "{said}");
    assert_eq!(remarks(&found), "[]");
}

#[test]
fn a_mean_of_losses_that_vary_much_says_so() {
    let lines = "statistic = \"mean\"\nequals = -0.5\nmargin = 0.4";
    let plain = doubles(&[claim("c", "half", lines)]);
    assert_eq!(remarks(&first(&plain, 0).1), "[]");
    let heavy = edited(&plain, "scale = 1.0", "scale = 0.01\ntail = 1.2");
    let desk = Desk::with(&[("copy.toml", &heavy)]);
    desk.moe("run copy.toml --out run", 0);
    desk.moe("report copy.toml --out run", 0);
    let verdicts = std::fs::read_to_string(desk.path("run/report/verdicts.json")).unwrap();
    assert!(verdicts.contains("a mean of losses that vary much"), "{verdicts}");
    let report = std::fs::read_to_string(desk.path("run/report/report.md")).unwrap();
    assert!(report.contains("their coefficient of variation is"), "{report}");
}

#[test]
fn a_spread_is_held_against_what_came_out() {
    let text = |spread: f64| {
        let lines = format!(
            "statistic = \"median\"\nequals = -0.5\nmargin = 0.2\nrivals = [-0.2]\nspread = {spread}"
        );
        doubles(&[claim("c", "half", &lines)])
    };
    let (said, found) = first(&text(1.0), 0);
    assert!(said.contains("of the planned 0.0307 (spread = 1)") && !said.contains("too small"), "{said}");
    assert!(remarks(&found).contains("standard error"), "{found}");
    assert!(first(&text(0.05), 0).0.contains("planned too small: the spread was"));
}

#[test]
fn a_report_on_fewer_replications_than_there_are_says_so() {
    let wrong = doubles(&[claim("c", "half", "statistic = \"median\"\nequals = -0.2\nmargin = 0.1")]);
    let desk = Desk::with(&[("copy.toml", &wrong)]);
    let whole = desk.moe("run copy.toml --out run", 0).out;
    assert!(
        whole.contains("- c contradicts its expectation: ") && !whole.contains("are asked for"),
        "{whole}"
    );
    let part = desk.moe("run copy.toml --replications 25 --out run", 0).out;
    assert!(part.contains("40 replications are in the folder, and 25 are asked for"), "{part}");
}

#[test]
fn a_folder_that_grew_without_declared_looks_says_so() {
    let text = doubles(&[claim("c", "half", "statistic = \"median\"\nequals = -0.5\nmargin = 0.2")]);
    let desk = Desk::with(&[("copy.toml", &text)]);
    let check = |flags: &str| {
        desk.moe(&format!("run copy.toml --out run {flags}"), 0);
        let said = desk.moe(&format!("check copy.toml --out run --json out.json {flags}"), 0).out;
        (said.contains("Undeclared looks"), json(&desk)["undeclared_looks"].clone())
    };
    assert_eq!(check("--replications 25"), (false, serde_json::json!([])));
    assert_eq!(check(""), (true, serde_json::json!([25])));
    let declared = edited(&text, "replications = 40", "replications = 40\nlooks = [25, 40]");
    std::fs::write(desk.path("copy.toml"), declared).unwrap();
    assert_eq!(check(""), (false, serde_json::json!([])));
}
