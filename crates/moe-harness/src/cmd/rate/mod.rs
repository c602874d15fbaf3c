//! `moe rate`: slopes with intervals, and verdicts, from losses that any other program has measured.

mod document;
mod drawing;
mod open;
mod statement;
mod words;

use std::path::PathBuf;

use clap::Args;
use moe_core::statistic::Statistic;

use super::Failure;
use super::paper::Paper;
use super::tabular::{cells, separator};
use super::target::size;
use crate::imported::{self, Found, Question, Statement};
use crate::log;
use crate::nearest;
use crate::table::{self, LossColumns, Losses};

/// Fit slopes to losses that any program has measured: a CSV with a sample size, a replication and a loss in each row.
///
/// The statistic of the replications at each size is fitted as a power of n; the interval of the exponent is the one
/// that `moe run` reports, and a statement is judged by the same rules as a claim of an experiment. A failed
/// replication is written `inf` and counts as the worst case. Exit codes: 0 done, and every statement agrees; 1 some
/// statement disagrees, even after Holm's correction for their number; 2 bad input; 3 none disagrees and some are
/// undecided; 74 the disk failed.
#[derive(Args, Debug)]
pub struct Rate {
    /// A table of losses (CSV, UTF-8, with names of columns in its first line)
    #[arg(value_name = "LOSSES.csv")]
    losses: PathBuf,
    /// The column of sample sizes
    #[arg(long, value_name = "COLUMN", default_value = "n")]
    n: String,
    /// The column of losses
    #[arg(long, value_name = "COLUMN", default_value = "loss")]
    loss: String,
    /// The column that numbers replications [default: `replication` where there is one; otherwise every row is one]
    #[arg(long, value_name = "COLUMN")]
    replication: Option<String>,
    /// The column that tells several series apart (a method, a setting); each gets a slope. Several columns, with commas
    /// between them or given one by one: each combination of their words
    #[arg(long = "group", value_name = "COLUMN")]
    groups: Vec<String>,
    /// How replications are summarised: median, mean, quantile(p), exceeds(c)
    #[arg(long, value_name = "S", default_value = "median")]
    statistic: Statistic,
    /// Smallest sample size that is used, for example 1000 or 1e3 [default: all]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, value_parser = smallest)]
    from: u64,
    /// A statement that is judged for every group, as in an experiment file: "equals -0.5 margin 0.05", "slower_than
    /// -0.25", "at_least -0.5", "stays_above 0.2"; "differs_from GROUP margin 0.1" of every other group; may be given several
    /// times
    #[arg(long = "claim", value_name = "STATEMENT", value_parser = statement::parse, allow_hyphen_values = true)]
    claims: Vec<Statement>,
    /// Confidence level of intervals and verdicts
    #[arg(long, value_name = "L", default_value = "0.95", value_parser = level)]
    level: f64,
    /// Bootstrap resamples of a mean
    #[arg(long, value_name = "B", default_value = "2000", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    resamples: u32,
    /// Master seed of the resamples
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Largest share of infinite losses, at any size, with which a statement is judged
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = share)]
    failure_limit: f64,
    /// What separates cells: a character, or `tab`
    #[arg(long, value_name = "C", default_value = ",", value_parser = separator)]
    separator: u8,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
    /// Draw the estimates, their intervals and the fitted lines: .svg, .pdf or .png by the ending; the data behind it go
    /// beside it as CSV
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
    #[command(flatten)]
    paper: Paper,
}

/// What is printed.
struct Told<'a> {
    args: &'a Rate,
    columns: LossColumns,
    /// Columns of the file that were not used.
    unused: Vec<String>,
    losses: &'a [Losses],
    found: Vec<Found>,
    code: u8,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Rate) -> Result<u8, Failure> {
    let figure = args.figure.as_ref().map(|path| drawing::place(path, &args.losses)).transpose()?;
    let cells = cells(&args.losses, args.separator)?;
    let columns = columns(args, &cells.header());
    let (losses, unused) = table::losses(&cells, &columns)?;
    refuse_few_sizes(args, &losses)?;
    refuse_few_resamples(args)?;
    let claims = claims(args, &losses)?;
    let question = Question {
        statistic: args.statistic,
        level: args.level,
        resamples: args.resamples as usize,
        seed: args.seed,
        from: args.from,
        failure_limit: args.failure_limit,
        claims,
    };
    let found = imported::judge(&losses, &question);
    let code = imported::code(&found, args.level);
    let told = Told { args, columns, unused, losses: &losses, found, code };
    for remark in words::remarks(&told) {
        log::line(format_args!("warning: {remark}"));
    }
    if args.json {
        say!("{}", document::json(&told).trim_end());
    } else {
        say!("{}", words::text(&told).trim_end());
    }
    if let Some(place) = figure {
        for path in drawing::write(&told, &losses, place)? {
            log::line(format_args!("written: {}", path.display()));
        }
    }
    Ok(code)
}

