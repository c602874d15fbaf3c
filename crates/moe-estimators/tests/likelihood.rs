//! Properties of the likelihood: what must not change it, and that no parameters break it.

mod common;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::model;
use moe_core::shape::Shape;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use ndarray::Array2;
use proptest::prelude::*;

/// Σ count · ln g(label|x), from the scalar model.
fn scalar_value(data: &Dataset, gate_map: GateMap, measure: &MixingMeasure) -> f64 {
    let mut p = vec![0.0; data.classes];
    (0..data.rows())
        .map(|r| {
            let x = data.x.row(r).to_vec();
            model::class_probabilities(measure, &x, &gate_map.apply_all(&x), &mut p);
            data.counts[r] as f64 * moe_core::numeric::ln(p[data.labels[r] as usize])
        })
        .sum()
}

fn value(data: &Dataset, gate_map: GateMap, measure: &MixingMeasure) -> f64 {
    Likelihood::new(data, measure.shape().experts, gate_map).value(&measure.parameters())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * (1.0 + a.abs())
}

/// A data set and a measure of any small shape.
fn problem() -> impl Strategy<Value = (Dataset, MixingMeasure)> {
    (1usize..5, 2usize..5, 1usize..4, 1usize..40).prop_flat_map(|(experts, classes, dim, rows)| {
        let shape = Shape { experts, classes, dim };
        let x = prop::collection::vec(-1.0..1.0f64, rows * dim);
        let labels = prop::collection::vec(0..classes as u32, rows);
        let counts = prop::collection::vec(1u64..9, rows);
        let parameters = prop::collection::vec(-6.0..6.0f64, shape.parameters());
        (x, labels, counts, parameters).prop_map(move |(x, labels, counts, parameters)| {
            let x = Array2::from_shape_vec((rows, dim), x).expect("rectangular");
            (Dataset { x, labels, counts, classes }, MixingMeasure::from_parameters(shape, &parameters))
        })
    })
}

proptest! {
    #[test]
    fn it_is_the_scalar_model_summed((data, measure) in problem()) {
        for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
            let (ours, plain) = (value(&data, gate_map, &measure), scalar_value(&data, gate_map, &measure));
            prop_assert!(close(ours, plain), "{ours} {plain}");
        }
    }

    #[test]
    fn labels_of_atoms_and_translations_of_the_gate_do_not_matter((data, measure) in problem(), t in -3.0..3.0f64) {
        let mut atoms: Vec<Atom> = measure.atoms().iter().rev().cloned().collect();
        for atom in &mut atoms {
            atom.log_weight += t;
            atom.gate_slope.iter_mut().for_each(|v| *v -= 2.0 * t);
        }
        let moved = MixingMeasure::new(data.classes, data.dim(), atoms);
        let (a, b) = (value(&data, GateMap::Identity, &measure), value(&data, GateMap::Identity, &moved));
        prop_assert!(close(a, b), "{a} {b}");
    }

    #[test]
    fn a_count_is_so_many_rows((data, measure) in problem()) {
        let repeated: Vec<usize> = (0..data.rows()).flat_map(|r| vec![r; data.counts[r] as usize]).collect();
        let spread = Dataset {
            x: data.x.select(ndarray::Axis(0), &repeated),
            labels: repeated.iter().map(|r| data.labels[*r]).collect(),
            counts: vec![1; repeated.len()],
            classes: data.classes,
        };
        let (a, b) = (value(&data, GateMap::Identity, &measure), value(&spread, GateMap::Identity, &measure));
        prop_assert!(close(a, b), "{a} {b}");
    }

    #[test]
    fn score_and_hessian_are_the_derivatives((data, measure) in problem(), direction in 0usize..200) {
        let (experts, parameters) = (measure.shape().experts, measure.parameters());
        let mut likelihood = Likelihood::new(&data, experts, GateMap::Cos(1.5));
        let i = direction % parameters.len();
        let mut at = Derivatives::default();
        likelihood.derivatives(&parameters, &mut at);
        let step = 1e-5;
        let mut beside = |sign: f64| {
            let mut moved = parameters.clone();
            moved[i] += sign * step;
            let mut out = Derivatives::default();
            likelihood.derivatives(&moved, &mut out);
            out
        };
        let (right, left) = (beside(1.0), beside(-1.0));
        let scale = 1.0 + data.size() as f64;
        prop_assert!(((right.value - left.value) / (2.0 * step) - at.score[i]).abs() <= 1e-7 * scale);
        for j in 0..parameters.len() {
            let numeric = (right.score[j] - left.score[j]) / (2.0 * step);
            prop_assert!((numeric - at.hessian[i * parameters.len() + j]).abs() <= 1e-6 * scale);
        }
    }

    #[test]
    fn huge_parameters_stay_finite((data, measure) in problem(), factor in 1.0..2e5f64) {
        let parameters: Vec<f64> = measure.parameters().iter().map(|v| v * factor).collect();
        let mut out = Derivatives::default();
        Likelihood::new(&data, measure.shape().experts, GateMap::Identity).derivatives(&parameters, &mut out);
        prop_assert!(out.value.is_finite() && out.value <= 0.0, "{}", out.value);
        prop_assert!(out.score.iter().chain(&out.hessian).all(|v| v.is_finite()));
    }
}

#[test]
fn the_shifted_and_the_safe_path_meet() {
    // One logit beyond the bound switches the path for every row; a far-off point of weight zero does it.
    let data = common::data(1000, 0);
    let measure = common::truth(GateMap::Identity).measure;
    let mut far = data.clone();
    far.x.push_row(ndarray::ArrayView1::from(&[1.0, 60.0])).expect("two covariates");
    far.labels.push(0);
    far.counts.push(1);
    let shape = measure.shape();
    let mut alone = far.clone();
    let last = alone.rows() - 1;
    alone.x = alone.x.select(ndarray::Axis(0), &[last]);
    (alone.labels, alone.counts) = (vec![0], vec![1]);
    let one = |d: &Dataset| Likelihood::new(d, shape.experts, GateMap::Identity).value(&measure.parameters());
    assert!(close(one(&far), one(&data) + one(&alone)), "{} {}", one(&far), one(&data) + one(&alone));
}
