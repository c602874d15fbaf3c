//! Newton ascents of stated cells from fixed starting points: no search, so that a change of the search moves nothing.

use std::fmt;
use std::str::FromStr;

use moe_core::covariate::CovariateLaw;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::sample::Sampler;
use moe_core::scenario::Truth;
use moe_core::shape::Shape;
use moe_estimators::estimator::Problem;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::newton::Ascent;
use moe_estimators::stop::StopRule;

/// When an ascent stops: the rule of the shipped experiments.
pub(crate) const STOP: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 500 };

/// Half-width of the box.
pub(crate) const BOX: f64 = 10.0;

/// The truth of the first two panels of Figure 1.
const TRUTH: [f64; 9] = [0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0];

/// Rough guesses of the fitted measures, pinned: of two atoms, and of three.
const TWO: [f64; 9] = [0.2, 2.0, 0.3, 0.3, 0.2, 2.0, -0.3, 1.0, -2.0];
const THREE: [f64; 15] = [0.2, 2.0, 0.3, -0.5, 0.5, -0.4, 0.3, 0.2, 2.0, 0.2, -0.5, -1.0, -0.3, 1.0, -2.0];

/// How many experts are fitted for two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Two.
    Exact,
    /// Three.
    Over,
}

/// Where covariates lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covariates {
    /// On a grid of 21 × 21 points: rows with counts.
    Grid,
    /// Uniform on the square: single observations.
    Square,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Exact => "exact",
            Self::Over => "over",
        })
    }
}

impl FromStr for Order {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "exact" => Ok(Self::Exact),
            "over" => Ok(Self::Over),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Covariates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Grid => "grid",
            Self::Square => "continuous",
        })
    }
}

impl FromStr for Covariates {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "grid" => Ok(Self::Grid),
            "continuous" => Ok(Self::Square),
            _ => Err(()),
        }
    }
}

/// The truth of every case.
pub(crate) fn truth(covariates: Covariates) -> Truth {
    let (lower, upper) = (vec![-1.0, -1.0], vec![1.0, 1.0]);
    Truth {
        measure: MixingMeasure::from_parameters(Shape { experts: 2, classes: 2, dim: 2 }, &TRUTH),
        gate_map: GateMap::Identity,
        law: match covariates {
            Covariates::Grid => CovariateLaw::Grid { lower, upper, points: vec![21, 21] },
            Covariates::Square => CovariateLaw::Uniform { lower, upper },
        },
    }
}

/// What is fitted.
pub(crate) fn problem(order: Order) -> Problem {
    let experts = if order == Order::Exact { 2 } else { 3 };
    let shape = Shape { experts, classes: 2, dim: 2 };
    Problem { shape, gate_map: GateMap::Identity, box_bound: BOX }
}

/// The data of one replication.
pub(crate) fn data(covariates: Covariates, size: u64) -> Dataset {
    Sampler::new(&truth(covariates)).draw(size, 1, 0)
}

/// Where the ascent of a case begins.
pub(crate) fn start(order: Order) -> &'static [f64] {
    match order {
        Order::Exact => &TWO,
        Order::Over => &THREE,
    }
}

/// The ascent of a case, carried to the end; packing the rows is part of it.
pub(crate) fn ascend(data: &Dataset, order: Order) -> (Ascent, Likelihood) {
    let problem = problem(order);
    let mut likelihood = Likelihood::new(data, problem.shape.experts, problem.gate_map);
    let mut ascent = Ascent::new(&mut likelihood, start(order), problem.box_bound);
    ascent.finish(&mut likelihood, &STOP);
    (ascent, likelihood)
}
