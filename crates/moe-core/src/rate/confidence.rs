//! The confidence distribution of a slope: its interval at every level and its one-sided p-values.

use super::proportion::Proportion;
use crate::distribution::{normal_quantile, normal_tail, student_quantile, student_tail};

/// Standard errors beyond which no score limit is looked for: a normal tail of 10⁻⁸⁷.
const FARTHEST: f64 = 20.0;

/// What replication noise leaves open about a slope.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Confidence {
    /// (true − estimate) / error has a known law. `low` and `high` are equal, unless a slope between them belongs
    /// to every choice that the data leave open of what is the worst case at each size.
    Studentised { low: f64, high: f64, down: f64, up: f64, law: Law },
    /// Score limits of proportions, combined.
    Score { low: f64, high: f64, terms: Vec<Term> },
    /// Bootstrap values of the estimate, ascending; `reflected` adds their mirror images in the estimate.
    Resampled { estimate: f64, values: Vec<f64>, undetermined: usize, reflected: bool },
}

/// The law of a studentised estimate.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Law {
    /// Student's, with its degrees of freedom.
    Student(f64),
    /// That of bootstrap samples, ascending; those without a value count at both ends.
    Resampled { roots: Vec<f64>, undetermined: usize },
}

/// One size's part in a slope of proportions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) coefficient: f64,
    /// What may be the worst of several groups; one in most cases.
    pub(super) plausible: Vec<Proportion>,
    /// A proportion that is subtracted, and its correlation with the (single) first one.
    pub(super) against: Option<(Proportion, f64)>,
}

impl Confidence {
    /// The confidence limits with error probability `p` on either side.
    pub(super) fn limits(&self, p: f64) -> (f64, f64) {
        match self {
            Confidence::Studentised { low, high, down, up, law } => {
                let (from, to) = law.quantiles(p);
                (low - scaled(to, *down, *up), high - scaled(from, *down, *up))
            }
            Confidence::Score { .. } => self.score_limits(normal_quantile(p)),
            Confidence::Resampled { estimate, values, undetermined, reflected } => {
                let (low, high) = ordered_limits(values, *undetermined, p);
                if *reflected {
                    (low.min(2.0 * estimate - high), high.max(2.0 * estimate - low))
                } else {
                    (low, high)
                }
            }
        }
    }

    /// One-sided p-value of the hypothesis that the truth is ≤ `value`.
    pub(super) fn tail_above(&self, value: f64) -> f64 {
        match self {
            Confidence::Studentised { low, down, up, law, .. } => {
                law.tail(ratio(low - value, *down, *up), false)
            }
            Confidence::Score { .. } => score_tail(|z| self.score_limits(z).0 > value),
            Confidence::Resampled { values, undetermined, .. } => {
                let held = values.partition_point(|v| *v <= value);
                self.reflected(share(held + undetermined, values.len() + undetermined), value, false)
            }
        }
    }

    /// One-sided p-value of the hypothesis that the truth is ≥ `value`.
    pub(super) fn tail_below(&self, value: f64) -> f64 {
        match self {
            Confidence::Studentised { high, down, up, law, .. } => {
                law.tail(-ratio(value - high, *up, *down), true)
            }
            Confidence::Score { .. } => score_tail(|z| self.score_limits(z).1 < value),
            Confidence::Resampled { values, undetermined, .. } => {
                let held = values.len() - values.partition_point(|v| *v < value);
                self.reflected(share(held + undetermined, values.len() + undetermined), value, true)
            }
        }
    }

    /// The larger of a p-value of bootstrap values and that of their mirror images, where those count.
    fn reflected(&self, tail: f64, value: f64, below: bool) -> f64 {
        let Confidence::Resampled { estimate, values, undetermined, reflected: true } = self else {
            return tail;
        };
        let mirror = 2.0 * estimate - value;
        let held = if below {
            values.partition_point(|v| *v <= mirror)
        } else {
            values.len() - values.partition_point(|v| *v < mirror)
        };
        tail.max(share(held + undetermined, values.len() + undetermined))
    }

