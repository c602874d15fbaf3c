//! Bad files and what is said about them.
//!
//! `messages.txt` is the catalogue: each case is the example with some edits (lines after `-` are replaced by the
//! lines after `+`), followed by the message. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then read
//! what changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use moe_harness::load::{self, Overrides};

use super::{EXAMPLE, read};

/// A case of the catalogue.
struct Case {
    name: String,
    /// The edits as they stand in the catalogue.
    edits: Vec<String>,
    message: String,
}

fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/experiment_file/messages.txt")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(catalogue()).unwrap();
    let case = |part: &str| {
        let (name, rest) = part.split_once('\n').unwrap();
        let is_edit = |line: &&str| line.starts_with('-') || line.starts_with('+');
        let edits: Vec<_> = rest.lines().take_while(is_edit).map(str::to_owned).collect();
        let message = rest.lines().skip(edits.len()).collect::<Vec<_>>().join("\n");
        Case { name: name.to_owned(), edits, message: message.trim_end().to_owned() }
    };
    text.split("==== ").skip(1).map(case).collect()
}

/// The example after some edits; each must change something.
fn edited(case: &Case) -> String {
    let line = |l: &String| l.get(2..).unwrap_or_default().to_owned();
    let mut text = EXAMPLE.to_owned();
    let mut rest = case.edits.as_slice();
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
    let message = match read(&edited(case)) {
        Err(diagnostics) => diagnostics.render(false),
        Ok(loaded) => loaded.warnings.render(false),
    };
    message.trim_end().to_owned()
}

#[test]
fn every_message_is_as_written() {
    let cases = cases();
    assert!(cases.len() > 90);
    if std::env::var_os("MOE_WRITE_MESSAGES").is_some() {
        let mut text = String::new();
        for case in &cases {
            write!(text, "==== {}\n{}\n{}\n\n", case.name, case.edits.join("\n"), message(case)).unwrap();
        }
        std::fs::write(catalogue(), text).unwrap();
        return;
    }
    for case in &cases {
        let found = message(case);
        assert!(found == case.message, "{}\nexpected:\n{}\nfound:\n{found}", case.name, case.message);
    }
}

#[test]
fn every_message_names_the_file_and_a_line_and_says_something_else() {
    let mut seen = std::collections::BTreeSet::new();
    for case in cases() {
        let message = message(&case);
        assert!(message.contains("example.toml:"), "{}: no place\n{message}", case.name);
        assert!(seen.insert(message.clone()), "{}: says what another case says\n{message}", case.name);
    }
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
