//! Mixing measures G = Σ exp(β₀ᵢ) δ_(β₁ᵢ, aᵢ, bᵢ) and their pinned parameter vectors.
//!
//! A measure and its parameter vector say the same: the last gate is the reference, so k atoms with K classes and d
//! covariates have (k − 1)(1 + d) + k(K − 1)(1 + d) free parameters.
//!
//! ```
//! use moe_core::measure::{Atom, MixingMeasure};
//!
//! // Two experts, two classes, one covariate.
//! let atom = |log_weight, gate, intercept, slope| Atom {
//!     log_weight,
//!     gate_slope: vec![gate],
//!     intercepts: vec![intercept],
//!     slopes: vec![slope],
//! };
//! let measure = MixingMeasure::new(2, 1, vec![atom(0.3, 4.0, 0.5, 2.0), atom(0.0, 0.0, -0.5, -1.0)]);
//! let parameters = measure.parameters();
//! assert_eq!(parameters.len(), 1 * 2 + 2 * 1 * 2);
//! assert_eq!(MixingMeasure::from_parameters(measure.shape(), &parameters), measure);
//! ```

use crate::numeric::{exp, ln};
use crate::shape::Shape;

/// One atom: a gate (β₀, β₁) and an expert (a, b).
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// Gate intercept β₀; the weight of the atom is exp(β₀).
    pub log_weight: f64,
    /// Gate slope β₁, length d.
    pub gate_slope: Vec<f64>,
    /// Expert intercepts a, length K − 1 (the last class is the reference, 0).
    pub intercepts: Vec<f64>,
    /// Expert slopes b, (K − 1) rows of length d, row-major.
    pub slopes: Vec<f64>,
}

impl Atom {
    /// Slope vector of class `c` (c < K − 1), length d.
    pub fn class_slope(&self, c: usize) -> &[f64] {
        let d = self.gate_slope.len();
        &self.slopes[c * d..(c + 1) * d]
    }

    /// Whether every class slope is exactly zero (the expert "vanishes", Regime 2 of the paper).
    pub fn vanishes(&self) -> bool {
        self.slopes.iter().all(|b| *b == 0.0)
    }
}

/// A mixing measure: k atoms of one shape. Weights need not sum to one, and the density is unchanged
/// by a common translation of all (β₀, β₁).
#[derive(Clone, Debug, PartialEq)]
pub struct MixingMeasure {
    shape: Shape,
    atoms: Vec<Atom>,
}

impl MixingMeasure {
    /// A measure from its atoms.
    ///
    /// # Panics
    /// When there is no atom or an atom does not have the lengths that `classes` and `dim` ask for.
    pub fn new(classes: usize, dim: usize, atoms: Vec<Atom>) -> Self {
        assert!(
            !atoms.is_empty() && classes >= 2 && dim >= 1,
            "a mixing measure needs atoms, classes, covariates"
        );
        for atom in &atoms {
            assert_eq!(atom.gate_slope.len(), dim);
            assert_eq!(atom.intercepts.len(), classes - 1);
            assert_eq!(atom.slopes.len(), (classes - 1) * dim);
        }
        Self { shape: Shape { experts: atoms.len(), classes, dim }, atoms }
    }

    /// The measure of a pinned parameter vector (order of [`Shape`]), length `shape.parameters()`.
    pub fn from_parameters(shape: Shape, parameters: &[f64]) -> Self {
        assert_eq!(parameters.len(), shape.parameters());
        let (k, d, classes) = (shape.experts, shape.dim, shape.classes - 1);
        let atoms = (0..k)
            .map(|i| {
                let gate = shape.gate(i);
                let (log_weight, gate_slope) = if i + 1 < k {
                    (parameters[gate], parameters[gate + 1..gate + 1 + d].to_vec())
                } else {
                    (0.0, vec![0.0; d])
                };
                let mut atom = Atom {
                    log_weight,
                    gate_slope,
                    intercepts: Vec::with_capacity(classes),
                    slopes: Vec::new(),
                };
                for c in 0..classes {
                    let at = shape.expert(i, c);
                    atom.intercepts.push(parameters[at]);
                    atom.slopes.extend_from_slice(&parameters[at + 1..at + 1 + d]);
                }
                atom
            })
            .collect();
        Self { shape, atoms }
    }

    /// The pinned parameter vector when atom `reference` is the reference: gates are differences to it,
    /// and it is moved to the last place (the others keep their order).
    pub fn parameters_pinned_at(&self, reference: usize) -> Vec<f64> {
        let zero = &self.atoms[reference];
        let others = self.atoms.iter().enumerate().filter(|(i, _)| *i != reference).map(|(_, a)| a);
        let mut out = Vec::with_capacity(self.shape.parameters());
        for atom in others.clone() {
            out.push(atom.log_weight - zero.log_weight);
            out.extend(atom.gate_slope.iter().zip(&zero.gate_slope).map(|(a, b)| a - b));
        }
        for atom in others.chain(std::iter::once(zero)) {
            for c in 0..self.shape.classes - 1 {
                out.push(atom.intercepts[c]);
                out.extend_from_slice(atom.class_slope(c));
            }
        }
        out
    }

