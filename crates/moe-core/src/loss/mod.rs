//! Losses between a fitted and a true mixing measure, and distances between their densities.
//!
//! The gate of a mixing measure is free up to a translation of all (β₀, β₁). The losses fix β₀ by
//! rescaling the fitted weights to the total of the true ones, and take the infimum over a common
//! translation t₁ of the fitted gate slopes:
//!
//! D = Σ_j Σ_{i∈A_j} w_i \[‖Δβ₁‖ᵖ + Σ_l (|Δa_l|ᵖ + ‖Δb_l‖ᵖ)\] + Σ_j |Σ_{i∈A_j} w_i − w*_j|
//!
//! where the Voronoi cell A_j holds the fitted atoms whose (β₁ + t₁, a, b) is nearest to that of true
//! atom j in the Euclidean norm, and p = 1 in cells of one atom. In cells with more, p = 1 for D_1,
//! 2 for D_2 and r for D_{3,r}.
//!
//! Some conventions make the infimum a function of the two measures alone. Translations at which an
//! atom is equally near to two true atoms are limits of translations at which it is not, and the
//! smaller limit counts. An atom equally near to two true atoms *whatever* the translation (they share
//! their gate slope) goes where the loss is smaller. Fitted atoms with equal parameters share
//! a cell (where each of them counts), and true atoms with equal parameters are one, labelled by the
//! first, so that equal measures are at distance zero however they are written.
//!
//! ```
//! use moe_core::loss::{Loss, loss};
//! use moe_core::measure::{Atom, MixingMeasure};
//!
//! let atom = |log_weight, gate, intercept| Atom {
//!     log_weight,
//!     gate_slope: vec![gate],
//!     intercepts: vec![intercept],
//!     slopes: vec![1.0],
//! };
//! let half = moe_core::numeric::ln(0.5);
//! let truth = MixingMeasure::new(2, 1, vec![atom(0.0, 2.0, 0.5), atom(0.0, 0.0, -0.5)]);
//!
//! // A translation of all gates changes no density, and is no loss.
//! let moved = MixingMeasure::new(2, 1, vec![atom(0.0, 3.0, 0.5), atom(0.0, 1.0, -0.5)]);
//! let found = loss(Loss::D1, &moved, &truth);
//! assert!(found.value.abs() < 1e-12 && (found.alignment[0] + 1.0).abs() < 1e-12);
//!
//! // The first atom fitted twice, ε to either side: ε in first powers, ε² in squares.
//! let split = |e: f64| {
//!     MixingMeasure::new(2, 1, vec![atom(half, 2.0, 0.5 - e), atom(half, 2.0, 0.5 + e), atom(0.0, 0.0, -0.5)])
//! };
//! let found = loss(Loss::D1, &split(0.01), &truth);
//! assert_eq!(found.cells, [0, 0, 1]);
//! assert!((found.value - 0.01).abs() < 1e-9);
//! assert!((loss(Loss::D2, &split(0.01), &truth).value - 0.0001).abs() < 1e-9);
//! ```

mod alignment;
pub mod cells;
mod convex;
pub mod density;
mod polyhedron;
mod quadrature;
mod voronoi;
mod weights;

use std::fmt;
use std::str::FromStr;

use crate::measure::MixingMeasure;

/// A loss between mixing measures.
///
/// ```
/// use moe_core::loss::Loss;
///
/// assert_eq!("d3(4)".parse(), Ok(Loss::D3(4)));
/// assert_eq!((Loss::D2.to_string(), Loss::D2.exponent()), ("d2".to_owned(), 2));
/// assert!("d4".parse::<Loss>().unwrap_err().to_string().contains("write d1, d2 or d3(r)"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// First powers everywhere.
    D1,
    /// Squares in cells with more than one fitted atom.
    D2,
    /// r-th powers in cells with more than one fitted atom, r ≥ 1 (a text may ask for r up to 16).
    D3(u32),
}

impl Loss {
    /// The power of the terms of cells with more than one fitted atom, at least 1.
    pub fn exponent(self) -> u32 {
        match self {
            Loss::D1 => 1,
            Loss::D2 => 2,
            Loss::D3(r) => r.max(1),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::D1 => f.write_str("d1"),
            Loss::D2 => f.write_str("d2"),
            Loss::D3(r) => write!(f, "d3({r})"),
        }
    }
}

/// Why a text is not a loss; it says what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossError(String);

impl fmt::Display for LossError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LossError {}

impl FromStr for Loss {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let unknown = || {
            LossError(format!(
                "'{text}' is not a loss; write d1, d2 or d3(r) with a whole number r from 1 to 16, \
                 for example d3(4)"
            ))
        };
        match text {
            "d1" => Ok(Loss::D1),
            "d2" => Ok(Loss::D2),
            _ => {
                let power = text.strip_prefix("d3(").and_then(|rest| rest.strip_suffix(')'));
                match power.map(|p| p.trim().parse()) {
                    Some(Ok(r @ 1..=16)) => Ok(Loss::D3(r)),
                    _ => Err(unknown()),
                }
            }
        }
    }
}

/// The value of a loss and where it is attained.
#[derive(Clone, Debug, PartialEq)]
pub struct LossValue {
    /// The loss, at least 0. It has the unit of the true weights; see [`loss`] for extreme weights.
    pub value: f64,
    /// The translation t₁ added to every fitted gate slope, length d.
    pub alignment: Vec<f64>,
    /// The true atom of each fitted atom at that translation, length k. Where the infimum lies on the
    /// border of a cell, the side on which it is approached.
    pub cells: Vec<usize>,
    /// Whether the search over translations was exhaustive. When it is not, `value` is attained but a
    /// smaller one may exist.
    pub exact: bool,
}

/// The loss of a fitted measure against a true one (formula and conventions: [module](self)).
///
/// Every size of the two measures is allowed, k below k* too. Weights are handled relative to the
/// largest one. They are reported in the unit of the true weights when the logarithm of the largest
/// true weight is between −400 and 400; beyond, that logarithm is replaced by the nearer end, so that
/// the loss is finite and still zero exactly for equal measures.
///
/// # Panics
/// When the measures differ in classes or covariates.
pub fn loss(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure) -> LossValue {
    alignment::infimum(kind, fitted, truth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips() {
        for (text, kind) in [("d1", Loss::D1), ("d2", Loss::D2), ("d3(4)", Loss::D3(4))] {
            assert_eq!(text.parse::<Loss>().unwrap(), kind);
            assert_eq!(kind.to_string(), text);
        }
        for text in ["", "d3", "d4", "D1", "d3()", "d3(0)", "d3(17)", "d3(2.5)", "d3(2", "d3 (2)"] {
            assert!(text.parse::<Loss>().is_err(), "{text}");
        }
    }
}
