//! Drawing from a finite law: counts directly, so that the cost is that of the points, whatever n is.

use ndarray::Array2;

use super::binomial::binomial;
use crate::dataset::Dataset;
use crate::model;
use crate::scenario::Truth;
use crate::stream::Stream;

/// Everything about a truth with finitely many covariate points that does not change between draws.
#[derive(Clone, Debug)]
pub(super) struct Table {
    points: Array2<f64>,
    /// P(X = point j | X is none of the points before j), length m.
    point_hazards: Vec<f64>,
    /// P(X is among the points up to j), length m, unnormalised.
    cumulative: Vec<f64>,
    /// P(Y = c | X = point, Y is none of the classes before c), m × K.
    class_hazards: Array2<f64>,
}

impl Table {
    /// `None` when the covariate law is continuous.
    pub(super) fn new(truth: &Truth) -> Option<Self> {
        let law = truth.law.finite()?;
        let classes = truth.measure.shape().classes;
        let mut class_hazards = Array2::zeros((law.points.nrows(), classes));
        let mut g = vec![0.0; classes];
        for (point, mut row) in law.points.rows().into_iter().zip(class_hazards.rows_mut()) {
            let x = point.to_vec();
            model::class_probabilities(&truth.measure, &x, &truth.gate_map.apply_all(&x), &mut g);
            row.iter_mut().zip(hazards(&g)).for_each(|(out, h)| *out = h);
        }
        let cumulative = law.probabilities.iter().scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        });
        Some(Self {
            point_hazards: hazards(&law.probabilities),
            cumulative: cumulative.collect(),
            points: law.points,
            class_hazards,
        })
    }

    /// A data set of `size` observations, rows in point-major order.
    pub(super) fn draw(&self, stream: &mut Stream, size: u64) -> Dataset {
        let m = self.points.nrows();
        let by_point = if size >= m as u64 { self.split(stream, size) } else { self.pick(stream, size) };
        let (dim, classes) = (self.points.ncols(), self.class_hazards.ncols());
        let (mut x, mut labels, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (point, n) in by_point {
            let mut left = n;
            for class in 0..classes {
                let count = binomial(stream, left, self.class_hazards[[point, class]]);
                left -= count;
                if count > 0 {
                    x.extend(self.points.row(point));
                    labels.push(class as u32);
                    counts.push(count);
                }
            }
        }
        let x = Array2::from_shape_vec((labels.len(), dim), x).expect("one point was added with each label");
        Dataset { x, labels, counts, classes }
    }

    /// Observations per point, points in order, by conditional binomials: for sizes beyond the points.
    fn split(&self, stream: &mut Stream, size: u64) -> Vec<(usize, u64)> {
        let mut left = size;
        let mut by_point = Vec::with_capacity(self.points.nrows());
        for (point, hazard) in self.point_hazards.iter().enumerate() {
            let count = binomial(stream, left, *hazard);
            left -= count;
            by_point.push((point, count));
        }
        by_point
    }

    /// Observations per point, points in order, by one categorical draw for each: for points beyond the size.
    fn pick(&self, stream: &mut Stream, size: u64) -> Vec<(usize, u64)> {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let mut drawn: Vec<usize> = (0..size)
            .map(|_| {
                // u < 1 gives u·total < total, so the point found always has a positive probability.
                let u = stream.uniform() * total;
                self.cumulative.partition_point(|c| *c <= u)
            })
            .collect();
        drawn.sort_unstable();
        drawn.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
    }
}

