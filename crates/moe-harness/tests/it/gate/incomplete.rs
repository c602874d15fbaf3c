//! Folders with missing rows: what is paired is the number of the replication, and nothing is decided.

use moe_core::verdict::Verdict;
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::judge::{judge, series};
use moe_harness::measure::{AllPrepared, measure};
use moe_harness::plan::Plan;
use moe_harness::record::Record;

use super::{claim, doubles};
use crate::program::{Desk, loaded};

/// One claim on a difference of two arms, which is clear, and one on the first arm alone.
fn text() -> String {
    let other = "differs_from = { cell = \"exact\", arm = \"quarter\" }";
    doubles(&[
        claim("differs", "half", &format!("statistic = \"median\"\n{other}\nmargin = 0.1")),
        claim("large", "half", "statistic = \"median\"\nequals = -0.5\nmargin = 0.2"),
    ])
    .replace("sizes = [1000, 1_000_000]", "sizes = [1000, 10_000, 1_000_000]")
}

fn run(experiment: &Experiment) -> Vec<Record> {
    let plan = Plan::new(experiment);
    let prepared = AllPrepared::new(experiment, &plan);
    let one = |item: &moe_harness::plan::Item| {
        let arm = &experiment.arms[item.arm];
        measure(prepared.serving(item), arm, experiment.seed, item.size, item.replication)
    };
    plan.items.iter().map(one).collect()
}

/// Loses the first replication of one arm and one in the middle of the other, each at the smallest size.
fn holes(experiment: &Experiment, records: &mut Vec<Record>) {
    let [half, quarter] = [0, 1].map(|arm| experiment.arms[arm].hash);
    records.retain(|r| {
        r.key.size != 1000 || ![(half, 0), (quarter, 17)].contains(&(r.key.arm, r.key.replication))
    });
}

#[test]
fn pairs_are_of_one_replication() {
    let experiment = loaded(&text()).experiment;
    let mut records = run(&experiment);
    holes(&experiment, &mut records);
    let rows = Rows::new(&experiment, &records);
    let (own, other) = series(&rows, &experiment.claims[0]).unwrap();
    let other = other.unwrap();
    for (at, size) in own.sizes.iter().enumerate() {
        let of = |arm: usize, replication: u64| {
            let row = rows.at(0, arm, *size).iter().find(|r| r.key.replication == replication);
            moe_harness::aggregate::value(row.unwrap(), experiment.claims[0].quantity).unwrap()
        };
        let expected = (0..40).filter(|r| *size != 1000 || ![0, 17].contains(r));
        let expected: Vec<(f64, f64)> = expected.map(|r| (of(0, r), of(1, r))).collect();
        let found: Vec<(f64, f64)> =
            own.groups[0][at].iter().copied().zip(other.groups[0][at].iter().copied()).collect();
        assert_eq!(found, expected, "n = {size}");
        assert_eq!(own.groups[0][at].len(), other.groups[0][at].len());
    }
}

#[test]
fn a_missing_row_leaves_its_claims_undecided_and_others_alone() {
    let mut experiment = loaded(&text()).experiment;
    experiment.claims[1].from = 10_000;
    let experiment = experiment;
    let mut records = run(&experiment);
    let verdicts = |records: &[Record]| {
        let rows = Rows::new(&experiment, records);
        [0, 1].map(|i| judge(&rows, &experiment.claims[i]).judgement)
    };
    assert_eq!(verdicts(&records).map(|j| j.verdict), [Verdict::Agrees; 2]);
    holes(&experiment, &mut records);
    let [differs, large] = verdicts(&records);
    assert_eq!(differs.verdict, Verdict::Undecided);
    assert!(differs.reason.contains("2 of its 320 planned rows are missing"), "{}", differs.reason);
    assert_eq!((differs.agreement, differs.disagreement), (1.0, 1.0));
    assert_eq!(large.verdict, Verdict::Agrees, "the rows that it speaks of are there: {}", large.reason);
}

#[test]
fn a_report_on_the_way_decides_nothing() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    desk.moe("run copy.toml --out run --replications 25", 0);
    desk.moe("report copy.toml --out run", 0);
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(desk.path("run/report/verdicts.json")).unwrap()).unwrap();
    for (claim, missing) in json["claims"].as_array().unwrap().iter().zip(["120 of its 320", "60 of its 160"])
    {
        assert_eq!(claim["verdict"], "undecided");
        assert!(claim["reason"].as_str().unwrap().contains(missing), "{claim}");
    }
}
