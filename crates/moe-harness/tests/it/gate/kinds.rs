//! Claims of every kind on known rates, from the file to the verdict.

use moe_core::verdict::Verdict::{self, Agrees, Disagrees, Undecided};
use moe_harness::judge::paired;

use super::{claim, doubles};
use crate::program::{DOUBLES, Desk, edited, loaded};

/// Runs the doubles with these claims; their verdicts in the order of the claims, and what was said.
#[track_caller]
fn check(claims: &[(&str, &str, Verdict)], code: i32) -> String {
    let all: Vec<String> =
        claims.iter().enumerate().map(|(i, (arm, lines, _))| claim(&format!("c{i}"), arm, lines)).collect();
    let desk = Desk::with(&[("copy.toml", &doubles(&all))]);
    desk.moe("run copy.toml --out run", 0);
    let said = desk.moe("check copy.toml --out run --json out.json", code);
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(desk.path("out.json")).unwrap()).unwrap();
    for (i, (_, lines, verdict)) in claims.iter().enumerate() {
        let found = json["claims"][i]["verdict"].as_str().unwrap();
        assert_eq!(found, verdict.to_string(), "{lines}\n{}", said.out);
    }
    said.out
}

#[test]
fn one_sided_claims() {
    let claims = [
        ("half", "statistic = \"median\"\nat_least = -0.4", Agrees),
        ("half", "statistic = \"mean\"\nat_least = -0.6", Disagrees),
        ("half", "statistic = \"median\"\nslower_than = -0.6", Agrees),
        ("half", "statistic = \"mean\"\nslower_than = -0.4", Disagrees),
        ("half", "statistic = \"median\"\nslower_than = -0.5", Undecided),
    ];
    check(&claims, 1);
}

/// The doubles' perturbations are the same up to their size, so their losses are paired very closely.
#[test]
fn differences_of_arms() {
    let other = "differs_from = { cell = \"exact\", arm = \"quarter\" }";
    let claims = [
        ("half", format!("statistic = \"median\"\n{other}\nmargin = 0.2"), Agrees),
        ("half", format!("statistic = \"mean\"\n{other}\nmargin = 0.3"), Disagrees),
        ("half", format!("statistic = \"quantile(0.9)\"\n{other}\nmargin = 0"), Agrees),
    ];
    let claims: Vec<_> = claims.iter().map(|(arm, lines, v)| (*arm, lines.as_str(), *v)).collect();
    let said = check(&claims, 1);
    assert!(said.contains("differs from exact (quarter) by > 0.2"), "{said}");
    assert!(said.contains("of the difference of slopes −0.2"), "{said}");
}

#[test]
fn floors_of_values_and_probabilities() {
    // The losses decay, so the largest size decides.
    let claims = [
        ("half", "statistic = \"median\"\nstays_above = 0.0001", Agrees),
        ("half", "statistic = \"mean\"\nstays_above = 0.05", Disagrees),
        ("half", "statistic = \"exceeds(0.0001)\"\nstays_above = 0.7", Agrees),
        ("half", "statistic = \"exceeds(0.1)\"\nstays_above = 0.5", Disagrees),
        ("half", "statistic = \"quantile(0.9)\"\nstays_above = 0.009", Undecided),
    ];
    let said = check(&claims, 1);
    assert!(said.contains("stays above 0.0001") && said.contains("at n = 10^6"), "{said}");
    assert!(said.contains("there it is below 0.05"), "{said}");
}

/// Two cells of one truth: another box makes another cell with other perturbations.
fn two_cells(claims: &str) -> String {
    let cell = "[[cell]]\nname = \"wide\"\ntitle = \"a wider box\"\ntruth = \"binary\"\ngate_map = \"identity\"\n\
                covariates = \"grid\"\nfitted = 2\nbox = 20.0\n\n[[arm]]\nname = \"half\"";
    edited(&doubles(&[claims.to_owned()]), "[[arm]]\nname = \"half\"", cell)
}

#[test]
fn the_worst_of_several_cells() {
    let lines = "statistic = \"median\"\nequals = -0.5\nmargin = 0.08";
    let group = edited(&claim("group", "half", lines), "cell = \"exact\"", "cell = [\"exact\", \"wide\"]");
    let panel = "[[panel]]\ntitle = \"both\"\ncurve = [{ cell = [\"wide\", \"exact\"], arm = \"half\", quantity = \
                 \"d1\", statistic = \"median\" }]\n";
    let desk = Desk::with(&[("copy.toml", &(two_cells(&group) + panel))]);
    let said = desk.moe("run copy.toml --out run", 0);
    assert!(said.out.contains("worst of wide and exact"), "{}", said.out);
    let said = desk.moe("check copy.toml --out run --json out.json", 0);
    assert!(said.out.contains("worst of exact and wide d1"), "{}", said.out);
    // At every size the group's statistic is the larger of the two cells'.
    let summary = std::fs::read_to_string(desk.path("run/report/summary.csv")).unwrap();
    let median = |cell: &str, size: &str| -> f64 {
        let row = summary.lines().find(|l| l.starts_with(&format!("{cell},half,{size},d1,"))).unwrap();
        row.split(',').nth(7).unwrap().parse().unwrap()
    };
    let figure = std::fs::read_to_string(desk.path("run/report/figure.csv")).unwrap();
    for size in ["1000", "1000000"] {
        let largest = median("exact", size).max(median("wide", size));
        let told = figure.lines().any(|line| line.split(',').any(|v| v.parse() == Ok(largest)));
        assert!(told, "{largest} at {size} is not in\n{figure}");
    }
}

/// Cells are paired where they share the truth, whatever else they differ in.
#[test]
fn series_that_share_their_data_are_paired() {
    let lines = "statistic = \"median\"\ndiffers_from = { cell = \"wide\", arm = \"half\" }\nmargin = 0.2";
    let text = two_cells(&claim("same", "half", lines));
    let shared = loaded(&text).experiment;
    assert!(paired(&shared, &shared.claims[0]));
    let other = "[truth.other]\ngates = [[0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]\nexperts = [[[0.5, 0.0, 4.0]], [[-0.5, \
                 2.0, -4.0]]]\n\n[[cell]]\nname = \"exact\"";
    let text = edited(&text, "[[cell]]\nname = \"exact\"", other);
    let text = edited(&text, "a wider box\"\ntruth = \"binary\"", "a wider box\"\ntruth = \"other\"");
    let apart = loaded(&text).experiment;
    assert!(!paired(&apart, &apart.claims[0]));
}

/// An arm with fewer replications is compared on those that both have.
#[test]
fn pairs_are_the_replications_that_both_have() {
    let lines =
        "statistic = \"median\"\ndiffers_from = { cell = \"exact\", arm = \"quarter\" }\nmargin = 0.2";
    let text =
        edited(&doubles(&[claim("c", "half", lines)]), "rate = -0.25", "replications = 30\nrate = -0.25");
    let desk = Desk::with(&[("copy.toml", &text)]);
    desk.moe("run copy.toml --out run", 0);
    desk.moe("check copy.toml --out run", 0);
    let fewer = edited(&text, "replications = 30", "replications = 12");
    let desk = Desk::with(&[("copy.toml", &fewer)]);
    desk.moe("run copy.toml --out run", 0);
    let said = desk.moe("check copy.toml --out run", 3);
    assert!(said.out.contains("12 replications are too few"), "{}", said.out);
    assert!(DOUBLES.contains("replications = 40"));
}
