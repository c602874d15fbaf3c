//! An experiment: only valid values, made from the strict wire types of the TOML file.

use std::fmt;

use moe_core::content::ContentHash;
use moe_core::identifiability::Regime;
use moe_core::numeric::{exp, ln};
use moe_core::rate::Weights;
use moe_core::scenario::{Drift, Scenario};
use moe_core::statistic::Statistic;
use moe_core::verdict::Claim as RateClaim;
use moe_core::verdict::family::level_at_look;
use moe_estimators::fixed_point::Map;
use moe_estimators::search::Effort;
use moe_estimators::stop::{Stop, StopRule};

use crate::quantity::Quantity;

/// A question with everything that is needed to answer it.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// Name: lower-case letters, digits, hyphens; part of the identity of a run folder.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// What is asked, in words.
    pub question: String,
    /// Where it comes from.
    pub source: String,
    /// Master seed.
    pub seed: u64,
    /// Sample sizes, strictly increasing.
    pub sizes: Vec<u64>,
    /// Replications for each (cell, arm, size).
    pub replications: u64,
    /// Numbers of replications at which the claims may be judged, ascending; empty when none were declared, and then
    /// they are judged once, at whatever number there is.
    pub looks: Vec<u64>,
    /// The profile that was applied, if any.
    pub profile: Option<String>,
    /// How slopes are fitted.
    pub inference: Inference,
    /// Truth, gate map, covariate law, fitted order, box.
    pub cells: Vec<Cell>,
    /// Ways of fitting.
    pub arms: Vec<Arm>,
    /// Statements about slopes.
    pub claims: Vec<Claim>,
    /// What the figure shows.
    pub panels: Vec<Panel>,
}

impl Experiment {
    /// Which of the declared looks its number of replications is, counted from 0, and how many there are; `None` when
    /// looks were declared and this is none of them.
    pub fn look(&self) -> Option<(usize, usize)> {
        if self.looks.is_empty() {
            return Some((0, 1));
        }
        let look = self.looks.iter().position(|l| *l == self.replications)?;
        Some((look, self.looks.len()))
    }

    /// The level at this look of a statement that has `level` over all looks together.
    pub fn level_at_look(&self, level: f64) -> f64 {
        level_at_look(level, self.looks.len())
    }
}

/// How slopes and their intervals are computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// Confidence level of intervals in tables and figures (claims have their own).
    pub level: f64,
    /// Bootstrap resamples.
    pub resamples: u32,
    /// Regression weights of the sizes: equal, or planned one by one.
    pub weights: Weights,
    /// Largest share of rows that are not certified, at any judged size, with which a claim is still judged; from 0 to 1.
    pub failure_limit: f64,
}

/// A named scenario.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Name, unique in the experiment.
    pub name: String,
    /// One line for figures and tables.
    pub title: String,
    /// The regime that the cell claims to be in, if any.
    pub regime: Option<Regime>,
    /// The content. Where the truth moves with n it holds the limit: [`Cell::at`] has the truth at a size.
    pub scenario: Scenario,
    /// How the truth moves with n; `None` when it stays where it is.
    pub drift: Option<Drift>,
    /// The truth as a table of the file, when it was drawn at random.
    pub drawn: Option<String>,
    /// Content hash.
    pub hash: ContentHash,
}

impl Cell {
    /// The same cell with its truth at a sample size, where it stays.
    pub fn at(&self, size: u64) -> Cell {
        let scenario = match &self.drift {
            Some(drift) => drift.scenario(&self.scenario, size),
            None => self.scenario.clone(),
        };
        Cell { scenario, drift: None, ..self.clone() }
    }
}

/// A named way of fitting.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Name, unique in the experiment.
    pub name: String,
    /// The estimator with its settings.
    pub method: Method,
    /// Replications of this arm when fewer than the experiment's.
    pub replications: Option<u64>,
    /// The arm of which this one is the independent second search, if it is one.
    pub audits: Option<String>,
    /// The cells it runs in; `None` for all.
    pub cells: Option<Vec<String>>,
    /// Content hash of everything that can move a number.
    pub hash: ContentHash,
}

/// An estimator and its settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Method {
    /// Maximum likelihood by trust-region Newton ascents from many starts.
    Newton {
        /// Where the ascents start.
        starts: Starts,
        /// When an ascent stops.
        stop: StopRule,
    },
    /// Maximum likelihood by EM or MM, from given starts.
    FixedPoint {
        /// Which of the two.
        map: Map,
        /// Where the ascents start.
        starts: Points,
        /// When an ascent stops.
        stop: Stop,
        /// What a fit must meet to be certified; under our stopping rule the rule itself.
        certify: Thresholds,
    },
    /// The calibration double: the truth perturbed by scale · n^rate.
    KnownRate {
        /// Exponent of n, for example −0.5.
        rate: f64,
        /// Size of the perturbation at n = 1.
        scale: f64,
        /// Index of the Pareto variable that the whole perturbation is multiplied with, if any: heavy tails.
        tail: Option<f64>,
        /// It fails where some coordinate would be moved farther than this; never when `None`.
        fails_above: Option<f64>,
    },
}

impl Method {
    /// What a fit must meet to be certified; `None` for the calibration double, which certifies nothing.
    pub fn thresholds(&self) -> Option<Thresholds> {
        match self {
            Method::Newton { stop, .. } => Some(Thresholds { score: stop.score, gain: stop.gain }),
            Method::FixedPoint { certify, .. } => Some(*certify),
            Method::KnownRate { .. } => None,
        }
    }

