//! Statistical tests with a declared false-alarm rate, on fixed streams: they pass or fail for good.

use crate::content::Content;
use crate::numeric;
use crate::stream::{Address, Purpose, Stream};

/// Probability with which a single check would reject a correct sampler, were its stream drawn anew.
pub(crate) const FALSE_ALARM: f64 = 1e-6;

/// Standard normal quantile of 1 − 10⁻⁶.
const ONE_SIDED: f64 = 4.753_424;

/// Standard normal quantile of 1 − 10⁻⁶ / 2.
const TWO_SIDED: f64 = 4.891_638;

/// A stream of its own for test number `index`.
pub(crate) fn stream(index: u64) -> Stream {
    let content = Content::new("statistical tests").finish();
    Address { seed: 20, purpose: Purpose::Data, content, size: 0, replication: index }.stream()
}

/// Pearson's statistic of counts against probabilities, cells merged in order until each expects at least
/// 10, and the bound that it exceeds with probability `false_alarm` (Wilson and Hilferty 1931).
pub(crate) fn chi_square(counts: &[u64], probabilities: &[f64], false_alarm: f64) -> (f64, f64) {
    assert_eq!(false_alarm, FALSE_ALARM, "the normal quantile is that of the declared rate");
    let total: u64 = counts.iter().sum();
    let mut cells: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    for (count, p) in counts.iter().zip(probabilities) {
        if cells.last().is_some_and(|(_, expected)| *expected >= 10.0) {
            cells.push((0.0, 0.0));
        }
        let cell = cells.last_mut().unwrap();
        cell.0 += *count as f64;
        cell.1 += p * total as f64;
    }
    if cells.last().unwrap().1 < 10.0 && cells.len() > 1 {
        let (count, expected) = cells.pop().unwrap();
        let cell = cells.last_mut().unwrap();
        cell.0 += count;
        cell.1 += expected;
    }
    assert!(cells.len() > 1, "a chi-square test needs two cells");
    let statistic = cells.iter().map(|(c, e)| (c - e) * (c - e) / e).sum();
    let dof = (cells.len() - 1) as f64;
    let scale = 2.0 / (9.0 * dof);
    (statistic, dof * numeric::power(1.0 - scale + ONE_SIDED * scale.sqrt(), 3))
}

/// Asserts that independent values have the expected mean, at the false-alarm rate [`FALSE_ALARM`].
pub(crate) fn check_mean(values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let z = (mean - expected) / (variance / n).sqrt();
    assert!(z.abs() < TWO_SIDED, "mean {mean} instead of {expected}: {z} standard errors");
}

mod tests {
    use super::*;

    #[test]
    fn a_wrong_law_is_found() {
        let mut stream = stream(0);
        let mut counts = [0; 4];
        for _ in 0..20_000 {
            counts[stream.below(4) as usize] += 1;
        }
        let (right, bound) = chi_square(&counts, &[0.25; 4], FALSE_ALARM);
        let (wrong, _) = chi_square(&counts, &[0.25, 0.25, 0.23, 0.27], FALSE_ALARM);
        assert!(right < bound && wrong > bound, "{right}, {wrong}, bound {bound}");
    }
}
