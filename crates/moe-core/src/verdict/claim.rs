//! The kinds of claims, the sets of exponents that satisfy them, and the p-values either way.

use std::fmt;

use super::{Estimate, Verdict};

/// What is claimed.
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
    /// Two exponents differ by more than `margin` (at least 0), either way.
    DiffersBy {
        /// The largest difference that counts as none.
        margin: f64,
    },
    /// The statistic itself is above `bound` at every size; judged by [`super::floor`], never by an exponent.
    StaysAbove {
        /// The value that is not reached from above.
        bound: f64,
    },
}

impl Claim {
    /// The verdict of an interval of exponents (of differences for [`Claim::DiffersBy`]); its ends may be infinite.
    /// [`Claim::StaysAbove`] says nothing of an exponent and is undecided.
    pub fn verdict(&self, lower: f64, upper: f64) -> Verdict {
        let (agrees, disagrees) = match *self {
            Claim::Equals { rate, margin } => band((rate - margin, rate + margin), lower, upper),
            Claim::SlowerThan { rate } => (lower > rate, upper <= rate),
            Claim::AtLeast { rate } => (upper <= rate, lower > rate),
            Claim::DiffersBy { margin } => {
                let (within, without) = band((-margin, margin), lower, upper);
                (without, within)
            }
            Claim::StaysAbove { .. } => (false, false),
        };
        match (agrees, disagrees) {
            (true, _) => Verdict::Agrees,
            (_, true) => Verdict::Disagrees,
            _ => Verdict::Undecided,
        }
    }

    /// p-values of "the claim is false" and of "the claim is true", in this order.
    ///
    /// To lie inside a band is shown by two one-sided tests, of which the weaker counts (Schuirmann 1987). To lie
    /// outside is shown by the distance to the nearer edge; where the band is narrower than the noise, the chance of
    /// coming out as far on the other side is added, so that a band of no width gives the two-sided test.
    pub fn p_values(&self, estimate: &impl Estimate) -> (f64, f64) {
        match *self {
            Claim::Equals { rate, margin } => {
                let edges = (rate - margin, rate + margin);
                (inside(estimate, edges), outside(estimate, edges))
            }
            Claim::SlowerThan { rate } => (estimate.tail_above(rate), estimate.tail_below(rate)),
            Claim::AtLeast { rate } => (estimate.tail_below(rate), estimate.tail_above(rate)),
            Claim::DiffersBy { margin } => {
                (outside(estimate, (-margin, margin)), inside(estimate, (-margin, margin)))
            }
            Claim::StaysAbove { .. } => (1.0, 1.0),
        }
    }

    /// The largest chance of a wrong verdict in one direction, when the interval has this level: that of one end
    /// where the claim has room between its edges, of both ends where it has none.
    pub fn error(&self, level: f64) -> f64 {
        match *self {
            Claim::DiffersBy { margin: 0.0 } => 1.0 - level,
            _ => 0.5 * (1.0 - level),
        }
    }
}

/// Whether an interval lies within a closed band, and whether it does not meet it.
fn band((low, high): (f64, f64), lower: f64, upper: f64) -> (bool, bool) {
    (low <= lower && upper <= high, upper < low || high < lower)
}

fn inside(estimate: &impl Estimate, (low, high): (f64, f64)) -> f64 {
    estimate.tail_above(low).max(estimate.tail_below(high))
}

fn outside(estimate: &impl Estimate, (low, high): (f64, f64)) -> f64 {
    let value = estimate.value();
    let p = if value > high {
        estimate.tail_above(high) + estimate.tail_below(2.0 * value - low)
    } else if value < low {
        estimate.tail_below(low) + estimate.tail_above(2.0 * value - high)
    } else {
        1.0
    };
    p.min(1.0)
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Claim::Equals { rate, margin } => write!(f, "equals {rate} ± {margin}"),
            Claim::SlowerThan { rate } => write!(f, "slower than {rate}"),
            Claim::AtLeast { rate } => write!(f, "at least as fast as {rate}"),
            Claim::DiffersBy { margin } => write!(f, "differs by more than {margin}"),
            Claim::StaysAbove { bound } => write!(f, "stays above {bound}"),
        }
    }
}
