//! Whether a planned measurement can decide its claim: the standard error that it may have, known before there are data.

use super::Claim;
use crate::distribution::normal_quantile;

/// The probability with which a planned measurement must decide: in favour when the exponent is as claimed, against
/// when it is a rival.
pub const POWER: f64 = 0.9;

/// How far a rival exponent is from satisfying a claim; `None` when it does satisfy it, or when the claim is not about
/// one exponent.
pub fn distance(claim: &Claim, rival: f64) -> Option<f64> {
    let distance = match *claim {
        Claim::Equals { rate, margin } => (rival - rate).abs() - margin,
        Claim::AtLeast { rate } => rival - rate,
        Claim::SlowerThan { rate } => rate - rival,
        Claim::DiffersBy { .. } | Claim::StaysAbove { .. } => return None,
    };
    (distance > 0.0).then_some(distance)
}

/// The largest standard error of the slope with which the claim is decided as it should be, each with probability at
/// least [`POWER`], when its interval has this level and the estimate is normal:
///
/// - `Equals`: the interval lies inside the band when the exponent is exactly the claimed one;
/// - every claim: the interval lies wholly outside of it when a rival is true. A claim with one edge is only asked this:
///   when the exponent is exactly at its edge, no measurement decides.
///
/// `None` when no standard error does, because a rival satisfies the claim.
pub fn largest_error(claim: &Claim, rivals: &[f64], level: f64) -> Option<f64> {
    let reach = normal_quantile(0.5 * (1.0 - level));
    let favour = match *claim {
        Claim::Equals { margin, .. } => margin / (reach + normal_quantile(0.5 * (1.0 - POWER))),
        _ => f64::INFINITY,
    };
    rivals.iter().try_fold(favour, |least, rival| {
        let distance = distance(claim, *rival)?;
        Some(least.min(distance / (reach + normal_quantile(1.0 - POWER))))
    })
}

/// The standard error of a slope Σ_j c_j ln(statistic_j) of independent sizes, whose logarithms have the standard error
/// `spread` / √replications each.
pub fn standard_error(coefficients: &[f64], spread: f64, replications: u64) -> f64 {
    let squares: f64 = coefficients.iter().map(|c| c * c).sum();
    spread * (squares / replications as f64).sqrt()
}

/// The smallest number of replications with which [`standard_error`] is at most `largest`.
///
/// ```
/// use moe_core::rate::{Weights, coefficients};
/// use moe_core::verdict::Claim;
/// use moe_core::verdict::planned::{largest_error, replications, standard_error};
///
/// // How many replications tell n^(-1/2) from n^(-1/4) at these sizes, when logarithms of the losses spread by 1?
/// let c = coefficients(&[1000, 10_000, 100_000], &Weights::Equal);
/// let claim = Claim::Equals { rate: -0.5, margin: 0.1 };
/// let largest = largest_error(&claim, &[-0.25], 0.95).unwrap();
/// let needed = replications(&c, 1.0, largest);
/// assert!(standard_error(&c, 1.0, needed) <= largest && largest < standard_error(&c, 1.0, needed - 1));
/// ```
pub fn replications(coefficients: &[f64], spread: f64, largest: f64) -> u64 {
    let whole = standard_error(coefficients, spread, 1) / largest;
    (whole * whole).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::sample::testing::stream;

    const HALF: Claim = Claim::Equals { rate: -0.5, margin: 0.1 };

    #[test]
    fn rivals_are_what_does_not_satisfy_the_claim() {
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-15);
        close(distance(&HALF, -0.25), 0.15);
        close(distance(&HALF, -0.75), 0.15);
        assert_eq!(distance(&HALF, -0.45), None);
        close(distance(&Claim::AtLeast { rate: -0.5 }, -0.25), 0.25);
        assert_eq!(distance(&Claim::AtLeast { rate: -0.5 }, -0.75), None);
        close(distance(&Claim::SlowerThan { rate: -0.25 }, -0.5), 0.25);
        assert_eq!(distance(&Claim::SlowerThan { rate: -0.25 }, 0.0), None);
        assert_eq!(largest_error(&HALF, &[-0.25, -0.5], 0.9), None);
    }

    /// Two sizes a factor e apart have coefficients ∓1, so the standard error is spread·√(2/R).
    #[test]
    fn replications_follow_from_the_standard_error() {
        let coefficients = [-1.0, 1.0];
        assert!((standard_error(&coefficients, 0.7, 200) - 0.07).abs() < 1e-15);
        assert_eq!(replications(&coefficients, 0.7, 0.07), 200);
        assert_eq!(replications(&coefficients, 0.7, 0.0701), 200);
        assert_eq!(replications(&coefficients, 0.7, 0.0699), 201);
    }

    /// Share of verdicts over normal estimates about `truth` with the largest standard error that is allowed.
    fn share(claim: Claim, rivals: &[f64], truth: f64, wanted: Verdict) -> f64 {
        let (level, mut stream) = (0.9, stream(93));
        let error = largest_error(&claim, rivals, level).unwrap();
        let reach = normal_quantile(0.05) * error;
        let hits = (0..20_000).filter(|_| {
            let value = truth + error * stream.normal();
            claim.verdict(value - reach, value + reach) == wanted
        });
        hits.count() as f64 / 20_000.0
    }

    /// With the largest allowed error the binding condition is met with the declared probability, the other more often.
    #[test]
    fn the_declared_power_is_reached() {
        let error = 4.0 * (0.09f64 / 20_000.0).sqrt();
        let exact = |found: f64| assert!((found - POWER).abs() < error, "{found}");
        exact(share(HALF, &[-0.25], -0.5, Verdict::Agrees));
        assert!(share(HALF, &[-0.25], -0.25, Verdict::Disagrees) > POWER + error);
        exact(share(HALF, &[-0.39], -0.39, Verdict::Disagrees));
        exact(share(Claim::AtLeast { rate: -0.5 }, &[-0.25], -0.25, Verdict::Disagrees));
        exact(share(Claim::SlowerThan { rate: -0.25 }, &[-0.5, -1.0], -0.5, Verdict::Disagrees));
    }
}
