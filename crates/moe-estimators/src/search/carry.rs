//! From maxima of a draft or a sketch to those of the data that they stand for, each once.

use moe_core::numeric::Lanes;

use crate::conclude::Candidate;
use crate::likelihood::Likelihood;
use crate::newton::Ascent;
use crate::stop::StopRule;

/// Two ends of ascents on a draft or a sketch may be one maximum when their log-likelihoods differ by less (nats).
const SAME: f64 = 3e-3;

/// They are when half the mean square of the difference of their log-densities, times n, is also less than this: what one
/// would lose in nats by being moved to the other. Ascents on a sketch stop with 10^-3 nats to come.
const NEAR: f64 = 1e-2;

/// Maxima that were carried over to the data.
#[derive(Default)]
pub(super) struct CarriedOver(Vec<Maximum>);

struct Maximum {
    /// Its log-likelihood before it was carried over.
    value: f64,
    /// Log-densities before it was carried over, see [`Likelihood::log_densities`].
    log_densities: Vec<Lanes>,
    /// Over the data.
    ascent: Ascent,
    /// Whether it went to its end.
    finished: bool,
}

impl CarriedOver {
    /// Carries a candidate from its maximum, of the first likelihood, to the end on the data, whose likelihood is the second,
    /// unless it falls behind `wanted` there; says whether it did not. Where another start reached the same maximum before,
    /// what became of that is taken.
    pub(super) fn carry(
        &mut self,
        candidate: &mut Candidate,
        (from, data): (&mut Likelihood, &mut Likelihood),
        stop: &StopRule,
        wanted: f64,
    ) -> bool {
        let value = candidate.ascent.value();
        let log_densities = from.log_densities(candidate.ascent.parameters());
        let same = |known: &&Maximum| {
            (known.value - value).abs() < SAME && from.apart(&known.log_densities, &log_densities) < NEAR
        };
        if let Some(known) = self.0.iter().find(same) {
            candidate.ascent = known.ascent.clone().counted_as(&candidate.ascent);
            return known.finished;
        }
        let mut ascent = Ascent::carried(data, &candidate.ascent);
        let finished = ascent.finish_unless_behind(data, stop, wanted);
        self.0.push(Maximum { value, log_densities, ascent: ascent.clone(), finished });
        candidate.ascent = ascent.continuing(&candidate.ascent);
        finished
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::covariate::CovariateLaw;
    use moe_core::gate::GateMap;
    use moe_core::measure::MixingMeasure;
    use moe_core::sample;
    use moe_core::scenario::Truth;
    use moe_core::shape::Shape;

    use crate::start::Start;

    const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 100 };

    /// The likelihoods of a draft and of its data, which here are other data, and two starts that lead to the same maximum of the
    /// former.
    fn candidates() -> ([Likelihood; 2], Vec<Candidate>) {
        let shape = Shape { experts: 2, classes: 2, dim: 1 };
        let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
        let measure = MixingMeasure::from_parameters(shape, &[0.0, 4.0, 0.5, 4.0, -0.5, -4.0]);
        let truth = Truth { measure, gate_map: GateMap::Identity, law };
        let of = |replication| {
            Likelihood::new(&sample::draw(&truth, 10_000, 1, replication), 2, GateMap::Identity)
        };
        let mut draft = of(1);
        let candidates = [0.9, 1.1].map(|scale| {
            let parameters = truth.measure.parameters().iter().map(|v| v * scale).collect();
            let start = Start { index: 0, kind: "given".into(), parameters };
            let mut candidate = Candidate::new(&mut draft, start, 10.0);
            candidate.ascent.finish(&mut draft, &RULE);
            candidate
        });
        ([draft, of(0)], candidates.into())
    }

    #[test]
    fn the_same_maximum_is_carried_over_once() {
        let ([mut draft, mut data], mut candidates) = candidates();
        let mut carried = CarriedOver::default();
        let before: Vec<u32> = candidates.iter().map(|c| c.ascent.passes()).collect();
        assert!(carried.carry(&mut candidates[0], (&mut draft, &mut data), &RULE, f64::NEG_INFINITY));
        let passes = data.passes();
        assert!(passes > 1);
        assert_eq!(u64::from(candidates[0].ascent.passes() - before[0]), passes);
        assert!(carried.carry(&mut candidates[1], (&mut draft, &mut data), &RULE, f64::NEG_INFINITY));
        assert_eq!((data.passes(), candidates[1].ascent.passes()), (passes, before[1]));
        let [first, second] = [0, 1].map(|i| &candidates[i].ascent);
        assert_eq!((first.parameters(), first.value()), (second.parameters(), second.value()));
        assert!(first.projected_score(&data) <= RULE.score);
    }

    #[test]
    fn what_falls_behind_on_the_data_is_given_up_whoever_comes() {
        let ([mut draft, mut data], mut candidates) = candidates();
        let mut carried = CarriedOver::default();
        for candidate in &mut candidates {
            assert!(
                !carried.carry(candidate, (&mut draft, &mut data), &RULE, 0.0),
                "no likelihood is above one"
            );
            assert!(candidate.ascent.value() < 0.0);
        }
    }

    #[test]
    fn maxima_of_nearly_equal_log_likelihood_are_told_apart() {
        let ([mut draft, mut data], mut candidates) = candidates();
        let [first, second] = [0, 1].map(|i| draft.log_densities(candidates[i].ascent.parameters()));
        assert!(draft.apart(&first, &second) < NEAR);
        let mut other = candidates[0].ascent.parameters().to_vec();
        other[3] += 1.0;
        let moved = draft.log_densities(&other);
        assert!(draft.apart(&first, &moved) > NEAR);
        let mut carried = CarriedOver::default();
        carried.carry(&mut candidates[0], (&mut draft, &mut data), &RULE, f64::NEG_INFINITY);
        let before = data.passes();
        // As if an ascent had ended there, at the same value.
        carried.0[0].value = draft.value(&other);
        candidates[1].ascent = Ascent::new(&mut draft, &other, 10.0);
        carried.carry(&mut candidates[1], (&mut draft, &mut data), &RULE, f64::NEG_INFINITY);
        assert!(data.passes() > before, "it was taken for another");
    }
}
