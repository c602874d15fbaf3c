//! The exhibits themselves: which measures, and the paragraph that says why.

use super::identity::{constants_as_logistic, doubled, nearly_split, split};
use super::{Exhibit, Pair, separation};
use crate::gate::GateMap;
use crate::measure::{Atom, MixingMeasure};
use crate::numeric::{exp, ln};
use crate::shape::Shape;

/// Every kind of gate map.
const MAPS: [GateMap; 8] = [
    GateMap::Identity,
    GateMap::Sin(3.0),
    GateMap::Cos(3.0),
    GateMap::Tanh(2.0),
    GateMap::Sigmoid(4.0),
    GateMap::Power(2),
    GateMap::Power(3),
    GateMap::Power(4),
];

const VANISHING: &str = "Let every class slope of a true atom be zero (Regime 2). Its expert then predicts the \
    same class probabilities f(a*) at every x. Two atoms with its gate slope, no class slopes, intercepts a and a′ \
    and weights w and w′ with w + w′ = w* and w f(a) + w′ f(a′) = w* f(a*) share its gate in constant proportions, \
    so their mixture is the atom itself: a mixture of constants is a constant. The gate map M enters nowhere. A \
    model with one expert to spare holds both measures, and data cannot tell them apart under the standard gate \
    nor under any modified one.";

const SHARED: &str = "Let K ≥ 3 and let some classes of one true expert share a slope vector. Write its class \
    probabilities as p_s exp(b_sᵀx) / Σ_l p_l exp(b_lᵀx). Moving probability between the sharing classes, by δ in one \
    copy and against it in the other, leaves their total, hence the denominator, hence every other class, the same \
    function of x; the numerators of the two copies mix to those of the atom. Two atoms with equal gate slopes \
    therefore replace one, whatever M is. The vanishing expert is the case in which all classes share the slope 0. \
    This is why Regime 1 has to ask for K distinct slopes in every expert, the reference's zero among them.";

const DOUBLED: &str = "Let as many as 2k* experts be fitted. Take every atom twice, once at its gate slope β₁ and \
    once, ρ times as heavy, at β₁ + γ with one γ for all. The numerator of every gate probability, summed over the \
    two copies, and the common denominator are both multiplied by 1 + ρ exp(γᵀM(x)). So the density is that of the \
    k* atoms for every γ and ρ, and gate slopes are not learned at any rate, whatever the experts and M are. In \
    particular one true expert with two fitted ones is no test of any theorem.";

const CONSTANTS: &str = "Let two true experts vanish and M(x) = x. With two classes the density is \
    q + (p − q) σ(η), where p > q are their probabilities of class 0 and σ(η) is the logistic gate between them. The \
    same function is c σ(η) + (1 − c) r with c = p − q and r = q/(1 − p + q): a gate that does not depend on x, between \
    an expert that is logistic in x and one that vanishes. Both measures have two atoms, so even the exact-specified \
    model is not identifiable. The expert must be able to imitate the gate, so this needs M(x) = x.";

const PATH: &str = "Let one expert have the class slope δv and intercept 0. For every δ > 0 its slopes are distinct, \
    which is Regime 1. Two halves with intercepts ±a and the slope sδv, s = σ′(0)/σ′(a), have a mixture that agrees \
    with it to the second order in δ: value and slope by the choice of s, curvature by symmetry. The densities \
    differ by O(δ³), and with δ = 1.5n^(-1/6) the laws of n observations stay close in total variation for every n, \
    while the intercepts differ by a. So the loss of no estimator vanishes uniformly over the truths of Regime 1 \
    near a vanishing expert, though its rate at each single one may be n^(-1/2). M does not enter.";

/// Every exhibit.
pub fn all() -> Vec<Exhibit> {
    let exhibit = |name, title, statement, pairs| Exhibit { name, title, statement, pairs };
    vec![
        exhibit(
            "vanishing-expert",
            "Regime 2: a vanishing expert splits, under every gate map",
            VANISHING,
            vec![vanishing()],
        ),
        exhibit(
            "shared-slopes",
            "K ≥ 3: two classes of an expert share a slope vector",
            SHARED,
            vec![shared()],
        ),
        exhibit("doubled-atoms", "k ≥ 2k*: every atom twice, with a common shift", DOUBLED, vec![twice()]),
        exhibit(
            "two-constants",
            "k = k* = 2: two vanishing experts under the standard gate",
            CONSTANTS,
            vec![constants()],
        ),
        exhibit(
            "vanishing-path",
            "Regime 1 near Regime 2: a slope that shrinks like n^(-1/6)",
            PATH,
            [1_000, 100_000, 10_000_000, 1_000_000_000].map(path).to_vec(),
        ),
    ]
}

