//! Experiment files.

use moe_harness::load::{self, Overrides};
use proptest::prelude::{Strategy, prop_assert};
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

use super::bytes::{Damage, damaged, damages};
use super::{round, rounds};
use crate::experiment_file::EXAMPLE;
use crate::program::{DOUBLES, NEWTON};

const FILES: [&str; 3] = [EXAMPLE, DOUBLES, NEWTON];

fn strategy() -> impl Strategy<Value = (&'static str, Vec<Damage>)> {
    (select(&FILES[..]), damages())
}

/// A file is read, and then its canonical spelling too; or it is refused with a message that shows no control character.
fn check((file, damages): (&str, Vec<Damage>)) -> TestCaseResult {
    let bytes = damaged(file.as_bytes(), &damages);
    match load::parse("hostile.toml", &String::from_utf8_lossy(&bytes), &Overrides::default()) {
        Ok(loaded) => {
            prop_assert!(load::parse("again.toml", &loaded.normalised, &Overrides::default()).is_ok());
            let _ = loaded.warnings.render(false);
        }
        Err(diagnostics) => {
            let message = diagnostics.render(false);
            prop_assert!(diagnostics.has_errors() && message.len() > 20, "{message:?}");
            prop_assert!(!message.contains('\u{1b}'), "{message:?}");
        }
    }
    Ok(())
}

#[test]
fn experiment_files_are_read_or_refused() {
    round(0, &strategy(), check);
}

#[test]
#[ignore = "minutes: just fuzz"]
fn experiment_files_for_minutes() {
    rounds("experiment files", &strategy(), check);
}
