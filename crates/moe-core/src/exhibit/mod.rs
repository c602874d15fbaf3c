//! Exact exhibits: pairs of different mixing measures with the same density, or nearly so. What they show is a
//! theorem for every estimator, which no simulation can overturn.

pub mod identity;
pub mod separation;

mod catalogue;
mod compare;

pub use catalogue::{all, find};
pub use compare::{Comparison, compare};

use crate::gate::GateMap;
use crate::measure::MixingMeasure;

/// A statement with its pairs.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// Name, as on the command line.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// What is shown and why it holds, in one paragraph.
    pub statement: &'static str,
    /// The pairs.
    pub pairs: Vec<Pair>,
}

/// Two measures G and G′ of equal total weight.
#[derive(Clone, Debug)]
pub struct Pair {
    /// G.
    pub truth: MixingMeasure,
    /// G′.
    pub rival: MixingMeasure,
    /// The gate maps under which it is looked at.
    pub maps: Vec<GateMap>,
    /// The sample size for which the pair was made, where it is one of a sequence of pairs whose densities
    /// approach each other; `None` where the densities are equal.
    pub size: Option<u64>,
    /// A lower bound of d_1 = inf_H \[D_1(H, G) + D_1(H, G′)\]; see [`separation`].
    pub separation: f64,
}

impl Pair {
    /// Two measures that are told apart by their experts.
    fn new(truth: MixingMeasure, rival: MixingMeasure, maps: &[GateMap]) -> Self {
        let separation = separation::by_experts(&truth, &rival);
        Self { truth, rival, maps: maps.to_vec(), size: None, separation }
    }

    /// The larger number of atoms: the fitted order k from which on both are in the model.
    pub fn order(&self) -> usize {
        self.truth.shape().experts.max(self.rival.shape().experts)
    }
}
