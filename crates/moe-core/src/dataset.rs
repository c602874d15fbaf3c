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

    /// The same observations with equal ones counted together: covariate vectors (equal to the last bit) in the order in
    /// which they first appear, each with its classes in order.
    ///
    /// ```
    /// use moe_core::dataset::Dataset;
    /// use ndarray::array;
    ///
    /// let x = array![[0.5], [1.0], [0.5], [0.5]];
    /// let data = Dataset { x, labels: vec![1, 0, 0, 1], counts: vec![2, 1, 1, 3], classes: 2 };
    /// let gathered = data.gathered();
    /// assert_eq!(gathered.x, array![[0.5], [0.5], [1.0]]);
    /// assert_eq!((gathered.labels, gathered.counts), (vec![0, 1, 0], vec![1, 5, 1]));
    /// ```
    pub fn gathered(&self) -> Dataset {
        let (table, d) = (self.table(), self.dim());
        let vector = |row: usize| table[row * d..(row + 1) * d].iter().map(|x| x.to_bits());
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_unstable_by(|a, b| vector(*a).cmp(vector(*b)).then(a.cmp(b)));
        let mut points: Vec<&mut [usize]> = order.chunk_by_mut(|a, b| vector(*a).eq(vector(*b))).collect();
        points.sort_unstable_by_key(|rows| rows[0]);
        let (mut x, mut labels, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for rows in points {
            let first = rows[0];
            rows.sort_unstable_by_key(|row| self.labels[*row]);
            for equal in rows.chunk_by(|a, b| self.labels[*a] == self.labels[*b]) {
                x.extend(&table[first * d..(first + 1) * d]);
                labels.push(self.labels[equal[0]]);
                counts.push(equal.iter().map(|row| self.counts[*row]).sum());
            }
        }
        let x = Array2::from_shape_vec((labels.len(), d), x).expect("d covariates came with each label");
        Dataset { x, labels, counts, classes: self.classes }
    }

    /// Covariates row by row, d numbers each; copied only when they lie in memory in another order.
    pub fn table(&self) -> Cow<'_, [f64]> {
        match self.x.as_slice() {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(self.x.iter().copied().collect()),
        }
    }
}