/// P(category i | none before i) from probabilities up to a common factor. The last category with a
/// positive probability has exactly one, whatever the rounding, so sequential draws always use up n.
fn hazards(probabilities: &[f64]) -> Vec<f64> {
    let mut rest = 0.0;
    let mut out: Vec<f64> = probabilities
        .iter()
        .rev()
        .map(|p| {
            rest += p;
            if rest > 0.0 { (p / rest).clamp(0.0, 1.0) } else { 0.0 }
        })
        .collect();
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::{FALSE_ALARM, check_mean, chi_square, stream};
    use crate::sample::tests::three_class_truth;

    #[test]
    fn hazards_end_in_certainty() {
        assert_eq!(hazards(&[0.1; 10])[9], 1.0);
        assert_eq!(hazards(&[0.25, 0.75, 0.0]), [0.25, 1.0, 0.0]);
        assert_eq!(hazards(&[0.0, 0.0, 1.0]), [0.0, 0.0, 1.0]);
        assert_eq!(hazards(&[1e-320, 0.0]), [1.0, 0.0]);
    }

    /// P(X = point j, Y = c) over (point, class), point-major.
    fn joint(truth: &Truth) -> Vec<f64> {
        let law = truth.law.finite().unwrap();
        let mut g = vec![0.0; truth.measure.shape().classes];
        let mut out = Vec::new();
        for (point, p) in law.points.rows().into_iter().zip(&law.probabilities) {
            let x = point.to_vec();
            model::class_probabilities(&truth.measure, &x, &truth.gate_map.apply_all(&x), &mut g);
            out.extend(g.iter().map(|g| p * g));
        }
        out
    }

    /// Draws the table's law by `split` or by `pick`, whatever the size.
    fn cells(table: &Table, truth: &Truth, stream: &mut Stream, size: u64, by_counts: bool) -> Vec<u64> {
        let by_point = if by_counts { table.split(stream, size) } else { table.pick(stream, size) };
        let classes = truth.measure.shape().classes;
        let mut cells = vec![0; table.points.nrows() * classes];
        for (point, n) in by_point {
            let mut left = n;
            for class in 0..classes {
                let count = binomial(stream, left, table.class_hazards[[point, class]]);
                left -= count;
                cells[point * classes + class] += count;
            }
            assert_eq!(left, 0);
        }
        cells
    }

    /// Both ways: totals over data sets against the exact cell probabilities, and the Pearson statistic of
    /// single data sets against its exact mean (cells − 1), which over- or underdispersion would move.
    #[test]
    fn by_counts_and_one_by_one_follow_the_same_law() {
        let truth = three_class_truth();
        let table = Table::new(&truth).unwrap();
        let probabilities = joint(&truth);
        for (size, by_counts) in [(200, true), (200, false), (5, true), (5, false)] {
            let mut stream = stream(20 + size + u64::from(by_counts));
            let mut totals = vec![0; probabilities.len()];
            let mut pearson = Vec::new();
            for _ in 0..4_000 {
                let cells = cells(&table, &truth, &mut stream, size, by_counts);
                assert_eq!(cells.iter().sum::<u64>(), size);
                totals.iter_mut().zip(&cells).for_each(|(t, c)| *t += c);
                let terms = cells.iter().zip(&probabilities).map(|(c, p)| {
                    let expected = p * size as f64;
                    (*c as f64 - expected) * (*c as f64 - expected) / expected
                });
                pearson.push(terms.sum());
            }
            let (statistic, bound) = chi_square(&totals, &probabilities, FALSE_ALARM);
            assert!(statistic < bound, "size {size}, by counts {by_counts}: {statistic} above {bound}");
            check_mean(&pearson, probabilities.len() as f64 - 1.0);
        }
    }

    #[test]
    fn rows_are_point_major_without_empty_counts() {
        let truth = three_class_truth();
        let table = Table::new(&truth).unwrap();
        for size in [0, 1, 7, 11, 12, 1_000, 100_000_000, 1_000_000_000_000] {
            let data = table.draw(&mut stream(40), size);
            assert_eq!(data.size(), size);
            assert!(data.counts.iter().all(|c| *c > 0));
            let keys: Vec<(usize, u32)> = data
                .x
                .rows()
                .into_iter()
                .zip(&data.labels)
                .map(|(x, l)| (table.points.rows().into_iter().position(|p| p == x).unwrap(), *l))
                .collect();
            assert!(keys.is_sorted_by(|a, b| a < b), "size {size}: {keys:?}");
        }
    }
}
