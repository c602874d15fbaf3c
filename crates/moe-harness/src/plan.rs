//! The plan: every (cell, arm, size, replication) that an experiment asks for, as data, costliest first.

mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use moe_core::dataset::Dataset;
use moe_core::shape::Shape;
use moe_core::verdict::{MIN_REPLICATIONS, too_few};
use moe_estimators::draft::{FEWEST_ROWS, expected_points, expected_sketch};
use moe_estimators::estimator::Problem;
use moe_estimators::search::Effort;
use moe_estimators::stop::Stop;

use crate::experiment::{Arm, Cell, Claim, Experiment, Method, Starts};
use crate::record::RowKey;

pub use memory::memory;

/// Replications of one (cell, arm, size) that are written together as one part, when nothing else is asked for.
pub const BLOCK: u64 = 50;

/// A part of a plan that one of several processes does, without knowing of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1 to `count`.
    pub index: u64,
    /// How many there are.
    pub count: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(i, m)| Some((i.parse().ok()?, m.parse().ok()?)));
        match numbers {
            Some((index, count)) if 1 <= index && index <= count && count <= 100_000 => {
                Ok(Self { index, count })
            }
            _ => Err("a shard is I/M with 1 ≤ I ≤ M ≤ 100000, for example 3/8".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// One replication to be measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Index of the cell in the experiment.
    pub cell: usize,
    /// Index of the arm in the experiment.
    pub arm: usize,
    /// Sample size n.
    pub size: u64,
    /// Replication, 0-based.
    pub replication: u64,
    /// Predicted seconds on one core: it orders the work and feeds the time of arrival, nothing else.
    pub seconds: f64,
}

/// A block: cell and arm by index, size, number of the block.
pub type BlockKey = (usize, usize, u64, u64);

/// Everything an experiment asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The replications, costliest first; blocks stay together.
    pub items: Vec<Item>,
}

impl Plan {
    /// The plan of an experiment.
    pub fn new(experiment: &Experiment) -> Self {
        let mut items = Vec::new();
        for (cell_index, cell) in experiment.cells.iter().enumerate() {
            for (arm_index, arm) in experiment.arms.iter().enumerate().filter(|(_, a)| runs_in(a, cell)) {
                for &size in &experiment.sizes {
                    let seconds = predicted_seconds(cell, arm, size);
                    let replications = 0..replications(experiment, arm);
                    items.extend(replications.map(|replication| Item {
                        cell: cell_index,
                        arm: arm_index,
                        size,
                        replication,
                        seconds,
                    }));
                }
            }
        }
        items.sort_by(|a, b| {
            let key = |i: &Item| (i.cell, i.arm, i.size, i.replication);
            b.seconds.total_cmp(&a.seconds).then(key(a).cmp(&key(b)))
        });
        Self { items }
    }

    /// The share of one shard: whole blocks, costliest first, each to the shard with the least predicted cost so far.
    /// To be taken of the whole plan, so that all shards cut it alike whatever is already done.
    pub fn shard(mut self, shard: Shard, block: u64) -> Self {
        let mut costs: BTreeMap<BlockKey, f64> = BTreeMap::new();
        for item in &self.items {
            *costs.entry(item.block(block)).or_default() += item.seconds;
        }
        let mut blocks: Vec<_> = costs.into_iter().collect();
        blocks.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut loads = vec![0.0; shard.count as usize];
        let mut own = BTreeSet::new();
        for (key, cost) in blocks {
            let least = (0..loads.len()).fold(0, |least, i| if loads[i] < loads[least] { i } else { least });
            loads[least] += cost;
            if least as u64 + 1 == shard.index {
                own.insert(key);
            }
        }
        self.items.retain(|item| own.contains(&item.block(block)));
        self
    }

    /// What is left to do.
    pub fn without(mut self, experiment: &Experiment, present: &BTreeSet<RowKey>) -> Self {
        self.items.retain(|item| !present.contains(&item.key(experiment)));
        self
    }

    /// Predicted seconds on one core.
    pub fn seconds(&self) -> f64 {
        self.items.iter().fold(0.0, |sum, item| sum + item.seconds)
    }
}

impl Item {
    /// Identity of the row that the item will become.
    pub fn key(&self, experiment: &Experiment) -> RowKey {
        RowKey {
            cell: experiment.cells[self.cell].hash,
            arm: experiment.arms[self.arm].hash,
            size: self.size,
            replication: self.replication,
        }
    }

    /// The block of `length` replications that the item is written with.
    pub fn block(&self, length: u64) -> BlockKey {
        (self.cell, self.arm, self.size, self.replication / length)
    }
}

