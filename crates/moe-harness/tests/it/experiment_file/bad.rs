//! Bad files and what is said about them.
//!
//! `messages.txt` is the catalogue: each case is the example with some edits (lines after `-` are replaced by the
//! lines after `+`), followed by the message. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then read
//! what changed.

use moe_harness::load::{self, Overrides};

use super::{EXAMPLE, read};
use crate::catalogue::{Case, Catalogue};

fn catalogue() -> Catalogue {
    Catalogue::of("experiment_file")
}

/// The example after some edits; each must change something.
fn edited(case: &Case) -> String {
    let line = |l: &String| l.get(2..).unwrap_or_default().to_owned();
    let mut text = EXAMPLE.to_owned();
    let mut rest = case.input.as_slice();
    while !rest.is_empty() {
        let minus = rest.iter().take_while(|l| l.starts_with('-')).count();
        let plus = rest[minus..].iter().take_while(|l| l.starts_with('+')).count();
        let from = rest[..minus].iter().map(line).collect::<Vec<_>>().join("\n");
        let to = rest[minus..minus + plus].iter().map(line).collect::<Vec<_>>().join("\n");
        assert!(!from.is_empty() && text.contains(&from), "{}: {from:?} is not in the example", case.name);
        text = text.replace(&from, &to);
        rest = &rest[minus + plus..];
    }
    text
}

fn message(case: &Case) -> String {
    match read(&edited(case)) {
        Err(diagnostics) => diagnostics.render(false),
        Ok(loaded) => loaded.warnings.render(false),
    }
}

#[test]
fn every_message_is_as_written() {
    assert!(catalogue().cases().len() > 90);
    catalogue().check(message);
}

#[test]
fn every_message_names_the_file_and_a_line_and_says_something_else() {
    let mut seen = std::collections::BTreeSet::new();
    for case in catalogue().cases() {
        let message = message(&case);
        assert!(message.contains("example.toml:"), "{}: no place\n{message}", case.name);
        assert!(seen.insert(message.clone()), "{}: says what another case says\n{message}", case.name);
    }
}

/// A key too many in every table, among them one that lacks a key: all are told at once, and none twice.
#[test]
fn every_unknown_key_is_told_at_once() {
    let headed = |line: &str| match line {
        "seed = 20231014" => "zzz = 1".to_owned(),
        line if line.starts_with('[') => format!("{line}\nzzz = 1"),
        line => line.replace("{ ", "{ zzz = 1, "),
    };
    let text: String = EXAMPLE.lines().map(|line| headed(line) + "\n").collect();
    let said = read(&text).unwrap_err().render(false);
    let strangers = text.matches("zzz = 1").count();
    assert!(strangers > 25, "{strangers}");
    assert_eq!(said.matches("error: unknown key `zzz`").count(), strangers, "{said}");
    assert!(said.contains("missing key `seed`"), "{said}");
}

#[track_caller]
fn check_overrides(overrides: &Overrides, expected: &str) {
    assert_eq!(load::parse("example.toml", EXAMPLE, overrides).unwrap_err().render(false), expected);
}

#[test]
fn unfit_flags_are_refused() {
    check_overrides(
        &Overrides { profile: Some("smoky".to_owned()), ..Overrides::default() },
        "error: there is no profile 'smoky' in this file\n--> example.toml\n \
         = help: did you mean 'smoke'?\n = help: there are: ci, smoke\n",
    );
    check_overrides(
        &Overrides { replications: Some(0), ..Overrides::default() },
        "error: --replications 0: at least one replication is needed\n--> example.toml\n",
    );
}

#[test]
fn colour_is_only_colour() {
    let diagnostics = read(&EXAMPLE.replace("box = 5.0", "box = 3.5")).unwrap_err();
    let coloured = diagnostics.render(true);
    let mut plain = String::new();
    for (i, part) in coloured.split("\x1b[").enumerate() {
        plain.push_str(if i == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_ne!(coloured, plain);
    assert_eq!(plain, diagnostics.render(false));
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let path = std::env::temp_dir().join(format!("moe-not-text-{}.toml", std::process::id()));
    std::fs::write(&path, b"format = 1\nname = \"\xff\xfe\"\n").unwrap();
    let error = load::load(&path, &Overrides::default()).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(error.to_string().contains("not UTF-8 text: byte 20"), "{error}");
}
