//! The convex core of a loss: the least weighted sum of powered distances to points (a generalised
//! Fermat-Weber problem), with a certificate of its precision.

use super::voronoi::power_of;
use crate::numeric::{dot, exp, ln};

/// Relative precision that is asked of a minimum, and the one that is still called reached when
/// round-off stops the descent.
const PRECISION: f64 = 1e-12;
const ACCEPTED: f64 = 1e-10;
/// Predicted decreases below this fraction of the value are lost in its round-off.
const TELLING: f64 = 1e-11;
const NEWTON_STEPS: usize = 100;
const HALVINGS: usize = 60;

/// Σ_i w_i (‖s − y_i‖² + h_i²)^(p_i / 2) + constant, as a function of s in R^q.
pub(super) struct Sum {
    pub(super) dim: usize,
    /// y_i, row by row.
    pub(super) points: Vec<f64>,
    /// h_i: distances of the points from the flat on which s lives.
    pub(super) heights: Vec<f64>,
    /// w_i > 0.
    pub(super) weights: Vec<f64>,
    /// p_i ≥ 1.
    pub(super) powers: Vec<u32>,
    /// What is added to the sum.
    pub(super) constant: f64,
}

/// Outcome of a minimisation.
pub(super) enum Least {
    /// The minimiser, the minimum, and whether the certificate holds.
    At(Vec<f64>, f64, bool),
    /// The minimum is certainly not below the cutoff.
    Above,
}

/// Value, gradient and Hessian (row-major) at a point.
struct Expansion {
    value: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

impl Sum {
    /// The minimum, unless it is at least `cutoff`.
    ///
    /// First powers have kinks at their points. The best of the points is tested for optimality by
    /// its subgradient; if it fails the test, a descent from it never meets a kink again, and damped
    /// Newton steps are safe. Convexity certifies the result: F(s) − min F ≤ ‖∇F(s)‖ · R when the
    /// minimiser is within R of s.
    pub(super) fn least(&self, cutoff: f64) -> Least {
        if self.constant >= cutoff {
            return Least::Above;
        }
        if self.powers.iter().all(|p| *p == 2) {
            let at = self.mean();
            let value = self.value(&at);
            return Least::At(at, value, true);
        }
        let vertex = self.best_vertex();
        let start = self.point(vertex).to_vec();
        let value = self.value(&start);
        match self.leave(vertex, value) {
            None => Least::At(start, value, true),
            Some(next) => self.descend(next, cutoff),
        }
    }

    fn count(&self) -> usize {
        self.weights.len()
    }

    fn point(&self, i: usize) -> &[f64] {
        &self.points[i * self.dim..(i + 1) * self.dim]
    }

    fn distance(&self, i: usize, at: &[f64]) -> f64 {
        let square = |s: f64, (x, y): (&f64, &f64)| (x - y).mul_add(x - y, s);
        self.point(i).iter().zip(at).fold(self.heights[i] * self.heights[i], square).sqrt()
    }

    fn value(&self, at: &[f64]) -> f64 {
        (0..self.count())
            .fold(self.constant, |s, i| s + self.weights[i] * power_of(self.distance(i, at), self.powers[i]))
    }

