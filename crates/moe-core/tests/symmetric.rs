//! Factors, solutions and eigenvalues of random symmetric matrices, and of matrices with known ones.

use moe_core::numeric::{cholesky, cholesky_descend, cholesky_solve, condition_number, dot, eigen};
use proptest::prelude::*;

/// Σ_m a_im b_jm: the product of a with the transpose of b, both n × n.
fn times_transposed(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|m| dot(&a[m / n * n..(m / n + 1) * n], &b[m % n * n..(m % n + 1) * n])).collect()
}

fn largest(a: impl IntoIterator<Item = f64>) -> f64 {
    a.into_iter().fold(0.0, |m, v| if v.abs() <= m { m } else { v.abs() })
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    largest(a.iter().zip(b).map(|(x, y)| x - y))
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|m| if m / n == m % n { 1.0 } else { 0.0 }).collect()
}

fn square() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (1_usize..40).prop_flat_map(|n| (Just(n), prop::collection::vec(-1.0..1.0_f64, n * n)))
}

/// B Bᵀ + I / 100, positive definite.
fn definite(b: &[f64], n: usize) -> Vec<f64> {
    let mut a = times_transposed(b, b, n);
    (0..n).for_each(|i| a[i * n + i] += 0.01);
    a
}

/// Order, signs, orthonormality, and A v = λ v.
fn check_eigen(a: &[f64], n: usize) {
    let found = eigen(a, n);
    let scale = largest(a.iter().copied());
    assert!(found.values.windows(2).all(|w| w[0] <= w[1]));
    let gram = times_transposed(&found.vectors, &found.vectors, n);
    assert!(distance(&gram, &identity(n)) < 1e-14 * n as f64, "not orthonormal");
    for i in 0..n {
        let v = found.vector(i);
        let top = v.iter().fold(0.0_f64, |m, x| if x.abs() > m.abs() { *x } else { m });
        assert!(top > 0.0);
        let residual = (0..n)
            .map(|r| found.values[i].mul_add(-v[r], (0..n).map(|c| a[r.max(c) * n + r.min(c)] * v[c]).sum()));
        assert!(largest(residual) <= 1e-14 * n as f64 * scale, "residual of value {i}");
    }
}

proptest! {
    #[test]
    fn the_factor_multiplies_back_and_solves((n, b) in square(), seed in prop::collection::vec(-5.0..5.0_f64, 40), exponent in -250_i32..250) {
        let a = definite(&b, n);
        let scale = format!("1e{exponent}").parse::<f64>().expect("a number");
        let mut l: Vec<f64> = a.iter().map(|v| v * scale).collect();
        (0..n * n).filter(|m| m % n < m / n).for_each(|m| l[m] = f64::NAN);
        prop_assert!(cholesky(&mut l, n), "the lower triangle is not read");
        let mut x = seed[..n].to_vec();
        cholesky_solve(&l, n, &mut x);
        let mut half = seed[..n].to_vec();
        let energy = scale * cholesky_descend(&l, n, &mut half);
        x.iter_mut().for_each(|v| *v *= scale);
        // L D and L, each in a lower triangle.
        let place = |m: usize| (m / n, m % n);
        let scaled: Vec<f64> = (0..n * n).map(place).map(|(i, j)| if j > i { 0.0 } else { l[j * n + i] / scale }).collect();
        for (i, j) in (0..n * n).map(place).filter(|(i, j)| j >= i) {
            l[i * n + j] = if i == j { 1.0 } else { 0.0 };
        }
        prop_assert!(distance(&times_transposed(&scaled, &l, n), &a) < 1e-14 * n as f64);
        let size = largest(x.iter().copied());
        prop_assert!((energy - dot(&seed[..n], &x)).abs() < 1e-13 * (1.0 + n as f64 * size));
        for i in 0..n {
            prop_assert!((dot(&a[i * n..(i + 1) * n], &x) - seed[i]).abs() < 1e-13 * (1.0 + n as f64 * size));
            let forward = dot(&l[i * n..i * n + n], &half);
            prop_assert!((forward - seed[i]).abs() < 1e-13 * (1.0 + n as f64 * largest(half.iter().copied())));
        }
    }

    #[test]
    fn eigenvectors_are_orthonormal_and_satisfy_their_equation((n, b) in square(), power in -300_i32..300) {
        let scale = format!("1e{power}").parse::<f64>().expect("a number");
        let a: Vec<f64> = b.iter().map(|v| v * scale).collect();
        check_eigen(&a, n);
        check_eigen(&definite(&b, n), n);
    }

    #[test]
    fn eigenvalues_agree_with_the_factor((n, b) in square()) {
        let a = definite(&b, n);
        let found = eigen(&a, n);
        let mut l = a.clone();
        prop_assert!(cholesky(&mut l, n));
        let by_factor: f64 = (0..n).map(|i| l[i * n + i]).product();
        let by_values: f64 = found.values.iter().product();
        prop_assert!((by_factor / by_values - 1.0).abs() < 1e-10);
        let trace: f64 = (0..n).map(|i| a[i * n + i]).sum();
        prop_assert!((found.values.iter().sum::<f64>() - trace).abs() < 1e-13 * n as f64 * trace);
        let ratio = found.values[n - 1] / found.values[0];
        prop_assert_eq!(condition_number(&a, n), ratio);
    }
}

