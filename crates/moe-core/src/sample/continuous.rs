//! Drawing from a continuous law: one row for each observation.

use ndarray::Array2;

use crate::covariate::CovariateLaw;
use crate::dataset::Dataset;
use crate::numeric;
use crate::sample::labels::Labels;
use crate::scenario::Truth;
use crate::stream::{Stream, uniform_of};

/// The least acceptance probability of a coordinate for which a truncated normal may be drawn by
/// rejection: below it a law sits so far out in the tail that its declaration is almost surely a mistake.
pub const MIN_ACCEPTANCE: f64 = 1e-3;

/// The smallest probability, over coordinates, that an untruncated draw lands in its interval; 1 for
/// every law but the truncated normal. Refuse a law whose acceptance is below [`MIN_ACCEPTANCE`].
///
/// Simpson's rule within twelve standard deviations of the mean, absolute error below 1e-9.
pub fn acceptance(law: &CovariateLaw) -> f64 {
    let CovariateLaw::TruncatedNormal { mean, sd, lower, upper } = law else { return 1.0 };
    (0..mean.len())
        .map(|j| normal_mass((lower[j] - mean[j]) / sd[j], (upper[j] - mean[j]) / sd[j]))
        .fold(1.0, f64::min)
}

/// P(lower ≤ Z ≤ upper) of a standard normal Z.
fn normal_mass(lower: f64, upper: f64) -> f64 {
    const STEPS: usize = 2_000;
    let (lower, upper) = (lower.clamp(-12.0, 12.0), upper.clamp(-12.0, 12.0));
    let step = (upper - lower) / STEPS as f64;
    let sum: f64 = (0..=STEPS)
        .map(|i| {
            let z = step.mul_add(i as f64, lower);
            let weight = if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
            weight * numeric::exp(-0.5 * z * z)
        })
        .sum();
    sum * step / 3.0 / std::f64::consts::TAU.sqrt()
}

/// Observations that are drawn together.
const TOGETHER: usize = 256;

/// A data set of `size` rows, each with a count of one: covariates coordinate by coordinate, then the label.
pub(super) fn draw(truth: &Truth, stream: &mut Stream, size: u64) -> Dataset {
    let (rows, shape) = (size as usize, truth.measure.shape());
    let mut x = Array2::zeros((rows, shape.dim));
    let mut labels = Vec::with_capacity(rows);
    let table = x.as_slice_mut().expect("a new table is stored row by row");
    pulp::Arch::new().dispatch(Draw { truth, stream, x: table, labels: &mut labels });
    Dataset { x, labels, counts: vec![1; rows], classes: shape.classes }
}

/// Draws observations with the instructions that the machine has; no bit depends on them.
struct Draw<'a> {
    truth: &'a Truth,
    stream: &'a mut Stream,
    x: &'a mut [f64],
    labels: &'a mut Vec<u32>,
}

impl pulp::WithSimd for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let d = self.truth.law.dim();
        let mut uniforms = [0.0; TOGETHER];
        let mut points = Points::new(&self.truth.law);
        let mut labels = Labels::new(self.truth);
        for x in self.x.chunks_mut(TOGETHER * d) {
            let uniforms = &mut uniforms[..x.len() / d];
            points.draw(self.stream, x, uniforms);
            labels.draw(x, uniforms, self.labels);
        }
    }
}

/// Draws covariate vectors, each followed by the uniform number of its label.
struct Points<'a> {
    law: &'a CovariateLaw,
    words: Vec<u64>,
}

impl<'a> Points<'a> {
    fn new(law: &'a CovariateLaw) -> Self {
        Self { law, words: vec![0; TOGETHER * (law.dim() + 1)] }
    }

    #[inline(always)]
    fn draw(&mut self, stream: &mut Stream, x: &mut [f64], uniforms: &mut [f64]) {
        let d = self.law.dim();
        let rows = x.chunks_exact_mut(d).zip(uniforms.iter_mut());
        if let CovariateLaw::Uniform { lower, upper } = self.law {
            let words = &mut self.words[..rows.len() * (d + 1)];
            stream.words(words);
            for ((x, u), words) in rows.zip(words.chunks_exact(d + 1)) {
                for j in 0..d {
                    x[j] = (upper[j] - lower[j]).mul_add(uniform_of(words[j]), lower[j]);
                }
                *u = uniform_of(words[d]);
            }
            return;
        }
        for (x, u) in rows {
            draw_point(self.law, stream, x);
            *u = stream.uniform();
        }
    }
}

