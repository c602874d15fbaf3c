//! Whether a statistic stays above a bound at every size: simultaneous bounds, exact where the statistic is a count.

use super::{Judgement, Verdict, binomial};
use crate::distribution::{student_quantile, student_tail};
use crate::numeric;
use crate::statistic::Statistic;

/// The statistic at one size with its simultaneous bounds; of several cells, the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Sample size n.
    pub size: u64,
    /// The statistic.
    pub estimate: f64,
    /// What it is above at all sizes together, with confidence (1 + level)/2.
    pub lower: f64,
    /// What it is below at all sizes together, with confidence (1 + level)/2.
    pub upper: f64,
    /// p-value of "it is at most the bound" at this size alone.
    above: f64,
    /// p-value of "it is at least the bound" at this size alone.
    below: f64,
}

/// The statistic at each size with bounds that hold at all sizes together (Bonferroni), each side with confidence
/// (1 + level)/2. `cells` holds for each cell its replications at each size; a group of several cells has the largest of
/// their statistics, its lower bound paying for the choice among them. `None` when a cell has no replication at a size
/// or one is not a number.
///
/// Proportions have exact binomial bounds (Clopper and Pearson 1934), quantiles the order statistics that the same
/// argument gives: that a quantile is above c is a statement on the proportion of values above c. A mean has the bounds
/// of Student's t of its logarithm, which suppose a finite variance; infinite values leave it open.
///
/// ```
/// use moe_core::statistic::Statistic;
/// use moe_core::verdict::Verdict;
/// use moe_core::verdict::floor::{bands, judge};
///
/// // Fifty losses between 1 and 2 at each of two sizes: does the median stay above a half?
/// let losses: Vec<f64> = (0..50).map(|r| 1.0 + f64::from(r) / 50.0).collect();
/// let cells = [vec![losses.clone(), losses]];
/// let bands = bands(0.5, Statistic::Median, &[1000, 10_000], &cells, 0.95).unwrap();
/// assert!(bands.iter().all(|band| 0.5 < band.lower && band.lower < band.estimate));
/// assert_eq!(judge(0.5, &bands, 0.95).verdict, Verdict::Agrees);
/// ```
pub fn bands(
    bound: f64,
    statistic: Statistic,
    sizes: &[u64],
    cells: &[Vec<Vec<f64>>],
    level: f64,
) -> Option<Vec<Band>> {
    let error = 0.5 * (1.0 - level) / sizes.len() as f64;
    let group = cells.len() as f64;
    let band = |(j, size): (usize, &u64)| {
        let mut worst = Band {
            size: *size,
            estimate: f64::NEG_INFINITY,
            lower: f64::NEG_INFINITY,
            upper: f64::NEG_INFINITY,
            above: 1.0,
            below: 0.0,
        };
        for cell in cells {
            let sorted = crate::statistic::sorted(cell.get(j)?)?;
            let (above, below) = tails(bound, statistic, &sorted);
            worst.estimate = worst.estimate.max(statistic.evaluate_sorted(&sorted));
            worst.lower = worst.lower.max(limits(statistic, &sorted, error / group).0);
            worst.upper = worst.upper.max(limits(statistic, &sorted, error).1);
            worst.above = worst.above.min((group * above).min(1.0));
            worst.below = worst.below.max(below);
        }
        Some(worst)
    };
    sizes.iter().enumerate().map(band).collect()
}

/// Judges "stays above `bound`" by the bands of all sizes, at least one.
pub fn judge(bound: f64, bands: &[Band], level: f64) -> Judgement {
    let error = 0.5 * (1.0 - level);
    let all = |p: f64| (bands.len() as f64 * p).min(1.0);
    let agreement = all(bands.iter().map(|b| b.above).fold(0.0, f64::max));
    let disagreement = all(bands.iter().map(|b| b.below).fold(1.0, f64::min));
    let verdict = if agreement <= error {
        Verdict::Agrees
    } else if disagreement <= error {
        Verdict::Disagrees
    } else {
        Verdict::Undecided
    };
    let Some(at) = decisive(bands) else { return Judgement::undecided("there is no size to judge") };
    let relation = match verdict {
        Verdict::Agrees => format!("there, as everywhere, it is above {bound}"),
        Verdict::Disagrees => format!("there it is below {bound}"),
        Verdict::Undecided => format!("that decides nothing about {bound}"),
    };
    let reason = format!(
        "at n = {} it is {:.4} with simultaneous bounds [{:.4}, {:.4}]: {relation}",
        at.size, at.estimate, at.lower, at.upper
    );
    Judgement { verdict, reason, agreement, disagreement }
}

