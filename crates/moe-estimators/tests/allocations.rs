//! No allocation inside a fit: passes and steps, but the first, make do with the room that there is.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use moe_estimators::newton::Ascent;
use moe_estimators::stop::StopRule;
use ndarray::Array2;

#[global_allocator]
static COUNTED: dhat::Alloc = dhat::Alloc;

const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 300 };

/// Rows of which each is one observation, or points at which many lie.
fn data(points: bool, classes: usize) -> Dataset {
    let rows = if points { 242 } else { 9001 };
    let x = Array2::from_shape_fn((rows, 2), |(i, j)| {
        let i = if points { i / 2 } else { i };
        ((i * 7919 + j * 104_729) % 65_537) as f64 / 65_537.0
    });
    let label = |i: usize| if points { i % 2 } else { i * i / 5 % 7 % classes };
    let labels = (0..rows).map(|i| label(i) as u32).collect();
    let counts = (0..rows as u64).map(|i| if points { 1 + i % 50 } else { 1 }).collect();
    Dataset { x, labels, counts, classes }
}

/// Blocks that are allocated in a piece of work.
fn allocations(work: impl FnOnce()) -> u64 {
    let profiler = dhat::Profiler::builder().testing().build();
    work();
    let blocks = dhat::HeapStats::get().total_blocks;
    drop(profiler);
    blocks
}

#[test]
fn passes_and_steps_allocate_nothing() {
    assert!(allocations(|| drop(std::hint::black_box(vec![0_u8; 100]))) > 0, "allocations are counted");
    for (points, experts, classes, gate_map) in [
        (false, 2, 2, GateMap::Identity),
        (false, 3, 2, GateMap::Sin(3.0)),
        (false, 6, 2, GateMap::Identity),
        (false, 2, 5, GateMap::Identity),
        (true, 2, 2, GateMap::Identity),
        (true, 3, 3, GateMap::Identity),
    ] {
        let case = format!("points: {points}, {experts} experts, {classes} classes");
        let data = data(points, classes);
        let mut likelihood = Likelihood::new(&data, experts, gate_map);
        let parameters = likelihood.shape().parameters();
        let start: Vec<f64> = (0..parameters).map(|i| ((i * 5 % 7) as f64 - 3.0) / 4.0).collect();
        let mut ascent = Ascent::new(&mut likelihood, &start, 10.0);
        ascent.advance(&mut likelihood, &RULE, 1);
        let steps = allocations(|| ascent.advance(&mut likelihood, &RULE, 6));
        assert!(ascent.iterations() > 4, "{case}");
        assert_eq!(steps, 0, "steps, {case}");
        let mut out = Derivatives::default();
        likelihood.derivatives(&start, &mut out);
        let passes = allocations(|| {
            likelihood.value(&start);
            likelihood.score(&start, &mut out);
            likelihood.derivatives(&start, &mut out);
        });
        assert_eq!(passes, 0, "passes, {case}");
    }
}
