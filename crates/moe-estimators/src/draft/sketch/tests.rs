//! What sketches promise: differences from their fit nearly as the data have them, and only where they pay.

use super::*;
use moe_core::covariate::CovariateLaw;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::numeric::ln;
use moe_core::sample;
use moe_core::scenario::Truth;
use moe_core::shape::Shape;
use ndarray::Array2;

use crate::instructions::Instructions;
use crate::newton::Ascent;
use crate::stop::StopRule;

const SHAPE: Shape = Shape { experts: 2, classes: 2, dim: 2 };
const TRUTH: [f64; 9] = [0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0];

/// A sample of two experts on a fine grid.
fn sample(size: u64, gate_map: GateMap) -> Dataset {
    let law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    sample::draw(&Truth { measure: MixingMeasure::from_parameters(SHAPE, &TRUTH), gate_map, law }, size, 1, 0)
}

fn problem(experts: usize, gate_map: GateMap, box_bound: f64) -> Problem {
    Problem { shape: SHAPE.with_experts(experts), gate_map, box_bound }
}

/// The maximum near the truth.
fn fit(likelihood: &mut Likelihood) -> Vec<f64> {
    let mut ascent = Ascent::new(likelihood, &TRUTH, 10.0);
    ascent.finish(likelihood, &StopRule { score: 1e-9, gain: 1e-12, iterations: 100 });
    ascent.parameters().to_vec()
}

/// The fit with a third expert of weight `weight` in front.
fn with_expert(fit: &[f64], log_weight: f64, [gate, other, intercept, slope]: [f64; 4]) -> Vec<f64> {
    let first = [log_weight, gate, other].into_iter().chain(fit[..3].iter().copied());
    first.chain([intercept, slope, -2.0]).chain(fit[3..].iter().copied()).collect()
}

#[test]
fn differences_from_the_fit_are_nearly_those_of_the_data() {
    for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
        for size in [10_000, 1_000_000, 100_000_000] {
            let mut data = Likelihood::new(&sample(size, gate_map), 2, gate_map);
            let fit = fit(&mut data);
            let sketch = around(&data, &fit, &problem(2, gate_map, 10.0)).expect("a sketch");
            assert_eq!(sketch.vectors(), 13 * 13);
            // What few nodes alone would make of it.
            let lattice = lattice(data.rows(), &problem(2, gate_map, 10.0)).expect("a lattice");
            let all: Vec<usize> = (0..lattice.size()).collect();
            let rough = lattice.packed(&all, &gathered(data.rows(), &lattice), data.size(), gate_map);
            let mut of: Vec<Likelihood> = [data.rows().clone(), sketch, rough]
                .into_iter()
                .map(|rows| Likelihood::of_rows(rows, SHAPE.with_experts(3)))
                .collect();
            let at_fit: Vec<f64> =
                of.iter().map(|likelihood| likelihood.with_experts(2).value(&fit)).collect();
            let mut differences = 0.0_f64;
            for atom in [[1.0, 2.0, 0.5, 3.0], [-3.0, 1.0, -1.0, -2.0], [4.0, -4.0, 2.0, 5.0]] {
                // From a nat above the fit to hundreds below it, whatever the size.
                let at = with_expert(&fit, -0.5 * ln(size as f64), atom);
                let [exact, near, far] = [0, 1, 2].map(|i| of[i].value(&at) - at_fit[i]);
                assert!(
                    (near - exact).abs() < 0.05 + 0.05 * exact.abs(),
                    "{gate_map:?} {size} {atom:?}: {near} {exact} {far}"
                );
                differences = differences.max((far - exact).abs());
            }
            assert!(size < 100_000_000 || differences > 50.0, "no sketch is needed: {differences}");
        }
    }
}

#[test]
fn the_fit_is_nearly_a_maximum_of_its_sketch() {
    for size in [10_000, 100_000_000] {
        let mut data = Likelihood::new(&sample(size, GateMap::Identity), 2, GateMap::Identity);
        let fit = fit(&mut data);
        let rows = around(&data, &fit, &problem(2, GateMap::Identity, 10.0)).expect("a sketch");
        let mut sketch = Likelihood::of_rows(rows, SHAPE);
        let (gain, curvature) = Ascent::new(&mut sketch, &fit, 10.0).certify(&sketch);
        assert!(gain < 0.05 && curvature > 0.0, "{size}: {gain} {curvature}");
        assert_eq!(sketch.size(), data.size());
    }
}

