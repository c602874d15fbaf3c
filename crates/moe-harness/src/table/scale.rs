//! Means and standard deviations of covariate columns.

/// Mean and standard deviation of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, with divisor n.
    pub sd: f64,
}

impl Scale {
    /// The scale of at least one value, each with the number of observations that it stands for; by two passes in the order
    /// given.
    pub fn of<'a>(values: impl Iterator<Item = &'a f64> + Clone, counts: &[u64]) -> Self {
        let n = counts.iter().sum::<u64>() as f64;
        let values = values.zip(counts.iter().map(|count| *count as f64));
        let mean = values.clone().fold(0.0, |sum, (v, count)| sum + count * v / n);
        let square = |v: &f64| (v - mean) * (v - mean) / n;
        Self { mean, sd: values.fold(0.0, |sum, (v, count)| sum + count * square(v)).sqrt() }
    }

    /// A value in standard deviations from the mean.
    pub fn standardized(&self, value: f64) -> f64 {
        (value - self.mean) / self.sd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_standard_deviation() {
        let scale = Scale::of([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].iter(), &[1; 8]);
        assert_eq!(scale, Scale { mean: 5.0, sd: 2.0 });
        assert_eq!(Scale::of([2.0, 4.0, 5.0, 7.0, 9.0].iter(), &[1, 3, 2, 1, 1]), scale);
        assert_eq!(scale.standardized(9.0), 2.0);
    }
}
