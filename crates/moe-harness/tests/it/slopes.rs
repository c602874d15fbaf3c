//! What stands beside a slope: fits that are not certified, the smallest sizes, numerical floors.

use moe_core::rate::{Rate, RateProblem};
use moe_core::statistic::Statistic;
use moe_harness::aggregate::{Failures, Place, Question, Rows, Ways, value};
use moe_harness::experiment::Experiment;
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::record::{Record, Status};
use moe_harness::report::{Report, text};

use crate::program::{DOUBLES, Desk, NEWTON, loaded};

const D1: Quantity = Quantity { kind: Kind::D1, atom: None };

/// The doubles with a panel, run.
fn doubles() -> (Experiment, Vec<Record>) {
    let panel = "[[panel]]\ntitle = \"Known rates\"\ncurve = [\n  { cell = \"exact\", arm = \"half\", \
                 quantity = \"d1\", statistic = \"mean\", theory = -0.5 },\n]\n";
    let file = format!("{DOUBLES}\n{panel}");
    let desk = Desk::with(&[("copy.toml", &file)]);
    desk.moe("run copy.toml --out run", 0);
    (loaded(&file).experiment, desk.records("run"))
}

/// Takes the certificate from the largest twentieth of the losses at the largest size: a failure that depends on data.
fn injected(experiment: &Experiment, mut records: Vec<Record>) -> Vec<Record> {
    let last = *experiment.sizes.last().unwrap();
    let of = |r: &Record| r.key.size == last && r.key.arm == experiment.arms[0].hash;
    let losses: Vec<f64> = records.iter().filter(|r| of(r)).map(|r| value(r, D1).unwrap()).collect();
    let bound = Statistic::Quantile(0.95).evaluate(&losses).unwrap();
    for record in records.iter_mut().filter(|r| of(r)) {
        if value(record, D1).unwrap() > bound {
            record.status = Status::Uncertified;
            record.reason = "injected".into();
        }
    }
    records
}

fn ways(rows: &Rows<'_>, statistic: Statistic) -> Ways {
    let place = Place { cells: vec![0], arm: 0 };
    let measured = rows.measured(&place, D1, statistic, 0, 0.95);
    rows.ways(Question { place: &place, quantity: D1, statistic, level: 0.95 }, 0, &measured)
}

fn slope(rate: &Result<Rate, RateProblem>) -> f64 {
    rate.as_ref().unwrap().slope
}

#[test]
fn injected_failures_shift_the_slope_and_the_report_shows_it() {
    let (experiment, records) = doubles();
    let clean = Rows::new(&experiment, &records);
    let before = ways(&clean, Statistic::Mean);
    assert_eq!(before.uncertified, 0);
    assert_eq!(before.certified, before.all);
    assert_eq!(before.worst, before.all);
    let text = text::markdown(&Report::new(&clean, String::new()));
    assert!(text.contains("so the three ways agree"), "{text}");

    let torn = injected(&experiment, records);
    let rows = Rows::new(&experiment, &torn);
    let after = ways(&rows, Statistic::Mean);
    assert_eq!(after.uncertified, 2, "a twentieth of 40 replications");
    assert_eq!(after.all, before.all, "verdicts use the fits as they are");
    // Without its largest losses the last size is lower, with them at the worst case it is higher.
    assert!(slope(&after.certified) < slope(&after.all) - 1e-3);
    assert!(slope(&after.worst) > slope(&after.all) + 1e-3);
    // A median hardly moves, and the worst case is infinite there.
    let median = ways(&rows, Statistic::Median);
    assert!((slope(&median.worst) - slope(&median.all)).abs() < 0.02);
    let worst =
        rows.series_under(&Place { cells: vec![0], arm: 0 }, D1, Statistic::Median, 0, Failures::Worst);
    let infinite = worst.groups[0].last().unwrap().iter().filter(|v| v.is_infinite()).count();
    assert_eq!(infinite, 2);

    let text = text::markdown(&Report::new(&rows, String::new()));
    assert!(text.contains("certified only") && text.contains("worst case"), "{text}");
}

#[test]
fn the_path_begins_with_the_slope_and_ends_with_two_sizes() {
    let (experiment, records) = doubles();
    let rows = Rows::new(&experiment, &records);
    let report = Report::new(&rows, String::new());
    let curve = &report.panels[0].curves[0];
    let stability = curve.stability.as_ref().unwrap();
    assert_eq!(stability.path.len(), experiment.sizes.len() - 1);
    assert_eq!(stability.path[0].rate, curve.measured.rate, "computed alike");
    let [.., last] = stability.path.as_slice() else { panic!("no path") };
    let local = stability.local_slopes().last().unwrap();
    assert_eq!(last.from, local.from);
    assert!((slope(&last.rate) - local.slope).abs() < 1e-12);
    assert!(stability.floors.is_empty(), "a double maximises nothing");
}

/// Certified fits are far above their floor; with a gain left that a loose rule would leave, the alarm is given.
#[test]
fn a_loose_certificate_gives_the_alarm() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    let experiment = loaded(NEWTON).experiment;
    let mut records = desk.records("run");
    let place = Place { cells: vec![0], arm: 0 };
    let largest = |records: &[Record], kind: Kind| {
        let (rows, quantity) = (Rows::new(&experiment, records), Quantity::of_row(kind));
        let measured = rows.measured(&place, quantity, Statistic::Median, 0, 0.95);
        let floors = rows.floors(&place, quantity, Statistic::Median, &measured);
        assert_eq!(floors.len(), experiment.sizes.len());
        assert_eq!(floors.iter().any(|f| f.alarms()), floors.iter().any(|f| f.share() > 0.05));
        floors.iter().map(|f| f.share()).fold(0.0, f64::max)
    };
    let kinds = [Kind::D1, Kind::Hellinger, Kind::TotalVariation, Kind::Kl, Kind::LikelihoodGain];
    for kind in kinds {
        let share = largest(&records, kind);
        assert!(share > 0.0 && share < 1e-3, "{kind:?}: {share}");
    }
    for fit in records.iter_mut().filter_map(|r| r.fit.as_mut()) {
        fit.gain = 0.5;
    }
    for kind in kinds {
        assert!(largest(&records, kind) > 0.05, "{kind:?}");
    }
}
