//! The log-likelihood of a group from its densities: one logarithm for as many of them as bounds allow.

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, ln_all};
use pulp::Simd;

use super::features::lane_part;
use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{GROUP, Group, Pass};

/// Adds Σ count · ln g of a group to a sum.
pub(super) struct Value<'a, const SAFE: bool> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    /// Densities, overwritten; logarithms of them unless `SAFE`.
    pub(super) density: &'a mut [f64],
    pub(super) sum: &'a mut CompensatedLanes,
}

impl<const SAFE: bool> pulp::WithSimd for Value<'_, SAFE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { pass, group, density, sum } = self;
        if SAFE && group.unit && group.labels.len() == 1 {
            let products = multiply(s, group, pass.factors, density);
            let (logs, _) = density[..products * LANES].as_chunks_mut();
            ln_all(logs);
            add(s, &[ONES; GROUP][..products], logs, sum);
        } else {
            let (logs, _) = density[..group.count.len() * LANES].as_chunks_mut();
            if SAFE {
                ln_all(logs);
            }
            add(s, group.count, logs, sum);
        }
    }
}

const ONES: Lanes = [1.0; LANES];

/// Adds products of counts and logarithms, lane by lane, as [`CompensatedLanes::add`] does.
#[inline(always)]
fn add<S: Simd>(s: S, counts: &[Lanes], logs: &[Lanes], out: &mut CompensatedLanes) {
    let (sums, lost) = out.parts_mut();
    let (sums, lost) = (vectors_mut::<S>(sums), vectors_mut::<S>(lost));
    for h in 0..parts::<S>() {
        let (mut sum, mut error) = (Vector::new(s, sums[h]), Vector::new(s, lost[h]));
        for (count, log) in counts.iter().zip(logs) {
            let term = lane_part(s, count, h) * lane_part(s, log, h);
            let next = sum + term;
            let of_term = next - sum;
            let of_sum = next - of_term;
            error = error + ((sum - of_sum) + (term - of_term));
            sum = next;
        }
        (sums[h], lost[h]) = (sum.get(), error.get());
    }
}

/// Replaces densities by the products of `factors` blocks each; their number. Padding counts as density 1.
#[inline(always)]
fn multiply<S: Simd>(s: S, group: Group<'_>, factors: usize, density: &mut [f64]) -> usize {
    let (one, parts) = (Vector::splat(s, 1.0), parts::<S>());
    let density = vectors_mut::<S>(density);
    let mut products = 0;
    for (chunk, counts) in group.count.chunks(factors).enumerate() {
        for h in 0..parts {
            let mut product = one;
            for (b, count) in counts.iter().enumerate() {
                let n = Vector::new(s, vectors::<S>(count)[h]);
                let g = Vector::new(s, density[(chunk * factors + b) * parts + h]);
                product = product * n.times_plus(g, one - n);
            }
            density[chunk * parts + h] = product.get();
        }
        products += 1;
    }
    products
}
