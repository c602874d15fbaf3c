//! Densities of the labels, and the posterior probabilities of the experts.

use moe_core::numeric::LANES;
use pulp::Simd;

use super::vector::{Vector, parts, vectors, vectors_mut};
use super::{Group, Pass, SCORE, Scratch};

/// Fills in the densities of a group, and above the value alone the posteriors.
pub(super) struct Posteriors<'a, const LEVEL: u8> {
    pub(super) pass: Pass<'a>,
    pub(super) group: Group<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl<const LEVEL: u8> pulp::WithSimd for Posteriors<'_, LEVEL> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, s: S) {
        let classes = self.pass.shape.classes;
        match self.pass.shape.experts {
            2 => self.all(s, 2, classes),
            3 => self.all(s, 3, classes),
            4 => self.all(s, 4, classes),
            k => self.all(s, k, classes),
        }
    }
}

impl<const LEVEL: u8> Posteriors<'_, LEVEL> {
    #[inline(always)]
    fn all<S: Simd>(self, s: S, k: usize, classes: usize) {
        let Self { group, scratch, .. } = self;
        let (parts, entries, labels) = (parts::<S>(), k * (1 + classes), group.labels.len());
        let probabilities = scratch.probability.chunks_exact(entries * LANES);
        let posteriors = scratch.posterior.chunks_exact_mut(labels * k * LANES);
        let densities = scratch.density.chunks_exact_mut(labels * LANES);
        let blocks = probabilities.zip(posteriors).zip(densities).take(group.blocks());
        for ((probability, posterior), density) in blocks {
            let (gates, experts) = vectors::<S>(probability).split_at(k * parts);
            let cells = posterior.chunks_exact_mut(k * LANES).zip(density.chunks_exact_mut(LANES));
            for (l, (posterior, density)) in cells.enumerate() {
                let label = group.labels.first + l;
                let posterior = &mut vectors_mut::<S>(posterior)[..k * parts];
                let density = &mut vectors_mut::<S>(density)[..parts];
                for h in 0..parts {
                    let joint = Joint::<S> { gates, experts, classes, label, h };
                    let mut g = joint.of(s, 0);
                    for i in 1..k {
                        g = g + joint.of(s, i);
                    }
                    density[h] = g.get();
                    if LEVEL >= SCORE {
                        let inverse = g.inverse();
                        for i in 0..k {
                            posterior[i * parts + h] = (joint.of(s, i) * inverse).get();
                        }
                    }
                }
            }
        }
    }
}

/// The joint probability of an expert and a label.
#[derive(Clone, Copy)]
struct Joint<'a, S: Simd> {
    gates: &'a [S::f64s],
    experts: &'a [S::f64s],
    classes: usize,
    label: usize,
    h: usize,
}

impl<S: Simd> Joint<'_, S> {
    #[inline(always)]
    fn of(&self, s: S, i: usize) -> Vector<S> {
        let own = self.experts[(i * self.classes + self.label) * parts::<S>() + self.h];
        Vector::new(s, self.gates[i * parts::<S>() + self.h]) * Vector::new(s, own)
    }
}
