//! Catalogues of messages: a file of cases, each with what is said about it, read as the user who made the slip.
//!
//! A case is a line `==== name`, lines of input (those at its head that begin with `$`, `|`, `-` or `+`), and the
//! message. With `MOE_WRITE_MESSAGES=1` a test writes the messages of its catalogue anew instead of comparing them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A case of a catalogue.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The lines of input as they stand in the catalogue.
    pub(crate) input: Vec<String>,
    pub(crate) message: String,
}

impl Case {
    /// The rest of the first line of input, which begins with `prefix`.
    pub(crate) fn after(&self, prefix: &str) -> &str {
        let line = self.input.first().unwrap_or_else(|| panic!("{}: no line of input", self.name));
        line.strip_prefix(prefix)
            .unwrap_or_else(|| panic!("{}: {line} does not begin with {prefix}", self.name))
    }

    /// The text of a data file: what stands after `|`, with tabs and carriage returns that are spelt out.
    pub(crate) fn data(&self) -> String {
        let lines = self.input.iter().filter_map(|line| line.strip_prefix('|'));
        let text = |line: &str| {
            line.strip_prefix(' ').unwrap_or(line).replace("\\t", "\t").replace("\\r", "\r") + "\n"
        };
        lines.map(text).collect()
    }
}

/// A catalogue in a folder of tests.
pub(crate) struct Catalogue(PathBuf);

impl Catalogue {
    /// The file `messages.txt` of a folder beside this file.
    pub(crate) fn of(folder: &str) -> Self {
        Self(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(folder).join("messages.txt"))
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        let text = std::fs::read_to_string(&self.0).unwrap();
        text.split("==== ").skip(1).map(case).collect()
    }

    /// Compares each message with what is said now, or writes the catalogue anew.
    pub(crate) fn check(&self, message: impl Fn(&Case) -> String) {
        let mut text = String::new();
        for case in self.cases() {
            let found = message(&case);
            let (found, known) = (found.trim_end(), &case.message);
            if std::env::var_os("MOE_WRITE_MESSAGES").is_none() {
                assert!(found == known, "{}\nexpected:\n{known}\nfound:\n{found}", case.name);
            }
            write!(text, "==== {}\n{}\n{found}\n\n", case.name, case.input.join("\n")).unwrap();
        }
        if std::env::var_os("MOE_WRITE_MESSAGES").is_some() {
            std::fs::write(&self.0, text).unwrap();
        }
    }
}

fn case(part: &str) -> Case {
    let (name, rest) = part.split_once('\n').unwrap();
    let is_input = |line: &&str| line.starts_with(['$', '|', '-', '+']);
    let input: Vec<_> = rest.lines().take_while(is_input).map(str::to_owned).collect();
    let message = rest.lines().skip(input.len()).collect::<Vec<_>>().join("\n");
    Case { name: name.to_owned(), input, message: message.trim_end().to_owned() }
}

/// What a command said on standard error, below its exit code; nothing it says may be a panic.
pub(crate) fn said(name: &str, output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!text.contains("panicked"), "{name}\n{text}");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("exit code {}\n{}", output.status.code().unwrap(), lines.join("\n"))
}
