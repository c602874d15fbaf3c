//! Whole fits of stated cells: an ascent on the draft first, and searches with the efforts of the shipped experiments.

use moe_core::content::Content;
use moe_core::dataset::Dataset;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Failure, Fit};
use moe_estimators::given::FromStarts;
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::{Start, StartStreams};

use super::ascents::{self, Covariates, Order, STOP};

/// The searches of Figure 1 and of Figure 1 with continuous covariates.
const ON_GRID: Effort = Effort {
    random: 7,
    bases: 4,
    candidates: 30,
    insertions: 16,
    splits: 7,
    exchanges: 2,
    screening: 4,
    rounds: 4,
    hits: 12,
};
const ON_SQUARE: Effort = Effort { random: 8, splits: 8, ..ON_GRID };

/// The search of a case.
pub(crate) fn search(order: Order, covariates: Covariates, data: &Dataset) -> Result<Fit, Failure> {
    let content = Content::new("moe-rates benchmark").finish();
    let address = Address { seed: 1, purpose: Purpose::Starts, content, size: data.size(), replication: 0 };
    let streams = StartStreams { address, family: 0 };
    let effort = if covariates == Covariates::Grid { ON_GRID } else { ON_SQUARE };
    Search { effort, stop: STOP, streams, drafts: true }.fit(data, &ascents::problem(order))
}

/// The fit of a case from the start of its ascent, on the draft of many rows first.
pub(crate) fn drafted(order: Order, data: &Dataset) -> Result<Fit, Failure> {
    let start = Start { index: 0, kind: "given".into(), parameters: ascents::start(order).to_vec() };
    FromStarts { starts: vec![start], stop: STOP, drafted: true }.fit(data, &ascents::problem(order))
}
