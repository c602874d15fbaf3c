//! Claims about a measurement, and what it says of them: agrees, disagrees or undecided.
//!
//! Rates are exponents of n, so a loss that decays like n^(−1/2) has rate −0.5, and slower decay is a
//! *larger* exponent. An interval is closed; so is the band of a claim.
//!
//! ```
//! use moe_core::rate::Rate;
//! use moe_core::verdict::{Claim, Verdict, judge};
//!
//! // A slope of −0.49 with a standard error of 0.02.
//! let rate = Rate::normal(-0.49, 0.02, 0.95);
//! let verdict = |claim| judge(&claim, &rate, 0.95).verdict;
//! assert_eq!(verdict(Claim::Equals { rate: -0.5, margin: 0.1 }), Verdict::Agrees);
//! assert_eq!(verdict(Claim::Equals { rate: -0.5, margin: 0.01 }), Verdict::Undecided);
//! assert_eq!(verdict(Claim::SlowerThan { rate: -0.25 }), Verdict::Disagrees);
//! assert_eq!(verdict(Claim::AtLeast { rate: -0.25 }), Verdict::Agrees);
//! ```

pub mod binomial;
mod claim;
pub mod family;
pub mod floor;
pub mod planned;

use std::fmt;

use crate::rate::{Difference, Rate};

pub use claim::{Claim, Errors};

/// Replications at every size below which nothing is decided. At 20 the intervals of medians and proportions of losses
/// with one mode still hold what they say; those of a mean or of a median between two modes do not, and no smaller number
/// was measured (`moe calibrate coverage`, METHODOLOGY, "Statistics and intervals").
pub const MIN_REPLICATIONS: usize = 20;

/// What a measurement says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The whole interval satisfies the claim.
    Agrees,
    /// No part of the interval satisfies the claim.
    Disagrees,
    /// The interval holds both, or there is none.
    Undecided,
}

/// A verdict, the sentence that justifies it, and how strong the evidence is either way.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// p-value of "the claim is false": small when the measurement agrees. 1 where nothing may be decided.
    pub agreement: f64,
    /// p-value of "the claim is true": small when the measurement disagrees. 1 where nothing may be decided.
    pub disagreement: f64,
}

impl Judgement {
    /// Nothing may be decided, for this reason.
    pub fn undecided(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Undecided, reason: reason.into(), agreement: 1.0, disagreement: 1.0 }
    }
}

/// A measured exponent, or a difference of two, with its uncertainty.
pub trait Estimate {
    /// The estimate.
    fn value(&self) -> f64;
    /// Its two-sided interval at a confidence level; the ends may be infinite.
    fn interval(&self, level: f64) -> (f64, f64);
    /// p-value of "it is `value` or more": small when the measurement lies clearly below `value`.
    fn tail_below(&self, value: f64) -> f64;
    /// p-value of "it is `value` or less": small when the measurement lies clearly above `value`.
    fn tail_above(&self, value: f64) -> f64;
}

macro_rules! estimates {
    ($($law:ident, $value:ident;)*) => {
        $(impl Estimate for $law {
            fn value(&self) -> f64 {
                self.$value
            }

            fn interval(&self, level: f64) -> (f64, f64) {
                $law::interval(self, level)
            }

            fn tail_below(&self, value: f64) -> f64 {
                $law::tail_below(self, value)
            }

            fn tail_above(&self, value: f64) -> f64 {
                $law::tail_above(self, value)
            }
        })*
    };
}

estimates! {
    Rate, slope;
    Difference, estimate;
}

/// Judges a claim about an exponent, or about a difference of two, by the interval at `level`.
pub fn judge(claim: &Claim, estimate: &impl Estimate, level: f64) -> Judgement {
    let (lower, upper) = estimate.interval(level);
    let verdict = claim.verdict(lower, upper);
    let relation = match verdict {
        Verdict::Agrees => "lies wholly within",
        Verdict::Disagrees => "lies wholly outside",
        Verdict::Undecided => "lies partly within",
    };
    let what = match claim {
        Claim::DiffersBy { .. } => "difference of slopes",
        _ => "slope",
    };
    let numbers = minus(&format!("[{lower:.4}, {upper:.4}] of the {what} {:.4}", estimate.value()));
    let reason = format!("the interval {numbers} {relation} the claim {}", minus(&claim.to_string()));
    let (agreement, disagreement) = claim.p_values(estimate);
    Judgement { verdict, reason, agreement, disagreement }
}

/// The text of numbers with true minus signs and infinities, as every text for people has them.
fn minus(numbers: &str) -> String {
    numbers.replace('-', "−").replace("inf", "∞")
}

/// Why so many replications at the worst size decide nothing, although they have an interval; `None` when they may.
pub fn too_few(replications: usize) -> Option<String> {
    let are = if replications == 1 { "replication is" } else { "replications are" };
    (replications < MIN_REPLICATIONS).then(|| {
        format!(
            "{replications} {are} too few for a verdict: with fewer than {MIN_REPLICATIONS} at every size an interval \
             need not hold what it says"
        )
    })
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Agrees => "agrees",
            Verdict::Disagrees => "disagrees",
            Verdict::Undecided => "undecided",
        })
    }
}

#[cfg(test)]
mod tests;
