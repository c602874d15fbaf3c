//! Covariate laws: where X lives and how it is distributed. Finite laws turn data into counts.

use ndarray::Array2;

use crate::content::Content;
use crate::numeric;

/// The law of the covariates X on a bounded set of R^d.
///
/// ```
/// use moe_core::covariate::CovariateLaw;
///
/// // A grid of 3 × 2 points on [−1, 1] × [0, 1].
/// let law = CovariateLaw::Grid { lower: vec![-1.0, 0.0], upper: vec![1.0, 1.0], points: vec![3, 2] };
/// let finite = law.finite().unwrap();
/// assert_eq!(law.support_size(), Some(6));
/// assert_eq!(finite.points.row(2).to_vec(), [0.0, 0.0]);
/// assert_eq!(finite.probabilities, [1.0 / 6.0; 6]);
///
/// // A continuous law has no points.
/// assert!(CovariateLaw::Uniform { lower: vec![-1.0], upper: vec![1.0] }.finite().is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum CovariateLaw {
    /// Uniform on a box.
    Uniform {
        /// Lower corner, length d.
        lower: Vec<f64>,
        /// Upper corner, length d.
        upper: Vec<f64>,
    },
    /// Independent normals, each truncated to an interval of the box.
    TruncatedNormal {
        /// Means before truncation, length d.
        mean: Vec<f64>,
        /// Standard deviations before truncation, length d.
        sd: Vec<f64>,
        /// Lower corner, length d.
        lower: Vec<f64>,
        /// Upper corner, length d.
        upper: Vec<f64>,
    },
    /// Uniform on the points of a regular grid, corners included.
    Grid {
        /// Lower corner, length d.
        lower: Vec<f64>,
        /// Upper corner, length d.
        upper: Vec<f64>,
        /// Points along each axis, length d, each at least 2.
        points: Vec<usize>,
    },
    /// A finite set of points with probabilities that sum to one.
    Points {
        /// One point a row, m × d.
        points: Array2<f64>,
        /// Probabilities, length m.
        probabilities: Vec<f64>,
    },
}

/// A law with finitely many points.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteLaw {
    /// One point a row, m × d.
    pub points: Array2<f64>,
    /// Probabilities, length m, summing to one.
    pub probabilities: Vec<f64>,
}

impl CovariateLaw {
    /// Number of covariates d.
    pub fn dim(&self) -> usize {
        match self {
            CovariateLaw::Uniform { lower, .. }
            | CovariateLaw::TruncatedNormal { lower, .. }
            | CovariateLaw::Grid { lower, .. } => lower.len(),
            CovariateLaw::Points { points, .. } => points.ncols(),
        }
    }

    /// Number of points of a finite law, without making them; `None` for a continuous law or when the
    /// number does not fit.
    pub fn support_size(&self) -> Option<usize> {
        match self {
            CovariateLaw::Grid { points, .. } => points.iter().try_fold(1usize, |m, p| m.checked_mul(*p)),
            CovariateLaw::Points { points, .. } => Some(points.nrows()),
            _ => None,
        }
    }

    /// Whether X takes finitely many values.
    pub fn is_finite(&self) -> bool {
        matches!(self, CovariateLaw::Grid { .. } | CovariateLaw::Points { .. })
    }

    /// Points and probabilities of a finite law; `None` for a continuous one.
    pub fn finite(&self) -> Option<FiniteLaw> {
        match self {
            CovariateLaw::Grid { lower, upper, points } => Some(grid(lower, upper, points)),
            CovariateLaw::Points { points, probabilities } => {
                Some(FiniteLaw { points: points.clone(), probabilities: probabilities.clone() })
            }
            _ => None,
        }
    }

    /// The smallest box that holds the support: lower and upper corner, length d each.
    pub fn bounds(&self) -> (Vec<f64>, Vec<f64>) {
        match self {
            CovariateLaw::Uniform { lower, upper }
            | CovariateLaw::TruncatedNormal { lower, upper, .. }
            | CovariateLaw::Grid { lower, upper, .. } => (lower.clone(), upper.clone()),
            CovariateLaw::Points { points, .. } => points
                .columns()
                .into_iter()
                .map(|c| {
                    c.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, u), v| (l.min(*v), u.max(*v)))
                })
                .unzip(),
        }
    }

    /// Density at `x` up to a constant factor, for a continuous law (1 for the uniform).
    pub fn relative_density(&self, x: &[f64]) -> f64 {
        match self {
            CovariateLaw::TruncatedNormal { mean, sd, .. } => {
                let z2: f64 =
                    x.iter().zip(mean.iter().zip(sd)).map(|(x, (m, s))| ((x - m) / s) * ((x - m) / s)).sum();
                numeric::exp(-0.5 * z2)
            }
            _ => 1.0,
        }
    }

    /// Writes the law into a content hash.
    pub fn add_to(&self, content: &mut Content) {
        match self {
            CovariateLaw::Uniform { lower, upper } => {
                content.text("law", "uniform").numbers("lower", lower).numbers("upper", upper);
            }
            CovariateLaw::TruncatedNormal { mean, sd, lower, upper } => {
                content.text("law", "truncated-normal").numbers("mean", mean).numbers("sd", sd);
                content.numbers("lower", lower).numbers("upper", upper);
            }
            CovariateLaw::Grid { lower, upper, points } => {
                content.text("law", "grid").numbers("lower", lower).numbers("upper", upper);
                for p in points {
                    content.whole("points", *p as u64);
                }
            }
            CovariateLaw::Points { points, probabilities } => {
                content.text("law", "points").whole("dim", points.ncols() as u64);
                for point in points.rows() {
                    content.numbers("point", &point.to_vec());
                }
                content.numbers("probabilities", probabilities);
            }
        }
    }
}

fn grid(lower: &[f64], upper: &[f64], points: &[usize]) -> FiniteLaw {
    let (d, m) = (lower.len(), points.iter().product());
    let mut out = Array2::zeros((m, d));
    for (row, mut x) in out.rows_mut().into_iter().enumerate() {
        let mut rest = row;
        for j in (0..d).rev() {
            let (step, last) = (rest % points[j], points[j] - 1);
            rest /= points[j];
            // Both ends are hit exactly, and the middle of a symmetric grid is exactly 0.
            x[j] = (lower[j] * (last - step) as f64 + upper[j] * step as f64) / last as f64;
        }
    }
    FiniteLaw { points: out, probabilities: vec![1.0 / m as f64; m] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_has_corners_and_a_centre() {
        let law = CovariateLaw::Grid { lower: vec![-1.0, 0.0], upper: vec![1.0, 2.0], points: vec![3, 2] };
        let finite = law.finite().unwrap();
        assert_eq!(finite.points.row(0).to_vec(), vec![-1.0, 0.0]);
        assert_eq!(finite.points.row(3).to_vec(), vec![0.0, 2.0]);
        assert_eq!(finite.points.row(5).to_vec(), vec![1.0, 2.0]);
        assert_eq!(finite.probabilities.len(), 6);
        assert_eq!(law.bounds(), (vec![-1.0, 0.0], vec![1.0, 2.0]));
    }
}
