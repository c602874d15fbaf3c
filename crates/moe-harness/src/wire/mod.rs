//! The TOML tables as they are written: strict twins that refuse unknown keys and wrong types, and know nothing else.

pub mod arm;
pub mod key;
mod reader;
pub mod schema;
pub mod statement;
pub mod world;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use toml::de::DeTable;

use crate::diagnostic::Problem;

/// The format that this program reads.
pub const FORMAT: u64 = 1;

/// A whole experiment file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "experiment", deny_unknown_fields)]
pub struct File {
    /// Version of the format.
    #[serde(deserialize_with = "or_stand_in")]
    pub format: u64,
    /// Name of the experiment.
    #[serde(deserialize_with = "or_stand_in")]
    pub name: String,
    /// One line for figures and tables.
    #[serde(deserialize_with = "or_stand_in")]
    pub title: String,
    /// What is asked.
    #[serde(deserialize_with = "or_stand_in")]
    pub question: String,
    /// Where it comes from.
    #[serde(deserialize_with = "or_stand_in")]
    pub source: String,
    /// Master seed.
    #[serde(deserialize_with = "or_stand_in")]
    pub seed: u64,
    /// Sample sizes.
    #[serde(deserialize_with = "or_stand_in")]
    pub sizes: Sizes,
    /// Replications for each (cell, arm, size).
    #[serde(deserialize_with = "or_stand_in")]
    pub replications: u64,
    /// Numbers of replications at which the claims may be judged.
    #[serde(default, deserialize_with = "or_stand_in")]
    pub looks: Option<Vec<u64>>,
    /// Smaller or larger variants, by name.
    #[serde(default, deserialize_with = "or_stand_in")]
    pub profile: BTreeMap<String, Profile>,
    /// How slopes are fitted.
    #[serde(deserialize_with = "or_stand_in")]
    pub inference: Inference,
    /// Covariate laws, by name.
    #[serde(deserialize_with = "or_stand_in")]
    pub covariates: BTreeMap<String, world::Covariates>,
    /// True mixing measures, by name.
    #[serde(deserialize_with = "or_stand_in")]
    pub truth: BTreeMap<String, world::Truth>,
    /// Cells.
    #[serde(deserialize_with = "or_stand_in")]
    pub cell: Vec<world::Cell>,
    /// Arms.
    #[serde(deserialize_with = "or_stand_in")]
    pub arm: Vec<arm::Arm>,
    /// Claims.
    #[serde(default, deserialize_with = "or_stand_in")]
    pub claim: Vec<statement::Claim>,
    /// Panels of the figure.
    #[serde(default, deserialize_with = "or_stand_in")]
    pub panel: Vec<statement::Panel>,
}

impl File {
    /// Reads a parsed document. Every problem that can be found is in the list.
    pub fn read(table: DeTable<'_>) -> Result<File, Vec<Problem>> {
        reader::read(table)
    }
}

/// The value, or its default where it cannot be read: the reader has reported the problem and refuses the file, but
/// goes on to the other keys first.
fn or_stand_in<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(T::deserialize(deserializer).unwrap_or_default())
}

/// A variant of an experiment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "profile", deny_unknown_fields)]
pub struct Profile {
    /// Sample sizes instead of the experiment's.
    pub sizes: Option<Sizes>,
    /// Replications instead of the experiment's.
    pub replications: Option<u64>,
}

/// How slopes are fitted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "inference", deny_unknown_fields)]
pub struct Inference {
    /// Confidence level.
    pub level: f64,
    /// Bootstrap resamples.
    pub resamples: u64,
    /// Regression weights.
    pub weights: Weights,
    /// Largest share of rows that are not certified with which a claim is still judged.
    pub failure_limit: f64,
}

/// Sample sizes; which variant it is follows from the shape of the value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(untagged)]
#[serde(rename = "sizes", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sizes {
    /// One by one.
    List(Vec<u64>),
    /// Log-spaced.
    Table {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
        /// How many.
        count: u64,
    },
}

/// Regression weights of the sizes; which variant it is follows from the shape of the value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(untagged)]
#[serde(rename = "weights", rename_all = "kebab-case")]
pub enum Weights {
    /// A word; only `equal` is one.
    #[schemars(extend("const" = "equal"))]
    Text(String),
    /// One for each size.
    List(Vec<f64>),
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes::List(Vec::new())
    }
}

impl Default for Weights {
    fn default() -> Self {
        Weights::List(Vec::new())
    }
}
