//! Score and Hessian of one block in the logits.
//!
//! With r_i = π_i f_i(y) / g the posterior of expert i, e_is = 1{y = s} − f_i(s) and δ Kronecker's:
//!
//! ```text
//! ∂ℓ/∂η_i          = r_i − π_i                ∂ℓ/∂ζ_is = r_i e_is
//! ∂²ℓ/∂η_i∂η_j     = δ_ij (r_i − π_i) − r_i r_j + π_i π_j
//! ∂²ℓ/∂η_i∂ζ_js    = (δ_ij − r_i) r_j e_js
//! ∂²ℓ/∂ζ_is∂ζ_jt   = (δ_ij − r_i) r_j e_is e_jt − δ_ij r_i f_i(t) (δ_st − f_i(s))
//! ```

use moe_core::numeric::Lanes;

use super::{Pass, Sums, each, fused, zip};

/// r_i e_is for every expert and class.
#[inline(always)]
pub(super) fn residuals(pass: Pass<'_>, label: usize, sums: &mut Sums) {
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
pub(super) fn logit_score(pass: Pass<'_>, b: usize, count: Lanes, sums: &mut Sums) {
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
pub(super) fn logit_hessian(pass: Pass<'_>, label: usize, b: usize, count: Lanes, sums: &mut Sums) {
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
