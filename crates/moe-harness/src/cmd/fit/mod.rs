//! `moe fit`: the model fitted to a data file, with standard errors, certificate and information criteria.

mod document;
mod extent;
mod probabilities;
mod remarks;
mod second;
mod words;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_estimators::estimator::Problem;

use self::extent::Extent;
use super::guard::refuse_input;
use super::tabular::{cells, separator};
use super::{Failure, threads};
use crate::counted::counted;
use crate::fit::{self, Fitted, Task};
use crate::log;
use crate::plan;
use crate::report::format::about;
use crate::table::{self, Table, Wanted};

/// A fit that is predicted to take longer than this many seconds is announced.
const LONG: f64 = 60.0;

/// Fit the model to the data of a CSV file by maximum likelihood.
///
/// The file has a line with the names of its columns, then one observation a line, or as many as --count says.
/// Classes are sorted (by value when all are whole numbers, otherwise by their letters); the last one is the
/// reference. Several independent truth-blind searches look for the largest likelihood over the box until
/// enough of them agree. Exit codes: 0 a fit was found (read its certificate), 2 bad input, 74 the disk failed.
#[derive(Args, Debug)]
pub struct Fit {
    /// A data file (CSV, UTF-8, with names of columns in its first line)
    #[arg(value_name = "DATA.csv")]
    data: PathBuf,
    /// The column that holds the class labels
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// Number of experts; 1 is multinomial logistic regression
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=100))]
    experts: u16,
    /// The column that says how many observations each row stands for [default: each row is one]
    #[arg(long, value_name = "COLUMN")]
    count: Option<String>,
    /// The columns that are covariates, separated by commas [default: all but the label and the count]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    features: Option<Vec<String>>,
    /// What the gate sees of x: identity, sin(ω), cos(ω), tanh(ω), sigmoid(ω), power(p)
    #[arg(long, value_name = "M", default_value = "identity")]
    gate_map: GateMap,
    /// Every parameter is at most this in size, in the units of the covariates
    #[arg(long = "box", value_name = "B", default_value = "10", allow_negative_numbers = true, value_parser = half_width)]
    half_width: f64,
    /// Random starts of each search; the rest of its effort grows with them
    #[arg(long, value_name = "N", default_value_t = fit::STARTS, allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    starts: u32,
    /// Master seed of the starts
    #[arg(long, value_name = "S", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Shift and scale covariates to mean 0 and standard deviation 1; box and parameters are then in those units
    #[arg(long, alias = "standardise")]
    standardize: bool,
    /// What separates cells: a character, or `tab`
    #[arg(long, value_name = "C", default_value = ",", value_parser = separator)]
    separator: u8,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
    /// Write the fitted class probabilities of every row to this file
    #[arg(long, value_name = "OUT.csv")]
    probabilities: Option<PathBuf>,
    /// Worker threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
}

/// A fit with everything that is told about it.
struct Told<'a> {
    args: &'a Fit,
    table: &'a Table,
    task: Task,
    fitted: &'a Fitted,
    seconds: f64,
    remarks: Vec<String>,
    /// Of which parameters the standard error means nothing, because classes are separated.
    untrusted: Vec<bool>,
}

impl Told<'_> {
    /// What the certificate covers.
    fn extent(&self) -> Option<Extent> {
        Extent::of(self.fitted, self.untrusted.contains(&true))
    }
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Fit) -> Result<u8, Failure> {
    if let Some(path) = &args.probabilities {
        refuse_input("--probabilities", path, &args.data, "the data file")?;
    }
    let (table, unweighted) = read(args)?;
    let shape =
        Shape { experts: args.experts.into(), classes: table.classes.len(), dim: table.features.len() };
    refuse_few_rows(&args.data, &table, shape)?;
    let problem = Problem { shape, gate_map: args.gate_map, box_bound: args.half_width };
    let task = Task { problem, seed: args.seed, starts: args.starts };
    let threads = threads::count(args.threads);
    let data = fit::gathered(&table.data);
    announce(&task, &data, threads);
    let pool = threads::pool(threads)?;
    let clock = Instant::now();
    let fitted = pool.install(|| fit::fit(&data, &task));
    let seconds = clock.elapsed().as_secs_f64();
    let fitted = fitted.map_err(|failure| {
        Failure::bad_input(format!("{}: there is no fit: {}", args.data.display(), failure.reason))
    })?;
    let remarks::Remarks { remarks, untrusted } = remarks::remarks(&table, &task, &fitted);
    let remarks = unweighted.into_iter().chain(remarks).collect();
    let told = Told { args, table: &table, task, fitted: &fitted, seconds, remarks, untrusted };
    if let Some(path) = &args.probabilities {
        probabilities::write(path, &told)?;
    }
    for remark in &told.remarks {
        log::line(format_args!("warning: {remark}"));
    }
    if args.json {
        say!("{}", document::json(&told));
    } else {
        say!("{}", words::text(&told));
    }
    Ok(0)
}

/// The table, and what there is to say of how its rows are counted.
fn read(args: &Fit) -> Result<(Table, Option<String>), Failure> {
    let cells = cells(&args.data, args.separator)?;
    let features =
        args.features.as_ref().map(|names| names.iter().map(|name| name.trim().to_owned()).collect());
    let label = args.label.trim().to_owned();
    let count = args.count.as_ref().map(|name| name.trim().to_owned());
    let unweighted = if count.is_none() { remarks::unweighted(&cells) } else { None };
    let table = table::table(&cells, &Wanted { label, features, count, standardize: args.standardize })?;
    Ok((table, unweighted))
}

fn refuse_few_rows(path: &Path, table: &Table, shape: Shape) -> Result<(), Failure> {
    let (size, parameters) = (table.data.size(), shape.parameters());
    if size > parameters as u64 {
        return Ok(());
    }
    let what = if table.count.is_some() { "observation" } else { "row" };
    let experts = if shape.experts == 1 { "1 expert" } else { &format!("{} experts", shape.experts) };
    Err(Failure::bad_input(format!(
        "{}: {} are too few for {parameters} parameters ({experts}, {} classes, {}); \
         gather more rows, lower --experts, or choose fewer --features",
        path.display(),
        counted(size, what),
        shape.classes,
        counted(shape.dim, "covariate")
    )))
}

/// Says on standard error that a fit will take long.
fn announce(task: &Task, data: &Dataset, threads: usize) {
    let shape = task.problem.shape;
    let one = plan::search_seconds(&fit::effort(task.starts), shape, data);
    let searches = if shape.experts == 1 { 1.0 } else { f64::from(fit::SEARCHES) };
    let seconds = one * (searches / threads as f64).ceil();
    if shape.experts > 1 && seconds > LONG {
        let (time, threads) = (about(seconds), counted(threads, "thread"));
        log::line(format_args!(
            "{} parameters: {time} on {threads}; fewer --starts take less",
            shape.parameters()
        ));
    }
}

fn half_width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(bound) if bound > 0.0 && bound <= 1e6 => Ok(bound),
        _ => Err("the box is a number above 0, at most 1000000".to_owned()),
    }
}
