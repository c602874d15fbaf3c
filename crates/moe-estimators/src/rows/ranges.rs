//! Ranges of covariates, found lane by lane; of covariates among which one is no number, the range is none, so that nothing is
//! taken to be bounded.

use moe_core::numeric::{LANES, Lanes};

use crate::kernel::zip;

/// The least and the largest number seen in each lane of d successive blocks of lanes, over and over.
pub(super) struct Extremes(Vec<(Lanes, Lanes)>);

impl Extremes {
    /// Nothing seen yet; of d covariates.
    pub(super) fn new(d: usize) -> Self {
        Self(vec![([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]); d])
    }

    /// Looks at whole rounds of d blocks.
    #[inline(always)]
    pub(super) fn see(&mut self, blocks: &[Lanes]) {
        let d = self.0.len();
        for (block, extremes) in self.0.iter_mut().enumerate() {
            let (mut least, mut largest) = *extremes;
            for round in blocks.chunks_exact(d) {
                least = zip(round[block], least, lesser);
                largest = zip(round[block], largest, larger);
            }
            *extremes = (least, largest);
        }
    }

    /// Looks at rows of d covariates, one after the other.
    #[inline(always)]
    pub(super) fn see_rows(&mut self, rows: &[f64]) {
        let d = self.0.len();
        let (rounds, rest) = rows.split_at(rows.len() / (LANES * d) * (LANES * d));
        self.see(rounds.as_chunks().0);
        for row in rest.chunks_exact(d) {
            for (j, x) in row.iter().enumerate() {
                let (least, largest) = &mut self.0[j / LANES];
                least[j % LANES] = lesser(*x, least[j % LANES]);
                largest[j % LANES] = larger(*x, largest[j % LANES]);
            }
        }
    }

    /// Takes in what others have seen of as many blocks.
    pub(super) fn join(&mut self, others: &Self) {
        for (own, other) in self.0.iter_mut().zip(&others.0) {
            *own = (zip(other.0, own.0, lesser), zip(other.1, own.1, larger));
        }
    }

    /// Ranges of the covariates where each block holds one of them.
    pub(super) fn of_blocks(&self) -> Vec<(f64, f64)> {
        self.ranges(|block, _| block)
    }

    /// Ranges of the covariates where blocks hold them row by row.
    pub(super) fn of_rows(&self) -> Vec<(f64, f64)> {
        self.ranges(|block, lane| (block * LANES + lane) % self.0.len())
    }

    fn ranges(&self, covariate: impl Fn(usize, usize) -> usize) -> Vec<(f64, f64)> {
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); self.0.len()];
        for (block, (least, largest)) in self.0.iter().enumerate() {
            for lane in 0..LANES {
                let range = &mut ranges[covariate(block, lane)];
                *range = (lesser(least[lane], range.0), larger(largest[lane], range.1));
            }
        }
        ranges
    }
}

/// The least and the largest value of each of d features, block-major.
pub(super) fn of_blocks(features: &[Lanes], d: usize) -> Vec<(f64, f64)> {
    let mut extremes = Extremes::new(d);
    extremes.see(features);
    extremes.of_blocks()
}

/// The largest absolute value in each range; NaN, so that nothing is taken to be bounded, where it is none.
pub(super) fn bounds(ranges: &[(f64, f64)]) -> Vec<f64> {
    ranges
        .iter()
        .map(|(least, largest)| if least.is_nan() { *least } else { largest.max(-least).max(0.0) })
        .collect()
}

/// `x` where it is less than what was there, or no number.
#[inline(always)]
fn lesser(x: f64, there: f64) -> f64 {
    if (x < there) | x.is_nan() { x } else { there }
}

/// `x` where it is larger than what was there, or no number; so a NaN stays, which `max` would hide.
#[inline(always)]
pub(crate) fn larger(x: f64, there: f64) -> f64 {
    if (x > there) | x.is_nan() { x } else { there }
}
