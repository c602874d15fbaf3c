//! The likelihood kernel: logits, probabilities, score and Hessian weights of blocks of rows.
//!
//! Everything is written over [`Lanes`], inlined into one function for each instruction set, and uses
//! explicit fused multiply-adds in a fixed order, so that all instruction sets give the same bits.
//!
//! With r_i = π_i f_i(y) / g the posterior of expert i, e_is = 1{y = s} − f_i(s) and δ Kronecker's:
//!
//! ```text
//! ∂ℓ/∂η_i          = r_i − π_i                ∂ℓ/∂ζ_is = r_i e_is
//! ∂²ℓ/∂η_i∂η_j     = δ_ij (r_i − π_i) − r_i r_j + π_i π_j
//! ∂²ℓ/∂η_i∂ζ_js    = (δ_ij − r_i) r_j e_js
//! ∂²ℓ/∂ζ_is∂ζ_jt   = (δ_ij − r_i) r_j e_is e_jt − δ_ij r_i f_i(t) (δ_st − f_i(s))
//! ```

use moe_core::numeric::{CompensatedLanes, LANES, Lanes, exp_lanes, ln_lanes};
use moe_core::shape::Shape;

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

#[inline(always)]
pub(crate) fn each(a: Lanes, f: impl Fn(f64) -> f64) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l]);
    }
    out
}

#[inline(always)]
pub(crate) fn zip(a: Lanes, b: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = f(a[l], b[l]);
    }
    out
}

#[inline(always)]
pub(crate) fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    let mut out = ZERO;
    for l in 0..LANES {
        out[l] = a[l].mul_add(b[l], c[l]);
    }
    out
}

/// intercept + slopeᵀ features.
#[inline(always)]
pub(crate) fn logit(intercept: f64, slope: &[f64], features: &[Lanes]) -> Lanes {
    let mut out = [intercept; LANES];
    for (v, f) in slope.iter().zip(features) {
        out = fused([*v; LANES], *f, out);
    }
    out
}

/// The logit whose row of parameters begins at `at`.
#[inline(always)]
fn row_logit(pass: Pass<'_>, at: usize, features: &[Lanes]) -> Lanes {
    logit(pass.parameters[at], &pass.parameters[at + 1..at + pass.shape.row()], features)
}

/// ln g(label|x) of one block, and the gate probability of the reference atom.
#[inline(always)]
pub(crate) fn pointwise(
    pass: Pass<'_>,
    label: usize,
    x: &[Lanes],
    m: &[Lanes],
    sums: &mut Sums,
) -> (Lanes, Lanes) {
    let value = shifted_probabilities(pass, label, x, m, sums);
    (value, sums.gate[pass.shape.experts - 1])
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
            safe_probabilities(pass, group.label, x, m, sums)
        } else {
            shifted_probabilities(pass, group.label, x, m, sums)
        };
        sums.value.add(zip(*count, value, |c, v| c * v));
        if LEVEL >= SCORE {
            residuals(pass, group.label, sums);
            logit_score(pass, b, *count, sums);
        }
        if LEVEL >= HESSIAN {
            logit_hessian(pass, group.label, b, *count, sums);
        }
    }
    if LEVEL >= SCORE {
        add_score(pass, group, sums);
    }
    if LEVEL >= HESSIAN {
        add_hessian(pass, group, sums);
    }
}

