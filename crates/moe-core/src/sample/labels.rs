//! Labels of many covariate vectors, eight at a time: operation by operation what [`class_probabilities`] does for one, so
//! the same bits.
//!
//! [`class_probabilities`]: crate::model::class_probabilities

use crate::measure::MixingMeasure;
use crate::model::eight::{exponentials, logit};
use crate::numeric::{LANES, Lanes, add, div, mul, splat};
use crate::scenario::Truth;

/// Draws labels, without allocation.
pub(super) struct Labels<'a> {
    truth: &'a Truth,
    x: Vec<Lanes>,
    m: Vec<Lanes>,
    gates: Vec<Lanes>,
    expert: Vec<Lanes>,
    g: Vec<Lanes>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(truth: &'a Truth) -> Self {
        let shape = truth.measure.shape();
        let zeros = |len| vec![splat(0.0); len];
        Self {
            truth,
            x: zeros(shape.dim),
            m: zeros(shape.dim),
            gates: zeros(shape.experts),
            expert: zeros(shape.classes),
            g: zeros(shape.classes),
        }
    }

    /// Adds the labels of covariate vectors, one after the other in `x`, each by inversion at its own uniform number.
    #[inline(always)]
    pub(super) fn draw(&mut self, x: &[f64], uniforms: &[f64], labels: &mut Vec<u32>) {
        let d = self.x.len();
        for (x, u) in x.chunks(LANES * d).zip(uniforms.chunks(LANES)) {
            self.put(x, d);
            self.evaluate();
            let last = u.len() - 1;
            let u = std::array::from_fn(|l| u[l.min(last)]);
            labels.extend_from_slice(&invert(&self.g, u)[..=last]);
        }
    }

    /// Takes up to eight covariate vectors, the last once more for each that is missing.
    #[inline(always)]
    fn put(&mut self, x: &[f64], d: usize) {
        let last = x.len() / d - 1;
        for j in 0..d {
            for l in 0..LANES {
                self.x[j][l] = x[l.min(last) * d + j];
            }
        }
        self.m.copy_from_slice(&self.x);
        self.truth.gate_map.apply_to_all_here(self.m.as_flattened_mut());
    }

    /// Evaluates their class probabilities.
    #[inline(always)]
    fn evaluate(&mut self) {
        let measure: &MixingMeasure = &self.truth.measure;
        for (gate, atom) in self.gates.iter_mut().zip(measure.atoms()) {
            *gate = logit(&atom.gate_slope, &self.m, atom.log_weight);
        }
        softmax(&mut self.gates);
        self.g.fill(splat(0.0));
        for (gate, atom) in self.gates.iter().zip(measure.atoms()) {
            for (c, intercept) in atom.intercepts.iter().enumerate() {
                self.expert[c] = logit(atom.class_slope(c), &self.x, *intercept);
            }
            self.expert[atom.intercepts.len()] = splat(0.0);
            softmax(&mut self.expert);
            for (g, f) in self.g.iter_mut().zip(&self.expert) {
                *g = add(*g, mul(*gate, *f));
            }
        }
    }
}

/// Replaces logits by their softmax.
#[inline(always)]
fn softmax(logits: &mut [Lanes]) {
    let total = exponentials(logits);
    for v in logits {
        *v = div(*v, total);
    }
}

/// Inversion of the cumulative class probabilities; what rounding leaves goes to the last possible class.
#[inline(always)]
fn invert(g: &[Lanes], u: Lanes) -> [u32; LANES] {
    let (mut cumulative, mut labels, mut open) = (splat(0.0), [0; LANES], [true; LANES]);
    for (class, p) in (0..).zip(g) {
        cumulative = add(cumulative, *p);
        for l in 0..LANES {
            labels[l] = if open[l] & (p[l] > 0.0) { class } else { labels[l] };
            open[l] &= u[l] >= cumulative[l];
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::covariate::CovariateLaw;
    use crate::gate::GateMap;
    use crate::model::class_probabilities;
    use crate::shape::Shape;

    #[test]
    fn labels_are_inverted_and_impossible_classes_are_never_drawn() {
        let g = [0.0, 0.25, 0.0, 0.5, 0.25, 0.0].map(splat);
        let u = [0.0, 0.249, 0.25, 0.749, 0.75, 0.999_999, 0.5, 0.1];
        assert_eq!(invert(&g, u), [1, 1, 3, 3, 4, 4, 3, 1]);
        let short = [0.3, 0.7 - 1e-12, 0.0].map(splat);
        assert_eq!(invert(&short, splat(1.0 - f64::EPSILON)), [1; LANES]);
    }

    /// Steep logits among them, whose probabilities underflow.
    #[test]
    fn probabilities_have_the_bits_of_one_covariate_vector_after_the_other() {
        for (shape, scale) in [
            (Shape { experts: 2, classes: 2, dim: 2 }, 2.0),
            (Shape { experts: 3, classes: 4, dim: 3 }, 1.0),
            (Shape { experts: 1, classes: 3, dim: 1 }, 5.0),
            (Shape { experts: 3, classes: 2, dim: 2 }, 900.0),
        ] {
            let parameters: Vec<f64> =
                (0..shape.parameters()).map(|i| scale * crate::numeric::sin(1.0 + i as f64)).collect();
            let law = CovariateLaw::Uniform { lower: vec![-1.0; shape.dim], upper: vec![1.0; shape.dim] };
            for gate_map in ["identity", "sin(3)", "cos(2)", "tanh(2)", "sigmoid(4)", "power(3)"] {
                let gate_map: GateMap = gate_map.parse().expect("a gate map");
                let measure = MixingMeasure::from_parameters(shape, &parameters);
                let truth = Truth { measure, gate_map, law: law.clone() };
                let x: Vec<f64> = (0..5 * shape.dim).map(|i| crate::numeric::cos(3.0 * i as f64)).collect();
                let mut labels = Labels::new(&truth);
                labels.put(&x, shape.dim);
                labels.evaluate();
                let mut wanted = vec![0.0; shape.classes];
                for l in 0..LANES {
                    let x = &x[l.min(4) * shape.dim..][..shape.dim];
                    class_probabilities(&truth.measure, x, &gate_map.apply_all(x), &mut wanted);
                    let got = labels.g.iter().map(|g| g[l].to_bits());
                    assert!(got.eq(wanted.iter().map(|p| p.to_bits())), "{shape:?}, {gate_map}");
                }
            }
        }
    }
}
