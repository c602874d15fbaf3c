//! Processes that are killed, run at once, or live by a wrong clock.

use std::time::Duration;

use moe_harness::store::{Starts, Store};

use crate::{ROWS, can, desk, outcome, resumes, start, undisturbed, wait_for_parts};

/// Kills a run at a random moment after the other, checks that what was there stays there, and begins anew when a run
/// is complete.
fn kills(wanted: usize) -> (usize, usize) {
    let (mut killed, mut folder, mut before) = (0, 0, 0);
    let desk = desk();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    while killed < wanted {
        let name = format!("run{folder}");
        let mut child = start(&desk, &name);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_micros((random >> 33) % 400_000));
        child.kill().unwrap();
        let killed_it = child.wait().unwrap().code().is_none();
        killed += usize::from(killed_it);
        let rows = match Store::open(&desk.path(&name)) {
            Ok(store) => store.scan(Starts::Drop).unwrap().records.len(),
            Err(_) => 0, // killed before there was a folder
        };
        assert!(rows >= before, "{rows} rows after {before}");
        before = rows;
        if rows == ROWS {
            resumes(&desk, &name);
            (folder, before) = (folder + 1, 0);
        }
    }
    resumes(&desk, &format!("run{folder}"));
    (killed, folder + 1)
}

#[test]
fn killed_runs_go_on() {
    let (killed, runs) = kills(4);
    outcome(
        "SIGKILL at a random moment",
        killed,
        &format!("{runs} runs completed by resuming; no row lost; same bits"),
    );
}

#[test]
#[ignore = "minutes: just faults"]
fn killed_a_hundred_times() {
    let (killed, runs) = kills(100);
    outcome(
        "SIGKILL at a random moment",
        killed,
        &format!("{runs} runs completed by resuming; no row lost; same bits"),
    );
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
