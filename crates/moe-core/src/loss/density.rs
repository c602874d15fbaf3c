//! Expected distances between the class probabilities of a fit and of the truth.

use ndarray::ArrayView2;

use std::ops::Range;

use super::quadrature::Quadrature;
use crate::measure::{Atom, MixingMeasure};
use crate::numeric::{dot, exp, ln};
use crate::scenario::Truth;

/// Stated errors in units of the largest difference to a coarser estimate. Such a difference can be
/// small by accident: kinks fall between the nodes now here, now there.
const CAUTION: f64 = 2.0;
/// Below this relative difference of two probabilities φ(δ) = δ − ln(1 + δ) is summed as a series.
const SERIES: f64 = 1.0 / 16.0;

/// Distances between g_Ĝ(·|X) and g_G*(·|X), in expectation over X, each with a stated error of the
/// expectation (0 when it is exact: sums over classes always are).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distances {
    /// E h(X), h² = ½ Σ_s (√p_s − √q_s)².
    pub hellinger: f64,
    /// Stated error of `hellinger`.
    pub hellinger_error: f64,
    /// E ½ Σ_s |p_s − q_s|.
    pub total_variation: f64,
    /// Stated error of `total_variation`.
    pub total_variation_error: f64,
    /// E Σ_s p_s ln(p_s / q_s) in nats, p the truth and q the fit.
    pub kl: f64,
    /// Stated error of `kl`.
    pub kl_error: f64,
}

/// A truth prepared for the evaluation of many fits: points, weights, gate features and true class
/// probabilities.
///
/// The expectation over X is a sum for a finite law. For a continuous law it is a tensor
/// Gauss-Legendre rule up to d = 3, and otherwise a weighted mean over a fixed set of points of low
/// discrepancy; the stated error is twice the largest difference to some coarser rules, or to the
/// means over halves of the points. Nothing is random.
///
/// ```
/// use moe_core::covariate::CovariateLaw;
/// use moe_core::gate::GateMap;
/// use moe_core::loss::density::Evaluation;
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::scenario::Truth;
///
/// let coin = |odds: f64| {
///     let intercepts = vec![moe_core::numeric::ln(odds)];
///     MixingMeasure::new(2, 1, vec![Atom { log_weight: 0.0, gate_slope: vec![0.0], intercepts, slopes: vec![0.0] }])
/// };
/// let law = CovariateLaw::Grid { lower: vec![0.0], upper: vec![1.0], points: vec![5] };
/// let evaluation = Evaluation::new(&Truth { measure: coin(1.0), gate_map: GateMap::Identity, law });
/// assert_eq!(evaluation.rule(), "exact-5");
///
/// // A fair coin taken for one that shows heads three times in four.
/// let far = evaluation.distances(&coin(3.0));
/// assert!((far.total_variation - 0.25).abs() < 1e-15);
/// assert_eq!(far.total_variation_error, 0.0, "a finite law is summed exactly");
/// assert!(evaluation.distances(&coin(1.0)).hellinger < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct Evaluation {
    rule: Quadrature,
    /// M(x), m × d, row-major.
    features: Vec<f64>,
    /// True class probabilities, m × K, row-major.
    probabilities: Vec<f64>,
}

/// Sums of the three distances, and of the weights, over a segment of the points.
type Sums = [f64; 4];

impl Evaluation {
    /// Prepares a truth.
    pub fn new(truth: &Truth) -> Self {
        let rule = Quadrature::new(&truth.law);
        let features: Vec<f64> = rule.points.iter().map(|x| truth.gate_map.apply(*x)).collect();
        let d = truth.measure.shape().dim;
        let mut density = Density::new(&truth.measure);
        let mut probabilities = Vec::with_capacity(rule.weights.len() * truth.measure.shape().classes);
        for (x, m) in rule.points.chunks_exact(d).zip(features.chunks_exact(d)) {
            density.evaluate(x, m);
            probabilities.extend_from_slice(&density.probabilities);
        }
        Self { rule, features, probabilities }
    }

    /// Name of the rule: `exact-441`, `gauss-legendre-48^2`, `kronecker-8192`.
    pub fn rule(&self) -> &str {
        &self.rule.name
    }

    /// The evaluation points, one a row (m × d), and their weights, scaled to sum to one.
    pub fn points_and_weights(&self) -> (ArrayView2<'_, f64>, Vec<f64>) {
        let total: f64 = self.rule.weights.iter().sum();
        let points = self.rule.weights.len();
        let shape = (points, self.rule.points.len() / points);
        let view = ArrayView2::from_shape(shape, &self.rule.points);
        let weights = self.rule.weights.iter().map(|w| w / total).collect();
        (view.expect("the points are stored row by row"), weights)
    }

    /// Distances between the truth and a fit. All are finite for finite parameters: where a fitted
    /// probability underflows to 0, the Kullback-Leibler divergence uses its logarithm.
    ///
    /// # Panics
    /// When the fit differs from the truth in classes or covariates.
    pub fn distances(&self, fitted: &MixingMeasure) -> Distances {
        let (shape, m) = (fitted.shape(), self.rule.weights.len());
        assert_eq!((shape.classes * m, shape.dim * m), (self.probabilities.len(), self.features.len()));
        let mut density = Density::new(fitted);
        let mut sums: Vec<Sums> = Vec::with_capacity(self.rule.ends.len());
        let mut start = 0;
        for end in &self.rule.ends {
            sums.push(self.sum_over(start..*end, &mut density));
            start = *end;
        }
        let value = mean(&sums[self.rule.main.clone()]);
        let mut error = [0.0f64; 3];
        for check in &self.rule.checks {
            for ((e, fine), coarse) in error.iter_mut().zip(value).zip(mean(&sums[check.clone()])) {
                *e = e.max(CAUTION * (fine - coarse).abs());
            }
        }
        let [hellinger, total_variation, kl] = value;
        let [hellinger_error, total_variation_error, kl_error] = error;
        Distances { hellinger, hellinger_error, total_variation, total_variation_error, kl, kl_error }
    }

