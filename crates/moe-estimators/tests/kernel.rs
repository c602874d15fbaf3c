//! Every path of the kernel: shapes, layouts, gates, safe and shifted logits, and all instruction sets.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::model;
use moe_core::numeric;
use moe_core::shape::Shape;
use moe_estimators::instructions::Instructions;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use ndarray::{Array2, Axis};

/// Compiled on their own, general, and without a gate; with tiles of every width.
const SHAPES: [(usize, usize, usize); 12] = [
    (1, 2, 1),
    (2, 2, 2),
    (3, 2, 2),
    (2, 3, 1),
    (3, 3, 2),
    (4, 2, 3),
    (2, 4, 2),
    (5, 3, 1),
    (3, 5, 4),
    (4, 5, 8),
    (5, 2, 2),
    (7, 2, 1),
];

/// A number in [-1, 1) from a counter.
fn scattered(i: usize) -> f64 {
    let bits = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 12) as f64 / (1_u64 << 51) as f64 - 1.0
}

/// Points with several labels each, some labels missing: rows of a point together.
fn points(shape: Shape, points: usize) -> Dataset {
    let rows: Vec<(usize, usize)> = (0..points)
        .flat_map(|point| (0..shape.classes).map(move |label| (point, label)))
        .filter(|(point, label)| (point * 5 + label * 3) % 7 != 0)
        .collect();
    Dataset {
        x: Array2::from_shape_fn((rows.len(), shape.dim), |(r, j)| scattered(rows[r].0 * shape.dim + j)),
        labels: rows.iter().map(|(_, label)| *label as u32).collect(),
        counts: rows.iter().map(|(point, label)| 1 + (point * 31 + label * 17) as u64 % 900).collect(),
        classes: shape.classes,
    }
}

/// The same rows, ordered by label, so that no two neighbours share their covariates.
fn by_label(data: &Dataset) -> Dataset {
    let mut order: Vec<usize> = (0..data.rows()).collect();
    order.sort_by_key(|r| data.labels[*r]);
    Dataset {
        x: data.x.select(Axis(0), &order),
        labels: order.iter().map(|r| data.labels[*r]).collect(),
        counts: order.iter().map(|r| data.counts[*r]).collect(),
        classes: data.classes,
    }
}

/// Counted points, the same as counted rows, and rows of count one.
fn layouts(shape: Shape) -> [Dataset; 3] {
    // More than one group of blocks, and a last block that is not full.
    let counted = points(shape, 430);
    let rows = by_label(&counted);
    let single = Dataset { counts: vec![1; rows.rows()], ..rows.clone() };
    [counted, rows, single]
}

fn parameters(shape: Shape, scale: f64) -> Vec<f64> {
    (0..shape.parameters()).map(|i| scale * scattered(70_000 + i)).collect()
}

fn derivatives(data: &Dataset, shape: Shape, gate: GateMap, at: &[f64], arch: pulp::Arch) -> Derivatives {
    let mut likelihood = Likelihood::new(data, shape.experts, gate).with_arch(arch);
    let mut out = Derivatives::default();
    likelihood.derivatives(at, &mut out);
    let mut cheap = Derivatives::default();
    likelihood.score(at, &mut cheap);
    assert_eq!((cheap.value.to_bits(), &cheap.score), (out.value.to_bits(), &out.score), "score alone");
    assert_eq!(likelihood.value(at).to_bits(), out.value.to_bits(), "value alone");
    out
}

/// All instruction sets that this machine has; on x86-64 a test that could try only one would show nothing.
fn instruction_sets() -> Vec<pulp::Arch> {
    let sets = Instructions::available();
    println!("executed: {sets:?}");
    assert!(sets.len() > 1 || cfg!(not(target_arch = "x86_64")), "only {sets:?} could be executed here");
    sets.into_iter().filter_map(Instructions::arch).collect()
}

#[test]
fn all_instruction_sets_give_the_same_bits_on_every_path() {
    for (experts, classes, dim) in SHAPES {
        let shape = Shape { experts, classes, dim };
        for (layout, data) in layouts(shape).iter().enumerate() {
            for gate in [GateMap::Identity, GateMap::Sin(2.0)] {
                // The largest scale needs logits to be shifted, the next densities to be multiplied in twos.
                for scale in [1.0, 12.0, 400.0] {
                    let at = parameters(shape, scale);
                    let [first, others @ ..] = &instruction_sets()
                        .into_iter()
                        .map(|set| derivatives(data, shape, gate, &at, set))
                        .collect::<Vec<_>>()[..]
                    else {
                        panic!("the baseline is always there");
                    };
                    assert!(first.value.is_finite() && first.hessian.iter().all(|v| v.is_finite()));
                    for other in others {
                        assert_eq!(first, other, "{shape:?}, layout {layout}, {gate:?}, scale {scale}");
                    }
                }
            }
        }
    }
}

fn assert_close(ours: &[f64], reference: &[f64], tolerance: f64, what: &str) {
    let scale = reference.iter().fold(1.0, |m: f64, v| m.max(v.abs()));
    for (a, b) in ours.iter().zip(reference) {
        assert!((a - b).abs() <= tolerance * scale, "{what}: {a} {b}");
    }
}

#[test]
fn points_rows_and_the_scalar_model_agree() {
    for (experts, classes, dim) in SHAPES {
        let shape = Shape { experts, classes, dim };
        let [counted, rows, _] = layouts(shape);
        for gate in [GateMap::Identity, GateMap::Cos(1.5)] {
            let at = parameters(shape, 3.0);
            let ours = derivatives(&counted, shape, gate, &at, pulp::Arch::new());
            let other = derivatives(&rows, shape, gate, &at, pulp::Arch::new());
            let (value, score) = by_the_model(&counted, shape, gate, &at);
            assert_close(&[ours.value], &[value], 1e-12, "value");
            assert_close(&ours.score, &score, 1e-11, "score");
            assert_close(&ours.score, &other.score, 1e-12, "score of rows");
            assert_close(&ours.hessian, &other.hessian, 1e-12, "Hessian of rows");
        }
    }
}

