//! Slips on the command line, in tables of losses and in folders, and the message that each gets.
//!
//! `messages.txt` is the catalogue: a name, the command line after `$`, the lines of `data.csv` after `|`, then the exit
//! code and what is said on standard error. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then read what
//! changed as the user who made the slip. The commands find: `doubles.toml`, an experiment; `run`, a run of it with two
//! replications; `thesis`, a folder of something else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::program::{DOUBLES, Desk};

struct Case {
    name: String,
    arguments: String,
    lines: Vec<String>,
    message: String,
}

fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/shell/messages.txt")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(catalogue()).unwrap();
    let case = |part: &str| {
        let mut lines = part.lines();
        let name = lines.next().unwrap().to_owned();
        let arguments = lines.next().unwrap().strip_prefix("$ moe ").unwrap().to_owned();
        let is_data = |line: &&str| line.starts_with("| ");
        let data = lines.clone().take_while(is_data).map(|l| l[2..].to_owned()).collect();
        let message = lines.skip_while(is_data).collect::<Vec<_>>().join("\n").trim_end().to_owned();
        Case { name, arguments, lines: data, message }
    };
    text.split("==== ").skip(1).map(case).collect()
}

fn desk() -> Desk {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --out run --replications 2", 0);
    std::fs::create_dir(desk.path("thesis")).unwrap();
    std::fs::write(desk.path("thesis/chapter.tex"), "mine\n").unwrap();
    desk
}

/// The words of a command line; those in double quotes may hold blanks.
fn words(arguments: &str) -> Vec<String> {
    let parts = arguments.split('"').enumerate();
    let of = |(i, part): (usize, &str)| -> Vec<String> {
        if i % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    };
    parts.flat_map(of).collect()
}

fn message(desk: &Desk, case: &Case) -> String {
    let data: String = case.lines.iter().map(|l| format!("{l}\n")).collect();
    std::fs::write(desk.path("data.csv"), data).unwrap();
    let output = desk.command("").args(words(&case.arguments)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{}\n{said}", case.name);
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    format!("exit code {}\n{}", output.status.code().unwrap(), lines.join("\n")).trim_end().to_owned()
}

#[test]
fn every_message_is_as_written() {
    let (cases, desk) = (cases(), desk());
    assert!(cases.len() >= 40);
    if std::env::var_os("MOE_WRITE_MESSAGES").is_some() {
        let mut text = String::new();
        for case in &cases {
            let data: String = case.lines.iter().map(|l| format!("| {l}\n")).collect();
            let said = message(&desk, case);
            write!(text, "==== {}\n$ moe {}\n{data}{said}\n\n", case.name, case.arguments).unwrap();
        }
        std::fs::write(catalogue(), text).unwrap();
        return;
    }
    for case in &cases {
        let found = message(&desk, case);
        assert!(found == case.message, "{}\nexpected:\n{}\nfound:\n{found}", case.name, case.message);
    }
}

#[test]
fn no_slip_passes_in_silence() {
    for case in cases() {
        let said = case.message.lines().skip(1).collect::<Vec<_>>().join("\n");
        assert!(said.contains("error:") || said.contains("warning:"), "{}: {}", case.name, case.message);
        assert!(!said.contains("moe run FILE"), "{}: a command that cannot be typed", case.name);
    }
}
