//! A record: everything that is kept of one replication fitted by one arm.

use std::sync::Arc;

use moe_core::content::ContentHash;

use crate::quantities::Quantities;

/// Identity of a row: (cell, arm, sample size, replication). Names are not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// Content hash of the cell.
    pub cell: ContentHash,
    /// Content hash of the arm.
    pub arm: ContentHash,
    /// Sample size n.
    pub size: u64,
    /// Replication, 0-based.
    pub replication: u64,
}

/// How a replication ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Fitted, and the stopping rule was met.
    Certified,
    /// Fitted, but the fit is not shown to be a maximum; the reason says what is missing.
    Uncertified,
    /// No fit, or one that is proven not to be the maximum (it is kept); the reason says why.
    Failed,
}

impl Status {
    /// Spelling in the records.
    pub fn name(self) -> &'static str {
        match self {
            Status::Certified => "certified",
            Status::Uncertified => "uncertified",
            Status::Failed => "failed",
        }
    }

    /// The status of a spelling.
    pub fn from_name(name: &str) -> Option<Status> {
        [Status::Certified, Status::Uncertified, Status::Failed].into_iter().find(|s| s.name() == name)
    }
}

/// How the reason of a proven failure begins.
pub const PROVEN_FAILURE: &str = "proven failure";

/// One replication, fitted and scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Identity of the row.
    pub key: RowKey,
    /// Name of the cell when it was run (descriptive, not identity).
    pub cell_name: Arc<str>,
    /// Name of the arm when it was run (descriptive, not identity).
    pub arm_name: Arc<str>,
    /// Address of the data stream: the truth's content hash (master seed, size and replication stand elsewhere).
    pub truth: ContentHash,
    /// How it ended.
    pub status: Status,
    /// Why it is uncertified or failed; empty otherwise.
    pub reason: Arc<str>,
    /// The fit, where there is one; a fit that is proven to have missed the maximum is kept too.
    pub fit: Option<FittedRow>,
    /// Total log-likelihood of the truth on the same data, in nats.
    pub log_likelihood_truth: f64,
    /// Total log-likelihood of the exact-specified fit next to the truth on the same data, in nats; `None` in an
    /// exact-specified cell, and when the failure came before.
    pub log_likelihood_exact: Option<f64>,
    /// Every start, in start order.
    pub starts: Vec<StartRow>,
    /// Wall time spent; descriptive, not identity.
    pub seconds: Seconds,
}

impl Record {
    /// Whether the fit is below a likelihood that the maximum is known to reach.
    pub fn is_proven_failure(&self) -> bool {
        self.status == Status::Failed && self.reason.starts_with(PROVEN_FAILURE)
    }
}

/// Wall-clock seconds of the three steps of a measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Simulating the data.
    pub sample: f64,
    /// Fitting.
    pub fit: f64,
    /// Losses and distances.
    pub score: f64,
}

/// What is kept of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedRow {
    /// Total log-likelihood in nats.
    pub log_likelihood: f64,
    /// Pinned parameter vector, to the last bit.
    pub parameters: Vec<f64>,
    /// Largest |component| of the projected mean score.
    pub score: f64,
    /// Predicted remaining gain in nats.
    pub gain: f64,
    /// Smallest free curvature per observation.
    pub curvature: f64,
    /// One character a parameter: 1 at the box, 0 inside.
    pub at_box: Arc<str>,
    /// Starts that ended within 10⁻³ nats of the best.
    pub hits: u32,
    /// Gap to the next distinct start in nats.
    pub gap: Option<f64>,
    /// How the winning ascent ended.
    pub stop: Arc<str>,
    /// Passes over the data, all starts together.
    pub passes: u64,
    /// Slope translation t_1 at which D_2 is attained, length d.
    pub alignment: Vec<f64>,
    /// The true atom of whose Voronoi cell each fitted atom is at that alignment, one entry a fitted atom.
    pub assignment: Vec<usize>,
    /// Whether the infimum over translations was searched exhaustively for every loss.
    pub alignment_exact: bool,
    /// Quantities of the row.
    pub quantities: Quantities,
    /// Stated evaluation error of `hellinger`, `total_variation` and `kl`.
    pub density_errors: [f64; 3],
    /// Rule with which the density distances were evaluated.
    pub evaluation_rule: Arc<str>,
    /// Quantities of each true atom's Voronoi cell, in the order of the true atoms; of an empty cell only those
    /// that do not speak of its fitted atoms.
    pub cells: Vec<Quantities>,
}

/// What became of one start.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRow {
    /// Number of the start.
    pub index: u64,
    /// How it was made.
    pub kind: Arc<str>,
    /// Total log-likelihood where it ended.
    pub log_likelihood: f64,
    /// Iterations.
    pub iterations: u32,
    /// Passes over the data.
    pub passes: u32,
    /// Why it ended.
    pub stop: Arc<str>,
    /// Pinned parameters where it began; known to whoever measured it, not stored (the index gives it back).
    pub origin: Vec<f64>,
    /// Pinned parameters where it ended.
    pub parameters: Vec<f64>,
}
