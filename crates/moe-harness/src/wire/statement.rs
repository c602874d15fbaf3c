//! The tables that say what is held against the measurement, and what is drawn: `[[claim]]`, `[[panel]]`.

use serde::Deserialize;

/// A claim about the slope of one series.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename = "claim", deny_unknown_fields)]
pub struct Claim {
    /// Name.
    pub name: String,
    /// Name of the cell.
    pub cell: String,
    /// Name of the arm.
    pub arm: String,
    /// What is measured.
    pub quantity: String,
    /// How replications are summarised.
    pub statistic: String,
    /// The slope, up to `margin`.
    pub equals: Option<f64>,
    /// Half-width of the band around `equals`.
    pub margin: Option<f64>,
    /// A slope that the series does not reach.
    pub slower_than: Option<f64>,
    /// The least slope.
    pub at_least: Option<f64>,
    /// Confidence level of the interval.
    pub level: f64,
    /// Smallest size that is judged.
    pub from: Option<u64>,
    /// Where the statement comes from.
    pub source: String,
    /// The expected verdict.
    pub expect: Option<Expect>,
    /// Why a disagreement is expected.
    pub because: Option<String>,
}

/// The expected verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename = "expect", rename_all = "kebab-case")]
pub enum Expect {
    /// The measurement agrees.
    Agree,
    /// It disagrees.
    Disagree,
}

/// A panel of the figure.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename = "panel", deny_unknown_fields)]
pub struct Panel {
    /// Heading.
    pub title: String,
    /// Curves.
    pub curve: Vec<Curve>,
}

/// A curve of a panel.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename = "curve", deny_unknown_fields)]
pub struct Curve {
    /// Name of the cell.
    pub cell: String,
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
