//! From rows to hit rates and counts.

use moe_core::verdict::Verdict;
use moe_harness::aggregate::{HitRate, Rows};
use moe_harness::experiment::Experiment;
use moe_harness::measure::{Prepared, measure};
use moe_harness::record::{Record, Status};
use moe_harness::report::{Report, Standing};

use crate::program::{DOUBLES, NEWTON, loaded};

/// The share with its interval, against values worked out by hand to five digits.
#[track_caller]
fn check_share(hits: u64, trials: u64, expected: [f64; 3]) {
    let (share, lower, upper) = HitRate { hits, trials }.share();
    for (found, expected) in [share, lower, upper].into_iter().zip(expected) {
        assert!((found - expected).abs() < 5e-6, "{hits} of {trials}: {found} is not {expected}");
    }
}

/// Wilson (1927): centre (p + z²/2n) / (1 + z²/n), half-width z √(p(1 − p)/n + z²/4n²) / (1 + z²/n), z = 1.959964.
#[test]
fn hit_rates_have_wilson_intervals() {
    check_share(9, 10, [0.9, 0.595850, 0.982124]);
    check_share(1, 2, [0.5, 0.094531, 0.905469]);
    // With no miss the interval reaches 1, and its lower end is n / (n + z²); with no hit it is the mirror image.
    check_share(12, 12, [1.0, 0.757506, 1.0]);
    check_share(0, 12, [0.0, 0.0, 0.242494]);
}

/// Rows of the first search and its audit in the exact cell, three replications at the first size, after some change of
/// the likelihoods of both.
fn searched_twice(experiment: &Experiment, change: impl Fn(u64, &mut Record, &mut Record)) -> Vec<Record> {
    let prepared = Prepared::new(&experiment.cells[0], 300);
    let row = |arm: usize, r: u64| measure(&prepared, &experiment.arms[arm], experiment.seed, 300, r);
    let pairs = (0..3).map(|r| {
        let (mut first, mut second) = (row(0, r), row(1, r));
        change(r, &mut first, &mut second);
        [first, second]
    });
    pairs.collect::<Vec<_>>().concat()
}

/// A hit rate after some change of the rows: hits of trials.
#[track_caller]
fn check_hits(change: impl Fn(u64, &mut Record, &mut Record), expected: Option<(u64, u64)>) {
    let experiment = loaded(NEWTON).experiment;
    let records = searched_twice(&experiment, change);
    let rate = Rows::new(&experiment, &records).hit_rate(0, 0);
    assert_eq!(rate.map(|r| (r.hits, r.trials)), expected);
}

/// Gives the second row of a replication this much more likelihood than the first.
fn gain(nats: f64) -> impl Fn(u64, &mut Record, &mut Record) {
    move |_, first, second| {
        let found = first.fit.as_ref().unwrap().log_likelihood;
        second.fit.as_mut().unwrap().log_likelihood = found + nats;
    }
}

fn fail(record: &mut Record) {
    (record.status, record.reason, record.fit) = (Status::Failed, "panic: test".into(), None);
}

#[test]
fn a_hit_is_a_second_search_that_finds_nothing_better() {
    check_hits(gain(0.0), Some((3, 3)));
    check_hits(gain(9e-4), Some((3, 3)));
    check_hits(gain(-5.0), Some((3, 3)));
    check_hits(gain(2e-3), Some((0, 3)));
    check_hits(|r, first, second| gain(if r == 1 { 1.0 } else { 0.0 })(r, first, second), Some((2, 3)));
}

#[test]
fn a_search_without_a_fit_is_no_hit_and_an_audit_without_one_finds_nothing() {
    check_hits(|_, first, _| fail(first), Some((0, 3)));
    check_hits(|_, _, second| fail(second), Some((3, 3)));
    check_hits(
        |_, first, second| {
            fail(first);
            fail(second);
        },
        Some((0, 3)),
    );
    check_hits(|_, _, second| second.key.replication += 100, None);
}

#[test]
fn an_arm_that_nobody_audits_has_no_hit_rate() {
    let experiment = loaded(NEWTON).experiment;
    let records = searched_twice(&experiment, gain(0.0));
    let report = Report::new(&Rows::new(&experiment, &records), String::new());
    assert!(report.arm("exact", "mle").unwrap().hit_rate.is_some());
    assert!(report.arm("exact", "second").unwrap().hit_rate.is_none());
    assert!(report.arm("over", "near").is_none(), "the arm does not run there");
}

#[test]
fn without_rows_nothing_is_decided_and_everything_is_missing() {
    let experiment = loaded(DOUBLES).experiment;
    let report = Report::new(&Rows::new(&experiment, &[]), String::new());
    assert_eq!((report.missing, report.check_code()), (480, 2));
    assert!(report.gate().standings.iter().all(|s| *s == Standing::Undecided));
    assert!(report.claims.iter().all(|c| c.judgement.verdict == Verdict::Undecided));
    assert!(report.arms.iter().all(|a| a.fits.rows == 0));
}

#[test]
fn without_claims_a_complete_run_is_as_expected() {
    let mut experiment = loaded(DOUBLES).experiment;
    experiment.claims.clear();
    let mut report = Report::new(&Rows::new(&experiment, &[]), String::new());
    report.missing = 0;
    assert_eq!(report.check_code(), 0);
}
