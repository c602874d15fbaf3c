//! Score and Hessian weights of a group times products of features, summed lane by lane.

use moe_core::numeric::{LANES, Lanes};

use super::{GROUP, Group, Pass, Sums, fused, zip};

#[inline(always)]
pub(super) fn add_score(pass: Pass<'_>, group: Group<'_>, sums: &mut Sums) {
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
pub(super) fn add_hessian(pass: Pass<'_>, group: Group<'_>, sums: &mut Sums) {
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
