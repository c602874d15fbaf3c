//! The tables that say how data are fitted: `[[arm]]` with its starts and stopping rule.

use schemars::JsonSchema;
use serde::Deserialize;

/// An arm; its kind is the value of `estimator`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(tag = "estimator", rename = "arm")]
#[serde(rename = "estimator", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Arm {
    /// Maximum likelihood by Newton ascents.
    Newton {
        /// Name.
        name: String,
        /// Cells it runs in; all when absent.
        cells: Option<Vec<String>>,
        /// Replications when fewer than the experiment's.
        replications: Option<u64>,
        /// The arm of which this one is the independent second search.
        audits: Option<String>,
        /// Where ascents start.
        starts: Starts,
        /// When an ascent stops.
        stop: Stop,
    },
    /// Expectation and maximisation.
    Em {
        /// Name.
        name: String,
        /// Cells it runs in; all when absent.
        cells: Option<Vec<String>>,
        /// Replications when fewer than the experiment's.
        replications: Option<u64>,
        /// The arm of which this one is the independent second search.
        audits: Option<String>,
        /// Where ascents start.
        starts: Starts,
        /// When an ascent stops.
        stop: Stop,
        /// What a fit must meet to be certified.
        certify: Option<Certify>,
    },
    /// Minorisation and maximisation.
    Mm {
        /// Name.
        name: String,
        /// Cells it runs in; all when absent.
        cells: Option<Vec<String>>,
        /// Replications when fewer than the experiment's.
        replications: Option<u64>,
        /// The arm of which this one is the independent second search.
        audits: Option<String>,
        /// Where ascents start.
        starts: Starts,
        /// When an ascent stops.
        stop: Stop,
        /// What a fit must meet to be certified.
        certify: Option<Certify>,
    },
    /// The calibration double.
    KnownRate {
        /// Name.
        name: String,
        /// Cells it runs in; all when absent.
        cells: Option<Vec<String>>,
        /// Replications when fewer than the experiment's.
        replications: Option<u64>,
        /// Exponent of n.
        rate: f64,
        /// Size of the perturbation at n = 1.
        scale: f64,
        /// Index of the Pareto variable that multiplies the perturbation; none when absent.
        tail: Option<f64>,
        /// It fails where it would be farther off than this; never when absent.
        fails_above: Option<f64>,
    },
}

impl Arm {
    /// Name of the arm.
    pub fn name(&self) -> &str {
        match self {
            Arm::Newton { name, .. }
            | Arm::Em { name, .. }
            | Arm::Mm { name, .. }
            | Arm::KnownRate { name, .. } => name,
        }
    }

    /// The cells it runs in; `None` for all.
    pub fn cells(&self) -> Option<&[String]> {
        match self {
            Arm::Newton { cells, .. }
            | Arm::Em { cells, .. }
            | Arm::Mm { cells, .. }
            | Arm::KnownRate { cells, .. } => cells.as_deref(),
        }
    }

    /// Its own number of replications, if it has one.
    pub fn replications(&self) -> Option<u64> {
        match self {
            Arm::Newton { replications, .. }
            | Arm::Em { replications, .. }
            | Arm::Mm { replications, .. }
            | Arm::KnownRate { replications, .. } => *replications,
        }
    }

    /// The arm that it audits, if any.
    pub fn audits(&self) -> Option<&str> {
        match self {
            Arm::Newton { audits, .. } | Arm::Em { audits, .. } | Arm::Mm { audits, .. } => audits.as_deref(),
            Arm::KnownRate { .. } => None,
        }
    }
}

/// Where ascents start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(tag = "kind", rename = "starts")]
#[serde(rename = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Starts {
    /// Truth-blind search.
    Search {
        /// Random starts, each round.
        random: u32,
        /// Maxima with one expert less that atoms are inserted into.
        bases: u32,
        /// Random atoms scored for insertion into each base.
        candidates: u32,
        /// The best of them, from which ascents start.
        insertions: u32,
        /// Splits of atoms of each base.
        splits: u32,
        /// Exchanges of the atoms of the best fit, each round.
        exchanges: u32,
        /// Newton steps of each start before they are ranked.
        screening: u32,
        /// Rounds at most.
        rounds: u32,
        /// Starts at the best maximum that end the search.
        hits: u32,
        /// Family of start streams.
        stream: u64,
        /// Whether drafts and sketches may stand in for the data; they may when absent.
        drafts: Option<bool>,
    },
    /// Anywhere in the box.
    Random {
        /// Number of starts.
        count: u32,
        /// Family of start streams.
        stream: u64,
    },
    /// Near the truth.
    NearTruth {
        /// Number of starts.
        count: u32,
        /// Standard deviation on every pinned coordinate.
        radius: f64,
        /// Exponent of n in the standard deviation.
        radius_rate: Option<f64>,
    },
    /// Splits of the truth.
    TruthSplits {
        /// Number of starts.
        count: u32,
        /// Standard deviation on every pinned coordinate.
        radius: f64,
        /// Exponent of n in the standard deviation.
        radius_rate: Option<f64>,
    },
    /// The truth itself.
    AtTruth {},
}

/// When an ascent stops; which keys go together depends on the estimator.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename = "stop", deny_unknown_fields)]
pub struct Stop {
    /// Largest projected mean score that counts as zero.
    pub score: Option<f64>,
    /// Predicted remaining gain in nats that counts as zero.
    pub gain: Option<f64>,
    /// Relative change of the log-likelihood that counts as none.
    pub relative_likelihood: Option<f64>,
    /// Length of a step of the parameters that counts as none.
    pub parameter_step: Option<f64>,
    /// Iterations after which an ascent gives up.
    pub iterations: u32,
}

/// What a fit must meet to be certified, under a rule that does not say so itself.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename = "certify", deny_unknown_fields)]
pub struct Certify {
    /// Largest projected mean score that counts as zero.
    pub score: f64,
    /// Predicted remaining gain in nats that counts as zero.
    pub gain: f64,
}
