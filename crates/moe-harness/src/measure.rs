//! One measurement: simulate, fit, score. A pure function of (cell, arm, seed, size, replication); only
//! the descriptive timings look at a clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use moe_core::dataset::Dataset;
use moe_core::loss::density::Evaluation;
use moe_core::sample::Sampler;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Failure, Fit, Problem};
use moe_estimators::given::FromStarts;
use moe_estimators::known_rate::KnownRate;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::search::Search;
use moe_estimators::start::StartStreams;

use crate::certify::{Known, certify};
use crate::experiment::{Arm, Cell, Method, Starts};
use crate::record::{Record, RowKey, Seconds, StartRow, Status};
use crate::score;
use crate::truth_starts;

/// What is prepared once for a cell and shared by all its replications.
pub struct Prepared<'a> {
    /// The cell.
    pub cell: &'a Cell,
    sampler: Sampler,
    evaluation: Evaluation,
}

impl<'a> Prepared<'a> {
    /// Prepares the sampler and the evaluation of density distances.
    pub fn new(cell: &'a Cell) -> Self {
        let truth = &cell.scenario.truth;
        Self { cell, sampler: Sampler::new(truth), evaluation: Evaluation::new(truth) }
    }

    /// The data set of a replication.
    pub fn data(&self, seed: u64, size: u64, replication: u64) -> Dataset {
        self.sampler.draw(size, seed, replication)
    }

    /// The rule with which density distances are evaluated.
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }
}

/// Measures one replication of one arm. A failure, a panic included, is a record with its reason.
pub fn measure(prepared: &Prepared<'_>, arm: &Arm, seed: u64, size: u64, replication: u64) -> Record {
    let cell = prepared.cell;
    let mut record = Record {
        key: RowKey { cell: cell.hash, arm: arm.hash, size, replication },
        cell_name: cell.name.clone(),
        arm_name: arm.name.clone(),
        truth: cell.scenario.truth.hash(),
        status: Status::Failed,
        reason: String::new(),
        fit: None,
        log_likelihood_truth: f64::NAN,
        log_likelihood_exact: None,
        starts: Vec::new(),
        seconds: Seconds::default(),
    };
    let attempt = catch_unwind(AssertUnwindSafe(|| fill(&mut record, prepared, arm, seed)));
    if let Err(panic) = attempt {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        record.status = Status::Failed;
        record.reason = format!("panic: {text}");
        record.fit = None;
        record.starts.clear();
    }
    record
}

fn fill(record: &mut Record, prepared: &Prepared<'_>, arm: &Arm, seed: u64) {
    let scenario = &prepared.cell.scenario;
    let RowKey { size, replication, .. } = record.key;
    let clock = Instant::now();
    let data = prepared.data(seed, size, replication);
    let truth = &scenario.truth;
    record.seconds.sample = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let mut likelihood = Likelihood::new(&data, scenario.true_experts(), truth.gate_map);
    let known = Known::new(&mut likelihood, scenario);
    (record.log_likelihood_truth, record.log_likelihood_exact) = (known.truth, known.exact);
    record.seconds.score = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let outcome = fit(prepared.cell, &arm.method, &data, seed, size, replication);
    record.seconds.fit = clock.elapsed().as_secs_f64();
    match outcome {
        Err(failure) => record.reason = failure.reason,
        Ok(fit) => {
            let clock = Instant::now();
            (record.status, record.reason) = match &arm.method {
                Method::Newton { stop, .. } => certify(&fit, stop, &known),
                // The calibration double claims to be no maximum, and so cannot miss one.
                Method::KnownRate { .. } => (Status::Certified, String::new()),
            };
            record.fit =
                Some(score::fitted_row(&fit, truth, &prepared.evaluation, record.log_likelihood_truth));
            record.starts = fit.starts.into_iter().map(StartRow::from).collect();
            record.seconds.score += clock.elapsed().as_secs_f64();
        }
    }
}

/// The fit of an arm. Whatever needs the truth is made here and handed over as plain starting points.
fn fit(
    cell: &Cell,
    method: &Method,
    data: &Dataset,
    seed: u64,
    size: u64,
    replication: u64,
) -> Result<Fit, Failure> {
    let scenario = &cell.scenario;
    let problem = Problem {
        shape: scenario.fitted_shape(),
        gate_map: scenario.truth.gate_map,
        box_bound: scenario.box_bound,
    };
    let address = |purpose| Address { seed, purpose, content: cell.hash, size, replication };
    let given = |starts, stop| FromStarts { starts, stop }.fit(data, &problem);
    match *method {
        Method::Newton { starts: Starts::Search(search), stop } => {
            let streams = StartStreams { address: address(Purpose::Starts), family: search.stream };
            Search { effort: search.effort, stop, streams }.fit(data, &problem)
        }
        Method::Newton { starts: Starts::NearTruth { count, radius }, stop } => {
            given(truth_starts::near_truth(scenario, &address(Purpose::TruthStarts), count, radius), stop)
        }
        Method::Newton { starts: Starts::TruthSplits { count, radius }, stop } => {
            given(truth_starts::truth_splits(scenario, &address(Purpose::TruthStarts), count, radius), stop)
        }
        Method::KnownRate { rate, scale, fails_above } => {
            let centre = truth_starts::copies_of_truth(scenario);
            let address = address(Purpose::Calibration);
            KnownRate { centre, rate, scale, fails_above, address }.fit(data, &problem)
        }
    }
}
