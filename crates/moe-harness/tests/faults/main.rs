//! Faults tried, not imagined: after each, the run goes on to the bits of an undisturbed one, or refuses with a mend.
//!
//! `cargo test --test faults` tries each fault once; `just faults` kills a hundred times and prints the table.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

#[path = "../it/program.rs"]
#[allow(dead_code)] // shared with another test program, which uses all of it
mod program;

mod damage;
mod disk;
mod processes;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use program::{DOUBLES, Desk};

/// What is run: enough parts that a fault can meet one half-way.
const FLAGS: &str = "doubles.toml --threads 2 --replications 100 --block 20";
/// Its rows.
const ROWS: usize = 3 * 4 * 100;
/// Its parts.
const PARTS: u32 = 60;

fn desk() -> Desk {
    Desk::with(&[("doubles.toml", DOUBLES)])
}

/// The undisturbed run, made once: its folder, in which nothing is changed, and its digest.
fn whole() -> &'static (Desk, String) {
    static WHOLE: OnceLock<(Desk, String)> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let desk = desk();
        desk.moe(&format!("run {FLAGS} --out whole"), 0);
        let digest = desk.digest("whole");
        (desk, digest)
    })
}

/// The digest of the undisturbed run.
fn undisturbed() -> &'static str {
    &whole().1
}

/// A copy of the undisturbed run, to be damaged.
fn copy_of_whole(desk: &Desk, folder: &str) {
    let whole = &whole().0;
    for (path, bytes) in whole.files("whole") {
        let target = desk.path(folder).join(path.strip_prefix(whole.path("whole")).unwrap());
        match path.is_dir() {
            true => fs::create_dir_all(target).unwrap(),
            false => fs::write(target, bytes).unwrap(),
        }
    }
}

/// Starts the run in the background.
fn start(desk: &Desk, folder: &str) -> Child {
    let mut command = desk.command(&format!("run {FLAGS} --out {folder}"));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Finished parts.
fn parts(desk: &Desk, folder: &str) -> Vec<PathBuf> {
    let entries = desk.path(folder).join("rows").read_dir().map(|entries| entries.collect::<Vec<_>>());
    let mut paths: Vec<_> = entries.unwrap_or_default().into_iter().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("part-"));
    paths.sort();
    paths
}

/// Waits until there are so many parts, or the run has ended.
fn wait_for_parts(desk: &Desk, folder: &str, child: &mut Child, wanted: usize) {
    let clock = Instant::now();
    while parts(desk, folder).len() < wanted && child.try_wait().unwrap().is_none() {
        assert!(clock.elapsed() < Duration::from_secs(120), "no part within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The run to its end, and whether its records are those of the undisturbed run.
#[track_caller]
fn resumes(desk: &Desk, folder: &str) {
    desk.moe(&format!("run {FLAGS} --out {folder}"), 0);
    assert_eq!(desk.records(folder).len(), ROWS);
    assert_eq!(desk.digest(folder), undisturbed());
}

/// Whether a command is there and does what it is asked.
fn can(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    output.is_ok_and(|status| status.success())
}

/// A line of the table of outcomes.
fn outcome(fault: &str, tried: usize, what: &str) {
    println!("| {fault} | {tried} | {what} |");
}
