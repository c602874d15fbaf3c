//! Which new atom would raise the likelihood of a fit most, when the fit is free to move along.
//!
//! Adding an atom of small weight w to a fit changes log g(y|x) by w·u to first order, where
//! u(x, y) = exp(β₁ᵀM(x)) π_ref(x) (f(y|x; a, b) / g(y|x) − 1). What of u lies in the span of the scores s
//! of the fit is undone by moving the fit. With ũ = u − λᵀs the remainder of the regression of u on s, the
//! best weight is Σu / Σũ² and the predicted gain (Σu)² / (2 Σũ²). Maximised over atoms, this is the
//! limit of the likelihood ratio (Dacunha-Castelle and Gassiat 1999); without the projection it is the
//! vertex direction of non-parametric maximum likelihood (Lindsay 1983). Here it only chooses starts.

mod climb;
mod direction;
mod layout;
mod pass;
mod sums;
#[cfg(test)]
mod tests;

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::{LANES, Lanes, cholesky, cholesky_solve, dot, exp_lanes, ln, sum_tree};

use crate::kernel::{self, Points, fused, zip};
use crate::likelihood::Likelihood;
use crate::start;
use direction::Direction;
use sums::Sums;

/// Share of Σu² that must be left in Σũ²: below it the atom is one of the fit's own, up to rounding.
const SPLIT: f64 = 1e-7;

/// Relative shift of the information of the fit, which may be singular.
const RIDGE: f64 = 1e-12;

/// The largest move of a coordinate of the fit that an insertion brings with it.
const LARGEST_MOVE: f64 = 2.0;

/// Directions whose cosine is at least this lead to the same place.
const SAME_DIRECTION: f64 = 0.98;

/// Directions whose cosine is at least this are likely to climb to the same place.
const CLOSE_DIRECTION: f64 = 0.9;

/// The fit that atoms are inserted into, evaluated at every row. The promises hold for a maximum over the
/// box; elsewhere they are rough.
pub(crate) struct Base {
    measure: MixingMeasure,
    parameters: Vec<f64>,
    bound: f64,
    /// Its log-likelihood.
    pub(crate) value: f64,
    points: Points,
    /// 1 / g(y|x), one entry for each block and label.
    inverse_density: Vec<Lanes>,
    /// Coordinates that the box does not hold back.
    free: Vec<usize>,
    /// Factors L D Lᵀ of Σ s sᵀ over the free coordinates.
    factor: Vec<f64>,
    /// Directions climbed from so far.
    seen: Vec<Direction>,
    /// Directions of the atoms inserted so far.
    tried: Vec<Direction>,
    sums: Sums,
}

/// What inserting an atom promises.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Promise {
    /// Predicted gain in nats.
    pub(crate) gain: f64,
    /// Best weight, relative to the reference atom of the base.
    weight: f64,
    /// Σũ².
    second: f64,
    /// λ over the free coordinates.
    regression: Vec<f64>,
}

impl Base {
    /// Evaluates a fit in the box of half-width `bound`, of which the log-likelihood is known.
    pub(crate) fn new(likelihood: &mut Likelihood, parameters: &[f64], bound: f64, value: f64) -> Self {
        let points = likelihood.pointwise(parameters);
        let mut base = Self {
            measure: MixingMeasure::from_parameters(likelihood.shape(), parameters),
            parameters: parameters.to_vec(),
            bound,
            value,
            inverse_density: Vec::new(),
            points,
            free: (0..parameters.len()).filter(|i| parameters[*i].abs() < bound).collect(),
            factor: Vec::new(),
            seen: Vec::new(),
            tried: Vec::new(),
            sums: Sums::new(likelihood),
        };
        likelihood.arch().dispatch(Factorise { base: &mut base, likelihood });
        base
    }

    /// The fit.
    pub(crate) fn measure(&self) -> &MixingMeasure {
        &self.measure
    }

    /// The promise of an atom, with its own weight ignored; `None` when no positive weight helps.
    pub(crate) fn promise(&mut self, likelihood: &Likelihood, atom: &Atom) -> Option<Promise> {
        let mut sums = std::mem::take(&mut self.sums);
        sums.plain(self, likelihood, atom);
        self.sums = sums;
        likelihood.arch().dispatch(Promised(self))
    }

    /// The promise by the sums at hand.
    #[inline(always)]
    fn promised(&self) -> Option<Promise> {
        let Sums { slope, own, cross, .. } = &self.sums;
        let (first, plain) = (slope[0], own[0]);
        let cross: Vec<f64> = self.free.iter().map(|i| cross[*i]).collect();
        let mut regression = cross.clone();
        cholesky_solve(&self.factor, self.free.len(), &mut regression);
        let second = plain - dot(&regression, &cross);
        let gain = 0.5 * first * first / second;
        (first > 0.0 && second > SPLIT * plain && gain.is_finite()).then(|| Promise {
            gain,
            weight: first / second,
            second,
            regression,
        })
    }

