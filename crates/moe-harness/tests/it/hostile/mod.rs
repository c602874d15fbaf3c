//! Hostile input: whatever the bytes are, there is an answer; nothing panics, grows without bound, or leaves its folder.
//!
//! The short version is part of the suite; `just fuzz` goes on for minutes and prints a table.

mod bytes;
mod data_file;
mod folder;
mod memory;
mod names;
mod text;
mod toml_file;

use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// How long the long version goes on with each kind of input.
const LONG: Duration = Duration::from_secs(75);
/// Cases of one round, which is also the short version.
const ROUND: u32 = 250;

/// Tries one round of cases, from a generator of its own.
#[track_caller]
fn round<S: Strategy>(number: u64, strategy: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let config = Config { cases: ROUND, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    runner.run(strategy, check).unwrap_or_else(|e| panic!("round {number}: {e}"));
}

/// Goes on for minutes with other cases; prints a line of the table.
fn rounds<S: Strategy>(what: &str, strategy: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let (clock, mut number) = (Instant::now(), 1);
    while clock.elapsed() < LONG {
        round(number, strategy, &check);
        number += 1;
    }
    let (minutes, cases) = (clock.elapsed().as_secs_f64() / 60.0, (number - 1) * u64::from(ROUND));
    println!("| {what} | {minutes:.1} | {cases} | 0 |");
}