/// How many replications an experiment asks for, without planning them.
pub fn count(experiment: &Experiment) -> u64 {
    let of_arm = |arm: &Arm| {
        let cells = experiment.cells.iter().filter(|cell| runs_in(arm, cell)).count() as u64;
        let each = (experiment.sizes.len() as u64).saturating_mul(replications(experiment, arm));
        cells.saturating_mul(each)
    };
    experiment.arms.iter().map(of_arm).fold(0, u64::saturating_add)
}

/// Starts of which a row of an arm keeps the end, at most.
pub fn starts(arm: &Arm, cell: &Cell) -> u64 {
    match &arm.method {
        Method::KnownRate { .. } => 0,
        Method::Newton { starts: Starts::Search(search), .. } => {
            search_starts(&search.effort, cell.scenario.fitted_shape()).ceil() as u64
        }
        Method::Newton { starts: Starts::Points(points), .. } => u64::from(points.count()),
        Method::FixedPoint { starts, .. } => u64::from(starts.count()),
    }
}

/// Whether an arm runs in a cell.
pub fn runs_in(arm: &Arm, cell: &Cell) -> bool {
    arm.cells.as_ref().is_none_or(|cells| cells.contains(&cell.name))
}

/// Replications of an arm.
pub fn replications(experiment: &Experiment, arm: &Arm) -> u64 {
    arm.replications.map_or(experiment.replications, |r| r.min(experiment.replications))
}

/// Why a claim will be undecided whatever is measured, and what would mend it; `None` when it may be decided.
pub fn undecidable(experiment: &Experiment, claim: &Claim) -> Option<String> {
    claim.too_small.clone().or_else(|| {
        let others = claim.other.iter().map(|other| &other.arm);
        let names: Vec<&String> = [&claim.arm].into_iter().chain(others).collect();
        let arms = experiment.arms.iter().filter(|arm| names.contains(&&arm.name));
        let fewest = arms.min_by_key(|arm| replications(experiment, arm))?;
        let there = replications(experiment, fewest);
        let why = too_few(usize::try_from(there).unwrap_or(usize::MAX))?;
        let key = if there < experiment.replications {
            format!("`replications` of arm '{}'", fewest.name)
        } else {
            "`replications`".to_owned()
        };
        Some(format!("{why}; raise {key} to {MIN_REPLICATIONS} or more"))
    })
}

/// Rows that a data set of a cell has at a size, at most.
pub fn data_rows(cell: &Cell, size: u64) -> u64 {
    let classes = cell.scenario.truth.measure.shape().classes as u64;
    let support = cell.scenario.truth.law.support_size().map(|m| (m as u64).saturating_mul(classes));
    support.map_or(size, |rows| rows.min(size))
}

/// A rough count of the arithmetic of one pass with Hessian over one row, in nanoseconds of one core.
fn pass_nanoseconds(shape: Shape) -> f64 {
    let logits = shape.logits() as f64;
    let row = shape.row() as f64;
    2.5 + 1.5 * logits + 0.06 * (0.5 * logits * (logits + 1.0)) * (0.5 * row * (row + 1.0))
}

fn predicted_seconds(cell: &Cell, arm: &Arm, size: u64) -> f64 {
    let shape = cell.scenario.fitted_shape();
    let over = cell.scenario.fitted > cell.scenario.true_experts();
    let ascent = if over { 25.0 } else { 15.0 };
    let passes = match &arm.method {
        Method::KnownRate { .. } => 1.0,
        Method::Newton { starts: Starts::Search(search), .. } => {
            search_passes(&search.effort, shape, ascent, over)
        }
        Method::Newton { starts: Starts::Points(points), .. } => f64::from(points.count()) * ascent,
        // Under a rule of change a few hundred iterations are common; our rule takes them as they come.
        Method::FixedPoint { starts, stop, .. } => {
            let usual = if matches!(stop, Stop::Score(_)) { 5_000 } else { 300 };
            2.0 * f64::from(starts.count()) * f64::from(stop.iterations().min(usual))
        }
    };
    let levels = if over { 1.4 } else { 1.1 };
    let Looked { data, search, rounds } = Looked::new(cell, arm, size);
    let pass = |rows: f64| levels * pass_seconds(shape, rows);
    let finishing = if search < data { FINISHING } else { 0.0 };
    let of_rounds = if rounds < search { ON_SKETCH } else { 0.0 };
    1e-4 + finishing * pass(data) + passes * ((1.0 - of_rounds) * pass(search) + of_rounds * pass(rounds))
}

