//! The trust-region subproblem of a box-constrained Newton ascent.
//!
//! Maximise the quadratic model s·p + ½ pᵀHp over ‖p‖ ≤ Δ and a box around 0. Without the box this is
//! the problem of Moré and Sorensen (1983), solved by their iteration on the multiplier; a step that
//! leaves the box stops at the first wall, that coordinate is held, and the rest goes on from there.

use moe_core::numeric::{cholesky, cholesky_solve, dot, lower_solve};

/// Relative shift of the curvature with which a remaining gain is predicted; exact zeros of the
/// curvature (merged atoms) then contribute nothing but rounding.
const CURVATURE_FLOOR: f64 = 1e-10;

/// Scratch space for problems of one dimension.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustRegion {
    free: Vec<usize>,
    curvature: Vec<f64>,
    factor: Vec<f64>,
    slope: Vec<f64>,
    inner: Vec<f64>,
    scratch: Vec<f64>,
    /// Shift of the curvature that the last step came with; the next one begins there.
    shift: f64,
    /// The step, length P.
    pub(crate) step: Vec<f64>,
}

/// [`TrustRegion::solve`] with the instructions that the machine has; values do not depend on them.
struct Solve<'a> {
    region: &'a mut TrustRegion,
    model: Model<'a>,
    radius: f64,
}

impl pulp::WithSimd for Solve<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        self.region.find_step(self.model, self.radius);
        self.model.gain(&self.region.step)
    }
}

/// [`TrustRegion::remaining_gain`], likewise.
struct RemainingGain<'a> {
    region: &'a mut TrustRegion,
    model: Model<'a>,
}

impl pulp::WithSimd for RemainingGain<'_> {
    type Output = Option<f64>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Option<f64> {
        self.region.predict_gain(self.model)
    }
}

/// A quadratic model around the current point, with the room that the box leaves.
#[derive(Clone, Copy)]
pub(crate) struct Model<'a> {
    /// Score, length P.
    pub(crate) score: &'a [f64],
    /// Hessian, P × P.
    pub(crate) hessian: &'a [f64],
    /// Current point.
    pub(crate) at: &'a [f64],
    /// Half-width of the box.
    pub(crate) bound: f64,
}

impl Model<'_> {
    /// Whether the box holds coordinate `i` back: it is at the wall and the score points outwards.
    #[inline(always)]
    pub(crate) fn is_held(&self, i: usize) -> bool {
        (self.at[i] >= self.bound && self.score[i] > 0.0)
            || (self.at[i] <= -self.bound && self.score[i] < 0.0)
    }

    /// Largest |component| of the projected score.
    #[inline(always)]
    pub(crate) fn projected_score(&self) -> f64 {
        (0..self.at.len()).filter(|i| !self.is_held(*i)).fold(0.0, |m, i| m.max(self.score[i].abs()))
    }

    /// Model gain s·p + ½ pᵀHp of a step.
    #[inline(always)]
    pub(crate) fn gain(&self, step: &[f64]) -> f64 {
        let n = step.len();
        let bend: f64 = (0..n).map(|i| step[i] * dot(&self.hessian[i * n..(i + 1) * n], step)).sum();
        dot(self.score, step) + 0.5 * bend
    }
}

impl TrustRegion {
    /// Collects the free coordinates with their slope and curvature −H at the model point `step`.
    #[inline(always)]
    fn reduce(&mut self, model: Model<'_>, held: impl Fn(usize) -> bool) {
        let p = model.at.len();
        self.free.clear();
        self.free.extend((0..p).filter(|i| !held(*i)));
        let n = self.free.len();
        self.slope.clear();
        self.curvature.clear();
        self.curvature.resize(n * n, 0.0);
        for (a, &i) in self.free.iter().enumerate() {
            let row = &model.hessian[i * p..(i + 1) * p];
            self.slope.push(model.score[i] + dot(row, &self.step));
            for (b, &j) in self.free.iter().enumerate() {
                self.curvature[a * n + b] = -row[j];
            }
        }
    }

    /// Predicted remaining gain: half the squared Newton decrement in the free coordinates, or `None`
    /// where the model curves upwards.
    pub(crate) fn remaining_gain(&mut self, model: Model<'_>) -> Option<f64> {
        crate::instructions::arch().dispatch(RemainingGain { region: self, model })
    }

    #[inline(always)]
    fn predict_gain(&mut self, model: Model<'_>) -> Option<f64> {
        self.step.clear();
        self.step.resize(model.at.len(), 0.0);
        self.reduce(model, |i| model.is_held(i));
        let n = self.free.len();
        let top = (0..n).fold(0.0_f64, |m, a| m.max(self.curvature[a * n + a]));
        if !self.factorise(CURVATURE_FLOOR * top.max(f64::MIN_POSITIVE)) {
            return (n == 0).then_some(0.0);
        }
        self.inner.clone_from(&self.slope);
        lower_solve(&self.factor, n, &mut self.inner);
        Some(0.5 * dot(&self.inner, &self.inner))
    }

    /// Free coordinates of the last reduction and −H among them (row-major).
    pub(crate) fn free_curvature(&self) -> (&[usize], &[f64]) {
        (&self.free, &self.curvature)
    }

    /// Leaves the best step found in `self.step`; returns the model gain of it.
    pub(crate) fn solve(&mut self, model: Model<'_>, radius: f64) -> f64 {
        crate::instructions::arch().dispatch(Solve { region: self, model, radius })
    }

