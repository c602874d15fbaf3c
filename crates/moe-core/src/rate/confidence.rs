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
    /// That of bootstrap samples; those without a value count at both ends.
    Resampled(Roots),
}

/// Studentised bootstrap samples, read in two ways of which the more cautious one holds: with either tail by itself
/// (which follows skewness), and by their size, as if the law were symmetric (Hall 1988; which few samples from heavy
/// tails mislead less).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Roots {
    /// The samples, ascending.
    signed: Vec<f64>,
    /// Their sizes, ascending.
    sizes: Vec<f64>,
    /// Samples without a value.
    undetermined: usize,
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
            Law::Resampled(roots) => roots.quantiles(p),
        }
    }

    /// The probability of values ≥ t, or ≤ t; of bootstrap samples the sample itself is one more.
    fn tail(&self, t: f64, below: bool) -> f64 {
        match self {
            _ if t.is_nan() => 1.0,
            Law::Student(df) => student_tail(if below { -t } else { t }, *df),
            Law::Resampled(roots) => roots.tail(t, below),
        }
    }
}

impl Roots {
    /// Of `count` samples those that have a value, in any order.
    pub(super) fn new(mut signed: Vec<f64>, count: usize) -> Self {
        signed.sort_unstable_by(f64::total_cmp);
        let mut sizes: Vec<f64> = signed.iter().map(|r| r.abs()).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        Self { undetermined: count - signed.len(), signed, sizes }
    }

    /// With each reading: the values below and above which the law has probability `p`. The lower and the higher.
    fn quantiles(&self, p: f64) -> (f64, f64) {
        let (lower, upper) = (self.place(&self.signed, p, false), self.place(&self.signed, p, true));
        let size = |p: f64| self.place(&self.sizes, p, true).max(0.0);
        let beyond = if p < 0.5 { size(2.0 * p) } else { -size(2.0 - 2.0 * p) };
        (lower.min(-beyond), upper.max(beyond))
    }

    /// The value of `ascending` that leaves probability `p` to its side; the sample itself is one more.
    fn place(&self, ascending: &[f64], p: f64, above: bool) -> f64 {
        let outside = if above { f64::INFINITY } else { f64::NEG_INFINITY };
        let places = (p * self.places()) as usize;
        match places.checked_sub(self.undetermined) {
            Some(place) if place > ascending.len() => -outside,
            Some(place) if place >= 1 => ascending[if above { ascending.len() - place } else { place - 1 }],
            _ => outside,
        }
    }

    /// With each reading: the probability of values ≥ t, or ≤ t. The larger.
    fn tail(&self, t: f64, below: bool) -> f64 {
        let held = |count: usize| (count + self.undetermined + 1) as f64 / self.places();
        let signed = if below {
            self.signed.partition_point(|r| *r <= t)
        } else {
            self.signed.len() - self.signed.partition_point(|r| *r < t)
        };
        let farther = 0.5 * held(self.sizes.len() - self.sizes.partition_point(|r| *r < t.abs()));
        let towards = if below { t < 0.0 } else { t > 0.0 };
        held(signed).max(if towards { farther } else { 1.0 - farther })
    }

    fn places(&self) -> f64 {
        (self.signed.len() + self.undetermined + 1) as f64
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a skew law the long tail holds on its side and the sizes on the other; limits and probabilities agree.
    #[test]
    fn samples_are_read_in_both_ways() {
        let skew: Vec<f64> =
            (0..999).map(|i| if i < 333 { -f64::from(i) } else { 10.0 * f64::from(i) }).collect();
        let roots = Roots::new(skew, 1009);
        let (from, to) = roots.quantiles(0.05);
        assert_eq!(to, 9590.0, "40 beyond, with the 10 without a value 50 of 1010: its own tail");
        assert_eq!(from, -9080.0, "the sizes beyond hold 91 + 10 of 1010; its own tail begins at -293");
        for (p, t) in [(0.05, to), (0.2, roots.quantiles(0.2).1), (0.6, roots.quantiles(0.6).1)] {
            assert!((roots.tail(t, false) - p).abs() < 2e-3, "{p}: {}", roots.tail(t, false));
        }
        assert!((roots.tail(from, true) - 0.05).abs() < 2e-3);
        assert_eq!(roots.tail(1e9, false), 11.0 / 1010.0);
        assert_eq!(roots.quantiles(0.005), (f64::NEG_INFINITY, f64::INFINITY));
    }

    /// The interval of a higher level holds that of a lower one.
    #[test]
    fn limits_are_nested() {
        let signed: Vec<f64> = (0..500).map(|i| f64::from(i % 37) - 12.0 + f64::from(i) * 1e-3).collect();
        let roots = Roots::new(signed, 500);
        let levels = (1..1000).map(|p| roots.quantiles(f64::from(p) / 1000.0));
        let nested = levels.clone().zip(levels.skip(1)).all(|(a, b)| a.0 <= b.0 && a.1 >= b.1);
        assert!(nested);
    }
}