/// Gates, class probabilities and posteriors without shifts; returns ln g.
#[inline(always)]
fn safe_probabilities(pass: Pass<'_>, label: usize, x: &[Lanes], m: &[Lanes], sums: &mut Sums) -> Lanes {
    let shape = pass.shape;
    let (k, classes) = (shape.experts, shape.classes - 1);
    let mut total = [1.0; LANES];
    sums.gate[k - 1] = [1.0; LANES];
    for i in 0..k - 1 {
        let e = exp_lanes(row_logit(pass, shape.gate(i), m));
        sums.gate[i] = e;
        total = zip(total, e, |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    let mut density = ZERO;
    for i in 0..k {
        sums.gate[i] = zip(sums.gate[i], inverse, |a, b| a * b);
        let mut total = [1.0; LANES];
        for c in 0..classes {
            let e = exp_lanes(row_logit(pass, shape.expert(i, c), x));
            sums.class[i * classes + c] = e;
            total = zip(total, e, |a, b| a + b);
        }
        let inverse = each(total, |t| 1.0 / t);
        for c in 0..classes {
            sums.class[i * classes + c] = zip(sums.class[i * classes + c], inverse, |a, b| a * b);
        }
        let own = if label < classes { sums.class[i * classes + label] } else { inverse };
        sums.posterior[i] = zip(sums.gate[i], own, |a, b| a * b);
        density = zip(density, sums.posterior[i], |a, b| a + b);
    }
    let inverse = each(density, |g| 1.0 / g);
    for i in 0..k {
        sums.posterior[i] = zip(sums.posterior[i], inverse, |a, b| a * b);
    }
    ln_lanes(density)
}

/// The same in logarithms relative to the largest term: any finite logit is safe.
#[inline(always)]
fn shifted_probabilities(pass: Pass<'_>, label: usize, x: &[Lanes], m: &[Lanes], sums: &mut Sums) -> Lanes {
    let shape = pass.shape;
    let (k, classes) = (shape.experts, shape.classes - 1);
    for i in 0..k - 1 {
        sums.logit[i] = row_logit(pass, shape.gate(i), m);
    }
    let normaliser = log_sum_exp(&sums.logit[..k - 1]);
    for i in 0..k {
        let z = if i + 1 < k { sums.logit[i] } else { ZERO };
        let log_gate = zip(z, normaliser, |a, b| a - b);
        sums.gate[i] = exp_lanes(log_gate);
        sums.posterior[i] = log_gate;
    }
    for i in 0..k {
        for c in 0..classes {
            sums.logit[c] = row_logit(pass, shape.expert(i, c), x);
        }
        let normaliser = log_sum_exp(&sums.logit[..classes]);
        for c in 0..classes {
            sums.class[i * classes + c] = exp_lanes(zip(sums.logit[c], normaliser, |a, b| a - b));
        }
        let own = if label < classes { sums.logit[label] } else { ZERO };
        sums.posterior[i] = zip(sums.posterior[i], zip(own, normaliser, |a, b| a - b), |a, b| a + b);
    }
    let mut top = sums.posterior[0];
    for i in 1..k {
        top = zip(top, sums.posterior[i], f64::max);
    }
    let mut total = ZERO;
    for i in 0..k {
        sums.posterior[i] = exp_lanes(zip(sums.posterior[i], top, |a, b| a - b));
        total = zip(total, sums.posterior[i], |a, b| a + b);
    }
    let inverse = each(total, |t| 1.0 / t);
    for i in 0..k {
        sums.posterior[i] = zip(sums.posterior[i], inverse, |a, b| a * b);
    }
    zip(top, ln_lanes(total), |a, b| a + b)
}

/// ln(1 + Σ exp(z)) over the given logits and a reference logit 0.
#[inline(always)]
fn log_sum_exp(logits: &[Lanes]) -> Lanes {
    let mut top = ZERO;
    for z in logits {
        top = zip(top, *z, f64::max);
    }
    let mut total = exp_lanes(each(top, |t| -t));
    for z in logits {
        total = zip(total, exp_lanes(zip(*z, top, |a, b| a - b)), |a, b| a + b);
    }
    zip(top, ln_lanes(total), |a, b| a + b)
}

/// r_i e_is for every expert and class.
#[inline(always)]
fn residuals(pass: Pass<'_>, label: usize, sums: &mut Sums) {
    let classes = pass.shape.classes - 1;
    for i in 0..pass.shape.experts {
        for c in 0..classes {
            let own = if c == label { 1.0 } else { 0.0 };
            let at = i * classes + c;
            sums.residual[at] = zip(sums.posterior[i], sums.class[at], |r, f| r * (own - f));
        }
    }
}

#[inline(always)]
fn logit_score(pass: Pass<'_>, b: usize, count: Lanes, sums: &mut Sums) {
    let gates = pass.shape.gate_rows();
    for i in 0..gates {
        let difference = zip(sums.posterior[i], sums.gate[i], |r, p| r - p);
        sums.by_logit[i][b] = zip(count, difference, |c, v| c * v);
    }
    for at in 0..sums.residual.len() {
        sums.by_logit[gates + at][b] = zip(count, sums.residual[at], |c, v| c * v);
    }
}

/// Weights of all pairs u ≤ v of logits, in row-major order of the upper triangle.
#[inline(always)]
fn logit_hessian(pass: Pass<'_>, label: usize, b: usize, count: Lanes, sums: &mut Sums) {
    let (k, classes, gates) = (pass.shape.experts, pass.shape.classes - 1, pass.shape.gate_rows());
    let mut pair = 0;
    for i in 0..gates {
        let (r, p) = (sums.posterior[i], sums.gate[i]);
        let minus_r = each(r, |r| -r);
        let own = fused(p, p, zip(r, p, |r, p| r - p));
        put(sums, &mut pair, b, count, fused(minus_r, r, own));
        for j in i + 1..gates {
            let gates = zip(p, sums.gate[j], |a, b| a * b);
            put(sums, &mut pair, b, count, fused(minus_r, sums.posterior[j], gates));
        }
        for j in 0..k {
            let share = if i == j { each(r, |r| 1.0 - r) } else { minus_r };
            for c in 0..classes {
                let w = zip(share, sums.residual[j * classes + c], |a, b| a * b);
                put(sums, &mut pair, b, count, w);
            }
        }
    }
    for i in 0..k {
        for s in 0..classes {
            let (f, rho) = (sums.class[i * classes + s], sums.residual[i * classes + s]);
            // (1 − r_i) r_i e_is e_it = (e_is − ρ_is) ρ_it with ρ = r e.
            let own = if s == label { 1.0 } else { 0.0 };
            let spread = zip(f, rho, |f, rho| (own - f) - rho);
            for t in s..classes {
                let tail = zip(sums.posterior[i], sums.class[i * classes + t], |r, f| r * f);
                let tail = zip(tail, f, |a, f| if s == t { a * (f - 1.0) } else { a * f });
                put(sums, &mut pair, b, count, fused(spread, sums.residual[i * classes + t], tail));
            }
            for at in (i + 1) * classes..k * classes {
                put(sums, &mut pair, b, count, zip(rho, sums.residual[at], |a, b| -(a * b)));
            }
        }
    }
}

#[inline(always)]
fn put(sums: &mut Sums, pair: &mut usize, b: usize, count: Lanes, w: Lanes) {
    sums.weight[*pair][b] = zip(count, w, |c, w| c * w);
    *pair += 1;
}

#[inline(always)]
fn add_score(pass: Pass<'_>, group: Group<'_>, sums: &mut Sums) {
    let (d, row, gates) = (pass.shape.dim, pass.shape.row(), pass.shape.gate_rows());
    for (u, by_logit) in sums.by_logit.iter().enumerate() {
        let features = if u < gates { group.m } else { group.x };
        for p in 0..row {
            let mut sum = sums.score[u * row + p];
            for b in 0..group.count.len() {
                sum = fused(by_logit[b], feature(features, d, b, p), sum);
            }
            sums.score[u * row + p] = sum;
        }
    }
}

#[inline(always)]
fn add_hessian(pass: Pass<'_>, group: Group<'_>, sums: &mut Sums) {
    let (d, blocks) = (pass.shape.dim, group.count.len());
    let (logits, gates) = (pass.shape.logits(), pass.shape.gate_rows());
    symmetric_products(d, blocks, group.x, &mut sums.products_x);
    if !pass.shared {
        symmetric_products(d, blocks, group.m, &mut sums.products_m);
        mixed_products(d, blocks, group.m, group.x, &mut sums.products_mx);
    }
    let (mut pair, mut at) = (0, 0);
    for u in 0..logits {
        for v in u..logits {
            let products = if pass.shared || u >= gates {
                &sums.products_x
            } else if v < gates {
                &sums.products_m
            } else {
                &sums.products_mx
            };
            multiply(&sums.weight[pair][..blocks], products, &mut sums.hessian[at..at + products.len()]);
            pair += 1;
            at += products.len();
        }
    }
}

/// sums[q] += Σ_b weight[b] · products[q][b], three products at a time to reuse the loaded weight.
#[inline(always)]
fn multiply(weight: &[Lanes], products: &[[Lanes; GROUP]], sums: &mut [Lanes]) {
    let mut triples = sums.chunks_exact_mut(3);
    for (sums, products) in (&mut triples).zip(products.chunks_exact(3)) {
        let (mut s0, mut s1, mut s2) = (sums[0], sums[1], sums[2]);
        for (b, w) in weight.iter().enumerate() {
            s0 = fused(*w, products[0][b], s0);
            s1 = fused(*w, products[1][b], s1);
            s2 = fused(*w, products[2][b], s2);
        }
        (sums[0], sums[1], sums[2]) = (s0, s1, s2);
    }
    let rest = triples.into_remainder();
    let skipped = products.len() - rest.len();
    for (sum, products) in rest.iter_mut().zip(&products[skipped..]) {
        for (b, w) in weight.iter().enumerate() {
            *sum = fused(*w, products[b], *sum);
        }
    }
}

#[inline(always)]
fn feature(features: &[Lanes], d: usize, b: usize, p: usize) -> Lanes {
    if p == 0 { [1.0; LANES] } else { features[b * d + p - 1] }
}

/// Products z_p z_q, p ≤ q, of z = (1, features).
#[inline(always)]
fn symmetric_products(d: usize, blocks: usize, features: &[Lanes], out: &mut [[Lanes; GROUP]]) {
    let mut at = 0;
    for p in 0..=d {
        for q in p..=d {
            for b in 0..blocks {
                out[at][b] = zip(feature(features, d, b, p), feature(features, d, b, q), |a, b| a * b);
            }
            at += 1;
        }
    }
}

/// Products z_p y_q of z = (1, M(x)) and y = (1, x), row-major.
#[inline(always)]
fn mixed_products(d: usize, blocks: usize, m: &[Lanes], x: &[Lanes], out: &mut [[Lanes; GROUP]]) {
    let mut at = 0;
    for p in 0..=d {
        for q in 0..=d {
            for b in 0..blocks {
                out[at][b] = zip(feature(m, d, b, p), feature(x, d, b, q), |a, b| a * b);
            }
            at += 1;
        }
    }
}
