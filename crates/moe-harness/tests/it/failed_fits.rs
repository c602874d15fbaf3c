//! A replication that fails or panics is a row with its reason: stored, counted, and the worst case in every statistic.

use moe_core::statistic::Statistic;
use moe_harness::aggregate::Rows;
use moe_harness::experiment::{Experiment, Method, Points, Starts};
use moe_harness::measure::{Prepared, measure};
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::record::{Record, Status};
use moe_harness::report::Report;
use moe_harness::store::{Identity, Starts as StartRows, Store, digest};

use crate::program::{Desk, NEWTON, edited, loaded};

/// Rows of an arm in the exact cell at the smaller size; those of the replications in `broken` meet a box without bounds,
/// at which clamping panics.
fn rows(experiment: &Experiment, arm: &str, broken: &[u64]) -> Vec<Record> {
    let arm = experiment.arms.iter().find(|a| a.name == arm).unwrap();
    let cell = &experiment.cells[0];
    let mut unbounded = cell.clone();
    unbounded.scenario.box_bound = f64::NAN;
    let (whole, torn) = (Prepared::new(cell, 300), Prepared::new(&unbounded, 300));
    (0..experiment.replications)
        .map(|r| measure(if broken.contains(&r) { &torn } else { &whole }, arm, experiment.seed, 300, r))
        .collect()
}

#[test]
fn a_panic_is_a_row_with_its_reason() {
    let experiment = loaded(NEWTON).experiment;
    for arm in ["mle", "near"] {
        let record = rows(&experiment, arm, &[0]).remove(0);
        assert_eq!(record.status, Status::Failed);
        assert!(record.reason.starts_with("panic:") && record.reason.contains("NaN"), "{}", record.reason);
        assert!(record.fit.is_none() && record.starts.is_empty());
        assert!(record.log_likelihood_truth < 0.0, "what was known before is kept");
    }
}

#[test]
fn a_failure_without_a_panic_is_a_row_with_its_reason() {
    let mut experiment = loaded(NEWTON).experiment;
    for arm in &mut experiment.arms {
        if let Method::Newton { starts, .. } = &mut arm.method {
            *starts = Starts::Points(Points::Random { count: 0, stream: 0 });
        }
    }
    let record = rows(&experiment, "mle", &[]).remove(0);
    assert_eq!((record.status, record.fit.is_none()), (Status::Failed, true));
    assert!(!record.reason.is_empty() && !record.reason.starts_with("panic"), "{}", record.reason);
}

#[test]
fn the_store_keeps_failed_rows() {
    let desk = Desk::with(&[]);
    let experiment = loaded(NEWTON).experiment;
    let records = rows(&experiment, "mle", &[1, 4]);
    let store = Store::create(&desk.path("run"), Identity::current("newton", 7)).unwrap();
    store.write_part(&records).unwrap();
    let scan = store.scan(StartRows::Keep).unwrap();
    assert_eq!(scan.digest, digest(&records));
    let reasons: Vec<_> = scan.records.iter().map(|r| r.reason.starts_with("panic:")).collect();
    assert_eq!(reasons, [false, true, false, false, true, false]);
}

#[test]
fn failed_rows_are_the_worst_case_of_every_statistic() {
    let experiment = loaded(&edited(NEWTON, "sizes = [300, 3000]", "sizes = [300]")).experiment;
    let near = experiment.arms.iter().position(|a| a.name == "near").unwrap();
    let records = rows(&experiment, "near", &[1, 4]);
    let rows = Rows::new(&experiment, &records);
    let values = |kind| rows.values(0, near, 300, Quantity::of_row(kind));
    for kind in [Kind::D1, Kind::Hellinger, Kind::WeightError, Kind::CellSize] {
        let infinite: Vec<_> = values(kind).iter().map(|v| v.is_infinite() && *v > 0.0).collect();
        assert_eq!(infinite, [false, true, false, false, true, false], "{kind:?}");
    }
    assert!(
        values(Kind::Root).iter().all(|v| v.is_infinite()),
        "no cell holds two atoms: there is no root error"
    );
    let cell_of_atom = Quantity { kind: Kind::Root, atom: Some(1) };
    assert_eq!(rows.values(0, near, 300, cell_of_atom).iter().filter(|v| v.is_infinite()).count(), 2);

    let fits = rows.fits(0, near);
    assert_eq!((fits.rows, fits.failed, fits.certified + fits.uncertified), (6, 2, 4));
    let d1 = values(Kind::D1);
    assert_eq!(Statistic::Mean.evaluate(&d1), Some(f64::INFINITY));
    assert!(Statistic::Median.evaluate(&d1).unwrap().is_finite());
    assert_eq!(Statistic::Exceeds(1e6).evaluate(&d1), Some(2.0 / 6.0));
    let report = Report::new(&rows, String::new());
    assert_eq!(report.arm("exact", "near").unwrap().fits.failed, 2);
    assert_eq!(report.missing, 24 - 6, "failed rows are there");
}
