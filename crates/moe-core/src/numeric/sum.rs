//! Sums that lose nothing to the order of magnitude of their terms (Neumaier 1974; Ogita, Rump and Oishi 2005).

use super::lanes::{LANES, Lanes};

/// a + b rounded, and the rounding error, exactly (Knuth 1969); for finite sums.
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

/// A running sum with its accumulated rounding error: as if summed in twice the precision.
///
/// ```
/// use moe_core::numeric::CompensatedSum;
///
/// let terms = [1e100, 1.0, -1e100];
/// assert_eq!(terms.iter().sum::<f64>(), 0.0);
/// let mut sum = CompensatedSum::new();
/// sum.extend(terms);
/// assert_eq!(sum.total(), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CompensatedSum {
    sum: f64,
    lost: f64,
}

impl CompensatedSum {
    /// The empty sum.
    #[inline(always)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term.
    #[inline(always)]
    pub fn add(&mut self, term: f64) {
        let (sum, error) = two_sum(self.sum, term);
        self.sum = sum;
        self.lost += error;
    }

    /// Adds all that another sum holds.
    #[inline(always)]
    pub fn merge(&mut self, other: Self) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    /// The sum, rounded once; with infinite or NaN terms, what plain addition gives.
    #[inline(always)]
    pub fn total(&self) -> f64 {
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl Extend<f64> for CompensatedSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, terms: I) {
        terms.into_iter().for_each(|term| self.add(term));
    }
}

/// A [`CompensatedSum`] per lane.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompensatedLanes {
    sum: Lanes,
    lost: Lanes,
}

impl CompensatedLanes {
    /// Empty sums.
    #[inline(always)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term to each lane.
    #[inline(always)]
    pub fn add(&mut self, terms: Lanes) {
        for i in 0..LANES {
            let (sum, error) = two_sum(self.sum[i], terms[i]);
            self.sum[i] = sum;
            self.lost[i] += error;
        }
    }

    /// The running sum and its accumulated rounding error, lane by lane, for those who add with vectors of
    /// their own what [`add`](Self::add) would add.
    #[inline(always)]
    pub fn parts_mut(&mut self) -> (&mut Lanes, &mut Lanes) {
        (&mut self.sum, &mut self.lost)
    }

    /// The sum over the lanes, compensated, by the fixed tree ((0+4)+(2+6)) + ((1+5)+(3+7)).
    #[inline(always)]
    pub fn total(&self) -> f64 {
        let mut tree: [CompensatedSum; LANES] =
            std::array::from_fn(|i| CompensatedSum { sum: self.sum[i], lost: self.lost[i] });
        for width in [4, 2, 1] {
            for i in 0..width {
                let other = tree[i + width];
                tree[i].merge(other);
            }
        }
        tree[0].total()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_what_plain_addition_drops() {
        let mut sum = CompensatedSum::new();
        sum.extend([1.0, 1e100, 1.0, -1e100]);
        assert_eq!(sum.total(), 2.0);
        let mut lanes = CompensatedLanes::new();
        lanes.add([1.0, 1e100, 1.0, -1e100, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(lanes.total(), 4.0);
    }

    #[test]
    fn infinite_terms_mean_what_they_mean_in_plain_addition() {
        let mut sum = CompensatedSum::new();
        sum.extend([1.0, f64::NEG_INFINITY, 2.0]);
        assert_eq!(sum.total(), f64::NEG_INFINITY);
        sum.add(f64::INFINITY);
        assert!(sum.total().is_nan());
        let mut lanes = CompensatedLanes::new();
        lanes.add([0.0, 1.0, 2.0, f64::NEG_INFINITY, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(lanes.total(), f64::NEG_INFINITY);
    }

    proptest! {
        /// Dyadic terms of very different sizes have an exact sum in 128-bit integers.
        #[test]
        fn is_the_exact_sum_up_to_one_rounding(terms in prop::collection::vec((any::<i64>(), 0_u32..40), 0..200)) {
            let values: Vec<f64> = terms.iter().map(|&(m, e)| (m >> 11) as f64 / (1_u64 << e) as f64).collect();
            let exact: i128 = terms.iter().map(|&(m, e)| i128::from(m >> 11) << (40 - e)).sum();
            let expected = exact as f64 / (1_u64 << 40) as f64;
            let mut sum = CompensatedSum::new();
            sum.extend(values.iter().copied());
            prop_assert!((sum.total() - expected).abs() <= f64::EPSILON * expected.abs() + 1e-9);
            let mut lanes = CompensatedLanes::new();
            for block in values.chunks(LANES) {
                lanes.add(std::array::from_fn(|i| block.get(i).copied().unwrap_or(0.0)));
            }
            prop_assert!((lanes.total() - expected).abs() <= f64::EPSILON * expected.abs() + 1e-9);
        }
    }
}
