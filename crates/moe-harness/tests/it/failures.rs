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
    let text = edited(&text, "replications = 40", "replications = 1000");
    let text = edited(&text, "failure_limit = 0.05", &format!("failure_limit = {limit}"));
    let (head, rest) = text.split_once("[[arm]]").unwrap();
    let arm = rest.split("[[arm]]").next().unwrap();
    let claim = text.split("[[claim]]").nth(1).unwrap();
    let arm = edited(arm, "scale = 1.0", "scale = 1.0\nfails_above = 0.078");
    let curve =
        "{ cell = \"exact\", arm = \"half\", quantity = \"d1\", statistic = \"median\", theory = -0.5 }";
    format!("{head}[[arm]]{arm}\n[[claim]]{claim}\n[[panel]]\ntitle = \"Failing\"\ncurve = [{curve}]\n")
}

fn rows(experiment: &Experiment) -> Vec<Record> {
    let prepared = Prepared::new(&experiment.cells[0]);
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
    // The failures are the worst fits, so counting them as the worst case gives the median of all fits back.
    assert!(all.lower <= -0.5 && -0.5 <= all.upper, "{} is not the double's rate", all.slope);
    assert_eq!(all.slope, worst.slope);
    // Without them the smallest size looks better than it is, and decay slower.
    assert!(certified.slope > all.slope + 0.02, "{} {}", certified.slope, all.slope);
    assert!(
        certified.lower > -0.5,
        "the interval [{}, {}] misses the rate",
        certified.lower,
        certified.upper
    );
    assert_eq!(report.claims[0].judgement.verdict, Verdict::Agrees, "{}", report.claims[0].judgement.reason);

    let printed = text::markdown(&report);
    let line = table(&printed, "slope").into_iter().find(|l| l.contains("claim half-d1")).unwrap();
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    assert!(columns[4] != columns[5] && columns[5] == columns[6], "{line}");
    let reasons =
        table(&printed, "cell").into_iter().find(|l| l.contains("known-rate fails")).map(str::to_owned);
    let count = format!("| {} ", fits.failed);
    let reasons =
        reasons.or_else(|| printed.lines().find(|l| l.contains("known-rate fails")).map(str::to_owned));
    assert!(reasons.is_some_and(|l| l.contains("failed") && l.contains(&count)), "{printed}");
}

#[test]
fn more_failures_than_declared_leave_the_claim_undecided() {
    let desk = Desk::with(&[("failing.toml", &failing(0.05)), ("tolerant.toml", &failing(0.5))]);
    desk.moe("run failing.toml --out run --replications 150", 0);
    let said = desk.moe("check failing.toml --out run --replications 150", 3);
    assert!(
        said.out.contains("at n = 1000 failed or are not certified, more than the failure limit 0.05"),
        "{}",
        said.out
    );
    // The limit judges, it does not measure: the same rows serve another file.
    let said = desk.moe("check tolerant.toml --out run --replications 150", 0);
    assert!(!said.out.contains("failure limit"), "{}", said.out);
}
