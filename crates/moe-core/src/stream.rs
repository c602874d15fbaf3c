//! Addressed random streams: the only place where a generator is born.
//!
//! A stream is named by what it is for, never by when it was asked for: adding a cell, an estimator, a
//! size, a replication or a start changes no existing draw.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use crate::content::{Content, ContentHash};
use crate::numeric;

/// Version of everything that turns an address into draws. A change is value-breaking.
pub const STREAMS_SCHEMA: u32 = 1;

/// What a stream is used for; purposes never share draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Covariates and labels of a replication.
    Data,
    /// Starting points of a fit.
    Starts,
    /// Starting points made from the truth, for comparison.
    TruthStarts,
    /// Perturbations of the calibration estimator of known rate.
    Calibration,
    /// Points at which a density distance is evaluated.
    Evaluation,
    /// Resampling of replications for intervals.
    Bootstrap,
    /// Synthetic losses of known slope, for the coverage of intervals.
    Coverage,
    /// True measures drawn at random.
    Truth,
}

impl Purpose {
    fn tag(self) -> &'static str {
        match self {
            Purpose::Data => "data",
            Purpose::Starts => "starts",
            Purpose::TruthStarts => "truth starts",
            Purpose::Calibration => "calibration",
            Purpose::Evaluation => "evaluation",
            Purpose::Bootstrap => "bootstrap",
            Purpose::Coverage => "coverage",
            Purpose::Truth => "truth",
        }
    }
}

/// The address of a stream.
///
/// ```
/// use moe_core::stream::{Address, Purpose};
///
/// let address = Address { seed: 1, purpose: Purpose::Data, content: [0; 32], size: 1000, replication: 7 };
/// // The same address, the same draws; any other, others.
/// assert_eq!(address.stream().word(), address.stream().word());
/// assert_ne!(address.stream().word(), Address { replication: 8, ..address }.stream().word());
/// assert_ne!(address.indexed(0).word(), address.indexed(1).word());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Master seed of the experiment.
    pub seed: u64,
    /// What the draws are for.
    pub purpose: Purpose,
    /// Content the draws belong to: a truth for data, a cell for starts.
    pub content: ContentHash,
    /// Sample size n.
    pub size: u64,
    /// Replication, 0-based.
    pub replication: u64,
}

impl Address {
    /// The stream at this address.
    pub fn stream(&self) -> Stream {
        self.open(None)
    }

    /// The stream of start `index` (or of any other numbered sub-purpose) at this address.
    pub fn indexed(&self, index: u64) -> Stream {
        self.open(Some(index))
    }

    fn open(&self, index: Option<u64>) -> Stream {
        let mut key = Content::new("moe-rates stream");
        key.whole("schema", u64::from(STREAMS_SCHEMA))
            .whole("seed", self.seed)
            .text("purpose", self.purpose.tag());
        key.hash("content", &self.content).whole("size", self.size).whole("replication", self.replication);
        if let Some(index) = index {
            key.whole("index", index);
        }
        Stream(ChaCha12Rng::from_seed(key.finish()))
    }
}

/// A stream of draws. Every method consumes a number of words that depends only on the draws themselves.
///
/// ```
/// use moe_core::stream::{Address, Purpose};
///
/// let address = Address { seed: 1, purpose: Purpose::Data, content: [0; 32], size: 1000, replication: 7 };
/// let mut stream = address.stream();
/// assert!((0.0..1.0).contains(&stream.uniform()));
/// assert!(stream.below(6) < 6);
/// let mut order = stream.permutation(5);
/// order.sort();
/// assert_eq!(order, [0, 1, 2, 3, 4]);
/// ```
#[derive(Clone, Debug)]
pub struct Stream(ChaCha12Rng);

impl Stream {
    /// 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// As many words as there is room for: the same ones, in less time for each.
    pub(crate) fn words(&mut self, words: &mut [u64]) {
        let mut bytes = [0; 64 * size_of::<u64>()];
        for words in words.chunks_mut(64) {
            let bytes = &mut bytes[..size_of_val(words)];
            self.0.fill_bytes(bytes);
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
                *word = u64::from_le_bytes(*bytes);
            }
        }
    }

    /// Uniform on [0, 1): a multiple of 2⁻⁵³.
    #[inline(always)]
    pub fn uniform(&mut self) -> f64 {
        uniform_of(self.word())
    }

    /// Uniform on (0, 1): an odd multiple of 2⁻⁵⁴.
    #[inline(always)]
    pub fn uniform_open(&mut self) -> f64 {
        ((self.word() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on [lower, upper).
    pub fn between(&mut self, lower: f64, upper: f64) -> f64 {
        (upper - lower).mul_add(self.uniform(), lower)
    }

    /// Uniform on {0, …, n − 1}, without bias (Lemire's multiplication with rejection).
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "an empty range has no draws");
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.word()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Standard normal (Box and Muller 1958; one of the pair, so that draws stay addressable one by one).
    #[inline(always)]
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * numeric::ln(self.uniform_open())).sqrt();
        radius * numeric::cos(std::f64::consts::TAU * self.uniform())
    }

    /// A random order of 0..n (Fisher and Yates).
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.below(i as u64 + 1) as usize);
        }
        order
    }
}

/// The number in [0, 1) that a word stands for: a multiple of 2⁻⁵³.
#[inline(always)]
pub(crate) fn uniform_of(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_words_are_those_that_come_one_by_one() {
        let address = Address { seed: 1, purpose: Purpose::Data, content: [0; 32], size: 1, replication: 0 };
        let (mut together, mut alone) = (address.stream(), address.stream());
        for count in [1, 0, 7, 64, 65, 3, 200] {
            let mut words = vec![0; count];
            together.words(&mut words);
            assert!(words.into_iter().all(|word| word == alone.word()), "{count}");
            assert_eq!(together.word(), alone.word());
        }
    }
}
