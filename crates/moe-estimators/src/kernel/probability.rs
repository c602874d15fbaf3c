//! From logits to gates, class probabilities and posteriors of one block, with and without shifts.

use moe_core::numeric::{LANES, Lanes, exp_lanes, ln_lanes};

use super::{Pass, Sums, ZERO, each, logit, zip};

/// Gates, class probabilities and posteriors without shifts; returns ln g.
#[inline(always)]
pub(super) fn safe_probabilities(
    pass: Pass<'_>,
    label: usize,
    x: &[Lanes],
    m: &[Lanes],
    sums: &mut Sums,
) -> Lanes {
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
pub(super) fn shifted_probabilities(
    pass: Pass<'_>,
    label: usize,
    x: &[Lanes],
    m: &[Lanes],
    sums: &mut Sums,
) -> Lanes {
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

/// The logit whose row of parameters begins at `at`.
#[inline(always)]
fn row_logit(pass: Pass<'_>, at: usize, features: &[Lanes]) -> Lanes {
    logit(pass.parameters[at], &pass.parameters[at + 1..at + pass.shape.row()], features)
}