    /// The weighted mean of the points.
    fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.dim];
        let total: f64 = self.weights.iter().sum();
        for i in 0..self.count() {
            for (m, y) in mean.iter_mut().zip(self.point(i)) {
                *m += self.weights[i] / total * y;
            }
        }
        mean
    }

    fn best_vertex(&self) -> usize {
        let mut best = (0, f64::INFINITY);
        for i in 0..self.count() {
            let value = self.value(self.point(i));
            if value < best.1 {
                best = (i, value);
            }
        }
        best.0
    }

    /// How far the minimiser can be from any point whose value is `value`: each term alone is at most
    /// the whole sum at both.
    fn radius(&self, value: f64) -> f64 {
        let sum = value - self.constant;
        (0..self.count()).fold(f64::INFINITY, |r, i| r.min(2.0 * root(sum / self.weights[i], self.powers[i])))
    }

    /// The round-off of the sum itself: distances are differences of numbers as large as the points.
    fn floor(&self) -> f64 {
        let size = |i: usize| dot(self.point(i), self.point(i)).sqrt();
        let slope = |i: usize| if self.powers[i] == 1 { self.weights[i] * size(i) } else { 0.0 };
        2.0 * f64::EPSILON * (0..self.count()).map(slope).sum::<f64>()
    }

    /// A better point than vertex `vertex`, the best of the vertices; `None` when it is the minimiser.
    fn leave(&self, vertex: usize, value: f64) -> Option<Vec<f64>> {
        let at = self.point(vertex);
        let negligible = 1e-15 * value + self.floor() / 4.0;
        // First-power points that coincide with the vertex make one kink together.
        let at_kink = |i: usize| self.powers[i] == 1 && self.weights[i] * self.distance(i, at) <= negligible;
        let kink: f64 = (0..self.count()).filter(|i| at_kink(*i)).map(|i| self.weights[i]).sum();
        let rest = self.expand(at, |i| !at_kink(i));
        let size = dot(&rest.gradient, &rest.gradient).sqrt();
        let excess = size - kink;
        if excess <= 0.0 || excess * self.radius(value) <= PRECISION * value + self.floor() {
            return None;
        }
        let direction: Vec<f64> = rest.gradient.iter().map(|g| -g / size).collect();
        let curvature: f64 =
            (0..self.dim).map(|r| direction[r] * dot(&rest.hessian[r * self.dim..], &direction)).sum();
        let mut step = if curvature > 0.0 { excess / curvature } else { self.radius(value) };
        for _ in 0..HALVINGS {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| d.mul_add(step, *a)).collect();
            if self.value(&next) < value {
                return Some(next);
            }
            step *= 0.5;
        }
        None
    }

    /// Damped Newton steps on a region without kinks.
    fn descend(&self, mut at: Vec<f64>, cutoff: f64) -> Least {
        let floor = self.floor();
        let mut here = self.expand(&at, |_| true);
        let mut gap = self.gap(&here);
        for _ in 0..NEWTON_STEPS {
            if here.value - gap - floor >= cutoff {
                return Least::Above;
            }
            if gap <= PRECISION * here.value + floor {
                break;
            }
            let Some((next, there)) = self.newton_step(&at, &here, gap) else { break };
            (at, here) = (next, there);
            gap = self.gap(&here);
        }
        let certified = gap <= ACCEPTED * here.value + 16.0 * floor;
        Least::At(at, here.value, certified)
    }

    /// How far the value is above the minimum, at most.
    fn gap(&self, here: &Expansion) -> f64 {
        dot(&here.gradient, &here.gradient).sqrt() * self.radius(here.value)
    }

    /// A Newton step, halved until the value falls as it should; where values no longer tell because
    /// of round-off, a whole step that reduces the gap. `None` when there is no such step.
    fn newton_step(&self, at: &[f64], here: &Expansion, gap: f64) -> Option<(Vec<f64>, Expansion)> {
        let direction = newton_direction(here, self.dim);
        let slope = dot(&direction, &here.gradient);
        let along =
            |step: f64| -> Vec<f64> { at.iter().zip(&direction).map(|(a, d)| d.mul_add(step, *a)).collect() };
        if -slope <= TELLING * here.value {
            let next = along(1.0);
            let there = self.expand(&next, |_| true);
            return (self.gap(&there) < gap).then_some((next, there));
        }
        let mut step = 1.0;
        for _ in 0..HALVINGS {
            let next = along(step);
            if self.value(&next) <= (1e-4 * step).mul_add(slope, here.value) {
                let there = self.expand(&next, |_| true);
                return Some((next, there));
            }
            step *= 0.5;
        }
        None
    }

    /// Value, gradient and Hessian of the terms that `take` chooses (the constant included).
    fn expand(&self, at: &[f64], take: impl Fn(usize) -> bool) -> Expansion {
        let q = self.dim;
        let mut out = Expansion { value: self.constant, gradient: vec![0.0; q], hessian: vec![0.0; q * q] };
        for i in (0..self.count()).filter(|i| take(*i)) {
            let (distance, p) = (self.distance(i, at), self.powers[i]);
            out.value += self.weights[i] * power_of(distance, p);
            if distance == 0.0 && p != 2 {
                continue; // derivatives are 0 for p > 2; for p = 1 the caller leaves kinks out
            }
            // ∇ dᵖ = p dᵖ⁻² z and ∇² dᵖ = p dᵖ⁻² (I + (p − 2) z zᵀ / d²), with z = s − y.
            let by_power = if p == 1 { 1.0 / distance } else { f64::from(p) * power_of(distance, p - 2) };
            let scale = self.weights[i] * by_power;
            let bend = if p == 2 { 0.0 } else { (f64::from(p) - 2.0) / (distance * distance) };
            let y = self.point(i);
            for r in 0..q {
                let z = at[r] - y[r];
                out.gradient[r] += scale * z;
                out.hessian[r * q + r] += scale;
                for c in 0..q {
                    out.hessian[r * q + c] += scale * bend * z * (at[c] - y[c]);
                }
            }
        }
        out
    }
}

/// −H⁻¹g, with a multiple of the identity added to H until a Cholesky factor exists.
fn newton_direction(at: &Expansion, q: usize) -> Vec<f64> {
    let trace: f64 = (0..q).map(|r| at.hessian[r * q + r]).sum();
    let mut ridge = 0.0;
    loop {
        if let Some(solution) = solve(&at.hessian, ridge, &at.gradient) {
            return solution.iter().map(|v| -v).collect();
        }
        ridge = if ridge == 0.0 { trace.max(f64::MIN_POSITIVE) * 1e-14 } else { ridge * 100.0 };
        if !ridge.is_finite() {
            return at.gradient.iter().map(|g| -g).collect();
        }
    }
}

/// Solves (H + ridge I) x = g by Cholesky; `None` when that matrix is not safely positive definite.
fn solve(hessian: &[f64], ridge: f64, g: &[f64]) -> Option<Vec<f64>> {
    let q = g.len();
    let mut factor = hessian.to_vec();
    for r in 0..q {
        factor[r * q + r] += ridge;
        let whole = factor[r * q + r];
        for c in 0..=r {
            let done = dot(&factor[r * q..r * q + c], &factor[c * q..c * q + c]);
            let rest = factor[r * q + c] - done;
            if c < r {
                factor[r * q + c] = rest / factor[c * q + c];
            } else if rest > 1e-15 * whole {
                factor[r * q + r] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    let mut x = g.to_vec();
    for r in 0..q {
        x[r] = (x[r] - dot(&factor[r * q..r * q + r], &x[..r])) / factor[r * q + r];
    }
    for r in (0..q).rev() {
        let above: f64 = (r + 1..q).map(|c| factor[c * q + r] * x[c]).sum();
        x[r] = (x[r] - above) / factor[r * q + r];
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}

/// The p-th root of x ≥ 0, to about 12 digits.
fn root(x: f64, p: u32) -> f64 {
    match p {
        1 => x,
        2 => x.sqrt(),
        _ if x > 0.0 && x.is_finite() => exp(ln(x) / f64::from(p)),
        _ => x,
    }
}
