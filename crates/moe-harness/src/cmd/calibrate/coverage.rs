//! `moe calibrate coverage`: the share of slope intervals that hold the slope, on synthetic losses.

use clap::Args;
use moe_core::statistic::Statistic;
use rayon::prelude::*;

use super::super::Failure;
use super::design::{Design, Outcome};
use crate::report::text::table;

/// Levels whose coverage is measured, in the order of the cells.
const LEVELS: [f64; 2] = [0.9, 0.95];

/// Measure the coverage of slope intervals on synthetic losses of known slope; prints a table in Markdown.
#[derive(Args, Debug)]
pub struct Coverage {
    /// Data sets for every law and number of replications
    #[arg(long, default_value_t = 2000)]
    repeats: u64,
    /// Master seed of all draws
    #[arg(long, default_value_t = 20_250_301)]
    seed: u64,
    /// Replications at each size
    #[arg(long, value_delimiter = ',', default_values_t = [20, 40, 100, 200])]
    replications: Vec<usize>,
    /// Only the losses whose name in the table has this text in it; may be given several times [default: all]
    #[arg(long, value_name = "TEXT")]
    losses: Vec<String>,
    /// Bootstrap resamples of a mean
    #[arg(long, default_value_t = 1000)]
    resamples: usize,
}

/// What the intervals of one statistic did under one law.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// What was fitted to what.
    pub design: Design,
    /// The statistic.
    pub statistic: Statistic,
    /// Replications at each size.
    pub replications: usize,
    /// Data sets.
    pub repeats: u64,
    /// Share of the intervals that hold the projected slope, of levels 0.9 and 0.95; a slope that could not be
    /// fitted leaves everything open, and so holds it.
    pub coverage: [f64; 2],
    /// Share of the intervals of level 0.9 that lie wholly above the projected slope, and wholly below it: what a gate that
    /// looks at one end errs by. Each should be 0.05.
    pub missed: [f64; 2],
    /// Median width of the intervals of level 0.95.
    pub width: f64,
    /// Mean of the fitted slopes less the projected one.
    pub bias: f64,
    /// Share of data sets whose interval of level 0.95 is not bounded, or that have no slope at all.
    pub unbounded: f64,
    /// Share of data sets in which the test of lack of fit rejects a straight line at 5 %; `None` where it does not
    /// apply.
    pub rejected: Option<f64>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Coverage) -> Result<u8, Failure> {
    if args.repeats == 0 || args.replications.iter().any(|n| *n < 2) || args.replications.is_empty() {
        return Err(Failure::bad_input("coverage needs at least one repeat and two replications"));
    }
    if args.resamples < 100 {
        return Err(Failure::bad_input("an interval of level 0.95 needs at least 100 resamples"));
    }
    let designs = chosen(&args.losses)?;
    let mut rows = Vec::new();
    for design in designs {
        for replications in &args.replications {
            rows.push(study(design, *replications, args.repeats, args.resamples, args.seed));
        }
    }
    say!("{}", text(&rows, args).trim_end());
    Ok(0)
}

/// The designs whose names have one of the texts in them; all when there is none.
fn chosen(texts: &[String]) -> Result<Vec<Design>, Failure> {
    let named = |design: &Design, text: &String| design.name().contains(text.as_str());
    if let Some(stranger) = texts.iter().find(|text| !Design::all().iter().any(|d| named(d, text))) {
        let names: Vec<String> = Design::all().iter().map(|d| format!("  {}", d.name())).collect();
        return Err(Failure::bad_input(format!(
            "no losses have '{stranger}' in their name; there are\n{}",
            names.join("\n")
        )));
    }
    let wanted = |d: &Design| texts.is_empty() || texts.iter().any(|text| named(d, text));
    Ok(Design::all().into_iter().filter(wanted).collect())
}

/// The coverage of every statistic in one design. The result does not depend on the number of threads.
pub fn study(design: Design, replications: usize, repeats: u64, resamples: usize, seed: u64) -> Vec<Held> {
    let statistics = design.statistics();
    let outcomes: Vec<Vec<Outcome>> = (0..repeats)
        .into_par_iter()
        .map(|repeat| {
            let address = design.address(seed, replications, repeat);
            let fit = |(i, statistic): (usize, &Statistic)| {
                let stream = |number: u64| address.indexed(2 * i as u64 + number);
                design.outcome(*statistic, replications, resamples, stream, LEVELS)
            };
            statistics.iter().enumerate().map(fit).collect()
        })
        .collect();
    let held = |(i, statistic): (usize, &Statistic)| {
        let slope = design.slope(*statistic)?;
        let outcomes: Vec<&Outcome> = outcomes.iter().map(|o| &o[i]).collect();
        Some(summarise(design, *statistic, replications, slope, &outcomes))
    };
    statistics.iter().enumerate().filter_map(held).collect()
}

