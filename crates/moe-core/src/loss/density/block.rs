//! Class probabilities and distances at eight points at a time, in the order of operations of one point after the other.

use std::ops::Range;

use super::{SERIES, divergence_term, log_probability};
use crate::measure::MixingMeasure;
use crate::model::eight::{exponentials, logit};
use crate::numeric::{LANES, Lanes, add, div, ln_lanes, mul, mul_add, splat, sub};

/// At most eight points, lane by lane; lanes beyond the last point repeat it.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Which points of the rule they are.
    pub(super) points: Range<usize>,
    /// x, d entries.
    pub(super) x: Vec<Lanes>,
    /// M(x), d entries.
    pub(super) m: Vec<Lanes>,
    /// True class probabilities, K entries.
    pub(super) truth: Vec<Lanes>,
}

/// Distances at each point, not weighted: Σ_s (√p_s − √q_s)², Σ_s |p_s − q_s|, Σ_s p_s ln(p_s / q_s).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Terms {
    pub(super) hellinger: Lanes,
    pub(super) variation: Lanes,
    pub(super) kl: Lanes,
}

/// One measure, block after block, without allocation.
pub(super) struct Density<'a> {
    measure: &'a MixingMeasure,
    gates: Vec<Lanes>,
    expert: Vec<Lanes>,
    /// g(·|x) of the last block, length K.
    pub(super) probabilities: Vec<Lanes>,
}

impl<'a> Density<'a> {
    pub(super) fn new(measure: &'a MixingMeasure) -> Self {
        let shape = measure.shape();
        let zeros = |len| vec![splat(0.0); len];
        Self {
            measure,
            gates: zeros(shape.experts),
            expert: zeros(shape.classes),
            probabilities: zeros(shape.classes),
        }
    }

    /// Evaluates the class probabilities.
    #[inline(always)]
    pub(super) fn evaluate(&mut self, block: &Block) {
        for (gate, atom) in self.gates.iter_mut().zip(self.measure.atoms()) {
            *gate = logit(&atom.gate_slope, &block.m, atom.log_weight);
        }
        let gates = exponentials(&mut self.gates);
        self.probabilities.fill(splat(0.0));
        for (gate, atom) in self.gates.iter().zip(self.measure.atoms()) {
            for (c, a) in atom.intercepts.iter().enumerate() {
                self.expert[c] = logit(atom.class_slope(c), &block.x, *a);
            }
            self.expert[atom.intercepts.len()] = splat(0.0);
            let scale = div(*gate, mul(gates, exponentials(&mut self.expert)));
            for (p, e) in self.probabilities.iter_mut().zip(&self.expert) {
                *p = mul_add(scale, *e, *p);
            }
        }
    }

    /// Distances from the truth at the points of the block that was evaluated last.
    #[inline(always)]
    pub(super) fn terms(&self, block: &Block) -> Terms {
        let mut terms = Terms { hellinger: splat(0.0), variation: splat(0.0), kl: splat(0.0) };
        for (s, (p, q)) in block.truth.iter().zip(&self.probabilities).enumerate() {
            let root = sub(each(*p, f64::sqrt), each(*q, f64::sqrt));
            terms.hellinger = add(terms.hellinger, mul(root, root));
            terms.variation = add(terms.variation, each(sub(*p, *q), f64::abs));
            terms.kl = add(terms.kl, self.divergences(s, *p, *q, block));
        }
        terms
    }

    /// [`divergence_term`] of every lane.
    #[inline(always)]
    fn divergences(&self, s: usize, p: Lanes, q: Lanes, block: &Block) -> Lanes {
        let delta = div(sub(q, p), p);
        let ratio = div(q, p);
        let minus = each(delta, |d| -d);
        let mut series = splat(0.0);
        for n in (2..16).rev() {
            series = mul_add(minus, series, splat(1.0 / f64::from(n)));
        }
        let near = mul(mul(mul(p, delta), delta), series);
        let far = mul(p, sub(delta, ln_lanes(ratio)));
        let mut out = near;
        let mut special = false;
        for l in 0..LANES {
            out[l] = if delta[l].abs() > SERIES { far[l] } else { near[l] };
            let normal = p[l] >= f64::MIN_POSITIVE && ratio[l] >= f64::MIN_POSITIVE && ratio[l] <= f64::MAX;
            special |= !(normal & (q[l] >= f64::MIN_POSITIVE));
        }
        if special {
            for l in 0..LANES {
                let lane = |entries: &[Lanes]| entries.iter().map(|e| e[l]).collect::<Vec<_>>();
                let log_q = || log_probability(self.measure, s, &lane(&block.x), &lane(&block.m));
                out[l] = divergence_term(p[l], q[l], log_q);
            }
        }
        out
    }
}

/// `f` of every lane; `map` of arrays is not always inlined.
#[inline(always)]
fn each(x: Lanes, f: impl Fn(f64) -> f64) -> Lanes {
    let mut out = x;
    for value in &mut out {
        *value = f(*value);
    }
    out
}
