//! Each finding, and scenarios without any.

use super::Severity::{Refuse, Warn};
use super::*;
use crate::covariate::CovariateLaw;
use crate::gate::GateMap;
use crate::scenario::Truth;
use crate::shape::Shape;

/// A truth on a 21-point grid per axis: parameters in pinned order, fitted order k, box 10.
fn scenario(experts: usize, classes: usize, dim: usize, values: &[f64], fitted: usize) -> Scenario {
    let measure = MixingMeasure::from_parameters(Shape { experts, classes, dim }, values);
    let law = CovariateLaw::Grid { lower: vec![-1.0; dim], upper: vec![1.0; dim], points: vec![21; dim] };
    Scenario { truth: Truth { measure, gate_map: GateMap::Identity, law }, fitted, box_bound: 10.0 }
}

/// Two ordinary experts, two classes.
fn ordinary(fitted: usize) -> Scenario {
    scenario(2, 2, 2, &[0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0], fitted)
}

/// One vanishing and one ordinary expert.
fn one_vanishing(fitted: usize) -> Scenario {
    scenario(2, 2, 2, &[0.0, 4.0, 0.0, 1.0, 0.0, 0.0, -0.5, 2.0, -4.0], fitted)
}

fn two_vanishing(fitted: usize) -> Scenario {
    scenario(2, 2, 2, &[0.0, 4.0, 0.0, 1.0, 0.0, 0.0, -0.5, 0.0, 0.0], fitted)
}

/// Three classes; classes 0 and 1 of expert 1 share a slope, no expert vanishes.
fn shared(fitted: usize) -> Scenario {
    let expert_0 = [0.5, 0.0, 4.0, -0.5, -3.0, 1.0];
    let expert_1 = [-0.5, 2.0, -4.0, 0.5, 2.0, -4.0];
    scenario(2, 3, 2, &[&[0.0, 3.0, -1.0], &expert_0[..], &expert_1].concat(), fitted)
}

fn with_map(mut scenario: Scenario, map: &str) -> Scenario {
    scenario.truth.gate_map = map.parse().unwrap();
    scenario
}

/// The findings are exactly those whose severity and words are expected, in order.
#[track_caller]
fn check(scenario: &Scenario, claimed: Option<Regime>, expected: &[(Severity, &str)]) {
    let found = findings(scenario, claimed);
    let agree = found.len() == expected.len()
        && found.iter().zip(expected).all(|(f, (s, text))| f.severity == *s && f.message.contains(text));
    assert!(agree, "{found:#?}");
}

#[test]
fn good_scenarios_have_no_findings() {
    check(&ordinary(2), Some(Regime::Exact), &[]);
    check(&ordinary(2), None, &[]);
    check(&ordinary(3), Some(Regime::Over1), &[]);
    check(&one_vanishing(2), Some(Regime::Exact), &[]);
    check(&one_vanishing(3), Some(Regime::Over2), &[]);
    check(&with_map(one_vanishing(3), "sin(3)"), Some(Regime::Over2), &[]);
    check(&with_map(one_vanishing(3), "power(3)"), Some(Regime::Over2), &[]);
    check(&shared(2), Some(Regime::Exact), &[]);
}

#[test]
fn findings_say_what_they_are_about() {
    let subjects = |scenario: &Scenario, claimed| -> Vec<Subject> {
        findings(scenario, claimed).into_iter().map(|finding| finding.subject).collect()
    };
    assert_eq!(subjects(&ordinary(4), None), [Subject::Order]);
    assert_eq!(subjects(&ordinary(3), Some(Regime::Exact)), [Subject::Regime]);
    assert_eq!(subjects(&ordinary(3), Some(Regime::Over2)), [Subject::Regime]);
    assert_eq!(subjects(&two_vanishing(2), Some(Regime::Exact)), [Subject::Truth]);
    assert_eq!(subjects(&with_map(ordinary(3), "tanh(1)"), None), [Subject::GateMap]);
    let small = Scenario { box_bound: 3.9, ..ordinary(3) };
    assert_eq!(subjects(&small, None), [Subject::Box]);
    let mut few = ordinary(3);
    few.truth.law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![7, 2] };
    assert_eq!(subjects(&few, None), [Subject::Law]);
}

#[test]
fn orders() {
    check(&ordinary(1), None, &[(Refuse, "k = 1 fitted experts cannot hold the k* = 2")]);
    check(&ordinary(4), Some(Regime::Over1), &[(Refuse, "never identifiable with k* = 2")]);
    check(&ordinary(3), Some(Regime::Exact), &[(Refuse, "k = 3 exceeds k* = 2")]);
    check(&ordinary(2), Some(Regime::Over1), &[(Refuse, "regime-1 is over-specified, but k = k* = 2")]);
    check(&one_vanishing(2), Some(Regime::Over2), &[(Refuse, "regime-2 is over-specified")]);
}

#[test]
fn one_expert_is_outside_the_theorems() {
    let one = |fitted| scenario(1, 2, 2, &[0.5, 1.0, -2.0], fitted);
    check(&one(1), Some(Regime::Exact), &[(Warn, "the theorems assume k* ≥ 2")]);
    check(&one(2), Some(Regime::Over1), &[(Refuse, "never identifiable with k* = 1")]);
    check(&with_map(one(1), "power(2)"), None, &[(Warn, "the theorems assume k* ≥ 2")]);
}

