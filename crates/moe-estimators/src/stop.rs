//! When an ascent ends, and in what words it is recorded.

use std::fmt;

/// Our stopping rule: an ascent stops on the score, never on the change of the likelihood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopRule {
    /// Largest |component| of the projected score per observation (mean score) that counts as zero.
    pub score: f64,
    /// Largest predicted remaining gain (half the squared Newton decrement), in nats of the total
    /// log-likelihood, that counts as zero.
    pub gain: f64,
    /// Iterations after which an ascent gives up.
    pub iterations: u32,
}

/// The stopping rule of EM and MM: ours, or one of those in common use, which ask how much the last
/// iteration changed and so say nothing about how much is still to come.
///
/// ```
/// use moe_estimators::stop::{Stop, StopReason, StopRule};
///
/// let ours = Stop::Score(StopRule { score: 1e-9, gain: 1e-10, iterations: 300 });
/// let common = Stop::RelativeLikelihood { change: 1e-8, iterations: 1000 };
/// assert_eq!((ours.iterations(), common.iterations()), (300, 1000));
/// assert_eq!(StopReason::IterationCap.to_string(), "iteration-cap");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// On the score and the predicted remaining gain.
    Score(StopRule),
    /// The total log-likelihood changed by at most `change` of its size in one iteration.
    RelativeLikelihood {
        /// Largest |ℓ_t − ℓ_(t−1)| / |ℓ_(t−1)| that ends an ascent.
        change: f64,
        /// Iterations after which an ascent gives up.
        iterations: u32,
    },
    /// The pinned parameter vector moved by at most `length` in one iteration.
    ParameterStep {
        /// Largest Euclidean length of a step that ends an ascent.
        length: f64,
        /// Iterations after which an ascent gives up.
        iterations: u32,
    },
    /// After so many iterations, whatever they have reached.
    Iterations(u32),
}

impl Stop {
    /// Iterations after which an ascent gives up.
    pub fn iterations(&self) -> u32 {
        match *self {
            Stop::Score(rule) => rule.iterations,
            Stop::RelativeLikelihood { iterations, .. } | Stop::ParameterStep { iterations, .. } => {
                iterations
            }
            Stop::Iterations(iterations) => iterations,
        }
    }
}

/// Why an ascent from one start ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Projected score and predicted remaining gain are both below the rule.
    Converged,
    /// No representable step improves the likelihood, although the rule is not met.
    Stalled,
    /// The cap on iterations was reached.
    IterationCap,
    /// Given up: other starts were ahead.
    Screened,
    /// The last iteration changed the log-likelihood by no more than the rule.
    LikelihoodChange,
    /// The last iteration moved the parameters by no more than the rule.
    ParameterStep,
}

impl StopReason {
    /// All reasons, in the order of their declaration.
    pub const ALL: [StopReason; 6] = [
        StopReason::Converged,
        StopReason::Stalled,
        StopReason::IterationCap,
        StopReason::Screened,
        StopReason::LikelihoodChange,
        StopReason::ParameterStep,
    ];
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Converged => "converged",
            StopReason::Stalled => "stalled",
            StopReason::IterationCap => "iteration-cap",
            StopReason::Screened => "screened",
            StopReason::LikelihoodChange => "likelihood-change",
            StopReason::ParameterStep => "parameter-step",
        })
    }
}
