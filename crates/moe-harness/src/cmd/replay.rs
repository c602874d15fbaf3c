//! `moe replay`: one replication again, alone, bit for bit; and its data set for any other program.

mod export;

use std::path::PathBuf;

use clap::Args;
use moe_core::measure::MixingMeasure;
use moe_estimators::fixed_point::Climb;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::newton::Ascent;
use moe_estimators::stop::{Stop, StopReason, StopRule};

use super::target::{Resolved, size, whole};
use super::{Choice, Failure, threads};
use crate::aggregate::{arm_index, cell_index};
use crate::experiment::{Arm, Cell, Experiment, Method};
use crate::measure::{Prepared, measure_shared};
use crate::plan;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record, RowKey, StartRow};
use crate::report::text::table;
use crate::store::{Starts, digest};
use crate::workers;

/// Measure one replication again, alone, and show everything about it.
///
/// When the run folder has the row, it says whether the bits are the same. Exit codes: 0 done, 1 the bits
/// differ, 2 bad input or a refused folder, 74 the disk failed.
#[derive(Args, Debug)]
pub struct Replay {
    #[command(flatten)]
    choice: Choice,
    /// Name of the cell
    #[arg(long, value_name = "C")]
    cell: String,
    /// Name of the arm [default: the first arm that runs in the cell]
    #[arg(long, value_name = "A")]
    arm: Option<String>,
    /// Sample size, for example 1000, 1e3 or 10^3
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = size)]
    size: u64,
    /// Replication, counted from 0
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = whole)]
    replication: u64,
    /// Worker threads, 1 to 1024: they share the passes over many rows [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
    /// Show every start, and the winning ascent step by step
    #[arg(long)]
    trace: bool,
    /// Write the data set as CSV: columns x1, …, xd, y, count
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Write the fit as JSON: model, parameters to the last bit, certificate, score
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Replay) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let experiment = &resolved.loaded.experiment;
    let (cell, arm) = place(args, experiment)?;
    let key = RowKey { cell: cell.hash, arm: arm.hash, size: args.size, replication: args.replication };
    let stored = stored(&resolved, &key)?;
    let prepared = Prepared::new(cell, args.size);
    let data = || prepared.data(experiment.seed, args.size, args.replication);
    if let Some(path) = &args.data {
        let data = data();
        export::write_new(path, "--data", &export::csv(&data))?;
        say!("data: {} ({} rows for n = {})", path.display(), data.rows(), data.size());
    }
    let pool = threads::pool(threads::count(args.threads))?;
    let record = pool.install(|| {
        measure_shared(workers::of_pool(), &prepared, arm, experiment.seed, args.size, args.replication)
    });
    print(&record, cell);
    if args.trace {
        trace(&record, &prepared, arm, experiment.seed);
    }
    if let Some(path) = &args.parameters {
        export::write_new(path, "--parameters", &export::json(&record, cell, &data(), experiment.seed))?;
        say!("parameters: {}", path.display());
    }
    let Some(stored) = stored else {
        say!("not compared: {}", nothing_stored(&resolved));
        return Ok(0);
    };
    let same = digest(&[stored]) == digest(&[record]);
    let verdict = if same { "the same bits as" } else { "DIFFERENT from" };
    say!("{verdict} the row in {}", resolved.folder.display());
    Ok(u8::from(!same))
}

/// The row of the run folder, where there is a folder and it has the row.
fn stored(resolved: &Resolved, key: &RowKey) -> Result<Option<Record>, Failure> {
    let Some(store) = resolved.find()? else { return Ok(None) };
    let scan = store.scan(Starts::Keep)?;
    Ok(scan.records.into_iter().find(|record| record.key == *key))
}

/// Why there is no row to compare with. The run folder depends on the flags that the run was given.
fn nothing_stored(resolved: &Resolved) -> String {
    let folder = resolved.folder.display();
    let what = if resolved.folder.exists() {
        format!("{folder} has no such row")
    } else {
        format!("there is no run folder {folder}")
    };
    match resolved.others() {
        Some(others) => format!("{what}; {others}"),
        None if resolved.is_named() && !resolved.folder.exists() => what,
        None => format!("{what}; give the --profile and --seed of the run, or its folder with --out"),
    }
}

