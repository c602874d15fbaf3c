//! How verdicts become an exit code: expectations, Holm's correction, the error of all together.

use moe_core::verdict::{Judgement, Verdict};
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::report::{Report, Standing, text, together, verdicts};

use super::{claim, doubles};
use crate::program::loaded;

/// `expected` claims of which the first is expected to disagree when `guarded`.
fn experiment(claims: usize, guarded: bool) -> Experiment {
    let lines = |i: usize| match (i, guarded) {
        (0, true) => {
            "statistic = \"median\"\nslower_than = -0.3\nexpect = \"disagree\"\nbecause = \"so it is\""
        }
        _ => "statistic = \"median\"\nslower_than = -0.7",
    };
    let claims: Vec<String> = (0..claims).map(|i| claim(&format!("c{i}"), "half", lines(i))).collect();
    loaded(&doubles(&claims)).experiment
}

/// A verdict with this p-value on its side.
fn judged(verdict: Verdict, p: f64) -> Judgement {
    let (agreement, disagreement) = match verdict {
        Verdict::Agrees => (p, 1.0 - p),
        Verdict::Disagrees => (1.0 - p, p),
        Verdict::Undecided => (1.0, 1.0),
    };
    Judgement { verdict, reason: "test".to_owned(), agreement, disagreement }
}

/// A report with these verdicts.
fn report<'a>(experiment: &'a Experiment, verdicts: &[(Verdict, f64)], missing: u64) -> Report<'a> {
    let mut report = Report::new(&Rows::new(experiment, &[]), String::new());
    report.missing = missing;
    for (claim, (verdict, p)) in report.claims.iter_mut().zip(verdicts) {
        claim.judgement = judged(*verdict, *p);
    }
    report
}

#[track_caller]
fn check_code(first: Verdict, second: Verdict, missing: u64, expected: u8) {
    let experiment = experiment(2, true);
    let report = report(&experiment, &[(first, 1e-6), (second, 1e-6)], missing);
    assert_eq!(report.check_code(), expected, "{first:?} {second:?} {missing}");
}

/// Two clear verdicts, of which the first is expected to disagree.
#[test]
fn exit_codes_of_check() {
    use Verdict::{Agrees, Disagrees, Undecided};
    check_code(Disagrees, Agrees, 0, 0);
    check_code(Agrees, Agrees, 0, 1);
    check_code(Disagrees, Disagrees, 0, 1);
    check_code(Undecided, Agrees, 0, 3);
    check_code(Disagrees, Undecided, 0, 3);
    check_code(Undecided, Undecided, 0, 3);
    check_code(Undecided, Disagrees, 0, 1);
    check_code(Agrees, Undecided, 0, 1);
    check_code(Disagrees, Agrees, 1, 2);
    check_code(Agrees, Disagrees, 1, 2);
    check_code(Undecided, Undecided, 1, 2);
}

/// One disagreement at p = 0.02: clear for one claim at family level 0.95, an accident among six.
#[test]
fn a_contradiction_must_survive_the_number_of_claims() {
    for (claims, standing, code) in [(1, Standing::Contradicted, 1), (6, Standing::NotConfirmed, 3)] {
        let experiment = experiment(claims, false);
        let mut verdicts = vec![(Verdict::Agrees, 1e-6); claims];
        verdicts[0] = (Verdict::Disagrees, 0.02);
        let report = report(&experiment, &verdicts, 0);
        let gate = report.gate();
        assert_eq!((gate.standings[0], gate.code()), (standing, code), "{claims} claims");
        assert!((gate.adjusted[0] - (0.02 * claims as f64)).abs() < 1e-15);
        assert_eq!(gate.error_together, None);
    }
}

