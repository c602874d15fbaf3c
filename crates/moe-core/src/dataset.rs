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

    /// The same observations with equal ones counted together, in the order of their covariates, then classes:
    /// whatever the order of the rows, it is the same data set.
    ///
    /// ```
    /// use moe_core::dataset::Dataset;
    /// use ndarray::array;
    ///
    /// let x = array![[1.0], [0.5], [0.5], [1.0]];
    /// let data = Dataset { x, labels: vec![1, 0, 0, 1], counts: vec![2, 1, 1, 3], classes: 2 };
    /// let gathered = data.gathered();
    /// assert_eq!(gathered.x, array![[0.5], [1.0]]);
    /// assert_eq!((gathered.labels, gathered.counts), (vec![0, 1], vec![2, 5]));
    /// ```
    pub fn gathered(&self) -> Dataset {
        let (table, d) = (self.table(), self.dim());
        let vector = |row: usize| &table[row * d..(row + 1) * d];
        let compare = |a: &usize, b: &usize| {
            let pairs = vector(*a).iter().zip(vector(*b));
            let of_vectors = pairs.map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
            of_vectors.unwrap_or_else(|| self.labels[*a].cmp(&self.labels[*b]))
        };
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_unstable_by(compare);
        let (mut x, mut labels, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for equal in order.chunk_by(|a, b| compare(a, b).is_eq()) {
            x.extend(vector(equal[0]));
            labels.push(self.labels[equal[0]]);
            counts.push(equal.iter().map(|row| self.counts[*row]).sum());
        }
        let x = Array2::from_shape_vec((labels.len(), d), x).expect("d covariates came with each label");
        Dataset { x, labels, counts, classes: self.classes }
    }

    /// How many rows have other covariates, by a bit at least, than the row before; the first has.
    pub fn vectors(&self) -> usize {
        let (table, d) = (self.table(), self.dim());
        let bits = |row: usize| table[row * d..(row + 1) * d].iter().map(|x| x.to_bits());
        let same = |row: &usize| bits(row - 1).eq(bits(*row));
        self.rows() - (1..self.rows()).filter(same).count()
    }

    /// Covariates row by row, d numbers each; copied only when they lie in memory in another order.
    pub fn table(&self) -> Cow<'_, [f64]> {
        match self.x.as_slice() {
            Some(table) => Cow::Borrowed(table),
            None => Cow::Owned(self.x.iter().copied().collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty rows of twelve vectors in two orders, zeros of both signs among them.
    #[test]
    fn gathered_data_do_not_depend_on_the_order_of_rows() {
        let value = |i: usize| [-1.5, -0.0, 0.0, 2.0][i % 4];
        let rows: Vec<(f64, f64, u32, u64)> =
            (0..40).map(|i| (value(i), value(i / 4 % 3), (i / 7 % 3) as u32, 1 + i as u64 % 5)).collect();
        let of = |rows: &[(f64, f64, u32, u64)]| Dataset {
            x: Array2::from_shape_fn((rows.len(), 2), |(r, j)| if j == 0 { rows[r].0 } else { rows[r].1 }),
            labels: rows.iter().map(|row| row.2).collect(),
            counts: rows.iter().map(|row| row.3).collect(),
            classes: 3,
        };
        let mut shuffled = rows.clone();
        shuffled.rotate_left(17);
        shuffled.reverse();
        let (data, gathered) = (of(&rows), of(&rows).gathered());
        let bits = |data: &Dataset| data.x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(gathered, of(&shuffled).gathered());
        assert_eq!(bits(&gathered), bits(&of(&shuffled).gathered()));
        assert_eq!((gathered.size(), gathered.vectors()), (data.size(), 12));
        assert!(gathered.rows() < data.rows());
        assert_eq!(gathered.gathered(), gathered);
    }
}
