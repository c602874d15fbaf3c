//! Arms side by side: differences of slopes paired by replication, and the best likelihood that any of them knows.

use moe_core::statistic::Statistic;
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::explain;
use moe_harness::measure::{Prepared, measure};
use moe_harness::plan::{Item, Plan};
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::record::Record;
use moe_harness::report::{Report, text};

use crate::program::{DOUBLES, NEWTON, edited, loaded, on_the_square, table};

fn all_rows(experiment: &Experiment, cell: usize, arms: &[usize]) -> Vec<Record> {
    let prepared = Prepared::new(&experiment.cells[cell], experiment.sizes[0]);
    let places = arms.iter().flat_map(|arm| experiment.sizes.iter().map(move |size| (*arm, *size)));
    let places = places.flat_map(|(arm, size)| {
        let of_arm = experiment.arms[arm].replications.unwrap_or(experiment.replications);
        (0..of_arm).map(move |r| (arm, size, r))
    });
    places.map(|(arm, size, r)| measure(&prepared, &experiment.arms[arm], experiment.seed, size, r)).collect()
}

#[test]
fn the_difference_of_two_doubles_is_that_of_their_rates() {
    let experiment = loaded(DOUBLES).experiment;
    let records = all_rows(&experiment, 0, &[0, 1]);
    let rows = Rows::new(&experiment, &records);
    let d1 = Quantity::of_row(Kind::D1);
    // The doubles draw the same perturbations, scaled: replications that are far off are far off for both, and the
    // paired difference is far sharper than either slope.
    for statistic in [Statistic::Median, Statistic::Mean] {
        let difference = rows.difference(0, [1, 0], d1, statistic, 0).unwrap();
        assert!(difference.lower <= 0.25 && 0.25 <= difference.upper, "{difference:?}");
        assert!(difference.upper - difference.lower < 0.03, "{difference:?}");
        assert_eq!(difference.replications, 40);
        let back = rows.difference(0, [0, 1], d1, statistic, 0).unwrap();
        assert!((back.estimate + difference.estimate).abs() < 1e-12);
        assert_eq!(rows.difference(0, [0, 0], d1, statistic, 0).unwrap().estimate, 0.0);
    }
    assert!(
        rows.difference(0, [0, 2], d1, Statistic::Median, 0).is_err(),
        "an arm without rows has no slope"
    );
}

#[test]
fn only_replications_that_both_arms_fitted_are_compared() {
    let mut experiment = loaded(DOUBLES).experiment;
    experiment.arms[1].replications = Some(25);
    let mut records = all_rows(&experiment, 0, &[0, 1]);
    // One row is missing on the other side: the pairs are by replication, not by position.
    records.retain(|r| r.key.arm != experiment.arms[0].hash || r.key.replication != 3);
    let rows = Rows::new(&experiment, &records);
    let d1 = Quantity::of_row(Kind::D1);
    let difference = rows.difference(0, [1, 0], d1, Statistic::Median, 0).unwrap();
    assert_eq!(difference.replications, 24);
    assert!(difference.lower <= 0.25 && 0.25 <= difference.upper, "{difference:?}");
    assert!(difference.upper - difference.lower < 0.05, "shuffled pairs are wider: {difference:?}");
}