    #[inline(always)]
    fn find_step(&mut self, model: Model<'_>, radius: f64) {
        let p = model.at.len();
        self.step.clear();
        self.step.resize(p, 0.0);
        let mut held: Vec<bool> = (0..p).map(|i| model.is_held(i)).collect();
        for _ in 0..=p {
            let left = radius * radius - dot(&self.step, &self.step);
            self.reduce(model, |i| held[i]);
            if self.free.is_empty() || left <= 1e-6 * radius * radius {
                return;
            }
            self.solve_free(left.sqrt());
            let Some(wall) = self.walk(model) else { return };
            held[wall] = true;
        }
    }

    /// Adds the inner step up to the first wall; returns the coordinate that met it.
    #[inline(always)]
    fn walk(&mut self, model: Model<'_>) -> Option<usize> {
        let (mut share, mut wall) = (1.0, None);
        for (a, &i) in self.free.iter().enumerate() {
            let target = if self.inner[a] > 0.0 { model.bound } else { -model.bound };
            let room = target - model.at[i] - self.step[i];
            if self.inner[a] != 0.0 && room / self.inner[a] < share {
                share = (room / self.inner[a]).max(0.0);
                wall = Some((i, target - model.at[i]));
            }
        }
        for (a, &i) in self.free.iter().enumerate() {
            self.step[i] = self.inner[a].mul_add(share, self.step[i]);
        }
        wall.map(|(i, exact)| {
            self.step[i] = exact;
            i
        })
    }

    #[inline(always)]
    fn factorise(&mut self, shift: f64) -> bool {
        let n = self.free.len();
        self.factor.clone_from(&self.curvature);
        for a in 0..n {
            self.factor[a * n + a] += shift;
        }
        n > 0 && cholesky(&mut self.factor, n)
    }

    /// No eigenvalue of the curvature is larger: the largest sum of absolute entries in a row, all rows side by side.
    #[inline(always)]
    fn curvature_bound(&mut self) -> f64 {
        let n = self.free.len();
        self.scratch.clear();
        self.scratch.resize(n, 0.0);
        for row in self.curvature.chunks_exact(n) {
            for (sum, entry) in self.scratch.iter_mut().zip(row) {
                *sum += entry.abs();
            }
        }
        self.scratch.iter().fold(0.0, |m, sum| m.max(*sum))
    }

    /// Moré and Sorensen's iteration in the free coordinates; the step is left in `self.inner`.
    #[inline(always)]
    fn solve_free(&mut self, radius: f64) {
        let n = self.free.len();
        let norm = |v: &[f64]| dot(v, v).sqrt();
        let size = self.curvature_bound().max(f64::MIN_POSITIVE);
        let lowest = (0..n).fold(f64::INFINITY, |m, a| m.min(self.curvature[a * n + a]));
        let (mut low, mut high) = ((-lowest).max(0.0), norm(&self.slope) / radius + size);
        let mut shift = if lowest > 0.0 { 0.0 } else { low + 1e-3 * (high - low) };
        if self.shift > low && self.shift < high {
            shift = self.shift;
        }
        let (mut solved, mut at_zero) = (false, false);
        for _ in 0..40 {
            at_zero |= shift == 0.0;
            if !self.factorise(shift) {
                low = low.max(shift);
                shift = (low * high).sqrt().clamp(low + 0.01 * (high - low), high);
                continue;
            }
            solved = true;
            self.inner.clone_from(&self.slope);
            cholesky_solve(&self.factor, n, &mut self.inner);
            let length = norm(&self.inner);
            if length <= 1.1 * radius && (shift == 0.0 || length >= 0.9 * radius) {
                self.shift = shift;
                return;
            }
            if length > radius {
                low = shift
            } else {
                high = shift
            }
            if high - low <= 1e-10 * size {
                break;
            }
            self.scratch.clone_from(&self.inner);
            lower_solve(&self.factor, n, &mut self.scratch);
            let bend = dot(&self.scratch, &self.scratch);
            let newton = shift + length * length / bend * (length - radius) / radius;
            shift = match newton {
                _ if newton > low && newton < high => newton,
                // Within the radius even without a shift?
                _ if low == 0.0 && !at_zero => 0.0,
                _ => low + 0.1 * (high - low),
            };
        }
        if !solved || !self.factorise(high) {
            self.inner.clone_from(&self.slope);
        } else {
            self.inner.clone_from(&self.slope);
            cholesky_solve(&self.factor, n, &mut self.inner);
            self.add_lowest_direction(radius);
        }
        let length = norm(&self.inner);
        if length > radius {
            self.inner.iter_mut().for_each(|v| *v *= radius / length);
        }
    }

    /// The hard case: the slope has no part along the lowest curvature, so the step is carried to the
    /// radius along that direction (found by inverse iteration with the last factor).
    #[inline(always)]
    fn add_lowest_direction(&mut self, radius: f64) {
        let n = self.free.len();
        self.scratch.clear();
        self.scratch.extend((0..n).map(|a| if a % 2 == 0 { 1.0 } else { -0.5 } / (1.0 + a as f64)));
        for _ in 0..3 {
            cholesky_solve(&self.factor, n, &mut self.scratch);
            let length = dot(&self.scratch, &self.scratch).sqrt();
            self.scratch.iter_mut().for_each(|v| *v /= length);
        }
        if dot(&self.scratch, &self.slope) < 0.0 {
            self.scratch.iter_mut().for_each(|v| *v = -*v);
        }
        let across = dot(&self.inner, &self.scratch);
        let room = radius * radius - dot(&self.inner, &self.inner);
        if room > 0.0 {
            let reach = (across * across + room).sqrt() - across;
            for (p, z) in self.inner.iter_mut().zip(&self.scratch) {
                *p = z.mul_add(reach, *p);
            }
        }
    }
}