/// The exhibit of this name.
///
/// ```
/// use moe_core::exhibit::{all, compare, find};
///
/// let exhibit = find(all()[0].name).expect("every exhibit is found by its name");
/// for pair in &exhibit.pairs {
///     let found = compare(pair, pair.maps[0]);
///     // Measures that differ, with one density or nearly so: no estimator tells them apart.
///     assert!(found.losses[0] > 0.0 && found.bounds[0] > 0.0);
/// }
/// ```
pub fn find(name: &str) -> Option<Exhibit> {
    all().into_iter().find(|exhibit| exhibit.name == name)
}

fn measure(experts: usize, classes: usize, parameters: &[f64]) -> MixingMeasure {
    MixingMeasure::from_parameters(Shape { experts, classes, dim: 2 }, parameters)
}

/// A measure with its first atom replaced by others.
fn replaced(measure: &MixingMeasure, first: &[Atom]) -> MixingMeasure {
    let atoms = first.iter().chain(&measure.atoms()[1..]).cloned().collect();
    MixingMeasure::new(measure.shape().classes, measure.shape().dim, atoms)
}

/// The truth of Figure 1's Regime 2. Class 0 has probability σ(1) = 0.73, its halves 0.96 and 0.50.
fn vanishing() -> Pair {
    let truth = measure(2, 2, &[0.0, 4.0, 0.0, 1.0, 0.0, 0.0, -0.5, 2.0, -4.0]);
    let halves = split(&truth.atoms()[0], 0.5, &[0.46, -0.46]).expect("all classes share the slope 0");
    let rival = replaced(&truth, &halves);
    Pair::new(truth, rival, &MAPS)
}

/// Three classes; classes 0 and 1 of expert 0 have the slope (2, −4), class 2 has 0. Their probabilities at x = 0
/// are 0.42, 0.42 and 0.16; in the halves 0.72 and 0.12 for the first two.
fn shared() -> Pair {
    let experts = [1.0, 2.0, -4.0, 1.0, 2.0, -4.0, 0.5, 0.0, 4.0, -0.5, -3.0, 1.0];
    let truth = measure(2, 3, &[&[0.0, 3.0, -1.0], &experts[..]].concat());
    let halves = split(&truth.atoms()[0], 0.5, &[0.6, -0.6, 0.0]).expect("classes 0 and 1 share their slope");
    let rival = replaced(&truth, &halves);
    Pair::new(truth, rival, &MAPS)
}

/// The truth of Figure 1's Regime 1, doubled with ρ = 1 and γ = (2, −1).
fn twice() -> Pair {
    let truth = measure(2, 2, &[0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0]);
    let shift = [2.0, -1.0];
    let separation =
        separation::by_common_shift(&truth, 1.0, &shift).expect("the experts are 6 and more apart");
    let rival = doubled(&truth, 1.0, &shift);
    Pair { truth, rival, maps: MAPS.to_vec(), size: None, separation }
}

/// Probabilities 3/4 and 1/4 under a gate with slope (3, −1): then c = r = 1/2.
fn constants() -> Pair {
    let [truth, rival] = constants_as_logistic(0.0, &[3.0, -1.0], 0.75, 0.25);
    Pair::new(truth, rival, &[GateMap::Identity])
}

/// The vanishing expert's slope is δv, v = (1, 1) and δ = 1.5n^(-1/6); the halves have the intercepts ±2.
fn path(size: u64) -> Pair {
    let delta = 1.5 * exp(-ln(size as f64) / 6.0);
    let at = measure(2, 2, &[0.0, 4.0, 0.0, 0.0, 0.0, 0.0, -0.5, 2.0, -4.0]);
    let [whole, first, second] = nearly_split(&at.atoms()[0], 2.0, &[delta, delta]);
    let (truth, rival) = (replaced(&at, &[whole]), replaced(&at, &[first, second]));
    Pair { size: Some(size), ..Pair::new(truth, rival, &[GateMap::Identity, GateMap::Sin(3.0)]) }
}
