//! Beside an interval without an end stands which replications open it.

use moe_core::rate::Rate;
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::figure::Format;
use moe_harness::quantity::Kind;
use moe_harness::record::Record;
use moe_harness::report::gallery::{self, Ask};
use moe_harness::report::{Replays, Report, text};

use super::texts;
use crate::program::{DOUBLES, Desk, loaded};

/// The doubles with a panel of one cell's intercept, run.
fn doubles() -> (Experiment, Vec<Record>) {
    let panel = "[[panel]]\ntitle = \"Intercepts\"\ncurve = [\n  { cell = \"exact\", arm = \"half\", quantity = \
                 \"root_intercept[0]\", statistic = \"median\" },\n]\n";
    let file = format!("{DOUBLES}\n{panel}");
    let desk = Desk::with(&[("doubles.toml", &file)]);
    desk.moe("run doubles.toml --out run", 0);
    (loaded(&file).experiment, desk.records("run"))
}

/// The records, of which 18 of 40 replications of the arm `half` are spoilt at a size.
fn spoilt(records: &[Record], size: u64, spoil: impl Fn(&mut Record)) -> Vec<Record> {
    let mut records = records.to_vec();
    let of = |r: &&mut Record| &*r.arm_name == "half" && r.key.size == size && r.key.replication < 18;
    records.iter_mut().filter(of).for_each(spoil);
    records
}

/// Gives the error of the intercepts of atom 0 this value.
fn set(value: Option<f64>) -> impl Fn(&mut Record) {
    move |record| {
        let cell = &mut record.fit.as_mut().unwrap().cells[0];
        *cell = cell.with(Kind::RootIntercept, value);
    }
}

/// What a figure of the arm `half` says.
fn drawn(report: &Report<'_>, rows: &Rows<'_>, kind: gallery::Kind) -> String {
    let replays = Replays { folder: "run".into() };
    let ask = Ask { kind, cells: vec![], arms: vec!["half".into()], axes: None };
    let made = gallery::make(report, rows, &replays, &ask).unwrap();
    texts(&made.printed(Format::Screen)[0].svg())
}

/// What figures and the report say, and the slope of the panel.
fn said(experiment: &Experiment, records: &[Record]) -> ([String; 3], String, Rate) {
    let rows = Rows::new(experiment, records);
    let report = Report::new(&rows, String::new());
    let kinds = [gallery::Kind::Rates, gallery::Kind::Components, gallery::Kind::LocalSlopes];
    let figures = kinds.map(|kind| drawn(&report, &rows, kind));
    let rate = report.panels[0].curves[0].measured.rate.clone().unwrap();
    (figures, text::markdown(&report), rate)
}

#[test]
fn intervals_with_both_ends_need_no_words() {
    let (experiment, records) = doubles();
    let (figures, report, rate) = said(&experiment, &records);
    assert!(rate.lower.is_finite() && rate.upper.is_finite());
    let none = ["root intercept, atom 0, median: ", "intercepts a, median: ", "some intervals have no end"];
    for (figure, words) in figures.iter().zip(none) {
        assert!(!figure.contains(words), "{figure}");
    }
    assert!(!report.contains("noise does not bound"), "{report}");
}

#[test]
fn what_opens_an_interval_is_counted() {
    let (experiment, records) = doubles();
    let (first, last) = (experiment.sizes[0], *experiment.sizes.last().unwrap());
    let empty = "fits that leave Voronoi cell 0 empty count as infinite";
    let zero = "values of exactly 0 have no logarithm";
    for (records, end, why, at) in [
        (spoilt(&records, first, set(None)), "lower", empty, ["10³", "10^3"]),
        (spoilt(&records, last, set(None)), "upper", empty, ["10⁶", "10^6"]),
        (spoilt(&records, last, set(Some(0.0))), "lower", zero, ["10⁶", "10^6"]),
        (
            spoilt(&records, first, |r| r.fit = None),
            "lower",
            "failed fits count as infinite",
            ["10³", "10^3"],
        ),
    ] {
        let ([rates, components, slopes], report, rate) = said(&experiment, &records);
        assert_eq!([rate.lower, rate.upper].map(f64::is_infinite), [end == "lower", end == "upper"]);
        let [why, listed] = at.map(|n| format!("{why} (18 of 40 at n = {n})."));
        let whole = format!("median: the interval has no {end} end, since {why}");
        assert!(rates.contains(&format!("root intercept, atom 0, {whole}")), "{rates}");
        assert!(components.contains(&format!("intercepts a, {whole}")), "{components}");
        assert!(
            slopes.contains(&format!("atom 0, median: some intervals have no end, since {why}")),
            "{slopes}"
        );
        assert!(
            report.contains(&format!("\n- exact root_intercept[0] median (half): {listed}\n")),
            "{report}"
        );
        for figure in [rates, components, slopes] {
            assert!(figure.contains("an interval goes on beyond the axis"), "{figure}");
        }
    }
}

/// Where so many have no value that the statistic is infinite, a figure says why there is no slope.
#[test]
fn an_infinite_statistic_says_why_there_is_no_slope() {
    let (experiment, mut records) = doubles();
    let first = experiment.sizes[0];
    records.iter_mut().filter(|r| &*r.arm_name == "half" && r.key.size == first).for_each(set(None));
    let rows = Rows::new(&experiment, &records);
    let words = "median: no slope, since fits that leave Voronoi cell 0 empty count as infinite (40 of 40 at n = 10³).";
    for kind in [gallery::Kind::Rates, gallery::Kind::Components] {
        let said = drawn(&Report::new(&rows, String::new()), &rows, kind);
        assert!(said.contains(words), "{said}");
    }
}

/// The remark stands beside the verdict on a slope as well.
#[test]
fn a_claim_says_why_its_interval_is_open() {
    let (experiment, records) = doubles();
    let records = spoilt(&records, experiment.sizes[0], |r| r.fit = None);
    let report = Report::new(&Rows::new(&experiment, &records), String::new());
    let half = report.claims.iter().filter(|c| c.claim.arm == "half" && c.measured.rate.is_ok());
    let open = half.filter(|c| c.measured.rate.as_ref().unwrap().lower.is_infinite()).count();
    let words = "the interval has no lower end, since failed fits count as infinite (18 of 40 at n = 10^3)";
    let told = report.claims.iter().filter(|c| c.all_remarks().any(|remark| remark == words)).count();
    assert!(open > 0 && open == told, "{open} and {told}");
}
