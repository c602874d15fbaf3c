//! The bootstrap over replications: values are sorted once, resamples are counts of ranks.

use crate::sample::binomial::binomial;
use crate::statistic::{Position, Statistic};
use crate::stream::Stream;

/// The statistic of `resamples` samples of the same length, drawn with replacement from sorted values.
pub(super) fn resample(
    stream: &mut Stream,
    sorted: &[f64],
    statistic: Statistic,
    resamples: usize,
) -> Vec<f64> {
    match statistic {
        Statistic::Mean => means(stream, sorted, resamples),
        Statistic::Median => quantiles(stream, sorted, 0.5, resamples),
        Statistic::Quantile(p) => quantiles(stream, sorted, p, resamples),
        Statistic::Exceeds(_) => {
            // How many of n draws exceed is binomial: no need to make them.
            let (n, p) = (sorted.len(), statistic.evaluate_sorted(sorted));
            (0..resamples).map(|_| binomial(stream, n as u64, p) as f64 / n as f64).collect()
        }
    }
}

fn means(stream: &mut Stream, sorted: &[f64], resamples: usize) -> Vec<f64> {
    let n = sorted.len();
    let mut ranks = vec![0; n];
    (0..resamples)
        .map(|_| {
            draw_ranks(stream, &mut ranks);
            ranks.iter().map(|r| sorted[*r as usize]).sum::<f64>() / n as f64
        })
        .collect()
}

fn quantiles(stream: &mut Stream, sorted: &[f64], p: f64, resamples: usize) -> Vec<f64> {
    let n = sorted.len();
    let position = Position::of(p, n);
    let (mut ranks, mut counts) = (vec![0; n], vec![0u32; n]);
    (0..resamples)
        .map(|_| {
            draw_ranks(stream, &mut ranks);
            counts.fill(0);
            for rank in &ranks {
                counts[*rank as usize] += 1;
            }
            position.value(|wanted| sorted[rank_at(&counts, wanted)])
        })
        .collect()
}

/// The rank of the value at place `wanted` (0-based) of the sorted resample.
fn rank_at(counts: &[u32], wanted: usize) -> usize {
    let mut seen = 0;
    for (rank, count) in counts.iter().enumerate() {
        seen += *count as usize;
        if seen > wanted {
            return rank;
        }
    }
    counts.len() - 1
}

/// Fills `ranks` (length n) with independent uniform draws from 0..n.
fn draw_ranks(stream: &mut Stream, ranks: &mut [u32]) {
    if ranks.len() <= 1 << 16 { draw_lanes::<16>(stream, ranks) } else { draw_lanes::<32>(stream, ranks) }
}

/// One draw from each lane of `WIDTH` bits of a word, n ≤ 2^WIDTH: the words are half of the cost of a bootstrap.
/// Multiplication with rejection (Lemire 2019), so without bias.
fn draw_lanes<const WIDTH: u32>(stream: &mut Stream, ranks: &mut [u32]) {
    let (n, mask) = (ranks.len() as u64, (1u64 << WIDTH) - 1);
    let threshold = (mask + 1) % n;
    let mut filled = 0;
    while filled < ranks.len() {
        let word = stream.word();
        for lane in 0..64 / WIDTH {
            let wide = (word >> (lane * WIDTH) & mask) * n;
            if wide & mask >= threshold && filled < ranks.len() {
                ranks[filled] = (wide >> WIDTH) as u32;
                filled += 1;
            }
        }
    }
}

/// The percentile interval of resampled values. The ends are resampled values, rounded outwards; NaN counts as
/// −∞ at the lower and as +∞ at the upper end.
pub(super) fn interval(mut values: Vec<f64>, level: f64) -> (f64, f64) {
    let total = values.len();
    let outside = (0.5 * (1.0 - level) * (total as f64 - 1.0)) as usize;
    values.retain(|v| !v.is_nan());
    // The undetermined ones occupy the outermost places of either tail.
    let undetermined = total - values.len();
    match outside.checked_sub(undetermined) {
        Some(place) if place < values.len() => {
            let lower = *values.select_nth_unstable_by(place, f64::total_cmp).1;
            let mirrored = values.len() - 1 - place;
            (lower, *values.select_nth_unstable_by(mirrored, f64::total_cmp).1)
        }
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::{FALSE_ALARM, check_mean, chi_square, stream};

    /// A length with many rejections, and both widths of lanes.
    #[test]
    fn ranks_are_uniform() {
        for (n, rounds) in [(37, 3_000), (45_000, 5), (70_001, 5)] {
            let mut stream = stream(60);
            let (mut ranks, mut counts) = (vec![0; n], vec![0; n]);
            for _ in 0..rounds {
                draw_ranks(&mut stream, &mut ranks);
                ranks.iter().for_each(|r| counts[*r as usize] += 1);
            }
            let (statistic, bound) = chi_square(&counts, &vec![1.0 / n as f64; n], FALSE_ALARM);
            assert!(statistic < bound, "{n}: {statistic} above {bound}");
        }
    }

    /// Resampling by counts of ranks gives what sorting each resample gives.
    #[test]
    fn rank_counts_stand_for_sorting() {
        let values: Vec<f64> = (0..24).map(|i| f64::from(i * i)).collect();
        for text in ["median", "quantile(0.9)", "quantile(0)", "quantile(1)", "mean"] {
            let statistic: Statistic = text.parse().unwrap();
            let fast = resample(&mut stream(61), &values, statistic, 200);
            let (mut slow, mut ranks) = (stream(61), vec![0; 24]);
            for fast in fast {
                draw_ranks(&mut slow, &mut ranks);
                let drawn: Vec<f64> = ranks.iter().map(|r| values[*r as usize]).collect();
                let expected = statistic.evaluate(&drawn).unwrap();
                assert!((fast - expected).abs() <= 1e-12 * expected, "{text}: {fast}, {expected}");
            }
        }
    }

    #[test]
    fn proportions_are_binomial() {
        let values: Vec<f64> = (0..50).map(f64::from).collect();
        let drawn = resample(&mut stream(62), &values, Statistic::Exceeds(39.5), 20_000);
        check_mean(&drawn, 0.2);
        check_mean(&drawn.iter().map(|p| (p - 0.2) * (p - 0.2)).collect::<Vec<_>>(), 0.2 * 0.8 / 50.0);
    }

    #[test]
    fn undetermined_resamples_widen_both_ends() {
        let values: Vec<f64> = (0..101).map(f64::from).collect();
        assert_eq!(interval(values.clone(), 0.75), (12.0, 88.0));
        let without_first_odd = |n: usize| -> Vec<f64> {
            let odd = |i: usize| i % 2 == 1 && i < 2 * n;
            values.iter().enumerate().map(|(i, v)| if odd(i) { f64::NAN } else { *v }).collect()
        };
        // Without 1, 3 and 5 the tenth value is 12; the tenth from above is 91.
        assert_eq!(interval(without_first_odd(3), 0.75), (12.0, 91.0));
        assert_eq!(interval(without_first_odd(12), 0.75), (0.0, 100.0));
        assert_eq!(interval(without_first_odd(13), 0.75), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(interval(vec![f64::NAN; 100], 0.75), (f64::NEG_INFINITY, f64::INFINITY));
        let mut infinite = values;
        infinite[..20].fill(f64::INFINITY);
        assert_eq!(interval(infinite, 0.75), (32.0, f64::INFINITY));
    }
}
