//! Densities of the labels, their inverses, and the posterior probabilities of the experts.

use moe_core::numeric::LANES;
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Group, Pass, SCORE, Scratch};

/// Fills in the densities of a group, their inverses where needed, and above the value alone the posteriors.
pub(super) struct Posteriors<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl<const LEVEL: u8> pulp::WithSimd for Posteriors<'_, LEVEL> {
    type Output = ();

    /// Common small numbers of experts and labels are compiled on their own: the same arithmetic in the same order,
    /// unrolled.
    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        match (self.pass.shape.experts, self.group.labels.len()) {
            (2, 1) => self.all(s, 2, 1),
            (2, 2) => self.all(s, 2, 2),
            (2, 3) => self.all(s, 2, 3),
            (3, 1) => self.all(s, 3, 1),
            (3, 2) => self.all(s, 3, 2),
            (3, 3) => self.all(s, 3, 3),
            (4, 1) => self.all(s, 4, 1),
            (4, 2) => self.all(s, 4, 2),
            (k, labels) => self.all(s, k, labels),
        }
    }
}

impl<const LEVEL: u8> Posteriors<'_, LEVEL> {
    #[inline(always)]
    fn all<S: Simd>(self, s: S, k: usize, labels: usize) {
        let Self { pass, group, scratch } = self;
        let (parts, classes) = (parts::<S>(), pass.shape.classes);
        let probabilities = scratch.probability.chunks_exact(k * (1 + classes) * LANES);
        let posteriors = scratch.posterior.chunks_exact_mut(labels * k * LANES);
        let densities = scratch.density.chunks_exact_mut(labels * LANES);
        let inverses = scratch.inverse.chunks_exact_mut(labels * LANES);
        let blocks = probabilities.zip(posteriors).zip(densities.zip(inverses)).take(group.blocks());
        for ((probability, posterior), (density, inverse)) in blocks {
            let probability = vectors::<S>(probability);
            let posterior = &mut vectors_mut::<S>(posterior)[..labels * k * parts];
            let density = &mut vectors_mut::<S>(density)[..labels * parts];
            let inverse = &mut vectors_mut::<S>(inverse)[..labels * parts];
            for h in 0..parts {
                let joint = |l, i| joint(s, probability, (k, classes), (group.labels.first + l, i), h);
                for l in 0..labels {
                    let label = group.labels.first + l;
                    density[l * parts + h] = self::density(s, probability, (k, classes), label, h).get();
                }
                if LEVEL < SCORE && group.multiplies() {
                    continue;
                }
                invert(s, labels, density, inverse, h);
                for l in (0..labels).filter(|_| LEVEL >= SCORE) {
                    let inverse = Vector::new(s, inverse[l * parts + h]);
                    for i in 0..k {
                        posterior[(l * k + i) * parts + h] = (joint(l, i) * inverse).get();
                    }
                }
            }
        }
    }
}

/// Inverses of the densities of one vector, two labels at a time: logits of at most 150 in size keep the product of two
/// densities above exp(-600) / (k K)².
#[inline(always)]
pub(super) fn invert<S: Simd>(s: S, labels: usize, density: &[S::f64s], inverse: &mut [S::f64s], h: usize) {
    let parts = parts::<S>();
    for l in (0..labels).step_by(2) {
        let first = Vector::new(s, density[l * parts + h]);
        if l + 1 == labels {
            inverse[l * parts + h] = first.inverse().get();
        } else {
            let second = Vector::new(s, density[(l + 1) * parts + h]);
            let both = (first * second).inverse();
            inverse[l * parts + h] = (both * second).get();
            inverse[(l + 1) * parts + h] = (both * first).get();
        }
    }
}

/// The density of a label, from the probabilities of `(k, K)` gates and classes.
#[inline(always)]
pub(super) fn density<S: Simd>(
    s: S,
    probability: &[S::f64s],
    (k, classes): (usize, usize),
    label: usize,
    h: usize,
) -> Vector<S> {
    let mut g = joint(s, probability, (k, classes), (label, 0), h);
    for i in 1..k {
        g = g + joint(s, probability, (k, classes), (label, i), h);
    }
    g
}

/// The joint probability of a label and expert number `i`.
#[inline(always)]
fn joint<S: Simd>(
    s: S,
    probability: &[S::f64s],
    (k, classes): (usize, usize),
    (label, i): (usize, usize),
    h: usize,
) -> Vector<S> {
    let parts = parts::<S>();
    let own = Vector::new(s, probability[(k + i * classes + label) * parts + h]);
    Vector::new(s, probability[i * parts + h]) * own
}