    /// The parameter vector pinned at the last atom.
    pub fn parameters(&self) -> Vec<f64> {
        self.parameters_pinned_at(self.shape.experts - 1)
    }

    /// Sizes k, K, d.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The atoms, in label order.
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }

    /// The largest |pinned coordinate| when atom `reference` is the reference.
    pub fn extent_pinned_at(&self, reference: usize) -> f64 {
        self.parameters_pinned_at(reference).iter().fold(0.0, |m, v| m.max(v.abs()))
    }

    /// The smallest box that holds the measure: the least extent over choices of the reference atom.
    /// The compact set Θ of the MLE is the union over those choices, so it does not depend on labels.
    ///
    /// ```
    /// use moe_core::measure::{Atom, MixingMeasure};
    ///
    /// let atom = |gate: f64| Atom { log_weight: 0.0, gate_slope: vec![gate], intercepts: vec![1.0], slopes: vec![2.0] };
    /// let measure = MixingMeasure::new(2, 1, vec![atom(6.0), atom(3.0), atom(0.0)]);
    /// // Only differences of gates count: from the last atom one reaches 6, from the one in the middle 3.
    /// assert_eq!(measure.extent_pinned_at(2), 6.0);
    /// assert_eq!(measure.extent(), 3.0);
    /// ```
    pub fn extent(&self) -> f64 {
        (0..self.shape.experts).map(|r| self.extent_pinned_at(r)).fold(f64::INFINITY, f64::min)
    }

    /// Whether the box of half-width `bound` holds a measure of `experts` atoms (at least as many as here) with the same
    /// density, made by splitting one atom into copies of it that share its weight. Then the maximum of the larger model
    /// is at least the likelihood of this measure.
    pub fn splits_within(&self, experts: usize, bound: f64) -> bool {
        let copies = (experts + 1 - self.shape.experts) as f64;
        // Copies of equal weight lose ln(copies); or the reference keeps all but the least weight that the box allows,
        // and the gates of the others, which are differences to it, grow by that.
        let (lost, grown) = (ln(copies), ln((copies - 1.0).mul_add(exp(-bound), 1.0)));
        (0..self.shape.experts).filter(|r| self.extent_pinned_at(*r) <= bound).any(|reference| {
            let others = self.atoms.iter().enumerate().filter(|(i, _)| *i != reference);
            let gates: Vec<f64> =
                others.map(|(_, a)| a.log_weight - self.atoms[reference].log_weight).collect();
            gates.iter().any(|g| g - lost >= -bound) || gates.iter().all(|g| g + grown <= bound)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> MixingMeasure {
        let shape = Shape { experts: 3, classes: 3, dim: 2 };
        let values: Vec<f64> = (0..shape.parameters()).map(|i| (i as f64) * 0.5 - 3.0).collect();
        MixingMeasure::from_parameters(shape, &values)
    }

    #[test]
    fn parameters_round_trip() {
        let g = example();
        assert_eq!(MixingMeasure::from_parameters(g.shape(), &g.parameters()), g);
    }

    /// Two atoms of which the first has this gate intercept, everything else being small.
    fn two(gate: f64) -> MixingMeasure {
        MixingMeasure::from_parameters(
            Shape { experts: 2, classes: 2, dim: 1 },
            &[gate, 1.0, 0.5, 0.5, -0.5, 1.0],
        )
    }

    #[test]
    fn a_measure_splits_within_the_box_that_holds_it() {
        for gate in [-10.0, -9.5, 0.0, 9.9999999, 10.0] {
            for experts in 2..6 {
                assert!(two(gate).splits_within(experts, 10.0), "{gate} {experts}");
            }
        }
        assert!(!two(10.1).splits_within(2, 10.0) && !two(10.1).splits_within(3, 10.0));
        // In a narrow box there is no room for ln 2 below, nor for ln(1 + e^-B) above.
        let narrow =
            |gate: f64| MixingMeasure::from_parameters(two(0.0).shape(), &[gate, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert!(narrow(0.1).splits_within(2, 0.3) && !narrow(0.1).splits_within(3, 0.3));
        assert!(narrow(0.5).splits_within(3, 0.5));
    }

    #[test]
    fn pinning_at_another_atom_moves_it_last_and_subtracts_its_gate() {
        let g = example();
        let p = g.parameters_pinned_at(0);
        let moved = MixingMeasure::from_parameters(g.shape(), &p);
        assert_eq!(moved.atoms()[2].slopes, g.atoms()[0].slopes);
        assert_eq!(moved.atoms()[0].gate_slope[1], g.atoms()[1].gate_slope[1] - g.atoms()[0].gate_slope[1]);
        assert_eq!(moved.atoms()[1].log_weight, -g.atoms()[0].log_weight);
    }
}
