//! Eigenvalues of small symmetric matrices, the same bits on every machine.
//!
//! Matrices are row-major slices of length n².

/// Sweeps after which Jacobi's iteration ends whatever is left; ten are common for n = 200.
const SWEEPS: usize = 60;

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
