//! Vectors of the machine's own width with operators, so that formulas read as formulas.
//!
//! [`LANES`] lanes are split over as many vectors as they need; lane by lane the arithmetic is the same
//! for every width.

use std::ops::{Add, Mul, Neg, Sub};

use moe_core::numeric::LANES;
use pulp::Simd;

/// A vector of `S::F64_LANES` numbers.
#[derive(Clone, Copy)]
pub(super) struct Vector<S: Simd> {
    simd: S,
    value: S::f64s,
}

/// Vectors that [`LANES`] lanes take.
#[inline(always)]
pub(super) fn parts<S: Simd>() -> usize {
    const { assert!(LANES.is_multiple_of(S::F64_LANES), "the lanes are whole vectors") };
    LANES / S::F64_LANES
}

/// A buffer as vectors.
#[inline(always)]
pub(super) fn vectors<S: Simd>(buffer: &[f64]) -> &[S::f64s] {
    S::as_simd_f64s(buffer).0
}

/// A buffer as vectors to be written.
#[inline(always)]
pub(super) fn vectors_mut<S: Simd>(buffer: &mut [f64]) -> &mut [S::f64s] {
    S::as_mut_simd_f64s(buffer).0
}

impl<S: Simd> Vector<S> {
    #[inline(always)]
    pub(super) fn new(simd: S, value: S::f64s) -> Self {
        Self { simd, value }
    }

    #[inline(always)]
    pub(super) fn splat(simd: S, value: f64) -> Self {
        Self { simd, value: simd.splat_f64s(value) }
    }

    /// The numbers themselves.
    #[inline(always)]
    pub(super) fn get(self) -> S::f64s {
        self.value
    }

    /// self · b + c, rounded once.
    #[inline(always)]
    pub(super) fn times_plus(self, b: Self, c: Self) -> Self {
        Self { simd: self.simd, value: self.simd.mul_add_f64s(self.value, b.value, c.value) }
    }

    /// c − self · b, rounded once.
    #[inline(always)]
    pub(super) fn times_from(self, b: Self, c: Self) -> Self {
        Self { simd: self.simd, value: self.simd.negate_mul_add_f64s(self.value, b.value, c.value) }
    }

    /// 1 / self.
    #[inline(always)]
    pub(super) fn inverse(self) -> Self {
        Self { simd: self.simd, value: self.simd.div_f64s(self.simd.splat_f64s(1.0), self.value) }
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
