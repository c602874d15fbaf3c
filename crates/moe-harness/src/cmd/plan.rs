//! `moe plan`: what an experiment asks for, what it will cost, how well its cells are conditioned. Runs nothing.

use clap::Args;
use moe_core::fisher::fisher_information;
use moe_core::numeric::{Eigen, eigen};

use super::{Choice, Failure};
use crate::experiment::{Cell, Experiment};
use crate::measure::Prepared;
use crate::plan::{self, Plan};
use crate::report::text::{duration, table};

/// Above this the Fisher information is so uneven that n^(-1/2) is out of reach at ordinary sizes.
const ILL_CONDITIONED: f64 = 1e4;

/// Show the cells and replications of an experiment, the predicted cost, and the conditioning of each truth.
#[derive(Args, Debug)]
pub struct Show {
    #[command(flatten)]
    choice: Choice,
    /// Worker threads that the cost is predicted for [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Show) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let experiment = &resolved.loaded.experiment;
    let whole = Plan::new(experiment);
    let present = resolved.find()?.map_or_else(|| Ok(Default::default()), |store| store.present())?;
    say!("{}: {}\n", experiment.name, experiment.title);
    let sizes: Vec<String> = experiment.sizes.iter().map(u64::to_string).collect();
    say!("{} sample sizes: {}\n", sizes.len(), sizes.join(", "));
    say!("{}", costs(experiment, &whole));
    say!("{}", conditioning(experiment));
    for (claim, why) in experiment.claims.iter().filter_map(|c| Some((c, c.too_small.as_ref()?))) {
        say!("claim {} will be undecided: {why}\n", claim.name);
    }
    let all = whole.items.len();
    let todo = whole.without(experiment, &present);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
    say!(
        "{} of {all} replications to do; about {} on {threads} threads (a rough prediction); folder {}",
        todo.items.len(),
        duration(todo.seconds() / threads as f64),
        resolved.folder.display()
    );
    Ok(0)
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
                format!("{:.1} MB", plan::memory(cell, largest) as f64 / 1e6),
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
    let rows: Vec<Vec<String>> = experiment.cells.iter().map(condition_row).collect();
    let head = ["cell", "density distance", "Fisher eigenvalues", "condition number", ""];
    table(&head, &rows)
}

fn condition_row(cell: &Cell) -> Vec<String> {
    let prepared = Prepared::new(cell);
    let evaluation = prepared.evaluation();
    let (points, weights) = evaluation.points_and_weights();
    let information = fisher_information(&cell.scenario.truth, &points.to_owned(), &weights);
    let size = information.nrows();
    let flat: Vec<f64> = information.iter().copied().collect();
    let spectrum: Eigen = eigen(&flat, size);
    let condition = spectrum.condition_number();
    let (least, most) = (spectrum.values[0], spectrum.values[size - 1]);
    let warning = if condition > ILL_CONDITIONED || !condition.is_finite() {
        "ill-conditioned: the asymptotics lie beyond ordinary sizes"
    } else {
        ""
    };
    vec![
        cell.name.clone(),
        evaluation.rule().to_owned(),
        format!("{least:.2e} … {most:.2e}"),
        format!("{condition:.0}"),
        warning.into(),
    ]
}