/// A covariate vector of a law whose draws are accepted or not.
#[inline(always)]
fn draw_point(law: &CovariateLaw, stream: &mut Stream, x: &mut [f64]) {
    let CovariateLaw::TruncatedNormal { mean, sd, lower, upper } = law else {
        unreachable!("uniform laws are drawn many at a time, finite ones by counts")
    };
    for (j, x) in x.iter_mut().enumerate() {
        *x = loop {
            let candidate = sd[j].mul_add(stream.normal(), mean[j]);
            if (lower[j]..=upper[j]).contains(&candidate) {
                break candidate;
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::testing::{FALSE_ALARM, check_mean, chi_square, stream};

    fn truncated() -> CovariateLaw {
        CovariateLaw::TruncatedNormal {
            mean: vec![0.2, 2.0],
            sd: vec![0.5, 1.5],
            lower: vec![-1.0, -1.0],
            upper: vec![1.0, 1.0],
        }
    }

    #[test]
    fn acceptance_is_a_normal_probability() {
        assert!((normal_mass(-1.96, 1.96) - 0.950_004_209_703_559).abs() < 1e-9);
        assert!((normal_mass(-1e6, 1e6) - 1.0).abs() < 1e-9);
        assert!((normal_mass(3.0, 50.0) - 0.001_349_898_031_630).abs() < 1e-9);
        assert!((acceptance(&truncated()) - 0.229_742_437).abs() < 1e-6, "{}", acceptance(&truncated()));
        assert_eq!(acceptance(&CovariateLaw::Uniform { lower: vec![0.0], upper: vec![1.0] }), 1.0);
        let far = CovariateLaw::TruncatedNormal {
            mean: vec![9.0],
            sd: vec![1.0],
            lower: vec![-1.0],
            upper: vec![1.0],
        };
        assert!(acceptance(&far) < MIN_ACCEPTANCE);
    }

    /// First two moments against the midpoint rule on the density, and cells of the first coordinate.
    #[test]
    fn truncated_normals_have_their_moments() {
        let law = truncated();
        let mut stream = stream(50);
        let mut x = [0.0; 2];
        let mut draws = [Vec::new(), Vec::new()];
        for _ in 0..60_000 {
            draw_point(&law, &mut stream, &mut x);
            draws[0].push(x[0]);
            draws[1].push(x[1]);
        }
        for (j, (mean, sd)) in [(0.2, 0.5), (2.0, 1.5)].into_iter().enumerate() {
            let cells: Vec<f64> = (0..1_000).map(|i| (i as f64 + 0.5) / 500.0 - 1.0).collect();
            let density: Vec<f64> =
                cells.iter().map(|x| numeric::exp(-0.5 * ((x - mean) / sd) * ((x - mean) / sd))).collect();
            let total: f64 = density.iter().sum();
            let moment = |f: fn(f64) -> f64| -> f64 {
                cells.iter().zip(&density).map(|(x, p)| f(*x) * p / total).sum()
            };
            check_mean(&draws[j], moment(|x| x));
            check_mean(&draws[j].iter().map(|x| x * x).collect::<Vec<_>>(), moment(|x| x * x));
            let mut counts = vec![0; 1_000];
            for x in &draws[j] {
                counts[((x + 1.0) * 500.0) as usize] += 1;
            }
            let probabilities: Vec<f64> = density.iter().map(|p| p / total).collect();
            let (statistic, bound) = chi_square(&counts, &probabilities, FALSE_ALARM);
            assert!(statistic < bound, "coordinate {j}: {statistic} above {bound}");
        }
    }

    /// The last possible class whose cumulative probability is reached.
    fn label(g: &[f64], u: f64) -> u32 {
        let (mut cumulative, mut last) = (0.0, 0);
        for (class, p) in (0..).zip(g).filter(|(_, p)| **p > 0.0) {
            (cumulative, last) = (cumulative + p, class);
            if u < cumulative {
                break;
            }
        }
        last
    }

    /// Whole rounds, rounds that end early, a single row; and the stream goes on where one by one it would.
    #[test]
    fn many_observations_are_those_that_come_one_by_one() {
        let uniform = CovariateLaw::Uniform { lower: vec![-1.0, 0.5], upper: vec![2.0, 0.75] };
        for law in [uniform, truncated()] {
            let truth = Truth { law, ..crate::sample::tests::three_class_truth() };
            for size in [1, 7, TOGETHER, TOGETHER + 1, 5 * TOGETHER - 3] {
                let (mut together, mut alone) = (stream(51), stream(51));
                let data = draw(&truth, &mut together, size as u64);
                assert_eq!((data.rows(), data.labels.len()), (size, size));
                let (mut x, mut g) = ([0.0; 2], [0.0; 3]);
                for row in 0..size {
                    match &truth.law {
                        CovariateLaw::Uniform { lower, upper } => {
                            (0..2).for_each(|j| x[j] = alone.between(lower[j], upper[j]));
                        }
                        law => draw_point(law, &mut alone, &mut x),
                    }
                    let m = truth.gate_map.apply_all(&x);
                    crate::model::class_probabilities(&truth.measure, &x, &m, &mut g);
                    assert_eq!(data.x.row(row).to_vec(), x);
                    assert_eq!(data.labels[row], label(&g, alone.uniform()), "row {row} of {size}");
                }
                assert_eq!(together.word(), alone.word());
            }
        }
    }
}
