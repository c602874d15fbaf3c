//! The tables that say what is held against the measurement, and what is drawn: `[[claim]]`, `[[panel]]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// A cell, or several of which the worst counts; which variant it is follows from the shape of the value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(untagged)]
#[serde(rename = "cells", rename_all = "kebab-case")]
pub enum Cells {
    /// Its name.
    Text(String),
    /// Their names.
    List(Vec<String>),
}

impl Cells {
    /// The names, in the order of the file.
    pub fn names(&self) -> &[String] {
        match self {
            Cells::Text(name) => std::slice::from_ref(name),
            Cells::List(names) => names,
        }
    }
}

/// A claim about one series, or about the difference of two.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "claim", deny_unknown_fields)]
pub struct Claim {
    /// Name.
    pub name: String,
    /// Name of the cell, or names of several.
    pub cell: Cells,
    /// Name of the arm.
    pub arm: String,
    /// What is measured.
    pub quantity: String,
    /// How replications are summarised.
    pub statistic: String,
    /// The slope, up to `margin`.
    pub equals: Option<f64>,
    /// Half-width of the band around `equals`, or the least difference from `differs_from`.
    pub margin: Option<f64>,
    /// A slope that the series does not reach.
    pub slower_than: Option<f64>,
    /// The least slope.
    pub at_least: Option<f64>,
    /// The series from whose slope this one differs.
    pub differs_from: Option<Other>,
    /// A value that the statistic stays above.
    pub stays_above: Option<f64>,
    /// Confidence level of the interval.
    pub level: f64,
    /// Smallest size that is judged.
    pub from: Option<u64>,
    /// Exponents from which the claim must be told apart.
    pub rivals: Option<Vec<f64>>,
    /// Planned standard deviation of the log statistic for each replication.
    pub spread: Option<f64>,
    /// Where the statement comes from.
    pub source: String,
    /// The expected verdict.
    pub expect: Option<Expect>,
    /// Why a disagreement is expected.
    pub because: Option<String>,
}

/// The other series of a comparison: same quantity, statistic and sizes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "differs_from", deny_unknown_fields)]
pub struct Other {
    /// Name of the cell, or names of several.
    pub cell: Cells,
    /// Name of the arm.
    pub arm: String,
}

/// The expected verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename = "expect", rename_all = "kebab-case")]
pub enum Expect {
    /// The measurement agrees.
    Agree,
    /// It disagrees.
    Disagree,
}

/// A panel of the figure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "panel", deny_unknown_fields)]
pub struct Panel {
    /// Heading.
    pub title: String,
    /// Curves.
    pub curve: Vec<Curve>,
}

/// A curve of a panel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "curve", deny_unknown_fields)]
pub struct Curve {
    /// Name of the cell, or names of several.
    pub cell: Cells,
    /// Name of the arm.
    pub arm: String,
    /// What is measured.
    pub quantity: String,
    /// How replications are summarised.
    pub statistic: String,
    /// Exponent of the theory's line.
    pub theory: Option<f64>,
    /// Smallest size of the fitted line.
    pub from: Option<u64>,
}
