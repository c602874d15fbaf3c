//! A scenario: a truth, the law of its data, and the compact set over which a fit is sought.

use crate::content::{Content, ContentHash};
use crate::covariate::CovariateLaw;
use crate::gate::GateMap;
use crate::measure::MixingMeasure;
use crate::numeric::{exp, ln};
use crate::shape::Shape;
use crate::stream::{Address, Purpose};

/// What determines the law of the data: true measure G*, gate map M, law of X.
///
/// ```
/// use moe_core::covariate::CovariateLaw;
/// use moe_core::gate::GateMap;
/// use moe_core::scenario::{RandomTruth, Scenario, Truth};
/// use moe_core::shape::Shape;
///
/// let shape = Shape { experts: 2, classes: 2, dim: 1 };
/// let measure = RandomTruth { shape, vanishing: 1, scale: 4.0 }.draw(7);
/// let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
/// let truth = Truth { measure, gate_map: GateMap::Identity, law };
///
/// // Two cells with one truth share their data, because data are keyed by the truth.
/// let cell = |fitted| Scenario { truth: truth.clone(), fitted, box_bound: 10.0 };
/// assert_eq!(cell(2).truth.hash(), cell(3).truth.hash());
/// assert_ne!(cell(2).hash(), cell(3).hash());
/// assert_eq!((cell(3).true_experts(), cell(3).fitted_shape().experts), (2, 3));
/// ```
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

/// How a truth moves with the sample size: G*_n = limit + n^rate · step, coordinate by coordinate.
///
/// The limit need not be a truth of its own: two of its atoms may coincide, or an expert vanish. A minimax
/// statement is about such sequences, not about fixed truths.
///
/// ```
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::scenario::Drift;
///
/// // One expert whose slope goes to 1 like n^(-1/2), from 3 at n = 1.
/// let atom = Atom { log_weight: 0.0, gate_slope: vec![0.0], intercepts: vec![0.0], slopes: vec![1.0] };
/// let limit = MixingMeasure::new(2, 1, vec![atom]);
/// let drift = Drift { rate: -0.5, step: vec![0.0, 2.0] };
/// let slope = |n| drift.measure(&limit, n).atoms()[0].slopes[0];
/// assert!((slope(1) - 3.0).abs() < 1e-12 && (slope(10_000) - 1.02).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Exponent of n, below 0.
    pub rate: f64,
    /// What is added at n = 1, in the order of the pinned parameters of [`Shape`] (length P).
    pub step: Vec<f64>,
}

impl Drift {
    /// The true measure at a sample size; the last gate stays zero.
    ///
    /// # Panics
    /// When the step does not have the length that the shape of the limit asks for.
    pub fn measure(&self, limit: &MixingMeasure, size: u64) -> MixingMeasure {
        let parameters = limit.parameters();
        assert_eq!(parameters.len(), self.step.len(), "a step for every pinned parameter");
        let along = exp(self.rate * ln(size as f64));
        let moved: Vec<f64> = parameters.iter().zip(&self.step).map(|(p, s)| along.mul_add(*s, *p)).collect();
        MixingMeasure::from_parameters(limit.shape(), &moved)
    }

    /// The scenario at a sample size, from the one that holds the limit.
    pub fn scenario(&self, limit: &Scenario, size: u64) -> Scenario {
        let measure = self.measure(&limit.truth.measure, size);
        Scenario { truth: Truth { measure, ..limit.truth.clone() }, ..limit.clone() }
    }

    /// Identity of a cell whose truth moves: its limit and the drift.
    pub fn hash(&self, limit: &Scenario) -> ContentHash {
        let mut content = Content::new("moe-rates drifting cell 1");
        content.hash("limit", &limit.hash()).number("rate", self.rate).numbers("step", &self.step);
        content.finish()
    }
}

/// The law of true measures drawn at random.
///
/// ```
/// use moe_core::scenario::RandomTruth;
/// use moe_core::shape::Shape;
///
/// let law = RandomTruth { shape: Shape { experts: 3, classes: 2, dim: 2 }, vanishing: 1, scale: 2.0 };
/// let measure = law.draw(1);
/// assert!(measure.atoms()[0].vanishes() && !measure.atoms()[1].vanishes());
/// assert!(measure.extent_pinned_at(2) <= 2.0);
/// assert_eq!(law.draw(1), measure);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomTruth {
    /// Sizes of the measure.
    pub shape: Shape,
    /// How many experts, the first ones, have no class slopes.
    pub vanishing: usize,
    /// Largest size of a pinned parameter.
    pub scale: f64,
}

