//! When an ascent ends, and in what words it is recorded.

use std::fmt;

/// The stopping rule of an ascent: it stops on the score, never on the change of the likelihood.
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
}

impl StopReason {
    /// All reasons, in the order of their declaration.
    pub const ALL: [StopReason; 4] =
        [StopReason::Converged, StopReason::Stalled, StopReason::IterationCap, StopReason::Screened];
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Converged => "converged",
            StopReason::Stalled => "stalled",
            StopReason::IterationCap => "iteration-cap",
            StopReason::Screened => "screened",
        })
    }
}
