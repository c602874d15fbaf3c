//! Random atoms that might be inserted, best promise first.

use moe_core::measure::Atom;

use super::hunt::Hunt;
use crate::insertion::{Base, Promise};
use crate::likelihood::Likelihood;
use crate::start::{self, Role};

/// An atom proposed for insertion into a base.
pub(super) struct Proposal {
    /// Which base.
    pub(super) place: usize,
    /// Number of the start that it would be.
    pub(super) index: u64,
    pub(super) atom: Atom,
    pub(super) promise: Promise,
}

/// Highest predicted log-likelihood first; ties go to the smaller start number.
pub(super) fn rank(bases: &[Base], proposals: &mut [Proposal]) {
    let predicted = |p: &Proposal| bases[p.place].value + p.promise.gain;
    proposals.sort_by(|a, b| predicted(b).total_cmp(&predicted(a)).then(a.index.cmp(&b.index)));
}

impl Hunt {
    /// Random atoms with their promises, best first.
    pub(super) fn proposals(
        &self,
        smaller: &mut Likelihood,
        bases: &mut [Base],
        (role, first): (Role, usize),
        round: u32,
    ) -> Vec<Proposal> {
        let (candidates, streams) = (self.search.effort.candidates, &self.search.streams);
        let reach = self.likelihood.reach(self.problem.box_bound);
        let mut scored = Vec::new();
        for (place, base) in bases.iter_mut().enumerate() {
            for i in round * candidates..(round + 1) * candidates {
                let index = streams.index(role, self.problem.shape.experts, first + place, i);
                let atom = start::random_atom(&mut streams.stream(index), smaller.shape(), reach);
                let promise = base.promise(smaller, &atom);
                scored.extend(promise.map(|promise| Proposal { place, index, atom, promise }));
            }
            smaller.count_passes(u64::from(candidates));
        }
        rank(bases, &mut scored);
        scored
    }
}
