//! Which new atom would raise the likelihood of a fit most, when the fit is free to move along.
//!
//! Adding an atom of small weight w to a fit changes log g(y|x) by w·u to first order, where
//! u(x, y) = exp(β₁ᵀM(x)) π_ref(x) (f(y|x; a, b) / g(y|x) − 1). What of u lies in the span of the scores s
//! of the fit is undone by moving the fit. With ũ = u − λᵀs the remainder of the regression of u on s, the
//! best weight is Σu / Σũ² and the predicted gain (Σu)² / (2 Σũ²). Maximised over atoms, this is the
//! limit of the likelihood ratio (Dacunha-Castelle and Gassiat 1999); without the projection it is the
//! vertex direction of non-parametric maximum likelihood (Lindsay 1983). Here it only chooses starts.

mod climb;
mod sums;

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::{LANES, Lanes, cholesky, cholesky_solve, dot, exp_lanes, ln, sum_tree};

use crate::kernel::{self, Pointwise, fused, zip};
use crate::likelihood::Likelihood;
use crate::start;

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

/// Directions are compared on this many blocks of rows at most.
const COMPARED_BLOCKS: usize = 256;

/// The fit that atoms are inserted into, evaluated at every row. The promises hold for a maximum over the
/// box; elsewhere they are rough.
pub(crate) struct Base {
    measure: MixingMeasure,
    parameters: Vec<f64>,
    bound: f64,
    /// Its log-likelihood.
    pub(crate) value: f64,
    /// Gate probability of the reference atom and 1 / g(y|x), block by block.
    blocks: Vec<(Lanes, Lanes)>,
    /// Derivatives of ln g by the logits, block-major.
    by_logit: Vec<Lanes>,
    /// Coordinates that the box does not hold back.
    free: Vec<usize>,
    /// Cholesky factor of Σ s sᵀ over the free coordinates.
    factor: Vec<f64>,
    /// Directions climbed from so far.
    seen: Vec<Vec<Lanes>>,
    /// Directions of the atoms inserted so far.
    tried: Vec<Vec<Lanes>>,
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
        let (points, by_logit) = likelihood.pointwise(parameters);
        let block = |p: Pointwise| (p.reference, exp_lanes(p.log_density.map(|v| -v)));
        let mut base = Self {
            measure: MixingMeasure::from_parameters(likelihood.shape(), parameters),
            parameters: parameters.to_vec(),
            bound,
            value,
            blocks: points.into_iter().map(block).collect(),
            by_logit,
            free: (0..parameters.len()).filter(|i| parameters[*i].abs() < bound).collect(),
            factor: Vec::new(),
            seen: Vec::new(),
            tried: Vec::new(),
        };
        base.factorise(likelihood);
        base
    }

    /// The fit.
    pub(crate) fn measure(&self) -> &MixingMeasure {
        &self.measure
    }

    fn factorise(&mut self, likelihood: &Likelihood) {
        let n = self.free.len();
        let rows = likelihood.rows();
        let mut information = vec![[0.0; LANES]; n * n];
        let mut scores = vec![[0.0; LANES]; self.parameters.len()];
        for block in 0..rows.count.len() {
            self.scores(likelihood, block, &mut scores);
            for (a, &i) in self.free.iter().enumerate() {
                let weighted = zip(rows.count[block], scores[i], |c, s| c * s);
                for (b, &j) in self.free[..=a].iter().enumerate() {
                    information[a * n + b] = fused(weighted, scores[j], information[a * n + b]);
                }
            }
        }
        self.factor = information.into_iter().map(sum_tree).collect();
        let top = (0..n).fold(0.0_f64, |m, a| m.max(self.factor[a * n + a]));
        (0..n).for_each(|a| self.factor[a * n + a] += RIDGE * top);
        if !cholesky(&mut self.factor, n) {
            self.free.clear();
            self.factor.clear();
        }
    }

    /// The scores of one block, all coordinates.
    #[inline(always)]
    fn scores(&self, likelihood: &Likelihood, block: usize, out: &mut [Lanes]) {
        let (rows, shape) = (likelihood.rows(), likelihood.shape());
        let (d, row, logits) = (shape.dim, shape.row(), shape.logits());
        for u in 0..logits {
            let features = if u < shape.gate_rows() { rows.gate_features() } else { &rows.x };
            let residual = self.by_logit[block * logits + u];
            out[u * row] = residual;
            for j in 0..d {
                out[u * row + 1 + j] = zip(residual, features[block * d + j], |r, x| r * x);
            }
        }
    }

    /// The promise of an atom, with its own weight ignored; `None` when no positive weight helps.
    pub(crate) fn promise(&self, likelihood: &Likelihood, atom: &Atom) -> Option<Promise> {
        let sums = sums::first(self, likelihood, atom);
        self.promised(sums.first, sums.second, &sums.cross)
    }

    /// The promise from Σu, Σu² and Σ u s over all coordinates.
    fn promised(&self, first: f64, plain: f64, cross: &[f64]) -> Option<Promise> {
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
        let direction = self.direction(likelihood, atom, promise);
        let new = !self.seen.iter().any(|other| cosine(&direction, other) >= CLOSE_DIRECTION);
        if new {
            self.seen.push(direction);
        }
        new
    }

    /// Whether the direction of an atom differs from those inserted before; it then counts as inserted.
    pub(crate) fn is_new(&mut self, likelihood: &Likelihood, atom: &Atom, promise: &Promise) -> bool {
        let direction = self.direction(likelihood, atom, promise);
        let new = !self.tried.iter().any(|other| cosine(&direction, other) >= SAME_DIRECTION);
        if new {
            self.tried.push(direction);
        }
        new
    }

    /// √count ũ, row by row, on a part of the blocks.
    fn direction(&self, likelihood: &Likelihood, atom: &Atom, promise: &Promise) -> Vec<Lanes> {
        let rows = likelihood.rows();
        let stride = rows.count.len().div_ceil(COMPARED_BLOCKS).max(1);
        let mut scores = vec![[0.0; LANES]; self.parameters.len()];
        let mut out = Vec::new();
        for run in &rows.runs {
            for block in (run.first..run.end).step_by(stride) {
                let mut u = self.derivative(likelihood, atom, run.label, block);
                self.scores(likelihood, block, &mut scores);
                for (lambda, &i) in promise.regression.iter().zip(&self.free) {
                    u = zip(u, scores[i], |u, s| s.mul_add(-lambda, u));
                }
                out.push(zip(rows.count[block], u, |c, u| c.sqrt() * u));
            }
        }
        out
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

    /// u for the rows of one block.
    #[inline(always)]
    fn derivative(&self, likelihood: &Likelihood, atom: &Atom, label: usize, block: usize) -> Lanes {
        let (rows, d) = (likelihood.rows(), atom.gate_slope.len());
        let x = &rows.x[block * d..(block + 1) * d];
        let m = &rows.gate_features()[block * d..(block + 1) * d];
        let (reference, inverse) = self.blocks[block];
        let gate = exp_lanes(kernel::logit(0.0, &atom.gate_slope, m));
        let share = zip(gate, reference, |a, b| a * b);
        let ratio = zip(class_density(atom, label, x), inverse, |f, g| f * g - 1.0);
        zip(share, ratio, |a, b| a * b)
    }
}

fn cosine(a: &[Lanes], b: &[Lanes]) -> f64 {
    let product = |a: &[Lanes], b: &[Lanes]| {
        sum_tree(a.iter().zip(b).fold([0.0; LANES], |sum, (a, b)| fused(*a, *b, sum)))
    };
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

/// f(label|x) of one expert; logits are bounded by the reach of the starts.
#[inline(always)]
fn class_density(atom: &Atom, label: usize, x: &[Lanes]) -> Lanes {
    let (mut total, mut own) = ([1.0; LANES], [1.0; LANES]);
    for (c, a) in atom.intercepts.iter().enumerate() {
        let e = exp_lanes(kernel::logit(*a, atom.class_slope(c), x));
        total = zip(total, e, |a, b| a + b);
        if c == label {
            own = e;
        }
    }
    zip(own, total, |a, b| a / b)
}
