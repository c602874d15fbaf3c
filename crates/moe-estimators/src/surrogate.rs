//! The surrogate of the log-likelihood that EM and MM climb: value, score and curvature in one pass.
//!
//! With the responsibilities r_i = π_i f_i(y) / g of the experts at a point θ, Jensen's inequality gives
//! ℓ(θ') ≥ ℓ(θ) + Q(θ'|θ) − Q(θ|θ), a concave sum of one block for the gate and one for each expert:
//!
//! ```text
//! Q(θ'|θ) = Σ c [Σ_i r_i η'_i − lse(η')] + Σ_i Σ c r_i [ζ'_iy − lse(ζ'_i)]        sums over rows, c counts
//! ∂Q/∂η_i  = Σ c (r_i − π_i) m̃             ∂²Q/∂η_i∂η_j   = −Σ c π_i (δ_ij − π_j) m̃m̃ᵀ
//! ∂Q/∂ζ_is = Σ c r_i (1{y = s} − f_is) x̃   ∂²Q/∂ζ_is∂ζ_it = −Σ c r_i f_is (δ_st − f_it) x̃x̃ᵀ
//! ```
//!
//! with x̃ = (1, x), m̃ = (1, M(x)). At θ' = θ the score of Q is that of ℓ (Fisher's identity).

use std::ops::Range;

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, exp_lanes, ln_lanes, sum_tree};
use moe_core::shape::Shape;

use crate::kernel::{SAFE_LOGIT, each, fused, logit, zip};
use crate::likelihood::Likelihood;
use crate::rows::PackedRows;

const ZERO: Lanes = [0.0; LANES];
const ONE: Lanes = [1.0; LANES];

/// The surrogate of one data set: responsibilities and scratch space, so that no pass allocates.
#[derive(Clone, Debug)]
pub(crate) struct Surrogate {
    shape: Shape,
    newton: bool,
    /// r_i, k entries a block of rows; those of the last expectation.
    responsibility: Vec<Lanes>,
    work: Work,
}

/// The surrogate at one point. Block 0 is the gate, block i + 1 is expert i.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    /// Total log-likelihood ℓ in nats; only an expectation computes it.
    pub(crate) log_likelihood: f64,
    /// Blocks of Q, in nats; with exact curvature only.
    pub(crate) values: Vec<f64>,
    /// Score of Q, length P.
    pub(crate) score: Vec<f64>,
    /// With exact curvature the Hessian of each block, row-major; otherwise the second moments Σ c m̃m̃ᵀ of
    /// the gate and Σ c r_i x̃x̃ᵀ of the experts.
    pub(crate) curvature: Vec<Vec<f64>>,
}

/// Where the parameters of each block stand in the pinned vector.
pub(crate) fn blocks(shape: Shape) -> Vec<Range<usize>> {
    let gate = shape.gate_rows() * shape.row();
    let expert = (shape.classes - 1) * shape.row();
    std::iter::once(0..gate)
        .chain((0..shape.experts).map(|i| gate + i * expert..gate + (i + 1) * expert))
        .collect()
}

impl Surrogate {
    /// For the data of a likelihood; `newton` asks for values and exact curvature.
    pub(crate) fn new(likelihood: &Likelihood, newton: bool) -> Self {
        let shape = likelihood.shape();
        let responsibility = vec![ZERO; shape.experts * likelihood.rows().count.len()];
        Self { shape, newton, responsibility, work: Work::new(shape, newton) }
    }

    /// E-step at `parameters`: freezes the responsibilities there, and leaves ℓ and the surrogate in `out`.
    pub(crate) fn expect(&mut self, likelihood: &Likelihood, parameters: &[f64], out: &mut Local) {
        if self.newton {
            self.pass::<true, true>(likelihood, parameters, out);
        } else {
            self.pass::<true, false>(likelihood, parameters, out);
        }
        out.log_likelihood = self.work.log_likelihood.total();
    }

    /// The surrogate with frozen responsibilities at `parameters`.
    pub(crate) fn evaluate(&mut self, likelihood: &Likelihood, parameters: &[f64], out: &mut Local) {
        self.pass::<false, true>(likelihood, parameters, out);
    }

    fn pass<const EXPECT: bool, const NEWTON: bool>(
        &mut self,
        likelihood: &Likelihood,
        parameters: &[f64],
        out: &mut Local,
    ) {
        let rows = likelihood.rows();
        let safe = is_safe(self.shape, rows, parameters);
        let (shape, responsibility, work) = (self.shape, &mut self.responsibility, &mut self.work);
        work.clear();
        if safe {
            let sweep = Sweep::<EXPECT, NEWTON, true> { shape, rows, parameters, responsibility, work };
            likelihood.arch().dispatch(sweep);
        } else {
            let sweep = Sweep::<EXPECT, NEWTON, false> { shape, rows, parameters, responsibility, work };
            likelihood.arch().dispatch(sweep);
        }
        self.unpack(out);
    }

