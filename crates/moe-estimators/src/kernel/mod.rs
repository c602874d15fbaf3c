//! The likelihood kernel: logits, probabilities, score and Hessian weights of blocks of rows.
//!
//! Everything is written over [`Lanes`], inlined into one function for each instruction set, and uses
//! explicit fused multiply-adds in a fixed order, so that all instruction sets give the same bits.

mod accumulate;
mod arithmetic;
mod curvature;
mod probability;

use moe_core::numeric::{CompensatedLanes, LANES, Lanes};
use moe_core::shape::Shape;

pub(crate) use arithmetic::{each, fused, logit, zip};

/// Blocks that are turned into Hessian weights before these are multiplied into the sums.
pub(crate) const GROUP: usize = 8;

/// Largest |logit| for which products of gate and expert probabilities can neither overflow nor
/// underflow, so that no logit needs to be shifted: 4 · 150 < 708.
pub(crate) const SAFE_LOGIT: f64 = 150.0;

/// What a pass computes: the value, also the score, also the Hessian.
pub(crate) const VALUE: u8 = 0;
pub(crate) const SCORE: u8 = 1;
pub(crate) const HESSIAN: u8 = 2;

/// One pass: sizes, label and parameters.
#[derive(Clone, Copy)]
pub(crate) struct Pass<'a> {
    pub(crate) shape: Shape,
    /// Whether gates and experts see the same features (identity gate).
    pub(crate) shared: bool,
    pub(crate) parameters: &'a [f64],
}

/// A group of at most [`GROUP`] blocks of one label.
#[derive(Clone, Copy)]
pub(crate) struct Group<'a> {
    pub(crate) label: usize,
    /// Covariates, block-major.
    pub(crate) x: &'a [Lanes],
    /// Gate features, block-major.
    pub(crate) m: &'a [Lanes],
    pub(crate) count: &'a [Lanes],
}

/// Sums over rows, lane by lane, and the scratch space of a group.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    pub(crate) value: CompensatedLanes,
    /// Score: `score[logit * (d + 1) + p]`.
    pub(crate) score: Vec<Lanes>,
    /// Hessian: pair-major; (d+1)(d+2)/2 products a pair of one feature set, (d+1)² a mixed pair.
    pub(crate) hessian: Vec<Lanes>,
    gate: Vec<Lanes>,
    posterior: Vec<Lanes>,
    /// f_i(s), K − 1 entries an expert.
    class: Vec<Lanes>,
    /// r_i e_is, like `class`.
    residual: Vec<Lanes>,
    logit: Vec<Lanes>,
    by_logit: Vec<[Lanes; GROUP]>,
    weight: Vec<[Lanes; GROUP]>,
    products_m: Vec<[Lanes; GROUP]>,
    products_x: Vec<[Lanes; GROUP]>,
    products_mx: Vec<[Lanes; GROUP]>,
}

const ZERO: Lanes = [0.0; LANES];
const ZEROS: [Lanes; GROUP] = [ZERO; GROUP];

impl Sums {
    pub(crate) fn new(shape: Shape, shared: bool) -> Self {
        let (k, classes, row, logits) = (shape.experts, shape.classes - 1, shape.row(), shape.logits());
        let (sym, mixed) = (row * (row + 1) / 2, row * row);
        let mixed_pairs = if shared { 0 } else { shape.gate_rows() * k * classes };
        let pairs = logits * (logits + 1) / 2;
        Self {
            value: CompensatedLanes::default(),
            score: vec![ZERO; logits * row],
            hessian: vec![ZERO; (pairs - mixed_pairs) * sym + mixed_pairs * mixed],
            gate: vec![ZERO; k],
            posterior: vec![ZERO; k],
            class: vec![ZERO; k * classes],
            residual: vec![ZERO; k * classes],
            logit: vec![ZERO; k.max(classes)],
            by_logit: vec![ZEROS; logits],
            weight: vec![ZEROS; pairs],
            products_m: vec![ZEROS; if shared { 0 } else { sym }],
            products_x: vec![ZEROS; sym],
            products_mx: vec![ZEROS; if shared { 0 } else { mixed }],
        }
    }

    /// Back to zero sums.
    pub(crate) fn clear(&mut self) {
        self.value = CompensatedLanes::default();
        self.score.fill(ZERO);
        self.hessian.fill(ZERO);
    }
}

/// Adds a group of blocks to the sums. `LEVEL` is [`VALUE`], [`SCORE`] or [`HESSIAN`]; `SAFE` says that
/// no |logit| exceeds [`SAFE_LOGIT`].
#[inline(always)]
pub(crate) fn add_group<const LEVEL: u8, const SAFE: bool>(
    pass: Pass<'_>,
    group: Group<'_>,
    sums: &mut Sums,
) {
    let d = pass.shape.dim;
    for (b, count) in group.count.iter().enumerate() {
        let (x, m) = (&group.x[b * d..(b + 1) * d], &group.m[b * d..(b + 1) * d]);
        let value = if SAFE {
            probability::safe_probabilities(pass, group.label, x, m, sums)
        } else {
            probability::shifted_probabilities(pass, group.label, x, m, sums)
        };
        sums.value.add(zip(*count, value, |c, v| c * v));
        if LEVEL >= SCORE {
            curvature::residuals(pass, group.label, sums);
            curvature::logit_score(pass, b, *count, sums);
        }
        if LEVEL >= HESSIAN {
            curvature::logit_hessian(pass, group.label, b, *count, sums);
        }
    }
    if LEVEL >= SCORE {
        accumulate::add_score(pass, group, sums);
    }
    if LEVEL >= HESSIAN {
        accumulate::add_hessian(pass, group, sums);
    }
}

/// One block at one point, row by row.
#[derive(Clone, Copy)]
pub(crate) struct Pointwise {
    /// ln g(label|x).
    pub(crate) log_density: Lanes,
    /// Gate probability of the reference atom.
    pub(crate) reference: Lanes,
}

/// Evaluates one block row by row; the derivative of ln g by each logit is added to `by_logit`.
#[inline(always)]
pub(crate) fn pointwise(
    pass: Pass<'_>,
    label: usize,
    x: &[Lanes],
    m: &[Lanes],
    sums: &mut Sums,
    by_logit: &mut Vec<Lanes>,
) -> Pointwise {
    let log_density = probability::shifted_probabilities(pass, label, x, m, sums);
    curvature::residuals(pass, label, sums);
    curvature::logit_score(pass, 0, [1.0; LANES], sums);
    by_logit.extend(sums.by_logit.iter().map(|group| group[0]));
    Pointwise { log_density, reference: sums.gate[pass.shape.experts - 1] }
}
