//! Standard errors of a fit from the observed information, with a word where there is none.

use moe_core::numeric::eigen;

/// Eigenvalues of the information scaled to unit diagonal below this count as zero: what is left of a
/// Hessian's digits after rounding says nothing about them.
const NULL: f64 = 1e-9;

/// A coordinate whose unit vector has this much (squared length) in the null space is not determined.
const SHARE: f64 = 1e-6;

/// The standard error of one coordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StandardError {
    /// The square root of its entry of the inverse observed information.
    Value(f64),
    /// The coordinate stands at the box, where no normal approximation holds. The others' errors are
    /// those with it held there.
    AtBox,
    /// The information is singular in a direction that moves the coordinate: the data do not determine it.
    Undetermined,
}

/// Standard errors from the Hessian of the total log-likelihood (P × P, row-major) at a maximum, and from
/// which coordinates stand at the box (length P). The observed information is −H over the others; where it
/// is singular, coordinates outside its null space still get theirs, from the Moore-Penrose inverse.
///
/// ```
/// use moe_estimators::information::{StandardError, standard_errors};
///
/// // An observed information of 100 in the first coordinate and none in the second; the third stands at the box.
/// let hessian = [-100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0];
/// let errors = standard_errors(&hessian, &[false, false, true]);
/// assert_eq!(errors, [StandardError::Value(0.1), StandardError::Undetermined, StandardError::AtBox]);
/// ```
pub fn standard_errors(hessian: &[f64], at_box: &[bool]) -> Vec<StandardError> {
    let p = at_box.len();
    let free: Vec<usize> = (0..p).filter(|i| !at_box[*i]).collect();
    let n = free.len();
    let diagonal = |i: usize| -hessian[free[i] * p + free[i]];
    let scale: Vec<f64> =
        (0..n).map(|i| if diagonal(i) > 0.0 { 1.0 / diagonal(i).sqrt() } else { 1.0 }).collect();
    let entry = |m: usize| -hessian[free[m / n] * p + free[m % n]] * scale[m / n] * scale[m % n];
    let scaled: Vec<f64> = (0..n * n).map(entry).collect();
    let spectrum = eigen(&scaled, n);
    let mut errors = vec![StandardError::AtBox; p];
    for (i, at) in free.iter().enumerate() {
        let (mut null, mut variance) = (0.0, 0.0);
        for (r, value) in spectrum.values.iter().enumerate() {
            let square = spectrum.vector(r)[i] * spectrum.vector(r)[i];
            if *value > NULL { variance += square / value } else { null += square }
        }
        let error = variance.sqrt() * scale[i];
        errors[*at] = if null < SHARE && error.is_finite() && diagonal(i) > 0.0 {
            StandardError::Value(error)
        } else {
            StandardError::Undetermined
        };
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::StandardError::{AtBox, Undetermined, Value};
    use super::*;

    #[track_caller]
    fn check(hessian: &[f64], at_box: &[bool], expected: &[StandardError]) {
        let found = standard_errors(hessian, at_box);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            match (found, expected) {
                (Value(f), Value(e)) => assert!((f - e).abs() < 1e-12 * e, "{f} and {e}"),
                _ => assert_eq!(found, expected),
            }
        }
    }

    /// [[4, 2], [2, 9]] has the inverse [[9, −2], [−2, 4]] / 32.
    #[test]
    fn the_inverse_information() {
        let hessian = [-4.0, -2.0, -2.0, -9.0];
        let error = |square: f64| Value((square / 32.0_f64).sqrt());
        check(&hessian, &[false, false], &[error(9.0), error(4.0)]);
        check(&hessian, &[false, true], &[Value(0.5), AtBox]);
        check(&hessian, &[true, true], &[AtBox, AtBox]);
    }

    /// The first two coordinates move together, in scales a million apart; the third is on its own.
    #[test]
    fn a_singular_information_spares_what_it_determines() {
        let hessian = [-1e6, -1e3, 0.0, -1e3, -1.0, 0.0, 0.0, 0.0, -4.0];
        check(&hessian, &[false; 3], &[Undetermined, Undetermined, Value(0.5)]);
        check(&hessian, &[true, false, false], &[AtBox, Value(1.0), Value(0.5)]);
    }

    #[test]
    fn no_curvature_is_no_information() {
        check(&[0.0, 0.0, 0.0, -1.0], &[false, false], &[Undetermined, Value(1.0)]);
        check(&[f64::NAN, 0.0, 0.0, -1.0], &[false, false], &[Undetermined, Undetermined]);
    }
}
