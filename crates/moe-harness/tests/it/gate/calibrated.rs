//! `moe calibrate gate`: what it counts, and that neither threads nor anything else can change it.

use moe_core::verdict::Verdict;
use moe_harness::cmd::calibrate::gate::{Counts, false_contradictions, within, wrong};
use moe_harness::cmd::calibrate::seeds::{derived, outcomes, truth};

use super::{claim, doubles};
use crate::program::{Desk, edited, loaded, table};

/// Inside its band, outside of it, and on its edge.
fn text() -> String {
    let guarded =
        "statistic = \"median\"\nequals = -0.2\nmargin = 0.1\nexpect = \"disagree\"\nbecause = \"known\"";
    let text = doubles(&[
        claim("inside", "half", "statistic = \"median\"\nequals = -0.5\nmargin = 0.2"),
        claim("outside", "half", guarded),
        claim("edge", "half", "statistic = \"median\"\nequals = -0.7\nmargin = 0.2"),
    ]);
    let text = edited(&text, "scale = 1.0", "scale = 0.1");
    edited(&text, "replications = 40", "replications = 24")
}

/// The edge is where the slope of 40 seeds together is known to about 0.005, so it is on it.
#[test]
fn claims_are_true_false_or_on_the_edge_by_all_seeds_together() {
    let experiment = loaded(&text()).experiment;
    let all = outcomes(&experiment, 40);
    let truths: Vec<_> = (0..3).map(|i| truth(&experiment, &all, i)).collect();
    let status: Vec<_> = truths.iter().map(|t| t.status).collect();
    assert_eq!(status, [Verdict::Agrees, Verdict::Disagrees, Verdict::Undecided], "{truths:?}");
    assert!(truths.iter().all(|t| (t.estimate + 0.5).abs() < 0.02 && t.upper - t.lower < 0.04), "{truths:?}");
    assert_eq!(Counts::of(&all, 0), Counts { agrees: 40, disagrees: 0, undecided: 0 });
    assert_eq!(Counts::of(&all, 1), Counts { agrees: 0, disagrees: 40, undecided: 0 });
    let edge = Counts::of(&all, 2);
    assert_eq!(edge.agrees + edge.disagrees + edge.undecided, 40);
    // On the edge each verdict comes with a chance of 5 %; more than 10 of 40 would by chance be seen once in 10⁵.
    for wrong in wrong(truths[2].status, edge).into_iter().flatten() {
        assert!(wrong <= 10, "{edge:?}");
    }
    assert!(false_contradictions(&experiment, &all, &truths) <= 10);
}

#[test]
fn wrong_verdicts_are_those_that_the_truth_forbids() {
    let counts = Counts { agrees: 7, disagrees: 5, undecided: 3 };
    assert_eq!(wrong(Verdict::Agrees, counts), [Some(5), None]);
    assert_eq!(wrong(Verdict::Disagrees, counts), [None, Some(7)]);
    assert_eq!(wrong(Verdict::Undecided, counts), [Some(5), Some(7)]);
    // 17 of 200 is the last count whose exact interval reaches down to 5 %.
    assert!(within(16, 200, 0.05) && !within(18, 200, 0.05));
}

#[test]
fn seeds_are_derived_and_differ() {
    let seeds: std::collections::BTreeSet<u64> = (0..1000).map(|i| derived(7, i)).collect();
    assert_eq!(seeds.len(), 1000);
    assert!(!seeds.contains(&derived(8, 0)));
    assert!(seeds.iter().all(|s| i64::try_from(*s).is_ok()));
}

#[test]
fn the_command_prints_the_same_tables_with_any_number_of_threads() {
    let text = text().replacen("replications = 24", "replications = 24\nlooks = [20, 24]", 1);
    let desk = Desk::with(&[("copy.toml", &text)]);
    let one = desk.moe("calibrate gate copy.toml --seeds 6 --threads 1", 0).out;
    let two = desk.moe("calibrate gate copy.toml --seeds 6 --threads 2", 0).out;
    assert_eq!(one, two);
    let claims = table(&one, "claim");
    assert_eq!(claims.len(), 5, "{one}");
    assert!(claims[2].contains("| true ") && claims[3].contains("| false "), "{one}");
    assert!(one.contains("some right expectation contradicted (Holm)"), "{one}");
    assert_eq!(desk.files("").len(), 2, "nothing is written");
    let early = desk.moe("calibrate gate copy.toml --seeds 6 --replications 20", 0).out;
    assert_ne!(early, one, "the last look is not taken");
    desk.moe("calibrate gate copy.toml --seeds 6 --replications 22", 2)
        .complains(&["one of the declared looks"]);
    let silent = crate::program::DOUBLES.split("[[claim]]").next().unwrap();
    std::fs::write(desk.path("copy.toml"), silent).unwrap();
    desk.moe("calibrate gate copy.toml", 2).complains(&["makes no claim to calibrate"]);
}
