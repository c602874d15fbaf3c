//! Factors of small symmetric matrices, the same bits on every machine.
//!
//! Matrices are row-major slices of length n². All routines are `#[inline(always)]`, so that
//! a caller compiled for fused multiply-adds in hardware gets them here too.

/// Entries of a column of a factor that are worked out side by side.
const SIDE_BY_SIDE: usize = 8;

/// Overwrites a symmetric matrix by its factors A = L D Lᵀ, L with ones on its diagonal: L below the diagonal, D on it,
/// D Lᵀ above. True when they exist in floating point with every entry of D positive,
/// normal and finite. Otherwise false, and
/// the matrix is left half-way. No square roots are taken (Cholesky's factor is L √D).
///
/// Of A only the upper triangle is read. Each entry of L D is a − Σ_k (l d)_ik l_jk, the sum in the order of k; entries
/// of a column are worked out side by side, in chunks that end with the column.
///
/// # Panics
/// When `a` is shorter than n².
///
/// ```
/// use moe_core::numeric::{cholesky, cholesky_solve};
///
/// // Solves (4 2; 2 3) x = (8, 7).
/// let mut a = [4.0, 2.0, 2.0, 3.0];
/// assert!(cholesky(&mut a, 2));
/// let mut x = [8.0, 7.0];
/// cholesky_solve(&a, 2, &mut x);
/// assert!((x[0] - 1.25).abs() < 1e-15 && (x[1] - 1.5).abs() < 1e-15);
/// assert!(!cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2), "it is not positive definite");
/// ```
#[inline(always)]
pub fn cholesky(a: &mut [f64], n: usize) -> bool {
    for j in 0..n {
        // The chunk that holds the pivot may reach above it: what comes out there is left alone.
        let mut end = n - (n - j - 1) / SIDE_BY_SIDE * SIDE_BY_SIDE;
        let first = end.saturating_sub(SIDE_BY_SIDE);
        let sums = if end >= SIDE_BY_SIDE { column_sums(a, n, j, first) } else { short_sums(a, n, j, end) };
        let pivot = a[j * n + j] - sums[j - first];
        if !is_pivot(pivot) {
            return false;
        }
        a[j * n + j] = pivot;
        put_column(a, n, j, (j + 1, end), &sums[j + 1 - first..]);
        while end < n {
            let sums = column_sums(a, n, j, end);
            put_column(a, n, j, (end, end + SIDE_BY_SIDE), &sums);
            end += SIDE_BY_SIDE;
        }
    }
    true
}

/// Σ_k (l d)_ik l_jk over k < j, for the rows from i, out of the rows of D Lᵀ that are there.
#[inline(always)]
fn column_sums(a: &[f64], n: usize, j: usize, i: usize) -> [f64; SIDE_BY_SIDE] {
    let mut sums = [0.0; SIDE_BY_SIDE];
    for (row, right) in a.chunks_exact(n).zip(&a[j * n..j * n + j]) {
        let left = &row[i..i + SIDE_BY_SIDE];
        for m in 0..SIDE_BY_SIDE {
            sums[m] = left[m].mul_add(*right, sums[m]);
        }
    }
    sums
}

/// The same for the rows from j to `end`, less than a chunk from the top.
#[inline(always)]
fn short_sums(a: &[f64], n: usize, j: usize, end: usize) -> [f64; SIDE_BY_SIDE] {
    let mut sums = [0.0; SIDE_BY_SIDE];
    for (row, right) in a.chunks_exact(n).zip(&a[j * n..j * n + j]) {
        for i in j..end {
            sums[i] = row[i].mul_add(*right, sums[i]);
        }
    }
    sums
}

/// (l d)_ij, and l_ij as its mirror image, for the rows from `i` to `end`.
#[inline(always)]
fn put_column(a: &mut [f64], n: usize, j: usize, (i, end): (usize, usize), sums: &[f64]) {
    let inverse = 1.0 / a[j * n + j];
    for (i, sum) in (i..end).zip(sums) {
        let entry = a[j * n + i] - sum;
        a[j * n + i] = entry;
        a[i * n + j] = entry * inverse;
    }
}

/// Whether a pivot can be divided by.
#[inline(always)]
pub(super) fn is_pivot(d: f64) -> bool {
    (f64::MIN_POSITIVE..f64::INFINITY).contains(&d)
}

/// Solves L x = b in place, from the factors that [`cholesky`] left in `l`; returns bᵀ A⁻¹ b. No division waits for
/// another.
///
/// # Panics
/// When `l` is shorter than n² or `b` shorter than n.
#[inline(always)]
pub fn cholesky_descend(l: &[f64], n: usize, b: &mut [f64]) -> f64 {
    let mut energy = 0.0_f64;
    for i in 0..n {
        let row = &l[i * n..(i + 1) * n];
        let value = b[i] * (1.0 / row[i]);
        energy = b[i].mul_add(value, energy);
        for (b, l) in b[i + 1..n].iter_mut().zip(&row[i + 1..]) {
            *b = l.mul_add(-value, *b);
        }
    }
    energy
}

/// Solves A x = b in place, from the factors that [`cholesky`] left in `l`.
///
/// # Panics
/// When `l` is shorter than n² or `b` shorter than n.
#[inline(always)]
pub fn cholesky_solve(l: &[f64], n: usize, b: &mut [f64]) {
    cholesky_descend(l, n, b);
    for i in 0..n {
        b[i] *= 1.0 / l[i * n + i];
    }
    for i in (1..n).rev() {
        let value = b[i];
        for (b, l) in b.iter_mut().zip(&l[i * n..i * n + i]) {
            *b = l.mul_add(-value, *b);
        }
    }
}
