//! How every row gives to its neighbours in the lattice, eight rows at a time.

use moe_core::numeric::{LANES, Lanes};

use super::lattice::Lattice;
use super::strips::Strips;
use crate::kernel::{ZERO, each, fused, zip};
use crate::rows::PackedRows;

/// Adds up what the rows give, with the instructions that the machine has.
pub(super) struct Gather<'a> {
    pub(super) rows: &'a PackedRows,
    pub(super) lattice: &'a Lattice,
    pub(super) strips: &'a mut Strips,
}

impl pulp::WithSimd for Gather<'_> {
    type Output = ();

    /// Few covariates are compiled on their own.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.rows.dim {
            1 => self.all(1),
            2 => self.all(2),
            d => self.all(d),
        }
    }
}

impl Gather<'_> {
    #[inline(always)]
    fn all(self, d: usize) {
        let Self { rows, lattice, strips } = self;
        let offsets = lattice.offsets();
        let mut near = Near::new(offsets.len());
        for run in &rows.runs {
            let of_class = &mut strips.moments[run.labels.first * lattice.strips()..][..lattice.strips()];
            for block in run.first..run.end {
                let counts = &rows.count[run.cell(block)];
                near.find(d, lattice, &rows.x[block * d..(block + 1) * d], counts);
                near.add(&offsets[..4_usize.pow(d as u32 - 1)], of_class);
                near.count(counts, &mut strips.rows);
            }
        }
    }
}

/// Eight rows and the 4^(d−1) strips that each gives to.
struct Near {
    /// The node at the lower end of the cell that the row lies in.
    cell: [u64; LANES],
    /// The first of the strips.
    first: [u64; LANES],
    /// Shares of the strips.
    shares: Vec<Lanes>,
    /// t^0 to t^3, times the counts of the rows.
    powers: [Lanes; 4],
}

impl Near {
    fn new(shares: usize) -> Self {
        Self { cell: [0; LANES], first: [0; LANES], shares: vec![ZERO; shares], powers: [ZERO; 4] }
    }

    /// Finds the strips of eight rows.
    #[inline(always)]
    fn find(&mut self, d: usize, lattice: &Lattice, x: &[Lanes], counts: &Lanes) {
        let (axes, scales, strides) = (&lattice.axes[..d], &lattice.scales[..d], &lattice.strides[..d]);
        let strip_strides = &lattice.strip_strides[..d];
        let (last, last_first) = ((lattice.nodes - 1) as f64, (lattice.nodes - 4) as f64);
        let (mut cells, mut firsts) = (ZERO, ZERO);
        self.shares[0] = [1.0; LANES];
        for j in 0..d {
            let (lower, scale) = (axes[j].0, scales[j]);
            let place = each(x[j], |x| {
                let place = (x - lower) * scale;
                if place > last { last } else { place }
            });
            let gap = each(place, floor);
            cells = fused(gap, [strides[j] as f64; LANES], cells);
            let first = if j + 1 < d {
                let first = each(gap, |gap| {
                    let first = if gap > 1.0 { gap - 1.0 } else { 0.0 };
                    if first > last_first { last_first } else { first }
                });
                let cubic = cubic(zip(place, first, |place, first| place - first));
                spread(&mut self.shares, 4_usize.pow(j as u32), &cubic);
                first
            } else {
                let gap = each(gap, |gap| if gap > last - 1.0 { last - 1.0 } else { gap });
                let t = zip(place, gap, |place, gap| place - gap - 0.5);
                self.powers[0] = *counts;
                for m in 1..4 {
                    self.powers[m] = zip(self.powers[m - 1], t, |power, t| power * t);
                }
                gap
            };
            firsts = fused(first, [strip_strides[j] as f64; LANES], firsts);
        }
        self.cell = cells.map(whole);
        self.first = firsts.map(whole);
    }

    /// Adds what they give to the strips of their class.
    #[inline(always)]
    fn add(&self, offsets: &[usize], strips: &mut [[f64; 4]]) {
        for l in 0..LANES {
            let powers: [f64; 4] = std::array::from_fn(|m| self.powers[m][l]);
            for (offset, shares) in offsets.iter().zip(&self.shares) {
                let strip = &mut strips[self.first[l] as usize + offset];
                let here = *strip;
                *strip = std::array::from_fn(|i| shares[l].mul_add(powers[i], here[i]));
            }
        }
    }

    /// Counts them where they lie; counts are 0 for padding.
    #[inline(always)]
    fn count(&self, counts: &Lanes, rows: &mut [u32]) {
        for l in 0..LANES {
            rows[self.cell[l] as usize] += u32::from(counts[l] > 0.0);
        }
    }
}

const TWO52: f64 = 4503599627370496.0;

/// The greatest whole number that is not above `x`, for 0 ≤ x < 2^51.
#[inline(always)]
fn floor(x: f64) -> f64 {
    let nearest = (x + TWO52) - TWO52;
    if nearest > x { nearest - 1.0 } else { nearest }
}

/// A whole number from 0 to below 2^52, without the checks of a conversion.
#[inline(always)]
fn whole(x: f64) -> u64 {
    debug_assert!(x >= 0.0, "places are numbers");
    (x + TWO52).to_bits() & 0x000f_ffff_ffff_ffff
}

/// Spreads each of the first `filled` shares over the four nodes of one more axis.
#[inline(always)]
fn spread(shares: &mut [Lanes], filled: usize, cubic: &[Lanes; 4]) {
    for at in (0..filled).rev() {
        let share = shares[at];
        for (i, c) in cubic.iter().enumerate() {
            shares[4 * at + i] = zip(share, *c, |share, c| share * c);
        }
    }
}

/// Weights of the cubics through 0, 1, 2, 3 at `t`.
#[inline(always)]
fn cubic(t: Lanes) -> [Lanes; 4] {
    let (a, b, c) = (each(t, |t| t - 1.0), each(t, |t| t - 2.0), each(t, |t| t - 3.0));
    let product = |scale: f64, a, b, c| zip(zip(each(a, |a| scale * a), b, |a, b| a * b), c, |ab, c| ab * c);
    [product(-1.0 / 6.0, a, b, c), product(0.5, t, b, c), product(-0.5, t, a, c), product(1.0 / 6.0, t, a, b)]
}
