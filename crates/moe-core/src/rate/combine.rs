//! From noise at each size to the confidence distribution of a linear function of log statistics.

use super::confidence::{Confidence, Law, Roots, Spread, Term};
use super::noise::{Estimate, Noise};

/// Standard errors of a difference within which a group may still be the worst one.
const PLAUSIBLE: f64 = 3.0;

/// The estimates of the groups at one size.
pub(super) type Groups = Vec<Estimate>;

/// The largest of the groups' logarithms.
pub(super) fn worst(groups: &Groups) -> &Estimate {
    groups.iter().skip(1).fold(&groups[0], |best, e| if e.log > best.log { e } else { best })
}

/// Σ_j c_j · (largest log statistic at size j), with its confidence distribution. Sizes with c_j = 0 have no part;
/// sizes are independent.
///
/// Where several groups may be the worst one at a size, its lower limit is that of the lowest of them: the largest
/// of noisy values is too large, by no more than that.
pub(super) fn combine(coefficients: &[f64], sizes: &[&Groups]) -> Confidence {
    let pairs = coefficients.iter().zip(sizes).filter(|(c, _)| **c != 0.0);
    let parts: Vec<Part<'_>> = pairs.map(|(c, groups)| Part::new(*c, groups)).collect();
    let estimate = parts.iter().fold(0.0, |sum, part| part.coefficient.mul_add(part.worst.log, sum));
    let law = roots(&parts).unwrap_or_else(|| Law::Student(degrees_of_freedom(&parts)));
    let single = parts.iter().all(|p| p.plausible.len() == 1);
    if single && !parts.iter().any(|p| matches!(p.worst.noise, Noise::Proportion(_))) {
        let (down, up) = parts.iter().map(Part::variances).fold((0.0, 0.0), |s, v| (s.0 + v.0, s.1 + v.1));
        return Confidence::Studentised { estimate, down: down.sqrt(), up: up.sqrt(), law };
    }
    Confidence::Combined { estimate, terms: parts.iter().map(Part::term).collect(), law }
}

/// Degrees of freedom of the sum of the parts' variances (Satterthwaite 1946), by the side of each that is finite.
fn degrees_of_freedom(parts: &[Part<'_>]) -> f64 {
    let finite = parts.iter().filter_map(|p| {
        let (down, up) = p.variances();
        let variance = down.min(up);
        variance
            .is_finite()
            .then(|| (variance, p.plausible.iter().map(|e| e.df()).fold(f64::INFINITY, f64::min)))
    });
    satterthwaite(finite)
}

/// Degrees of freedom of a sum of independent variances, given each with its own; the fewest of them where all
/// variances are 0.
pub(super) fn satterthwaite(variances: impl Iterator<Item = (f64, f64)>) -> f64 {
    let start = (0.0, 0.0, f64::INFINITY);
    let (total, squares, fewest) = variances.fold(start, |(total, squares, fewest), (variance, df)| {
        (total + variance, squares + variance * variance / df, df.min(fewest))
    });
    if total > 0.0 && squares > 0.0 { total * total / squares } else { fewest }
}

/// The law of (estimate − truth)/error from bootstrap samples, for means.
fn roots(parts: &[Part<'_>]) -> Option<Law> {
    let samples: Option<Vec<_>> = parts
        .iter()
        .map(|p| match &p.worst.noise {
            Noise::Mean { resamples, .. } => Some((p.coefficient, resamples)),
            _ => None,
        })
        .collect();
    let samples = samples?;
    let count = samples.first().map_or(0, |(_, r)| r.len());
    let moves = (0..count).map(|r| {
        samples.iter().fold((0.0, 0.0), |(shift, variance), (c, resamples)| {
            let (deviation, error) = resamples[r];
            (c.mul_add(deviation, shift), (c * error).mul_add(c * error, variance))
        })
    });
    Some(Law::resampled(moves))
}

impl Law {
    /// The law of bootstrap samples, given as (deviation, variance).
    pub(super) fn resampled(samples: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut count = 0;
        let roots: Vec<f64> = samples
            .inspect(|_| count += 1)
            .map(|(shift, variance)| if shift == 0.0 { 0.0 } else { shift / variance.sqrt() })
            .filter(|root| !root.is_nan())
            .collect();
        Law::Resampled(Roots::new(roots, count))
    }
}

/// How far down and up an estimate may be off at [`PLAUSIBLE`] standard errors.
fn reach(estimate: &Estimate) -> (f64, f64) {
    match &estimate.noise {
        Noise::Proportion(proportion) => proportion.distances(PLAUSIBLE),
        _ => (PLAUSIBLE * estimate.spread().0, PLAUSIBLE * estimate.spread().1),
    }
}

/// The groups, of those that may be the largest, that noise leaves without a bound, each with whether below, and above.
pub(super) fn unbounded(groups: &Groups) -> Vec<(usize, (bool, bool))> {
    let plausible = Part::new(1.0, groups).plausible;
    let of_group = |(index, estimate): (usize, &Estimate)| {
        let (down, up) = reach(estimate);
        let may = plausible.iter().any(|e| std::ptr::eq(*e, estimate));
        (may && (down.is_infinite() || up.is_infinite()))
            .then_some((index, (down.is_infinite(), up.is_infinite())))
    };
    groups.iter().enumerate().filter_map(of_group).collect()
}

/// One size's part in the sum.
struct Part<'a> {
    coefficient: f64,
    worst: &'a Estimate,
    /// The groups that may be the worst one.
    plausible: Vec<&'a Estimate>,
}

impl<'a> Part<'a> {
    fn new(coefficient: f64, groups: &'a Groups) -> Self {
        let worst = worst(groups);
        let down = reach(worst).0;
        let plausible = groups.iter().filter(|e| {
            let up = reach(e).1;
            std::ptr::eq(*e, worst) || worst.log - e.log <= down.mul_add(down, up * up).sqrt()
        });
        Self { coefficient, worst, plausible: plausible.collect() }
    }

    /// Variances of the part downwards and upwards, by the widest group.
    fn variances(&self) -> (f64, f64) {
        let largest = |side: fn(&Estimate) -> f64| self.plausible.iter().map(|e| side(e)).fold(0.0, f64::max);
        let (down, up) = (largest(|e| e.spread().0), largest(|e| e.spread().1));
        let (down, up) = if self.coefficient > 0.0 { (down, up) } else { (up, down) };
        let square = self.coefficient * self.coefficient;
        (square * down * down, square * up * up)
    }

    fn term(&self) -> Term {
        let groups = self.plausible.iter().map(|e| {
            let spread = match e.noise {
                Noise::Proportion(proportion) => Spread::Score(proportion),
                _ => Spread::Errors(e.spread().0, e.spread().1),
            };
            (self.worst.log - e.log, spread)
        });
        Term { coefficient: self.coefficient, groups: groups.collect(), against: None }
    }
}
