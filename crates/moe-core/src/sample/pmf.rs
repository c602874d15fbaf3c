//! The binomial probability mass function to full precision, which an exact rejection sampler needs at n = 10¹².
//!
//! Differences of log-factorials lose n·2⁻⁵³ of their digits; the saddle-point form of Loader (2000),
//! "Fast and accurate computation of binomial probabilities", keeps them.

use std::f64::consts::TAU;

use crate::numeric;

/// ln(k!) − [k ln k − k + ½ ln(2πk)] for k = 1..15.
const STIRLING_CORRECTION: [f64; 15] = [
    0.081_061_466_795_327_26,
    0.041_340_695_955_409_3,
    0.027_677_925_684_998_34,
    0.020_790_672_103_765_093,
    0.016_644_691_189_821_192,
    0.013_876_128_823_070_748,
    0.011_896_709_945_891_77,
    0.010_411_265_261_972_096,
    0.009_255_462_182_712_733,
    0.008_330_563_433_362_87,
    0.007_573_675_487_951_841,
    0.006_942_840_107_209_53,
    0.006_408_994_188_004_207,
    0.005_951_370_112_758_848,
    0.005_554_733_551_962_801,
];

/// ln P(Bin(n, p) = k) for 0 ≤ k ≤ n ≤ 2⁵³ and 0 < p < 1.
pub(crate) fn ln_pmf(k: u64, n: u64, p: f64) -> f64 {
    let (q, size, hits, misses) = (1.0 - p, n as f64, k as f64, (n - k) as f64);
    if k == 0 {
        return size * ln_one_minus(p);
    }
    if k == n {
        return size * numeric::ln(p);
    }
    let corrections = stirling_correction(n) - stirling_correction(k) - stirling_correction(n - k);
    let deviances = deviance(hits, size * p) + deviance(misses, size * q);
    corrections - deviances + 0.5 * numeric::ln(size / (TAU * hits * misses))
}

/// ln(1 − p) for 0 ≤ p < 1 without the loss of digits at small p: the rounding of 1 − p is divided out.
pub(super) fn ln_one_minus(p: f64) -> f64 {
    let q = 1.0 - p;
    if q == 1.0 { -p } else { numeric::ln(q) * (-p / (q - 1.0)) }
}

/// What Stirling's formula lacks of ln(k!), k ≥ 1.
fn stirling_correction(k: u64) -> f64 {
    if k <= STIRLING_CORRECTION.len() as u64 {
        return STIRLING_CORRECTION[k as usize - 1];
    }
    let (k, k2) = (k as f64, (k as f64) * (k as f64));
    let tail = 1.0 / 1188.0 / k2;
    let tail = (1.0 / 1680.0 - tail) / k2;
    let tail = (1.0 / 1260.0 - tail) / k2;
    let tail = (1.0 / 360.0 - tail) / k2;
    (1.0 / 12.0 - tail) / k
}

/// x ln(x / m) + m − x for x, m > 0, by its series in (x − m) / (x + m) where the terms would cancel.
fn deviance(x: f64, m: f64) -> f64 {
    let gap = x - m;
    if gap.abs() >= 0.1 * (x + m) {
        return x * numeric::ln(x / m) - gap;
    }
    let v = gap / (x + m);
    let mut total = gap * v;
    let mut term = 2.0 * x * v;
    let mut odd = 3.0;
    loop {
        term *= v * v;
        let next = total + term / odd;
        if next == total {
            return total;
        }
        total = next;
        odd += 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values: mpmath with 60 digits, p taken as the double.
    #[test]
    fn agrees_with_high_precision() {
        for (k, n, p, expected) in [
            (3, 20, 0.3, -2.636_608_918_547_717_1),
            (0, 50, 0.25, -14.384_103_622_589_046),
            (50, 50, 0.5, -34.657_359_027_997_266),
            (12_345, 30_000, 0.41, -5.503_830_049_370_814),
            (500_001_000, 1_000_000_000, 0.5, -10.589_424_271_365_934),
            (300_000_900_000, 1_000_000_000_000, 0.3, -15.882_696_400_757_498),
            (25, 1_000_000_000_000, 2e-11, -3.110_298_384_130_745),
        ] {
            let found = ln_pmf(k, n, p);
            assert!((found - expected).abs() < 1e-9, "k {k}, n {n}, p {p}: {found} instead of {expected}");
        }
    }

    #[test]
    fn correction_is_continuous_across_the_end_of_its_table() {
        let series_at_16 = stirling_correction(16);
        let by_recurrence = STIRLING_CORRECTION[14] + 15.5 * numeric::ln(15.0 / 16.0) + 1.0;
        assert!((series_at_16 - by_recurrence).abs() < 1e-14);
    }

    #[test]
    fn probabilities_sum_to_one() {
        for (n, p) in [(1, 0.5), (7, 0.01), (40, 0.37), (1000, 0.999)] {
            let total: f64 = (0..=n).map(|k| numeric::exp(ln_pmf(k, n, p))).sum();
            assert!((total - 1.0).abs() < 1e-12, "n {n}, p {p}: {total}");
        }
    }
}
