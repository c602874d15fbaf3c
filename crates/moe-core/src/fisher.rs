//! Fisher information at a truth: how well conditioned an exact-specified fit of it is.

use ndarray::{Array2, ArrayView1};

use crate::model;
use crate::scenario::Truth;

/// Fisher information of one observation, I = E_X Σ_s g(s|X) ∇log g(s|X) ∇log g(s|X)ᵀ, in the pinned
/// parameters of the true measure (k* atoms, the last one the reference; P × P, symmetric, in nats).
///
/// The expectation over X is the weighted sum over `points` (m × d) with `weights` (length m): exact with
/// the points and probabilities of a finite law, a quadrature rule otherwise. Weights are used as they are.
///
/// # Panics
/// When `points` and `weights` differ in length, or points do not have d coordinates.
///
/// ```
/// use moe_core::covariate::CovariateLaw;
/// use moe_core::fisher::fisher_information;
/// use moe_core::gate::GateMap;
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::numeric::condition_number;
/// use moe_core::scenario::Truth;
///
/// // One expert, two classes, fair everywhere: a logistic regression, I = ¼ E (1, x)(1, x)ᵀ.
/// let fair = Atom { log_weight: 0.0, gate_slope: vec![0.0], intercepts: vec![0.0], slopes: vec![0.0] };
/// let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![2] };
/// let points = law.finite().unwrap();
/// let truth = Truth { measure: MixingMeasure::new(2, 1, vec![fair]), gate_map: GateMap::Identity, law };
/// let information = fisher_information(&truth, &points.points, &points.probabilities);
/// assert_eq!(information, ndarray::array![[0.25, 0.0], [0.0, 0.25]]);
/// assert_eq!(condition_number(information.as_slice().unwrap(), 2), 1.0);
/// ```
pub fn fisher_information(truth: &Truth, points: &Array2<f64>, weights: &[f64]) -> Array2<f64> {
    let shape = truth.measure.shape();
    assert_eq!(points.nrows(), weights.len(), "one weight for each point");
    assert_eq!(points.ncols(), shape.dim, "points have d coordinates");
    let mut information = Array2::zeros((shape.parameters(), shape.parameters()));
    let (mut g, mut score) = (vec![0.0; shape.classes], vec![0.0; shape.parameters()]);
    for (point, weight) in points.rows().into_iter().zip(weights) {
        let x = point.to_vec();
        let m = truth.gate_map.apply_all(&x);
        model::class_probabilities(&truth.measure, &x, &m, &mut g);
        for (label, g) in g.iter().enumerate() {
            // Scores are bounded, so a class whose probability underflows adds nothing.
            if *g >= f64::MIN_POSITIVE {
                model::score(&truth.measure, &x, &m, label, &mut score);
                add_square(&mut information, weight * g, &score);
            }
        }
    }
    for i in 0..shape.parameters() {
        for j in 0..i {
            information[[i, j]] = information[[j, i]];
        }
    }
    information
}

/// Adds `weight` · v vᵀ to the upper triangle.
fn add_square(matrix: &mut Array2<f64>, weight: f64, v: &[f64]) {
    for (i, mut row) in matrix.rows_mut().into_iter().enumerate() {
        let scaled = weight * v[i];
        for (out, v) in row.iter_mut().zip(ArrayView1::from(v)).skip(i) {
            *out = scaled.mul_add(*v, *out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::CovariateLaw;
    use crate::gate::GateMap;
    use crate::measure::MixingMeasure;
    use crate::numeric;
    use crate::sample::tests::three_class_truth;
    use crate::shape::Shape;

    /// With one expert and two classes the model is logistic regression: I = E p(1 − p) (1, x)(1, x)ᵀ.
    #[test]
    fn one_expert_is_logistic_regression() {
        let shape = Shape { experts: 1, classes: 2, dim: 1 };
        let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![5] };
        let truth = Truth {
            measure: MixingMeasure::from_parameters(shape, &[0.3, -2.0]),
            gate_map: GateMap::Identity,
            law: law.clone(),
        };
        let law = law.finite().unwrap();
        let found = fisher_information(&truth, &law.points, &law.probabilities);
        let expected = |power: u32| -> f64 {
            let terms = law.points.iter().map(|x| {
                let p = numeric::sigmoid(0.3 - 2.0 * x);
                0.2 * p * (1.0 - p) * numeric::power(*x, power)
            });
            terms.sum()
        };
        for (found, power) in [(found[[0, 0]], 0), (found[[0, 1]], 1), (found[[1, 0]], 1), (found[[1, 1]], 2)]
        {
            assert!((found - expected(power)).abs() < 1e-15);
        }
    }

    /// Along any direction, the second difference of the expected log-likelihood at the truth is −vᵀIv.
    #[test]
    fn it_is_the_curvature_of_the_expected_log_likelihood() {
        let truth = three_class_truth();
        let law = truth.law.finite().unwrap();
        let (shape, at) = (truth.measure.shape(), truth.measure.parameters());
        let information = fisher_information(&truth, &law.points, &law.probabilities);
        let expected_log = |parameters: &[f64]| -> f64 {
            let measure = MixingMeasure::from_parameters(shape, parameters);
            let (mut g, mut h) = ([0.0; 3], [0.0; 3]);
            let terms = law.points.rows().into_iter().zip(&law.probabilities).map(|(x, w)| {
                let m = truth.gate_map.apply_all(&x.to_vec());
                model::class_probabilities(&truth.measure, &x.to_vec(), &m, &mut g);
                model::class_probabilities(&measure, &x.to_vec(), &m, &mut h);
                w * g.iter().zip(&h).map(|(g, h)| g * numeric::ln(*h)).sum::<f64>()
            });
            terms.sum()
        };
        for direction in 0..shape.parameters() {
            let v: Vec<f64> = (0..shape.parameters())
                .map(|i| if i == direction { 1.0 } else { 0.3 * ((i * 7 + direction) % 5) as f64 - 0.6 })
                .collect();
            let shifted = |h: f64| -> Vec<f64> { at.iter().zip(&v).map(|(t, v)| t + h * v).collect() };
            let h = 1e-3;
            let curvature =
                (expected_log(&shifted(h)) - 2.0 * expected_log(&at) + expected_log(&shifted(-h))) / (h * h);
            let v = ArrayView1::from(&v);
            let quadratic = v.dot(&information.dot(&v));
            assert!((curvature + quadratic).abs() < 1e-4 * quadratic, "{curvature} and {quadratic}");
        }
    }
}
