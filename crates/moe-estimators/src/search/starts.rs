//! Where starts come from: the box, splits of bases, insertions into them, exchanges of atoms of the best fit.

use moe_core::measure::MixingMeasure;

use super::hunt::Hunt;
use super::proposals::{Proposal, rank};
use crate::conclude;
use crate::insertion::Base;
use crate::likelihood::Likelihood;
use crate::start::{self, Role, Start};

/// Passes of a climb at most.
const CLIMB_PASSES: u32 = 8;

impl Hunt {
    /// One expert is multinomial logistic regression: concave, so any start will do.
    pub(super) fn zero(&self) -> Start {
        let index = self.search.streams.index(Role::Random, 1, 0, 0);
        Start { index, kind: "zero".into(), parameters: vec![0.0; self.problem.shape.parameters()] }
    }

    pub(super) fn random(&self, round: u32) -> Vec<Start> {
        let shape = self.problem.shape;
        let reach = self.likelihood.reach(self.problem.box_bound);
        let start = |i| {
            let index = self.search.streams.index(Role::Random, shape.experts, 0, i);
            let parameters = start::random(&mut self.search.streams.stream(index), shape, reach);
            Start { index, kind: "random".into(), parameters }
        };
        let each = self.search.effort.random;
        (round * each..(round + 1) * each).map(start).collect()
    }

    /// Splits of the atoms of the bases into experts far apart.
    pub(super) fn splits(&self, bases: &[Base], round: u32) -> Vec<Start> {
        let (splits, experts) = (self.search.effort.splits, self.problem.shape.experts);
        let reach = self.likelihood.reach(self.problem.box_bound);
        let start = |place: usize, i: u32| {
            let index = self.search.streams.index(Role::Split, experts, place, i);
            let stream = &mut self.search.streams.stream(index);
            let j = i as usize % (experts - 1);
            let parameters = start::split(stream, bases[place].measure(), j, reach).parameters();
            Start { index, kind: Role::Split.kind(place), parameters }
        };
        (0..bases.len())
            .flat_map(|place| (round * splits..(round + 1) * splits).map(move |i| (place, i)))
            .map(|(place, i)| start(place, i))
            .collect()
    }

    /// Takes each atom of the best fit out in turn and puts promising ones in its place.
    pub(super) fn exchange(&mut self, smaller: &mut Likelihood, turn: u32) -> Vec<Start> {
        conclude::rank(&mut self.finished);
        let Some(best) = self.finished.first().filter(|c| c.ascent.value().is_finite()) else {
            return Vec::new();
        };
        let fit = MixingMeasure::from_parameters(self.problem.shape, best.ascent.parameters());
        let (experts, bound) = (self.problem.shape.experts, self.problem.box_bound);
        let quota = self.search.effort.insertions.div_ceil(2);
        let mut starts = Vec::new();
        for i in 0..experts {
            let rest = start::without_atom(&fit, i).parameters();
            let value = smaller.value(&rest);
            let mut base = [Base::new(smaller, &rest, bound, value)];
            let place = turn as usize * experts + i;
            starts.extend(self.insertions(smaller, &mut base, (Role::Exchange, place), 0, quota));
        }
        starts
    }

    /// The most promising and different of a round's atoms over all bases, each climbed a little and inserted with its
    /// best weight.
    pub(super) fn insertions(
        &self,
        smaller: &mut Likelihood,
        bases: &mut [Base],
        (role, first): (Role, usize),
        round: u32,
        quota: u32,
    ) -> Vec<Start> {
        let mut climbed = Vec::new();
        for proposal in self.proposals(smaller, bases, (role, first), round) {
            let Proposal { place, index, atom, promise } = &proposal;
            let base = &mut bases[*place];
            if climbed.len() < quota as usize && base.is_unseen(smaller, atom, promise) {
                let reach = self.likelihood.reach(self.problem.box_bound);
                if let Some((atom, promise, passes)) = base.climb(smaller, atom, reach, CLIMB_PASSES) {
                    smaller.count_passes(u64::from(passes));
                    climbed.push(Proposal { place: *place, index: *index, atom, promise });
                }
            }
        }
        rank(bases, &mut climbed);
        let mut starts = Vec::new();
        for Proposal { place, index, atom, promise } in climbed {
            let base = &mut bases[place];
            if base.is_new(smaller, &atom, &promise) {
                let parameters = base.with(atom, &promise);
                starts.push(Start { index, kind: role.kind(first + place), parameters });
            }
        }
        starts
    }
}