/// The size that speaks most against staying above.
pub fn decisive(bands: &[Band]) -> Option<&Band> {
    bands.iter().min_by(|a, b| {
        a.below.total_cmp(&b.below).then(b.above.total_cmp(&a.above)).then(a.estimate.total_cmp(&b.estimate))
    })
}

/// p-values of "the statistic is at most `bound`" and of "it is at least `bound`".
fn tails(bound: f64, statistic: Statistic, sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len() as u64;
    let above = n - sorted.partition_point(|v| *v <= bound) as u64;
    let not_below = n - sorted.partition_point(|v| *v < bound) as u64;
    match statistic {
        Statistic::Exceeds(threshold) => {
            let far = n - sorted.partition_point(|v| *v <= threshold) as u64;
            (binomial::at_least(far, n, bound), binomial::at_most(far, n, bound))
        }
        Statistic::Median => (binomial::at_least(above, n, 0.5), binomial::at_most(not_below, n, 0.5)),
        Statistic::Quantile(p) => {
            (binomial::at_least(above, n, 1.0 - p), binomial::at_most(not_below, n, 1.0 - p))
        }
        Statistic::Mean => match log_mean(sorted) {
            None => (1.0, 1.0),
            Some((log, error, df)) => {
                let t = (log - numeric::ln(bound)) / error;
                (student_tail(t, df), student_tail(-t, df))
            }
        },
    }
}

/// Bounds of the statistic at one size, each passed with probability at most `error`.
fn limits(statistic: Statistic, sorted: &[f64], error: f64) -> (f64, f64) {
    let n = sorted.len() as u64;
    let quantile = |above: f64| {
        // Just below the value of rank i there are n − i values above; just above it, n − i − 1.
        let lower = (0..sorted.len()).rev().find(|i| binomial::at_least(n - *i as u64, n, above) <= error);
        let upper = (0..sorted.len()).find(|i| binomial::at_most(n - 1 - *i as u64, n, above) <= error);
        (lower.map_or(f64::NEG_INFINITY, |i| sorted[i]), upper.map_or(f64::INFINITY, |i| sorted[i]))
    };
    match statistic {
        Statistic::Exceeds(threshold) => {
            let far = n - sorted.partition_point(|v| *v <= threshold) as u64;
            binomial::bounds(far, n, error)
        }
        Statistic::Median => quantile(0.5),
        Statistic::Quantile(p) => quantile(1.0 - p),
        Statistic::Mean => match log_mean(sorted) {
            None => (f64::NEG_INFINITY, f64::INFINITY),
            Some((log, se, df)) => {
                let t = student_quantile(error, df);
                (numeric::exp(log - t * se), numeric::exp(log + t * se))
            }
        },
    }
}

