//! Numbers that are the same on every machine: own elementary functions, ordered sums, small linear algebra.

mod elementary;
mod factor;
mod kernel;
mod lanes;
mod sixteen;
mod special;
mod sum;
mod symmetric;
mod trigonometric;

pub use elementary::{exp, exp_m1, ln, ln_1p, log10, power, sigmoid, tanh};
pub use factor::{cholesky, cholesky_descend, cholesky_solve};
pub use lanes::{
    LANES, Lanes, add, div, exp_all, exp_all_moderate, exp_lanes, ln_lanes, ln_of_pairs, max, mul, mul_add,
    splat, sub, sum_tree,
};
pub use sixteen::{cholesky_descend_of_sixteen, cholesky_of_sixteen, cholesky_solve_of_sixteen};
pub use special::{beta_lower, beta_parts, gamma_upper, ln_gamma};
pub use sum::{CompensatedLanes, CompensatedSum};
pub use symmetric::{Eigen, condition_number, eigen};
pub use trigonometric::{cos, sin};

/// Version of every value this program computes: bumped only when values change.
pub const NUMERICS_VERSION: u32 = 8;

/// Inner product, summed in index order with fused multiply-adds.
#[inline(always)]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |s, (x, y)| x.mul_add(*y, s))
}
