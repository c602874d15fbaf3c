//! Processes that are killed, run at once, or live by a wrong clock.

use std::time::Instant;

use moe_harness::store::{Starts, Store};

use crate::{PARTS, ROWS, can, desk, outcome, parts, resumes, start, undisturbed, wait_for_parts};

/// What came of killing runs.
struct Killed {
    times: usize,
    runs: usize,
    /// Rows that were new at each kill.
    news: Vec<usize>,
}

/// Kills a run again and again, each time at a random moment after it has written something new, checks that what was
/// there stays there, and begins anew when a run is complete.
fn kills(wanted: usize) -> Killed {
    let (mut folder, mut before) = (0, 0);
    let mut found = Killed { times: 0, runs: 0, news: Vec::new() };
    let desk = desk();
    let clock = Instant::now();
    resumes(&desk, "timed");
    let while_one_part = clock.elapsed() / PARTS;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while found.times < wanted {
        let name = format!("run{folder}");
        let mut child = start(&desk, &name);
        let there = parts(&desk, &name).len();
        wait_for_parts(&desk, &name, &mut child, there + 1);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(while_one_part.mul_f64(2.0 * (random >> 33) as f64 / f64::from(1_u32 << 31)));
        child.kill().unwrap();
        let killed_it = child.wait().unwrap().code().is_none();
        let rows = Store::open(&desk.path(&name)).unwrap().scan(Starts::Drop).unwrap().records.len();
        assert!(rows >= before, "{rows} rows after {before}");
        if killed_it {
            found.times += 1;
            found.news.push(rows - before);
        }
        before = rows;
        if rows == ROWS {
            resumes(&desk, &name);
            (folder, before) = (folder + 1, 0);
        }
    }
    resumes(&desk, &format!("run{folder}"));
    found.runs = folder + 1;
    found.news.sort_unstable();
    found
}

fn tell(killed: &Killed) {
    let news = &killed.news;
    let (least, median, most) = (news[0], news[news.len() / 2], news[news.len() - 1]);
    outcome(
        "SIGKILL at a random moment of a run",
        killed.times,
        &format!(
            "{} runs completed by resuming; {least} to {most} new rows at a kill, {median} in the median; no row lost; same bits",
            killed.runs
        ),
    );
}

#[test]
fn killed_runs_go_on() {
    tell(&kills(6));
}

#[test]
#[ignore = "minutes: just faults"]
fn killed_a_hundred_times() {
    let killed = kills(100);
    tell(&killed);
    assert!(killed.runs > 1, "kills fell on one run only");
}

#[test]
fn a_killed_process_leaves_claims_that_hold_nobody_up() {
    let desk = desk();
    let mut child = start(&desk, "run");
    wait_for_parts(&desk, "run", &mut child, 2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(desk.files("run/claims").len() > 1, "it was killed at work");
    resumes(&desk, "run");
    let left: Vec<_> = desk.files("run/claims").into_keys().skip(1).collect();
    assert!(left.is_empty(), "{left:?}");
    outcome("claims left by a killed process", 1, "taken over at once; same bits");
}

#[test]
fn two_processes_at_once_agree() {
    let desk = desk();
    let both = [start(&desk, "run"), start(&desk, "run")];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let scan = Store::open(&desk.path("run")).unwrap().scan(Starts::Drop).unwrap();
    assert_eq!(scan.repeated, 0);
    assert_eq!(desk.digest("run"), undisturbed());
    outcome("two processes at once", 1, "no block done twice; same bits");
}

#[test]
fn a_clock_that_runs_backwards_changes_nothing() {
    if !can("faketime", &["2001-01-01", "true"]) {
        return println!("skipped: faketime is not installed");
    }
    let desk = desk();
    desk.moe(
        &format!("run {} --out run", crate::FLAGS.replace("--replications 100", "--replications 40")),
        0,
    );
    let moe = env!("CARGO_BIN_EXE_moe");
    let line = format!(
        "cd '{}' && faketime '2001-01-01' {moe} run {} --out run",
        desk.path("").display(),
        crate::FLAGS
    );
    assert!(can("sh", &["-c", &line]));
    resumes(&desk, "run");
    outcome("clock set back by decades between two processes", 1, "same bits");
}
