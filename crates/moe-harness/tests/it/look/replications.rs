//! What figures show of single replications: their errors, fits, values and starts.

use moe_core::statistic::Statistic;
use moe_harness::aggregate::{Rows, value};
use moe_harness::figure::Format;
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::report::gallery::{self, Ask};
use moe_harness::report::{Replays, Report};

use super::{PANEL, doubles, read, texts};
use crate::program::{DOUBLES, Desk, NEWTON, loaded};

/// Gate slopes that the alignment of D_2 lays on the true ones are counted, as no line of them can be seen; where a median is
/// 0 that is said to be why there is no slope, and nowhere else.
#[test]
fn gate_slopes_without_an_error_are_counted() {
    let experiment = loaded(DOUBLES).experiment;
    let desk = doubles();
    let mut records = desk.records("run");
    let ask = Ask { kind: gallery::Kind::Components, cells: vec![], arms: vec!["half".into()], axes: None };
    let mut other_reasons = 0;
    let first = Quantity { kind: Kind::RootGate, atom: Some(0) };
    // Without its smallest size no quantity has a slope; few errors of the first atom are 0 then.
    for whole in [true, false] {
        records.retain(|r| {
            let few = r.key.replication < 3 || value(r, first) != Some(0.0);
            &*r.arm_name == "half" && (whole || few && r.key.size > experiment.sizes[0])
        });
        let rows = Rows::new(&experiment, &records);
        let report = Report::new(&rows, String::new());
        let replays = Replays { folder: "run".into() };
        let made = gallery::make(&report, &rows, &replays, &ask).unwrap();
        let said = texts(&made.printed(Format::Screen)[0].svg());
        for atom in [0, 1] {
            let gate = Quantity { kind: Kind::RootGate, atom: Some(atom) };
            let errors: Vec<f64> = records.iter().filter_map(|r| value(r, gate)).collect();
            let zero = errors.iter().filter(|v| **v == 0.0).count();
            let zero_median = experiment.sizes.iter().any(|size| {
                let here = records.iter().filter(|r| r.key.size == *size);
                let here: Vec<f64> = here.filter_map(|r| value(r, gate)).collect();
                Statistic::Median.evaluate(&here) == Some(0.0)
            });
            let why = if zero_median { "; no slope is fitted where a median is 0." } else { "." };
            let note = format!("exactly 0 at the alignment of D₂ in {zero} of {} fits{why}", errors.len());
            assert_eq!(said.contains(&note), zero > 0, "{note}\n{said}");
            other_reasons += usize::from(zero > 0 && !zero_median && !whole);
        }
    }
    assert!(other_reasons > 0, "a slope is missing for another reason");
}

/// Fits that failed or are not certified have marks of their own, with their meaning, and their status in the data.
#[test]
fn fits_that_are_no_maxima_are_marked() {
    let capped = NEWTON.replace("iterations = 100", "iterations = 1");
    let panel = PANEL.replace("half", "mle");
    let desk = Desk::with(&[("newton.toml", &format!("{capped}{panel}"))]);
    desk.moe("run newton.toml --out run", 0);
    desk.moe("figure run --kind distribution --arm mle,near --out d.svg", 0);
    let said = texts(&read(&desk, "d.svg"));
    assert!(said.contains("its fit is not certified") && said.contains("its fit failed"), "{said}");
    let csv = read(&desk, "d.csv");
    for status in ["failed", "uncertified"] {
        let records = desk.records("run");
        let shown = records.iter().filter(|r| ["mle", "near"].contains(&&*r.arm_name));
        let stored = shown.filter(|r| r.status.name() == status).count();
        let written = csv.lines().filter(|l| l.contains(",d1,") && l.ends_with(&format!(",{status}")));
        assert!(stored > 0 && written.count() == stored, "{status}");
    }
    let page = read(&desk, "run/report/report.html");
    assert!(page.contains(", failed, d1") || page.contains(", failed, D"), "a point says what became of it");
    let good = doubles();
    good.moe("figure run --kind distribution --out d.svg", 0);
    assert!(!texts(&read(&good, "d.svg")).contains("its fit"), "all are certified");
}

#[test]
fn the_data_of_a_distribution_are_those_of_the_records() {
    let desk = doubles();
    desk.moe("figure run --kind distribution --arm quarter --out d.svg", 0);
    let csv = read(&desk, "d.csv");
    let written: Vec<(u64, u64, f64)> = csv
        .lines()
        .filter(|l| l.starts_with("exact,quarter,") && l.contains(",d1,"))
        .map(|l| {
            let cells: Vec<&str> = l.split(',').collect();
            (cells[2].parse().unwrap(), cells[3].parse().unwrap(), cells[5].parse().unwrap())
        })
        .collect();
    let d1 = Quantity::of_row(Kind::D1);
    let records = desk.records("run");
    let mut stored: Vec<(u64, u64, f64)> = records
        .iter()
        .filter(|r| &*r.arm_name == "quarter")
        .map(|r| (r.key.size, r.key.replication, value(r, d1).unwrap()))
        .collect();
    stored.sort_by_key(|r| (r.0, r.1));
    assert_eq!(written, stored, "to the last bit");
}

#[test]
fn searches_have_waterfalls() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    desk.moe("figure run --kind starts --out w.svg", 0);
    let csv = read(&desk, "w.csv");
    let deficits: Vec<f64> =
        csv.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert!(deficits.len() > 20 && deficits.iter().all(|d| *d >= 0.0));
    let best = csv.lines().filter(|l| l.split(',').nth(4) == Some("0")).count();
    assert!(
        best > 0 && deficits.iter().filter(|d| **d == 0.0).count() >= best,
        "the best is not behind itself"
    );
    assert!(read(&desk, "w.svg").contains("same maximum"));
}
