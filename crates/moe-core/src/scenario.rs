//! A scenario: a truth, the law of its data, and the compact set over which a fit is sought.

use crate::content::{Content, ContentHash};
use crate::covariate::CovariateLaw;
use crate::gate::GateMap;
use crate::measure::MixingMeasure;
use crate::shape::Shape;

/// What determines the law of the data: true measure G*, gate map M, law of X.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The true mixing measure G*.
    pub measure: MixingMeasure,
    /// The gate map M.
    pub gate_map: GateMap,
    /// The law of the covariates.
    pub law: CovariateLaw,
}

impl Truth {
    /// Identity of the law of the data, by parsed values. Data streams are keyed by it, so scenarios
    /// that share a truth share their samples.
    pub fn hash(&self) -> ContentHash {
        let mut content = Content::new("moe-rates truth 1");
        let shape = self.measure.shape();
        content.whole("experts", shape.experts as u64).whole("classes", shape.classes as u64);
        content.whole("dim", shape.dim as u64);
        for atom in self.measure.atoms() {
            content.number("log weight", atom.log_weight).numbers("gate slope", &atom.gate_slope);
            content.numbers("intercepts", &atom.intercepts).numbers("slopes", &atom.slopes);
        }
        self.gate_map.add_to(&mut content);
        self.law.add_to(&mut content);
        content.finish()
    }
}

/// A truth with a fitted order and a box: the content of a *cell* of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What the data come from.
    pub truth: Truth,
    /// Number of fitted experts k, at least the number of true ones.
    pub fitted: usize,
    /// Half-width B of the box: every pinned coordinate is at most B in size, for some choice of the
    /// reference atom.
    pub box_bound: f64,
}

impl Scenario {
    /// Shape of the fitted model.
    pub fn fitted_shape(&self) -> Shape {
        self.truth.measure.shape().with_experts(self.fitted)
    }

    /// Number of true experts k*.
    pub fn true_experts(&self) -> usize {
        self.truth.measure.shape().experts
    }

    /// Identity of the cell, by parsed values.
    pub fn hash(&self) -> ContentHash {
        let mut content = Content::new("moe-rates cell 1");
        content.hash("truth", &self.truth.hash());
        content.whole("fitted", self.fitted as u64).number("box", self.box_bound);
        content.finish()
    }
}
