//! Numbers that are the same on every machine: own elementary functions, ordered sums, small linear algebra.

mod elementary;

pub use elementary::{cos, exp, ln, log10, power, sigmoid, sin, tanh};

/// Version of every value this program computes: bumped only when values change.
pub const NUMERICS_VERSION: u32 = 1;

/// Inner product, summed in index order with fused multiply-adds.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |s, (x, y)| x.mul_add(*y, s))
}
