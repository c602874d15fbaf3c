//! Bad input: a message that names what is wrong and the mend, an exit code, and nothing changed on the disk.

mod command_line;
mod files;
mod folders;
mod help;

use crate::program::{Desk, Said};

/// Runs `moe`, which must end with this exit code, name these things, and leave the folder as it was.
#[track_caller]
fn check(desk: &Desk, arguments: &str, code: i32, words: &[&str]) -> Said {
    let before = desk.files("");
    let said = desk.moe(arguments, code);
    said.complains(words);
    assert!(said.err.contains("error:"), "{}", said.err);
    assert!(!said.err.contains("panicked"), "{}", said.err);
    assert!(desk.files("") == before, "moe {arguments} changed the folder");
    said
}
