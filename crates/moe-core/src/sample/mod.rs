//! From a truth to data sets: the only code that makes observations. It never sees an estimator.
//!
//! A sample is addressed, never next in line: the same truth, size, seed and replication give the same data anywhere.
//!
//! ```
//! use moe_core::covariate::CovariateLaw;
//! use moe_core::gate::GateMap;
//! use moe_core::measure::{Atom, MixingMeasure};
//! use moe_core::sample::Sampler;
//! use moe_core::scenario::Truth;
//!
//! let fair = Atom { log_weight: 0.0, gate_slope: vec![0.0], intercepts: vec![0.0], slopes: vec![0.0] };
//! let law = CovariateLaw::Grid { lower: vec![0.0], upper: vec![1.0], points: vec![2] };
//! let truth =
//!     Truth { measure: MixingMeasure::new(2, 1, vec![fair]), gate_map: GateMap::Identity, law };
//! let sampler = Sampler::new(&truth);
//! let data = sampler.draw(1_000_000, 7, 0);
//! assert_eq!(data.size(), 1_000_000);
//! assert_eq!(data.rows(), 4, "two points, two classes, with counts");
//! assert_eq!(sampler.draw(1_000_000, 7, 0), data);
//! assert_ne!(sampler.draw(1_000_000, 7, 1), data);
//! ```

pub mod binomial;
mod continuous;
mod finite;
mod labels;
pub(crate) mod pmf;
#[cfg(test)]
pub(crate) mod testing;

pub use continuous::{MIN_ACCEPTANCE, acceptance};

use crate::content::ContentHash;
use crate::dataset::Dataset;
use crate::scenario::Truth;
use crate::stream::{Address, Purpose};

/// A truth prepared for many draws: the points and class probabilities of a finite law are computed once.
#[derive(Clone, Debug)]
pub struct Sampler {
    truth: Truth,
    content: ContentHash,
    table: Option<finite::Table>,
}

impl Sampler {
    /// Prepares a truth.
    pub fn new(truth: &Truth) -> Self {
        Self { truth: truth.clone(), content: truth.hash(), table: finite::Table::new(truth) }
    }

    /// Where the draws of a replication come from.
    pub fn address(&self, size: u64, seed: u64, replication: u64) -> Address {
        Address { seed, purpose: Purpose::Data, content: self.content, size, replication }
    }

    /// The data set of a replication: `size` independent observations of the truth.
    ///
    /// A finite law gives one row for each (point, class) that occurs, in point-major order, at a cost
    /// that does not grow with `size`; a continuous law gives `size` rows with counts of one. It depends
    /// on the truth's content, the size, the seed and the replication, and on nothing else.
    ///
    /// # Panics
    /// When `size` is above 2⁵³.
    pub fn draw(&self, size: u64, seed: u64, replication: u64) -> Dataset {
        let mut stream = self.address(size, seed, replication).stream();
        match &self.table {
            Some(table) => table.draw(&mut stream, size),
            None => continuous::draw(&self.truth, &mut stream, size),
        }
    }
}

/// The data set of a replication, without a prepared [`Sampler`]; the same draws.
pub fn draw(truth: &Truth, size: u64, seed: u64, replication: u64) -> Dataset {
    Sampler::new(truth).draw(size, seed, replication)
}

#[cfg(test)]
pub(crate) mod tests {
    use ndarray::arr2;

    use super::*;
    use crate::content::{Content, short_hex};
    use crate::covariate::CovariateLaw;
    use crate::gate::GateMap;
    use crate::measure::MixingMeasure;
    use crate::shape::Shape;

    /// Two experts, three classes, two covariates on a grid of 12 points.
    pub(crate) fn three_class_truth() -> Truth {
        let shape = Shape { experts: 2, classes: 3, dim: 2 };
        let values = [0.0, 3.0, -1.0, 0.5, 0.0, 2.0, -0.5, -1.5, 1.0, -0.5, 2.0, -1.0, 0.5, 1.0, 1.5];
        Truth {
            measure: MixingMeasure::from_parameters(shape, &values),
            gate_map: GateMap::Sin(2.0),
            law: CovariateLaw::Grid { lower: vec![-1.0, -1.0], upper: vec![1.0, 1.0], points: vec![4, 3] },
        }
    }

    fn with_law(law: CovariateLaw) -> Truth {
        Truth { law, ..three_class_truth() }
    }

    fn digest(data: &Dataset) -> String {
        let mut content = Content::new("data set");
        for ((x, label), count) in data.x.rows().into_iter().zip(&data.labels).zip(&data.counts) {
            content.numbers("x", &x.to_vec()).whole("label", u64::from(*label)).whole("count", *count);
        }
        short_hex(&content.finish(), 8)
    }

    /// A data set for each kind of law. When a change of values is meant (and `NUMERICS_VERSION` or
    /// `STREAMS_SCHEMA` says so), the failing message prints the whole new list.
    #[test]
    fn first_draws_are_pinned() {
        let (lower, upper) = (vec![-1.0, -1.0], vec![1.0, 1.0]);
        let points = CovariateLaw::Points {
            points: arr2(&[[0.5, 1.0], [-1.0, 0.0], [0.25, -0.75]]),
            probabilities: vec![0.5, 0.2, 0.3],
        };
        let uniform = CovariateLaw::Uniform { lower: lower.clone(), upper: upper.clone() };
        let normal = CovariateLaw::TruncatedNormal { mean: vec![0.0, 0.5], sd: vec![0.6, 1.0], lower, upper };
        let found: Vec<String> = [
            (three_class_truth(), 7),
            (three_class_truth(), 1_000),
            (three_class_truth(), 1_000_000_000),
            (with_law(points), 500),
            (with_law(uniform), 50),
            (with_law(normal), 50),
        ]
        .iter()
        .map(|(truth, size)| digest(&draw(truth, *size, 1, 0)))
        .collect();
        assert_eq!(
            found,
            [
                "d9f7aead5f775131",
                "8a942fc0b10c5863",
                "c58bf1c0d7c0cffd",
                "8371a2c9b06e8fbc",
                "5729e8c10168f7cb",
                "a9d330e98a1164c7"
            ]
        );
    }

    #[test]
    fn a_draw_depends_on_its_address_alone() {
        let truth = three_class_truth();
        let sampler = Sampler::new(&truth);
        let alone = sampler.draw(300, 5, 2);
        for replication in 0..4 {
            for size in [10, 300, 1_000] {
                let other = sampler.draw(size, 5, replication);
                assert_eq!(other == alone, (size, replication) == (300, 2));
            }
        }
        assert_eq!(Sampler::new(&truth).draw(300, 5, 2), alone);
        assert_eq!(draw(&truth, 300, 5, 2), alone);
        assert_ne!(draw(&truth, 300, 6, 2), alone);
        assert_ne!(draw(&Truth { gate_map: GateMap::Identity, ..truth }, 300, 5, 2), alone);
    }
}