/// Passes over the rows themselves of a search that looks at their draft: to finish its best maxima.
const FINISHING: f64 = 30.0;

/// Share of its passes that a search makes over sketches, where it makes any.
const ON_SKETCH: f64 = 0.9;

/// What an arm looks at, in rows that would cost as much; a point costs a row, and a third of one for each class beyond the
/// first.
struct Looked {
    /// The data.
    data: f64,
    /// What a search begins on: the data or their draft.
    search: f64,
    /// What its rounds look at: that, or a sketch of it.
    rounds: f64,
}

impl Looked {
    fn new(cell: &Cell, arm: &Arm, size: u64) -> Self {
        let Shape { dim, classes, .. } = cell.scenario.truth.measure.shape();
        let of_points = |points: usize| of_points(points, classes);
        let rows = data_rows(cell, size) as f64;
        let law = &cell.scenario.truth.law;
        let vectors = law.support_size().map_or(size as usize, |support| support.min(size as usize));
        let data = if law.support_size().is_some() { rows.min(of_points(vectors)) } else { rows };
        let drafts = |starts: &Starts| matches!(starts, Starts::Search(search) if search.drafts);
        if !matches!(&arm.method, Method::Newton { starts, .. } if drafts(starts)) {
            return Self { data, search: data, rounds: data };
        }
        let draft = if law.support_size().is_none() { expected_points(vectors, dim) } else { None };
        let search = draft.map_or(data, |points| data.min(of_points(points)));
        let (lower, upper) = law.bounds();
        let problem = Problem {
            shape: cell.scenario.fitted_shape(),
            gate_map: cell.scenario.truth.gate_map,
            box_bound: cell.scenario.box_bound,
        };
        let bare = (law.support_size().is_some() || vectors < FEWEST_ROWS).then_some(vectors);
        let sketch = draft
            .or(bare)
            .and_then(|vectors| expected_sketch((&lower, &upper), &problem, vectors, size as f64));
        Self { data, search, rounds: sketch.map_or(search, |points| search.min(of_points(points))) }
    }
}

/// Predicted passes over the data of a search whose ascents take `ascent` each.
fn search_passes(effort: &Effort, shape: Shape, ascent: f64, over: bool) -> f64 {
    // Exact fits mostly end with their random starts, where these may settle a search, or in the first round; others need most
    // of their rounds.
    if !over && effort.random >= effort.hits {
        return f64::from(effort.random) * ascent;
    }
    let effort = &if over { *effort } else { Effort { rounds: 1, exchanges: 0, ..*effort } };
    let (rounds, exchanged) = (f64::from(effort.rounds), exchanged_atoms(effort, shape));
    let scored = (1.5 * rounds + exchanged) * f64::from(effort.candidates);
    let climbed = 9.0 * (rounds + 0.5 * exchanged) * f64::from(effort.insertions);
    search_starts(effort, shape) * ascent + 0.6 * (scored + climbed)
}

/// Predicted starts of a search that goes through its rounds; most have two bases or less.
fn search_starts(effort: &Effort, shape: Shape) -> f64 {
    let [random, insertions, splits, rounds] =
        [effort.random, effort.insertions, effort.splits, effort.rounds].map(f64::from);
    rounds * (random + insertions + 1.5 * splits)
        + 0.5 * (random + exchanged_atoms(effort, shape) * insertions)
}

/// Atoms that a search exchanges in a turn.
fn exchanged_atoms(effort: &Effort, shape: Shape) -> f64 {
    f64::from(u32::from(effort.exchanges > 0)) * shape.experts as f64
}

/// Predicted seconds of one pass on one core; beyond the rows, every iteration solves a small dense problem.
fn pass_seconds(shape: Shape, rows: f64) -> f64 {
    let p = shape.parameters() as f64;
    1e-9 * pass_nanoseconds(shape) * rows + 1e-9 * p * p * p
}

/// Predicted seconds of one core for a search over a data set of unknown truth: over its rows, its covariate vectors with
/// their counts, or a draft.
pub fn search_seconds(effort: &Effort, shape: Shape, data: &Dataset) -> f64 {
    let (rows, vectors) = (data.rows() as f64, data.vectors());
    let points = expected_points(vectors, shape.dim).unwrap_or(vectors);
    let looked_at = rows.min(of_points(points, shape.classes));
    1.4 * search_passes(effort, shape, 25.0, true) * pass_seconds(shape, looked_at)
}

/// Rows that cost as much as so many points.
fn of_points(points: usize, classes: usize) -> f64 {
    points as f64 * (2 + classes) as f64 / 3.0
}
