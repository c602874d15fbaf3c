//! The kinds of claims, the sets of exponents that satisfy them, and the p-values either way.

use std::fmt;

use super::{Estimate, Verdict};
use crate::distribution::{normal_quantile, normal_tail};

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
    ///
    /// ```
    /// use moe_core::verdict::{Claim, Verdict};
    ///
    /// let claim = Claim::AtLeast { rate: -0.5 };
    /// assert_eq!(claim.verdict(-0.62, -0.53), Verdict::Agrees);
    /// assert_eq!(claim.verdict(-0.55, -0.45), Verdict::Undecided);
    /// assert_eq!(claim.verdict(-0.48, -0.41), Verdict::Disagrees);
    /// ```
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

    /// The largest chances of a wrong verdict, when the interval has this level and reaches so far to either side of a
    /// normal estimate: (1 − level)/2, one end of the interval, with one exception. To lie outside a band is claimed on either
    /// side of it, so the far end can err too: more often the narrower the band is against the interval, up to 1 − level
    /// where it has no width. A reach that is not known counts as that case.
    pub fn errors(&self, level: f64, reach: f64) -> Errors {
        let end = 0.5 * (1.0 - level);
        let outside = |margin: f64| {
            let far = if reach.is_finite() { 1.0 + 2.0 * margin / reach } else { 1.0 };
            if margin == 0.0 { 2.0 * end } else { end + normal_tail(far * normal_quantile(end)) }
        };
        match *self {
            Claim::Equals { margin, .. } => Errors { agreement: end, disagreement: outside(margin) },
            Claim::DiffersBy { margin } => Errors { agreement: outside(margin), disagreement: end },
            _ => Errors { agreement: end, disagreement: end },
        }
    }
}

/// The largest chances with which a claim's verdicts are wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Of *agrees*, where the claim is false.
    pub agreement: f64,
    /// Of *disagrees*, where the claim is true.
    pub disagreement: f64,
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
