//! Factors and eigenvalues of small symmetric matrices, the same bits on every machine.
//!
//! Matrices are row-major slices of length n². The triangular routines are `#[inline(always)]`, so that
//! a caller compiled for fused multiply-adds in hardware gets them here too.

/// Sweeps after which Jacobi's iteration ends whatever is left; ten are common for n = 200.
const SWEEPS: usize = 60;

/// Entries of a column of a factor that are worked out side by side.
const SIDE_BY_SIDE: usize = 8;

/// Overwrites a symmetric matrix by its factors A = L D Lᵀ, L with ones on its diagonal: L below the diagonal, D on it,
/// D Lᵀ above. True when they exist in floating point with every entry of D positive,
/// normal and finite. Otherwise false, and
/// the matrix is left half-way. No square roots are taken (Cholesky's factor is L √D).
///
/// Of A only the lower triangle is read. Each entry of L D is a − Σ_k (l d)_ik l_jk, the sum in the order of k; entries
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
        if !(f64::MIN_POSITIVE..f64::INFINITY).contains(&pivot) {
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
        let entry = a[i * n + j] - sum;
        a[j * n + i] = entry;
        a[i * n + j] = entry * inverse;
    }
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

/// Eigenvalues and orthonormal eigenvectors of a symmetric matrix.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// The n eigenvalues, ascending.
    pub values: Vec<f64>,
    /// n × n, row-major: row i is the unit eigenvector of `values[i]`, its largest component positive.
    pub vectors: Vec<f64>,
}

impl Eigen {
    /// The unit eigenvector of `values[i]`.
    pub fn vector(&self, i: usize) -> &[f64] {
        let n = self.values.len();
        &self.vectors[i * n..(i + 1) * n]
    }

    /// Largest over smallest absolute eigenvalue: infinite when the smallest is 0 or any is NaN, 1 for n = 0.
    pub fn condition_number(&self) -> f64 {
        if self.values.is_empty() {
            return 1.0;
        }
        if self.values.iter().any(|v| v.is_nan()) {
            return f64::INFINITY;
        }
        let sizes = self.values.iter().map(|v| v.abs());
        let (low, high) = sizes.fold((f64::INFINITY, 0.0), |(low, high), s| (s.min(low), s.max(high)));
        if low > 0.0 { high / low } else { f64::INFINITY }
    }
}

/// Spectral decomposition by cyclic Jacobi rotations (Rutishauser 1966) in a fixed order.
///
/// Only the lower triangle is read. Rotations go on until each off-diagonal entry is negligible against its
/// two diagonal entries, not only against the largest: small eigenvalues of positive definite matrices then
/// keep the relative accuracy that their scaling allows (Demmel and Veselić 1992). Non-finite entries give NaN.
///
/// # Panics
/// When `a` is shorter than n².
///
/// ```
/// let spectrum = moe_core::numeric::eigen(&[2.0, 1.0, 1.0, 2.0], 2);
/// assert!((spectrum.values[0] - 1.0).abs() < 1e-15 && (spectrum.values[1] - 3.0).abs() < 1e-15);
/// assert!((spectrum.vector(1)[0] - spectrum.vector(1)[1]).abs() < 1e-15);
/// assert!((spectrum.condition_number() - 3.0).abs() < 1e-14);
/// ```
pub fn eigen(a: &[f64], n: usize) -> Eigen {
    let mut work: Vec<f64> = (0..n * n).map(|m| a[(m / n).max(m % n) * n + (m / n).min(m % n)]).collect();
    if work.iter().any(|v| !v.is_finite()) {
        return Eigen { values: vec![f64::NAN; n], vectors: vec![f64::NAN; n * n] };
    }
    let mut rows: Vec<f64> = (0..n * n).map(|m| if m / n == m % n { 1.0 } else { 0.0 }).collect();
    let largest = work.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let floor = largest * f64::EPSILON * f64::EPSILON;
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                rotated |= annihilate(&mut work, &mut rows, n, (p, q), floor);
            }
        }
        if !rotated {
            break;
        }
    }
    sorted(&work, &rows, n)
}

/// Rotates entry (p, q) of a full symmetric matrix to 0; false when it is negligible already.
fn annihilate(a: &mut [f64], rows: &mut [f64], n: usize, (p, q): (usize, usize), floor: f64) -> bool {
    let off = a[p * n + q];
    let (of_p, of_q) = (a[p * n + p], a[q * n + q]);
    let scale = of_p.abs().sqrt() * of_q.abs().sqrt();
    if off.abs() <= floor.max(0.5 * f64::EPSILON * scale) {
        return false;
    }
    let theta = (of_q - of_p) / (2.0 * off);
    let t = 1.0_f64.copysign(theta) / (theta.abs() + theta.mul_add(theta, 1.0).sqrt());
    let cosine = 1.0 / t.mul_add(t, 1.0).sqrt();
    let sine = t * cosine;
    let tau = sine / (1.0 + cosine);
    rotate(a, n, (p, q), sine, tau);
    rotate(rows, n, (p, q), sine, tau);
    a[p * n + p] = of_p - t * off;
    a[q * n + q] = of_q + t * off;
    a[p * n + q] = 0.0;
    a[q * n + p] = 0.0;
    for i in (0..n).filter(|&i| i != p && i != q) {
        a[i * n + p] = a[p * n + i];
        a[i * n + q] = a[q * n + i];
    }
    true
}

/// Rotates rows p < q, in the form that adds a small correction to each entry.
fn rotate(a: &mut [f64], n: usize, (p, q): (usize, usize), sine: f64, tau: f64) {
    let (head, tail) = a.split_at_mut(q * n);
    for (x, y) in head[p * n..(p + 1) * n].iter_mut().zip(&mut tail[..n]) {
        let (u, v) = (*x, *y);
        *x = u - sine * (v + tau * u);
        *y = v + sine * (u - tau * v);
    }
}

/// Ascending order and fixed signs.
fn sorted(a: &[f64], rows: &[f64], n: usize) -> Eigen {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[i * n + i].total_cmp(&a[j * n + j]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let mut vectors = Vec::with_capacity(n * n);
    for &i in &order {
        let row = &rows[i * n..(i + 1) * n];
        let largest = row.iter().fold(0.0_f64, |m, v| if v.abs() > m.abs() { *v } else { m });
        vectors.extend(row.iter().map(|v| if largest < 0.0 { -v } else { *v }));
    }
    Eigen { values, vectors }
}

/// Largest over smallest absolute eigenvalue of a symmetric matrix; see [`Eigen::condition_number`].
///
/// # Panics
/// When `a` is shorter than n².
pub fn condition_number(a: &[f64], n: usize) -> f64 {
    eigen(a, n).condition_number()
}
