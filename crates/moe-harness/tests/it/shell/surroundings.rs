//! Completions, manual pages, `--version`, `moe doctor`: what surrounds the program.

use serde_json::Value;

use crate::program::Desk;

const VERBS: [&str; 19] = [
    "new",
    "plan",
    "run",
    "report",
    "check",
    "replay",
    "fit",
    "rate",
    "digest",
    "status",
    "slurm",
    "calibrate",
    "exhibit",
    "diff",
    "export",
    "schema",
    "completions",
    "man",
    "doctor",
];

#[test]
fn completions_know_every_verb() {
    let desk = Desk::with(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = desk.moe(&format!("completions {shell}"), 0).out;
        for verb in VERBS {
            assert!(text.contains(verb), "{shell} does not know {verb}");
        }
    }
    desk.moe("completions tcsh", 2).complains(&["tcsh", "bash"]);
}

#[test]
fn every_verb_has_a_manual_page() {
    let desk = Desk::with(&[]);
    desk.moe("man --out man1", 0);
    for verb in VERBS {
        let page = std::fs::read_to_string(desk.path(&format!("man1/moe-{verb}.1"))).unwrap();
        assert!(page.contains(&format!("moe\\-{verb}")), "{verb}\n{page}");
        assert!(page.contains(".SH DESCRIPTION"), "{verb}\n{page}");
        assert!(page.contains(&format!("\\fBmoe {verb}\\fR")), "what is typed\n{page}");
    }
    assert!(desk.path("man1/moe-calibrate-coverage.1").is_file());
    assert!(std::fs::read_to_string(desk.path("man1/moe.1")).unwrap().contains("moe\\-run(1)"));
}

#[test]
fn the_version_says_what_results_depend_on() {
    let desk = Desk::with(&[]);
    let short = desk.moe("-V", 0).out;
    assert!(short.starts_with(&format!("moe {}", env!("CARGO_PKG_VERSION"))) && short.lines().count() == 1);
    let long = desk.moe("--version", 0).out;
    for word in ["revision", "compiler", "numerics", "streams", "run folders", "experiment files"] {
        assert!(long.contains(word), "{long}");
    }
}

#[test]
fn the_doctor_looks_and_leaves_nothing_behind() {
    let desk = Desk::with(&[]);
    let said = desk.moe("doctor --json --folder nowhere", 1).out;
    let value: Value = serde_json::from_str(&said).unwrap();
    let found = |what: &str| {
        value["findings"].as_array().unwrap().iter().find(|f| f["what"] == what).unwrap().clone()
    };
    for what in ["version", "threads", "instructions", "memory", "disk", "fonts", "Slurm"] {
        assert!(found(what)["found"].as_str().is_some_and(|f| !f.is_empty()), "{said}");
    }
    assert!(found("disk")["trouble"].as_str().is_some(), "{said}");
    assert!(found("fonts")["trouble"].is_null(), "{said}");
    // The units are those of `moe plan`.
    assert!(!said.contains("iB"), "{said}");
    // Here files can be written, whatever else a small machine may lack.
    let output = desk.command("doctor").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("files can be written here"), "{text}");
    assert_eq!(desk.files("").len(), 1, "nothing is left behind");
}
