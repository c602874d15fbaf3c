//! `moe plan --pilot`: measures the pilot and prints what it foretells.

use moe_core::verdict::MIN_REPLICATIONS;

use super::{Failure, duration, plan, table, threads};
use crate::experiment::Experiment;
use crate::pilot::{self, Forecast, Pilot, Precision, Subject, subjects};
use crate::plan::Plan;
use crate::progress::Followed;
use crate::report::text::significant;
use crate::room::bytes;

/// Measures the pilot of an experiment.
pub(super) fn measure(experiment: &Experiment, replications: u64, threads: usize) -> Result<Pilot, Failure> {
    let design = pilot::design(experiment, replications);
    let pool = threads::pool(threads)?;
    let plan = Plan::new(&design);
    let sizes: Vec<String> = design.sizes.iter().map(u64::to_string).collect();
    say!(
        "Pilot: {replications} replications at {}, master seed {}; {} in all.\n",
        sizes.join(", "),
        design.seed,
        plan.items.len()
    );
    let mut followed = Followed::new(&design, &plan, Vec::new());
    let pilot = Pilot::measure(design, &pool, |item, record| followed.record(item, record));
    followed.finish();
    Ok(pilot)
}

/// What each (cell, arm) will take.
pub(super) fn costs(experiment: &Experiment, pilot: &Pilot, forecast: &Forecast<'_>) -> String {
    let ends = [experiment.sizes.first(), experiment.sizes.last()].map(|n| n.copied().unwrap_or(0));
    let measured = pilot.rows();
    let mut rows = Vec::new();
    for (c, cell) in experiment.cells.iter().enumerate() {
        for (a, arm) in experiment.arms.iter().enumerate().filter(|(_, arm)| plan::runs_in(arm, cell)) {
            let cost = forecast.cost(c, a);
            let fits = measured.fits(c, a);
            let [first, last] = ends.map(|n| significant(forecast.seconds(c, a, n), 2));
            rows.push(vec![
                cell.name.clone(),
                arm.name.clone(),
                format!("{} for {}", cell.scenario.fitted, cell.scenario.true_experts()),
                plan::replications(experiment, arm).to_string(),
                format!("{} of {}", fits.certified, fits.rows),
                format!("{first} … {last}"),
                cost.memory.map_or("–".into(), bytes),
                duration(cost.seconds),
            ]);
        }
    }
    let head = [
        "cell",
        "arm",
        "experts",
        "replications",
        "certified in the pilot",
        "seconds each",
        "memory",
        "core time",
    ];
    table(&head, &rows)
}

/// How precise each slope will be.
pub(super) fn precisions(
    experiment: &Experiment,
    forecast: &Forecast<'_>,
    width: Option<f64>,
    replications: u64,
) -> String {
    let subjects = subjects(experiment);
    if subjects.is_empty() {
        return "There is neither a claim about a slope nor a curve, so there is no width to predict.\n"
            .into();
    }
    let rows: Vec<_> = subjects.iter().map(|s| row(s, forecast.precision(s, width).as_ref())).collect();
    let head = [
        "slope of",
        "statistic",
        "spread",
        "Monte Carlo error",
        "width",
        "wanted",
        "replications",
        "needed",
        "or largest n",
    ];
    format!(
        "{}\nspread: standard deviation per replication of ln(statistic), which a claim may state as `spread`; Monte \
         Carlo error: the largest relative one at any size; width: that of the slope's interval at its level; wanted: \
         {}; needed: replications for it, {MIN_REPLICATIONS} or more, with fewer than which no claim is decided; or the \
         largest n with as many sizes and replications, where those are enough; –: the claim does not say how narrow its interval \
         must be, which --width does. {replications} replications tell a spread to within some {:.0} % where it was piloted; between those sizes it is drawn straight, \
         and a size noisier than its neighbours makes the interval wider than this.\n",
        table(&head, &rows),
        if width.is_some() { "as asked for" } else { "what lets a true claim agree with probability 0.9" },
        // The distance between the quartiles of a normal law has the relative error 1.17/√R; the slope weighs some two
        // and a half sizes.
        117.0 / (2.5 * replications as f64).sqrt()
    )
}

fn row(subject: &Subject, precision: Option<&Precision>) -> Vec<String> {
    let name = subject.claim.clone().unwrap_or_else(|| {
        subject.series.iter().map(|(cells, arm)| format!("{cells} {arm}")).collect::<Vec<_>>().join(" − ")
    });
    let of = format!("{} {}", subject.statistic, subject.quantity);
    let Some(found) = precision else {
        let nothing = "–".to_owned();
        let mut row = vec![name, of, "no logarithm in the pilot".into()];
        row.resize(9, nothing);
        return row;
    };
    let per_cent = |value: f64| {
        if value.is_finite() { format!("{} %", significant(100.0 * value, 2)) } else { "unbounded".into() }
    };
    let number = |value: f64| {
        if value.is_finite() { significant(value, 3) } else { "unbounded".into() }
    };
    let or_dash = |value: Option<u64>| value.map_or("–".into(), |v| v.to_string());
    vec![
        name,
        of,
        number(found.spread),
        per_cent(found.monte_carlo),
        number(found.width),
        found.wanted.map_or("–".into(), number),
        found.replications.to_string(),
        or_dash(found.proposed),
        or_dash(found.reach),
    ]
}
