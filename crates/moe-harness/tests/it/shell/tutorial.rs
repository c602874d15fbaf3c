//! TUTORIAL.md and what README.md says the program can do: every command in order, from an empty folder; what is shown of
//! the output is what comes out.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::Desk;

/// A command of the tutorial, and the lines of its output that are shown.
struct Step {
    command: String,
    shown: Vec<String>,
}

/// Blocks marked `sh` are commands, one a line; a block marked `text` after one is part of its last command's output.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut block: Option<&str> = None;
    for line in text.lines() {
        match (block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some(if kind.is_empty() { "other" } else { kind }),
            (Some(_), Some(_)) => block = None,
            (Some("sh"), None) if !line.trim().is_empty() => {
                steps.push(Step {
                    command: line.split(" # ").next().unwrap().trim().to_owned(),
                    shown: Vec::new(),
                });
            }
            (Some("text"), None) => steps.last_mut().unwrap().shown.push(line.trim_end().to_owned()),
            _ => {}
        }
    }
    steps
}

/// Runs a line of the shell in the folder, with `moe` on the path; what it says on both streams.
fn run(desk: &Desk, command: &str) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_moe")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(desk.path(""))
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap()).concat();
    // 1 and 3 are verdicts, and differences, that the tutorial speaks of.
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{command}\n{said}");
    said
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_command_of_what_it_can_do_runs() {
    let readme = document("README.md");
    let section = readme.split("\n## What it can do\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let steps = steps(section);
    assert!(steps.len() >= 9, "{} commands", steps.len());
    let desk = Desk::with(&[]);
    for example in ["examples/losses/losses.csv", "examples/data/penguins.csv"] {
        let place = desk.path(example);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, document(example)).unwrap();
    }
    steps.iter().for_each(|step| drop(run(&desk, &step.command)));
    assert!(desk.path("f.pdf").is_file() && desk.path("losses.pdf").is_file());
}

#[test]
fn every_command_of_the_tutorial_runs_from_an_empty_folder() {
    let steps = steps(&document("TUTORIAL.md"));
    assert!(steps.len() >= 10, "{} commands", steps.len());
    let desk = Desk::with(&[]);
    for step in steps {
        let said = run(&desk, &step.command);
        let mut rest = said.lines().map(str::trim_end);
        for line in step.shown.iter().filter(|l| !l.is_empty() && *l != "…") {
            let found = rest.by_ref().any(|l| l == line);
            assert!(found, "{}\nshows, in this order:\n{line}\nbut says:\n{said}", step.command);
        }
    }
    assert!(desk.path("first/report/figure.svg").is_file());
}
