//! One data set of the world fitted: independent searches, one certificate, standard errors.

mod canonical;
mod repeated;
mod second;
mod separation;

use std::borrow::Cow;

use moe_core::content::{Content, ContentHash};
use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;
use moe_estimators::estimator::{Certificate, Failure, Problem};
use moe_estimators::information::{StandardError, standard_errors};
use moe_estimators::likelihood::{Derivatives, Likelihood};
use moe_estimators::points_pay;
use moe_estimators::search::Effort;
use moe_estimators::stop::{StopReason, StopRule};

use crate::workers;

pub use second::Second;
pub use separation::{Separation, boundless_contrasts, separated_classes};

/// When an ascent stops.
pub const STOP: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 500 };

/// Random starts of each search, unless the reader asks for others.
pub const STARTS: u32 = 48;

/// Searches that run side by side before it is asked whether they agree. More follow in rounds of as many.
pub const SEARCHES: u32 = 4;
/// So many of the first searches must have ended at the best value before it is believed …
pub const AGREEING_AT_FIRST: u32 = 3;
/// … and so many of all, once there are more.
pub const AGREEING: u32 = 2;
/// Most searches.
pub const MOST_SEARCHES: u32 = 16;

/// What is fitted to a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// Model and box.
    pub problem: Problem,
    /// Master seed of the starts.
    pub seed: u64,
    /// Random starts of each search; everything else that a search does grows with it.
    pub starts: u32,
}

/// A fit of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The mixing measure, pinned at its last atom; the other atoms by falling share of the data.
    pub measure: MixingMeasure,
    /// Total log-likelihood, in nats.
    pub log_likelihood: f64,
    /// What is known about the fit; `hits` and `gap` are over the starts of all searches.
    pub certificate: Certificate,
    /// Standard error of each pinned parameter.
    pub errors: Vec<StandardError>,
    /// The next best maximum that was found.
    pub second: Option<Second>,
    /// How much was searched, and what came of it.
    pub effort: Spent,
}

/// How much was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Independent searches.
    pub searches: u32,
    /// Those that ended within 10⁻³ nats of the best.
    pub agreeing: u32,
    /// Starts of the fitted model, those that were given up included.
    pub starts: u32,
    /// Passes over the data.
    pub passes: u64,
}

impl Fitted {
    /// Why the fit is not certified to be a maximum; `None` when it is.
    pub fn doubt(&self) -> Option<String> {
        let certificate = &self.certificate;
        let met = certificate.score <= STOP.score && certificate.gain <= STOP.gain;
        Some(match certificate.stop {
            StopReason::Converged if met => return None,
            StopReason::Converged => "the stopping rule is not met at the fit".to_owned(),
            StopReason::Stalled => {
                "the ascent stalled: no step it could take raised the likelihood".to_owned()
            }
            StopReason::IterationCap => "the ascent reached its cap on iterations".to_owned(),
            other => format!("the ascent ended early ({other})"),
        })
    }

    /// Parameters that stand at the box.
    pub fn box_hits(&self) -> usize {
        self.certificate.at_box.iter().filter(|hit| **hit).count()
    }

    /// Akaike's criterion, 2 P − 2 log-likelihood.
    pub fn aic(&self) -> f64 {
        2.0 * self.measure.shape().parameters() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's criterion, P ln n − 2 log-likelihood, for sample size n.
    pub fn bic(&self, size: u64) -> f64 {
        let penalty = moe_core::numeric::ln(size as f64);
        self.measure.shape().parameters() as f64 * penalty - 2.0 * self.log_likelihood
    }
}

/// What a search with `starts` random starts a round does beside them.
pub fn effort(starts: u32) -> Effort {
    Effort {
        random: starts,
        bases: 3,
        candidates: 2 * starts + 8,
        insertions: starts.div_ceil(2).max(1),
        splits: starts.div_ceil(4),
        exchanges: 2,
        screening: 4,
        rounds: 2,
        hits: starts.div_ceil(4).max(3),
    }
}

/// The data as they are fitted: where there are few covariate vectors, equal rows are counted together in the
/// order of their covariates, so that it does not matter in what order they stand.
pub fn gathered(data: &Dataset) -> Cow<'_, Dataset> {
    let gathered = data.gathered();
    // However often a row is written or counted, the answer is the same.
    if points_pay(gathered.vectors() as u64, data.size(), data.classes) {
        Cow::Owned(gathered)
    } else {
        Cow::Borrowed(data)
    }
}

/// Fits the model to the data, which are [`gathered`], by independent truth-blind searches, until enough of
/// them agree.
///
/// Searches run on all cores; which numbers come out does not depend on how many there are.
///
/// # Errors
/// When no start has a finite log-likelihood.
pub fn fit(data: &Dataset, task: &Task) -> Result<Fitted, Failure> {
    let repeated::Searched { best, second, effort } = repeated::search(data, task)?;
    let measure = canonical::order(&best.measure, data, &task.problem);
    let parameters = measure.parameters();
    let Problem { shape, gate_map, .. } = task.problem;
    let mut likelihood = Likelihood::shared_by(workers::of_pool(), data, shape.experts, gate_map);
    let mut there = Derivatives::default();
    likelihood.derivatives(&parameters, &mut there);
    let at_box: Vec<bool> = parameters.iter().map(|v| v.abs() >= task.problem.box_bound).collect();
    let errors = standard_errors(&there.hessian, &at_box);
    let certificate = Certificate { at_box, ..best.certificate };
    let second = second.map(|runner| Second::new(runner, &measure, data, task.problem.gate_map));
    Ok(Fitted { measure, log_likelihood: best.log_likelihood, certificate, errors, second, effort })
}

/// What the streams of starts belong to: the model, not the data.
fn content(problem: &Problem) -> ContentHash {
    let mut content = Content::new("moe-rates fit 1");
    let shape = problem.shape;
    for (tag, size) in [("experts", shape.experts), ("classes", shape.classes), ("dim", shape.dim)] {
        content.whole(tag, size as u64);
    }
    problem.gate_map.add_to(&mut content);
    content.number("box", problem.box_bound).finish()
}
