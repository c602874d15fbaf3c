//! Expected distances between the class probabilities of a fit and of the truth.

mod block;

use std::ops::Range;

use ndarray::ArrayView2;

use self::block::{Block, Density};
use super::quadrature::Quadrature;
use crate::measure::{Atom, MixingMeasure};
use crate::numeric::{LANES, Lanes, dot, exp, ln};
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
    /// The points in blocks; none reaches over the end of a segment.
    blocks: Vec<Block>,
    /// The blocks of each segment of the rule.
    segments: Vec<Range<usize>>,
}

/// Sums of the three distances, and of the weights, over a segment of the points.
type Sums = [f64; 4];

impl Evaluation {
    /// Prepares a truth.
    pub fn new(truth: &Truth) -> Self {
        let rule = Quadrature::new(&truth.law);
        let d = truth.measure.shape().dim;
        let (mut blocks, mut segments) = (Vec::new(), Vec::new());
        let mut start = 0;
        for end in &rule.ends {
            let first = blocks.len();
            for from in (start..*end).step_by(LANES) {
                blocks.push(block(&rule, truth, d, from..(from + LANES).min(*end)));
            }
            segments.push(first..blocks.len());
            start = *end;
        }
        pulp::Arch::new().dispatch(Truths { blocks: &mut blocks, density: Density::new(&truth.measure) });
        Self { rule, blocks, segments }
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
        self.distances_with(fitted, pulp::Arch::new())
    }

    /// With these vector instructions; the values do not depend on them.
    fn distances_with(&self, fitted: &MixingMeasure, arch: pulp::Arch) -> Distances {
        let shape = fitted.shape();
        let fits = |block: &Block| (block.truth.len(), block.x.len()) == (shape.classes, shape.dim);
        assert!(self.blocks.iter().all(fits), "the fit has other classes or covariates than the truth");
        let mut density = Density::new(fitted);
        let sum = |blocks: &Range<usize>| {
            let blocks = &self.blocks[blocks.clone()];
            arch.dispatch(Sum { blocks, weights: &self.rule.weights, density: &mut density })
        };
        let sums: Vec<Sums> = self.segments.iter().map(sum).collect();
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
}

/// Some points of the rule, their true class probabilities still to be filled in.
fn block(rule: &Quadrature, truth: &Truth, d: usize, points: Range<usize>) -> Block {
    let lane = |l: usize| points.start + l.min(points.len() - 1);
    let x: Vec<Lanes> = (0..d).map(|j| std::array::from_fn(|l| rule.points[lane(l) * d + j])).collect();
    let m = x.iter().map(|x| x.map(|v| truth.gate_map.apply(v))).collect();
    Block { points, x, m, truth: Vec::new() }
}

/// Fills in true class probabilities.
struct Truths<'a> {
    blocks: &'a mut [Block],
    density: Density<'a>,
}

impl pulp::WithSimd for Truths<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(mut self, _: S) {
        for block in self.blocks {
            self.density.evaluate(block);
            block.truth.clone_from(&self.density.probabilities);
        }
    }
}

/// Sums distances over blocks, point after point.
struct Sum<'a, 'b> {
    blocks: &'a [Block],
    weights: &'a [f64],
    density: &'a mut Density<'b>,
}

impl pulp::WithSimd for Sum<'_, '_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Sums {
        let mut sums = [0.0; 4];
        for block in self.blocks {
            self.density.evaluate(block);
            let terms = self.density.terms(block);
            for (l, weight) in self.weights[block.points.clone()].iter().enumerate() {
                sums[0] += weight * (0.5 * terms.hellinger[l]).sqrt();
                sums[1] += weight * (0.5 * terms.variation[l]);
                sums[2] += weight * terms.kl[l];
                sums[3] += weight;
            }
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

/// ln g(s|x) given M(x), finite even where g(s|x) underflows.
fn log_probability(measure: &MixingMeasure, s: usize, x: &[f64], m: &[f64]) -> f64 {
    let mut expert = vec![0.0; measure.shape().classes];
    let (mut numerator, mut denominator) = (Vec::new(), Vec::new());
    for atom in measure.atoms() {
        let gate = dot(&atom.gate_slope, m) + atom.log_weight;
        fill_logits(atom, x, &mut expert);
        numerator.push(gate + expert[s] - log_sum_exp(&mut expert.clone()));
        denominator.push(gate);
    }
    log_sum_exp(&mut numerator) - log_sum_exp(&mut denominator)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::CovariateLaw;
    use crate::gate::GateMap;
    use crate::model::class_probabilities;
    use crate::shape::Shape;

    fn measure(scale: f64) -> MixingMeasure {
        let shape = Shape { experts: 3, classes: 3, dim: 2 };
        let parameters: Vec<f64> =
            (0..shape.parameters()).map(|i| scale * crate::numeric::sin(1.0 + i as f64)).collect();
        MixingMeasure::from_parameters(shape, &parameters)
    }

    /// What one point after the other gives, by the plain model.
    fn plainly(truth: &Truth, fitted: &MixingMeasure, points: &[f64]) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for x in points.chunks_exact(2) {
            let m: Vec<f64> = x.iter().map(|v| truth.gate_map.apply(*v)).collect();
            let (mut p, mut q) = ([0.0; 3], [0.0; 3]);
            class_probabilities(&truth.measure, x, &m, &mut p);
            class_probabilities(fitted, x, &m, &mut q);
            let over = |f: &dyn Fn(f64, f64) -> f64| p.iter().zip(&q).map(|(p, q)| f(*p, *q)).sum::<f64>();
            sums[0] += (0.5 * over(&|p, q| (p.sqrt() - q.sqrt()) * (p.sqrt() - q.sqrt()))).sqrt();
            sums[1] += 0.5 * over(&|p, q| (p - q).abs());
            sums[2] += over(&|p, q| p * (ln(p) - ln(q)));
        }
        sums.map(|s| s * 2.0 / points.len() as f64)
    }

    #[test]
    fn blocks_give_what_single_points_give_with_all_instructions() {
        // 35 points: the last block is not full. Fits nearby, apart, and so far off that probabilities underflow.
        let law = CovariateLaw::Grid { lower: vec![-1.0, -2.0], upper: vec![1.0, 2.0], points: vec![5, 7] };
        for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
            let truth = Truth { measure: measure(2.0), gate_map, law: law.clone() };
            let evaluation = Evaluation::new(&truth);
            for scale in [2.01, 2.5, -3.0, 2000.0] {
                let fitted = measure(scale);
                let ours = evaluation.distances(&fitted);
                assert_eq!(ours, evaluation.distances_with(&fitted, pulp::Arch::Scalar), "{scale}");
                assert!(ours.kl.is_finite() && ours.kl > 0.0);
                if scale < 100.0 {
                    let plain = plainly(&truth, &fitted, &evaluation.rule.points);
                    for (ours, plain) in [ours.hellinger, ours.total_variation, ours.kl].iter().zip(plain) {
                        assert!((ours - plain).abs() < 1e-12, "{scale}: {ours} {plain}");
                    }
                }
            }
        }
    }
}
