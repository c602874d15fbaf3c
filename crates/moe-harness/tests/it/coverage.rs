//! The intervals of slopes hold the slope as often as they say: a small version of `moe calibrate coverage`.

use moe_harness::cmd::calibrate::coverage::{Held, study};
use moe_harness::cmd::calibrate::design::{Design, Rivals};
use moe_harness::cmd::calibrate::laws::Law;

const REPEATS: u64 = 240;

/// Five binomial standard errors beyond the band of 93 to 97 % (of level 90 %: 88 to 93 %): a sound interval fails one
/// of these comparisons with probability below 10⁻⁶ each, were the streams drawn anew.
#[track_caller]
fn check(held: &Held) {
    for (found, [low, high]) in held.coverage.into_iter().zip([[0.88, 0.93], [0.93, 0.97]]) {
        let slack = |p: f64| 5.0 * (p * (1.0 - p) / REPEATS as f64).sqrt();
        assert!(found > low - slack(low) && found < high + slack(high), "{held:?}");
    }
    assert!(held.bias.abs() < 0.02, "{held:?}");
}

#[test]
fn slopes_are_held_as_often_as_said() {
    for law in [Law::LogNormal(0.7), Law::LogFactor] {
        let rows = study(Design::Slope(law), 100, REPEATS, 300, 5);
        assert_eq!(rows.len(), 4);
        rows.iter().for_each(check);
        // A test at 5 % that rejects more than 18 % of 240 straight lines would do so by chance once in 10¹².
        let straight = rows.iter().filter(|h| h.design.is_straight(h.statistic) == Some(true));
        straight.for_each(|h| assert!(h.rejected.unwrap() < 0.18, "{h:?}"));
    }
}

#[test]
fn failures_and_heavy_tails_leave_the_median_alone() {
    for law in [Law::Failures, Law::Pareto(1.5)] {
        let rows = study(Design::Slope(law), 100, REPEATS, 100, 6);
        check(&rows[0]);
        assert_eq!(rows.len(), if law == Law::Failures { 3 } else { 4 }, "a mean of failures has no slope");
    }
}

#[test]
fn differences_are_held_and_pairing_helps() {
    let [paired, apart] =
        [true, false].map(|paired| study(Design::Difference { paired }, 60, REPEATS, 300, 7));
    for (paired, apart) in paired.iter().zip(&apart) {
        check(paired);
        check(apart);
        assert!(paired.width < 0.85 * apart.width, "{paired:?}");
    }
}

/// The interval of a worst case may be too wide, never too narrow.
#[test]
fn the_worst_case_is_held_at_least_as_often() {
    for rivals in [Rivals::Crossing, Rivals::HalfEqual] {
        for held in study(Design::Worst(rivals), 60, REPEATS, 200, 8) {
            assert!(held.coverage[1] > 0.88, "{held:?}");
        }
    }
}

#[test]
fn threads_do_not_matter() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| study(Design::Slope(Law::LogNormal(0.7)), 20, 30, 100, 9))
    };
    assert_eq!(on(1), on(3));
}