/// The logarithm of a mean, its standard error to first order, and the degrees of freedom; `None` where there is none.
fn log_mean(sorted: &[f64]) -> Option<(f64, f64, f64)> {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let variance = sorted.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt() / mean;
    (mean > 0.0 && error.is_finite() && error > 0.0).then(|| (numeric::ln(mean), error, n - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::stream;

    const SIZES: [u64; 3] = [100, 1_000, 10_000];

    /// Of 40 replications these many at each size are 2, the others 0.
    fn counts(far: [usize; 3]) -> Vec<Vec<f64>> {
        far.map(|k| [vec![2.0; k], vec![0.0; 40 - k]].concat()).to_vec()
    }

    #[track_caller]
    fn verdict(statistic: Statistic, bound: f64, cells: &[Vec<Vec<f64>>]) -> Judgement {
        judge(bound, &bands(bound, statistic, &SIZES, cells, 0.9).unwrap(), 0.9)
    }

    #[test]
    fn a_proportion_must_be_above_at_every_size() {
        let far = Statistic::Exceeds(1.0);
        assert_eq!(verdict(far, 0.25, &[counts([30, 25, 22])]).verdict, Verdict::Agrees);
        assert_eq!(verdict(far, 0.25, &[counts([30, 25, 12])]).verdict, Verdict::Undecided);
        let gone = verdict(far, 0.25, &[counts([30, 25, 1])]);
        assert_eq!(gone.verdict, Verdict::Disagrees);
        assert!(gone.reason.contains("n = 10000") && gone.reason.contains("below 0.25"), "{}", gone.reason);
    }

    /// Three sizes: the p-value of one size counts three times. At the last, P(Bin(40, 1/4) ≤ 1) = 0.75^40 + 10·0.75^39.
    #[test]
    fn p_values_pay_for_the_number_of_sizes() {
        let judged = verdict(Statistic::Exceeds(1.0), 0.25, &[counts([30, 25, 1])]);
        let expected = 3.0 * (numeric::power(0.75, 40) + 10.0 * numeric::power(0.75, 39));
        assert!((judged.disagreement - expected).abs() < 1e-12, "{}", judged.disagreement);
        assert_eq!(judged.agreement, 1.0);
    }

    #[test]
    fn a_group_has_the_largest_of_its_cells() {
        let (low, high) = (counts([1, 1, 1]), counts([30, 25, 22]));
        let far = Statistic::Exceeds(1.0);
        assert_eq!(verdict(far, 0.25, &[low.clone(), high.clone()]).verdict, Verdict::Agrees);
        assert_eq!(verdict(far, 0.25, &[low.clone(), low.clone()]).verdict, Verdict::Disagrees);
        let group = bands(0.25, far, &SIZES, &[low, high.clone()], 0.9).unwrap();
        let alone = bands(0.25, far, &SIZES, &[high], 0.9).unwrap();
        for (group, alone) in group.iter().zip(&alone) {
            assert_eq!((group.estimate, group.upper), (alone.estimate, alone.upper));
            assert!(group.lower < alone.lower, "the choice between two cells is paid for");
        }
    }

    /// Bounds and verdicts are two sides of one test: a bound just inside is not rejected, just outside it is.
    #[test]
    fn bounds_invert_the_tests() {
        let mut stream = stream(91);
        let values: Vec<f64> = (0..60).map(|_| numeric::exp(stream.normal())).collect();
        let cell = vec![values.clone(), values.clone(), values];
        for text in ["median", "mean", "quantile(0.8)", "exceeds(1)"] {
            let statistic: Statistic = text.parse().unwrap();
            let band = bands(0.5, statistic, &SIZES, std::slice::from_ref(&cell), 0.9).unwrap()[0];
            assert!(band.lower < band.estimate && band.estimate < band.upper, "{text}: {band:?}");
            for (bound, expected) in [
                (band.lower * 0.999, Verdict::Agrees),
                (band.lower * 1.001, Verdict::Undecided),
                (band.upper * 0.999, Verdict::Undecided),
                (band.upper * 1.001, Verdict::Disagrees),
            ] {
                let found = verdict(statistic, bound, std::slice::from_ref(&cell)).verdict;
                assert_eq!(found, expected, "{text} at {bound}: {band:?}");
            }
        }
    }

    /// With the true value as the bound, either verdict is an error; each comes at most as often as declared.
    #[test]
    fn errors_are_at_most_those_declared() {
        let mut stream = stream(92);
        let repeats = 2_000;
        for (text, bound) in [("exceeds(1)", 0.5), ("median", 1.0), ("quantile(0.8)", 2.320_092)] {
            let statistic: Statistic = text.parse().unwrap();
            let mut wrong = [0; 2];
            for _ in 0..repeats {
                let draw = |stream: &mut crate::stream::Stream| -> Vec<f64> {
                    (0..50).map(|_| numeric::exp(stream.normal())).collect()
                };
                let cell: Vec<Vec<f64>> = (0..3).map(|_| draw(&mut stream)).collect();
                match verdict(statistic, bound, &[cell]).verdict {
                    Verdict::Agrees => wrong[0] += 1,
                    Verdict::Disagrees => wrong[1] += 1,
                    Verdict::Undecided => {}
                }
            }
            let allowance = 4.0 * (0.05 * 0.95 / f64::from(repeats)).sqrt();
            for count in wrong {
                let share = f64::from(count) / f64::from(repeats);
                assert!(share <= 0.05 + allowance, "{text}: {share}");
            }
            assert!(wrong[1] > 0, "{text}: a test that never rejects shows nothing");
        }
    }

    #[test]
    fn what_cannot_be_known_is_left_open() {
        let mut cell = counts([30, 25, 22]);
        cell[1][0] = f64::INFINITY;
        assert_eq!(verdict(Statistic::Mean, 0.001, &[cell.clone()]).verdict, Verdict::Undecided);
        assert_eq!(verdict(Statistic::Exceeds(1.0), 0.25, &[cell.clone()]).verdict, Verdict::Agrees);
        cell[1][0] = f64::NAN;
        assert!(bands(0.25, Statistic::Median, &SIZES, &[cell], 0.9).is_none());
        assert!(bands(0.25, Statistic::Median, &SIZES, &[vec![Vec::new(); 3]], 0.9).is_none());
    }
}
