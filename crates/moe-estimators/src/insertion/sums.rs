//! One pass over the rows for the sums that the promise of an atom is made of, with or without derivatives.

use moe_core::measure::Atom;
use moe_core::numeric::{LANES, Lanes, exp_lanes, sum_tree};

use super::Base;
use crate::kernel::{self, fused, zip};
use crate::likelihood::Likelihood;

const ZERO: Lanes = [0.0; LANES];

/// Σu, Σu² and Σ u s.
pub(super) struct First {
    pub(super) first: f64,
    pub(super) second: f64,
    /// All coordinates of the base.
    pub(super) cross: Vec<f64>,
}

/// Sums with the derivatives U of u by the D coordinates of an atom (gate slope; intercept and slopes of
/// each class).
pub(super) struct Second {
    pub(super) plain: First,
    /// Σ U.
    pub(super) slope: Vec<f64>,
    /// Σ u U.
    pub(super) own: Vec<f64>,
    /// Σ U s, D × P.
    pub(super) cross: Vec<f64>,
    /// Σ U Uᵀ, D × D, lower triangle.
    pub(super) square: Vec<f64>,
}

pub(super) fn first(base: &Base, likelihood: &Likelihood, atom: &Atom) -> First {
    let mut cross = vec![ZERO; base.parameters.len()];
    let pass = FirstPass { base, likelihood, atom, cross: &mut cross };
    let (first, second) = likelihood.arch().dispatch(pass);
    First { first: sum_tree(first), second: sum_tree(second), cross: total(cross) }
}

pub(super) fn second(base: &Base, likelihood: &Likelihood, atom: &Atom) -> Second {
    let (p, d) = (base.parameters.len(), atom.gate_slope.len() + atom.intercepts.len() + atom.slopes.len());
    let mut pass = SecondSums {
        first: ZERO,
        second: ZERO,
        plain: vec![ZERO; p],
        slope: vec![ZERO; d],
        own: vec![ZERO; d],
        cross: vec![ZERO; d * p],
        square: vec![ZERO; d * d],
    };
    likelihood.arch().dispatch(SecondPass { base, likelihood, atom, sums: &mut pass });
    Second {
        plain: First { first: sum_tree(pass.first), second: sum_tree(pass.second), cross: total(pass.plain) },
        slope: total(pass.slope),
        own: total(pass.own),
        cross: total(pass.cross),
        square: total(pass.square),
    }
}

fn total(sums: Vec<Lanes>) -> Vec<f64> {
    sums.into_iter().map(sum_tree).collect()
}

struct FirstPass<'a> {
    base: &'a Base,
    likelihood: &'a Likelihood,
    atom: &'a Atom,
    cross: &'a mut [Lanes],
}

impl pulp::WithSimd for FirstPass<'_> {
    type Output = (Lanes, Lanes);

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> (Lanes, Lanes) {
        let shape = self.likelihood.shape();
        let (rows, d, logits) = (self.likelihood.rows(), shape.dim, shape.logits());
        let (mut first, mut second) = (ZERO, ZERO);
        let (gate_cross, expert_cross) = self.cross.split_at_mut(shape.gate_rows() * shape.row());
        for run in &rows.runs {
            for block in run.first..run.end {
                let x = &rows.x[block * d..(block + 1) * d];
                let m = &rows.gate_features()[block * d..(block + 1) * d];
                let u = self.base.derivative(self.likelihood, self.atom, run.label, block);
                let weighted = zip(rows.count[block], u, |c, u| c * u);
                first = zip(first, weighted, |a, b| a + b);
                second = fused(weighted, u, second);
                let by_logit = &self.base.by_logit[block * logits..(block + 1) * logits];
                let (gates, experts) = by_logit.split_at(shape.gate_rows());
                add_cross(weighted, gates, m, gate_cross);
                add_cross(weighted, experts, x, expert_cross);
            }
        }
        (first, second)
    }
}

/// Adds weight · residual · (1, features) for every logit.
#[inline(always)]
fn add_cross(weighted: Lanes, by_logit: &[Lanes], features: &[Lanes], out: &mut [Lanes]) {
    for (residual, out) in by_logit.iter().zip(out.chunks_exact_mut(features.len() + 1)) {
        let product = zip(weighted, *residual, |u, r| u * r);
        out[0] = zip(out[0], product, |a, b| a + b);
        for (out, x) in out[1..].iter_mut().zip(features) {
            *out = fused(product, *x, *out);
        }
    }
}

