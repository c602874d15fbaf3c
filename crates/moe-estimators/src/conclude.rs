//! From finished ascents to one fit: ranking, polishing under every reference, the certificate.

use moe_core::measure::MixingMeasure;

use crate::estimator::{Certificate, Failure, Fit, Problem, StartOutcome};
use crate::likelihood::Likelihood;
use crate::newton::Ascent;
use crate::start::Start;
use crate::stop::{StopReason, StopRule};

/// Two log-likelihoods closer than this (nats) count as the same maximum.
pub const SAME_MAXIMUM: f64 = 1e-3;

/// A polished candidate must be better than this (nats) to replace the unpolished one.
const POLISH_GAIN: f64 = 1e-9;

/// A start and the ascent from it.
pub(crate) struct Candidate {
    pub(crate) start: Start,
    pub(crate) ascent: Ascent,
}

impl Candidate {
    pub(crate) fn new(likelihood: &mut Likelihood, start: Start, bound: f64) -> Self {
        let ascent = Ascent::new(likelihood, &start.parameters, bound);
        Self { start, ascent }
    }

    /// The same start, its ascent of a draft carried to the end on the rows themselves.
    pub(crate) fn carried_to(self, likelihood: &mut Likelihood, rule: &StopRule) -> Self {
        let mut ascent = Ascent::carried(likelihood, &self.ascent);
        ascent.finish(likelihood, rule);
        Self { ascent: ascent.continuing(&self.ascent), ..self }
    }

    /// What is recorded of it when it went to the end.
    pub(crate) fn own_outcome(&self) -> StartOutcome {
        self.outcome(self.ascent.stopped().unwrap_or(StopReason::IterationCap))
    }

    /// What is recorded of it.
    pub(crate) fn outcome(&self, stop: StopReason) -> StartOutcome {
        StartOutcome {
            index: self.start.index,
            kind: self.start.kind.clone(),
            log_likelihood: self.ascent.value(),
            iterations: self.ascent.iterations(),
            passes: self.ascent.passes(),
            stop,
            origin: self.start.parameters.clone(),
            parameters: self.ascent.parameters().to_vec(),
        }
    }
}

/// Best first; what is not finite comes last, ties go to the smaller start number.
pub(crate) fn rank(candidates: &mut [Candidate]) {
    let value =
        |c: &Candidate| if c.ascent.value().is_finite() { c.ascent.value() } else { f64::NEG_INFINITY };
    candidates.sort_by(|a, b| value(b).total_cmp(&value(a)).then(a.start.index.cmp(&b.start.index)));
}

/// The best of the finished candidates as a fit; `given_up` are the outcomes of the other starts.
pub(crate) fn fit(
    likelihood: &mut Likelihood,
    problem: &Problem,
    rule: &StopRule,
    mut candidates: Vec<Candidate>,
    given_up: Vec<StartOutcome>,
) -> Result<Fit, Failure> {
    polish_all(likelihood, problem, rule, &mut candidates);
    rank(&mut candidates);
    let mut starts = given_up;
    starts.extend(candidates.iter().map(Candidate::own_outcome));
    starts.sort_by_key(|s| s.index);
    let values: Vec<f64> = candidates.iter().map(|c| c.ascent.value()).filter(|v| v.is_finite()).collect();
    let best = candidates.into_iter().next().filter(|c| c.ascent.value().is_finite());
    let Some(mut best) = best else {
        return Err(Failure { reason: "no start has a finite log-likelihood".into() });
    };
    let value = best.ascent.value();
    let next = values.iter().copied().find(|v| *v < value - SAME_MAXIMUM);
    let (gain, curvature) = best.ascent.certify(likelihood);
    let certificate = Certificate {
        score: best.ascent.projected_score(likelihood),
        gain,
        curvature,
        at_box: best.ascent.at_box(),
        hits: values.iter().filter(|v| **v >= value - SAME_MAXIMUM).count() as u32,
        gap: next.map(|v| value - v),
        stop: best.ascent.stopped().unwrap_or(StopReason::IterationCap),
    };
    let measure = MixingMeasure::from_parameters(problem.shape, best.ascent.parameters());
    Ok(Fit { measure, log_likelihood: value, certificate, starts, passes: likelihood.passes() })
}

/// Polishes every candidate; those that stand at the same point, once.
fn polish_all(likelihood: &mut Likelihood, problem: &Problem, rule: &StopRule, candidates: &mut [Candidate]) {
    let mut polished: Vec<(Vec<f64>, Ascent)> = Vec::new();
    for candidate in candidates {
        let before = candidate.ascent.parameters().to_vec();
        if let Some((_, ascent)) = polished.iter().find(|(point, _)| *point == before) {
            candidate.ascent = ascent.clone().counted_as(&candidate.ascent);
            continue;
        }
        polish(likelihood, problem, rule, candidate);
        polished.push((before, candidate.ascent.clone()));
    }
}

/// Ascends again under every other reference atom while a gate coordinate stands at the box: the
/// compact set is the union of the boxes over references, so the wall of one may lie inside another.
fn polish(likelihood: &mut Likelihood, problem: &Problem, rule: &StopRule, candidate: &mut Candidate) {
    let gates = problem.shape.gate_rows() * problem.shape.row();
    while candidate.ascent.value().is_finite() && candidate.ascent.at_box()[..gates].iter().any(|b| *b) {
        let measure = MixingMeasure::from_parameters(problem.shape, candidate.ascent.parameters());
        let value = candidate.ascent.value();
        let better = (0..problem.shape.experts - 1)
            .map(|reference| {
                let start = measure.parameters_pinned_at(reference);
                let mut ascent = Ascent::new(likelihood, &start, problem.box_bound);
                ascent.finish(likelihood, rule);
                ascent
            })
            .filter(|a| a.value() > value + POLISH_GAIN)
            .reduce(|a, b| if b.value() > a.value() { b } else { a });
        match better {
            Some(ascent) => candidate.ascent = ascent.continuing(&candidate.ascent),
            None => return,
        }
    }
}
