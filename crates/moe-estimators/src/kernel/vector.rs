//! Vectors of the machine's own width with operators, so that formulas read as formulas.
//!
//! [`LANES`] lanes are split over as many vectors as they need; lane by lane the arithmetic is the same
//! for every width.

use std::ops::{Add, Mul, Neg, Sub};

use moe_core::numeric::LANES;
use pulp::Simd;

/// Bits from which those of x are taken for a guess at 1/x whose relative error stays within 0.0506.
const NEGATED_EXPONENT: u64 = 0x7fde_6233_9c0e_bee0;

/// Added to a whole number below 2^32, it leaves that number in the last bits; added to any number below 2^50, it rounds it.
pub(crate) const WHOLE: f64 = 6755399441055744.0;

/// A vector of `S::F64_LANES` numbers.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S: Simd> {
    simd: S,
    value: S::f64s,
}

/// Vectors that [`LANES`] lanes take.
#[inline(always)]
pub(crate) fn parts<S: Simd>() -> usize {
    const { assert!(LANES.is_multiple_of(S::F64_LANES), "the lanes are whole vectors") };
    LANES / S::F64_LANES
}

/// A buffer as vectors.
#[inline(always)]
pub(crate) fn vectors<S: Simd>(buffer: &[f64]) -> &[S::f64s] {
    S::as_simd_f64s(buffer).0
}

/// A buffer as vectors to be written.
#[inline(always)]
pub(crate) fn vectors_mut<S: Simd>(buffer: &mut [f64]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(buffer).0
}

impl<S: Simd> Vector<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, value: S::f64s) -> Self {
        Self { simd, value }
    }

    #[inline(always)]
    pub(crate) fn splat(simd: S, value: f64) -> Self {
        Self { simd, value: simd.splat_f64s(value) }
    }

    /// The numbers themselves.
    #[inline(always)]
    pub(crate) fn get(self) -> S::f64s {
        self.value
    }

    /// self · b + c, rounded once.
    #[inline(always)]
    pub(crate) fn times_plus(self, b: Self, c: Self) -> Self {
        Self { simd: self.simd, value: self.simd.mul_add_f64s(self.value, b.value, c.value) }
    }

    /// c − self · b, rounded once.
    #[inline(always)]
    pub(crate) fn times_from(self, b: Self, c: Self) -> Self {
        Self { simd: self.simd, value: self.simd.negate_mul_add_f64s(self.value, b.value, c.value) }
    }

    /// The nearest of the numbers from `lower` to `upper`; not for NaN.
    #[inline(always)]
    pub(crate) fn within(self, lower: Self, upper: Self) -> Self {
        let above = self.simd.max_f64s(self.value, lower.value);
        Self { simd: self.simd, value: self.simd.min_f64s(above, upper.value) }
    }

    /// The greatest whole number that is not above self, for 0 ≤ self < 2^50.
    #[inline(always)]
    pub(crate) fn floor(self) -> Self {
        let (simd, splat) = (self.simd, |value| Self::splat(self.simd, value));
        // From there on numbers of 64 bits are whole.
        let whole = splat(WHOLE);
        let nearest = self + whole - whole;
        let above = simd.less_than_f64s(self.value, nearest.value);
        Self { simd, value: simd.select_f64s(above, (nearest - splat(1.0)).value, nearest.value) }
    }

    /// 1 / self to within an ulp, for 10^-307 < self < 10^305; NaN for NaN.
    ///
    /// Divisions are slow in vectors: one of eight numbers takes as long as some thirty multiply-adds. Negating the
    /// exponent, and roughly the mantissa, leaves 1 − x y within 0.0506 of 0; a cubic, and a correction of third order,
    /// do the rest.
    #[inline(always)]
    pub(crate) fn inverse(self) -> Self {
        let (simd, splat) = (self.simd, |value| Self::splat(self.simd, value));
        let bits = simd.sub_u64s(simd.splat_u64s(NEGATED_EXPONENT), simd.transmute_u64s_f64s(self.value));
        let guess = Self { simd, value: simd.transmute_f64s_u64s(bits) };
        let wanting = self.times_from(guess, splat(1.0));
        let cubic = wanting.times_plus(splat(1.0026890448001917), splat(1.0025539823184733));
        let cubic = wanting.times_plus(cubic, splat(0.9999990141275014));
        let near = guess * wanting.times_plus(cubic, splat(0.9999991862052561));
        let wanting = self.times_from(near, splat(1.0));
        near.times_plus(wanting.times_plus(wanting, wanting), near)
    }
}

impl<S: Simd> Add for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn add(self, b: Self) -> Self {
        Self { simd: self.simd, value: self.simd.add_f64s(self.value, b.value) }
    }
}

impl<S: Simd> Sub for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        Self { simd: self.simd, value: self.simd.sub_f64s(self.value, b.value) }
    }
}

impl<S: Simd> Mul for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Self { simd: self.simd, value: self.simd.mul_f64s(self.value, b.value) }
    }
}

impl<S: Simd> Neg for Vector<S> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self { simd: self.simd, value: self.simd.neg_f64s(self.value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instructions::Instructions;

    struct Inverses<'a>(&'a mut [f64]);

    impl pulp::WithSimd for Inverses<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, s: S) {
            for x in vectors_mut::<S>(self.0) {
                *x = Vector::new(s, *x).inverse().get();
            }
        }
    }

    struct Floors<'a>(&'a mut [f64]);

    impl pulp::WithSimd for Floors<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, s: S) {
            for x in vectors_mut::<S>(self.0) {
                *x = Vector::new(s, *x).floor().get();
            }
        }
    }

    /// Whole numbers too, and their neighbours.
    #[test]
    fn floors_are_floors_with_all_instructions() {
        let near = (0..200).map(f64::from).flat_map(|x| [x.next_down().max(0.0), x, x.next_up(), x + 0.5]);
        for arch in Instructions::available().into_iter().filter_map(Instructions::arch) {
            let mut floors: Vec<f64> = near.clone().collect();
            arch.dispatch(Floors(&mut floors));
            assert!(floors.iter().zip(near.clone()).all(|(found, x)| *found == x.floor()), "{arch:?}");
        }
    }

    #[test]
    fn inverses_are_within_an_ulp_with_all_instructions() {
        // Mantissas all over [1, 2), exponents all over the range that is promised.
        let scales = (-307..=304).step_by(13).map(|e| format!("1e{e}").parse::<f64>().expect("a number"));
        let numbers: Vec<f64> = scales
            .flat_map(|scale| (0..8000).map(move |i| scale * (1.0 + f64::from(i) * 1.25e-4)))
            .chain([f64::NAN; LANES])
            .collect();
        let mut bits: Option<Vec<u64>> = None;
        for arch in Instructions::available().into_iter().filter_map(Instructions::arch) {
            let mut inverses = numbers.clone();
            arch.dispatch(Inverses(&mut inverses));
            let ulps = |(x, y): (&f64, &f64)| {
                let exact = 1.0 / x;
                ((y - exact) / (exact.next_up() - exact)).abs()
            };
            let finite = numbers.len() - LANES;
            let worst = numbers[..finite].iter().zip(&inverses).map(ulps).fold(0.0, f64::max);
            assert!(worst <= 1.0, "{arch:?}: {worst} ulps");
            assert!(inverses[finite..].iter().all(|y| y.is_nan()));
            let now: Vec<u64> = inverses.iter().map(|y| y.to_bits()).collect();
            assert!(bits.replace(now.clone()).is_none_or(|before| before[..finite] == now[..finite]));
        }
    }
}
