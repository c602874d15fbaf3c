//! Small data sets for the tests.

use moe_core::covariate::CovariateLaw;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::sample;
use moe_core::scenario::Truth;
use moe_core::shape::Shape;

/// Two experts, two classes, two covariates on an 11 × 11 grid.
pub(crate) fn truth(gate_map: GateMap) -> Truth {
    let shape = Shape { experts: 2, classes: 2, dim: 2 };
    let parameters = [0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0];
    Truth {
        measure: MixingMeasure::from_parameters(shape, &parameters),
        gate_map,
        law: CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![11; 2] },
    }
}

/// A sample of the truth.
#[allow(dead_code)] // each test file is a program of its own and uses what it needs
pub(crate) fn data(size: u64, replication: u64) -> Dataset {
    sample::draw(&truth(GateMap::Identity), size, 1, replication)
}
