//! Errors by Voronoi cell and component: what a loss that sums everything cannot show.

use super::voronoi::distance;
use super::weights::Weights;
use crate::measure::{Atom, MixingMeasure};
use crate::model::softmax;
use crate::numeric::{exp, ln};

/// One error for each component of an atom, and one for all of them jointly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Components {
    /// Gate slope: from ‖Δβ₁‖.
    pub gate: f64,
    /// Expert intercepts: from ‖Δa‖, Euclidean over classes.
    pub intercept: f64,
    /// Expert slopes: from ‖Δb‖, Euclidean over classes and covariates.
    pub slope: f64,
    /// All components: from (‖Δβ₁‖² + ‖Δa‖² + ‖Δb‖²)^(1/2).
    pub all: f64,
}

/// Norms of sums over the atoms of a cell A_j, in the unit of the true weights. They can be small
/// where the single atoms are not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MergedMoments {
    /// ‖Σ w Δβ₁‖.
    pub gate: f64,
    /// ‖Σ w Δa‖.
    pub intercept: f64,
    /// ‖Σ w Δb‖.
    pub slope: f64,
    /// ‖Σ w (Δb + Δβ₁ Δaᵀ)‖: for class l the vector Δb_l + Δβ₁ Δa_l, Euclidean over classes too.
    pub mixed: f64,
    /// ‖Σ w (f(·; a_i) − f(·; a*_j))‖ over classes, where f is the softmax of the intercepts alone:
    /// the error of the merged class probabilities when the expert vanishes (b = 0).
    pub pmf: f64,
}

/// Errors of the fitted atoms of one occupied cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtomErrors {
    /// Weighted root errors (Σ w ‖Δ‖² / Σ w)^(1/2).
    pub root: Components,
    /// Largest unweighted distances: an atom far away is seen here even if it has hardly any weight.
    pub far: Components,
    /// Merged moments.
    pub moments: MergedMoments,
    /// ln Σ w before rescaling: how the cells are weighted when they are pooled.
    log_weight: f64,
}

/// Errors of the Voronoi cell of one true atom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellErrors {
    /// Number of fitted atoms |A_j|.
    pub size: usize,
    /// Σ_{A_j} w − w*_j, with the sign, in the unit of the true weights.
    pub weight_error: f64,
    /// Errors of the atoms; `None` when the cell is empty.
    pub atoms: Option<AtomErrors>,
}

/// Errors over all cells with at least two fitted atoms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PooledErrors {
    /// Weighted root errors (Σ w ‖Δ‖² / Σ w)^(1/2), both sums over all atoms of those cells.
    pub root: Components,
    /// Largest unweighted distances.
    pub far: Components,
}

/// The errors of every cell, in the order of the true atoms, at a translation `alignment` of the
/// fitted gate slopes (length d) with the cells `cells` (fitted atom → true atom, length k); both as
/// found by [`super::loss`]. Weights are rescaled and reported as there.
///
/// # Panics
/// When lengths do not fit, or a cell is not a true atom.
///
/// ```
/// use moe_core::loss::cells::{cell_errors, pooled};
/// use moe_core::loss::{Loss, loss};
/// use moe_core::measure::{Atom, MixingMeasure};
///
/// let atom = |weight: f64, gate, intercept| Atom {
///     log_weight: moe_core::numeric::ln(weight),
///     gate_slope: vec![gate],
///     intercepts: vec![intercept],
///     slopes: vec![1.0],
/// };
/// let truth = MixingMeasure::new(2, 1, vec![atom(1.0, 2.0, 0.5), atom(1.0, 0.0, -0.5)]);
/// // The first atom fitted twice, with intercepts 0.1 to either side.
/// let fitted =
///     MixingMeasure::new(2, 1, vec![atom(0.5, 2.0, 0.4), atom(0.5, 2.0, 0.6), atom(1.0, 0.0, -0.5)]);
/// let at = loss(Loss::D2, &fitted, &truth);
/// let cells = cell_errors(&fitted, &truth, &at.alignment, &at.cells);
/// assert_eq!((cells[0].size, cells[1].size), (2, 1));
/// let errors = cells[0].atoms.unwrap();
/// // Each atom is 0.1 away, and their weighted mean is right.
/// assert!((errors.root.intercept - 0.1).abs() < 1e-9 && errors.moments.intercept < 1e-9);
/// assert_eq!(pooled(&cells).unwrap().root.gate, errors.root.gate);
/// ```
pub fn cell_errors(
    fitted: &MixingMeasure,
    truth: &MixingMeasure,
    alignment: &[f64],
    cells: &[usize],
) -> Vec<CellErrors> {
    assert_eq!(alignment.len(), truth.shape().dim);
    assert_eq!(cells.len(), fitted.shape().experts);
    assert!(cells.iter().all(|j| *j < truth.shape().experts));
    let weights = Weights::new(fitted, truth);
    let one_cell = |(j, center): (usize, &Atom)| {
        let members: Vec<usize> = (0..cells.len()).filter(|i| cells[*i] == j).collect();
        let mass: f64 = members.iter().map(|i| weights.fitted[*i]).sum();
        let atoms: Vec<(&Atom, f64)> =
            members.iter().map(|i| (&fitted.atoms()[*i], weights.fitted[*i])).collect();
        CellErrors {
            size: members.len(),
            weight_error: (mass - weights.truth[j]) * weights.unit,
            atoms: (!atoms.is_empty()).then(|| atom_errors(&atoms, center, alignment, weights.unit)),
        }
    };
    truth.atoms().iter().enumerate().map(one_cell).collect()
}

