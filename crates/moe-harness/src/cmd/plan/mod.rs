//! `moe plan`: what an experiment asks for, what it will cost, how well its cells are conditioned. Without a pilot it
//! measures nothing.

mod doubts;
mod pilot;

use std::collections::BTreeSet;

use clap::Args;

use super::{Choice, Failure, threads};
use crate::conditioning::Conditioning;
use crate::counted::counted;
use crate::experiment::{Cell, Experiment};
use crate::explain::{explain, often_zero};
use crate::pilot::Forecast;
use crate::plan::{self, BLOCK, Plan};
use crate::report::format::about;
use crate::report::text::{duration, table};
use crate::room::{Limits, Need, bytes};

/// Show the cells and replications of an experiment, the predicted cost, and the conditioning of each truth.
///
/// With --pilot a few replications with another master seed are measured first, and seconds, memory, Monte Carlo error
/// and the widths of the slopes' intervals are predicted from them. They are written nowhere, and are never those of
/// the experiment.
#[derive(Args, Debug)]
pub struct Show {
    #[command(flatten)]
    choice: Choice,
    /// Worker threads that the cost is predicted for, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
    /// Measure a pilot of N replications, 10 to 10000, at up to three of the sizes, and predict from it [N: 100]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "100", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(10..=10_000))]
    pilot: Option<u64>,
    /// Say in words what the experiment asks, and nothing else
    #[arg(long, conflicts_with = "pilot")]
    explain: bool,
    /// The width that the slopes' intervals shall have [default: what each claim needs]
    #[arg(long, value_name = "W", requires = "pilot", allow_negative_numbers = true, value_parser = width)]
    width: Option<f64>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Show) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let experiment = &resolved.loaded.experiment;
    if args.explain {
        say!("{}: {}\n\n{}", experiment.name, experiment.title, explain(experiment).trim_end());
        return Ok(0);
    }
    let whole = Plan::new(experiment);
    let present = resolved.find()?.map_or_else(|| Ok(Default::default()), |store| store.present())?;
    say!("{}: {}\n", experiment.name, experiment.title);
    let sizes: Vec<String> = experiment.sizes.iter().map(u64::to_string).collect();
    say!("{} sample sizes: {}\n", sizes.len(), sizes.join(", "));
    let threads = threads::count(args.threads);
    let all = whole.items.len();
    let todo = whole.clone().without(experiment, &present);
    let need = Need::new(experiment, &todo, threads, BLOCK);
    let limits = Limits::here(&resolved.folder);
    let ((todo, seconds), how) = if let Some(replications) = args.pilot {
        need.fits(&limits).map_err(Failure::bad_input)?;
        let pilot = pilot::measure(experiment, replications, threads)?;
        let forecast = Forecast::new(experiment, &pilot);
        say!("{}", pilot::costs(experiment, &pilot, &forecast));
        say!("{}", conditioning(experiment));
        say!("{}", pilot::precisions(experiment, &forecast, args.width, replications));
        let doubts = doubts::doubts(&pilot);
        if !doubts.is_empty() {
            say!("{doubts}");
        }
        let seconds = todo.items.iter().map(|i| forecast.seconds(i.cell, i.arm, i.size)).sum();
        let memory =
            forecast.memory().map_or(String::new(), |b| format!(", {} for the whole process", bytes(b)));
        ((todo.items.len(), seconds), format!("by the pilot{memory}"))
    } else {
        say!("{}", costs(experiment, &whole));
        say!("{}", conditioning(experiment));
        ((todo.items.len(), todo.seconds()), "a rough prediction; --pilot measures".to_owned())
    };
    for (claim, why) in experiment.claims.iter().filter_map(|c| Some((c, plan::undecidable(experiment, c)?)))
    {
        say!("claim {} will be undecided: {why}\n", claim.name);
    }
    if let Some(remark) = often_zero(experiment) {
        say!("{remark}\n");
    }
    // Several cells may share a truth.
    let drawn: BTreeSet<&str> = experiment.cells.iter().filter_map(|c| c.drawn.as_deref()).collect();
    for table in drawn {
        say!("{table}");
    }
    say!("{}", room(&need, &limits));
    let folder = resolved.folder.display();
    if todo == 0 {
        say!("nothing is left to do: the folder {folder} has all {all} replications");
    } else {
        let (time, threads) = (about(seconds / threads as f64), counted(threads, "thread"));
        say!("{todo} of {all} replications to do; {time} on {threads} ({how}); folder {folder}");
    }
    need.fits(&limits).map_err(Failure::bad_input)?;
    Ok(0)
}

/// What the plan takes of the machine, and what there is.
fn room(need: &Need, limits: &Limits) -> String {
    let free = |limit: Option<u64>| limit.map_or("unknown".into(), bytes);
    format!(
        "about {} of memory for data and rows ({} are free) and {} on the disk ({} are free)",
        bytes(need.memory()),
        free(limits.memory),
        bytes(need.disk),
        free(limits.disk)
    )
}

fn width(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(width) if width > 0.0 && width.is_finite() => Ok(width),
        _ => Err("a width is a number above 0, for example 0.1".to_owned()),
    }
}

fn costs(experiment: &Experiment, plan: &Plan) -> String {
    let mut rows = Vec::new();
    for (c, cell) in experiment.cells.iter().enumerate() {
        for (a, arm) in experiment.arms.iter().enumerate().filter(|(_, arm)| plan::runs_in(arm, cell)) {
            let seconds: f64 =
                plan.items.iter().filter(|i| (i.cell, i.arm) == (c, a)).map(|i| i.seconds).sum();
            let largest = experiment.sizes.last().copied().unwrap_or(0);
            rows.push(vec![
                cell.name.clone(),
                arm.name.clone(),
                format!("{} for {}", cell.scenario.fitted, cell.scenario.true_experts()),
                cell.scenario.truth.gate_map.to_string(),
                plan::replications(experiment, arm).to_string(),
                plan::data_rows(cell, largest).to_string(),
                bytes(plan::memory(cell, arm, largest)),
                duration(seconds),
            ]);
        }
    }
    let head = [
        "cell",
        "arm",
        "experts",
        "gate map",
        "replications",
        "rows at most",
        "memory a thread",
        "core time",
    ];
    table(&head, &rows)
}

/// Fisher information at each truth, as a true parametrisation sees it.
fn conditioning(experiment: &Experiment) -> String {
    let ends = [experiment.sizes.first(), experiment.sizes.last()].into_iter().flatten().copied();
    let of_cell = |cell: &Cell| -> Vec<Vec<String>> {
        if cell.drift.is_none() {
            return vec![condition_row(cell, None)];
        }
        // A truth that moves is shown at the smallest and at the largest size.
        ends.clone().map(|size| condition_row(cell, Some(size))).collect()
    };
    let rows: Vec<Vec<String>> = experiment.cells.iter().flat_map(of_cell).collect();
    let head = ["cell", "density distance", "Fisher eigenvalues", "condition number", "beware"];
    table(&head, &rows)
}

/// `at` is the sample size, where the truth moves.
fn condition_row(cell: &Cell, at: Option<u64>) -> Vec<String> {
    let found = Conditioning::of(cell, at.unwrap_or(1));
    let warning =
        if found.is_ill() { "ill-conditioned: the asymptotics lie beyond ordinary sizes" } else { "–" };
    vec![
        cell.name.clone() + &at.map_or(String::new(), |n| format!(" at n = {n}")),
        found.rule,
        format!("{:.2e} … {:.2e}", found.least, found.most),
        format!("{:.0}", found.number),
        warning.into(),
    ]
}
