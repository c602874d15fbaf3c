//! From maxima of a draft or a sketch to those of the data that they stand for, each once.

use crate::conclude::Candidate;
use crate::likelihood::Likelihood;
use crate::newton::Ascent;
use crate::stop::StopRule;

/// Maxima of a draft or a sketch whose log-likelihoods differ by less (nats) are one.
const SAME: f64 = 3e-3;

/// Maxima that were carried over to the data.
#[derive(Default)]
pub(super) struct CarriedOver(Vec<Maximum>);

struct Maximum {
    /// Its log-likelihood before it was carried over.
    value: f64,
    /// Over the data.
    ascent: Ascent,
    /// Whether it went to its end.
    finished: bool,
}

impl CarriedOver {
    /// Carries a candidate from its maximum to the end on the data, unless it falls behind `wanted` there; says whether it did
    /// not. Where another start reached the same maximum before, what became of that is taken.
    pub(super) fn carry(
        &mut self,
        candidate: &mut Candidate,
        likelihood: &mut Likelihood,
        stop: &StopRule,
        wanted: f64,
    ) -> bool {
        let value = candidate.ascent.value();
        if let Some(known) = self.0.iter().find(|known| (known.value - value).abs() < SAME) {
            candidate.ascent = known.ascent.clone().counted_as(&candidate.ascent);
            return known.finished;
        }
        let mut ascent = Ascent::carried(likelihood, &candidate.ascent);
        let finished = ascent.finish_unless_behind(likelihood, stop, wanted);
        self.0.push(Maximum { value, ascent: ascent.clone(), finished });
        candidate.ascent = ascent.continuing(&candidate.ascent);
        finished
    }
}
