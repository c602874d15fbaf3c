//! From exponentials of logits to gates and class probabilities.

use moe_core::numeric::LANES;
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Group, Pass, Scratch};

/// Sums of exponentials that share one division: with logits of at most 150 in size, their product is below
/// exp(4 · 150) K^4.
const TOGETHER: usize = 4;

/// Fills in the probabilities of a group.
pub(super) struct Probabilities<'a> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl pulp::WithSimd for Probabilities<'_> {
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic in the same order, unrolled.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match (self.pass.shape.experts, self.pass.shape.classes) {
            (2, 2) => self.all(s, 2, 2),
            (3, 2) => self.all(s, 3, 2),
            (2, 3) => self.all(s, 2, 3),
            (3, 3) => self.all(s, 3, 3),
            (4, 2) => self.all(s, 4, 2),
            (2, 4) => self.all(s, 2, 4),
            (k, classes) => self.all(s, k, classes),
        }
    }
}

impl Probabilities<'_> {
    #[inline(always)]
    fn all<S: Simd>(self, s: S, k: usize, classes: usize) {
        let parts = parts::<S>();
        let (logits, entries) = (k - 1 + k * (classes - 1), k * (1 + classes));
        let exponentials = self.scratch.by_logit.chunks_exact(logits * LANES);
        let probabilities = self.scratch.probability.chunks_exact_mut(entries * LANES);
        for (exponential, probability) in exponentials.zip(probabilities).take(self.group.blocks()) {
            let exponential = &vectors::<S>(exponential)[..logits * parts];
            let probability = &mut vectors_mut::<S>(probability)[..entries * parts];
            for h in 0..parts {
                normalise(s, k, classes, exponential, probability, h);
            }
        }
    }
}

/// One vector: softmax number 0 is the gate, number 1 + i expert i.
#[inline(always)]
fn normalise<S: Simd>(
    s: S,
    k: usize,
    classes: usize,
    exponential: &[S::f64s],
    out: &mut [S::f64s],
    h: usize,
) {
    let (parts, one) = (parts::<S>(), Vector::splat(s, 1.0));
    let mut first = 0;
    while first <= k {
        let together = TOGETHER.min(k + 1 - first);
        let (mut totals, mut products) = ([one; TOGETHER], [one; TOGETHER]);
        for t in 0..together {
            let Place { from, free, .. } = place(k, classes, first + t);
            for u in from..from + free {
                totals[t] = totals[t] + Vector::new(s, exponential[u * parts + h]);
            }
            products[t] = if t == 0 { totals[0] } else { products[t - 1] * totals[t] };
        }
        let mut rest = products[together - 1].inverse();
        for t in (0..together).rev() {
            let inverse = if t == 0 { rest } else { rest * products[t - 1] };
            rest = rest * totals[t];
            let Place { from, to, free } = place(k, classes, first + t);
            for u in 0..free {
                let e = Vector::new(s, exponential[(from + u) * parts + h]);
                out[(to + u) * parts + h] = (e * inverse).get();
            }
            out[(to + free) * parts + h] = inverse.get();
        }
        first += together;
    }
}

/// Where the exponentials and the probabilities of a softmax begin, and how many logits are free.
struct Place {
    from: usize,
    to: usize,
    free: usize,
}

#[inline(always)]
fn place(k: usize, classes: usize, softmax: usize) -> Place {
    match softmax {
        0 => Place { from: 0, to: 0, free: k - 1 },
        expert => Place {
            from: k - 1 + (expert - 1) * (classes - 1),
            to: k + (expert - 1) * classes,
            free: classes - 1,
        },
    }
}