struct SecondSums {
    first: Lanes,
    second: Lanes,
    plain: Vec<Lanes>,
    slope: Vec<Lanes>,
    own: Vec<Lanes>,
    cross: Vec<Lanes>,
    square: Vec<Lanes>,
}

struct SecondPass<'a> {
    base: &'a Base,
    likelihood: &'a Likelihood,
    atom: &'a Atom,
    sums: &'a mut SecondSums,
}

impl pulp::WithSimd for SecondPass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { base, likelihood, atom, sums } = self;
        let rows = likelihood.rows();
        let (n, p) = (sums.slope.len(), base.parameters.len());
        let mut derivatives = vec![ZERO; n];
        let mut density = vec![ZERO; atom.intercepts.len()];
        let mut scores = vec![ZERO; p];
        for run in &rows.runs {
            for block in run.first..run.end {
                let u = derivatives_of(
                    base,
                    likelihood,
                    atom,
                    (run.label, block),
                    &mut density,
                    &mut derivatives,
                );
                base.scores(likelihood, block, &mut scores);
                let count = rows.count[block];
                let weighted = zip(count, u, |c, u| c * u);
                sums.first = zip(sums.first, weighted, |a, b| a + b);
                sums.second = fused(weighted, u, sums.second);
                add_products(weighted, &scores, &mut sums.plain);
                for a in 0..n {
                    let weighted = zip(count, derivatives[a], |c, v| c * v);
                    sums.slope[a] = zip(sums.slope[a], weighted, |a, b| a + b);
                    sums.own[a] = fused(weighted, u, sums.own[a]);
                    add_products(weighted, &scores, &mut sums.cross[a * p..(a + 1) * p]);
                    add_products(weighted, &derivatives[..=a], &mut sums.square[a * n..=a * n + a]);
                }
            }
        }
    }
}

#[inline(always)]
fn add_products(weighted: Lanes, values: &[Lanes], out: &mut [Lanes]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out = fused(weighted, *value, *out);
    }
}

/// u of one block and, in `out`, its derivatives: ∂u/∂β₁ = u M(x) and, with v_c = exp(β₁ᵀM) π_ref
/// f(y)(1{y = c} − f(c)) / g, ∂u/∂a_c = v_c and ∂u/∂b_c = v_c x.
#[inline(always)]
fn derivatives_of(
    base: &Base,
    likelihood: &Likelihood,
    atom: &Atom,
    (label, block): (usize, usize),
    density: &mut [Lanes],
    out: &mut [Lanes],
) -> Lanes {
    let (rows, d) = (likelihood.rows(), atom.gate_slope.len());
    let x = &rows.x[block * d..(block + 1) * d];
    let m = &rows.gate_features()[block * d..(block + 1) * d];
    let mut total = [1.0; LANES];
    for (c, a) in atom.intercepts.iter().enumerate() {
        density[c] = exp_lanes(kernel::logit(*a, atom.class_slope(c), x));
        total = zip(total, density[c], |a, b| a + b);
    }
    let inverse = total.map(|t| 1.0 / t);
    density.iter_mut().for_each(|f| *f = zip(*f, inverse, |a, b| a * b));
    let own = if label < density.len() { density[label] } else { inverse };
    let (reference, inverse_density) = base.blocks[block];
    let share = zip(exp_lanes(kernel::logit(0.0, &atom.gate_slope, m)), reference, |a, b| a * b);
    let ratio = zip(own, inverse_density, |f, g| f * g);
    let u = zip(share, ratio, |s, r| s * (r - 1.0));
    for j in 0..d {
        out[j] = zip(u, m[j], |u, m| u * m);
    }
    let weight = zip(share, ratio, |s, r| s * r);
    for (c, f) in density.iter().enumerate() {
        let indicator = if c == label { 1.0 } else { 0.0 };
        let v = zip(weight, *f, |w, f| w * (indicator - f));
        let at = d + c * (d + 1);
        out[at] = v;
        for j in 0..d {
            out[at + 1 + j] = zip(v, x[j], |v, x| v * x);
        }
    }
    u
}