fn columns(args: &Rate, header: &[String]) -> LossColumns {
    let usual = || header.iter().find(|name| *name == "replication").cloned();
    LossColumns {
        size: args.n.trim().to_owned(),
        loss: args.loss.trim().to_owned(),
        replication: args.replication.as_ref().map(|name| name.trim().to_owned()).or_else(usual),
        groups: args.groups.iter().flat_map(|names| groups(names, header)).collect(),
    }
}

/// The columns of one flag: a name, or several with commas between them.
fn groups(names: &str, header: &[String]) -> Vec<String> {
    if header.iter().any(|name| name == names.trim()) {
        return vec![names.trim().to_owned()];
    }
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The statements, each with the group that it names as the table spells it.
fn claims(args: &Rate, losses: &[Losses]) -> Result<Vec<Statement>, Failure> {
    let names: Vec<&str> = losses.iter().map(|l| l.group.as_str()).filter(|name| !name.is_empty()).collect();
    let named = |statement: &Statement| {
        let other = statement.other.as_deref().map(|name| other(name, &names)).transpose()?;
        Ok(Statement { claim: statement.claim, other })
    };
    args.claims.iter().map(named).collect()
}

/// The group that differences are taken from; there is one, and another that is held against it.
fn other(written: &str, names: &[&str]) -> Result<String, Failure> {
    let refuse = |why: &str| Err(Failure::bad_input(format!("--claim differs_from {written}: {why}")));
    let known = || names.iter().copied();
    let all = known().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    match named(written, names) {
        None if names.is_empty() => refuse(&format!(
            "there is no group '{written}'; --group COLUMN says which column tells groups apart"
        )),
        None => {
            let near = nearest::nearest(written, known());
            let near = near.map_or(String::new(), |near| format!("did you mean '{near}'? "));
            refuse(&format!("there is no group '{written}'; {near}there are: {all}"))
        }
        Some(name) if known().all(|group| group == name) => refuse(&format!(
            "it is about every group but '{name}', and there is no other, so it says nothing; there are: {all}"
        )),
        Some(name) => Ok(name.to_owned()),
    }
}

/// The group of a name: the one that is spelt like it, or else the only one that differs in blanks behind commas.
fn named<'a>(written: &str, names: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| name.split(',').map(str::trim).collect::<Vec<_>>().join(",");
    let known = || names.iter().copied();
    let alike: Vec<&str> = known().filter(|name| plain(name) == plain(written)).collect();
    match (known().find(|name| *name == written), alike.as_slice()) {
        (Some(name), _) => Some(name),
        (None, [name]) => Some(*name),
        _ => None,
    }
}

/// The smallest size; 0 stands for all.
fn smallest(text: &str) -> Result<u64, String> {
    if text == "0" { Ok(0) } else { size(text) }
}

fn refuse_few_sizes(args: &Rate, losses: &[Losses]) -> Result<(), Failure> {
    let sizes = |l: &Losses| l.from(args.from).series.sizes.len();
    let Some(few) = losses.iter().find(|l| sizes(l) < 2) else { return Ok(()) };
    let of = if few.group.is_empty() { String::new() } else { format!(" of '{}'", few.group) };
    let from = if args.from > 0 { format!(" from {} on", args.from) } else { String::new() };
    let all = few.series.sizes.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    Err(Failure::bad_input(format!(
        "{}: a slope needs at least two sample sizes{from}; the sizes{of} in column '{}' are: {all}",
        args.losses.display(),
        args.n
    )))
}

fn refuse_few_resamples(args: &Rate) -> Result<(), Failure> {
    let needed = (2.0 / (1.0 - args.level)).ceil();
    if args.statistic != Statistic::Mean || f64::from(args.resamples) >= needed {
        return Ok(());
    }
    let (level, resamples) = (args.level, args.resamples);
    Err(Failure::bad_input(format!(
        "--resamples {resamples}: an interval of level {level} for a mean needs at least {needed}"
    )))
}

fn level(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => Err("a level is a number between 0 and 1, for example 0.95".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share is a number from 0 to 1, for example 0.05".to_owned()),
    }
}
