//! Arms of EM and MM beside Newton's: the same data and starts, and a status that no rule of change can talk up.

use moe_harness::experiment::Experiment;
use moe_harness::measure::{Prepared, measure};
use moe_harness::record::{Record, Status};

use crate::program::{Desk, NEWTON, loaded};

const NEAR: &str = "starts = { kind = \"near-truth\", count = 2, radius = 1.0, radius_rate = -0.25 }";
const CERTIFY: &str = "certify = { score = 1e-9, gain = 1e-9 }";

/// The small experiment with other arms.
fn text(arms: &[(&str, &str, &str, &str)]) -> String {
    let head = NEWTON.split("[[arm]]").next().unwrap();
    let arm = |(name, estimator, starts, rest): &(&str, &str, &str, &str)| {
        format!("[[arm]]\nname = \"{name}\"\nestimator = \"{estimator}\"\n{starts}\n{rest}\n\n")
    };
    head.to_owned() + &arms.iter().map(arm).collect::<String>()
}

fn experiment(arms: &[(&str, &str, &str, &str)]) -> Experiment {
    loaded(&text(arms)).experiment
}

fn record(experiment: &Experiment, (cell, arm): (usize, usize), size: u64, replication: u64) -> Record {
    let cell = Prepared::new(&experiment.cells[cell], experiment.sizes[0]);
    measure(&cell, &experiment.arms[arm], experiment.seed, size, replication)
}

#[test]
fn every_estimator_gets_the_same_starts_and_under_our_rule_finds_the_same_maximum() {
    let ours = "stop = { score = 1e-9, gain = 1e-9, iterations = 20000 }";
    let experiment =
        experiment(&[("newton", "newton", NEAR, ours), ("em", "em", NEAR, ours), ("mm", "mm", NEAR, ours)]);
    for replication in 0..3 {
        let rows: Vec<Record> = (0..3).map(|arm| record(&experiment, (0, arm), 3000, replication)).collect();
        for row in &rows {
            assert_eq!((row.status, &*row.reason), (Status::Certified, ""), "{}", row.arm_name);
            let origins = |r: &Record| r.starts.iter().map(|s| s.origin.clone()).collect::<Vec<_>>();
            assert_eq!(origins(row), origins(&rows[0]));
            let value = |r: &Record| r.fit.as_ref().unwrap().log_likelihood;
            assert!((value(row) - value(&rows[0])).abs() <= 1e-6, "{}", row.arm_name);
        }
    }
}

#[test]
fn a_loose_rule_ends_uncertified_and_the_row_says_how_and_how_far() {
    let change = format!("stop = {{ relative_likelihood = 1e-6, iterations = 20000 }}\n{CERTIFY}");
    let step = format!("stop = {{ parameter_step = 1e-1, iterations = 20000 }}\n{CERTIFY}");
    let cap = format!("stop = {{ iterations = 3 }}\n{CERTIFY}");
    let at_truth = "starts = { kind = \"at-truth\" }";
    for map in ["em", "mm"] {
        let arms =
            [("change", map, NEAR, &*change), ("step", map, NEAR, &*step), ("cap", map, at_truth, &*cap)];
        let experiment = experiment(&arms);
        let mut uncertified = 0;
        for (arm, stop, by) in [
            (0, "likelihood-change", "stopped by the likelihood's change w"),
            (1, "parameter-step", "stopped by the parameters' step w"),
            (2, "iteration-cap", "stopped by the cap on iterations w"),
        ] {
            let row = record(&experiment, (1, arm), 3000, 0);
            assert_eq!(*row.fit.as_ref().unwrap().stop, *stop);
            if row.reason.starts_with("proven failure") {
                // Its stop column still says how it ended.
                assert_eq!(row.status, Status::Failed);
                continue;
            }
            assert_eq!(row.status, Status::Uncertified);
            uncertified += 1;
            assert!(row.reason.starts_with(by), "{}", row.reason);
            assert!(row.reason.ends_with("nats") || row.reason.ends_with("curves upwards"), "{}", row.reason);
        }
        assert!(uncertified > 0, "all were proven failures");
        let row = record(&experiment, (1, 2), 3000, 0);
        assert_eq!((row.starts.len(), &*row.starts[0].kind), (1, "at-truth"));
        let origin = &row.starts[0].origin;
        assert_eq!(origin[..3], origin[3..6], "two copies of one atom share its weight equally");
        assert!((origin[0] + std::f64::consts::LN_2).abs() <= 1e-15);
    }
}

#[test]
fn a_rule_of_change_that_happens_to_reach_the_maximum_is_certified() {
    let rest = format!("stop = {{ parameter_step = 1e-13, iterations = 20000 }}\n{CERTIFY}");
    let row = record(&experiment(&[("tight", "em", NEAR, &rest)]), (0, 0), 3000, 0);
    assert_eq!((row.status, &*row.reason), (Status::Certified, ""));
    assert_eq!(*row.fit.unwrap().stop, *"parameter-step");
}

#[test]
fn starts_near_the_truth_are_at_the_distance_that_the_file_says() {
    let still = "starts = { kind = \"near-truth\", count = 1, radius = 1.0 }";
    let shrinking = "starts = { kind = \"near-truth\", count = 1, radius = 1.0, radius_rate = -0.25 }";
    let none = "starts = { kind = \"near-truth\", count = 1, radius = 0 }";
    let stop = "stop = { score = 1e-9, gain = 1e-9, iterations = 1 }";
    let experiment = experiment(&[
        ("still", "newton", still, stop),
        ("shrinking", "newton", shrinking, stop),
        ("none", "newton", none, stop),
    ]);
    for size in [300, 3000] {
        let origin = |arm| record(&experiment, (1, arm), size, 1).starts[0].origin.clone();
        let (still, shrinking, centre) = (origin(0), origin(1), origin(2));
        // 300^0.25 and 3000^0.25.
        let factor = if size == 300 { 4.161_791_450_287_817 } else { 7.400_828_044_922_853 };
        for ((a, b), c) in still.iter().zip(&shrinking).zip(&centre) {
            assert!(((a - c) - factor * (b - c)).abs() <= 1e-12, "{a} {b} {c}");
        }
    }
}

#[test]
fn random_starts_are_truth_blind_and_their_rows_are_replayed_with_every_iteration() {
    let random = "starts = { kind = \"random\", count = 3, stream = 4 }";
    let rest =
        format!("replications = 2\nstop = {{ relative_likelihood = 1e-6, iterations = 200 }}\n{CERTIFY}");
    let desk = Desk::with(&[("em.toml", &text(&[("blind", "em", random, &rest)]))]);
    let out = desk.moe("run em.toml --out run", 0).out;
    let fits = out.lines().find(|l| l.contains("blind") && l.contains("yes"));
    assert!(fits.is_some(), "{out}");
    assert!(desk.records("run").iter().all(|r| r.starts.len() == 3 && &*r.starts[0].kind == "random"));
    let replay = "replay em.toml --out run --cell over --arm blind --size 300 --replication 1 --trace";
    let trace = desk.moe(replay, 0).out;
    assert!(trace.contains("the same bits as") || trace.contains("step by step"), "{trace}");
    let last = desk
        .records("run")
        .into_iter()
        .find(|r| &*r.cell_name == "over" && r.key.size == 300 && r.key.replication == 1);
    let last = last.unwrap();
    let best =
        last.starts.iter().reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a }).unwrap();
    let line = format!("| {} ", best.iterations);
    assert!(trace.lines().any(|l| l.starts_with(&line)), "no iteration {}\n{trace}", best.iterations);
}