#[test]
fn all_counts_together_are_the_sample_size() {
    let size = 1_000_000;
    let data = Likelihood::new(&sample(size, GateMap::Identity), 2, GateMap::Identity);
    for fit in [TRUTH, [0.0, 1.0, 1.0, 0.5, -3.0, 2.0, 0.5, 2.0, 3.0]] {
        let sketch = around(&data, &fit, &problem(2, GateMap::Identity, 10.0)).expect("a sketch");
        let blocks = (0..sketch.blocks()).map(|block| sketch.counts_of(&sketch.runs[0], block));
        let total: f64 = blocks.flatten().flatten().sum();
        assert!((total / size as f64 - 1.0).abs() < 1e-12, "{total}");
    }
}

#[test]
fn a_sketch_of_rows_is_that_of_the_points_which_they_are() {
    // Every second row apart from its neighbours: too many entries to be packed as points.
    let points = sample(2000, GateMap::Identity);
    let order = (0..points.rows()).filter(|i| i % 2 == 0).chain((0..points.rows()).filter(|i| i % 2 == 1));
    let order: Vec<usize> = order.collect();
    let rows = Dataset {
        x: Array2::from_shape_fn(points.x.dim(), |(i, j)| points.x[[order[i], j]]),
        labels: order.iter().map(|i| points.labels[*i]).collect(),
        counts: order.iter().map(|i| points.counts[*i]).collect(),
        classes: 2,
    };
    let [points, rows] = [points, rows].map(|data| Likelihood::new(&data, 2, GateMap::Identity));
    assert!(points.rows().are_points() && !rows.rows().are_points());
    let [of_points, of_rows] = [points, rows].map(|data| {
        let sketch = around(&data, &TRUTH, &problem(2, GateMap::Identity, 10.0)).expect("a sketch");
        Likelihood::of_rows(sketch, SHAPE).value(&[0.0, 1.0, 1.0, 0.5, -3.0, 2.0, 0.5, 2.0, 3.0])
    });
    assert!((of_points / of_rows - 1.0).abs() < 1e-11, "{of_points} {of_rows}");
}

#[test]
fn expected_counts_are_the_same_bits_with_every_instruction_set() {
    let data = Likelihood::new(&sample(10_000, GateMap::Sin(3.0)), 2, GateMap::Sin(3.0));
    let counts = |rows: &PackedRows| -> Vec<f64> {
        let blocks = (0..rows.blocks()).flat_map(|block| rows.counts_of(&rows.runs[0], block));
        blocks.flatten().copied().collect()
    };
    let here = counts(&expected(&mut data.clone(), &TRUTH));
    assert!((here.iter().sum::<f64>() - 10_000.0).abs() < 1e-8);
    for arch in Instructions::available().into_iter().filter_map(Instructions::arch) {
        assert!(counts(&expected(&mut data.clone().with_arch(arch), &TRUTH)) == here, "{arch:?}");
    }
}

#[test]
fn sketches_have_the_points_that_plans_expect() {
    let data = Likelihood::new(&sample(10_000, GateMap::Identity), 2, GateMap::Identity);
    let vectors = data.rows().vectors();
    for (bound, expected) in [(5.0, Some(169)), (11.0, Some(196)), (13.0, None)] {
        let problem = problem(2, GateMap::Identity, bound);
        let sketch = around(&data, &TRUTH, &problem);
        assert_eq!(sketch.map(|sketch| sketch.vectors()), expected);
        assert_eq!(expected_sketch((&[-1.0; 2], &[1.0; 2]), &problem, vectors, 10_000.0), expected);
    }
}

#[test]
fn only_many_points_and_observations_in_small_boxes_are_sketched() {
    let sketched = |data: &Dataset, bound| {
        let likelihood = Likelihood::new(data, 2, GateMap::Identity);
        around(&likelihood, &TRUTH, &problem(2, GateMap::Identity, bound)).map(|sketch| sketch.vectors())
    };
    let data = sample(10_000, GateMap::Identity);
    for (bound, nodes) in [(1.0, Some(13)), (10.0, Some(13)), (11.0, Some(14)), (13.0, None)] {
        assert_eq!(sketched(&data, bound), nodes.map(|nodes: usize| nodes * nodes), "box {bound}");
    }
    assert_eq!(sketched(&sample(1690, GateMap::Identity), 10.0), Some(169));
    assert_eq!(sketched(&sample(1689, GateMap::Identity), 10.0), None, "few observations");
    assert_eq!(sketched(&data, f64::INFINITY), None);
    let mut constant = data.clone();
    constant.x.column_mut(1).fill(1.0);
    assert_eq!(sketched(&constant, 1.0), None);
    let mut far = data;
    far.x[[7, 1]] = f64::MAX;
    assert_eq!(sketched(&far, 1.0), None);
}
