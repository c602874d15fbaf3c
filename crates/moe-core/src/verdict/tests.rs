//! Verdicts and p-values of every kind of claim about an exponent.

use super::Verdict::{Agrees, Disagrees, Undecided};
use super::*;
use crate::distribution::{normal_quantile, normal_tail};

/// A normal estimate with a known standard error.
#[derive(Clone, Copy)]
struct Normal {
    value: f64,
    error: f64,
}

impl Estimate for Normal {
    fn value(&self) -> f64 {
        self.value
    }

    fn interval(&self, level: f64) -> (f64, f64) {
        let reach = self.error * normal_quantile(0.5 * (1.0 - level));
        (self.value - reach, self.value + reach)
    }

    fn tail_below(&self, value: f64) -> f64 {
        normal_tail((value - self.value) / self.error)
    }

    fn tail_above(&self, value: f64) -> f64 {
        normal_tail((self.value - value) / self.error)
    }
}

#[track_caller]
fn check(claim: Claim, lower: f64, upper: f64, expected: Verdict) {
    assert_eq!(claim.verdict(lower, upper), expected, "{claim}");
}

#[test]
fn equals_compares_closed_intervals() {
    let claim = Claim::Equals { rate: -0.5, margin: 0.125 };
    check(claim, -0.625, -0.375, Agrees);
    check(claim, -0.5, -0.5, Agrees);
    check(claim, -0.626, -0.4, Undecided);
    check(claim, -0.6, -0.374, Undecided);
    check(claim, -2.0, 1.0, Undecided);
    check(claim, -0.375, -0.1, Undecided);
    check(claim, -0.374, -0.1, Disagrees);
    check(claim, -0.9, -0.625, Undecided);
    check(claim, -0.9, -0.626, Disagrees);
    check(claim, f64::NEG_INFINITY, f64::INFINITY, Undecided);
    check(claim, 0.0, f64::INFINITY, Disagrees);
}

fn negated(verdict: Verdict) -> Verdict {
    match verdict {
        Agrees => Disagrees,
        Disagrees => Agrees,
        Undecided => Undecided,
    }
}

#[test]
fn one_sided_claims_are_each_others_negation() {
    for (lower, upper, slower) in [
        (-0.4, -0.1, Agrees),
        (-0.5, -0.1, Undecided),
        (-0.7, -0.5, Disagrees),
        (-0.9, -0.6, Disagrees),
        (-0.7, -0.4, Undecided),
        (f64::NEG_INFINITY, -0.6, Disagrees),
    ] {
        check(Claim::SlowerThan { rate: -0.5 }, lower, upper, slower);
        check(Claim::AtLeast { rate: -0.5 }, lower, upper, negated(slower));
    }
}

#[test]
fn to_differ_is_not_to_be_equal() {
    for (lower, upper, differs) in
        [(0.11, 0.3, Agrees), (0.1, 0.3, Undecided), (-0.3, -0.11, Agrees), (-0.1, 0.1, Disagrees)]
    {
        check(Claim::DiffersBy { margin: 0.1 }, lower, upper, differs);
        check(Claim::Equals { rate: 0.0, margin: 0.1 }, lower, upper, negated(differs));
    }
    check(Claim::DiffersBy { margin: 0.0 }, 0.001, 0.3, Agrees);
    check(Claim::DiffersBy { margin: 0.0 }, 0.0, 0.3, Undecided);
    check(Claim::DiffersBy { margin: 0.0 }, -0.2, 0.3, Undecided);
}

#[test]
fn an_exponent_says_nothing_of_a_floor() {
    check(Claim::StaysAbove { bound: 0.2 }, 0.0, 0.0, Undecided);
}

/// A verdict at a level is a p-value at most half the error, whichever side of which edge the estimate lies on.
#[test]
fn p_values_tell_the_same_as_intervals() {
    let claims = [
        Claim::Equals { rate: -0.5, margin: 0.1 },
        Claim::SlowerThan { rate: -0.5 },
        Claim::AtLeast { rate: -0.5 },
        Claim::DiffersBy { margin: 0.1 },
    ];
    for claim in claims {
        for step in -200..=200 {
            let estimate = Normal { value: f64::from(step) * 0.005, error: 0.02 };
            let judged = judge(&claim, &estimate, 0.9);
            let (agreement, disagreement) = (judged.agreement <= 0.05, judged.disagreement <= 0.05);
            assert_eq!(agreement, judged.verdict == Agrees, "{claim} at {}", estimate.value);
            assert_eq!(disagreement, judged.verdict == Disagrees, "{claim} at {}", estimate.value);
        }
    }
}

