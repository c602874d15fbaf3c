//! Distances between densities against closed forms, direct sums and much finer rules.

use moe_core::covariate::CovariateLaw;
use moe_core::gate::GateMap;
use moe_core::loss::density::{Distances, Evaluation};
use moe_core::measure::MixingMeasure;
use moe_core::model::class_probabilities;
use moe_core::scenario::Truth;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::definition::{atoms, fixed, measure};

fn distances(truth: &MixingMeasure, fitted: &MixingMeasure, map: GateMap, law: CovariateLaw) -> Distances {
    Evaluation::new(&Truth { measure: truth.clone(), gate_map: map, law }).distances(fitted)
}

fn uniform(lower: &[f64], upper: &[f64]) -> CovariateLaw {
    CovariateLaw::Uniform { lower: lower.to_vec(), upper: upper.to_vec() }
}

/// Hellinger, total variation and Kullback-Leibler at one point, by definition.
fn at_point(p: &[f64], q: &[f64]) -> [f64; 3] {
    let sum = |f: &dyn Fn(f64, f64) -> f64| p.iter().zip(q).map(|(p, q)| f(*p, *q)).sum::<f64>();
    [
        (0.5 * sum(&|p, q| (p.sqrt() - q.sqrt()).powi(2))).sqrt(),
        0.5 * sum(&|p, q| (p - q).abs()),
        sum(&|p, q| p * (p / q).ln()),
    ]
}

fn values(d: &Distances) -> [f64; 3] {
    [d.hellinger, d.total_variation, d.kl]
}

fn errors(d: &Distances) -> [f64; 3] {
    [d.hellinger_error, d.total_variation_error, d.kl_error]
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn constant_experts_have_closed_forms() {
    let truth = measure(2, 1, &[(0.0, &[0.0], &[3f64.ln()], &[0.0])]);
    let fitted = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0])]);
    let found = distances(&truth, &fitted, GateMap::Identity, uniform(&[-1.0], &[2.0]));
    let expected = at_point(&[0.75, 0.25], &[0.5, 0.5]);
    for (v, e) in values(&found).iter().zip(expected) {
        assert!((v - e).abs() < 1e-14, "{v}, not {e}");
    }
    assert!((found.total_variation - 0.25).abs() < 1e-15);
    assert!(errors(&found).iter().all(|e| *e < 1e-14));
}

#[test]
fn crossing_logistic_curves() {
    // |σ(x) − σ(−x)| = tanh |x|/2, whose mean over [−1, 2] is (2 ln cosh ½ + 2 ln cosh 1) / 3; the
    // kink at 0 is nowhere near a node.
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[1.0])]);
    let fitted = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[-1.0])]);
    let found = distances(&truth, &fitted, GateMap::Identity, uniform(&[-1.0], &[2.0]));
    let exact = 2.0 / 3.0 * (0.5f64.cosh().ln() + 1f64.cosh().ln());
    assert!((found.total_variation - exact).abs() <= found.total_variation_error, "{found:?}, not {exact}");
    assert!(found.total_variation_error < 1e-3);
}

#[test]
fn close_densities_keep_their_digits() {
    // ln((1 + e^(a+ε)) / (1 + e^a)) − pε = ε²/2 p(1−p) + ε³/6 p(1−p)(1−2p) + O(ε⁴)
    let (a, p) = (0.7, logistic(0.7));
    let truth = measure(2, 1, &[(0.0, &[0.0], &[a], &[0.0])]);
    let law = || CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![3] };
    for epsilon in [1e-3, 1e-4, 1e-5] {
        let fitted = measure(2, 1, &[(0.0, &[0.0], &[a + epsilon], &[0.0])]);
        let e = (a + epsilon) - a;
        let fourth = p * (1.0 - p) * (1.0 - 6.0 * p * (1.0 - p)) / 24.0;
        let cubic = p * (1.0 - p) * (1.0 - 2.0 * p) / 6.0;
        let expected = e * e * (p * (1.0 - p) / 2.0 + e * (cubic + e * fourth));
        let kl = distances(&truth, &fitted, GateMap::Identity, law()).kl;
        assert!((kl / expected - 1.0).abs() < 1e-14 / epsilon + 1e-9 * epsilon, "{kl}, not {expected}");
    }
}

#[test]
fn divergence_is_finite_where_probabilities_underflow() {
    // The fit gives class 0 the probability exp(−10⁶); the truth gives it ½.
    let truth = measure(2, 1, &[(0.0, &[0.0], &[0.0], &[0.0])]);
    let fitted = measure(2, 1, &[(0.0, &[0.0], &[-1e6], &[0.0])]);
    let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![2] };
    let found = distances(&truth, &fitted, GateMap::Identity, law.clone());
    assert!((found.kl - (5e5 - 2f64.ln())).abs() < 1e-9);
    // The other way round the truth has no mass there: KL = ln 2.
    let found = distances(&fitted, &truth, GateMap::Identity, law);
    assert!((found.kl - 2f64.ln()).abs() < 1e-15);
}

#[test]
fn the_same_density_is_at_distance_zero() {
    let truth = measure(
        3,
        2,
        &[
            (0.5, &[1.0, -2.0], &[0.3, 0.1], &[1.0, 0.0, 2.0, -1.0]),
            (0.0, &[0.0, 0.0], &[-0.3, 0.7], &[0.0, 3.0, 1.0, 1.0]),
        ],
    );
    let law = uniform(&[-1.0, -1.0], &[1.0, 1.0]);
    let found = distances(&truth, &truth, GateMap::Sin(3.0), law);
    assert_eq!((values(&found), errors(&found)), ([0.0; 3], [0.0; 3]));
}