/// Σ_j |Σ_{A_j} w − w*_j|: the weight part of every loss, in the unit of the true weights.
pub fn total_weight_error(cells: &[CellErrors]) -> f64 {
    cells.iter().map(|c| c.weight_error.abs()).sum()
}

/// Errors pooled over the cells with at least two atoms; `None` when there is no such cell.
pub fn pooled(cells: &[CellErrors]) -> Option<PooledErrors> {
    let several: Vec<&AtomErrors> =
        cells.iter().filter(|c| c.size > 1).filter_map(|c| c.atoms.as_ref()).collect();
    let top = several.iter().map(|a| a.log_weight).reduce(f64::max)?;
    let mut sum = Components::default();
    let (mut far, mut total) = (Components::default(), 0.0);
    for atoms in several {
        let weight = exp(atoms.log_weight - top);
        total += weight;
        sum = sum.combine(&atoms.root, |s, r| (weight * r).mul_add(r, s));
        far = far.combine(&atoms.far, f64::max);
    }
    Some(PooledErrors { root: sum.map(|s| (s / total).sqrt()), far })
}

/// Errors of the atoms of a cell, given with their rescaled weights in units of `unit`.
fn atom_errors(atoms: &[(&Atom, f64)], center: &Atom, alignment: &[f64], unit: f64) -> AtomErrors {
    let differences: Vec<Difference> =
        atoms.iter().map(|(atom, _)| Difference::new(atom, center, alignment)).collect();
    // Root errors weight the atoms relative to the heaviest of the cell, so that they exist (and are
    // right) even when every weight of the cell underflows beside the others.
    let top = atoms.iter().fold(f64::NEG_INFINITY, |m, (a, _)| m.max(a.log_weight));
    let (mut sum, mut total, mut far) = (Components::default(), 0.0, Components::default());
    for ((atom, _), difference) in atoms.iter().zip(&differences) {
        let weight = exp(atom.log_weight - top);
        let sizes = difference.sizes();
        total += weight;
        sum = sum.combine(&sizes, |s, v| (weight * v).mul_add(v, s));
        far = far.combine(&sizes, f64::max);
    }
    AtomErrors {
        root: sum.map(|s| (s / total).sqrt()),
        far,
        moments: merged_moments(atoms, &differences, center, unit),
        log_weight: top + ln(total),
    }
}

fn merged_moments(
    atoms: &[(&Atom, f64)],
    differences: &[Difference],
    center: &Atom,
    unit: f64,
) -> MergedMoments {
    let true_pmf = pmf(center);
    let norm_of_sum = |term: &dyn Fn(usize) -> Vec<f64>| {
        let mut sum: Vec<f64> = Vec::new();
        for (i, (_, weight)) in atoms.iter().enumerate() {
            let values = term(i);
            sum.resize(values.len(), 0.0);
            for (s, v) in sum.iter_mut().zip(values) {
                *s = weight.mul_add(v, *s);
            }
        }
        norm(&sum) * unit
    };
    MergedMoments {
        gate: norm_of_sum(&|i| differences[i].gate.clone()),
        intercept: norm_of_sum(&|i| differences[i].intercepts.clone()),
        slope: norm_of_sum(&|i| differences[i].slopes.clone()),
        mixed: norm_of_sum(&|i| differences[i].mixed()),
        pmf: norm_of_sum(&|i| pmf(atoms[i].0).iter().zip(&true_pmf).map(|(p, q)| p - q).collect()),
    }
}

/// An aligned fitted atom minus its true atom.
struct Difference {
    gate: Vec<f64>,
    intercepts: Vec<f64>,
    slopes: Vec<f64>,
}

impl Difference {
    fn new(atom: &Atom, center: &Atom, alignment: &[f64]) -> Self {
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        // The translation is compared with β*_j − β_i, as the losses do: no rounding of β_i + t first.
        let gate = minus(alignment, &minus(&center.gate_slope, &atom.gate_slope));
        Self {
            gate,
            intercepts: minus(&atom.intercepts, &center.intercepts),
            slopes: minus(&atom.slopes, &center.slopes),
        }
    }

    fn sizes(&self) -> Components {
        let (gate, intercept, slope) = (norm(&self.gate), norm(&self.intercepts), norm(&self.slopes));
        Components { gate, intercept, slope, all: norm(&[gate, intercept, slope]) }
    }

    /// Δb_l + Δβ₁ Δa_l for every class l, one after the other.
    fn mixed(&self) -> Vec<f64> {
        let d = self.gate.len();
        let at = |(at, b): (usize, &f64)| self.gate[at % d].mul_add(self.intercepts[at / d], *b);
        self.slopes.iter().enumerate().map(at).collect()
    }
}

impl Components {
    fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { gate: f(self.gate), intercept: f(self.intercept), slope: f(self.slope), all: f(self.all) }
    }

    fn combine(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            gate: f(self.gate, other.gate),
            intercept: f(self.intercept, other.intercept),
            slope: f(self.slope, other.slope),
            all: f(self.all, other.all),
        }
    }
}

fn pmf(atom: &Atom) -> Vec<f64> {
    let mut p: Vec<f64> = atom.intercepts.iter().copied().chain([0.0]).collect();
    softmax(&mut p);
    p
}

fn norm(v: &[f64]) -> f64 {
    distance(v, &vec![0.0; v.len()])
}
