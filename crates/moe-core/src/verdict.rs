//! Claims about a rate, and what a measured interval says of them: agrees, disagrees or undecided.
//!
//! Rates are exponents of n, so a loss that decays like n^(−1/2) has rate −0.5, and slower decay is a
//! *larger* exponent. An interval is closed; so is the band of a claim.

use std::fmt;

use crate::rate::{Rate, RateProblem};

/// Replications at every size below which nothing is decided. The percentile bootstrap of few values is too
/// narrow: its 95 % interval for a normal mean by 9 % with 20 replications, 18 % with 10, 37 % with 5.
pub const MIN_REPLICATIONS: usize = 20;

/// What is claimed of an exponent of n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Claim {
    /// The exponent is `rate`, up to `margin` (at least 0).
    Equals {
        /// The claimed exponent.
        rate: f64,
        /// Half-width of the band of exponents that count as equal.
        margin: f64,
    },
    /// Decay slower than n^rate: exponent > `rate`.
    SlowerThan {
        /// The exponent that is not reached.
        rate: f64,
    },
    /// Decay at least as fast as n^rate: exponent ≤ `rate`.
    AtLeast {
        /// The exponent that is reached or passed.
        rate: f64,
    },
}

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

/// A verdict and the sentence that justifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
}

/// Judges a claim by a measured rate; `replications` is the smallest number of them at any size.
pub fn judge(claim: &Claim, rate: Result<&Rate, &RateProblem>, replications: usize) -> Judgement {
    let undecided = |reason| Judgement { verdict: Verdict::Undecided, reason };
    if replications < MIN_REPLICATIONS {
        return undecided(format!(
            "{replications} replications are too few for an interval: at least {MIN_REPLICATIONS} at every size \
             are needed"
        ));
    }
    let rate = match rate {
        Ok(rate) => rate,
        Err(problem) => return undecided(format!("there is no slope: {problem}")),
    };
    let verdict = claim.verdict(rate.lower, rate.upper);
    let relation = match verdict {
        Verdict::Agrees => "lies wholly within",
        Verdict::Disagrees => "lies wholly outside",
        Verdict::Undecided => "lies partly within",
    };
    let reason = format!(
        "the interval [{:.4}, {:.4}] of the slope {:.4} {relation} the claim {claim}",
        rate.lower, rate.upper, rate.slope
    );
    Judgement { verdict, reason }
}

impl Claim {
    /// The verdict of an interval of exponents; its ends may be infinite.
    pub fn verdict(&self, lower: f64, upper: f64) -> Verdict {
        let (agrees, disagrees) = match *self {
            Claim::Equals { rate, margin } => {
                let (low, high) = (rate - margin, rate + margin);
                (low <= lower && upper <= high, upper < low || high < lower)
            }
            Claim::SlowerThan { rate } => (lower > rate, upper <= rate),
            Claim::AtLeast { rate } => (upper <= rate, lower > rate),
        };
        match (agrees, disagrees) {
            (true, _) => Verdict::Agrees,
            (_, true) => Verdict::Disagrees,
            _ => Verdict::Undecided,
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Equals { rate, margin } => write!(f, "equals {rate} ± {margin}"),
            Claim::SlowerThan { rate } => write!(f, "slower than {rate}"),
            Claim::AtLeast { rate } => write!(f, "at least as fast as {rate}"),
        }
    }
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
mod tests {
    use crate::distribution::normal_quantile;

    use super::Verdict::{Agrees, Disagrees, Undecided};
    use super::*;

    #[track_caller]
    fn check(claim: Claim, lower: f64, upper: f64, expected: Verdict) {
        assert_eq!(claim.verdict(lower, upper), expected, "{claim}");
    }

    #[test]
    fn equals_compares_closed_intervals() {
        let claim = Claim::Equals { rate: -0.5, margin: 0.125 };
        check(claim, -0.625, -0.375, Agrees);
        check(claim, -0.5, -0.5, Agrees);
        check(claim, -0.626, -0.4, Undecided);
        check(claim, -0.6, -0.374, Undecided);
        check(claim, -2.0, 1.0, Undecided);
        check(claim, -0.375, -0.1, Undecided);
        check(claim, -0.374, -0.1, Disagrees);
        check(claim, -0.9, -0.625, Undecided);
        check(claim, -0.9, -0.626, Disagrees);
        check(claim, f64::NEG_INFINITY, f64::INFINITY, Undecided);
        check(claim, 0.0, f64::INFINITY, Disagrees);
    }

    #[test]
    fn one_sided_claims_are_each_others_negation() {
        for (lower, upper, slower) in [
            (-0.4, -0.1, Agrees),
            (-0.5, -0.1, Undecided),
            (-0.7, -0.5, Disagrees),
            (-0.9, -0.6, Disagrees),
            (-0.7, -0.4, Undecided),
            (f64::NEG_INFINITY, -0.6, Disagrees),
        ] {
            check(Claim::SlowerThan { rate: -0.5 }, lower, upper, slower);
            let at_least = match slower {
                Agrees => Disagrees,
                Disagrees => Agrees,
                Undecided => Undecided,
            };
            check(Claim::AtLeast { rate: -0.5 }, lower, upper, at_least);
        }
    }

    fn measured(lower: f64, upper: f64) -> Rate {
        let error = 0.5 * (upper - lower) / normal_quantile(0.025);
        Rate::normal(0.5 * (lower + upper), error, 0.95)
    }

    #[test]
    fn few_replications_or_no_slope_decide_nothing() {
        let claim = Claim::Equals { rate: -0.5, margin: 0.1 };
        let rate = measured(-0.52, -0.48);
        assert_eq!(judge(&claim, Ok(&rate), MIN_REPLICATIONS).verdict, Agrees);
        let few = judge(&claim, Ok(&rate), MIN_REPLICATIONS - 1);
        assert_eq!(few.verdict, Undecided);
        assert!(few.reason.contains("19 replications"), "{}", few.reason);
        let problem = RateProblem::TooFewSizes(1);
        let none = judge(&claim, Err(&problem), 200);
        assert_eq!(none.verdict, Undecided);
        assert!(none.reason.contains(&problem.to_string()), "{}", none.reason);
    }

    #[test]
    fn reasons_name_interval_and_claim() {
        let judgement = judge(&Claim::SlowerThan { rate: -0.25 }, Ok(&measured(-0.52, -0.48)), 100);
        assert_eq!(judgement.verdict.to_string(), "disagrees");
        assert_eq!(
            judgement.reason,
            "the interval [-0.5200, -0.4800] of the slope -0.5000 lies wholly outside the claim slower than -0.25"
        );
    }
}