    /// Adds up the lanes.
    fn unpack(&self, out: &mut Local) {
        let work = &self.work;
        out.values.clear();
        out.values.extend(work.values.iter().map(CompensatedLanes::total));
        out.score.clear();
        out.score.extend(work.score.iter().map(|lanes| sum_tree(*lanes)));
        out.curvature.resize(self.shape.experts + 1, Vec::new());
        let (row, mut at) = (self.shape.row(), 0);
        for (block, matrix) in out.curvature.iter_mut().enumerate() {
            let rows = if block == 0 { self.shape.gate_rows() } else { self.shape.classes - 1 };
            let logits = if self.newton { rows } else { 1 };
            let (n, sign) = (logits * row, if self.newton { -1.0 } else { 1.0 });
            matrix.resize(n * n, 0.0);
            for u in 0..logits {
                for v in u..logits {
                    for a in 0..row {
                        for b in a..row {
                            let value = sign * sum_tree(work.curvature[at]);
                            at += 1;
                            for (i, j) in [(u * row + a, v * row + b), (u * row + b, v * row + a)] {
                                matrix[i * n + j] = value;
                                matrix[j * n + i] = value;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether no |logit| can exceed [`SAFE_LOGIT`] on these data.
fn is_safe(shape: Shape, rows: &PackedRows, parameters: &[f64]) -> bool {
    parameters.chunks_exact(shape.row()).enumerate().all(|(u, row)| {
        let bounds = if u < shape.gate_rows() { &rows.m_bound } else { &rows.x_bound };
        let slopes: f64 = row[1..].iter().zip(bounds).map(|(v, b)| v.abs() * b).sum();
        row[0].abs() + slopes <= SAFE_LOGIT
    })
}

/// Sums over rows, lane by lane, and the probabilities of the block at hand.
#[derive(Clone, Debug)]
struct Work {
    log_likelihood: CompensatedLanes,
    values: Vec<CompensatedLanes>,
    /// Logit-major, d + 1 entries a logit.
    score: Vec<Lanes>,
    /// Pair-major, block by block, (d+1)(d+2)/2 products a pair.
    curvature: Vec<Lanes>,
    /// π_i.
    gate: Vec<Lanes>,
    /// ln π_i.
    log_gate: Vec<Lanes>,
    /// f_is, K − 1 entries an expert.
    class: Vec<Lanes>,
    /// f_iy and ln f_iy.
    own: Vec<Lanes>,
    log_own: Vec<Lanes>,
    products: Vec<Lanes>,
}

impl Work {
    fn new(shape: Shape, newton: bool) -> Self {
        let (k, classes, row) = (shape.experts, shape.classes - 1, shape.row());
        let pairs = |logits: usize| if newton { logits * (logits + 1) / 2 } else { 1 };
        let products = row * (row + 1) / 2;
        Self {
            log_likelihood: CompensatedLanes::default(),
            values: vec![CompensatedLanes::default(); k + 1],
            score: vec![ZERO; shape.parameters()],
            curvature: vec![ZERO; (pairs(shape.gate_rows()) + k * pairs(classes)) * products],
            gate: vec![ZERO; k],
            log_gate: vec![ZERO; k],
            class: vec![ZERO; k * classes],
            own: vec![ZERO; k],
            log_own: vec![ZERO; k],
            products: vec![ZERO; products],
        }
    }

    fn clear(&mut self) {
        self.log_likelihood = CompensatedLanes::default();
        self.values.fill(CompensatedLanes::default());
        self.score.fill(ZERO);
        self.curvature.fill(ZERO);
    }
}

/// One pass. `SAFE` says that no |logit| exceeds [`SAFE_LOGIT`], so that none needs to be shifted.
struct Sweep<'a, const EXPECT: bool, const NEWTON: bool, const SAFE: bool> {
    shape: Shape,
    rows: &'a PackedRows,
    parameters: &'a [f64],
    responsibility: &'a mut [Lanes],
    work: &'a mut Work,
}

/// A block of rows of one label.
#[derive(Clone, Copy)]
struct Block<'a> {
    label: usize,
    x: &'a [Lanes],
    m: &'a [Lanes],
    count: Lanes,
}

impl<const EXPECT: bool, const NEWTON: bool, const SAFE: bool> pulp::WithSimd
    for Sweep<'_, EXPECT, NEWTON, SAFE>
{
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic, with the loops unrolled.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match (self.shape.experts, self.shape.classes, self.shape.dim) {
            (2, 2, 2) => self.run(Shape { experts: 2, classes: 2, dim: 2 }),
            (3, 2, 2) => self.run(Shape { experts: 3, classes: 2, dim: 2 }),
            _ => {
                let shape = self.shape;
                self.run(shape);
            }
        }
    }
}

impl<const EXPECT: bool, const NEWTON: bool, const SAFE: bool> Sweep<'_, EXPECT, NEWTON, SAFE> {
    #[inline(always)]
    fn run(self, shape: Shape) {
        let (k, d, gate_features) = (shape.experts, shape.dim, self.rows.gate_features());
        for run in &self.rows.runs {
            for block in run.first..run.end {
                let at = block * d..(block + 1) * d;
                let responsibility = &mut self.responsibility[block * k..(block + 1) * k];
                let (x, m) = (&self.rows.x[at.clone()], &gate_features[at]);
                let block = Block { label: run.label, x, m, count: self.rows.count[block] };
                let work = &mut *self.work;
                // Logarithms of probabilities are wanted by the values of Q, and where logits are large.
                if NEWTON || !SAFE {
                    probabilities::<SAFE, true>(shape, self.parameters, block, work);
                } else {
                    probabilities::<SAFE, false>(shape, self.parameters, block, work);
                }
                if EXPECT {
                    let log_density = responsibilities::<SAFE>(work, responsibility);
                    work.log_likelihood.add(zip(block.count, log_density, |c, v| c * v));
                }
                if NEWTON {
                    add_values(block, responsibility, work);
                }
                add_score(shape, block, responsibility, work);
                add_curvature::<NEWTON>(shape, block, responsibility, work);
            }
        }
    }
}

#[inline(always)]
fn row_logit(shape: Shape, parameters: &[f64], at: usize, features: &[Lanes]) -> Lanes {
    logit(parameters[at], &parameters[at + 1..at + shape.row()], features)
}

/// Softmax over the given logits and a reference logit 0, in place; returns the probability of the
/// reference and, where `LOGS`, ln(1 + Σ exp).
#[inline(always)]
fn softmax<const SAFE: bool, const LOGS: bool>(logits: &mut [Lanes]) -> (Lanes, Lanes) {
    let mut top = ZERO;
    if !SAFE {
        for z in logits.iter() {
            top = zip(top, *z, f64::max);
        }
    }
    let reference = if SAFE { ONE } else { exp_lanes(each(top, |t| -t)) };
    let mut total = reference;
    for z in logits.iter_mut() {
        *z = exp_lanes(if SAFE { *z } else { zip(*z, top, |z, t| z - t) });
        total = zip(total, *z, |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    for z in logits.iter_mut() {
        *z = zip(*z, inverse, |a, b| a * b);
    }
    let log_total = if LOGS { zip(top, ln_lanes(total), |a, b| a + b) } else { ZERO };
    (zip(reference, inverse, |a, b| a * b), log_total)
}

/// Gates and class probabilities of a block, with the logarithms of those that Q needs.
#[inline(always)]
fn probabilities<const SAFE: bool, const LOGS: bool>(
    shape: Shape,
    parameters: &[f64],
    block: Block<'_>,
    work: &mut Work,
) {
    let (k, classes) = (shape.experts, shape.classes - 1);
    for i in 0..k - 1 {
        let z = row_logit(shape, parameters, shape.gate(i), block.m);
        work.gate[i] = z;
        work.log_gate[i] = z;
    }
    let (reference, log_total) = softmax::<SAFE, LOGS>(&mut work.gate[..k - 1]);
    work.gate[k - 1] = reference;
    work.log_gate[k - 1] = ZERO;
    if LOGS {
        for i in 0..k {
            work.log_gate[i] = zip(work.log_gate[i], log_total, |z, t| z - t);
        }
    }
    for i in 0..k {
        for c in 0..classes {
            work.class[i * classes + c] = row_logit(shape, parameters, shape.expert(i, c), block.x);
        }
        let at = i * classes + block.label;
        let own_logit = if block.label < classes { work.class[at] } else { ZERO };
        let (reference, log_total) = softmax::<SAFE, LOGS>(&mut work.class[i * classes..(i + 1) * classes]);
        work.own[i] = if block.label < classes { work.class[at] } else { reference };
        if LOGS {
            work.log_own[i] = zip(own_logit, log_total, |z, t| z - t);
        }
    }
}

/// Responsibilities from the probabilities at hand; returns ln g.
#[inline(always)]
fn responsibilities<const SAFE: bool>(work: &Work, out: &mut [Lanes]) -> Lanes {
    let mut top = ZERO;
    for (i, r) in out.iter_mut().enumerate() {
        *r = if SAFE {
            zip(work.gate[i], work.own[i], |p, f| p * f)
        } else {
            zip(work.log_gate[i], work.log_own[i], |p, f| p + f)
        };
        top = if i == 0 { *r } else { zip(top, *r, f64::max) };
    }
    let mut total = ZERO;
    for r in out.iter_mut() {
        if !SAFE {
            *r = exp_lanes(zip(*r, top, |v, t| v - t));
        }
        total = zip(total, *r, |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    for r in out.iter_mut() {
        *r = zip(*r, inverse, |a, b| a * b);
    }
    let log_total = ln_lanes(total);
    if SAFE { log_total } else { zip(top, log_total, |a, b| a + b) }
}

#[inline(always)]
fn add_values(block: Block<'_>, responsibility: &[Lanes], work: &mut Work) {
    let mut gate = ZERO;
    for (i, r) in responsibility.iter().enumerate() {
        gate = fused(*r, work.log_gate[i], gate);
        let own = zip(*r, work.log_own[i], |r, v| r * v);
        work.values[i + 1].add(zip(block.count, own, |c, v| c * v));
    }
    work.values[0].add(zip(block.count, gate, |c, v| c * v));
}

#[inline(always)]
fn add_score(shape: Shape, block: Block<'_>, responsibility: &[Lanes], work: &mut Work) {
    let (row, gates, classes) = (shape.row(), shape.gate_rows(), shape.classes - 1);
    for (i, r) in responsibility.iter().enumerate() {
        if i < gates {
            let w = zip(*r, work.gate[i], |r, p| r - p);
            let at = i * row;
            add_row(zip(block.count, w, |c, w| c * w), block.m, &mut work.score[at..at + row]);
        }
        let share = zip(block.count, *r, |c, r| c * r);
        for s in 0..classes {
            let own = if s == block.label { 1.0 } else { 0.0 };
            let w = zip(share, work.class[i * classes + s], |c, f| c * (own - f));
            let at = (gates + i * classes + s) * row;
            add_row(w, block.x, &mut work.score[at..at + row]);
        }
    }
}

/// sums += w (1, features).
#[inline(always)]
fn add_row(w: Lanes, features: &[Lanes], sums: &mut [Lanes]) {
    sums[0] = zip(sums[0], w, |s, w| s + w);
    for (sum, feature) in sums[1..].iter_mut().zip(features) {
        *sum = fused(w, *feature, *sum);
    }
}

#[inline(always)]
fn add_curvature<const NEWTON: bool>(
    shape: Shape,
    block: Block<'_>,
    responsibility: &[Lanes],
    work: &mut Work,
) {
    let (gates, classes) = (shape.gate_rows(), shape.classes - 1);
    let mut at = 0;
    set_products(block.m, &mut work.products);
    if NEWTON {
        for i in 0..gates {
            let share = zip(block.count, work.gate[i], |c, p| c * p);
            for j in i..gates {
                let own = if i == j { 1.0 } else { 0.0 };
                let w = zip(share, work.gate[j], |a, p| a * (own - p));
                add_products(w, &work.products, &mut work.curvature, &mut at);
            }
        }
    } else {
        add_products(block.count, &work.products, &mut work.curvature, &mut at);
    }
    set_products(block.x, &mut work.products);
    for (i, r) in responsibility.iter().enumerate() {
        let share = zip(block.count, *r, |c, r| c * r);
        if !NEWTON {
            add_products(share, &work.products, &mut work.curvature, &mut at);
            continue;
        }
        for s in 0..classes {
            let share = zip(share, work.class[i * classes + s], |a, f| a * f);
            for t in s..classes {
                let own = if s == t { 1.0 } else { 0.0 };
                let w = zip(share, work.class[i * classes + t], |a, f| a * (own - f));
                add_products(w, &work.products, &mut work.curvature, &mut at);
            }
        }
    }
}

/// Products z_p z_q, p ≤ q, of z = (1, features).
#[inline(always)]
fn set_products(features: &[Lanes], out: &mut [Lanes]) {
    let feature = |p: usize| if p == 0 { ONE } else { features[p - 1] };
    let mut at = 0;
    for p in 0..=features.len() {
        for q in p..=features.len() {
            out[at] = zip(feature(p), feature(q), |a, b| a * b);
            at += 1;
        }
    }
}

#[inline(always)]
fn add_products(w: Lanes, products: &[Lanes], sums: &mut [Lanes], at: &mut usize) {
    for product in products {
        sums[*at] = fused(w, *product, sums[*at]);
        *at += 1;
    }
}
