//! The quadratic model in the coordinates that are free: its best step within a radius, by Moré and Sorensen's iteration.

use moe_core::numeric::dot;

use super::Model;
use super::factor::{Factor, side};
use crate::rows::larger;

/// Relative shift of the curvature with which a remaining gain is predicted; exact zeros of the
/// curvature (merged atoms) then contribute nothing but rounding.
const CURVATURE_FLOOR: f64 = 1e-10;

/// A curvature that counts as none; its inverse is still a number.
const NONE: f64 = 1e-280;

/// A model in its free coordinates, with scratch space for steps. Vectors are as long as `side`, with zeros after the free coordinates.
#[derive(Clone, Debug, Default)]
pub(super) struct Reduced {
    /// Which coordinates.
    pub(super) free: Vec<usize>,
    /// Rows of the curvature.
    side: usize,
    /// −H among them, row-major, filled up with ones on the diagonal (see [`side`]).
    curvature: Vec<f64>,
    /// Of the curvature with a shift.
    factor: Factor,
    slope: Vec<f64>,
    /// The step.
    inner: Vec<f64>,
    scratch: Vec<f64>,
    /// Shift of the curvature that a step within the radius came with last; the next one begins there.
    shift: f64,
}

impl Reduced {
    /// The model at the model point `step`, without the coordinates that are held.
    #[inline(always)]
    pub(super) fn reduce(&mut self, model: Model<'_>, step: &[f64], held: &[bool]) {
        let p = model.at.len();
        self.free.clear();
        self.free.extend((0..p).filter(|i| !held[*i]));
        let n = self.free.len();
        self.side = side(n);
        self.slope.clear();
        self.curvature.clear();
        let moved = step.iter().any(|s| *s != 0.0);
        for (a, &i) in self.free.iter().enumerate() {
            let row = &model.hessian[i * p..(i + 1) * p];
            self.slope.push(model.score[i] + if moved { dot(row, step) } else { 0.0 });
            if n == p {
                self.curvature.extend(row.iter().map(|entry| -entry));
            } else {
                self.curvature.extend(self.free.iter().map(|j| -row[*j]));
            }
            self.curvature.resize((a + 1) * self.side, 0.0);
        }
        self.slope.resize(self.side, 0.0);
        self.curvature.resize(self.side * self.side, 0.0);
        for a in n..self.side {
            self.curvature[a * self.side + a] = 1.0;
        }
    }

    /// −H among the free coordinates, row-major, nothing else.
    pub(super) fn free_curvature(&self) -> Vec<f64> {
        let n = self.free.len();
        self.curvature.chunks(self.side.max(1)).take(n).flat_map(|row| &row[..n]).copied().collect()
    }

    /// The diagonal of the curvature.
    #[inline(always)]
    fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.curvature.iter().step_by(self.side + 1).take(self.free.len()).copied()
    }

    /// Factorises the curvature with `shift` added to its diagonal; false unless it is positive definite.
    #[inline(always)]
    fn factorise(&mut self, shift: f64) -> bool {
        self.factor.shifted(&self.curvature, self.free.len(), shift)
    }

    /// See [`TrustRegion::remaining_gain`](super::TrustRegion::remaining_gain).
    #[inline(always)]
    pub(super) fn remaining_gain(&mut self) -> Option<f64> {
        let top = self.diagonal().fold(0.0_f64, f64::max);
        if !self.factorise((CURVATURE_FLOOR * top).max(NONE)) {
            return self.free.is_empty().then_some(0.0);
        }
        self.scratch.clone_from(&self.slope);
        Some(0.5 * self.factor.energy(&mut self.scratch))
    }

    /// No eigenvalue of the curvature is larger: the largest sum of absolute entries in a row, all rows side by side. NaN where
    /// an entry is.
    #[inline(always)]
    fn curvature_bound(&mut self) -> f64 {
        self.scratch.clear();
        self.scratch.resize(self.side, 0.0);
        for row in self.curvature.chunks_exact(self.side).take(self.free.len()) {
            for (sum, entry) in self.scratch.iter_mut().zip(row) {
                *sum += entry.abs();
            }
        }
        self.scratch.iter().fold(0.0, |largest, sum| larger(*sum, largest))
    }

    /// Leaves the best step within the radius in `self.inner`.
    #[inline(always)]
    pub(super) fn solve(&mut self, radius: f64) {
        let norm = |v: &[f64]| dot(v, v).sqrt();
        let (size, steepness) = (self.curvature_bound(), norm(&self.slope));
        let lowest = self.diagonal().fold(f64::INFINITY, f64::min);
        let (mut low, mut high) = ((-lowest).max(0.0), steepness / radius + size);
        if size < NONE || !high.is_finite() {
            // A flat model: along the slope. One that is no numbers: nowhere.
            let along = radius / steepness;
            let along = if size < NONE && along.is_finite() { along } else { 0.0 };
            self.inner.clear();
            self.inner.extend(self.slope.iter().map(|s| if along > 0.0 { s * along } else { 0.0 }));
            return;
        }
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
            self.factor.solve(&mut self.inner);
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
            let bend = self.factor.energy(&mut self.scratch);
            let newton = shift + length * length / bend * (length - radius) / radius;
            shift = match newton {
                _ if newton > low && newton < high => newton,
                // Within the radius even without a shift?
                _ if low == 0.0 && !at_zero => 0.0,
                _ => low + 0.1 * (high - low),
            };
        }
        self.inner.clone_from(&self.slope);
        if solved && self.factorise(high) {
            self.factor.solve(&mut self.inner);
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
        self.scratch.resize(self.side, 0.0);
        for _ in 0..3 {
            self.factor.solve(&mut self.scratch);
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

    /// Adds the step to `step` up to the first wall of the box; returns the coordinate that met it.
    #[inline(always)]
    pub(super) fn walk(&self, model: Model<'_>, step: &mut [f64]) -> Option<usize> {
        let (mut share, mut wall) = (1.0, None);
        for (a, &i) in self.free.iter().enumerate() {
            let target = if self.inner[a] > 0.0 { model.bound } else { -model.bound };
            let room = target - model.at[i] - step[i];
            if self.inner[a] != 0.0 && room / self.inner[a] < share {
                share = (room / self.inner[a]).max(0.0);
                wall = Some((i, target - model.at[i]));
            }
        }
        for (a, &i) in self.free.iter().enumerate() {
            step[i] = self.inner[a].mul_add(share, step[i]);
        }
        wall.map(|(i, exact)| {
            step[i] = exact;
            i
        })
    }
}
