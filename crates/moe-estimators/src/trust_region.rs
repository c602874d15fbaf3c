//! The trust-region subproblem of a box-constrained Newton ascent.
//!
//! Maximise the quadratic model s·p + ½ pᵀHp over ‖p‖ ≤ Δ and a box around 0. Without the box this is
//! the problem of Moré and Sorensen (1983), solved by their iteration on the multiplier ([`Reduced`]); a step that
//! leaves the box stops at the first wall, that coordinate is held, and the rest goes on from there.

mod factor;
mod reduced;
#[cfg(test)]
mod tests;

use moe_core::numeric::dot;

use reduced::Reduced;

/// Steps from one point after another, and the space that they are worked out in.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustRegion {
    /// The model at the point, in the coordinates that the box does not hold back there.
    here: Reduced,
    /// The model further along a step, in the coordinates that are left.
    further: Reduced,
    held: Vec<bool>,
    /// Predicted remaining gain at the point, where it was asked for.
    gain: Option<Option<f64>>,
    /// The step, length P.
    pub(crate) step: Vec<f64>,
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
    /// Looks at a point, once for all steps from it.
    pub(crate) fn look(&mut self, model: Model<'_>) {
        self.gain = None;
        crate::instructions::arch().dispatch(Look { region: self, model });
    }

    /// Predicted remaining gain at the point looked at: half the squared Newton decrement in the free coordinates, or
    /// `None` where the model curves upwards.
    pub(crate) fn remaining_gain(&mut self) -> Option<f64> {
        match self.gain {
            Some(gain) => gain,
            None => {
                let gain = crate::instructions::arch().dispatch(RemainingGain(self));
                self.gain = Some(gain);
                gain
            }
        }
    }

    /// Free coordinates of the point looked at, and −H among them (row-major).
    pub(crate) fn free_curvature(&self) -> (&[usize], Vec<f64>) {
        (&self.here.free, self.here.free_curvature())
    }

    /// Leaves the best step found from the point looked at, of which `model` is the model, in `self.step`; returns
    /// the model gain of it.
    pub(crate) fn solve(&mut self, model: Model<'_>, radius: f64) -> f64 {
        crate::instructions::arch().dispatch(Solve { region: self, model, radius })
    }

    #[inline(always)]
    fn find_step(&mut self, model: Model<'_>, radius: f64) {
        let p = model.at.len();
        self.step.clear();
        self.step.resize(p, 0.0);
        self.held.clear();
        self.held.extend((0..p).map(|i| model.is_held(i)));
        for walls in 0..=p {
            let left = radius * radius - dot(&self.step, &self.step);
            if walls > 0 {
                self.further.reduce(model, &self.step, &self.held);
            }
            let reduced = if walls > 0 { &mut self.further } else { &mut self.here };
            if reduced.free.is_empty() || left <= 1e-6 * radius * radius {
                return;
            }
            reduced.solve(left.sqrt());
            let Some(wall) = reduced.walk(model, &mut self.step) else { return };
            self.held[wall] = true;
        }
    }
}

/// [`TrustRegion::look`] with the instructions that the machine has; values do not depend on them.
struct Look<'a> {
    region: &'a mut TrustRegion,
    model: Model<'a>,
}

impl pulp::WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { region, model } = self;
        let p = model.at.len();
        region.step.clear();
        region.step.resize(p, 0.0);
        region.held.clear();
        region.held.extend((0..p).map(|i| model.is_held(i)));
        region.here.reduce(model, &region.step, &region.held);
    }
}

/// [`TrustRegion::solve`], likewise.
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
struct RemainingGain<'a>(&'a mut TrustRegion);

impl pulp::WithSimd for RemainingGain<'_> {
    type Output = Option<f64>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Option<f64> {
        self.0.here.remaining_gain()
    }
}
