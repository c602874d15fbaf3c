//! The log-likelihood of a group from its densities: one logarithm for as many of them as bounds allow.

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, ln_of_pairs};
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
    /// Inverses of the densities; overwritten where the group multiplies them.
    pub(super) inverse: &'a mut [f64],
    pub(super) sum: &'a mut CompensatedLanes,
}

impl<const SAFE: bool> pulp::WithSimd for Value<'_, SAFE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let Self { pass, group, density, inverse, sum } = self;
        if SAFE && group.multiplies() {
            let products = multiply(s, group, pass.factors, density, inverse) * LANES;
            ln_of_pairs(&mut density[..products], &inverse[..products]);
            let (logs, _) = density[..products].as_chunks();
            add(s, 1, &[ONES; GROUP][..logs.len()], logs, sum);
            return;
        }
        let cells = group.count.len() * LANES;
        if SAFE {
            ln_of_pairs(&mut density[..cells], &inverse[..cells]);
        }
        let (logs, _) = density[..cells].as_chunks();
        match group.labels.len() {
            2 => add(s, 2, group.count, logs, sum),
            labels => add(s, labels, group.count, logs, sum),
        }
    }
}

const ONES: Lanes = [1.0; LANES];

/// Adds products of counts and logarithms block by block, those of the labels of a block together, lane by lane as
/// [`CompensatedLanes::add`] does.
#[inline(always)]
fn add<S: Simd>(s: S, labels: usize, counts: &[Lanes], logs: &[Lanes], out: &mut CompensatedLanes) {
    let (sums, lost) = out.parts_mut();
    let (sums, lost) = (vectors_mut::<S>(sums), vectors_mut::<S>(lost));
    for h in 0..parts::<S>() {
        let (mut sum, mut error) = (Vector::new(s, sums[h]), Vector::new(s, lost[h]));
        for (counts, logs) in counts.chunks_exact(labels).zip(logs.chunks_exact(labels)) {
            let mut term = lane_part(s, &counts[0], h) * lane_part(s, &logs[0], h);
            for l in 1..labels {
                term = lane_part(s, &counts[l], h).times_plus(lane_part(s, &logs[l], h), term);
            }
            let next = sum + term;
            let of_term = next - sum;
            let of_sum = next - of_term;
            error = error + ((sum - of_sum) + (term - of_term));
            sum = next;
        }
        (sums[h], lost[h]) = (sum.get(), error.get());
    }
}

/// Replaces densities by the products of `factors` blocks each, and inverses by those of the products; how many there
/// are. Padding counts as density 1.
#[inline(always)]
fn multiply<S: Simd>(
    s: S,
    group: Group<'_>,
    factors: usize,
    density: &mut [f64],
    inverse: &mut [f64],
) -> usize {
    let (one, parts) = (Vector::splat(s, 1.0), parts::<S>());
    let (density, inverse) = (vectors_mut::<S>(density), vectors_mut::<S>(inverse));
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
            inverse[chunk * parts + h] = product.inverse().get();
        }
        products += 1;
    }
    products
}