#[test]
fn rules_have_their_names() {
    let rule = |law: CovariateLaw| {
        let d = law.dim();
        let gate = vec![0.0; d];
        let measure = measure(2, d, &[(0.0, &gate, &[0.0], &gate)]);
        Evaluation::new(&Truth { measure, gate_map: GateMap::Identity, law }).rule().to_string()
    };
    let grid = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    assert_eq!(rule(grid), "exact-441");
    for (d, name) in [
        (1, "gauss-legendre-256"),
        (2, "gauss-legendre-48^2"),
        (3, "gauss-legendre-16^3"),
        (4, "kronecker-8192"),
    ] {
        assert_eq!(rule(uniform(&vec![0.0; d], &vec![1.0; d])), name);
    }
}

/// The expectation by the midpoint rule on `points` cells per axis.
fn midpoints(
    truth: &MixingMeasure,
    fitted: &MixingMeasure,
    map: GateMap,
    law: &CovariateLaw,
    points: usize,
) -> [f64; 3] {
    let (shape, (lower, upper)) = (truth.shape(), law.bounds());
    let (mut sum, mut total) = ([0.0; 3], 0.0);
    let (mut p, mut q) = (vec![0.0; shape.classes], vec![0.0; shape.classes]);
    for index in 0..points.pow(shape.dim as u32) {
        let mut rest = index;
        let x: Vec<f64> = (0..shape.dim)
            .map(|j| {
                let u = ((rest % points) as f64 + 0.5) / points as f64;
                rest /= points;
                lower[j] + (upper[j] - lower[j]) * u
            })
            .collect();
        let m = map.apply_all(&x);
        class_probabilities(truth, &x, &m, &mut p);
        class_probabilities(fitted, &x, &m, &mut q);
        let weight = law.relative_density(&x);
        total += weight;
        for (s, v) in sum.iter_mut().zip(at_point(&p, &q)) {
            *s += weight * v;
        }
    }
    sum.map(|s| s / total)
}

/// For random pairs of measures under a law, the stated errors hold against a much finer rule, up to
/// the error of that rule itself; and they are not vacuous.
fn stated_errors_hold(law: &CovariateLaw, cases: u32, points: usize, fine_error: f64, largest: f64) {
    let d = law.dim();
    let pair = (atoms(3, 3, d), atoms(2, 3, d));
    let mut runner = TestRunner::new(fixed(cases));
    let verdict = runner.run(&pair, |(fitted, truth)| {
        let (fitted, truth) = (MixingMeasure::new(3, d, fitted), MixingMeasure::new(3, d, truth));
        let found = distances(&truth, &fitted, GateMap::Tanh(2.0), law.clone());
        let fine = midpoints(&truth, &fitted, GateMap::Tanh(2.0), law, points);
        for ((v, e), f) in values(&found).iter().zip(errors(&found)).zip(fine) {
            prop_assert!((v - f).abs() <= e + fine_error * (1.0 + f), "{v} ± {e}, but {f}");
            prop_assert!(e <= largest * (1.0 + f), "{v} ± {e} says little");
        }
        Ok(())
    });
    assert!(verdict.is_ok(), "{verdict:?}");
}

#[test]
fn stated_errors_hold_on_the_line() {
    stated_errors_hold(&uniform(&[-1.0], &[2.0]), 100, 20_000, 1e-7, 1e-3);
    let law =
        CovariateLaw::TruncatedNormal { mean: vec![0.2], sd: vec![0.5], lower: vec![-1.0], upper: vec![1.0] };
    stated_errors_hold(&law, 100, 20_000, 1e-7, 1e-3);
}

#[test]
fn stated_errors_hold_in_the_plane() {
    stated_errors_hold(&uniform(&[-1.0, -1.0], &[1.0, 1.0]), 30, 300, 2e-5, 5e-3);
}

#[test]
fn stated_errors_hold_in_space() {
    stated_errors_hold(&uniform(&[-1.0; 3], &[1.0; 3]), 12, 50, 5e-4, 2e-2);
}

#[test]
fn stated_errors_hold_in_four_dimensions() {
    stated_errors_hold(&uniform(&[-1.0; 4], &[1.0; 4]), 8, 20, 1e-3, 2e-2);
}

proptest! {
    #![proptest_config(fixed(64))]

    #[test]
    fn finite_laws_are_summed_exactly(fitted in atoms(3, 3, 2), truth in atoms(2, 3, 2)) {
        let (fitted, truth) = (MixingMeasure::new(3, 2, fitted), MixingMeasure::new(3, 2, truth));
        let law = CovariateLaw::Grid { lower: vec![-1.0, 0.0], upper: vec![1.0, 3.0], points: vec![5, 4] };
        let found = distances(&truth, &fitted, GateMap::Power(3), law.clone());
        let finite = law.finite().unwrap();
        let mut expected = [0.0; 3];
        let (mut p, mut q) = ([0.0; 3], [0.0; 3]);
        for (x, probability) in finite.points.rows().into_iter().zip(&finite.probabilities) {
            let x = x.to_vec();
            let m = GateMap::Power(3).apply_all(&x);
            class_probabilities(&truth, &x, &m, &mut p);
            class_probabilities(&fitted, &x, &m, &mut q);
            for (e, v) in expected.iter_mut().zip(at_point(&p, &q)) {
                *e += probability * v;
            }
        }
        for (v, e) in values(&found).iter().zip(expected) {
            prop_assert!((v - e).abs() <= 1e-13 * (1.0 + e), "{v}, not {e}");
        }
        prop_assert_eq!(errors(&found), [0.0; 3]);
    }
}
