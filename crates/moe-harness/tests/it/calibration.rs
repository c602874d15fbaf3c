//! Known rates through the whole program, from the file to the verdict and the exit code.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::program::{DOUBLES, Desk, Said, edited};

/// Runs an edited copy of the doubles, then judges it: the exit code, and what was said.
#[track_caller]
fn check(text: &str, flags: &str, code: i32) -> (Desk, Said) {
    let desk = Desk::with(&[("copy.toml", text)]);
    desk.moe(&format!("run copy.toml --out run {flags}"), 0);
    let said = desk.moe(&format!("check copy.toml --out run {flags}"), code);
    (desk, said)
}

/// The first claim, wrong: it says n^-1 of an estimator that converges like n^(-1/2).
fn wrong() -> String {
    DOUBLES.replacen("equals = -0.5", "equals = -1.0", 1)
}

const PANEL: &str = r#"
[[panel]]
title = "Known rates"
curve = [
  { cell = "exact", arm = "half", quantity = "d1", statistic = "median", theory = -0.5 },
  { cell = "exact", arm = "quarter", quantity = "hellinger", statistic = "mean", theory = -0.25 },
]
"#;

#[test]
fn known_exponents_come_back() {
    let (desk, said) = check(&format!("{DOUBLES}{PANEL}"), "", 0);
    assert!(said.out.contains("all 6 verdicts are as expected"), "{}", said.out);
    let verdicts = fs::read(desk.path("run/report/verdicts.json")).unwrap();
    let verdicts: Value = serde_json::from_slice(&verdicts).unwrap();
    let claims = verdicts["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 6);
    for claim in claims {
        let name = claim["name"].as_str().unwrap();
        let rate = match name.split('-').next().unwrap() {
            "half" => -0.5,
            "quarter" => -0.25,
            _ => -0.8,
        };
        let [lower, upper] = ["lower", "upper"].map(|end| claim[end].as_f64().unwrap());
        assert!(lower <= rate && rate <= upper, "{name}: {rate} is not in [{lower}, {upper}]");
        assert!(upper - lower < 0.12, "{name}: [{lower}, {upper}] says little");
        assert_eq!((claim["verdict"].as_str(), claim["replications"].as_u64()), (Some("agrees"), Some(40)));
    }
    assert_eq!(verdicts["exit_code"], 0);
    assert_eq!(verdicts["missing_rows"], 0);
    assert!(desk.digest("run").starts_with(verdicts["digest"].as_str().unwrap()));
    let figure = fs::read_to_string(desk.path("run/report/figure.svg")).unwrap();
    assert!(figure.starts_with("<svg") || figure.starts_with("<?xml"), "{figure:.80}");
    assert!(fs::read(desk.path("run/report/figure.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_wrong_claim_is_contradicted() {
    let (_, said) = check(&wrong(), "", 1);
    assert!(said.out.contains("some verdict contradicts its expectation"), "{}", said.out);
}

#[test]
fn an_expected_disagreement_is_as_expected_and_its_absence_is_not() {
    let expecting = "equals = -1.0\nexpect = \"disagree\"\nbecause = \"the double converges like n^(-1/2)\"";
    let (_, said) = check(&edited(&wrong(), "equals = -1.0", expecting), "", 0);
    assert!(said.out.contains("a disagreement is expected: the double converges"), "{}", said.out);
    check(&edited(&wrong(), "equals = -1.0", &expecting.replace("-1.0", "-0.5")), "", 1);
}

#[test]
fn few_replications_decide_nothing() {
    let (_, said) = check(DOUBLES, "--replications 3", 3);
    assert!(said.out.contains("3 replications are too few"), "{}", said.out);
    let (_, said) = check(&wrong(), "--replications 3", 3);
    assert!(said.out.contains("some are undecided"), "{}", said.out);
}

#[test]
fn an_incomplete_run_is_not_judged_whatever_it_would_say() {
    let desk = Desk::with(&[("copy.toml", &wrong())]);
    desk.moe("run copy.toml --out run --replications 25", 0);
    desk.moe("check copy.toml --out run --replications 25", 1);
    let said = desk.moe("check copy.toml --out run", 2);
    said.complains(&["incomplete", "180 planned rows are missing", "run the experiment"]);
    assert_eq!(said.out, "", "no verdict of an incomplete run is printed");
    let report = desk.moe("report copy.toml --out run", 0);
    assert!(report.out.contains("incomplete: 180 planned rows are missing"), "{}", report.out);
}

#[test]
fn a_file_and_its_default_folder_say_the_same() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --profile smoke --replications 5", 0);
    let runs: Vec<_> =
        desk.path("results/runs").read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    let [folder] = runs.as_slice() else { panic!("one run folder, not {runs:?}") };
    let folder = folder.to_str().unwrap();
    assert!(folder.starts_with("doubles-smoke-"), "{folder}");
    let by_file = desk.moe("check doubles.toml --profile smoke --replications 5", 3);
    let by_folder = desk.moe(&format!("check results/runs/{folder}"), 3);
    assert_eq!(by_file.out, by_folder.out);
}

#[test]
fn a_folder_is_judged_by_the_experiment_that_was_run_last() {
    let desk = Desk::with(&[("copy.toml", DOUBLES)]);
    desk.moe("run copy.toml --out run", 0);
    desk.moe("check run", 0);
    // Only a claim changes, so nothing is left to measure; the folder must still know of it.
    fs::write(desk.path("copy.toml"), wrong()).unwrap();
    let again = desk.moe("run copy.toml --out run", 0);
    again.complains(&[" 0 of "]);
    desk.moe("check copy.toml --out run", 1);
    desk.moe("check run", 1);
    let silent = DOUBLES.split("[[claim]]").next().unwrap().to_owned();
    fs::write(desk.path("copy.toml"), silent).unwrap();
    desk.moe("check copy.toml --out run", 2).complains(&["makes no claim", "FORMAT.md"]);
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let desk = Desk::with(&[("copy.toml", &wrong())]);
    desk.moe("run copy.toml --out run --replications 25", 0);
    for (verb, code) in [("check", 1), ("report", 0)] {
        let mut command = desk.command(&format!("{verb} copy.toml --out run --replications 25"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
