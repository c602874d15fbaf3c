//! Factors of 16 × 16 matrices and solves with them: the bits of the general routines, in a fraction of their time.
//!
//! Every loop has a length that is known when compiled. A smaller matrix can be filled up with ones on the
//! diagonal, which changes none of its entries; right-hand sides then with zeros.

use super::factor::is_pivot;

/// Entries of half a row.
const HALF: usize = 8;

/// [`cholesky`](super::cholesky) of a 16 × 16 matrix: a row that is known is given to the sums of all rows
/// below it, none of which waits for another.
#[inline(always)]
pub fn cholesky_of_sixteen(a: &mut [f64; 256]) -> bool {
    let mut sums = Sums { left: [[0.0; HALF]; HALF], right: [[0.0; HALF]; 16] };
    row::<0>(a, &mut sums)
        && row::<1>(a, &mut sums)
        && row::<2>(a, &mut sums)
        && row::<3>(a, &mut sums)
        && row::<4>(a, &mut sums)
        && row::<5>(a, &mut sums)
        && row::<6>(a, &mut sums)
        && row::<7>(a, &mut sums)
        && row::<8>(a, &mut sums)
        && row::<9>(a, &mut sums)
        && row::<10>(a, &mut sums)
        && row::<11>(a, &mut sums)
        && row::<12>(a, &mut sums)
        && row::<13>(a, &mut sums)
        && row::<14>(a, &mut sums)
        && row::<15>(a, &mut sums)
}

/// Σ_k (l d)_ik l_jk over the rows that are known, by halves of row j; left halves from row 8 on lie before the
/// diagonal.
struct Sums {
    left: [[f64; HALF]; HALF],
    right: [[f64; HALF]; 16],
}

/// Row K of D Lᵀ, and column K of L; false where the pivot is none.
#[inline(always)]
fn row<const K: usize>(a: &mut [f64; 256], sums: &mut Sums) -> bool {
    let right = minus(&a[16 * K + HALF..], &sums.right[K]);
    // The half that holds the pivot, from row 8 on the right one.
    let left = if K < HALF { minus(&a[16 * K..], &sums.left[K % HALF]) } else { right };
    let pivot = left[K % HALF];
    if !is_pivot(pivot) {
        return false;
    }
    let inverse = 1.0 / pivot;
    let (l_left, l_right) = (left.map(|entry| entry * inverse), right.map(|entry| entry * inverse));
    if K < HALF {
        for j in K + 1..HALF {
            add(&left, l_left[j], &mut sums.left[j]);
            add(&right, l_left[j], &mut sums.right[j]);
            a[16 * j + K] = l_left[j];
        }
        a[16 * K + K..16 * K + HALF].copy_from_slice(&left[K..]);
    }
    for j in HALF.max(K + 1)..16 {
        add(&right, l_right[j - HALF], &mut sums.right[j]);
        a[16 * j + K] = l_right[j - HALF];
    }
    let first = K.saturating_sub(HALF);
    a[16 * K + HALF + first..16 * K + 16].copy_from_slice(&right[first..]);
    true
}

/// Entries less sums.
#[inline(always)]
fn minus(entries: &[f64], sums: &[f64; HALF]) -> [f64; HALF] {
    let mut rest = [0.0; HALF];
    for ((rest, entry), sum) in rest.iter_mut().zip(entries).zip(sums) {
        *rest = entry - sum;
    }
    rest
}

/// Adds a row, times a number, to sums.
#[inline(always)]
fn add(row: &[f64], l: f64, sums: &mut [f64; HALF]) {
    for (sum, entry) in sums.iter_mut().zip(row) {
        *sum = entry.mul_add(l, *sum);
    }
}

/// A function of one row for one row after the other, each compiled on its own.
macro_rules! rows {
    ($of_row:ident $arguments:tt $($row:literal)*) => { $($of_row::<$row> $arguments;)* };
}

