//! How much ln(statistic) varies per replication, from the few replications of a pilot.

use std::f64::consts::PI;

use moe_core::content::Content;
use moe_core::rate::standard_error_of_log;
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose, Stream};

/// Variance per replication of ln(statistic): that of its standard error times the square root of the replications.
/// Infinite where the pilot does not bound it, `None` where the statistic has no logarithm.
///
/// It is what the slope engine will find. Of a quantile that depends on how many replications it will have, since the
/// density there is smoothed over some of their ranks: of a pilot with more of them as many are made, evenly spaced in
/// rank.
pub(super) fn variance(values: &[f64], statistic: Statistic, replications: u64) -> Option<f64> {
    let smoothed = matches!(statistic, Statistic::Median | Statistic::Quantile(_));
    let few = usize::try_from(replications).ok().filter(|n| smoothed && *n < values.len());
    let thinned = few.map(|n| thinned(values, n));
    let sample = thinned.as_deref().unwrap_or(values);
    let (error, _) = standard_error_of_log(sample, statistic, &mut nothing_drawn())?;
    Some(error * error * sample.len() as f64)
}

/// `n` values whose ranks are evenly spaced among those of `values`, between which they are interpolated.
fn thinned(values: &[f64], n: usize) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |i: usize| {
        let place = (i as f64 + 0.5) * sorted.len() as f64 / n as f64 - 0.5;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        if below == above { below } else { (above - below).mul_add(place.fract(), below) }
    };
    (0..n).map(at).collect()
}

/// Degrees of freedom with which the slope engine will know a standard error from so many replications.
pub(super) fn degrees_of_freedom(statistic: Statistic, replications: u64) -> f64 {
    let n = replications as f64;
    match statistic {
        Statistic::Median => (PI * 0.25 * n).sqrt(),
        Statistic::Quantile(p) => (PI * p * (1.0 - p) * n).sqrt(),
        Statistic::Mean | Statistic::Exceeds(_) => f64::INFINITY,
    }
}

/// A stream for a function that draws nothing from it.
fn nothing_drawn() -> Stream {
    let content = Content::new("moe-rates pilot: nothing is drawn").finish();
    Address { seed: 0, purpose: Purpose::Bootstrap, content, size: 0, replication: 0 }.stream()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use moe_core::distribution::normal_quantile;
    use moe_core::numeric::exp;

    use super::*;

    /// Values whose logarithms are evenly spread normal quantiles of standard deviation 0.7.
    fn log_normal(n: usize) -> Vec<f64> {
        (0..n).map(|i| exp(-0.7 * normal_quantile((i as f64 + 0.5) / n as f64))).collect()
    }

    #[test]
    fn log_normal_quantiles() {
        for (text, p) in [("median", 0.5), ("quantile(0.9)", 0.9), ("quantile(0.2)", 0.2)] {
            let z = normal_quantile(1.0 - p);
            let density = exp(-0.5 * z * z) / TAU.sqrt() / 0.7;
            let expected = p * (1.0 - p) / (density * density);
            let found = variance(&log_normal(1000), text.parse().unwrap(), 1000).unwrap();
            assert!((found / expected - 1.0).abs() < 0.1, "{text}: {found}, {expected}");
        }
    }

    #[test]
    fn as_many_replications_as_there_will_be() {
        let (many, few) = (log_normal(300), log_normal(30));
        assert_eq!(thinned(&few, 30), few);
        let made = thinned(&many, 30);
        assert!(made.iter().zip(&few).all(|(a, b)| (a / b - 1.0).abs() < 0.02), "{made:?}");
        let foretold = variance(&many, Statistic::Median, 30).unwrap();
        assert!((foretold / variance(&few, Statistic::Median, 30).unwrap() - 1.0).abs() < 0.02);
        let mean = |replications| variance(&many, Statistic::Mean, replications).unwrap();
        assert_eq!(mean(30), mean(300));
        let infinite = [1.0, 2.0, 3.0, f64::INFINITY, f64::INFINITY, f64::INFINITY];
        assert_eq!(thinned(&infinite, 3), [1.5, f64::INFINITY, f64::INFINITY]);
    }

    #[test]
    fn what_has_no_logarithm_is_not_made_up() {
        let mut values = log_normal(40);
        assert!(variance(&values, Statistic::Mean, 40).unwrap().is_finite());
        assert_eq!(variance(&values, Statistic::Exceeds(1e6), 40), Some(f64::INFINITY));
        assert_eq!(variance(&[0.0; 40], Statistic::Median, 40), None);
        values[..12].fill(f64::INFINITY);
        assert_eq!(variance(&values, Statistic::Mean, 40), None);
        assert!(variance(&values, Statistic::Median, 20).unwrap() > 0.0);
    }
}