/// Counted points and rows go through different sums; they must agree wherever a softmax is steep.
#[test]
fn points_and_rows_agree_where_softmaxes_are_saturated() {
    for (experts, classes, dim) in SHAPES {
        let shape = Shape { experts, classes, dim };
        let [counted, rows, _] = layouts(shape);
        let size = counted.size() as f64;
        for (gate, scale) in [(GateMap::Identity, 12.0), (GateMap::Sin(2.0), 20.0), (GateMap::Identity, 37.0)]
        {
            let at = parameters(shape, scale);
            let ours = derivatives(&counted, shape, gate, &at, pulp::Arch::new());
            let other = derivatives(&rows, shape, gate, &at, pulp::Arch::new());
            assert_near(&ours, &other, 1e-13 * size, &format!("{shape:?}, {gate:?}, scale {scale}"));
        }
    }
}

/// Every expert says class 0, where class 1 was seen, and the other way round; up to the largest logits that need no shift.
#[test]
fn points_and_rows_agree_where_a_seen_class_is_all_but_impossible() {
    let shape = Shape { experts: 2, classes: 2, dim: 1 };
    let x = Array2::from_shape_fn((4, 1), |(row, _)| if row < 2 { 0.5 } else { -0.5 });
    let data = Dataset { x, labels: vec![0, 1, 0, 1], counts: vec![3, 1, 2, 2], classes: 2 };
    for size in [15.0, 45.0, 100.0, 149.0, -15.0, -45.0, -100.0, -149.0] {
        let at = [0.3, 0.2, 0.8 * size, 0.1, 0.99 * size, 0.05];
        let ours = derivatives(&data, shape, GateMap::Identity, &at, pulp::Arch::new());
        let other = derivatives(&by_label(&data), shape, GateMap::Identity, &at, pulp::Arch::new());
        assert_near(&ours, &other, 1e-13, &format!("logits of {size}"));
        let (value, score) = by_the_model(&data, shape, GateMap::Identity, &at);
        assert_close(&[ours.value], &[value], 1e-12, "value");
        assert_close(&ours.score, &score, 1e-11, "score");
    }
}

/// Scores and Hessians within a distance.
fn assert_near(ours: &Derivatives, other: &Derivatives, distance: f64, what: &str) {
    let score = ours.score.iter().zip(&other.score);
    for (a, b) in score.chain(ours.hessian.iter().zip(&other.hessian)) {
        assert!((a - b).abs() <= distance, "{what}: {a} {b}");
    }
}

/// Log-likelihood and score, row after row, by the plain model.
fn by_the_model(data: &Dataset, shape: Shape, gate: GateMap, at: &[f64]) -> (f64, Vec<f64>) {
    let measure = MixingMeasure::from_parameters(shape, at);
    let (mut value, mut score) = (0.0, vec![0.0; shape.parameters()]);
    let (mut p, mut one) = (vec![0.0; shape.classes], score.clone());
    for r in 0..data.rows() {
        let (x, n) = (data.x.row(r).to_vec(), data.counts[r] as f64);
        let (m, label) = (gate.apply_all(&x), data.labels[r] as usize);
        model::class_probabilities(&measure, &x, &m, &mut p);
        model::score(&measure, &x, &m, label, &mut one);
        value += n * numeric::ln(p[label]);
        score.iter_mut().zip(&one).for_each(|(sum, v)| *sum += n * v);
    }
    (value, score)
}

#[test]
fn single_observations_and_the_scalar_model_agree() {
    for (experts, classes, dim) in SHAPES {
        let shape = Shape { experts, classes, dim };
        // Several groups of full blocks for each label, and a last one that is not full.
        let rows = by_label(&points(shape, 421));
        let single = Dataset { counts: vec![1; rows.rows()], ..rows };
        for (gate, scale) in [(GateMap::Identity, 3.0), (GateMap::Cos(1.5), 0.5)] {
            let at = parameters(shape, scale);
            let ours = derivatives(&single, shape, gate, &at, pulp::Arch::new());
            let (value, score) = by_the_model(&single, shape, gate, &at);
            assert_close(&[ours.value], &[value], 1e-12, "value");
            assert_close(&ours.score, &score, 1e-11, "score");
        }
    }
}

#[test]
fn the_hessian_of_points_is_the_derivative_of_the_score() {
    for (experts, classes, dim) in SHAPES {
        let shape = Shape { experts, classes, dim };
        let data = points(shape, 60);
        for gate in [GateMap::Identity, GateMap::Sin(2.0)] {
            let at = parameters(shape, 2.0);
            let p = at.len();
            let here = derivatives(&data, shape, gate, &at, pulp::Arch::new());
            for i in (0..p).step_by(1 + p / 9) {
                let beside = |step: f64| {
                    let mut moved = at.clone();
                    moved[i] += step;
                    derivatives(&data, shape, gate, &moved, pulp::Arch::new()).score
                };
                let (right, left) = (beside(1e-5), beside(-1e-5));
                let slopes: Vec<f64> = right.iter().zip(&left).map(|(r, l)| (r - l) / 2e-5).collect();
                assert_close(&here.hessian[i * p..(i + 1) * p], &slopes, 1e-6, "row of the Hessian");
            }
        }
    }
}
