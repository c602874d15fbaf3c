//! The identities behind the exhibits: other atoms with the density of given ones.

use crate::measure::{Atom, MixingMeasure};
use crate::model::softmax;
use crate::numeric::{exp, ln, ln_1p};

/// Splits an atom into two of shares `share` and 1 − `share` of its weight whose mixture is the atom.
///
/// With p the softmax of the intercepts (K values, the reference's last), the two have p + (1 − share) δ and
/// p − share δ instead, δ = `shift`. Let δ sum to zero and be zero outside one group of classes with a common
/// slope vector (the reference class has slope 0). Both halves then have the group's total, so that
/// Σ_l p_l exp(b_lᵀx) is the same function of x for the atom and its halves, and the numerators mix to the
/// atom's. The gate is copied, so the gate map does not enter. In an expert that vanishes, all classes are one
/// group.
///
/// `None` when δ does not sum to zero (up to 1e-15), reaches over classes with different slopes, or leaves no
/// probability to a class; when its length is not K; or when `share` is not between 0 and 1.
///
/// ```
/// use moe_core::exhibit::identity::split;
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::model::class_probabilities;
///
/// // An expert that vanishes is the mixture of two others, and of many.
/// let atom = Atom { log_weight: 0.0, gate_slope: vec![1.0], intercepts: vec![0.0], slopes: vec![0.0] };
/// let halves = split(&atom, 0.5, &[0.2, -0.2]).unwrap();
/// assert!(halves[0].intercepts[0] > 0.4 && halves[1].intercepts[0] < -0.4);
///
/// let density = |atoms: Vec<Atom>| {
///     let mut out = [0.0; 2];
///     class_probabilities(&MixingMeasure::new(2, 1, atoms), &[0.7], &[0.7], &mut out);
///     out[0]
/// };
/// assert!((density(vec![atom]) - density(halves.to_vec())).abs() < 1e-15);
/// ```
pub fn split(atom: &Atom, share: f64, shift: &[f64]) -> Option<[Atom; 2]> {
    let classes = atom.intercepts.len() + 1;
    let reference = vec![0.0; atom.gate_slope.len()];
    let slope = |c: usize| if c + 1 < classes { atom.class_slope(c) } else { reference.as_slice() };
    let mut moved = (0..shift.len()).filter(|c| shift[*c] != 0.0);
    let group = slope(moved.next()?);
    let total: f64 = shift.iter().sum();
    if shift.len() != classes || moved.any(|c| slope(c) != group) || total.abs() > 1e-15 {
        return None;
    }
    let mut p: Vec<f64> = atom.intercepts.iter().copied().chain([0.0]).collect();
    softmax(&mut p);
    let half = |share: f64, along: f64| -> Option<Atom> {
        let p: Vec<f64> = p.iter().zip(shift).map(|(p, d)| along.mul_add(*d, *p)).collect();
        let proper = share > 0.0 && p.iter().all(|p| *p > 0.0);
        let last = *p.last()?;
        let intercepts = p[..classes - 1].iter().map(|p| ln(p / last)).collect();
        proper.then(|| Atom { log_weight: atom.log_weight + ln(share), intercepts, ..atom.clone() })
    };
    Some([half(share, 1.0 - share)?, half(1.0 - share, -share)?])
}

