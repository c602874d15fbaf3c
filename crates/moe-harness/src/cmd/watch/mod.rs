//! `moe watch`: a run folder while it fills, whoever fills it: slopes with intervals, estimates by size.

mod panels;
mod plot;
mod tiles;

use std::time::{Duration, Instant};

use clap::Args;
use console::Term;

use super::target::Resolved;
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::counted::counted;
use crate::live::{self, SoFar};
use crate::plan::Plan;
use crate::record::Status;
use crate::report::format::per_cent;
use crate::report::text;
use crate::store::{Starts, Store, StoreError};

/// Columns of a line where the terminal does not tell.
const COLUMNS: usize = 80;
/// Columns of an estimate.
const ESTIMATE: usize = 8;

/// Watch a run folder fill: how far it is, its figure so far, the slopes with their intervals.
///
/// On a terminal it draws the panels as they stand, as many as the window holds: estimates with their intervals, the
/// line fitted to the first curve, slopes beside the exponents of the theory. Otherwise, and with --once, it prints
/// every slope and the estimates at every size. It reads only, and works on a run that another process, another machine
/// or a cluster is doing, as long as the folder is seen from here. A size counts for a slope once it has five
/// replications. Ctrl-C ends it. Exit codes: 0 done, 2 bad input or a refused folder, 74 the disk failed.
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
        look(&resolved, &store, listed(COLUMNS))?.lines.iter().for_each(|line| say!("{line}"));
        return Ok(0);
    }
    let term = Term::stdout();
    let mut drawn = 0;
    loop {
        let clock = Instant::now();
        let (high, wide) = term.size_checked().map_or((24, COLUMNS), |(h, w)| (h as usize, w as usize));
        let window = (wide, high.saturating_sub(1));
        let seen = if term.is_term() {
            look(&resolved, &store, drawing(window))
        } else {
            look(&resolved, &store, listed(COLUMNS))
        };
        let seen = match seen {
            Ok(seen) => seen,
            // A part may be on its way from another machine: the next look tells.
            Err(error @ StoreError::Refused { .. }) => {
                Look { lines: error.to_string().lines().map(str::to_owned).collect(), complete: false }
            }
            Err(error) => return Err(error.into()),
        };
        if term.is_term() {
            let _ = term.clear_last_lines(drawn);
            drawn = seen.lines.len().min(window.1);
            seen.lines[..drawn].iter().for_each(|line| say!("{}", console::truncate_str(line, wide, "…")));
        } else {
            seen.lines.iter().for_each(|line| say!("{line}"));
            say!("");
        }
        if seen.complete {
            return Ok(0);
        }
        let pause = Duration::from_secs(args.every).max(5 * clock.elapsed());
        std::thread::sleep(pause);
    }
}

/// What is seen of a folder.
struct Look {
    lines: Vec<String>,
    complete: bool,
}

/// How the panels of a run are shown below the head.
type Show = Box<dyn Fn(&Rows<'_>) -> Vec<String>>;

fn look(resolved: &Resolved, store: &Store, show: Show) -> Result<Look, StoreError> {
    let experiment = &resolved.loaded.experiment;
    let scan = store.scan(Starts::Skip)?;
    let rows = Rows::new(experiment, &scan.records);
    let planned = Plan::new(experiment).items.len() as u64;
    let there = planned - rows.missing();
    let complete = there == planned;
    let certified = scan.records.iter().filter(|r| r.status == Status::Certified).count();
    let at_work = counted(store.claims()?.len(), "block");
    let state = if complete { "complete".to_owned() } else { format!("{at_work} at work") };
    let mut lines = vec![
        format!("{}: {there} of {planned} rows, {state}", experiment.name),
        format!(
            "{:.1} % certified; slopes with {} % intervals",
            100.0 * certified as f64 / scan.records.len().max(1) as f64,
            per_cent(experiment.inference.level)
        ),
    ];
    if experiment.panels.is_empty() {
        lines.push("the experiment has no [[panel]]; `moe status` shows the rows".into());
    } else {
        lines.extend(show(&rows));
    }
    Ok(Look { lines, complete })
}

/// The panels drawn in a window of so many columns and rows, of which the head has two.
fn drawing((columns, high): (usize, usize)) -> Show {
    Box::new(move |rows| {
        let panels = panels::panels(rows);
        let room = high.saturating_sub(2);
        let (mut lines, without) = tiles::tiles(&panels, (columns, room));
        if without > 0 {
            lines.truncate(room.saturating_sub(1));
            let more = counted(without, "more panel");
            lines.push(format!("… {more}: make the window larger, or see `moe watch --once`"));
        }
        lines
    })
}

/// Every slope in words, with the estimates at every size below.
fn listed(columns: usize) -> Show {
    Box::new(move |rows| {
        let experiment = rows.experiment();
        let mut out = Vec::new();
        for panel in &experiment.panels {
            out.push(String::new());
            out.push(panel.title.clone());
            for curve in &panel.curves {
                let name = format!("{} {} {}", curve.cell, curve.quantity, curve.statistic);
                let theory = curve.theory.map_or(String::new(), |t| format!(", theory {}", text::slope(t)));
                out.push(match live::slope(rows, curve, experiment.inference.resamples as usize) {
                    None => format!("  {name}: no slope yet{theory}"),
                    Some(s) => {
                        let (has, all) = s.sizes;
                        let of = if has < all { format!(" ({has} of {all} sizes)") } else { String::new() };
                        let r = &s.rate;
                        format!("  {name}: {}{theory}{of}", text::interval(r.slope, r.lower, r.upper))
                    }
                });
                out.extend(estimates(&live::estimates(rows, curve), experiment.replications, columns));
            }
        }
        out
    })
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
