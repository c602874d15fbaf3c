//! Slips on the command line, in tables of losses and in folders, and the message that each gets.
//!
//! `messages.txt` is the catalogue: a name, the command line after `$`, the lines of `data.csv` after `|`, then the exit
//! code and what is said on standard error. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then read what
//! changed as the user who made the slip. The commands find: `doubles.toml`, an experiment; `run`, a run of it with two
//! replications; `thesis`, a folder of something else.

use crate::catalogue::{Case, Catalogue, said};
use crate::program::{DOUBLES, Desk};

fn catalogue() -> Catalogue {
    Catalogue::of("shell")
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
    std::fs::write(desk.path("data.csv"), case.data()).unwrap();
    said(&case.name, &desk.command("").args(words(case.after("$ moe "))).output().unwrap())
}

#[test]
fn every_message_is_as_written() {
    let desk = desk();
    assert!(catalogue().cases().len() >= 40);
    catalogue().check(|case| message(&desk, case));
}

#[test]
fn no_slip_passes_in_silence() {
    for case in catalogue().cases() {
        let said = case.message.lines().skip(1).collect::<Vec<_>>().join("\n");
        assert!(said.contains("error:") || said.contains("warning:"), "{}: {}", case.name, case.message);
        assert!(!said.contains("moe run FILE"), "{}: a command that cannot be typed", case.name);
    }
}
