//! Workers who share the passes over many rows: no bit of a fit depends on them, and they do share.

use std::cell::Cell;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Fit, Problem};
use moe_estimators::fixed_point::{FixedPoint, Map};
use moe_estimators::given::{FromStarts, random_starts};
use moe_estimators::likelihood::{Derivatives, Likelihood};
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::StartStreams;
use moe_estimators::stop::{Stop, StopRule};
use moe_estimators::workers::{Half, Workers};
use ndarray::Array2;

const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 300 };

/// So many that three workers share them, and no whole number of blocks.
const MANY: usize = 50_003;

thread_local! {
    /// How often workers of this thread were given two things to do.
    static HANDED_OVER: Cell<u32> = const { Cell::new(0) };
}

fn on_threads(one: Half<'_>, other: Half<'_>) {
    HANDED_OVER.set(HANDED_OVER.get() + 1);
    std::thread::scope(|scope| {
        scope.spawn(one);
        other();
    });
}

fn backwards(one: Half<'_>, other: Half<'_>) {
    other();
    one();
}

fn teams() -> [Workers; 4] {
    [
        Workers::new(2, on_threads),
        Workers::new(3, on_threads),
        Workers::new(2, backwards),
        Workers::new(13, backwards),
    ]
}

/// Rows of continuous covariates; the last class is rare, and none of it is in the first third of the rows.
fn rows(rows: usize, dim: usize, classes: usize) -> Dataset {
    let x =
        Array2::from_shape_fn((rows, dim), |(i, j)| ((i * 7919 + j * 104_729) % 65_537) as f64 / 65_537.0);
    let label = |i: usize| match i {
        _ if i > rows / 3 && i.is_multiple_of(6007) => classes - 1,
        _ => i * i / 5 % 7 % if classes == 2 { 2 } else { classes - 1 },
    };
    let labels = (0..rows).map(|i| label(i) as u32).collect();
    Dataset { x, labels, counts: vec![1; rows], classes }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn no_bit_of_value_score_or_hessian_depends_on_the_workers() {
    for (dim, classes, gate_map) in [
        (1, 2, GateMap::Identity),
        (2, 2, GateMap::Identity),
        (3, 3, GateMap::Power(2)),
        (2, 5, GateMap::Identity),
    ] {
        let once = rows(MANY, dim, classes);
        let counts = (0..MANY as u64).map(|i| 1 + i % 3).collect();
        for data in [&once, &Dataset { counts, ..once.clone() }] {
            let mut alone = Likelihood::new(data, 2, gate_map);
            let shape = alone.shape();
            // Some of the slopes are steep enough for logits that need a shift.
            for scale in [0.7, 150.0] {
                let parameters: Vec<f64> =
                    (0..shape.parameters()).map(|i| scale * ((i * 5 % 11) as f64 / 5.0 - 1.0)).collect();
                let mut wanted = Derivatives::default();
                alone.derivatives(&parameters, &mut wanted);
                for workers in teams() {
                    let mut shared = Likelihood::shared_by(workers, data, 2, gate_map);
                    assert_eq!(shared.value(&parameters).to_bits(), wanted.value.to_bits());
                    let mut got = Derivatives::default();
                    shared.score(&parameters, &mut got);
                    assert_eq!(bits(&got.score), bits(&wanted.score));
                    shared.derivatives(&parameters, &mut got);
                    assert_eq!(got.value.to_bits(), wanted.value.to_bits());
                    assert_eq!(
                        (bits(&got.score), bits(&got.hessian)),
                        (bits(&wanted.score), bits(&wanted.hessian))
                    );
                }
            }
        }
    }
}

/// Where a label ends within a block, the next worker's first rows of it belong to that block.
#[test]
fn every_row_lies_in_its_place_whoever_packs_it() {
    for more in 0..9 {
        let data = rows(MANY + more, 1, 3);
        let parameters = [0.3, 1.0, -0.5, 2.0, 0.4, -1.0, 1.5, 0.2, -0.7, 1.1];
        let wanted = Likelihood::new(&data, 2, GateMap::Identity).value(&parameters);
        for workers in teams() {
            let value = Likelihood::shared_by(workers, &data, 2, GateMap::Identity).value(&parameters);
            assert_eq!(value.to_bits(), wanted.to_bits(), "{more} more rows");
        }
    }
}

fn problem() -> Problem {
    Problem { shape: Shape { experts: 2, classes: 2, dim: 2 }, gate_map: GateMap::Identity, box_bound: 10.0 }
}

fn streams() -> StartStreams {
    let address = Address { seed: 9, purpose: Purpose::Starts, content: [7; 32], size: 1000, replication: 0 };
    StartStreams { address, family: 0 }
}

fn estimators(data: &Dataset) -> Vec<Box<dyn Estimator>> {
    let effort = Effort {
        random: 6,
        bases: 1,
        candidates: 12,
        insertions: 3,
        splits: 2,
        exchanges: 1,
        screening: 4,
        rounds: 1,
        hits: 4,
    };
    let starts = random_starts(data, &problem(), &streams(), 3);
    vec![
        Box::new(Search { effort, stop: RULE, streams: streams(), drafts: true }),
        Box::new(FromStarts { starts: starts.clone(), stop: RULE, drafted: true }),
        Box::new(FromStarts { starts: starts.clone(), stop: RULE, drafted: false }),
        Box::new(FixedPoint { map: Map::Em, starts, stop: Stop::Iterations(3) }),
    ]
}

#[test]
fn fits_are_equal_whoever_shares_them() {
    let data = rows(MANY, 2, 2);
    for estimator in estimators(&data) {
        let alone: Fit = estimator.fit(&data, &problem()).expect("a fit");
        for workers in [Workers::new(2, on_threads), Workers::new(5, backwards)] {
            assert_eq!(estimator.fit_shared(workers, &data, &problem()).expect("a fit"), alone);
        }
    }
}

#[test]
fn many_rows_are_shared_and_few_are_not() {
    let workers = Workers::new(4, on_threads);
    for (size, shared) in [(MANY, true), (1000, false)] {
        let data = rows(size, 2, 2);
        let before = HANDED_OVER.get();
        let mut likelihood = Likelihood::shared_by(workers, &data, 2, GateMap::Identity);
        let packed = HANDED_OVER.get();
        assert_eq!(packed > before, shared, "packing {size} rows");
        likelihood.value(&[0.1; 9]);
        assert_eq!(HANDED_OVER.get() > packed, shared, "a pass over {size} rows");
    }
}
