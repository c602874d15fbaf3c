//! The bootstrap over replications, within one size.

use crate::numeric;
use crate::stream::Stream;

/// The standard error of the logarithm of a mean, and `resamples` bootstrap samples of it: how far the logarithm
/// moves, and the standard error found there. Both are NaN where a sample's mean is not positive.
pub(super) fn means(
    stream: &mut Stream,
    sorted: &[f64],
    mean: f64,
    resamples: usize,
) -> (f64, Vec<(f64, f64)>) {
    let n = sorted.len();
    let relative: Vec<f64> = sorted.iter().map(|v| v / mean - 1.0).collect();
    let error = |sum: f64, squares: f64| {
        let (n, spare) = (n as f64, n as f64 - 1.0);
        let variance = ((squares - sum * sum / n) / spare).max(0.0);
        (variance / n).sqrt() / (1.0 + sum / n)
    };
    if n < 2 {
        return (f64::INFINITY, vec![(f64::NAN, f64::NAN); resamples]);
    }
    let all: Vec<u32> = (0..n as u32).collect();
    // Rounding of the mean leaves a sum that is not quite 0, the same one in every sample of equal values.
    let (rest, squares) = moments(&relative, &all);
    let found = error(rest, squares);
    let drawn = pulp::Arch::new().dispatch(Draws { stream, values: &relative, resamples });
    let sample = |(sum, squares)| {
        let shift = (sum - rest) / n as f64;
        if shift > -1.0 { (numeric::ln_1p(shift), error(sum, squares)) } else { (f64::NAN, f64::NAN) }
    };
    (found, drawn.into_iter().map(sample).collect())
}

/// Draws samples of the values, with replacement; the moments of each. With the instructions that the machine has, as
/// fused multiply-adds are slow without.
struct Draws<'a> {
    stream: &'a mut Stream,
    values: &'a [f64],
    resamples: usize,
}

impl pulp::WithSimd for Draws<'_> {
    type Output = Vec<(f64, f64)>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Self::Output {
        let mut ranks = vec![0; self.values.len()];
        let mut drawn = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            draw_ranks(self.stream, &mut ranks);
            drawn.push(moments(self.values, &ranks));
        }
        drawn
    }
}

/// Sum and sum of squares of the drawn values, in four interleaved parts.
#[inline(always)]
fn moments(values: &[f64], ranks: &[u32]) -> (f64, f64) {
    let (mut sums, mut squares) = ([0.0; 4], [0.0; 4]);
    for chunk in ranks.chunks(4) {
        for (lane, rank) in chunk.iter().enumerate() {
            let value = values[*rank as usize];
            sums[lane] += value;
            squares[lane] = value.mul_add(value, squares[lane]);
        }
    }
    let total = |v: [f64; 4]| (v[0] + v[1]) + (v[2] + v[3]);
    (total(sums), total(squares))
}

/// Fills `ranks` (length n) with independent uniform draws from 0..n.
pub(super) fn draw_ranks(stream: &mut Stream, ranks: &mut [u32]) {
    if ranks.len() <= 1 << 16 { draw_lanes::<16>(stream, ranks) } else { draw_lanes::<32>(stream, ranks) }
}

/// One draw from each lane of `WIDTH` bits of a word, n ≤ 2^WIDTH: the words are half of the cost of a bootstrap.
/// Multiplication with rejection (Lemire 2019), so without bias.
fn draw_lanes<const WIDTH: u32>(stream: &mut Stream, ranks: &mut [u32]) {
    let (n, mask) = (ranks.len() as u64, (1u64 << WIDTH) - 1);
    let threshold = (mask + 1) % n;
    let lanes = 64 / WIDTH;
    let (mut filled, mut words) = (0, [0; 64]);
    while filled < ranks.len() {
        // No more words than there must be, whatever is rejected.
        let needed = (ranks.len() - filled).div_ceil(lanes as usize).min(words.len());
        let words = &mut words[..needed];
        stream.words(words);
        for word in words {
            for lane in 0..lanes {
                let wide = (*word >> (lane * WIDTH) & mask) * n;
                if wide & mask >= threshold && filled < ranks.len() {
                    ranks[filled] = (wide >> WIDTH) as u32;
                    filled += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::{FALSE_ALARM, chi_square, stream};
    use crate::statistic::Statistic;

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

    /// Ranks, and words taken from the stream, are those of drawing word by word, whatever is rejected.
    #[test]
    fn ranks_take_no_more_words_than_they_need() {
        for n in (1..700).chain([43_691, 65_535, 65_536]) {
            let (mut together, mut alone) = (stream(61), stream(61));
            let mut ranks = vec![0; n];
            draw_ranks(&mut together, &mut ranks);
            let (mut expected, threshold) = (Vec::new(), 65_536 % n as u64);
            while expected.len() < n {
                let word = alone.word();
                let wide = (0..4).map(|lane| (word >> (16 * lane) & 0xffff) * n as u64);
                expected
                    .extend(wide.filter(|wide| wide & 0xffff >= threshold).map(|wide| (wide >> 16) as u32));
            }
            expected.truncate(n);
            assert_eq!(ranks, expected);
            assert_eq!(together.word(), alone.word(), "n = {n}");
        }
    }

    /// The studentised parts of a mean's resamples are those of the plain definition.
    #[test]
    fn means_carry_their_own_errors() {
        let values: Vec<f64> = (1..=30).map(|i| f64::from(i * i)).collect();
        let mean = Statistic::Mean.evaluate(&values).unwrap();
        let (error, samples) = means(&mut stream(62), &values, mean, 50);
        let (mut stream, mut drawn) = (stream(62), vec![0; 30]);
        let plain = |sample: &[f64]| {
            let mean = sample.iter().sum::<f64>() / 30.0;
            let variance = sample.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 29.0;
            (numeric::ln(mean), (variance / 30.0).sqrt() / mean)
        };
        assert!((error - plain(&values).1).abs() < 1e-12);
        for (deviation, error) in samples {
            draw_ranks(&mut stream, &mut drawn);
            let (log, expected) = plain(&drawn.iter().map(|i| values[*i as usize]).collect::<Vec<_>>());
            assert!((deviation - (log - numeric::ln(mean))).abs() < 1e-12);
            assert!((error - expected).abs() < 1e-12);
        }
    }
}
