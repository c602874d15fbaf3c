//! A run that is stopped keeps what is done, and the same command goes on from there.

#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{DOUBLES, Desk};

/// A run of some seconds on one thread.
const RUN: &str = "run doubles.toml --out run --threads 1 --replications 150";
/// Its rows.
const ROWS: usize = 3 * 4 * 150;

/// Finished parts of the run.
fn parts(desk: &Desk) -> usize {
    let Ok(entries) = desk.path("run/rows").read_dir() else { return 0 };
    entries.filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().starts_with("part-")).count()
}

/// Waits until the run has written a part more than there were.
fn wait_for_a_part(desk: &Desk, child: &mut Child, before: usize) {
    let clock = Instant::now();
    while parts(desk) == before {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it wrote a part");
        assert!(clock.elapsed() < Duration::from_secs(60), "no part within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Starts the run, sends it a signal after its first part, and returns the exit code; none when it was killed.
fn stop_with(desk: &Desk, signal: &str) -> Option<i32> {
    let before = parts(desk);
    let mut child = desk.command(RUN).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_a_part(desk, &mut child, before);
    let kill = Command::new("sh").args(["-c", &format!("kill {signal} {}", child.id())]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code().is_none() || said.contains("what is done is kept"), "{said}");
    output.status.code()
}

#[test]
fn a_stopped_run_keeps_what_is_done_and_goes_on() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe(&RUN.replace("--out run --threads 1", "--out whole"), 0);
    let mut before = 0;
    for (signal, code) in [("-INT", Some(130)), ("-TERM", Some(143)), ("-USR1", Some(75)), ("-KILL", None)] {
        assert_eq!(stop_with(&desk, signal), code, "{signal}");
        let done = desk.records("run").len();
        assert!(before < done && done < ROWS, "{signal}: {done} rows after {before}");
        before = done;
    }
    let kept = desk.files("run/rows");
    desk.moe("check doubles.toml --out run --replications 150", 2).complains(&["incomplete"]);
    desk.moe(RUN, 0).complains(&[&format!("{} of {ROWS} replications to do", ROWS - before)]);
    let after = desk.files("run/rows");
    assert!(kept.iter().all(|(path, bytes)| after.get(path) == Some(bytes)), "parts are never touched");
    assert_eq!(desk.records("run").len(), ROWS);
    assert_eq!(desk.digest("run"), desk.digest("whole"));
}