    /// Whether an atom is worth a climb: its direction is not close to one climbed from before. It then
    /// counts as climbed from.
    pub(crate) fn is_unseen(&mut self, likelihood: &Likelihood, atom: &Atom, promise: &Promise) -> bool {
        let direction = Direction::new(self, likelihood, atom, promise);
        let new = direction.is_new(likelihood.arch(), &self.seen, CLOSE_DIRECTION);
        if new {
            self.seen.push(direction);
        }
        new
    }

    /// Whether the direction of an atom differs from those inserted before; it then counts as inserted.
    pub(crate) fn is_new(&mut self, likelihood: &Likelihood, atom: &Atom, promise: &Promise) -> bool {
        let direction = Direction::new(self, likelihood, atom, promise);
        let new = direction.is_new(likelihood.arch(), &self.tried, SAME_DIRECTION);
        if new {
            self.tried.push(direction);
        }
        new
    }

    /// The base moved along, with the atom in front at its best weight.
    pub(crate) fn with(&self, mut atom: Atom, promise: &Promise) -> Vec<f64> {
        let largest = promise.regression.iter().fold(0.0_f64, |m, v| m.max((v * promise.weight).abs()));
        let weight = promise.weight * (LARGEST_MOVE / largest).min(1.0);
        let mut moved = self.parameters.clone();
        for (lambda, &i) in promise.regression.iter().zip(&self.free) {
            moved[i] = lambda.mul_add(-weight, moved[i]).clamp(-self.bound, self.bound);
        }
        atom.log_weight = ln(weight).clamp(-self.bound, self.bound);
        start::with_atom(&MixingMeasure::from_parameters(self.measure.shape(), &moved), atom).parameters()
    }
}

/// [`Base::promised`] with the instructions that the machine has; values do not depend on them.
struct Promised<'a>(&'a Base);

impl pulp::WithSimd for Promised<'_> {
    type Output = Option<Promise>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Option<Promise> {
        self.0.promised()
    }
}

/// Fills in inverse densities and the factor of Σ s sᵀ, likewise.
struct Factorise<'a> {
    base: &'a mut Base,
    likelihood: &'a Likelihood,
}

impl pulp::WithSimd for Factorise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { base, likelihood } = self;
        base.inverse_density =
            base.points.log_density.iter().map(|v| exp_lanes(kernel::each(*v, |v| -v))).collect();
        let n = base.free.len();
        let rows = likelihood.rows();
        let mut information = vec![[0.0; LANES]; n * n];
        let mut scores = vec![[0.0; LANES]; base.parameters.len()];
        for run in &rows.runs {
            let labels = run.labels.len();
            for cell in run.cell(run.first)..run.cell(run.end) {
                let at = cell - run.cell(run.first);
                let block = run.first + at / labels;
                let count = rows.counts_of(run, block)[at % labels];
                base.scores(likelihood, (block, cell), &mut scores);
                for (a, &i) in base.free.iter().enumerate() {
                    let weighted = zip(count, scores[i], |c, s| c * s);
                    for (b, &j) in base.free[..=a].iter().enumerate() {
                        information[b * n + a] = fused(weighted, scores[j], information[b * n + a]);
                    }
                }
            }
        }
        base.factor = information.into_iter().map(sum_tree).collect();
        let top = (0..n).fold(0.0_f64, |m, a| m.max(base.factor[a * n + a]));
        (0..n).for_each(|a| base.factor[a * n + a] += RIDGE * top);
        if !cholesky(&mut base.factor, n) {
            base.free.clear();
            base.factor.clear();
        }
    }
}

impl Base {
    /// The scores of one cell, all coordinates.
    #[inline(always)]
    fn scores(&self, likelihood: &Likelihood, (block, cell): (usize, usize), out: &mut [Lanes]) {
        let (rows, shape) = (likelihood.rows(), likelihood.shape());
        let (d, row, logits) = (shape.dim, shape.row(), shape.logits());
        for u in 0..logits {
            let features = if u < shape.gate_rows() { rows.gate_features() } else { &rows.x };
            let residual = self.points.by_logit[cell * logits + u];
            out[u * row] = residual;
            for j in 0..d {
                out[u * row + 1 + j] = zip(residual, features[block * d + j], |r, x| r * x);
            }
        }
    }
}
