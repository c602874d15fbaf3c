//! Whether a straight line fits: a test that knows the replication noise at each size.

use super::combine::{Groups, worst};
use super::noise::Noise;
use crate::distribution::f_tail;
use crate::numeric;

/// A test of the hypothesis that ln(statistic) is linear in ln(n) over the sizes of a series.
///
/// The weighted sum of squared residuals, each over its noise variance, is compared with its law under a straight
/// line: for means that of bootstrap samples; for the others an F law that allows for variances which are themselves
/// estimates (Johansen 1980; of two means it is Welch's). The line is the one that fits best in this metric, not that
/// of the slope: estimated variances may weigh in a test, not in an estimate.
///
/// A large p-value is no proof of a straight line, and a small one does not move the slope, which is a projection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LackOfFit {
    /// Sum of squared residuals over noise variances.
    pub statistic: f64,
    /// Sizes less 2.
    pub degrees: usize,
    /// Probability of such a sum, or a larger one, under a straight line.
    pub p_value: f64,
}

/// One size: its place, its log statistic, and the variance of that.
#[derive(Clone, Copy)]
struct Response {
    x: f64,
    y: f64,
    variance: f64,
}

/// The test; `None` with fewer than three sizes whose noise is finite and not 0.
pub(super) fn test(sizes: &[u64], estimates: &[Groups]) -> Option<LackOfFit> {
    let all = sizes.iter().zip(estimates).map(|(n, groups)| {
        let estimate = worst(groups);
        let error = estimate.spread().0.max(estimate.spread().1);
        (Response { x: numeric::ln(*n as f64), y: estimate.log, variance: error * error }, estimate)
    });
    let used: Vec<_> = all.filter(|(r, _)| r.variance.is_finite()).collect();
    if used.len() < 3 || used.iter().any(|(r, _)| r.variance == 0.0) {
        return None;
    }
    let responses: Vec<Response> = used.iter().map(|(r, _)| *r).collect();
    let (statistic, leverages) = residuals(&responses);
    let degrees = responses.len() - 2;
    let samples: Option<Vec<_>> = used
        .iter()
        .map(|(_, estimate)| match &estimate.noise {
            Noise::Mean { resamples, .. } => Some(resamples),
            _ => None,
        })
        .collect();
    let p_value = match samples {
        Some(samples) => resampled(statistic, &responses, &samples),
        None => {
            let dfs = used.iter().map(|(_, estimate)| estimate.df());
            let doubt: f64 = leverages.iter().zip(dfs).map(|(h, df)| (1.0 - h) * (1.0 - h) / df).sum();
            let q = degrees as f64;
            let scale = q + 2.0 * doubt - 6.0 * doubt / (q + 2.0);
            f_tail(statistic / scale, q, q * (q + 2.0) / (3.0 * doubt))
        }
    };
    Some(LackOfFit { statistic, degrees, p_value })
}

/// The share of bootstrap samples whose sum is as large, with the sample itself as one more.
fn resampled(statistic: f64, responses: &[Response], samples: &[&Vec<(f64, f64)>]) -> f64 {
    let count = samples.first().map_or(0, |s| s.len());
    let larger = (0..count).filter(|r| {
        let moved = responses.iter().zip(samples).map(|(response, sample)| {
            let (deviation, error) = sample[*r];
            Response { y: deviation, variance: error * error, ..*response }
        });
        let found = residuals(&moved.collect::<Vec<_>>()).0;
        // Samples whose sum is not a number speak for neither side; they count as larger.
        found.is_nan() || found >= statistic
    });
    (larger.count() + 1) as f64 / (count + 1) as f64
}

/// The weighted sum of squared residuals about the best line, and the leverage of each response.
fn residuals(responses: &[Response]) -> (f64, Vec<f64>) {
    let sum = |f: &dyn Fn(&Response) -> f64| responses.iter().map(|r| f(r) / r.variance).sum::<f64>();
    let total = sum(&|_| 1.0);
    let (x, y) = (sum(&|r| r.x) / total, sum(&|r| r.y) / total);
    let spread = sum(&|r| (r.x - x) * (r.x - x));
    let slope = sum(&|r| (r.x - x) * (r.y - y)) / spread;
    let square = |r: &Response| {
        let residual = r.y - y - slope * (r.x - x);
        residual * residual
    };
    let leverage = |r: &Response| (1.0 / total + (r.x - x) * (r.x - x) / spread) / r.variance;
    (sum(&square), responses.iter().map(leverage).collect())
}