    /// Whether its ascents end on the score, so that a stricter rule or more starts may find the maximum. The others end
    /// early on purpose, or have no ascents.
    pub fn ends_on_the_score(&self) -> bool {
        matches!(self, Method::Newton { .. } | Method::FixedPoint { stop: Stop::Score(_), .. })
    }

    /// Which family of random streams a truth-blind method draws its starts from; `None` for one that
    /// was given the truth.
    pub fn blind_stream(&self) -> Option<u64> {
        match self {
            Method::Newton { starts: Starts::Search(search), .. } => Some(search.stream),
            Method::Newton { starts: Starts::Points(Points::Random { stream, .. }), .. }
            | Method::FixedPoint { starts: Points::Random { stream, .. }, .. } => Some(*stream),
            _ => None,
        }
    }
}

/// Sizes below which score and remaining gain count as zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Largest |component| of the projected score per observation.
    pub score: f64,
    /// Predicted remaining gain, in nats of the total log-likelihood.
    pub gain: f64,
}

/// Where ascents start.
#[derive(Clone, Debug, PartialEq)]
pub enum Starts {
    /// Truth-blind search: random starts over the box; and atoms inserted into the best maxima with one
    /// expert less.
    Search(Search),
    /// Starting points, each carried to the end.
    Points(Points),
}

/// Starting points that need no look at the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Points {
    /// Anywhere in the box.
    Random {
        /// Number of starts.
        count: u32,
        /// Which independent family of start streams is used: 0, 1, …
        stream: u64,
    },
    /// Near the truth: every coordinate perturbed by a normal of standard deviation `radius`.
    NearTruth {
        /// Number of starts.
        count: u32,
        /// Standard deviation on every pinned coordinate.
        radius: Radius,
    },
    /// Splits of the true atoms into the fitted order, then perturbed like `NearTruth`.
    TruthSplits {
        /// Number of starts.
        count: u32,
        /// Standard deviation on every pinned coordinate.
        radius: Radius,
    },
    /// The truth itself; in an over-specified cell with copies of equal weight.
    AtTruth,
}

impl Points {
    /// Number of starts.
    pub fn count(&self) -> u32 {
        match *self {
            Points::Random { count, .. }
            | Points::NearTruth { count, .. }
            | Points::TruthSplits { count, .. } => count,
            Points::AtTruth => 1,
        }
    }
}

/// A distance that may shrink with the sample size: size · n^rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radius {
    /// The distance at n = 1.
    pub size: f64,
    /// Exponent of n; 0 for a distance that is the same at every n.
    pub rate: f64,
}

impl Radius {
    /// The distance at sample size `n`.
    pub fn at(&self, n: u64) -> f64 {
        if self.rate == 0.0 { self.size } else { self.size * exp(self.rate * ln(n as f64)) }
    }
}

/// A truth-blind search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// How much it looks.
    pub effort: Effort,
    /// Which independent family of start streams is used: 0, 1, …
    pub stream: u64,
    /// Whether drafts and sketches may stand in for the data.
    pub drafts: bool,
}

/// One cell, or several of which the worst counts: at each size the largest of their statistics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellGroup(Vec<String>);

impl CellGroup {
    /// A group of at least one cell, by names.
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names of the cells, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for CellGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [name] => f.write_str(name),
            names => write!(f, "worst of {}", names.join(" and ")),
        }
    }
}

/// The series with which another is compared: same quantity, statistic and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSeries {
    /// The cell, or cells of which the worst counts.
    pub cell: CellGroup,
    /// Name of the arm.
    pub arm: String,
}

/// A statement about one series, or about the difference of two.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Name, unique in the experiment.
    pub name: String,
    /// The cell, or cells of which the worst counts.
    pub cell: CellGroup,
    /// Name of the arm.
    pub arm: String,
    /// What is measured.
    pub quantity: Quantity,
    /// How replications are summarised.
    pub statistic: Statistic,
    /// The statement.
    pub statement: RateClaim,
    /// The other series, for a statement about a difference.
    pub other: Option<OtherSeries>,
    /// Confidence level of the interval that is held against the statement, all looks together.
    pub level: f64,
    /// Smallest size the statement speaks of; the others are shown but not judged.
    pub from: u64,
    /// Planned standard deviation per replication of the log statistic, where the file states one.
    pub spread: Option<f64>,
    /// Why the sizes and replications at hand are planned too small to decide it; `None` when they are not, or when
    /// the file does not say what is to be told apart.
    pub too_small: Option<String>,
    /// Where the statement comes from.
    pub source: String,
    /// What is expected of the measurement, with the reason when it is a disagreement.
    pub expect: Expectation,
}

/// The expected verdict of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// The measurement agrees with the statement.
    Agree,
    /// The measurement disagrees, and that finding is guarded.
    Disagree {
        /// Why, in one sentence.
        because: String,
    },
}

/// One panel of the figure.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Heading.
    pub title: String,
    /// Its curves.
    pub curves: Vec<Curve>,
}

/// One curve of a panel.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The cell, or cells of which the worst counts.
    pub cell: CellGroup,
    /// Name of the arm.
    pub arm: String,
    /// What is measured.
    pub quantity: Quantity,
    /// How replications are summarised.
    pub statistic: Statistic,
    /// The exponent that the theory states, drawn as a line; `None` where it states none.
    pub theory: Option<f64>,
    /// Smallest size used for the fitted line.
    pub from: u64,
}
