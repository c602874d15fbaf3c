//! A run that is stopped keeps what is done, and the same command goes on from there.

#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{DOUBLES, Desk, NEWTON, edited, on_the_square};

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
    shell(&format!("kill {signal} {}", child.id()));
    if signal != "-INT" {
        // A cluster sends a second one, of which nothing is said; a second Ctrl-C would end it at once.
        let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    if output.status.code().is_some() {
        let told = |words: &str| Vec::from_iter(said.match_indices(words).map(|(at, _)| at));
        let at_once = told("stopping as soon as the replications that are begun are done");
        let at_last = told("what is done is kept");
        assert!(at_once.len() == 1 && at_last.len() == 1 && at_once < at_last, "{said}");
    }
    output.status.code()
}

/// Waits until a condition holds.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let clock = Instant::now();
    while !holds() {
        assert!(clock.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn shell(line: &str) {
    assert!(Command::new("sh").args(["-c", line]).status().unwrap().success(), "{line}");
}

/// Whether a process catches (`SigCgt:`) or ignores (`SigIgn:`) a signal.
#[cfg(target_os = "linux")]
fn has(process: u32, what: &str, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or("0").trim();
    u64::from_str_radix(mask, 16).unwrap() >> (signal - 1) & 1 == 1
}

/// A pipe as the experiment file keeps the program at its first step; a signal there ends it with its code.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_before_the_first_replication_ends_at_once() {
    for (name, signal, code) in [("USR1", 10, 75), ("TERM", 15, 143), ("HUP", 1, 129)] {
        let desk = Desk::with(&[]);
        shell(&format!("mkfifo '{}'", desk.path("pipe.toml").display()));
        let mut child = desk.command("run pipe.toml").stderr(Stdio::null()).spawn().unwrap();
        wait_until("signals are caught", || has(child.id(), "SigCgt:", 10));
        // Under `nohup` these tests ignore the hang-up, and so does the program.
        if has(std::process::id(), "SigIgn:", signal) {
            assert!(!has(child.id(), "SigCgt:", signal), "{name}");
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        wait_until("the signal is caught", || has(child.id(), "SigCgt:", signal));
        shell(&format!("kill -{name} {}", child.id()));
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
    }
}

/// A pipe that nobody reads, as long as the file is open.
#[cfg(target_os = "linux")]
fn pipe(desk: &Desk, name: &str) -> std::fs::File {
    shell(&format!("mkfifo '{}'", desk.path(name).display()));
    std::fs::OpenOptions::new().read(true).write(true).open(desk.path(name)).unwrap()
}

/// Fills a pipe, whatever is in it.
#[cfg(target_os = "linux")]
fn fill(desk: &Desk, name: &str) {
    let line =
        format!("dd if=/dev/zero of='{}' bs=1 oflag=nonblock count=1000000", desk.path(name).display());
    let full = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status().unwrap();
    assert!(!full.success(), "a pipe took a million bytes");
}

/// A full pipe as its output keeps the program where it prints its report; a signal there ends it with its code, whoever
/// reads what it says of that.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_while_the_report_is_printed_ends_at_once() {
    for reader in ["there", "gone", "asleep"] {
        let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
        let (output, errors) = (pipe(&desk, "out"), pipe(&desk, "errors"));
        fill(&desk, "out");
        let mut command = desk.command("run doubles.toml --out run --log json");
        command.stdout(output);
        match reader {
            "there" => command.stderr(std::fs::File::create(desk.path("told")).unwrap()),
            "gone" => command.stderr(Stdio::piped()),
            _ => command.stderr(errors.try_clone().unwrap()),
        };
        let mut child = command.spawn().unwrap();
        drop(child.stderr.take());
        wait_until("the report is written", || desk.path("run/report/report.html").exists());
        if reader == "asleep" {
            fill(&desk, "errors");
        }
        shell(&format!("kill -TERM {}", child.id()));
        assert_eq!(child.wait().unwrap().code(), Some(143), "{reader}");
        if reader == "there" {
            let told = std::fs::read_to_string(desk.path("told")).unwrap();
            assert!(told.contains("what is done is kept"), "{told}");
            assert!(told.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{told}");
        }
        desk.moe("status doubles.toml --out run", 0);
        desk.moe("report doubles.toml --out run", 0);
    }
}

/// Both replications of the run are begun when the signal comes, one is done, and the other is when it ends.
#[test]
fn a_run_that_is_stopped_at_its_end_says_that_all_is_there() {
    let part = |from: &str, to: &str| {
        let (_, rest) = NEWTON.split_once(from).unwrap();
        format!("{from}{}", rest.split_once(to).unwrap().0)
    };
    let (one_cell, one_arm) =
        (part("format = 1", "[[cell]]\nname = \"over\""), part("[[arm]]", "[[arm]]\nname = \"second\""));
    let text =
        edited(&on_the_square(&one_cell), "sizes = [300, 3000]", "sizes = [300, 3_000_000]") + &one_arm;
    let desk = Desk::with(&[("large.toml", &text)]);
    let run = "run large.toml --out run --threads 2 --replications 1";
    let mut child = desk.command(run).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_a_part(&desk, &mut child, 0);
    shell(&format!("kill -TERM {}", child.id()));
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(said.contains("every planned replication is there"), "{said}");
    assert!(!desk.path("run/report").exists());
    desk.moe(run, 0);
    assert!(desk.path("run/report/report.html").exists());
}

/// Nobody reads what it says: what it does is the same.
#[cfg(target_os = "linux")]
#[test]
fn a_run_whose_errors_nobody_reads_goes_on_and_ends() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    for (case, (reader, signal, code)) in
        [("asleep", true, 143), ("gone", true, 143), ("asleep", false, 0)].into_iter().enumerate()
    {
        let before = parts(&desk);
        let name = format!("errors-{case}");
        let errors = pipe(&desk, &name);
        // Programs are told of every step, the last among them.
        let mut command = desk.command(&format!("{RUN} --log json"));
        match reader {
            "gone" => command.stderr(Stdio::piped()),
            _ => command.stderr(errors),
        };
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        drop(child.stderr.take());
        wait_for_a_part(&desk, &mut child, before);
        if reader == "asleep" {
            fill(&desk, &name);
        }
        if signal {
            shell(&format!("kill -TERM {}", child.id()));
        }
        assert_eq!(child.wait().unwrap().code(), Some(code), "{reader}");
    }
    assert_eq!(desk.records("run").len(), ROWS);
    assert!(desk.path("run/report/report.html").exists());
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
