//! Failures that depend on the data, injected on purpose: what is left converges at another rate, and the report shows it.

use moe_core::verdict::Verdict;
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::measure::{Prepared, measure};
use moe_harness::record::Record;
use moe_harness::report::{Report, text};

use crate::program::{DOUBLES, Desk, edited, loaded, table};

/// Three neighbouring sizes and one arm whose fits fail where they would be far off: nearly all failures are at the
/// smallest size.
fn failing(limit: f64) -> String {
    let text =
        edited(DOUBLES, "sizes = { from = 1000, to = 1_000_000, count = 4 }", "sizes = [1000, 2000, 4000]");
    let text = edited(&text, "sizes = [1000, 1_000_000]", "sizes = [1000, 4000]");
    let text = edited(&text, "replications = 40", "replications = 600");
    let text = edited(&text, "failure_limit = 0.05", &format!("failure_limit = {limit}"));
    let text = edited(&text, "margin = 0.06", "margin = 0.15");
    let (head, rest) = text.split_once("[[arm]]").unwrap();
    let arm = rest.split("[[arm]]").next().unwrap();
    let claim = text.split("[[claim]]").nth(1).unwrap();
    let arm = edited(arm, "scale = 1.0", "scale = 1.0\nfails_above = 0.0754");
    let curve =
        "{ cell = \"exact\", arm = \"half\", quantity = \"d1\", statistic = \"median\", theory = -0.5 }";
    format!("{head}[[arm]]{arm}\n[[claim]]{claim}\n[[panel]]\ntitle = \"Failing\"\ncurve = [{curve}]\n")
}

fn rows(experiment: &Experiment) -> Vec<Record> {
    let prepared = Prepared::new(&experiment.cells[0], experiment.sizes[0]);
    let sizes = experiment.sizes.iter();
    let places = sizes.flat_map(|size| (0..experiment.replications).map(move |r| (*size, r)));
    places.map(|(size, r)| measure(&prepared, &experiment.arms[0], experiment.seed, size, r)).collect()
}

#[test]
fn one_fit_in_twenty_that_fails_where_it_is_far_off_shifts_the_slope_of_the_others() {
    let experiment = loaded(&failing(1.0)).experiment;
    let records = rows(&experiment);
    let rows = Rows::new(&experiment, &records);
    let report = Report::new(&rows, String::new());
    let fits = report.arm("exact", "half").unwrap().fits;
    let share = fits.failed as f64 / fits.rows as f64;
    assert!((share - 0.05).abs() < 0.01, "{share} of the fits fail");

    let ways = report.claims[0].ways.as_ref().unwrap();
    let [certified, all, worst] = [&ways.certified, &ways.all, &ways.worst].map(|w| w.as_ref().unwrap());
    // A fit that is not there counts as the worst case in both.
    assert_eq!(all.slope, worst.slope);
    // Without them the smallest size looks better than it is, and decay slower.
    assert!(certified.slope > all.slope + 0.02, "{} {}", certified.slope, all.slope);
    // The same draws without failures: leaving the failures out and putting them at the worst case bracket their slope.
    let whole = loaded(&edited(&failing(1.0), "fails_above = 0.0754", "")).experiment;
    let unbroken = self::rows(&whole);
    let whole = Report::new(&Rows::new(&whole, &unbroken), String::new());
    let slope = whole.claims[0].measured.rate.as_ref().unwrap().slope;
    assert!(all.slope <= slope && slope < certified.slope, "{} {slope} {}", all.slope, certified.slope);
    assert_eq!(report.claims[0].judgement.verdict, Verdict::Agrees, "{}", report.claims[0].judgement.reason);

    let printed = text::markdown(&report);
    let line = table(&printed, "slope").into_iter().find(|l| l.contains("claim half-d1")).unwrap();
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    assert!(columns[5] != columns[6] && columns[6] == columns[7], "{line}");
    let count = format!("| {} ", fits.failed);
    let reasons = printed.lines().find(|l| l.contains("known-rate fails"));
    assert!(reasons.is_some_and(|l| l.contains("failed") && l.contains(&count)), "{printed}");
}

#[test]
fn more_failures_than_declared_leave_the_claim_undecided() {
    let desk = Desk::with(&[("failing.toml", &failing(0.05)), ("tolerant.toml", &failing(0.5))]);
    desk.moe("run failing.toml --out run", 0);
    let said = desk.moe("check failing.toml --out run", 3);
    assert!(
        said.out.contains("at n = 1000 failed or are not certified, more than the failure limit 0.05"),
        "{}",
        said.out
    );
    // The limit judges, it does not measure: the same rows serve another file.
    let said = desk.moe("check tolerant.toml --out run", 0);
    assert!(!said.out.contains("failure limit"), "{}", said.out);
}
