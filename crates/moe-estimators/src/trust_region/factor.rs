//! The factor of a shifted curvature, filled up to sixteen rows where that is faster, and solves with it.

use moe_core::numeric::{
    cholesky, cholesky_descend, cholesky_descend_of_sixteen, cholesky_of_sixteen, cholesky_solve,
    cholesky_solve_of_sixteen,
};

/// Rows of the factor that is compiled on its own.
const SIXTEEN: usize = 16;

/// Fewest coordinates that are filled up: with fewer, more is lost by it than gained.
const FEWEST: usize = 12;

/// Rows of the matrix in which a curvature in n coordinates is kept: n, or [`SIXTEEN`], the rest of it with
/// ones on its diagonal. No entry depends on which.
pub(super) fn side(n: usize) -> usize {
    if (FEWEST..SIXTEEN).contains(&n) { SIXTEEN } else { n }
}

/// Factors of a symmetric matrix, and its number of rows. Right-hand sides have as many entries.
#[derive(Clone, Debug, Default)]
pub(super) struct Factor {
    entries: Vec<f64>,
    side: usize,
}

impl Factor {
    /// Factorises `matrix` with `shift` added to the first `n` entries of its diagonal; false unless it is
    /// positive definite.
    #[inline(always)]
    pub(super) fn shifted(&mut self, matrix: &[f64], n: usize, shift: f64) -> bool {
        self.side = side(n);
        self.entries.clear();
        self.entries.extend_from_slice(matrix);
        for entry in self.entries.iter_mut().step_by(self.side + 1).take(n) {
            *entry += shift;
        }
        n > 0 && crate::instructions::arch().dispatch(Factorise(self))
    }

    /// Solves A x = b in place.
    #[inline(always)]
    pub(super) fn solve(&self, b: &mut [f64]) {
        crate::instructions::arch().dispatch(Solve(self, b));
    }

    /// bᵀ A⁻¹ b; overwrites b.
    #[inline(always)]
    pub(super) fn energy(&self, b: &mut [f64]) -> f64 {
        crate::instructions::arch().dispatch(Energy(self, b))
    }
}

struct Factorise<'a>(&'a mut Factor);

impl pulp::WithSimd for Factorise<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Factor { entries, side } = self.0;
        match entries.first_chunk_mut() {
            // Without vectors nothing is gained by unrolled loops, and the compiler takes long over them.
            Some(sixteen) if *side == SIXTEEN && S::F64_LANES > 1 => cholesky_of_sixteen(sixteen),
            _ => cholesky(entries, *side),
        }
    }
}

struct Solve<'a>(&'a Factor, &'a mut [f64]);

impl pulp::WithSimd for Solve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self(Factor { entries, side }, b) = self;
        match (entries.first_chunk(), b.first_chunk_mut()) {
            (Some(sixteen), Some(b)) if *side == SIXTEEN && S::F64_LANES > 1 => {
                cholesky_solve_of_sixteen(sixteen, b)
            }
            _ => cholesky_solve(entries, *side, b),
        }
    }
}

struct Energy<'a>(&'a Factor, &'a mut [f64]);

impl pulp::WithSimd for Energy<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        let Self(Factor { entries, side }, b) = self;
        match (entries.first_chunk(), b.first_chunk_mut()) {
            (Some(sixteen), Some(b)) if *side == SIXTEEN && S::F64_LANES > 1 => {
                cholesky_descend_of_sixteen(sixteen, b)
            }
            _ => cholesky_descend(entries, *side, b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_rows_give_the_bits_of_fewer() {
        for n in 1..=24 {
            let entry =
                |i: usize, j: usize| (3.7 * (i * i + j * j) as f64 + 1.3 * (i * j) as f64) % 2.0 - 1.0;
            // Diagonally dominant for one shift, indefinite for the other.
            for shift in [17.0, 0.1] {
                let mut least: Vec<f64> = (0..n * n).map(|m| entry(m / n, m % n)).collect();
                let side = side(n);
                let mut filled = vec![0.0; side * side];
                for (row, from) in filled.chunks_exact_mut(side).zip(least.chunks_exact(n)) {
                    row[..n].copy_from_slice(from);
                }
                (n..side).for_each(|i| filled[i * side + i] = 1.0);
                let mut factor = Factor::default();
                let definite = factor.shifted(&filled, n, shift);
                (0..n).for_each(|i| least[i * n + i] += shift);
                assert_eq!(definite, cholesky(&mut least, n), "n = {n}");
                assert!(definite == (shift > 1.0) || n < 3);
                if !definite {
                    continue;
                }
                for (row, expected) in factor.entries.chunks_exact(side).zip(least.chunks_exact(n)) {
                    assert_eq!(&row[..n], expected, "n = {n}");
                }
                let right: Vec<f64> = (0..n).map(|i| 1.0 - 0.3 * i as f64).collect();
                let of_side = || [right.as_slice(), &vec![0.0; side - n]].concat();
                let (mut x, mut expected) = (of_side(), right.clone());
                factor.solve(&mut x);
                cholesky_solve(&least, n, &mut expected);
                assert_eq!(x[..n], expected);
                let (mut x, mut expected) = (of_side(), right.clone());
                assert_eq!(factor.energy(&mut x), cholesky_descend(&least, n, &mut expected));
            }
        }
    }
}
