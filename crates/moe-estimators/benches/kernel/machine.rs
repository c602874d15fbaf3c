//! What the machine can do: exponentials and multiply-adds a second, with the instructions the kernel uses.

use std::hint::black_box;

use moe_core::numeric::{Lanes, exp_all_moderate};
use pulp::{Arch, Simd, WithSimd};

/// exp of a buffer in the first-level cache, as the kernel calls it.
pub(crate) struct Exponentials {
    arguments: Vec<Lanes>,
    results: Vec<Lanes>,
}

impl Default for Exponentials {
    fn default() -> Self {
        let number = |i: usize| 0.05 * (i % 100) as f64 - 2.5;
        let arguments: Vec<Lanes> =
            (0..Self::NUMBERS / 8).map(|b| std::array::from_fn(|l| number(8 * b + l))).collect();
        Self { results: arguments.clone(), arguments }
    }
}

impl Exponentials {
    /// Numbers a run.
    pub(crate) const NUMBERS: usize = 800;

    /// The copying that is part of a run, for itself.
    pub(crate) fn copy(&mut self) -> f64 {
        self.results.copy_from_slice(black_box(&self.arguments));
        black_box(&self.results)[0][0]
    }

    /// exp of every number of a fresh copy.
    pub(crate) fn run(&mut self) -> f64 {
        self.copy();
        Arch::new().dispatch(ExpAll(&mut self.results));
        black_box(&self.results)[0][0]
    }
}

struct ExpAll<'a>(&'a mut [Lanes]);

impl WithSimd for ExpAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        exp_all_moderate(self.0.as_flattened_mut());
    }
}

/// Multiply-adds between registers: enough chains of them to hide how long one takes.
pub(crate) struct MultiplyAdds;

const CHAINS: usize = 12;
const ROUNDS: usize = 1000;

impl MultiplyAdds {
    /// Multiply-adds a run, whatever the width of a vector: the chains hold 8 lanes each.
    pub(crate) const NUMBERS: usize = 8 * CHAINS * ROUNDS;

    /// All of them.
    pub(crate) fn run(&self) -> f64 {
        Arch::new().dispatch(Chains(black_box(0.999), black_box(1e-3)))
    }
}

struct Chains(f64, f64);

impl WithSimd for Chains {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) -> f64 {
        let (a, b) = (s.splat_f64s(self.0), s.splat_f64s(self.1));
        let mut sums = [s.splat_f64s(1.0); CHAINS];
        for _ in 0..ROUNDS * (8 / S::F64_LANES) {
            for sum in &mut sums {
                *sum = s.mul_add_f64s(*sum, a, b);
            }
        }
        sums.into_iter().map(|sum| s.reduce_sum_f64s(sum)).sum()
    }
}
