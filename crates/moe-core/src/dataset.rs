//! Data sets as rows with counts: a finite covariate law makes their length independent of n.

use std::borrow::Cow;

use ndarray::Array2;

/// Observations (X, Y), equal ones counted together. Row r stands for `counts[r]` observations with
/// covariates `x.row(r)` and class `labels[r]`.
///
/// ```
/// use moe_core::dataset::Dataset;
/// use ndarray::array;
///
/// // Three observations, two of them equal.
/// let data = Dataset { x: array![[0.5], [1.0]], labels: vec![0, 1], counts: vec![2, 1], classes: 2 };
/// assert_eq!((data.size(), data.rows(), data.dim()), (3, 2, 1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Covariates, one row of d values for each stored row.
    pub x: Array2<f64>,
    /// Class labels, 0-based, below `classes`.
    pub labels: Vec<u32>,
    /// How many observations each row stands for, at least 1, exact below 2^53.
    pub counts: Vec<u64>,
    /// Number of classes K.
    pub classes: usize,
}

impl Dataset {
    /// Sample size n: the sum of the counts.
    pub fn size(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Number of stored rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// Number of covariates d.
    pub fn dim(&self) -> usize {
        self.x.ncols()
    }

    /// Covariates row by row, d numbers each; copied only when they lie in memory in another order.
    pub fn table(&self) -> Cow<'_, [f64]> {
        match self.x.as_slice() {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(self.x.iter().copied().collect()),
        }
    }
}
