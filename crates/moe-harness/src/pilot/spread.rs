//! How much ln(statistic) varies per replication, from the few replications of a pilot.

use std::f64::consts::{PI, TAU};

use moe_core::content::Content;
use moe_core::distribution::normal_quantile;
use moe_core::numeric::{exp, ln};
use moe_core::rate::standard_error_of_log;
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose, Stream};

/// Half of the probability between the two quantiles that tell the density at a median; at other quantiles as much of
/// it as fits.
const WINDOW: f64 = 0.25;

/// Variance per replication of ln(statistic): that of its standard error times the square root of the replications.
/// Infinite where the pilot does not bound it, `None` where the statistic has no logarithm.
///
/// A quantile's is p (1 − p) / f², f the density of ln(value) there. The slope engine takes f from the order statistics
/// within some √n of the quantile's rank, which needs no shape and many replications. Of a pilot's few it is taken from
/// a wide window, with the curvature of a normal law over it divided out: exact where ln(value) is normal, and less
/// noisy everywhere.
pub(super) fn variance(values: &[f64], statistic: Statistic) -> Option<f64> {
    let (error, _) = standard_error_of_log(values, statistic, &mut nothing_drawn())?;
    let wide = match statistic {
        Statistic::Median => wide(values, 0.5),
        Statistic::Quantile(p) => wide(values, p),
        Statistic::Mean | Statistic::Exceeds(_) => None,
    };
    Some(wide.unwrap_or(error * error * values.len() as f64))
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

/// The variance from a wide window; `None` where it does not fit, or values there have no logarithm.
fn wide(values: &[f64], p: f64) -> Option<f64> {
    let reach = WINDOW.min(0.8 * p).min(0.8 * (1.0 - p));
    let log = |p: f64| {
        let value = Statistic::Quantile(p).evaluate(values)?;
        (value > 0.0 && value.is_finite()).then(|| ln(value))
    };
    let width = log(p + reach)? - log(p - reach)?;
    if reach <= 0.0 || width <= 0.0 {
        return None;
    }
    let z = |p: f64| normal_quantile(1.0 - p);
    // Of a standard normal, the density at the quantile times the width of the window.
    let centre = z(p);
    let of_normal = exp(-0.5 * centre * centre) / TAU.sqrt() * (z(p + reach) - z(p - reach));
    let density = of_normal / width;
    Some(p * (1.0 - p) / (density * density))
}

/// A stream for a function that draws nothing from it.
fn nothing_drawn() -> Stream {
    let content = Content::new("moe-rates pilot: nothing is drawn").finish();
    Address { seed: 0, purpose: Purpose::Bootstrap, content, size: 0, replication: 0 }.stream()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values whose logarithms are evenly spread normal quantiles of standard deviation 0.7.
    fn log_normal(n: usize) -> Vec<f64> {
        (0..n).map(|i| exp(0.7 * normal_quantile((i as f64 + 0.5) / n as f64))).collect()
    }

    #[test]
    fn log_normal_quantiles() {
        for (text, p) in [("median", 0.5), ("quantile(0.9)", 0.9), ("quantile(0.2)", 0.2)] {
            let z = normal_quantile(1.0 - p);
            let density = exp(-0.5 * z * z) / TAU.sqrt() / 0.7;
            let expected = p * (1.0 - p) / (density * density);
            let found = variance(&log_normal(1000), text.parse().unwrap()).unwrap();
            assert!((found / expected - 1.0).abs() < 0.03, "{text}: {found}, {expected}");
        }
    }

    #[test]
    fn what_has_no_logarithm_is_not_made_up() {
        let mut values = log_normal(40);
        assert!(variance(&values, Statistic::Mean).unwrap().is_finite());
        assert_eq!(variance(&values, Statistic::Exceeds(1e6)), Some(f64::INFINITY));
        assert_eq!(variance(&[0.0; 40], Statistic::Median), None);
        values[..12].fill(f64::INFINITY);
        assert_eq!(variance(&values, Statistic::Mean), None);
        assert!(variance(&values, Statistic::Median).unwrap() > 0.0);
    }
}
