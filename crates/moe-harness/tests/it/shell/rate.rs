//! `moe rate`: slopes and verdicts from a CSV of any simulation.

use std::path::Path;

use moe_core::rate::{self, Series, Weights};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose};
use serde_json::Value;

use crate::program::{DOUBLES, Desk};

/// The table under examples/, made by a script that knows nothing of the program.
fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/losses/losses.csv");
    std::fs::read_to_string(path).unwrap()
}

fn desk() -> Desk {
    Desk::with(&[("losses.csv", &example())])
}

fn document(desk: &Desk, arguments: &str, code: i32) -> Value {
    serde_json::from_str(&desk.moe(&format!("rate {arguments} --json"), code).out).unwrap()
}

/// `moe rate losses.csv --group estimator` with statements, which hold blanks.
#[track_caller]
fn judged(desk: &Desk, statements: &[&str], code: i32) -> String {
    let mut command = desk.command("rate losses.csv --group estimator");
    statements.iter().for_each(|s| {
        command.args(["--claim", s]);
    });
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(code), "{statements:?}\n{text}");
    text
}

fn close(value: &Value, expected: f64) -> bool {
    (value.as_f64().unwrap() - expected).abs() < 1e-15
}

#[test]
fn the_slopes_are_those_of_the_slope_engine() {
    let desk = desk();
    let found = document(&desk, "losses.csv --group estimator", 0);
    let groups = found["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    for (group, rate_of) in groups.iter().zip([-1.0, -0.5]) {
        let name = group["group"].as_str().unwrap();
        let sizes = vec![100, 300, 1000, 3000, 10_000];
        let text = example();
        let values = |n: &u64| {
            let rows = text.lines().skip(1).map(|l| l.split(',').collect::<Vec<_>>());
            let rows = rows.filter(|r| r[0] == name && r[1] == n.to_string());
            rows.map(|r| r[3].parse().unwrap()).collect::<Vec<f64>>()
        };
        let series = Series::new(sizes.clone(), sizes.iter().map(values).collect());
        let (purpose, content) = (Purpose::Bootstrap, [0; 32]);
        let mut stream = Address { seed: 0, purpose, content, size: 0, replication: 0 }.stream();
        let own = rate::fit(&series, Statistic::Median, &Weights::Equal, 0.95, 2000, &mut stream).unwrap();
        let slope = &group["slope"];
        assert!(close(&slope["estimate"], own.slope), "{slope}");
        assert!(close(&slope["lower"], own.lower) && close(&slope["upper"], own.upper), "{slope}");
        assert!(own.lower < rate_of && rate_of < own.upper, "{name}: the interval holds the known exponent");
        assert_eq!(group["replications"], 200);
    }
}

#[test]
fn statements_are_judged_and_the_exit_code_says_how() {
    let desk = desk();
    judged(&desk, &[], 0);
    judged(&desk, &["slower_than -2"], 0);
    let text = judged(&desk, &["equals -0.5 margin 0.1"], 1);
    assert!(text.contains("disagrees") && text.contains("some statement disagrees"), "{text}");
    judged(&desk, &["equals -1 margin 0.001", "slower_than -2"], 1);
    judged(&desk, &["at_least -1.05"], 1);
    let only = example().lines().filter(|l| !l.starts_with("twice")).collect::<Vec<_>>().join("\n");
    let alone = Desk::with(&[("losses.csv", &only)]);
    judged(&alone, &["equals -1 margin 0.15"], 0);
    let text = judged(&alone, &["equals -1 margin 0.001"], 3);
    assert!(text.contains("undecided"), "{text}");
    judged(&alone, &["stays_above 0.00001"], 0);
}

/// A disagreement at p = 0.02: clear for one statement, not for one of three.
#[test]
fn a_disagreement_must_survive_the_number_of_statements() {
    let only = example().lines().filter(|l| !l.starts_with("twice")).collect::<Vec<_>>().join("\n");
    let desk = Desk::with(&[("losses.csv", &only)]);
    let slope = document(&desk, "losses.csv --group estimator", 0)["groups"][0]["slope"].clone();
    let end = |key: &str| slope[key].as_f64().unwrap();
    let beyond = format!("slower_than {}", end("upper") + 0.02 * (end("upper") - end("lower")));
    judged(&desk, &[&beyond], 1);
    let text = judged(&desk, &[&beyond, "slower_than -2", "slower_than -3"], 3);
    assert!(text.contains("disagrees (not confirmed: adjusted p-value 0.0"), "{text}");
    let last = text.lines().rfind(|line| !line.is_empty());
    assert_eq!(
        last,
        Some("no disagreement is confirmed; some statements are undecided or not confirmed"),
        "{text}"
    );
    let text = judged(&desk, &["equals -1 margin 0.001"], 3);
    assert!(text.contains("\nno statement disagrees; some are undecided\n"), "{text}");
}

