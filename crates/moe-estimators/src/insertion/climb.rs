//! From a promising atom to the nearest maximum of the predicted gain.
//!
//! The gain is G = (Σu)² / (2 Σũ²). With Ũ the derivatives of u by the coordinates of the atom, projected
//! like u, ∇G = 2G (Σ U / Σu − Σ ũ Ũ / Σ ũ²); its Hessian is replaced by −2G (Σ Ũ Ũᵀ − Σ ũ Ũ (Σ ũ Ũ)ᵀ / Σ ũ²) /
//! Σ ũ², its mean in a Gaussian field that is as high as this (Gauss and Newton's matrix).

use moe_core::measure::Atom;
use moe_core::numeric::{cholesky_solve, dot};

use super::sums::Sums;
use super::{Base, Promise};
use crate::likelihood::Likelihood;
use crate::trust_region::{Model, TrustRegion};

/// A climb ends when its next step promises less than this (nats).
const SMALLEST_GAIN: f64 = 0.02;

/// A climb ends when its radius falls below this share of the box.
const SMALLEST_RADIUS: f64 = 1e-3;

/// Gain, gradient and curvature at an atom.
struct Local {
    promise: Promise,
    slope: Vec<f64>,
    hessian: Vec<f64>,
}

impl Base {
    /// Climbs from an atom within the box of half-width `reach`, at most `steps` passes; returns the atom
    /// reached with its promise, and the passes made.
    pub(crate) fn climb(
        &mut self,
        likelihood: &Likelihood,
        atom: &Atom,
        reach: f64,
        steps: u32,
    ) -> Option<(Atom, Promise, u32)> {
        let mut at = coordinates(atom);
        let mut here = self.local(likelihood, atom)?;
        let mut region = TrustRegion::default();
        let (mut radius, mut passes) = (0.2 * reach, 1);
        while passes < steps && radius > SMALLEST_RADIUS * reach {
            let model = Model { score: &here.slope, hessian: &here.hessian, at: &at, bound: reach };
            region.look(model);
            let predicted = region.solve(model, radius);
            if predicted < SMALLEST_GAIN || predicted.is_nan() {
                break;
            }
            let trial: Vec<f64> =
                at.iter().zip(&region.step).map(|(v, s)| (v + s).clamp(-reach, reach)).collect();
            passes += 1;
            let length = dot(&region.step, &region.step).sqrt();
            let there = self.local(likelihood, &with_coordinates(atom, &trial));
            let gained = there.as_ref().map_or(f64::NEG_INFINITY, |l| l.promise.gain - here.promise.gain);
            if gained < 0.25 * predicted {
                radius = 0.3 * length;
            } else if gained > 0.75 * predicted {
                radius = (2.0 * radius).min(reach);
            }
            if let Some(there) = there.filter(|_| gained > 0.0) {
                (at, here) = (trial, there);
            }
        }
        Some((with_coordinates(atom, &at), here.promise, passes))
    }

    fn local(&mut self, likelihood: &Likelihood, atom: &Atom) -> Option<Local> {
        let mut sums = std::mem::take(&mut self.sums);
        sums.all(self, likelihood, atom);
        self.sums = sums;
        likelihood.arch().dispatch(Locally(self))
    }

    /// Gradient and curvature by the sums at hand; the weight of the atom, its first coordinate, is left out.
    #[inline(always)]
    fn locally(&self) -> Option<Local> {
        let promise = self.promised()?;
        let Sums { slope, own, cross, square, .. } = &self.sums;
        let (all, p, m) = (slope.len(), self.parameters.len(), self.free.len());
        let n = all - 1;
        let crosses: Vec<Vec<f64>> =
            (1..all).map(|a| self.free.iter().map(|i| cross[a * p + i]).collect()).collect();
        let projected: Vec<f64> =
            (0..n).map(|a| own[a + 1] - dot(&promise.regression, &crosses[a])).collect();
        let (twice, second) = (2.0 * promise.gain, promise.second);
        let gradient = (0..n).map(|a| twice * (slope[a + 1] / slope[0] - projected[a] / second)).collect();
        let mut hessian = vec![0.0; n * n];
        for a in 0..n {
            let mut solved = crosses[a].clone();
            cholesky_solve(&self.factor, m, &mut solved);
            for b in 0..=a {
                let left = square[(a + 1) * all + b + 1] - dot(&solved, &crosses[b]);
                let value = -twice * (left - projected[a] * projected[b] / second) / second;
                hessian[a * n + b] = value;
                hessian[b * n + a] = value;
            }
        }
        Some(Local { promise, slope: gradient, hessian })
    }
}

#[cfg(test)]
impl Base {
    /// Gradient of the gain by the coordinates of an atom, and these.
    pub(super) fn slope_at(&mut self, likelihood: &Likelihood, atom: &Atom) -> Option<(Vec<f64>, Vec<f64>)> {
        Some((self.local(likelihood, atom)?.slope, coordinates(atom)))
    }

    /// The promise of an atom moved to other coordinates.
    pub(super) fn promise_at(&mut self, likelihood: &Likelihood, atom: &Atom, at: &[f64]) -> Option<Promise> {
        self.promise(likelihood, &with_coordinates(atom, at))
    }
}

/// [`Base::locally`] with the instructions that the machine has; values do not depend on them.
struct Locally<'a>(&'a Base);

impl pulp::WithSimd for Locally<'_> {
    type Output = Option<Local>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Option<Local> {
        self.0.locally()
    }
}

fn coordinates(atom: &Atom) -> Vec<f64> {
    let d = atom.gate_slope.len();
    let mut out = atom.gate_slope.clone();
    for (c, a) in atom.intercepts.iter().enumerate() {
        out.push(*a);
        out.extend_from_slice(&atom.slopes[c * d..(c + 1) * d]);
    }
    out
}

fn with_coordinates(atom: &Atom, values: &[f64]) -> Atom {
    let d = atom.gate_slope.len();
    let (gate, rows) = values.split_at(d);
    Atom {
        log_weight: 0.0,
        gate_slope: gate.to_vec(),
        intercepts: rows.chunks_exact(d + 1).map(|r| r[0]).collect(),
        slopes: rows.chunks_exact(d + 1).flat_map(|r| r[1..].to_vec()).collect(),
    }
}
