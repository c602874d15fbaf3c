//! The one trait: what an estimator is given, and what it gives back.
//!
//! From a truth to a certified fit: data are drawn, random starts are carried to the end, the best of them is kept.
//!
//! ```
//! use moe_core::covariate::CovariateLaw;
//! use moe_core::gate::GateMap;
//! use moe_core::measure::{Atom, MixingMeasure};
//! use moe_core::model::class_probabilities;
//! use moe_core::numeric::ln;
//! use moe_core::sample::Sampler;
//! use moe_core::scenario::Truth;
//! use moe_core::stream::{Address, Purpose};
//! use moe_estimators::estimator::{Estimator, Problem};
//! use moe_estimators::given::{FromStarts, random_starts};
//! use moe_estimators::start::StartStreams;
//! use moe_estimators::stop::StopRule;
//!
//! let atom = |gate: f64, intercept: f64, slope: f64| Atom {
//!     log_weight: 0.0,
//!     gate_slope: vec![gate],
//!     intercepts: vec![intercept],
//!     slopes: vec![slope],
//! };
//! let measure = MixingMeasure::new(2, 1, vec![atom(4.0, 0.5, 4.0), atom(0.0, -0.5, -4.0)]);
//! let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
//! let truth = Truth { measure, gate_map: GateMap::Identity, law };
//! let data = Sampler::new(&truth).draw(100_000, 1, 0);
//!
//! let problem = Problem { shape: truth.measure.shape(), gate_map: truth.gate_map, box_bound: 10.0 };
//! let address = Address { seed: 1, purpose: Purpose::Starts, content: truth.hash(), size: 100_000, replication: 0 };
//! let starts = random_starts(&data, &problem, &StartStreams { address, family: 0 }, 8);
//! let stop = StopRule { score: 1e-9, gain: 1e-10, iterations: 300 };
//! let fit = FromStarts { starts, stop, drafted: false }.fit(&data, &problem).map_err(|failure| failure.reason)?;
//!
//! assert_eq!(fit.starts.len(), 8);
//! assert!(fit.certificate.score <= stop.score && fit.certificate.gain <= stop.gain);
//!
//! // A maximum lies above the truth, by half a χ² variable of as many degrees as there are parameters.
//! let mut probabilities = [0.0; 2];
//! let mut at_truth = 0.0;
//! for row in 0..data.rows() {
//!     let x = data.x.row(row).to_vec();
//!     class_probabilities(&truth.measure, &x, &x, &mut probabilities);
//!     at_truth += data.counts[row] as f64 * ln(probabilities[data.labels[row] as usize]);
//! }
//! let gain = fit.log_likelihood - at_truth;
//! assert!(0.0 < gain && gain < 20.0, "{gain}");
//! # Ok::<(), String>(())
//! ```

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::shape::Shape;

use crate::stop::StopReason;
use crate::workers::Workers;

/// What is fitted, apart from the data: the model and the compact set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Problem {
    /// Sizes k, K, d of the fitted model.
    pub shape: Shape,
    /// The gate map M.
    pub gate_map: GateMap,
    /// Half-width of the box: |every pinned coordinate| ≤ `box_bound` for some choice of the reference.
    pub box_bound: f64,
}

/// From data to a fit. A trait because a test double of known rate stands in for
/// the maximum-likelihood search when the whole program is calibrated.
pub trait Estimator {
    /// Fits the model to the data.
    fn fit(&self, data: &Dataset, problem: &Problem) -> Result<Fit, Failure> {
        self.fit_shared(Workers::ALONE, data, problem)
    }

    /// The same fit, where there are many rows by workers who share the passes over them.
    fn fit_shared(&self, workers: Workers, data: &Dataset, problem: &Problem) -> Result<Fit, Failure>;
}

/// A fitted mixing measure with the evidence that it is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The fitted mixing measure, pinned at its last atom.
    pub measure: MixingMeasure,
    /// Total log-likelihood, in nats.
    pub log_likelihood: f64,
    /// What is known about the fit.
    pub certificate: Certificate,
    /// What became of every start, in start order.
    pub starts: Vec<StartOutcome>,
    /// Passes over the data, all starts together (a pass with or without Hessian counts once, a pass over a draft of the
    /// data by its share of the blocks).
    pub passes: u64,
}

/// What is known about a fit without knowing the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Largest |component| of the projected score per observation.
    pub score: f64,
    /// Predicted remaining gain in nats of the total log-likelihood.
    pub gain: f64,
    /// Smallest eigenvalue of the negative Hessian per observation in the free coordinates.
    pub curvature: f64,
    /// For each coordinate of the pinned parameter vector, whether it is at the box.
    pub at_box: Vec<bool>,
    /// Number of starts (the winner's included) that ended within 10⁻³ nats of the best.
    pub hits: u32,
    /// Gap in nats between the best and the next distinct finished start, if there is one.
    pub gap: Option<f64>,
    /// How the winning ascent ended.
    pub stop: StopReason,
}

/// What became of one start.
#[derive(Clone, Debug, PartialEq)]
pub struct StartOutcome {
    /// Number of the start; it keys the start's random stream.
    pub index: u64,
    /// How the start was made, for example `random`, `insertion`, `near-truth`.
    pub kind: String,
    /// Total log-likelihood where the ascent ended, in nats.
    pub log_likelihood: f64,
    /// Iterations spent.
    pub iterations: u32,
    /// Passes spent, over the data or a draft of them.
    pub passes: u32,
    /// Why it ended.
    pub stop: StopReason,
    /// Pinned parameters where it began, before they were moved into the box.
    pub origin: Vec<f64>,
    /// Pinned parameters where it ended.
    pub parameters: Vec<f64>,
}

/// Why there is no fit. A failed fit is a row with this reason, never a redrawn data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub reason: String,
}
