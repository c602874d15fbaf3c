//! The update of MM: the surrogate of EM, minorised once more by a quadratic with a closed-form maximum.
//!
//! The log-sum-exp of q free logits and a reference logit 0 has the curvature diag(p) − ppᵀ, which is at
//! most B = ½ (I − 11ᵀ/(q+1)) in the order of definite matrices (Böhning 1992). Hence, for every z and z',
//!
//! ```text
//! −lse(z') ≥ −lse(z) − pᵀ(z' − z) − ½ (z' − z)ᵀ B (z' − z)
//! ```
//!
//! with equality at z' = z. Put into Q, each block of it is minorised by a quadratic in the parameters θ,
//! with the score G of Q at the current point (one row of length d + 1 a logit) and
//!
//! ```text
//! gate      G·Δ − ½ Δᵀ (B_k ⊗ S_0) Δ      S_0 = Σ c m̃m̃ᵀ      q = k − 1 logits
//! expert i  G·Δ − ½ Δᵀ (B_K ⊗ S_i) Δ      S_i = Σ c r_i x̃x̃ᵀ   q = K − 1 logits
//! ```
//!
//! As B⁻¹ = 2 (I + 11ᵀ), the maximum is Δ_u = 2 (h_u + Σ_v h_v) with h_u = S⁻¹ G_u for the rows u of G:
//! one factorisation of order d + 1 a block, and no inner iteration. ℓ never falls, since both
//! minorisers touch it at the current point. (The idea of minorising this model's log-likelihood by
//! quadratics is that of arXiv 2602.07997; the bounds and formulas here are our own derivation.)
//!
//! Where that maximum leaves the box, or S is singular, the same quadratic is climbed along its maximum to
//! the first wall and on within the wall, which cannot lower it either.

use std::ops::Range;

use moe_core::numeric::{cholesky, cholesky_solve};

use crate::surrogate::Local;
use crate::trust_region::{Model, TrustRegion};

/// Scratch space of updates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Update {
    region: TrustRegion,
    factor: Vec<f64>,
    step: Vec<f64>,
    hessian: Vec<f64>,
}

impl Update {
    /// Moves `parameters` to the maximum of the quadratic minoriser over the box; `here` is the last
    /// expectation, `row` the length d + 1 of a row of parameters.
    pub(crate) fn apply(
        &mut self,
        row: usize,
        blocks: &[Range<usize>],
        here: &Local,
        parameters: &mut [f64],
        bound: f64,
    ) {
        for (moments, block) in here.curvature.iter().zip(blocks) {
            let (score, at) = (&here.score[block.clone()], &mut parameters[block.clone()]);
            let inside = |at: &[f64], step: &[f64]| at.iter().zip(step).all(|(v, s)| (v + s).abs() <= bound);
            if self.closed_form(row, moments, score) && inside(at, &self.step) {
                at.iter_mut().zip(&self.step).for_each(|(v, s)| *v += s);
            } else if score.iter().any(|v| *v != 0.0) {
                self.within_box(row, moments, score, at, bound);
            }
        }
    }

    /// Δ_u = 2 (h_u + Σ_v h_v), h_u = S⁻¹ G_u, left in `self.step`; false where S has no factor.
    fn closed_form(&mut self, row: usize, moments: &[f64], score: &[f64]) -> bool {
        self.factor.clear();
        self.factor.extend_from_slice(moments);
        if !cholesky(&mut self.factor, row) {
            return false;
        }
        self.step.clear();
        self.step.extend_from_slice(score);
        for h in self.step.chunks_exact_mut(row) {
            cholesky_solve(&self.factor, row, h);
        }
        for p in 0..row {
            let sum: f64 = self.step.iter().skip(p).step_by(row).sum();
            self.step.iter_mut().skip(p).step_by(row).for_each(|h| *h = 2.0 * (*h + sum));
        }
        true
    }

    /// The same quadratic over the box.
    fn within_box(&mut self, row: usize, moments: &[f64], score: &[f64], at: &mut [f64], bound: f64) {
        let n = score.len();
        let logits = n / row;
        self.hessian.clear();
        self.hessian.resize(n * n, 0.0);
        for (i, line) in self.hessian.chunks_exact_mut(n).enumerate() {
            for (j, entry) in line.iter_mut().enumerate() {
                let own = if i / row == j / row { 1.0 } else { 0.0 };
                let bend = 0.5 * (own - 1.0 / (logits as f64 + 1.0));
                *entry = -bend * moments[(i % row) * row + j % row];
            }
        }
        // The radius is out of reach: the box ends every step first.
        let radius = 4.0 * bound * (n as f64).sqrt();
        let model = Model { score, hessian: &self.hessian, at, bound };
        self.region.look(model);
        self.region.solve(model, radius);
        for (v, s) in at.iter_mut().zip(&self.region.step) {
            *v = (*v + s).clamp(-bound, bound);
        }
    }
}