#[test]
fn boxes_and_supports() {
    let mut small = ordinary(3);
    small.box_bound = 3.9;
    check(
        &small,
        None,
        &[(Refuse, "half-width 3.9 does not hold the truth, whose pinned coordinates reach 4")],
    );
    small.box_bound = 4.0;
    check(&small, None, &[]);
    let mut few = ordinary(3);
    few.truth.law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![5, 3] };
    check(&few, None, &[]);
    few.truth.law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![7, 2] };
    check(&few, None, &[(Refuse, "determine 14 probabilities, fewer than the 15 fitted parameters")]);
}

#[test]
fn equal_true_experts() {
    let equal =
        |gate: [f64; 3]| scenario(2, 2, 2, &[&gate[..], &[0.5, 0.0, 4.0], &[0.5, 0.0, 4.0]].concat(), 2);
    check(&equal([0.0, 4.0, 0.0]), None, &[(Refuse, "have the same parameters")]);
    check(&equal([2.0, 0.0, 0.0]), None, &[(Refuse, "are the same atom")]);
}

#[test]
fn shared_class_slopes() {
    let split = "classes 0 and 1 of true expert 1 share a slope vector";
    check(&shared(3), Some(Regime::Over1), &[(Refuse, split)]);
    check(&shared(3), None, &[(Warn, split)]);
    check(&shared(3), Some(Regime::Over2), &[(Warn, split), (Refuse, "regime-2 needs a true expert")]);
    let vanishing = "classes 0 and 1 of true expert 0 share a slope vector";
    check(&one_vanishing(3), Some(Regime::Over1), &[(Refuse, vanishing)]);
    check(&one_vanishing(3), None, &[(Warn, vanishing)]);
}

#[test]
fn vanishing_experts() {
    check(&ordinary(3), Some(Regime::Over2), &[(Refuse, "regime-2 needs a true expert")]);
    check(
        &two_vanishing(2),
        Some(Regime::Exact),
        &[(Refuse, "2 true experts vanish under the standard gate")],
    );
    check(&two_vanishing(3), Some(Regime::Over2), &[(Refuse, "2 true experts vanish")]);
    check(&with_map(two_vanishing(3), "power(1)"), Some(Regime::Over2), &[(Refuse, "standard gate")]);
    check(&with_map(two_vanishing(3), "sin(3)"), Some(Regime::Over2), &[(Warn, "under sin(3) only")]);
}

#[test]
fn ill_conditioned_settings() {
    let line = scenario(2, 2, 1, &[0.0, 4.0, 0.5, 4.0, -0.5, -2.0], 2);
    check(&line, Some(Regime::Exact), &[(Warn, "one covariate with two classes is ill-conditioned")]);
    let fails = [(Warn, "power(2) fails its condition")];
    check(&with_map(ordinary(3), "power(2)"), Some(Regime::Over1), &fails);
    check(&with_map(ordinary(3), "tanh(1)"), Some(Regime::Over1), &[(Warn, "only just")]);
}

/// The derivation behind k ≥ 2k*: doubled atoms with a common shift have the density of the truth.
#[test]
fn doubled_atoms_have_the_same_density() {
    let truth = ordinary(2).truth.measure;
    let shifted = truth.atoms().iter().map(|atom| Atom {
        log_weight: atom.log_weight - 0.7,
        gate_slope: vec![atom.gate_slope[0] + 1.5, atom.gate_slope[1] - 2.5],
        ..atom.clone()
    });
    let doubled = MixingMeasure::new(2, 2, truth.atoms().iter().cloned().chain(shifted).collect());
    assert_same_density(&truth, &doubled);
}

/// The derivation behind two vanishing experts: π(x) p + (1 − π(x)) q with a logistic π is also a constant
/// gate between two logistic experts.
#[test]
fn two_constants_are_a_constant_gate_between_logistic_experts() {
    let atom = |log_weight, gate: f64, intercept, slope: f64| Atom {
        log_weight,
        gate_slope: vec![gate],
        intercepts: vec![intercept],
        slopes: vec![slope],
    };
    let logit = |p: f64| crate::numeric::ln(p / (1.0 - p));
    // Under the first, class 0 has probability ½ + ½ σ(3x); under the second ½ · 1 + ½ σ(3x), with an
    // intercept of 40 for 1.
    let constants =
        MixingMeasure::new(2, 1, vec![atom(0.0, 3.0, 40.0, 0.0), atom(0.0, 0.0, logit(0.5), 0.0)]);
    let logistic = MixingMeasure::new(2, 1, vec![atom(0.0, 0.0, 40.0, 0.0), atom(0.0, 0.0, 0.0, 3.0)]);
    assert_same_density(&constants, &logistic);
}

fn assert_same_density(a: &MixingMeasure, b: &MixingMeasure) {
    let dim = a.shape().dim;
    for i in 0..50 {
        let x: Vec<f64> = (0..dim).map(|j| f64::from((7 * i + 13 * j as i32) % 41) / 20.0 - 1.0).collect();
        let (mut p, mut q) = ([0.0; 2], [0.0; 2]);
        crate::model::class_probabilities(a, &x, &x, &mut p);
        crate::model::class_probabilities(b, &x, &x, &mut q);
        assert!((p[0] - q[0]).abs() < 1e-14, "at {x:?}: {} and {}", p[0], q[0]);
    }
}