fn summarise(
    design: Design,
    statistic: Statistic,
    replications: usize,
    slope: f64,
    outcomes: &[&Outcome],
) -> Held {
    let total = outcomes.len() as f64;
    let share = |count: usize| count as f64 / total;
    let holds = |level: usize| {
        share(
            outcomes
                .iter()
                .filter(|o| o.intervals[level].0 <= slope && slope <= o.intervals[level].1)
                .count(),
        )
    };
    let ends = || outcomes.iter().map(|o| o.intervals[0]);
    let missed = [ends().filter(|i| slope < i.0).count(), ends().filter(|i| i.1 < slope).count()];
    let mut widths: Vec<f64> = outcomes.iter().map(|o| o.intervals[1].1 - o.intervals[1].0).collect();
    widths.sort_unstable_by(f64::total_cmp);
    let slopes: Vec<f64> = outcomes.iter().filter_map(|o| o.slope).collect();
    Held {
        design,
        statistic,
        replications,
        repeats: outcomes.len() as u64,
        coverage: [holds(0), holds(1)],
        missed: missed.map(share),
        width: widths[widths.len() / 2],
        bias: slopes.iter().sum::<f64>() / slopes.len() as f64 - slope,
        unbounded: share(widths.iter().filter(|w| w.is_infinite()).count()),
        rejected: design
            .is_straight(statistic)
            .map(|_| share(outcomes.iter().filter(|o| o.straight.is_some_and(|p| p < 0.05)).count())),
    }
}

fn text(rows: &[Vec<Held>], args: &Coverage) -> String {
    let head = ["losses", "replications", "median", "quantile(0.9)", "mean", "exceeds"];
    let cells = |show: fn(&Held) -> String| -> Vec<Vec<String>> {
        let row = |held: &Vec<Held>| {
            let first = &held[0];
            let mut cells = vec![first.design.name(), first.replications.to_string()];
            cells.extend(
                first
                    .design
                    .statistics()
                    .map(|s| held.iter().find(|h| h.statistic == s).map_or("none".into(), show)),
            );
            cells
        };
        rows.iter().map(row).collect()
    };
    let error = |p: f64| 100.0 * (p * (1.0 - p) / args.repeats as f64).sqrt();
    let coverage = table(&head, &cells(coverage));
    let widths = table(&head, &cells(|h| format!("{:.3}, {:+.4}", h.width, h.bias)));
    let single = |rows: &&Vec<Held>| matches!(rows[0].design, Design::Slope(_));
    let lines = rows.iter().filter(single).count();
    let tests = table(&head, &cells(rejections)[..lines]);
    format!(
        "Coverage in % of slope intervals of level 95 %; after it the shares, in %, of intervals of level 90 % that lie \
         wholly above / wholly below the slope. {} data sets each, 9 sizes from 10^3 to 10^7, seed {}. One standard error is \
         {:.1} at 95 % and at 5 %. Coverage outside 93 to 97 % in bold, and so are shares above 7 %; in brackets the share of \
         intervals, in %, that are not bounded.\n\n{coverage}\nMedian width of the intervals of level 95 %, and bias of the \
         slope:\n\n{widths}\nShare, in %, in which the test of lack of fit rejects a straight line at 5 %; in italics where \
         the line is in truth not straight:\n\n{tests}",
        args.repeats,
        args.seed,
        error(0.95),
    )
}

fn coverage(held: &Held) -> String {
    let strong = |text: String, fine: bool| if fine { text } else { format!("**{text}**") };
    let most = strong(format!("{:.1}", 100.0 * held.coverage[1]), (0.93..=0.97).contains(&held.coverage[1]));
    let [above, below] = held.missed.map(|m| strong(format!("{:.1}", 100.0 * m), m <= 0.07));
    let open = if held.unbounded > 0.0 { format!(" ({:.1})", 100.0 * held.unbounded) } else { String::new() };
    format!("{most}, {above} / {below}{open}")
}

fn rejections(held: &Held) -> String {
    let share = held.rejected.map_or("–".into(), |r| format!("{:.1}", 100.0 * r));
    let bent = held.design.is_straight(held.statistic) == Some(false);
    if bent { format!("*{share}*") } else { share }
}
