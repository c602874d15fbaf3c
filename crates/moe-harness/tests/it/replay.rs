//! One replication again, alone: the same bits, its data for other programs, its search step by step.

use moe_core::dataset::Dataset;
use moe_harness::measure::Prepared;
use moe_harness::record::Record;
use moe_harness::store::Store;
use ndarray::Array2;

use crate::program::{DOUBLES, Desk, NEWTON, Said, edited, loaded, table};

/// A finished run of the small search.
fn searched() -> Desk {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    desk
}

/// Replays a replication of the small search.
#[track_caller]
fn replay(desk: &Desk, flags: &str, code: i32) -> Said {
    desk.moe(&format!("replay newton.toml --out run {flags}"), code)
}

#[test]
fn a_replayed_row_has_the_same_bits() {
    let desk = searched();
    for flags in [
        "--cell exact --size 300 --replication 0",
        "--cell over --arm mle --size 3000 --replication 5",
        "--cell over --arm second --size 300 --replication 2",
        "--cell exact --arm near --size 3000 --replication 1",
    ] {
        let said = replay(&desk, flags, 0);
        assert!(said.out.contains("the same bits as the row in run"), "{flags}\n{}", said.out);
    }
    let by_folder = desk.moe("replay run --cell over --size 300 --replication 3", 0);
    assert!(by_folder.out.contains("the same bits as"), "{}", by_folder.out);
}

#[test]
fn without_a_stored_row_there_is_nothing_to_compare() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let replayed = |flags: &str, why: &str| {
        let said = desk.moe(&format!("replay doubles.toml --cell exact --size 1000 {flags}"), 0);
        assert!(said.out.contains("status: certified") && !said.out.contains("bits"), "{}", said.out);
        assert!(said.out.contains("not compared: ") && said.out.contains(why), "{}", said.out);
    };
    replayed("--replication 7", "there is no run folder results/runs/doubles-");
    assert!(!desk.path("results").exists(), "replay makes no run folder");
    desk.moe("run doubles.toml --replications 5 --out run", 0);
    replayed("--replication 7 --out run", "run has no such row; give the --profile");
    replayed("--replication 7 --out ran", "there is no run folder ran\n");
    // The default folder of a profile is not that of the whole experiment.
    desk.moe("run doubles.toml --profile smoke --replications 1", 0);
    replayed("--replication 0", "there is no run folder results/runs/doubles-");
    let same = desk.moe("replay doubles.toml --cell exact --size 1000 --replication 0 --profile smoke", 0);
    assert!(same.out.contains("the same bits as") && !same.out.contains("not compared"), "{}", same.out);
}

#[test]
fn other_bits_are_told() {
    let desk = searched();
    let store = Store::open(&desk.path("run")).unwrap();
    let mut record: Record = desk.records("run").remove(0);
    let other = Store::create(&desk.path("other"), store.identity().clone()).unwrap();
    record.fit.as_mut().unwrap().parameters[0] += 1e-12;
    other.write_part(&[record.clone()]).unwrap();
    let flags = format!(
        "--cell {} --arm {} --size {} --replication {}",
        record.cell_name, record.arm_name, record.key.size, record.key.replication
    );
    let said = desk.moe(&format!("replay newton.toml --out other {flags}"), 1);
    assert!(said.out.contains("DIFFERENT from the row in other"), "{}", said.out);
}

#[test]
fn a_trace_shows_every_start_and_the_steps_of_the_best() {
    let desk = searched();
    let said = replay(&desk, "--cell over --size 300 --replication 1 --trace", 0);
    let cell = loaded(NEWTON).experiment.cells[1].hash;
    let arm = loaded(NEWTON).experiment.arms[0].hash;
    let mut records = desk.records("run").into_iter();
    let stored = records
        .find(|r| (r.key.cell, r.key.arm, r.key.size, r.key.replication) == (cell, arm, 300, 1))
        .unwrap();
    let starts = table(&said.out, "start ");
    assert_eq!(starts.len(), 2 + stored.starts.len(), "{}", said.out);
    for (line, start) in starts[2..].iter().zip(&stored.starts) {
        assert!(line.starts_with(&format!("| {} ", start.index)) && line.contains(&*start.stop), "{line}");
    }
    // The ascent ends where the fit is, monotone in its likelihood, one line an iteration.
    let steps: Vec<Vec<&str>> =
        table(&said.out, "iteration ")[2..].iter().map(|l| l.split_whitespace().collect()).collect();
    let likelihood = |step: &[&str]| step[3].parse::<f64>().unwrap();
    assert!(steps.len() > 5 && steps.windows(2).all(|s| likelihood(&s[1]) >= likelihood(&s[0]) - 1e-9));
    assert!(steps.iter().enumerate().all(|(i, step)| step[1] == i.to_string()), "{}", said.out);
    let end = likelihood(steps.last().unwrap());
    assert!((end - stored.fit.unwrap().log_likelihood).abs() < 1e-6, "{end}");
}