/// Two groups fall: the hint comes once for a statement, and for none with the sign of the slopes.
#[test]
fn a_forgotten_minus_is_suspected() {
    let warned = |statement: &str| {
        let desk = desk();
        let mut command = desk.command("rate losses.csv --group estimator");
        let output = command.args(["--claim", statement]).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let equals = warned("equals 0.5 margin 0.1");
    assert!(
        equals.contains(
            "warning: \"equals 0.5 ± 0.1\": 0.5 is the slope of losses that grow, and the slope of maximum"
        ) && equals.contains("did you mean -0.5?"),
        "{equals}"
    );
    assert_eq!(equals.matches("did you mean").count(), 1, "{equals}");
    assert!(warned("at_least 0.25").contains("did you mean -0.25?"));
    for right in ["equals -0.5 margin 0.1", "slower_than -2", "stays_above 0.2", "at_least 0"] {
        assert_eq!(warned(right), "", "{right}");
    }
    let grows = "n,replication,loss\n1,0,1\n1,1,1.5\n10,0,3\n10,1,5\n100,0,9\n100,1,16\n";
    let desk = Desk::with(&[("grows.csv", grows)]);
    let output = desk.command("rate grows.csv --claim").arg("equals 0.5 margin 0.1").output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// What is compared with a statement stands beside it with its interval.
#[test]
fn statements_stand_beside_intervals() {
    let text = judged(&desk(), &["equals -0.5 margin 0.1", "stays_above 0.2"], 1);
    let slope = &document(&desk(), "losses.csv --group estimator", 0)["groups"][0]["slope"];
    let end = |key: &str| format!("{:.3}", slope[key].as_f64().unwrap()).replace('-', "−");
    let interval = format!("| {} [{}, {}] ", end("estimate"), end("lower"), end("upper"));
    let rows = crate::program::table(&text, "group          | statement");
    assert!(rows[2].contains("equals −0.5 ± 0.1") && rows[2].contains(&interval), "{text}");
    assert!(rows[3].contains("stays above 0.2") && rows[3].contains("the statistic, see below"), "{text}");
}

/// What is too little, or fails too often, decides nothing.
#[test]
fn few_or_failed_replications_decide_nothing() {
    let rows = |failed: usize, count: usize| {
        let row = |n: u32, r: usize| {
            let loss = if r < failed {
                "inf".to_owned()
            } else {
                format!("{}", 1.0 / f64::from(n) * (1.0 + r as f64))
            };
            format!("{n},{r},{loss}\n")
        };
        let body: String = [10, 100, 1000].iter().flat_map(|n| (0..count).map(move |r| row(*n, r))).collect();
        format!("n,replication,loss\n{body}")
    };
    let check = |failed, count, code, reason: &str| {
        let desk = Desk::with(&[("losses.csv", &rows(failed, count))]);
        let mut command = desk.command("rate losses.csv --claim");
        let output = command.arg("equals -1 margin 0.5").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(reason), "{text}");
    };
    check(0, 40, 0, "agrees");
    check(0, 19, 3, "19 replications are too few");
    check(3, 40, 3, "7.5 % of the losses at some size are infinite");
    check(2, 40, 0, "agrees");
}

/// The records of a run, exported and read back, have the slopes that its report has: to the bit for medians.
#[test]
fn exported_records_have_the_slopes_of_their_report() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --out run", 0);
    desk.moe("export run --out flat", 0);
    let report = std::fs::read_to_string(desk.path("flat/rates.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(report.as_bytes());
    let mut compared = 0;
    // kind, name, cell, arm, quantity, statistic, from, level, slope
    for row in reader.records().map(Result::unwrap).filter(|row| (&row[5], &row[6]) == ("median", "1000")) {
        let flags = format!("flat/rows.csv --n size --loss {} --group arm", &row[4]);
        let found = document(&desk, &flags, 0);
        let group = found["groups"].as_array().unwrap().iter().find(|g| g["group"] == row[3]).unwrap();
        assert_eq!(
            group["slope"]["estimate"].as_f64().unwrap(),
            row[8].parse::<f64>().unwrap(),
            "{}",
            &row[1]
        );
        compared += 1;
    }
    assert!(compared >= 3, "{report}");
}

/// A folder holds the tables of one run: the same ones can be written again, others not over them or beside them.
#[test]
fn tables_of_two_runs_are_not_mixed() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --replications 20 --out few", 0);
    desk.moe("run doubles.toml --out run", 0);
    desk.moe("export run --out flat", 0);
    desk.moe("export run --out flat", 0);
    desk.moe("export run --out flat --format parquet", 0);
    let before = std::fs::read(desk.path("flat/rows.csv")).unwrap();
    for format in ["csv", "parquet"] {
        let refused = desk.moe(&format!("export few --out flat --format {format}"), 2);
        refused.complains(&["--out flat", "is there and holds other tables"]);
    }
    assert_eq!(std::fs::read(desk.path("flat/rows.csv")).unwrap(), before);
}

/// A table that was cut off, and losses that leave a slope without ends, are told.
#[test]
fn what_weakens_an_imported_slope_is_told() {
    let mut table = "n,replication,loss\n".to_owned();
    for (n, replications) in [(100, 30), (1000, 30), (10_000, 24)] {
        for r in 0..replications {
            let loss = if r % 3 == 0 { "0".into() } else { (f64::from(r + 1) / f64::from(n)).to_string() };
            table += &format!("{n},{r},{loss}\n");
        }
    }
    let desk = Desk::with(&[("l.csv", &table)]);
    let said = desk.moe("rate l.csv --statistic quantile(0.4)", 0);
    said.complains(&[
        "24 to 30 replications, size by size",
        "has no ends, since at n = 100 10 of 30 losses are 0",
        "8 of 24 losses are 0",
    ]);
    assert!(said.out.contains("| 24 to 30 "), "{}", said.out);
    assert!(!said.err.contains("has no end:"), "{}", said.err);
    std::fs::write(desk.path("cut.csv"), table.trim_end()).unwrap();
    let cut = desk.moe("rate cut.csv --statistic quantile(0.9)", 0);
    cut.complains(&["the last line of the table has no end", "may be too short"]);
    let judged = desk.moe("rate l.csv --statistic quantile(0.4) --claim slower_than=-3", 3);
    assert!(judged.out.contains("[−∞, ∞]") && !judged.out.contains("inf]"), "{}", judged.out);
    let whole = desk.moe("rate l.csv --statistic quantile(0.9) --from 100", 0);
    assert!(!whole.err.contains("has no"), "{}", whole.err);
}

#[test]
fn a_figure_shows_every_group_and_leaves_the_table_alone() {
    let desk = desk();
    desk.moe("rate losses.csv --group estimator --figure slopes.pdf --width single", 0);
    assert_eq!(std::fs::read_to_string(desk.path("losses.csv")).unwrap(), example());
    let pdf = std::fs::read(desk.path("slopes.pdf")).unwrap();
    assert!(String::from_utf8_lossy(&pdf).contains("/MediaBox [0 0 238.11"), "84 mm are 238.11 points");
    let data = std::fs::read_to_string(desk.path("slopes.csv")).unwrap();
    let found = document(&desk, "losses.csv --group estimator", 0);
    for group in found["groups"].as_array().unwrap() {
        let name = group["group"].as_str().unwrap();
        let of = |kind: &str| {
            let rows = data.lines().filter(|l| l.contains(name) && l.contains(&format!(",{kind},")));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!((of("point").len(), of("band").len(), of("local").len()), (5, 5, 4), "{data}");
        let slope = group["slope"]["estimate"].as_f64().unwrap();
        assert!(of("fit").len() == 1 && of("fit")[0].contains(&slope.to_string()), "{slope}\n{data}");
    }
    // A JSON document stays one when a figure is written beside it.
    document(&desk, "losses.csv --group estimator --figure again.svg", 0);
    let svg = std::fs::read_to_string(desk.path("again.svg")).unwrap();
    assert_eq!(
        svg.matches(" against ").count(),
        2,
        "the title stands in the document's head and once on the page"
    );
    desk.moe("rate losses.csv --group estimator --figure losses.svg", 2).complains(&["the table itself"]);
    std::fs::copy(desk.path("losses.csv"), desk.path("losses.svg")).unwrap();
    desk.moe("rate losses.svg --group estimator --figure ./losses.svg", 2).complains(&["the table itself"]);
}

/// The axes have the names of the columns, and what is claimed is not called theory.
#[test]
fn a_figure_calls_columns_and_claims_by_their_names() {
    let desk =
        Desk::with(&[("losses.csv", &example().replacen("loss", "gap", 1).replacen(",n,", ",rows,", 1))]);
    let mut command = desk.command(
        "rate losses.csv --group estimator --n rows --loss gap --statistic mean --figure f.svg --claim",
    );
    let output = command.arg("equals -0.5 margin 0.1").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let svg = std::fs::read_to_string(desk.path("f.svg")).unwrap();
    for words in ["mean of gap", "rows", "stated", "stated slope"] {
        assert!(svg.contains(&format!(">{words}")), "{words}");
    }
    assert!(!svg.contains("theory") && !svg.contains("sample size n"));
    let data = std::fs::read_to_string(desk.path("f.csv")).unwrap();
    assert!(data.contains(",stated,,-0.5,") && !data.contains("theory"), "{data}");
}

#[test]
fn sizes_are_written_as_people_write_them() {
    let desk = desk();
    let from = |size: &str| {
        document(&desk, &format!("losses.csv --group estimator --from {size}"), 0)["groups"].clone()
    };
    let plain = from("1000");
    assert_eq!(plain[0]["points"].as_array().unwrap().len(), 3);
    for size in ["1e3", "10^3", "1_000"] {
        assert_eq!(from(size), plain, "{size}");
    }
}
