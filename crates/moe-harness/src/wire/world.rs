//! The tables that say what the data come from: `[covariates.*]`, `[truth.*]`, `[[cell]]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// A covariate law.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(tag = "kind", rename = "covariates")]
#[serde(rename = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Covariates {
    /// Uniform on a box.
    Uniform {
        /// Lower corner.
        lower: Vec<f64>,
        /// Upper corner.
        upper: Vec<f64>,
    },
    /// Independent truncated normals.
    TruncatedNormal {
        /// Means before truncation.
        mean: Vec<f64>,
        /// Standard deviations before truncation.
        sd: Vec<f64>,
        /// Lower corner.
        lower: Vec<f64>,
        /// Upper corner.
        upper: Vec<f64>,
    },
    /// A regular grid.
    Grid {
        /// Lower corner.
        lower: Vec<f64>,
        /// Upper corner.
        upper: Vec<f64>,
        /// Points along each axis.
        points: Vec<u64>,
    },
    /// Single points.
    Points {
        /// The points, one a row.
        points: Vec<Vec<f64>>,
        /// Their probabilities.
        probabilities: Vec<f64>,
    },
}

/// A true mixing measure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "truth", deny_unknown_fields)]
pub struct Truth {
    /// One row for each expert: intercept, then slopes; the last is zero.
    pub gates: Option<Vec<Vec<f64>>>,
    /// For each expert K − 1 rows: intercept, then slopes.
    pub experts: Option<Vec<Vec<Vec<f64>>>>,
    /// Drawn at random instead.
    pub random: Option<Random>,
    /// How it moves with n.
    pub drift: Option<Drift>,
}

/// A true mixing measure drawn at random.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "random-truth", deny_unknown_fields)]
pub struct Random {
    /// Number of experts.
    pub experts: u64,
    /// Number of classes.
    pub classes: u64,
    /// Number of covariates.
    pub covariates: u64,
    /// How many of the first experts have no class slopes.
    pub vanishing: Option<u64>,
    /// Largest size of a parameter.
    pub scale: f64,
    /// Seed of the draw.
    pub seed: u64,
}

/// How a truth moves with n: scale · n^rate times a direction is added to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "drift", deny_unknown_fields)]
pub struct Drift {
    /// Exponent of n.
    pub rate: f64,
    /// Factor.
    pub scale: f64,
    /// Direction of the gates, shaped like those of the truth.
    pub gates: Vec<Vec<f64>>,
    /// Direction of the experts, shaped like those of the truth.
    pub experts: Vec<Vec<Vec<f64>>>,
}

/// A cell: what the data come from, and the model that is fitted to them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "cell", deny_unknown_fields)]
pub struct Cell {
    /// Name.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// Name of the truth.
    pub truth: String,
    /// Gate map M.
    pub gate_map: String,
    /// Name of the covariate law.
    pub covariates: String,
    /// Number of fitted experts.
    pub fitted: u64,
    /// Half-width of the box.
    #[serde(rename = "box")]
    pub box_bound: f64,
    /// The regime that the cell claims to be in.
    pub regime: Option<String>,
}