/// The data set that a CSV holds.
fn read(csv: &str, classes: usize) -> Dataset {
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(columns, ["x1", "x2", "y", "count"]);
    let mut data = Dataset { x: Array2::zeros((0, 2)), labels: vec![], counts: vec![], classes };
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let x: Vec<f64> = fields[..2].iter().map(|v| v.parse().unwrap()).collect();
        data.x.push_row(ndarray::ArrayView1::from(&x)).unwrap();
        data.labels.push(fields[2].parse().unwrap());
        data.counts.push(fields[3].parse().unwrap());
    }
    data
}

/// The CSV of a replication holds its data set, bit for bit.
#[track_caller]
fn check_data(text: &str, size: u64, replication: u64) -> Dataset {
    let desk = Desk::with(&[("doubles.toml", text)]);
    let flags = format!("--cell exact --size {size} --replication {replication} --data data.csv");
    desk.moe(&format!("replay doubles.toml {flags}"), 0);
    let experiment = loaded(text).experiment;
    let data = read(&std::fs::read_to_string(desk.path("data.csv")).unwrap(), 2);
    assert_eq!(data, Prepared::new(&experiment.cells[0], size).data(experiment.seed, size, replication));
    assert_eq!(data.size(), size);
    data
}

#[test]
fn data_are_written_to_the_last_bit() {
    let counted = check_data(DOUBLES, 1_000_000, 3);
    assert!(counted.rows() <= 2 * 121);
    let law = "kind = \"grid\"\nlower = [-1.0, -1.0]\nupper = [1.0, 1.0]\npoints = [11, 11]";
    let uniform = edited(DOUBLES, law, "kind = \"uniform\"\nlower = [-1.0, -1.0]\nupper = [1.0, 1.0]");
    let single = check_data(&uniform, 1_000, 39);
    assert_eq!(single.counts, vec![1; 1_000]);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES), ("mine.csv", "thesis")]);
    for flag in ["--data", "--parameters"] {
        let flags = format!("--cell exact --size 1000 --replication 0 {flag} mine.csv");
        let said = desk.moe(&format!("replay doubles.toml {flags}"), 2);
        said.complains(&[flag, "mine.csv is there already and is not overwritten"]);
    }
    assert_eq!(std::fs::read_to_string(desk.path("mine.csv")).unwrap(), "thesis");
    let flags = "--cell exact --size 1000 --replication 0 --data nowhere/data.csv";
    desk.moe(&format!("replay doubles.toml {flags}"), 74).complains(&["nowhere/data.csv"]);
}

#[test]
fn the_fit_is_written_to_the_last_bit() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    let place = "--cell over --arm mle --size 3000 --replication 2";
    desk.moe(&format!("replay newton.toml {place} --parameters fit.json"), 0);
    let text = std::fs::read(desk.path("fit.json")).unwrap();
    let written: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let experiment = loaded(NEWTON).experiment;
    let prepared = Prepared::new(&experiment.cells[1], 3000);
    let record = moe_harness::measure::measure(&prepared, &experiment.arms[0], experiment.seed, 3000, 2);
    let fit = record.fit.unwrap();
    let numbers = |key: &str| {
        let list = written["fit"][key].as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap()).collect::<Vec<f64>>()
    };
    assert_eq!(numbers("parameters"), fit.parameters);
    assert_eq!(written["fit"]["log_likelihood"].as_f64(), Some(fit.log_likelihood));
    assert_eq!(written["log_likelihood_exact"].as_f64(), record.log_likelihood_exact);
    assert!(record.log_likelihood_exact.unwrap() >= record.log_likelihood_truth);
    // The recorded score is the largest component that the box does not hold back.
    let held = fit.at_box.chars().zip(&fit.parameters).zip(numbers("score_components"));
    let free = held.filter(|((at, v), s)| *at == '0' || *v * s < 0.0).map(|(_, s)| s.abs());
    let largest = free.fold(0.0, f64::max);
    assert!((largest - fit.score).abs() <= 1e-15, "{largest} is not {}", fit.score);
    assert_eq!(
        (&written["gate_map"], &written["experts"], &written["status"]),
        (&"identity".into(), &3.into(), &record.status.name().into())
    );
}
