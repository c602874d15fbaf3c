//! `moe watch`: a run folder while it fills, whoever fills it: slopes with intervals, estimates by size.

use std::time::{Duration, Instant};

use clap::Args;
use console::Term;

use super::target::Resolved;
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::live::{self, SoFar};
use crate::plan::Plan;
use crate::record::Status;
use crate::report::text;
use crate::store::{Starts, Store, StoreError};

/// Columns of a line where the terminal does not tell.
const COLUMNS: usize = 80;
/// Columns of an estimate.
const ESTIMATE: usize = 8;

/// Watch a run folder fill: how far it is, the slopes so far with their intervals, the estimates at every size.
///
/// It reads only, and works on a run that another process, another machine or a cluster is doing, as long as the folder
/// is seen from here. A size counts for a slope once it has five replications. Ctrl-C ends it. Exit codes: 0 done, 2 bad
/// input or a refused folder, 74 the disk failed.
#[derive(Args, Debug)]
pub struct Watch {
    #[command(flatten)]
    choice: Choice,
    /// Print the state once and end
    #[arg(long)]
    once: bool,
    /// Seconds between two looks; large folders are looked at less often
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Watch) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let store = resolved.open()?;
    if args.once {
        lines(&resolved, &store, COLUMNS)?.iter().for_each(|line| say!("{line}"));
        return Ok(0);
    }
    let term = Term::stdout();
    let mut drawn = 0;
    loop {
        let clock = Instant::now();
        let (high, wide) = term.size_checked().map_or((24, COLUMNS), |(h, w)| (h as usize, w as usize));
        let (lines, complete) = match lines(&resolved, &store, wide) {
            Ok(lines) => (lines.clone(), lines.first().is_some_and(|l| l.contains("complete"))),
            // A part may be on its way from another machine: the next look tells.
            Err(error @ StoreError::Refused { .. }) => {
                (error.to_string().lines().map(str::to_owned).collect(), false)
            }
            Err(error) => return Err(error.into()),
        };
        if term.is_term() {
            let _ = term.clear_last_lines(drawn);
            let shown = lines.len().min(high.saturating_sub(2));
            lines[..shown].iter().for_each(|line| say!("{}", console::truncate_str(line, wide, "…")));
            if shown < lines.len() {
                say!(
                    "… {} more lines: make the window higher, or see `moe watch --once`",
                    lines.len() - shown
                );
            }
            drawn = shown + usize::from(shown < lines.len());
        } else {
            lines.iter().for_each(|line| say!("{line}"));
            say!("");
        }
        if complete {
            return Ok(0);
        }
        let pause = Duration::from_secs(args.every).max(5 * clock.elapsed());
        std::thread::sleep(pause);
    }
}

/// The state of the folder in lines of at most so many columns.
fn lines(resolved: &Resolved, store: &Store, columns: usize) -> Result<Vec<String>, StoreError> {
    let experiment = &resolved.loaded.experiment;
    let scan = store.scan(Starts::Drop)?;
    let rows = Rows::new(experiment, &scan.records);
    let planned = Plan::new(experiment).items.len() as u64;
    let there = planned - rows.missing();
    let certified = scan.records.iter().filter(|r| r.status == Status::Certified).count();
    let at_work = store.claims()?.len();
    let state = if there == planned { "complete".to_owned() } else { format!("{at_work} blocks at work") };
    let mut out = vec![
        format!("{}: {there} of {planned} rows, {state}", experiment.name),
        format!(
            "{:.1} % certified; slopes with {} % intervals",
            100.0 * certified as f64 / scan.records.len().max(1) as f64,
            100.0 * experiment.inference.level
        ),
    ];
    let resamples = experiment.inference.resamples as usize;
    for panel in &experiment.panels {
        out.push(String::new());
        out.push(panel.title.clone());
        for curve in &panel.curves {
            let name = format!("{} {} {}", curve.cell, curve.quantity, curve.statistic);
            let theory = curve.theory.map_or(String::new(), |t| format!(", theory {}", text::slope(t)));
            out.push(match live::slope(&rows, curve, resamples) {
                None => format!("  {name}: no slope yet{theory}"),
                Some(s) => {
                    let (has, all) = s.sizes;
                    let of = if has < all { format!(" ({has} of {all} sizes)") } else { String::new() };
                    let r = &s.rate;
                    format!("  {name}: {}{theory}{of}", text::interval(r.slope, r.lower, r.upper))
                }
            });
            out.extend(estimates(&live::estimates(&rows, curve), experiment.replications, columns));
        }
    }
    if experiment.panels.is_empty() {
        out.push("the experiment has no [[panel]]; `moe status` shows the rows".into());
    }
    Ok(out)
}

/// Sizes above their estimates; a size that is not complete has its replications in brackets below.
fn estimates(points: &[SoFar], replications: u64, columns: usize) -> Vec<String> {
    let fit = (columns.saturating_sub(4) / ESTIMATE).max(1);
    let mut out = Vec::new();
    for points in points.chunks(fit) {
        let line = |cell: &dyn Fn(&SoFar) -> String| {
            let cells: String = points.iter().map(|p| format!("{:>ESTIMATE$}", cell(p))).collect();
            format!("   {cells}")
        };
        out.push(line(&|p| text::size(p.size).replace(' ', "")));
        out.push(line(&|p| p.estimate.map_or("·".into(), short)));
        if points.iter().any(|p| (p.replications as u64) < replications) {
            out.push(line(&|p| {
                if (p.replications as u64) < replications {
                    format!("({})", p.replications)
                } else {
                    String::new()
                }
            }));
        }
    }
    out
}

/// A positive number in seven columns.
fn short(value: f64) -> String {
    if value == 0.0 || (0.01..1000.0).contains(&value) {
        format!("{value:.3}").chars().take(6).collect()
    } else if value.is_finite() {
        format!("{value:.1e}")
    } else {
        text::significant(value, 2)
    }
}