/// [`cholesky_descend`](super::cholesky_descend) of sixteen rows: solves L x = b in place, returns bᵀ A⁻¹ b.
#[inline(always)]
pub fn cholesky_descend_of_sixteen(l: &[f64; 256], b: &mut [f64; 16]) -> f64 {
    let mut rest = Halves::of(b);
    let mut energy = 0.0;
    rows!(down(l, &mut rest, b, &mut energy) 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    energy
}

/// [`cholesky_solve`](super::cholesky_solve) of sixteen rows: solves A x = b in place.
#[inline(always)]
pub fn cholesky_solve_of_sixteen(l: &[f64; 256], b: &mut [f64; 16]) {
    cholesky_descend_of_sixteen(l, b);
    for (i, b) in b.iter_mut().enumerate() {
        *b *= 1.0 / l[17 * i];
    }
    let mut rest = Halves::of(b);
    rows!(up(l, &mut rest, b) 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0);
}

/// A right-hand side of which some rows are still to be solved; what stands at the others is of no use any
/// more, so that whole halves can be worked on.
struct Halves {
    left: [f64; HALF],
    right: [f64; HALF],
}

impl Halves {
    #[inline(always)]
    fn of(b: &[f64; 16]) -> Self {
        let (mut left, mut right) = ([0.0; HALF], [0.0; HALF]);
        left.copy_from_slice(&b[..HALF]);
        right.copy_from_slice(&b[HALF..]);
        Self { left, right }
    }

    #[inline(always)]
    fn at<const I: usize>(&self) -> f64 {
        if I < HALF { self.left[I % HALF] } else { self.right[I % HALF] }
    }
}

/// Row I of L x = b: its solution, taken out of the rows below.
#[inline(always)]
fn down<const I: usize>(l: &[f64; 256], rest: &mut Halves, b: &mut [f64; 16], energy: &mut f64) {
    let own = rest.at::<I>();
    let value = own * (1.0 / l[17 * I]);
    *energy = own.mul_add(value, *energy);
    b[I] = own;
    if I + 1 < HALF {
        add(&l[16 * I..], -value, &mut rest.left);
    }
    add(&l[16 * I + HALF..], -value, &mut rest.right);
}

/// Row I of Lᵀ x = b: its solution, taken out of the rows above.
#[inline(always)]
fn up<const I: usize>(l: &[f64; 256], rest: &mut Halves, b: &mut [f64; 16]) {
    let own = rest.at::<I>();
    b[I] = own;
    if I > HALF {
        add(&l[16 * I + HALF..], -own, &mut rest.right);
    }
    add(&l[16 * I..], -own, &mut rest.left);
}

#[cfg(test)]
mod tests {
    use super::super::{cholesky, cholesky_descend, cholesky_solve};
    use super::*;

    /// The bits of numbers, those of all NaN alike.
    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|v| if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() }).collect()
    }

    #[test]
    fn bits_are_those_of_the_general_routines() {
        let entry = |i: usize, j: usize| (3.7 * (i * i + j * j) as f64 + 1.3 * (i * j) as f64) % 2.0 - 1.0;
        let matrix: [f64; 256] = std::array::from_fn(|m| entry(m / 16, m % 16));
        for (shift, definite) in
            [(17.0, true), (8.0, true), (0.1, false), (f64::INFINITY, false), (f64::NAN, false)]
        {
            let mut general = matrix;
            general.iter_mut().step_by(17).for_each(|entry| *entry += shift);
            let mut special = general;
            assert_eq!(cholesky(&mut general, 16), definite, "{shift}");
            assert_eq!(cholesky_of_sixteen(&mut special), definite, "{shift}");
            if !definite {
                continue;
            }
            assert_eq!(bits(&special), bits(&general));
            for last in [-3.5, 0.0, -0.0, f64::INFINITY, f64::NAN] {
                let mut right: [f64; 16] = std::array::from_fn(|i| 1.0 - 0.3 * i as f64);
                (right[3], right[15]) = (-0.0, last);
                let (mut x, mut expected) = (right, right);
                cholesky_solve_of_sixteen(&special, &mut x);
                cholesky_solve(&general, 16, &mut expected);
                assert_eq!(bits(&x), bits(&expected));
                let (mut x, mut expected) = (right, right);
                let energy = cholesky_descend_of_sixteen(&special, &mut x);
                assert_eq!(bits(&[energy]), bits(&[cholesky_descend(&general, 16, &mut expected)]));
                assert_eq!(bits(&x), bits(&expected));
            }
        }
    }
}
