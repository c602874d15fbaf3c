//! The confidence distribution of a slope: its interval at every level and its one-sided p-values.

use super::proportion::Proportion;
use crate::distribution::{normal_tail, student_quantile, student_tail};

/// Normal standard errors beyond which no limit is looked for: a tail of 10⁻⁸⁷.
const FARTHEST: f64 = 20.0;

/// What replication noise leaves open about a slope.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Confidence {
    /// (estimate − truth) / error has a known law; the errors downwards and upwards differ only where one of them
    /// is infinite.
    Studentised { estimate: f64, down: f64, up: f64, law: Law },
    /// The limits of single terms, combined like standard errors (the method of variance estimates recovery, Zou
    /// and Donner 2008).
    Combined { estimate: f64, terms: Vec<Term>, law: Law },
}

/// The law of a studentised estimate.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Law {
    /// Student's, with its degrees of freedom.
    Student(f64),
    /// That of bootstrap samples, ascending; those without a value count at both ends.
    Resampled { roots: Vec<f64>, undetermined: usize },
}

/// One size's part in a slope.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) coefficient: f64,
    /// The groups that may be the worst one at this size, each with the gap by which it is below the largest.
    pub(super) groups: Vec<(f64, Spread)>,
    /// A proportion that is subtracted, and its correlation with the (single) group.
    pub(super) against: Option<(Proportion, f64)>,
}

/// How far a log statistic may be from its estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spread {
    /// Standard errors downwards and upwards.
    Errors(f64, f64),
    /// Score limits.
    Score(Proportion),
}

impl Confidence {
    /// The confidence limits with error probability `p` on either side.
    pub(super) fn limits(&self, p: f64) -> (f64, f64) {
        let (from, to) = self.law().quantiles(p);
        match self {
            Confidence::Studentised { estimate, down, up, .. } => {
                (estimate - scaled(to, *down, *up), estimate - scaled(from, *down, *up))
            }
            Confidence::Combined { estimate, terms, .. } => {
                let (down, up) = distances(terms, to);
                let lower = if to >= 0.0 { estimate - down } else { estimate + up };
                let (down, up) = distances(terms, from);
                (lower, if from <= 0.0 { estimate + up } else { estimate - down })
            }
        }
    }

    /// One-sided p-value of the hypothesis that the truth is ≤ `value`.
    pub(super) fn tail_above(&self, value: f64) -> f64 {
        match self {
            Confidence::Studentised { estimate, down, up, law } => {
                law.tail(ratio(estimate - value, *down, *up), false)
            }
            Confidence::Combined { .. } => self.smallest(|p| self.limits(p).0 > value),
        }
    }

    /// One-sided p-value of the hypothesis that the truth is ≥ `value`.
    pub(super) fn tail_below(&self, value: f64) -> f64 {
        match self {
            Confidence::Studentised { estimate, down, up, law } => {
                law.tail(ratio(estimate - value, *down, *up), true)
            }
            Confidence::Combined { .. } => self.smallest(|p| self.limits(p).1 < value),
        }
    }

    fn law(&self) -> &Law {
        match self {
            Confidence::Studentised { law, .. } | Confidence::Combined { law, .. } => law,
        }
    }

    /// The smallest error probability whose limit clears a value, by bisection in normal standard errors.
    fn smallest(&self, clears: impl Fn(f64) -> bool) -> f64 {
        let (mut near, mut far) = (-FARTHEST, FARTHEST);
        if !clears(normal_tail(near)) {
            return 1.0;
        }
        if clears(normal_tail(far)) {
            return normal_tail(far);
        }
        while far - near > 1e-9 {
            let middle = 0.5 * (near + far);
            if clears(normal_tail(middle)) {
                near = middle;
            } else {
                far = middle;
            }
        }
        normal_tail(near)
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
            Law::Resampled { roots, undetermined } => {
                let places = p * (roots.len() + undetermined + 1) as f64;
                match (places as usize).checked_sub(*undetermined) {
                    Some(place) if place >= 1 && place <= roots.len() => {
                        (roots[place - 1], roots[roots.len() - place])
                    }
                    Some(place) if place > roots.len() => (f64::INFINITY, f64::NEG_INFINITY),
                    _ => (f64::NEG_INFINITY, f64::INFINITY),
                }
            }
        }
    }

    /// The probability of values ≥ t, or ≤ t; of bootstrap samples the sample itself is one more.
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
                (held + undetermined + 1) as f64 / (roots.len() + undetermined + 1) as f64
            }
        }
    }
}

/// Distances from the estimate down and up to its limits at |t| standard errors.
fn distances(terms: &[Term], t: f64) -> (f64, f64) {
    let (below, above) = terms.iter().fold((0.0, 0.0), |(below, above), term| {
        let (down, up) = term.squares(t.abs());
        (below + down, above + up)
    });
    (below.sqrt(), above.sqrt())
}

impl Term {
    /// Squared contributions to the distances of the lower and of the upper limit. The largest of several may be as
    /// low as the lower limit of any that may be the largest, and as high as the highest upper limit.
    fn squares(&self, t: f64) -> (f64, f64) {
        let (down, up) = self.groups.iter().fold((0.0f64, 0.0f64), |(down, up), (gap, spread)| {
            let (below, above) = spread.distances(t);
            (down.max(gap + below), up.max(above - gap))
        });
        let (below, above) = match self.against {
            None => (down * down, up * up),
            Some((other, correlation)) => {
                let (other_down, other_up) = other.distances(t);
                (variance(down, other_up, correlation), variance(up, other_down, correlation))
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

impl Spread {
    fn distances(self, t: f64) -> (f64, f64) {
        match self {
            Spread::Errors(down, up) => (scaled(t, down, up), scaled(t, up, down)),
            Spread::Score(proportion) => proportion.distances(t),
        }
    }
}

/// Variance of a difference of correlated parts with errors `a` and `b`; infinite when either is.
pub(super) fn variance(a: f64, b: f64, correlation: f64) -> f64 {
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