impl RandomTruth {
    /// The measure with this seed: every pinned parameter uniform on [−scale, scale), in the order of
    /// [`Shape`]; then the slopes of the vanishing experts are set to zero. It depends on the law and the seed,
    /// not on the master seed of an experiment.
    pub fn draw(&self, seed: u64) -> MixingMeasure {
        let Shape { experts, classes, dim } = self.shape;
        let mut content = Content::new("moe-rates random truth 1");
        content.whole("experts", experts as u64).whole("classes", classes as u64).whole("dim", dim as u64);
        content.number("scale", self.scale);
        let address =
            Address { seed, purpose: Purpose::Truth, content: content.finish(), size: 0, replication: 0 };
        let mut stream = address.stream();
        let mut parameters: Vec<f64> =
            (0..self.shape.parameters()).map(|_| stream.between(-self.scale, self.scale)).collect();
        for expert in 0..self.vanishing.min(experts) {
            for class in 0..classes - 1 {
                let at = self.shape.expert(expert, class);
                parameters[at + 1..at + self.shape.row()].fill(0.0);
            }
        }
        MixingMeasure::from_parameters(self.shape, &parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::short_hex;
    use crate::sample::tests::three_class_truth;

    fn scenario() -> Scenario {
        Scenario { truth: three_class_truth(), fitted: 3, box_bound: 10.0 }
    }

    /// Old rows must stay valid: a truth that stays where it is has the hashes it always had.
    #[test]
    fn hashes_of_fixed_truths_are_pinned() {
        let hashes = [scenario().truth.hash(), scenario().hash()].map(|h| short_hex(&h, 8));
        assert_eq!(hashes, ["8cf0694f27e0fec3", "608ec222995ce665"]);
    }

    #[test]
    fn a_drift_goes_to_its_limit_at_its_rate() {
        let scenario = scenario();
        let limit = scenario.truth.measure.parameters();
        let step: Vec<f64> =
            (0..limit.len()).map(|i| if i % 2 == 0 { 0.0 } else { i as f64 - 7.0 }).collect();
        let drift = Drift { rate: -0.25, step: step.clone() };
        for (size, along) in [(1, 1.0), (16, 0.5), (10_000, 0.1), (100_000_000, 0.01)] {
            let moved = drift.scenario(&scenario, size);
            let found = moved.truth.measure.parameters();
            for ((found, limit), step) in found.iter().zip(&limit).zip(&step) {
                assert!((found - (limit + along * step)).abs() < 1e-14, "n = {size}: {found}");
            }
            assert_eq!((moved.fitted, moved.box_bound), (3, 10.0));
            assert_eq!(moved.truth.measure.atoms()[1].gate_slope, [0.0, 0.0], "the last gate stays zero");
        }
    }

    #[test]
    fn a_drift_is_part_of_the_identity() {
        let scenario = scenario();
        let step = vec![0.5; scenario.truth.measure.shape().parameters()];
        let drift = Drift { rate: -0.25, step };
        let mut hashes = vec![scenario.hash(), drift.hash(&scenario)];
        hashes.push(Drift { rate: -0.5, ..drift.clone() }.hash(&scenario));
        hashes.push(drift.hash(&Scenario { fitted: 2, ..scenario.clone() }));
        let mut other = drift.clone();
        other.step[3] = 0.25;
        hashes.push(other.hash(&scenario));
        for i in 0..hashes.len() {
            assert!((0..i).all(|j| hashes[i] != hashes[j]), "{i}");
        }
    }

    #[test]
    fn random_truths_are_pinned_and_vanish_as_asked() {
        let shape = Shape { experts: 2, classes: 3, dim: 2 };
        let law = RandomTruth { shape, vanishing: 0, scale: 3.0 };
        let (first, again, second) = (law.draw(1), law.draw(1), law.draw(2));
        assert_eq!(first, again);
        assert_ne!(first, second);
        assert!(first.parameters().iter().all(|p| p.abs() <= 3.0 && *p != 0.0));
        assert_eq!(first.parameters()[..3], [0.9576817183169977, 1.2884712414567838, 0.11740962624244289]);
        let vanishing = RandomTruth { vanishing: 1, ..law }.draw(1);
        assert!(vanishing.atoms()[0].vanishes() && !vanishing.atoms()[1].vanishes());
        assert_eq!(vanishing.atoms()[0].intercepts, first.atoms()[0].intercepts);
        assert_eq!(vanishing.atoms()[1], first.atoms()[1]);
    }
}