    /// Limits at z standard errors: distances to the single score limits are combined like standard errors (the
    /// method of variance estimates recovery, Zou and Donner 2008; with a correlation, Newcombe 1998).
    fn score_limits(&self, z: f64) -> (f64, f64) {
        let Confidence::Score { low, high, terms } = self else { return (f64::NAN, f64::NAN) };
        let (mut below, mut above) = (0.0, 0.0);
        for term in terms {
            let (down, up) = term.distances(z.abs());
            below += down;
            above += up;
        }
        if z >= 0.0 {
            (low - below.sqrt(), high + above.sqrt())
        } else {
            (low + above.sqrt(), high - below.sqrt())
        }
    }
}

impl Law {
    /// The values below and above which the law has probability `p`.
    fn quantiles(&self, p: f64) -> (f64, f64) {
        match self {
            Law::Student(df) => {
                let t = student_quantile(p, *df);
                (-t, t)
            }
            Law::Resampled { roots, undetermined } => ordered_limits(roots, *undetermined, p),
        }
    }

    /// The probability of values ≥ t, or ≤ t.
    fn tail(&self, t: f64, below: bool) -> f64 {
        match self {
            _ if t.is_nan() => 1.0,
            Law::Student(df) => student_tail(if below { -t } else { t }, *df),
            Law::Resampled { roots, undetermined } => {
                let held = if below {
                    roots.partition_point(|r| *r <= t)
                } else {
                    roots.len() - roots.partition_point(|r| *r < t)
                };
                share(held + undetermined, roots.len() + undetermined)
            }
        }
    }
}

impl Term {
    /// Squared contributions to the distances of the lower and of the upper limit.
    fn distances(&self, z: f64) -> (f64, f64) {
        let far = |pick: fn((f64, f64)) -> f64| {
            self.plausible.iter().map(|p| pick(p.distances(z))).fold(0.0, f64::max)
        };
        let (down, up) = (far(|d| d.0), far(|d| d.1));
        let (below, above) = match self.against {
            None => (down * down, up * up),
            Some((other, correlation)) => {
                let (other_down, other_up) = other.distances(z);
                (together(down, other_up, correlation), together(up, other_down, correlation))
            }
        };
        let square = self.coefficient * self.coefficient;
        if self.coefficient > 0.0 {
            (square * below, square * above)
        } else {
            (square * above, square * below)
        }
    }
}

/// The tail probability of the largest z whose limit still clears a value, found by bisection.
fn score_tail(clears: impl Fn(f64) -> bool) -> f64 {
    let (mut near, mut far) = (-FARTHEST, FARTHEST);
    if !clears(near) {
        return 1.0;
    }
    if clears(far) {
        return normal_tail(far);
    }
    while far - near > 1e-10 {
        let middle = 0.5 * (near + far);
        if clears(middle) {
            near = middle;
        } else {
            far = middle;
        }
    }
    normal_tail(near)
}

/// Variance of a difference; infinite when either part is.
fn together(a: f64, b: f64, correlation: f64) -> f64 {
    if a.is_infinite() || b.is_infinite() {
        return f64::INFINITY;
    }
    (-2.0 * correlation * a).mul_add(b, a.mul_add(a, b * b)).max(0.0)
}

/// t standard errors, by the error of the side on which they are; none of an error that is 0.
fn scaled(t: f64, forward: f64, backward: f64) -> f64 {
    let error = if t >= 0.0 { forward } else { backward };
    if error == 0.0 || t == 0.0 { 0.0 } else { t * error }
}

/// A distance in standard errors of its side; NaN for no distance and no error.
fn ratio(distance: f64, forward: f64, backward: f64) -> f64 {
    distance / if distance >= 0.0 { forward } else { backward }
}

/// The share of resamples, with the sample itself as one more, so that it is never 0.
fn share(held: usize, of: usize) -> f64 {
    (held + 1) as f64 / (of + 1) as f64
}

/// The values below and above which ascending values have probability `p`, rounded outwards; values that are
/// undetermined occupy the outermost places at both ends.
fn ordered_limits(values: &[f64], undetermined: usize, p: f64) -> (f64, f64) {
    let places = p * (values.len() + undetermined + 1) as f64;
    match (places as usize).checked_sub(undetermined) {
        Some(place) if place >= 1 && place <= values.len() => {
            (values[place - 1], values[values.len() - place])
        }
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}