/// Without room between the edges, to lie outside is the two-sided test.
#[test]
fn a_band_without_width_is_tested_on_both_sides() {
    let estimate = Normal { value: 0.196, error: 0.1 };
    let (agreement, disagreement) = Claim::DiffersBy { margin: 0.0 }.p_values(&estimate);
    assert!((agreement - 2.0 * normal_tail(1.96)).abs() < 1e-15, "{agreement}");
    assert!(disagreement > 0.9, "that two exponents are the same cannot be shown: {disagreement}");
    assert!((Claim::DiffersBy { margin: 0.0 }.errors(0.95, 0.1).agreement - 0.05).abs() < 1e-15);
}

/// At an edge the interval lies outside of the band as often as is declared, for bands from no width to many standard
/// errors: over a fine grid of standard normal quantiles about the edge.
#[test]
fn declared_errors_are_what_happens_at_an_edge() {
    let (level, error) = (0.9, 0.1);
    let reach = error * normal_quantile(0.05);
    for margin in [1e-9, 0.001, 0.02, 0.05, 0.1, 0.5] {
        let claim = Claim::Equals { rate: 0.0, margin };
        let steps = 20_000;
        let estimates = (0..steps).map(|i| normal_quantile((f64::from(i) + 0.5) / f64::from(steps)));
        let wrong = estimates.filter(|z| {
            let value = margin + error * z;
            claim.verdict(value - reach, value + reach) == Disagrees
        });
        let share = wrong.count() as f64 / f64::from(steps);
        let declared = claim.errors(level, reach);
        assert!((share - declared.disagreement).abs() < 2e-4, "margin {margin}: {share}, {declared:?}");
        assert_eq!(declared.agreement, 0.5 * (1.0 - level));
        let differs = Claim::DiffersBy { margin }.errors(level, reach);
        assert_eq!((differs.agreement, differs.disagreement), (declared.disagreement, declared.agreement));
    }
    let narrow = Claim::Equals { rate: 0.0, margin: 0.1 }.errors(level, f64::INFINITY);
    assert!((narrow.disagreement - 0.1).abs() < 1e-9, "an unknown reach is the worst case: {narrow:?}");
    let wide = Claim::Equals { rate: 0.0, margin: 0.125 }.errors(level, 0.02);
    assert!((wide.disagreement - 0.05).abs() < 1e-9, "{wide:?}");
    let one_sided = Claim::AtLeast { rate: 0.0 }.errors(level, 0.02);
    assert!(one_sided.agreement == one_sided.disagreement && (one_sided.agreement - 0.05).abs() < 1e-15);
}

/// The p-value of "outside" is uniform or larger at an edge, for bands from no width to many standard errors.
#[test]
fn outside_is_claimed_as_seldom_as_declared() {
    for margin in [0.0, 0.02, 0.05, 0.1, 0.5] {
        let claim = Claim::Equals { rate: 0.0, margin };
        // Over a fine grid of standard normal quantiles about the edge.
        let steps = 4_000;
        let wrong = (0..steps).filter(|i| {
            let z = normal_quantile((f64::from(*i) + 0.5) / f64::from(steps));
            claim.p_values(&Normal { value: margin + 0.1 * z, error: 0.1 }).1 <= 0.05
        });
        let share = wrong.count() as f64 / f64::from(steps);
        assert!((0.049..=0.0505).contains(&share), "margin {margin}: {share}");
    }
}

#[test]
fn few_replications_decide_nothing() {
    assert_eq!(too_few(MIN_REPLICATIONS), None);
    assert!(too_few(MIN_REPLICATIONS - 1).unwrap().contains("19 replications"));
    let undecided = Judgement::undecided("so");
    assert_eq!((undecided.verdict, undecided.agreement, undecided.disagreement), (Undecided, 1.0, 1.0));
}

#[test]
fn reasons_name_interval_and_claim() {
    let estimate = Normal { value: -0.5, error: 0.01 };
    let judgement = judge(&Claim::SlowerThan { rate: -0.25 }, &estimate, 0.9);
    assert_eq!(judgement.verdict.to_string(), "disagrees");
    assert_eq!(
        judgement.reason,
        "the interval [−0.5164, −0.4836] of the slope −0.5000 lies wholly outside the claim slower than −0.25"
    );
    let judgement = judge(&Claim::DiffersBy { margin: 0.1 }, &estimate, 0.9);
    assert!(
        judgement.reason.contains("of the difference of slopes −0.5000 lies wholly within the claim differs")
    );
}
