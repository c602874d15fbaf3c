//! The promise of an atom against the regression, row by row, of u taken by differences.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::model;
use moe_core::numeric::{cholesky, cholesky_solve, dot, ln};
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose, Stream};
use ndarray::Array2;

use super::Base;
use crate::likelihood::Likelihood;
use crate::start;

const SHAPE: Shape = Shape { experts: 2, classes: 3, dim: 2 };
const STEP: f64 = 1e-5;

/// Step of the differences of promises: with smaller ones rounding shows, with larger ones curvature.
const PROMISE_STEP: f64 = 1e-4;

fn stream(number: u64) -> Stream {
    Address { seed: 5, purpose: Purpose::Starts, content: [3; 32], size: 60, replication: 0 }.indexed(number)
}

/// Rows with covariates of their own, or four rows of several classes and counts at each covariate vector.
fn data(repeated: bool) -> Dataset {
    let mut stream = stream(0);
    let points: Vec<f64> = (0..120).map(|_| stream.between(-1.0, 1.0)).collect();
    let row = |i: usize| if repeated { i / 4 } else { i };
    Dataset {
        x: Array2::from_shape_fn((60, 2), |(i, j)| points[2 * row(i) + j]),
        labels: (0..60).map(|i| if repeated { i as u32 % 4 % 3 } else { i as u32 * 7 % 3 }).collect(),
        counts: (0..60).map(|i| 1 + i % 5).collect(),
        classes: 3,
    }
}

fn measure(parameters: &[f64]) -> MixingMeasure {
    MixingMeasure::from_parameters(SHAPE, parameters)
}

/// The case at hand: a fit, an atom, and what is asked of it.
fn case(data: &Dataset, map: GateMap) -> (Likelihood, Vec<f64>, Atom) {
    let mut stream = stream(1);
    let parameters: Vec<f64> = (0..SHAPE.parameters()).map(|_| stream.between(-1.0, 1.0)).collect();
    let atom = start::random_atom(&mut stream, SHAPE, 1.5);
    (Likelihood::new(data, SHAPE.experts, map), parameters, atom)
}

/// ln g of every row.
fn densities(data: &Dataset, map: GateMap, measure: &MixingMeasure) -> Vec<f64> {
    let mut probabilities = vec![0.0; data.classes];
    let mut density = |i: usize| {
        let x = data.x.row(i).to_vec();
        model::class_probabilities(measure, &x, &map.apply_all(&x), &mut probabilities);
        ln(probabilities[data.labels[i] as usize])
    };
    (0..data.rows()).map(&mut density).collect()
}

/// (Σu)² / (2 Σũ²), with u by differences.
fn gain_by_differences(data: &Dataset, map: GateMap, parameters: &[f64], atom: &Atom) -> f64 {
    let by_difference = |up: MixingMeasure, down: MixingMeasure, length: f64| -> Vec<f64> {
        let (up, down) = (densities(data, map, &up), densities(data, map, &down));
        up.iter().zip(&down).map(|(u, d)| (u - d) / length).collect()
    };
    let mut scores = vec![vec![0.0; data.rows()]; parameters.len()];
    for i in 0..data.rows() {
        let (x, mut score) = (data.x.row(i).to_vec(), vec![0.0; parameters.len()]);
        model::score(&measure(parameters), &x, &map.apply_all(&x), data.labels[i] as usize, &mut score);
        scores.iter_mut().zip(score).for_each(|(of_all, s)| of_all[i] = s);
    }
    let with =
        |weight: f64| start::with_atom(&measure(parameters), Atom { log_weight: ln(weight), ..atom.clone() });
    // One-sided, since weights are positive; the curvature in the weight is taken off.
    let (one, two) = (
        by_difference(with(STEP), measure(parameters), STEP),
        by_difference(with(2.0 * STEP), measure(parameters), STEP),
    );
    let u: Vec<f64> = one.iter().zip(&two).map(|(one, two)| 2.0 * one - 0.5 * two).collect();
    let counts: Vec<f64> = data.counts.iter().map(|n| *n as f64).collect();
    let product = |a: &[f64], b: &[f64]| -> f64 { (0..a.len()).map(|i| counts[i] * a[i] * b[i]).sum() };
    let p = scores.len();
    let mut factor: Vec<f64> = (0..p * p).map(|m| product(&scores[m / p], &scores[m % p])).collect();
    assert!(cholesky(&mut factor, p));
    let cross: Vec<f64> = scores.iter().map(|s| product(&u, s)).collect();
    let mut lambda = cross.clone();
    cholesky_solve(&factor, p, &mut lambda);
    let first = product(&u, &vec![1.0; u.len()]);
    0.5 * first * first / (product(&u, &u) - dot(&lambda, &cross))
}

#[test]
fn the_promise_is_that_of_the_regression_on_scores() {
    for (repeated, map) in [(false, GateMap::Identity), (true, GateMap::Identity), (true, GateMap::Sin(2.0))]
    {
        let data = data(repeated);
        let (mut likelihood, parameters, atom) = case(&data, map);
        let value = likelihood.value(&parameters);
        let mut base = Base::new(&mut likelihood, &parameters, 10.0, value);
        let promise = base.promise(&likelihood, &atom).expect("a promise");
        let wanted = gain_by_differences(&data, map, &parameters, &atom);
        assert!((promise.gain / wanted - 1.0).abs() < 1e-5, "{repeated} {map:?}: {} {wanted}", promise.gain);
    }
}

#[test]
fn the_slope_of_a_climb_is_that_of_the_promise() {
    for (repeated, map) in [(false, GateMap::Identity), (true, GateMap::Identity), (false, GateMap::Sin(2.0))]
    {
        let data = data(repeated);
        let (mut likelihood, parameters, atom) = case(&data, map);
        let value = likelihood.value(&parameters);
        let mut base = Base::new(&mut likelihood, &parameters, 10.0, value);
        let (slope, coordinates) = base.slope_at(&likelihood, &atom).expect("a promise");
        for (i, slope) in slope.iter().enumerate() {
            let mut gain = |by: f64| {
                let mut moved = coordinates.clone();
                moved[i] += by;
                base.promise_at(&likelihood, &atom, &moved).expect("a promise").gain
            };
            let wanted = (gain(PROMISE_STEP) - gain(-PROMISE_STEP)) / (2.0 * PROMISE_STEP);
            assert!(
                (slope - wanted).abs() < 5e-7 * (1.0 + wanted.abs()),
                "{i} {repeated} {map:?}: {slope} {wanted}"
            );
        }
    }
}

#[test]
fn a_climb_raises_the_promise_and_stays_in_the_box() {
    let data = data(true);
    let (mut likelihood, parameters, atom) = case(&data, GateMap::Identity);
    let value = likelihood.value(&parameters);
    let mut base = Base::new(&mut likelihood, &parameters, 10.0, value);
    let before = base.promise(&likelihood, &atom).expect("a promise").gain;
    let (climbed, promise, passes) = base.climb(&likelihood, &atom, 3.0, 25).expect("a climb");
    assert!(promise.gain > 1.5 * before && passes <= 25, "{before} {} {passes}", promise.gain);
    let coordinates = climbed.gate_slope.iter().chain(&climbed.intercepts).chain(&climbed.slopes);
    assert!(coordinates.into_iter().all(|v| v.abs() <= 3.0));
    let again = base.promise(&likelihood, &climbed).expect("a promise");
    assert!((again.gain / promise.gain - 1.0).abs() < 1e-9, "both passes say the same");
}