/// Every atom twice: (w, β₁) becomes w/(1 + ρ) at β₁ and ρw/(1 + ρ) at β₁ + γ, with the same expert.
///
/// It multiplies numerator and denominator of the gate by (1 + ρ exp(γᵀM(x))) / (1 + ρ), whatever M is. The
/// total weight stays. `ratio` is ρ > 0, `shift` is γ, length d; the shifted copies come first, so that the
/// last atom is the last one of `measure`.
///
/// ```
/// use moe_core::exhibit::identity::doubled;
/// use moe_core::loss::{Loss, loss};
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::model::class_probabilities;
///
/// let atom = |gate: f64, slope: f64| Atom {
///     log_weight: 0.0,
///     gate_slope: vec![gate],
///     intercepts: vec![0.5],
///     slopes: vec![slope],
/// };
/// let truth = MixingMeasure::new(2, 1, vec![atom(4.0, 4.0), atom(0.0, -4.0)]);
/// let twice = doubled(&truth, 1.0, &[2.0]);
/// // One density, two measures: with four experts fitted to two, no estimator finds the right one.
/// let density = |measure: &MixingMeasure, x: f64| {
///     let mut out = [0.0; 2];
///     class_probabilities(measure, &[x], &[x], &mut out);
///     out[0]
/// };
/// assert!([-1.0, 0.3, 0.8].iter().all(|x| (density(&truth, *x) - density(&twice, *x)).abs() < 1e-14));
/// assert!(loss(Loss::D1, &twice, &truth).value > 0.5);
/// ```
pub fn doubled(measure: &MixingMeasure, ratio: f64, shift: &[f64]) -> MixingMeasure {
    let shape = measure.shape();
    let copies = |log_share: f64, scale: f64| {
        measure.atoms().iter().map(move |atom| Atom {
            log_weight: atom.log_weight + log_share,
            gate_slope: atom.gate_slope.iter().zip(shift).map(|(b, g)| scale.mul_add(*g, *b)).collect(),
            ..atom.clone()
        })
    };
    let stays = -ln_1p(ratio);
    let atoms = copies(stays + ln(ratio), 1.0).chain(copies(stays, 0.0)).collect();
    MixingMeasure::new(shape.classes, shape.dim, atoms)
}

/// Two constant experts under a logistic gate, and their rewriting as a constant and a logistic expert under a
/// constant gate; two classes, M(x) = x.
///
/// Let η = c + `slope`ᵀx with c = `intercept`, and σ the logistic function. If class 0 has probabilities p > q
/// under the two, its density is q + (p − q) σ(η) = c₁ σ(η) + (1 − c₁) r, with c₁ = p − q and
/// r = q / (1 − p + q). The second measure has the total weight of the first, 1 + exp(c).
///
/// # Panics
/// When not 0 < q < p < 1.
pub fn constants_as_logistic(intercept: f64, slope: &[f64], p: f64, q: f64) -> [MixingMeasure; 2] {
    assert!(0.0 < q && q < p && p < 1.0, "0 < {q} < {p} < 1 is needed");
    let flat = vec![0.0; slope.len()];
    let atom = |weight: f64, gate: &[f64], a: f64, b: &[f64]| Atom {
        log_weight: ln(weight),
        gate_slope: gate.to_vec(),
        intercepts: vec![a],
        slopes: b.to_vec(),
    };
    let logit = |p: f64| ln(p / (1.0 - p));
    let (weight, apart) = (exp(intercept), p - q);
    let total = 1.0 + weight;
    let constants = vec![atom(weight, slope, logit(p), &flat), atom(1.0, &flat, logit(q), &flat)];
    let rest = logit(q / (1.0 - apart));
    let logistic =
        vec![atom(total * apart, &flat, intercept, slope), atom(total * (1.0 - apart), &flat, rest, &flat)];
    [constants, logistic].map(|atoms| MixingMeasure::new(2, slope.len(), atoms))
}

/// Two halves whose mixture is nearly an expert with intercept 0 and slope `slope`, for two classes: they have
/// intercepts ±`intercept` and the slope s · `slope`, s = σ'(0) / σ'(`intercept`).
///
/// As functions of z = `slope`ᵀx, the mixture ½ σ(a + sz) + ½ σ(−a + sz) and σ(z) agree to the second order:
/// both are ½ at z = 0, the factor s makes their slopes equal, and both are odd about that point. So they
/// differ by O(|z|³), whatever a is.
pub fn nearly_split(atom: &Atom, intercept: f64, slope: &[f64]) -> [Atom; 3] {
    let p = crate::numeric::sigmoid(intercept);
    let steeper = 0.25 / (p * (1.0 - p));
    let halves = [intercept, -intercept].map(|a| Atom {
        log_weight: atom.log_weight + ln(0.5),
        intercepts: vec![a],
        slopes: slope.iter().map(|b| steeper * b).collect(),
        ..atom.clone()
    });
    let whole = Atom { intercepts: vec![0.0], slopes: slope.to_vec(), ..atom.clone() };
    let [first, second] = halves;
    [whole, first, second]
}