    fn sum_over(&self, points: Range<usize>, density: &mut Density<'_>) -> Sums {
        let shape = density.measure.shape();
        let (d, classes) = (shape.dim, shape.classes);
        let mut sums = [0.0; 4];
        for i in points {
            let (x, m) = (&self.rule.points[i * d..(i + 1) * d], &self.features[i * d..(i + 1) * d]);
            density.evaluate(x, m);
            let (mut hellinger, mut variation, mut kl) = (0.0, 0.0, 0.0);
            let truth = &self.probabilities[i * classes..(i + 1) * classes];
            for (s, (p, q)) in truth.iter().zip(&density.probabilities).enumerate() {
                let root = p.sqrt() - q.sqrt();
                hellinger += root * root;
                variation += (p - q).abs();
                kl += divergence_term(*p, *q, || density.log_probability(s, x, m));
            }
            let weight = self.rule.weights[i];
            sums[0] += weight * (0.5 * hellinger).sqrt();
            sums[1] += weight * (0.5 * variation);
            sums[2] += weight * kl;
            sums[3] += weight;
        }
        sums
    }
}

/// Weighted means over some segments.
fn mean(segments: &[Sums]) -> [f64; 3] {
    let mut total = [0.0; 4];
    for segment in segments {
        for (t, s) in total.iter_mut().zip(segment) {
            *t += s;
        }
    }
    [total[0] / total[3], total[1] / total[3], total[2] / total[3]]
}

/// One class's share of Σ_s p_s ln(p_s / q_s), written as p φ(q/p − 1) with φ(δ) = δ − ln(1 + δ) ≥ 0.
/// The linear parts sum to Σ_s (q_s − p_s) = 0 exactly, so that close densities lose no digits to
/// their cancellation. `log_q` is asked for when q underflows.
fn divergence_term(p: f64, q: f64, log_q: impl FnOnce() -> f64) -> f64 {
    if p < f64::MIN_POSITIVE {
        return q;
    }
    if q < f64::MIN_POSITIVE {
        return (q - p) + p * (ln(p) - log_q());
    }
    let delta = (q - p) / p;
    if delta.abs() > SERIES {
        return p * (delta - ln(q / p));
    }
    // δ² (1/2 − δ/3 + δ²/4 − …): with 14 terms the next one is below 2⁻⁵⁶ of the first.
    let series = (2..16).rev().fold(0.0, |s: f64, n| (-delta).mul_add(s, 1.0 / f64::from(n)));
    p * delta * delta * series
}

/// Class probabilities of one measure, point after point, without allocation.
struct Density<'a> {
    measure: &'a MixingMeasure,
    gates: Vec<f64>,
    expert: Vec<f64>,
    /// g(·|x) of the last point, length K.
    probabilities: Vec<f64>,
}

impl<'a> Density<'a> {
    fn new(measure: &'a MixingMeasure) -> Self {
        let shape = measure.shape();
        let (gates, expert) = (vec![0.0; shape.experts], vec![0.0; shape.classes]);
        Self { measure, gates, expert, probabilities: vec![0.0; shape.classes] }
    }

    /// Evaluates the class probabilities at x, given M(x).
    fn evaluate(&mut self, x: &[f64], m: &[f64]) {
        for (gate, atom) in self.gates.iter_mut().zip(self.measure.atoms()) {
            *gate = dot(&atom.gate_slope, m) + atom.log_weight;
        }
        let gates = exponentials(&mut self.gates);
        self.probabilities.fill(0.0);
        for (gate, atom) in self.gates.iter().zip(self.measure.atoms()) {
            fill_logits(atom, x, &mut self.expert);
            let scale = gate / (gates * exponentials(&mut self.expert));
            for (p, e) in self.probabilities.iter_mut().zip(&self.expert) {
                *p = scale.mul_add(*e, *p);
            }
        }
    }

    /// ln g(s|x), finite even where g(s|x) underflows.
    fn log_probability(&self, s: usize, x: &[f64], m: &[f64]) -> f64 {
        let mut expert = vec![0.0; self.expert.len()];
        let (mut numerator, mut denominator) = (Vec::new(), Vec::new());
        for atom in self.measure.atoms() {
            let gate = dot(&atom.gate_slope, m) + atom.log_weight;
            fill_logits(atom, x, &mut expert);
            numerator.push(gate + expert[s] - log_sum_exp(&mut expert.clone()));
            denominator.push(gate);
        }
        log_sum_exp(&mut numerator) - log_sum_exp(&mut denominator)
    }
}

/// Class logits of an expert, the last one 0.
fn fill_logits(atom: &Atom, x: &[f64], logits: &mut [f64]) {
    for (c, a) in atom.intercepts.iter().enumerate() {
        logits[c] = dot(atom.class_slope(c), x) + a;
    }
    logits[atom.intercepts.len()] = 0.0;
}

/// Replaces logits by their exponentials relative to the largest; returns the sum.
fn exponentials(logits: &mut [f64]) -> f64 {
    let top = logits.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    logits.iter_mut().fold(0.0, |sum, v| {
        *v = exp(*v - top);
        sum + *v
    })
}

fn log_sum_exp(logits: &mut [f64]) -> f64 {
    let top = logits.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    top + ln(exponentials(logits))
}