fn place<'a>(args: &Replay, experiment: &'a Experiment) -> Result<(&'a Cell, &'a Arm), Failure> {
    let names = |names: Vec<&str>| names.join(", ");
    let cell = cell_index(experiment, &args.cell).map(|i| &experiment.cells[i]).ok_or_else(|| {
        let all = names(experiment.cells.iter().map(|c| c.name.as_str()).collect());
        Failure::bad_input(format!("--cell: there is no cell '{}'; there are: {all}", args.cell))
    })?;
    let mut arms = experiment.arms.iter().filter(|a| plan::runs_in(a, cell));
    let arm = match &args.arm {
        None => arms.next(),
        Some(name) => {
            arm_index(experiment, name).map(|i| &experiment.arms[i]).filter(|a| plan::runs_in(a, cell))
        }
    };
    let arm = arm.ok_or_else(|| {
        let all = experiment.arms.iter().filter(|a| plan::runs_in(a, cell)).map(|a| a.name.as_str());
        let all = names(all.collect());
        Failure::bad_input(format!("--arm: no such arm runs in cell '{}'; there are: {all}", cell.name))
    })?;
    if !experiment.sizes.contains(&args.size) {
        let sizes: Vec<String> = experiment.sizes.iter().map(u64::to_string).collect();
        let sizes = sizes.join(", ");
        return Err(Failure::bad_input(format!("--size: {} is not planned; there are: {sizes}", args.size)));
    }
    let replications = plan::replications(experiment, arm);
    if args.replication >= replications {
        return Err(Failure::bad_input(format!(
            "--replication: {} is out of range; arm '{}' has replications 0 to {}",
            args.replication,
            arm.name,
            replications - 1
        )));
    }
    Ok((cell, arm))
}

fn print(record: &Record, cell: &Cell) {
    say!(
        "cell {}, arm {}, n = {}, replication {}",
        record.cell_name,
        record.arm_name,
        record.key.size,
        record.key.replication
    );
    say!("{}", format!("status: {} {}", record.status.name(), record.reason).trim_end());
    say!("log-likelihood of the truth: {}", record.log_likelihood_truth);
    if let Some(exact) = record.log_likelihood_exact {
        say!("of the exact-specified fit:  {exact}");
    }
    let Some(fit) = &record.fit else { return };
    say!("log-likelihood of the fit:   {}", fit.log_likelihood);
    say!(
        "projected score {:.1e}, predicted gain {:.1e} nats, smallest curvature {:.1e}, {} parameters at the box",
        fit.score,
        fit.gain,
        fit.curvature,
        fit.at_box.matches('1').count()
    );
    let gap =
        fit.gap.map_or("no other maximum".to_owned(), |gap| format!("{gap:.3e} nats to the next maximum"));
    say!("{} of {} starts at the best, {gap}, {} passes", fit.hits, record.starts.len(), fit.passes);
    say!("\n{}", parameters(fit, cell));
    let mut rows = Vec::new();
    for kind in Kind::ALL {
        let show = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.6e}"));
        let mut row = vec![kind.name().to_owned(), show(fit.quantities.get(*kind))];
        row.extend(fit.cells.iter().map(|c| show(c.get(*kind))));
        rows.push(row);
    }
    let cells: Vec<String> = (0..fit.cells.len()).map(|j| format!("cell of atom {j}")).collect();
    let head: Vec<&str> = ["quantity", "row"].into_iter().chain(cells.iter().map(String::as_str)).collect();
    say!("{}", table(&head, &rows));
}

/// The fitted atoms, one a row; stars mark coordinates at the box.
fn parameters(fit: &FittedRow, cell: &Cell) -> String {
    let shape = cell.scenario.fitted_shape();
    let measure = MixingMeasure::from_parameters(shape, &fit.parameters);
    let at_box: Vec<bool> = fit.at_box.chars().map(|c| c == '1').collect();
    let show = |v: f64, at: Option<usize>| {
        let star = if at.is_some_and(|i| at_box[i]) { "*" } else { "" };
        format!("{v:.6}{star}")
    };
    let row = |i: usize| {
        let atom = &measure.atoms()[i];
        let gate = (i + 1 < shape.experts).then(|| shape.gate(i));
        let list = |values: Vec<String>| values.join(" ");
        let gate_values = std::iter::once(&atom.log_weight).chain(&atom.gate_slope).enumerate();
        let classes = (0..shape.classes - 1).map(|c| {
            let at = shape.expert(i, c);
            let values = std::iter::once(&atom.intercepts[c]).chain(atom.class_slope(c)).enumerate();
            list(values.map(|(j, v)| show(*v, Some(at + j))).collect())
        });
        vec![
            i.to_string(),
            list(gate_values.map(|(j, v)| show(*v, gate.map(|g| g + j))).collect()),
            classes.collect::<Vec<_>>().join("; "),
        ]
    };
    table(
        &["atom", "gate: intercept, slopes", "expert: intercept, slopes of each class"],
        &(0..shape.experts).map(row).collect::<Vec<_>>(),
    )
}

