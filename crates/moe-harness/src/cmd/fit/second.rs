//! The next best maximum of a fit beside the best one, where the data hardly tell them apart.

use moe_estimators::stop::StopReason;

use super::{Told, words};
use crate::counted::counted;
use crate::fit::{Fitted, Second};
use crate::report::text::{significant, table};

/// Nats within which another maximum is compared in full: half the 0.95 quantile of χ² with one degree of freedom is 1.92,
/// so a likelihood-ratio interval would hold both.
const NEAR: f64 = 2.0;

/// The next best maximum, where it is near.
pub(super) fn near(fitted: &Fitted) -> Option<&Second> {
    fitted.second.as_ref().filter(|second| second.gap <= NEAR)
}

/// That there is such a maximum, in a sentence or two.
pub(super) fn remark(fitted: &Fitted) -> Option<String> {
    let second = near(fitted)?;
    let values = fitted.measure.parameters();
    let what = match second.stop {
        StopReason::Converged => "another maximum lies",
        _ => "an ascent that did not converge ended",
    };
    let differences = second.measure.parameters().into_iter().zip(values).map(|(b, a)| (b - a).abs());
    Some(format!(
        "{what} only {} nats below the best maximum; their parameters differ by up to {}, their fitted probabilities \
         by up to {}. The data hardly tell them apart, and standard errors know of the best one alone",
        significant(second.gap, 3),
        significant(differences.fold(0.0, f64::max), 3),
        significant(second.probabilities, 2)
    ))
}

/// Both, parameter by parameter; nothing where the next best maximum is far below.
pub(super) fn compared(told: &Told<'_>) -> String {
    let Some(second) = near(told.fitted) else { return String::new() };
    let values = told.fitted.measure.parameters();
    let both = values.into_iter().zip(second.measure.parameters());
    let rows = words::names(told).into_iter().zip(both).map(|((part, term), (best, other))| {
        vec![part, term, significant(best, 6), significant(other, 6), significant(other - best, 3)]
    });
    format!(
        "\nThe next best that was found: log-likelihood {}, {} nats below the best; {} ended there (the first: {}). Fitted \
         probabilities differ by up to {} in a row.\n\n{}",
        significant(second.log_likelihood, 9),
        significant(second.gap, 3),
        counted(second.starts, "start"),
        second.stop,
        significant(second.probabilities, 2),
        table(&["part", "term", "best", "next best", "difference"], &rows.collect::<Vec<_>>())
    )
}