/// 2 on the diagonal, −1 beside it: eigenvalues 4 sin²(π i / (2 (n + 1))), i = 1, …, n.
#[test]
fn second_differences_have_their_known_spectrum() {
    for n in [1, 2, 5, 40, 120] {
        let entry = |m: usize| match (m / n).abs_diff(m % n) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let a: Vec<f64> = (0..n * n).map(entry).collect();
        check_eigen(&a, n);
        for (i, value) in eigen(&a, n).values.iter().enumerate() {
            let s = moe_core::numeric::sin(std::f64::consts::FRAC_PI_2 * (i + 1) as f64 / (n + 1) as f64);
            assert!((value - 4.0 * s * s).abs() < 1e-14 * n as f64, "{n} {i}");
        }
    }
}

/// Scaled unit matrices keep small eigenvalues to full relative accuracy (Demmel and Veselić 1992).
#[test]
fn badly_scaled_definite_matrices_keep_their_small_eigenvalues() {
    let d = [1.0, 1e-10, 1e-20];
    let a: Vec<f64> = (0..9).map(|m| if m / 3 == m % 3 { 1.0 } else { 0.5 } * d[m / 3] * d[m % 3]).collect();
    let values = eigen(&a, 3).values;
    // To first order in the scales: the pivots of elimination from the largest down, 1, 3/4, 2/3.
    for (value, pivot) in values.iter().zip([2.0 / 3.0 * 1e-40, 0.75 * 1e-20, 1.0]) {
        assert!((value / pivot - 1.0).abs() < 1e-14, "{value:e}");
    }
}

#[test]
fn degenerate_matrices() {
    assert!(!cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2), "indefinite");
    assert!(!cholesky(&mut [1.0, 1.0, 1.0, 1.0], 2), "singular");
    assert!(!cholesky(&mut [0.0], 1));
    assert!(!cholesky(&mut [f64::NAN], 1));
    assert!(!cholesky(&mut [f64::INFINITY], 1));
    assert!(cholesky(&mut [], 0));
    assert_eq!(condition_number(&[], 0), 1.0);
    assert_eq!(condition_number(&[0.0; 9], 3), f64::INFINITY);
    assert_eq!(condition_number(&identity(4), 4), 1.0);
    assert_eq!(eigen(&[0.0, 1.0, 1.0, 0.0], 2).values, [-1.0, 1.0]);
    assert!(condition_number(&[1.0; 25], 5) > 1e14, "rank one");
    check_eigen(&[1.0; 25], 5);
    assert!(eigen(&[1.0, 0.0, f64::NAN, 1.0], 2).values.iter().all(|v| v.is_nan()));
    assert!(condition_number(&[1.0, 0.0, f64::NAN, 1.0], 2).is_infinite(), "never a small number");
}
