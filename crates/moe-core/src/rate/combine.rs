//! From noise at each size to the confidence distribution of a linear function of log statistics.

use super::confidence::{Confidence, Law, Term};
use super::noise::{Estimate, Noise};

/// Standard errors of a difference within which a group may still be the worst one.
const PLAUSIBLE: f64 = 3.0;

/// The estimates of the groups at one size.
pub(super) type Groups = Vec<Estimate>;

/// The largest of the groups' logarithms.
pub(super) fn worst(groups: &Groups) -> &Estimate {
    groups.iter().skip(1).fold(&groups[0], |best, e| if e.log > best.log { e } else { best })
}

/// Σ_j c_j · (largest log statistic at size j), with its confidence distribution. Sizes with c_j = 0 have no part.
///
/// Where several groups may be the worst one at a size, the truth is the same sum over *some* choice among them; the
/// limits are those of all choices together (and so conservative where groups are close).
pub(super) fn combine(coefficients: &[f64], sizes: &[&Groups]) -> Confidence {
    let parts: Vec<Part<'_>> = coefficients
        .iter()
        .zip(sizes)
        .filter(|(c, _)| **c != 0.0)
        .map(|(c, groups)| Part::new(*c, groups))
        .collect();
    let low = parts.iter().map(|p| p.range().0).sum();
    let high = parts.iter().map(|p| p.range().1).sum();
    if parts.iter().all(|p| matches!(p.worst.noise, Noise::Proportion(_))) {
        return Confidence::Score { low, high, terms: parts.iter().map(Part::term).collect() };
    }
    let (mut down, mut up, mut squares) = (0.0, 0.0, 0.0);
    for part in &parts {
        let (below, above, df) = part.variances();
        down += below;
        up += above;
        let finite = if below.is_finite() { below } else { above };
        squares += if finite.is_finite() { finite * finite / df } else { 0.0 };
    }
    let law = match roots(&parts) {
        Some(law) => law,
        None => Law::Student(satterthwaite(if down.is_finite() { down } else { up }, squares, &parts)),
    };
    Confidence::Studentised { low, high, down: down.sqrt(), up: up.sqrt(), law }
}

/// Degrees of freedom of a sum of variances (Satterthwaite 1946).
fn satterthwaite(total: f64, squares: f64, parts: &[Part<'_>]) -> f64 {
    if total > 0.0 && total.is_finite() && squares > 0.0 {
        total * total / squares
    } else {
        parts.iter().map(|p| p.worst.df()).fold(f64::INFINITY, f64::min)
    }
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
    let mut roots: Vec<f64> = (0..count)
        .map(|r| {
            let (shift, variance) = samples.iter().fold((0.0, 0.0), |(shift, variance), (c, resamples)| {
                let (deviation, error) = resamples[r];
                (c.mul_add(deviation, shift), (c * error).mul_add(c * error, variance))
            });
            if shift == 0.0 { 0.0 } else { shift / variance.sqrt() }
        })
        .filter(|root| !root.is_nan())
        .collect();
    roots.sort_unstable_by(f64::total_cmp);
    Some(Law::Resampled { undetermined: count - roots.len(), roots })
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
        let plausible = groups.iter().filter(|e| {
            let error = e.spread().1.max(e.spread().0).min(f64::MAX);
            let (down, up) = worst.spread();
            let error = error.mul_add(error, down.max(up) * down.max(up)).sqrt();
            e.log > f64::NEG_INFINITY && worst.log - e.log <= PLAUSIBLE * error
        });
        Self { coefficient, worst, plausible: plausible.collect() }
    }

    fn range(&self) -> (f64, f64) {
        let terms = || self.plausible.iter().map(|e| self.coefficient * e.log);
        (terms().fold(f64::INFINITY, f64::min), terms().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Variances of the part downwards and upwards, and their degrees of freedom.
    fn variances(&self) -> (f64, f64, f64) {
        let c = self.coefficient;
        let largest = |side: fn(&Estimate) -> f64| self.plausible.iter().map(|e| side(e)).fold(0.0, f64::max);
        let (down, up) = (largest(|e| e.spread().0), largest(|e| e.spread().1));
        let (down, up) = if c > 0.0 { (down, up) } else { (up, down) };
        let df = self.plausible.iter().map(|e| e.df()).fold(f64::INFINITY, f64::min);
        (c * c * down * down, c * c * up * up, df)
    }

    fn term(&self) -> Term {
        let proportion = |e: &&Estimate| match e.noise {
            Noise::Proportion(proportion) => Some(proportion),
            _ => None,
        };
        let plausible = self.plausible.iter().filter_map(proportion).collect();
        Term { coefficient: self.coefficient, plausible, against: None }
    }
}