/// Every start, then the winning ascent from its starting point, step by step.
fn trace(record: &Record, prepared: &Prepared, arm: &Arm, seed: u64) {
    let rows: Vec<Vec<String>> = record
        .starts
        .iter()
        .map(|s| {
            vec![
                s.index.to_string(),
                s.kind.to_string(),
                format!("{:.6}", s.log_likelihood),
                s.iterations.to_string(),
                s.passes.to_string(),
                s.stop.to_string(),
            ]
        })
        .collect();
    say!("{}", table(&["start", "kind", "log-likelihood", "iterations", "passes", "ended"], &rows));
    // Starts of smaller models and starts that were given up cannot have won.
    let parameters = prepared.cell.scenario.fitted_shape().parameters();
    let given_up = StopReason::Screened.to_string();
    let finished = |s: &&StartRow| s.parameters.len() == parameters && *s.stop != *given_up;
    let best = record.starts.iter().filter(finished).filter(|s| s.log_likelihood.is_finite());
    let Some(best) = best.reduce(|a, b| if b.log_likelihood > a.log_likelihood { b } else { a }) else {
        return;
    };
    let cell = &prepared.cell;
    let data = prepared.data(seed, record.key.size, record.key.replication);
    let mut likelihood = Likelihood::new(&data, cell.scenario.fitted, cell.scenario.truth.gate_map);
    let bound = cell.scenario.box_bound;
    let rows = match &arm.method {
        Method::Newton { stop, .. } => {
            let mut ascent = Ascent::new(&mut likelihood, &best.origin, bound);
            steps(&mut likelihood, &mut ascent, stop)
        }
        Method::FixedPoint { map, stop, .. } => {
            let mut climb = Climb::new(&mut likelihood, *map, &best.origin, bound);
            iterations(&mut likelihood, &mut climb, stop, bound)
        }
        Method::KnownRate { .. } => return,
    };
    say!("start {} ({}), step by step:\n", best.index, best.kind);
    say!("{}", table(&["iteration", "log-likelihood", "projected score", "at the box"], &rows));
}

/// Every step of a Newton ascent.
fn steps(likelihood: &mut Likelihood, ascent: &mut Ascent, stop: &StopRule) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    loop {
        // The last advance may only find that the stopping rule is met.
        if rows.len() <= ascent.iterations() as usize {
            let at_box = ascent.at_box().iter().filter(|b| **b).count();
            let score = ascent.projected_score(likelihood);
            rows.push(step(ascent.iterations(), ascent.value(), score, at_box));
        }
        if ascent.stopped().is_some() {
            return rows;
        }
        ascent.advance(likelihood, stop, 1);
    }
}

/// Iterations 0 to 10 of EM or MM, then each that is a tenth more than the last shown, and the last.
fn iterations(likelihood: &mut Likelihood, climb: &mut Climb, stop: &Stop, bound: f64) -> Vec<Vec<String>> {
    let (mut rows, mut next, mut shown) = (Vec::new(), 0, None);
    loop {
        let done = climb.stopped().is_some();
        if (climb.iterations() >= next || done) && shown != Some(climb.iterations()) {
            shown = Some(climb.iterations());
            let at_box = climb.parameters().iter().filter(|v| v.abs() >= bound).count();
            let score = climb.projected_score(likelihood);
            rows.push(step(climb.iterations(), climb.value(), score, at_box));
            next = climb.iterations() + 1 + climb.iterations() / 10;
        }
        if done {
            return rows;
        }
        climb.advance(likelihood, stop);
    }
}

fn step(iteration: u32, value: f64, score: f64, at_box: usize) -> Vec<String> {
    vec![iteration.to_string(), format!("{value:.9}"), format!("{score:.3e}"), at_box.to_string()]
}