#[test]
fn the_best_known_likelihood_is_that_of_all_arms() {
    let experiment = loaded(NEWTON).experiment;
    let mut records = all_rows(&experiment, 0, &[0, 1, 2]);
    let arm = |index: usize| experiment.arms[index].hash;
    records.iter_mut().for_each(|r| r.fit.as_mut().unwrap().log_likelihood = -100.0);
    // The third arm, which was given the truth, finds 1 nat more in the first replication; in the second it has no fit.
    for record in records.iter_mut().filter(|r| r.key.arm == arm(2) && r.key.size == 300) {
        match record.key.replication {
            0 => record.fit.as_mut().unwrap().log_likelihood += 1.0,
            1 => record.fit = None,
            _ => {}
        }
    }
    let rows = Rows::new(&experiment, &records);
    let rate = |index| rows.best_known(0, index).map(|r| (r.hits, r.trials)).unwrap();
    assert_eq!(rate(0), (11, 12), "six replications at two sizes, all of them fitted by another arm");
    assert_eq!(rate(1), (5, 6), "three at two sizes");
    assert_eq!(rate(2), (11, 12), "no fit is no hit");
    assert_eq!(
        rows.hit_rate(0, 0).map(|r| (r.hits, r.trials)),
        Some((6, 6)),
        "the audit alone found nothing better"
    );
    assert_eq!(rows.best_known(1, 0), None, "nothing was fitted there");
}

#[test]
fn the_report_sets_arms_side_by_side() {
    let panel = r#"
[[panel]]
title = "Both cells"
curve = [
  { cell = "exact", arm = "mle", quantity = "d1", statistic = "median", theory = -0.5 },
  { cell = "exact", arm = "near", quantity = "d1", statistic = "median", theory = -0.5 },
  { cell = "over", arm = "mle", quantity = "d2", statistic = "median", theory = -0.5 },
]
"#;
    let experiment = loaded(&format!("{NEWTON}{panel}")).experiment;
    let records = [all_rows(&experiment, 0, &[0, 1, 2]), all_rows(&experiment, 1, &[0, 1])].concat();
    let report = Report::new(&Rows::new(&experiment, &records), String::new());
    let arms: Vec<_> =
        report.panels[0].arms.iter().map(|s| (s.cell, s.arm, s.against_first.is_some())).collect();
    assert_eq!(arms, [(0, 0, false), (0, 2, true)], "one table line an arm, audits and lone arms apart");
    let difference = report.panels[0].arms[1].against_first.as_ref().unwrap().as_ref().unwrap();
    assert!(difference.estimate.is_finite() && difference.replications == 6, "{difference:?}");
    let printed = text::markdown(&report);
    let after = printed.split("Arms on the same data").nth(1).unwrap();
    let lines = table(after, "cell");
    assert_eq!(lines.len(), 4, "{after}");
    assert!(lines[2].contains("| mle ") && lines[2].contains("| yes "), "{}", lines[2]);
    assert!(lines[3].contains("| near ") && lines[3].contains("no: given the truth"), "{}", lines[3]);
    let fits = printed.split("Fits of this panel").nth(1).unwrap();
    assert_eq!(table(fits, "cell").len(), 2 + 5, "two cells with three and two arms\n{fits}");
}

/// An arm without drafts passes over its data alone, where one with them is drafted and sketched; plans know it, and so do
/// their words.
#[test]
fn an_arm_can_do_without_drafts() {
    let text = edited(&on_the_square(NEWTON), "sizes = [300, 3000]", "sizes = [2000, 3000]");
    let text = edited(&text, "hits = 3, stream = 1 }", "hits = 3, stream = 1, drafts = false }");
    let experiment = loaded(&text).experiment;
    let of =
        |arm: usize| measure(&Prepared::new(&experiment.cells[1], 3000), &experiment.arms[arm], 7, 3000, 0);
    let all_count = |record: &Record| {
        let of_starts: u64 = record.starts.iter().map(|start| u64::from(start.passes)).sum();
        record.fit.as_ref().unwrap().passes > of_starts
    };
    let plan = Plan::new(&experiment);
    let seconds = [0, 1].map(|arm| {
        let own = |item: &&Item| (item.cell, item.arm, item.size) == (1, arm, 3000);
        plan.items.iter().find(own).unwrap().seconds
    });
    assert_eq!([0, 1].map(|arm| all_count(&of(arm))), [false, true]);
    assert!(seconds[0] < seconds[1], "{seconds:?}");
    let words = explain::explain(&experiment);
    assert_eq!(words.matches("every pass over the data themselves").count(), 1, "{words}");
}
