//! `moe rate` with several groups: combinations of columns, differences between groups, rows that must not be pooled.

use moe_core::rate::{self, Series, Weights};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose};
use serde_json::Value;

use crate::program::Desk;

/// Losses of a slow and a fast method in two settings: of the order n^(-1/2) and n^(-1), all with the same noise.
fn table() -> String {
    let mut text = "method,setting,n,rep,loss\n".to_owned();
    for (method, exponent) in [("slow", 1), ("fast", 2)] {
        for (setting, factor) in [("10", 1.0), ("9", 3.0)] {
            for (i, n) in [100_u32, 400, 1600].into_iter().enumerate() {
                for r in 0..25 {
                    let loss = factor * f64::from(1 + (7 * r) % 25) / f64::from(1 << (i * exponent));
                    text += &format!("{method},{setting},{n},{r},{loss}\n");
                }
            }
        }
    }
    text
}

/// The rows of the setting 10 alone.
fn one_setting() -> String {
    let table = table();
    let lines = table.lines().filter(|line| line.split(',').nth(1) != Some("9"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// What `moe rate t.csv` says with these arguments, on both streams.
fn said(text: &str, arguments: &[&str], code: i32) -> String {
    let desk = Desk::with(&[("t.csv", text)]);
    let output = desk.command("rate t.csv").args(arguments).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
    said
}

#[test]
fn groups_are_combinations_of_columns() {
    let flags = ["--replication", "rep", "--json"];
    let document = |more: &[&str]| -> Value {
        serde_json::from_str(&said(&table(), &[more, &flags].concat(), 0)).unwrap()
    };
    let found = document(&["--group", "method,setting"]);
    assert_eq!(found, document(&["--group", "method", "--group", "setting"]));
    let groups = found["groups"].as_array().unwrap();
    // Words by their letters, whole numbers by value.
    let names: Vec<&str> = groups.iter().map(|g| g["group"].as_str().unwrap()).collect();
    assert_eq!(names, ["fast, 9", "fast, 10", "slow, 9", "slow, 10"]);
    assert_eq!(groups[3]["words"], serde_json::json!({ "method": "slow", "setting": "10" }));
    let slopes = groups.iter().map(|g| g["slope"]["estimate"].as_f64().unwrap());
    for (slope, known) in slopes.zip([-1.0, -1.0, -0.5, -0.5]) {
        assert!((slope - known).abs() < 1e-12, "{slope} is not {known}");
    }
    let unknown = said(&table(), &["--group", "method,seting", "--replication", "rep"], 2);
    assert!(unknown.contains("there is no column 'seting'") && unknown.contains("'setting'"), "{unknown}");
}

#[test]
fn a_difference_is_that_of_the_slope_engine_paired_by_replication() {
    let only = one_setting();
    // The order of rows is no part of the data.
    let mut lines: Vec<&str> = only.lines().skip(1).collect();
    lines.reverse();
    let turned = format!("method,setting,n,rep,loss\n{}\n", lines.join("\n"));
    let flags =
        ["--group", "method", "--replication", "rep", "--json", "--claim", "differs_from fast margin 0.1"];
    let claim = |text: &str| -> Value {
        let document: Value = serde_json::from_str(&said(text, &flags, 0)).unwrap();
        assert_eq!(
            document["groups"][0]["claims"],
            serde_json::json!([]),
            "a group is not held against itself"
        );
        document["groups"][1]["claims"][0].clone()
    };
    let found = claim(&only);
    assert_eq!((&found["verdict"], &found["differs_from"]), (&"agrees".into(), &"fast".into()));
    assert_eq!((&found["paired"], &found["replications_in_common"]), (&true.into(), &25.into()));
    assert_eq!(found, claim(&turned));
    let values = |method: &str| {
        let rows = only.lines().skip(1).map(|l| l.split(',').collect::<Vec<_>>());
        let at = |n: &u64| {
            let own = rows.clone().filter(|r| r[0] == method && r[2] == n.to_string());
            own.map(|r| r[4].parse().unwrap()).collect::<Vec<f64>>()
        };
        Series::new(vec![100, 400, 1600], [100, 400, 1600].iter().map(at).collect())
    };
    let address = Address { seed: 0, purpose: Purpose::Bootstrap, content: [0; 32], size: 0, replication: 0 };
    let (slow, fast, equal) = (values("slow"), values("fast"), Weights::Equal);
    let own = rate::difference(&slow, &fast, true, Statistic::Median, &equal, 2000, &mut address.stream());
    let own = own.unwrap();
    let (lower, upper) = own.interval(0.95);
    for (key, value) in [("estimate", own.estimate), ("lower", lower), ("upper", upper)] {
        let told = found["difference"][key].as_f64().unwrap();
        assert!((told - value).abs() < 1e-12, "{key}: {told} is not {value}");
    }
    let words = said(&only, &[&flags[..4], &["--claim", "differs_from fast margin 0"]].concat(), 0);
    assert!(
        words.contains("differs by more than 0 from fast")
            && words.contains("difference 0.500 [")
            && words.contains("] of 25 replications in common"),
        "{words}"
    );
}

/// Few replications in common decide nothing, however many each group has.
#[test]
fn replications_in_common_are_counted() {
    let shifted: String = one_setting()
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if cells[0] == "slow" {
                cells[3] = (cells[3].parse::<u32>().unwrap() + 10).to_string();
            }
            cells.join(",") + "\n"
        })
        .collect();
    let flags = ["--group", "method", "--replication", "rep", "--claim", "differs_from fast margin 0"];
    let text = said(&shifted, &flags, 3);
    assert!(text.contains("15 replications are too few for a verdict"), "{text}");
}

#[test]
fn differences_from_groups_that_are_not_there_are_refused() {
    let flags =
        ["--replication", "rep", "--group", "method,setting", "--claim", "differs_from slow, 11 margin 0"];
    let refused = said(&table(), &flags, 2);
    assert!(
        refused.contains("there is no group 'slow, 11'")
            && refused.contains("'fast, 10', 'slow, 9', 'slow, 10'"),
        "{refused}"
    );
    let alone = "n,loss\n1,1\n2,1\n";
    let refused = said(alone, &["--claim", "differs_from a margin 0"], 2);
    assert!(refused.contains("--group COLUMN says which column"), "{refused}");
}

#[test]
fn rows_of_several_series_are_not_pooled() {
    let refused = said(&table(), &["--replication", "rep"], 2);
    let all = "rows that stand twice differ in method, setting: a slope for each with --group method,setting";
    assert!(refused.contains(all), "{refused}");
    said(&table(), &["--replication", "rep", "--group", "method,setting"], 0);
    let refused = said(&table(), &["--replication", "rep", "--group", "setting"], 2);
    assert!(
        refused
            .contains("rows that stand twice differ in method: a slope for each with --group setting,method"),
        "{refused}"
    );
    // Without numbers of replications nothing stands twice, and the words alone tell.
    let bare = table().replace(",rep,", ",run,");
    let refused = said(&bare, &[], 2);
    assert!(refused.contains("column 'method' has 'fast', 'slow' at every n"), "{refused}");
    assert!(refused.contains("--group method\n"), "{refused}");
    assert!(refused.contains("may be settings too, or number replications: setting, run"), "{refused}");
    let named = bare.replace(",10,", ",ten,").replace(",9,", ",nine,");
    assert!(said(&named, &[], 2).contains("--group method,setting\n"), "{}", said(&named, &[], 2));
    // A column that says the same as another one tells no more.
    let twin =
        bare.replace("method", "label,method").replace("\nslow", "\ns,slow").replace("\nfast", "\nf,fast");
    assert!(said(&twin, &[], 2).contains("--group label\n"), "{}", said(&twin, &[], 2));
    let rows = |n: u32| format!("{n},first,one,1\n{n},second,two,2\n{n},second,three,3\n");
    let coarse = format!("n,family,method,loss\n{}{}", rows(10), rows(100));
    assert!(said(&coarse, &[], 2).contains("--group method\n"), "{}", said(&coarse, &[], 2));
    // Words that are not at every size are remarks.
    let remarked = "n,loss,note\n1,1,a\n1,2,b\n2,1,a\n2,2,a\n";
    assert!(said(remarked, &[], 0).contains("1 column not used (note)"));
}

#[test]
fn an_empty_column_is_one_error() {
    let empty: String = (0..50).map(|r| format!("{},{r},\n", 100 * (1 + r % 2))).collect();
    let refused = said(&format!("n,replication,loss\n{empty}"), &[], 2);
    assert!(refused.contains("column 'loss' is empty: it has no value in any of 50 rows"), "{refused}");
    assert_eq!(refused.matches("error").count(), 1, "{refused}");
}

/// Without names of replications groups are held against each other as they are, and that is said.
#[test]
fn differences_without_replications_are_unpaired() {
    let bare = one_setting().replace(",rep,", ",run,");
    let flags = ["--group", "method", "--claim", "differs_from fast margin 0.1"];
    let found = |more: &[&str]| {
        let desk = Desk::with(&[("t.csv", &bare)]);
        String::from_utf8(desk.command("rate t.csv").args(flags).args(more).output().unwrap().stdout).unwrap()
    };
    assert!(
        found(&[]).contains("difference 0.500 [") && found(&[]).contains("], unpaired"),
        "{}",
        found(&[])
    );
    let document: Value = serde_json::from_str(&found(&["--json"])).unwrap();
    let claim = &document["groups"][1]["claims"][0];
    assert_eq!((&claim["paired"], &claim["replications_in_common"]), (&false.into(), &Value::Null));
}

#[test]
fn a_statement_about_no_group_is_refused() {
    let only: String =
        table().lines().filter(|line| !line.starts_with("fast")).map(|l| format!("{l}\n")).collect();
    let only = only.replace(",9,", ",10,").replace("setting", "note");
    let flags = ["--group", "method", "--claim", "differs_from slow margin 0.1"];
    let refused = said(&only.replace(",rep,", ",run,"), &flags, 2);
    assert!(refused.contains("every group but 'slow', and there is no other"), "{refused}");
    assert!(refused.contains("there are: 'slow'") && !refused.contains("agrees"), "{refused}");
}

#[test]
fn names_of_groups_need_no_blank_behind_the_comma() {
    let found = |claim: &str| {
        said(&table(), &["--replication", "rep", "--group", "method,setting", "--claim", claim], 1)
    };
    let usual = found("differs_from slow, 10 margin 0.1");
    assert!(usual.contains("from slow, 10"), "{usual}");
    assert_eq!(found("differs_from slow,10 margin 0.1"), usual);
}
