//! How far apart two measures are for every estimator at once, and what Le Cam's method makes of it.
//!
//! Let D be a loss of [`crate::loss`] and W the common total weight of two true measures G and G′. The losses
//! are no metrics, so that a large D(G′, G) is not enough: what counts is
//!
//! d = inf_H \[D(H, G) + D(H, G′)\],
//!
//! over all measures H. D_1 dominates a metric. Write ‖·‖ for its distance of two atoms, the sum of ‖Δβ₁‖ and
//! all |Δa_l| and ‖Δb_l‖. If φ is a function of atoms with |φ| ≤ 1 and |φ(u) − φ(v)| ≤ ‖u − v‖, then whatever
//! cell j(i) a fitted atom i is in,
//!
//! ∫φ dH − ∫φ dG = Σ_i w_i (φ(h_i) − φ(g_j(i))) + Σ_j (Σ_{i∈A_j} w_i − w*_j) φ(g_j) ≤ D_1(H, G).
//!
//! The supremum over φ is the bounded Lipschitz metric (Dudley 1966), which obeys the triangle inequality and
//! does not change when both measures are translated. So d_1 ≥ inf_t sup_φ (∫φ dG′_t − ∫φ dG): one good φ for
//! each translation t of G′ bounds d_1 from below.
//!
//! In cells with several atoms D_2 and D_{3,r} have powers r of the c = 1 + 2(K − 1) terms of an atom. Their sum
//! is at least c (y/c)^r, y the sum of the terms, and (y/c)^r ≥ r λ^(r−1) y/c − (r − 1) λ^r for every λ > 0, by
//! convexity. Summed over atoms, and with λ = d_1/(2Wc):
//!
//! d_r ≥ d_1 (d_1 / (2Wc))^(r−1).
//!
//! The factor r λ^(r−1) is at most 1, because d_1 ≤ 2W and c ≥ 3, so that the terms with first powers are
//! bounded too.

use crate::loss::Loss;
use crate::measure::{Atom, MixingMeasure};
use crate::numeric::{exp, exp_m1, ln_1p, power};

/// Where a bounded Lipschitz function ends: values in [−1, 1] differ by at most 2.
const SPAN: f64 = 2.0;

/// A lower bound of d_1 that translations cannot change, because it looks at experts alone: the larger one of
/// Σ_i w_i min(2, distance of expert i of one measure to the experts of the other), either way round. The
/// function φ is min(2, distance to the other's experts) − 1.
pub fn by_experts(truth: &MixingMeasure, rival: &MixingMeasure) -> f64 {
    one_way(truth, rival).max(one_way(rival, truth))
}

fn one_way(from: &MixingMeasure, to: &MixingMeasure) -> f64 {
    let nearest = |atom: &Atom| to.atoms().iter().fold(SPAN, |least, b| least.min(experts_apart(atom, b)));
    from.atoms().iter().map(|atom| exp(atom.log_weight) * nearest(atom)).sum()
}

/// Σ_l (|Δa_l| + ‖Δb_l‖).
fn experts_apart(a: &Atom, b: &Atom) -> f64 {
    let classes = 0..a.intercepts.len();
    let slopes = |c| a.class_slope(c).iter().zip(b.class_slope(c)).map(|(a, b)| a - b);
    classes.map(|c| (a.intercepts[c] - b.intercepts[c]).abs() + norm(slopes(c))).sum()
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, v| v.mul_add(v, sum)).sqrt()
}

/// A lower bound of d_1 between a measure and its [doubling](super::identity::doubled) by ρ = `ratio`, γ =
/// `shift`: W min(1, ρ)/(1 + ρ) · min(2, ‖γ‖).
///
/// Moved by t, the two copies of an atom are at distances ‖t‖ and ‖γ + t‖ from it, together at least ‖γ‖; to
/// other atoms their distance is that of the experts. `None` when two experts are nearer than 2.
pub fn by_common_shift(truth: &MixingMeasure, ratio: f64, shift: &[f64]) -> Option<f64> {
    let atoms = truth.atoms();
    let apart = (0..atoms.len()).all(|j| (0..j).all(|i| experts_apart(&atoms[i], &atoms[j]) >= SPAN));
    let reach = norm(shift.iter().copied()).min(SPAN);
    apart.then(|| total(truth) * ratio.min(1.0) / (1.0 + ratio) * reach)
}

/// The total weight W.
pub fn total(measure: &MixingMeasure) -> f64 {
    measure.atoms().iter().map(|atom| exp(atom.log_weight)).sum()
}

/// The lower bound of d for any loss from that for D_1; W is the common total weight, K the classes.
pub fn of_loss(kind: Loss, first: f64, total: f64, classes: usize) -> f64 {
    let terms = 1.0 + 2.0 * (classes as f64 - 1.0);
    first * power(first / (2.0 * total * terms), kind.exponent() - 1)
}

/// An upper bound of the total variation distance between the laws of n observations, from the squared
/// Hellinger distance h² = ½ Σ (√p − √q)² between those of one: (1 − (1 − h²)^(2n))^(1/2).
pub fn total_variation(squared_hellinger: f64, observations: u64) -> f64 {
    let affinity = 2.0 * observations as f64 * ln_1p(-squared_hellinger.min(1.0));
    (-exp_m1(affinity)).max(0.0).sqrt()
}

/// Le Cam's bound: with TV the total variation distance between the laws of the data under G and G′, every
/// estimator has max(E_G D, E_G′ D) ≥ (d/2)(1 − TV).
///
/// For the larger one is at least half the sum, which is at least ½ ∫ (D(Ĝ, G) + D(Ĝ, G′)) min(dP, dP′)
/// ≥ ½ d (1 − TV) (Le Cam 1973; Yu 1997, lemma 1).
///
/// ```
/// use moe_core::exhibit::separation::{le_cam, total_variation};
///
/// // Laws that one observation tells apart by h² = 10⁻⁶: after a thousand nobody knows much.
/// let apart = total_variation(1e-6, 1000);
/// assert!(apart < 0.05);
/// assert!(le_cam(0.2, apart) > 0.095);
/// ```
pub fn le_cam(separation: f64, total_variation: f64) -> f64 {
    0.5 * separation * (1.0 - total_variation)
}
