//! One measurement: simulate, fit, score. A pure function of (cell, arm, seed, size, replication); only
//! the descriptive timings look at a clock.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use moe_core::dataset::Dataset;
use moe_core::loss::density::Evaluation;
use moe_core::sample::Sampler;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Failure, Fit, Problem};
use moe_estimators::fixed_point::FixedPoint;
use moe_estimators::given::{FromStarts, random_starts};
use moe_estimators::known_rate::KnownRate;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::search::Search;
use moe_estimators::start::{Start, StartStreams};
use moe_estimators::workers::Workers;

use crate::certify::{Known, certify};
use crate::experiment::{Arm, Cell, Experiment, Method, Points, Starts};
use crate::plan::{Item, Plan};
use crate::record::{Record, RowKey, Seconds, StartRow, Status};
use crate::score;
use crate::truth_starts;

/// What is prepared once for a cell and shared by all its replications: at every size where the truth
/// stays, at one where it moves with n.
pub struct Prepared {
    /// The cell, with the truth from which the data come.
    pub cell: Cell,
    /// The one size at which that truth is true; `None` when it is at every size.
    only: Option<u64>,
    sampler: Sampler,
    evaluation: Evaluation,
}

impl Prepared {
    /// Prepares the sampler and the evaluation of density distances for a size; they serve every size
    /// when the truth of the cell stays.
    pub fn new(cell: &Cell, size: u64) -> Self {
        let only = cell.drift.as_ref().map(|_| size);
        let cell = cell.at(size);
        let truth = &cell.scenario.truth;
        Self { only, sampler: Sampler::new(truth), evaluation: Evaluation::new(truth), cell }
    }

    /// The data set of a replication.
    ///
    /// # Panics
    /// When the truth moves with n, and this is another size than the one prepared for.
    pub fn data(&self, seed: u64, size: u64, replication: u64) -> Dataset {
        assert!(self.only.is_none_or(|only| only == size), "the truth was prepared for another size");
        self.sampler.draw(size, seed, replication)
    }

    /// The rule with which density distances are evaluated.
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }
}

/// Preparations of the cells of an experiment: one for each cell, one for each size where its truth moves.
pub struct AllPrepared(BTreeMap<(usize, Option<u64>), Prepared>);

impl AllPrepared {
    /// Prepares what the items of a plan need.
    pub fn new(experiment: &Experiment, plan: &Plan) -> Self {
        let mut all = BTreeMap::new();
        for item in &plan.items {
            let cell = &experiment.cells[item.cell];
            let key = (item.cell, cell.drift.as_ref().map(|_| item.size));
            all.entry(key).or_insert_with(|| Prepared::new(cell, item.size));
        }
        Self(all)
    }

    /// What serves an item of the plan.
    pub fn serving(&self, item: &Item) -> &Prepared {
        self.0.get(&(item.cell, None)).unwrap_or_else(|| &self.0[&(item.cell, Some(item.size))])
    }
}

/// Measures one replication of one arm. A failure, a panic included, is a record with its reason.
pub fn measure(prepared: &Prepared, arm: &Arm, seed: u64, size: u64, replication: u64) -> Record {
    measure_shared(Workers::ALONE, prepared, arm, seed, size, replication)
}

/// The same record, where there are many rows by workers who share the passes over them.
pub fn measure_shared(
    workers: Workers,
    prepared: &Prepared,
    arm: &Arm,
    seed: u64,
    size: u64,
    replication: u64,
) -> Record {
    let cell = &prepared.cell;
    let mut record = Record {
        key: RowKey { cell: cell.hash, arm: arm.hash, size, replication },
        cell_name: cell.name.as_str().into(),
        arm_name: arm.name.as_str().into(),
        truth: cell.scenario.truth.hash(),
        status: Status::Failed,
        reason: "".into(),
        fit: None,
        log_likelihood_truth: f64::NAN,
        log_likelihood_exact: None,
        starts: Vec::new(),
        seconds: Seconds::default(),
    };
    let attempt = catch_unwind(AssertUnwindSafe(|| fill(workers, &mut record, prepared, arm, seed)));
    if let Err(panic) = attempt {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        record.status = Status::Failed;
        record.reason = format!("panic: {text}").into();
        record.fit = None;
        record.starts.clear();
    }
    record
}

fn fill(workers: Workers, record: &mut Record, prepared: &Prepared, arm: &Arm, seed: u64) {
    let scenario = &prepared.cell.scenario;
    let RowKey { size, replication, .. } = record.key;
    let clock = Instant::now();
    let data = prepared.data(seed, size, replication);
    let truth = &scenario.truth;
    record.seconds.sample = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let mut likelihood = Likelihood::shared_by(workers, &data, scenario.true_experts(), truth.gate_map);
    let known = Known::new(&mut likelihood, scenario);
    (record.log_likelihood_truth, record.log_likelihood_exact) = (known.truth, known.exact);
    record.seconds.score = clock.elapsed().as_secs_f64();

    let clock = Instant::now();
    let outcome = fit(workers, &prepared.cell, &arm.method, &data, seed, size, replication);
    record.seconds.fit = clock.elapsed().as_secs_f64();
    match outcome {
        Err(failure) => record.reason = failure.reason.into(),
        Ok(fit) => {
            let clock = Instant::now();
            (record.status, record.reason) = certify(&fit, &arm.method, &known);
            record.fit =
                Some(score::fitted_row(&fit, truth, &prepared.evaluation, record.log_likelihood_truth));
            record.starts = fit.starts.into_iter().map(StartRow::from).collect();
            record.seconds.score += clock.elapsed().as_secs_f64();
        }
    }
}

/// The fit of an arm. Whatever needs the truth is made here and handed over as plain starting points.
fn fit(
    workers: Workers,
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
    let points = |points| match points {
        Points::Random { count, stream } => {
            let streams = StartStreams { address: address(Purpose::Starts), family: stream };
            random_starts(data, &problem, &streams, count)
        }
        points => given_the_truth(cell, points, &address(Purpose::TruthStarts)),
    };
    match *method {
        Method::Newton { starts: Starts::Search(search), stop } => {
            let streams = StartStreams { address: address(Purpose::Starts), family: search.stream };
            Search { effort: search.effort, stop, streams, drafts: search.drafts }
                .fit_shared(workers, data, &problem)
        }
        Method::Newton { starts: Starts::Points(starts), stop } => {
            FromStarts { starts: points(starts), stop, drafted: false }.fit_shared(workers, data, &problem)
        }
        Method::FixedPoint { map, starts, stop, .. } => {
            FixedPoint { map, starts: points(starts), stop }.fit_shared(workers, data, &problem)
        }
        Method::KnownRate { rate, scale, tail, fails_above } => {
            let centre = truth_starts::copies_of_truth(scenario);
            let address = address(Purpose::Calibration);
            KnownRate { centre, rate, scale, tail, fails_above, address }.fit_shared(workers, data, &problem)
        }
    }
}

/// Starts that were given the truth; random ones were not, so none of them is here.
fn given_the_truth(cell: &Cell, points: Points, address: &Address) -> Vec<Start> {
    let scenario = &cell.scenario;
    match points {
        Points::NearTruth { count, radius } => {
            truth_starts::near_truth(scenario, address, count, radius.at(address.size))
        }
        Points::TruthSplits { count, radius } => {
            truth_starts::truth_splits(scenario, address, count, radius.at(address.size))
        }
        Points::AtTruth => truth_starts::at_truth(scenario),
        Points::Random { .. } => Vec::new(),
    }
}