/// An agreement where a disagreement is expected is a contradiction like any other, and corrected like any other.
#[test]
fn expected_disagreements_are_corrected_too() {
    let six = experiment(6, true);
    let mut verdicts = vec![(Verdict::Agrees, 1e-6); 6];
    verdicts[0].1 = 0.02;
    assert_eq!(report(&six, &verdicts, 0).gate().standings[0], Standing::NotConfirmed);
    verdicts[0].1 = 0.001;
    let report = report(&six, &verdicts, 0);
    assert_eq!(report.gate().standings[0], Standing::Contradicted);
    assert_eq!(report.check_code(), 1);
}

/// Two contradictions at p = 0.012 among six: 0.072 for the first, so neither survives; at 0.008 both do.
#[test]
fn holm_steps_down_over_contradictions() {
    let experiment = experiment(6, false);
    for (p, standing) in [(0.012, Standing::NotConfirmed), (0.008, Standing::Contradicted)] {
        let mut verdicts = vec![(Verdict::Agrees, 1e-6); 6];
        verdicts[1] = (Verdict::Disagrees, p);
        verdicts[4] = (Verdict::Disagrees, p);
        let gate = report(&experiment, &verdicts, 0).gate();
        assert_eq!((gate.standings[1], gate.standings[4]), (standing, standing), "{p}");
    }
}

/// Claims of level 0.9 have a chance of 0.05 to be wrong in one direction; together no more.
#[test]
fn all_together_have_the_largest_of_the_errors() {
    let experiment = experiment(3, true);
    let mut verdicts = vec![(Verdict::Agrees, 1e-6); 3];
    verdicts[0].0 = Verdict::Disagrees;
    let report = report(&experiment, &verdicts, 0);
    assert!((report.gate().error_together.unwrap() - 0.05).abs() < 1e-12);
    let words = together::sentences(&report);
    assert!(words.contains("- As expected: c0, c1, c2.\n"), "{words}");
    assert!(words.contains("at most 0.0500 (each claim at its own level"), "{words}");
    assert!(!words.contains("Against expectation"), "{words}");
}

#[test]
fn unconfirmed_contradictions_are_told_everywhere() {
    let experiment = experiment(6, false);
    let mut verdicts = vec![(Verdict::Agrees, 1e-6); 6];
    verdicts[0] = (Verdict::Disagrees, 0.02);
    let report = report(&experiment, &verdicts, 0);
    let (table, reasons) = (text::claims(&report), text::reasons(&report));
    let words = together::sentences(&report);
    assert!(table.contains("| disagrees | not confirmed |"), "{table}");
    assert!(reasons.contains("not confirmed: adjusted p-value 0.1200 is above 0.05"), "{reasons}");
    assert!(
        words.contains("- Not confirmed: c0 disagrees and was expected to agree, but its adjusted"),
        "{words}"
    );
    assert!(words.contains("p-value, 0.1200, is above 0.05; it counts as undecided"), "{words}");
    let json: serde_json::Value = serde_json::from_str(&verdicts::json(&report)).unwrap();
    assert_eq!(json["claims"][0]["standing"], "contradicted, not confirmed");
    assert_eq!(json["claims"][1]["standing"], "as expected");
    assert_eq!((&json["exit_code"], &json["all_as_expected"]), (&3.into(), &false.into()));
}

/// A claim of a lower level than the family's can disagree alone without being confirmed.
#[test]
fn a_single_claim_can_be_unconfirmed() {
    let experiment = experiment(1, false);
    let report = report(&experiment, &[(Verdict::Disagrees, 0.0811)], 0);
    assert_eq!(report.gate().standings, [Standing::NotConfirmed]);
    assert_eq!(
        together::sentences(&report),
        "- Not confirmed: c0 disagrees and was expected to agree, but its adjusted p-value, 0.0811, is above 0.05; it \
         counts as undecided.\n\
         - Were the expectation right, a contradiction would be confirmed with probability at most 0.0500.\n"
    );
    let summary = together::summary(report.check_code(), &report.gate().standings);
    assert_eq!(summary, "the contradiction is not confirmed; the claim counts as undecided");
}
