//! Likelihood passes of a stated shape, layout and level on data made without a generator.

use std::fmt;
use std::str::FromStr;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use ndarray::Array2;

/// Shapes (k, K, d) that are measured: two compiled on their own, one with three classes, one general.
#[allow(dead_code)] // a bench and an example share this file, and each uses what it needs
pub(crate) const SHAPES: [(usize, usize, usize); 4] = [(2, 2, 2), (3, 2, 2), (3, 3, 2), (4, 5, 8)];

/// Shapes (k, K, d) in which one size grows at a time.
#[allow(dead_code)] // a bench and an example share this file, and each uses what it needs
pub(crate) const SCALING: [(usize, usize, usize); 11] = [
    (2, 2, 2),
    (3, 2, 2),
    (4, 2, 2),
    (6, 2, 2),
    (2, 3, 2),
    (2, 4, 2),
    (2, 6, 2),
    (2, 2, 1),
    (2, 2, 4),
    (2, 2, 8),
    (2, 2, 16),
];

const ROWS: usize = 4096;
const POINTS: usize = 441;

/// What a pass computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing: the data are packed, no pass is made.
    Nothing,
    /// The log-likelihood.
    Value,
    /// Also the score.
    Score,
    /// Also the Hessian.
    Hessian,
}

impl Level {
    /// The three kinds of passes.
    #[allow(dead_code)] // a bench and an example share this file, and each uses what it needs
    pub(crate) const ALL: [Self; 3] = [Self::Value, Self::Score, Self::Hessian];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nothing => "nothing",
            Self::Value => "value",
            Self::Score => "+ score",
            Self::Hessian => "+ Hessian",
        })
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "nothing" => Ok(Self::Nothing),
            "value" => Ok(Self::Value),
            "score" => Ok(Self::Score),
            "hessian" => Ok(Self::Hessian),
            _ => Err(()),
        }
    }
}

/// How the data lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// 4096 rows with covariates of their own and count 1: continuous covariates.
    Rows,
    /// 441 points with every class at each, counted: a finite covariate law.
    Points,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rows => "rows",
            Self::Points => "points",
        })
    }
}

impl FromStr for Layout {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "rows" => Ok(Self::Rows),
            "points" => Ok(Self::Points),
            _ => Err(()),
        }
    }
}

/// A number in [-1, 1) from a counter, by a multiplicative hash.
fn scattered(i: usize) -> f64 {
    let bits = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 12) as f64 / (1_u64 << 51) as f64 - 1.0
}

fn data(shape: Shape, layout: Layout) -> Dataset {
    let (k, points) = (shape.classes, layout == Layout::Points);
    let rows = if points { POINTS * k } else { ROWS };
    let place = |row: usize| if points { row / k } else { row };
    let label = |row: usize| if points { row % k } else { ((row * 7919) >> 3) % k };
    Dataset {
        x: Array2::from_shape_fn((rows, shape.dim), |(r, j)| scattered(place(r) * shape.dim + j)),
        labels: (0..rows).map(|r| label(r) as u32).collect(),
        counts: (0..rows).map(|r| if points { 1000 + r as u64 } else { 1 }).collect(),
        classes: k,
    }
}

/// A likelihood and the parameters it is evaluated at.
pub(crate) struct Work {
    likelihood: Likelihood,
    parameters: Vec<f64>,
    out: Derivatives,
    units: usize,
}

impl Work {
    /// Data and parameters of a shape (k, K, d).
    pub(crate) fn new((experts, classes, dim): (usize, usize, usize), layout: Layout) -> Self {
        let shape = Shape { experts, classes, dim };
        Self {
            likelihood: Likelihood::new(&data(shape, layout), experts, GateMap::Identity),
            parameters: (0..shape.parameters()).map(|i| 2.0 * scattered(100_000 + i)).collect(),
            out: Derivatives::default(),
            units: if layout == Layout::Points { POINTS } else { ROWS },
        }
    }

    /// Covariate vectors that a pass visits: rows, or points.
    pub(crate) fn units(&self) -> usize {
        self.units
    }

    /// One pass; the value, so that it cannot be left out.
    pub(crate) fn pass(&mut self, level: Level) -> f64 {
        match level {
            Level::Nothing => 0.0,
            Level::Value => self.likelihood.value(&self.parameters),
            Level::Score => {
                self.likelihood.score(&self.parameters, &mut self.out);
                self.out.value
            }
            Level::Hessian => {
                self.likelihood.derivatives(&self.parameters, &mut self.out);
                self.out.value
            }
        }
    }
}
