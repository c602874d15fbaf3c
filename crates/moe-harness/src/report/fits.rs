//! The tables that say what became of the fits: how many are certified, what the others are, what the search missed.

use super::format::{share, table};
use super::{ArmReport, PanelReport, Report};
use crate::aggregate::{HitRate, is_truth_blind};

/// What can be said of the fits of an arm in a cell.
const HEAD: [&str; 11] = [
    "cell",
    "arm",
    "truth-blind",
    "rows",
    "certified",
    "uncertified",
    "failed",
    "proven failures",
    "at the box",
    "hit rate",
    "best known",
];

/// The fits of every arm in the cells of a panel, audits included.
pub(super) fn of_panel(report: &Report<'_>, panel: &PanelReport<'_>) -> String {
    let name = |arm: &&ArmReport| &report.experiment.cells[arm.cell].name;
    let shown = report
        .arms
        .iter()
        .filter(|arm| panel.curves.iter().any(|c| c.curve.cell.names().contains(name(arm))));
    table(&HEAD, &shown.map(|arm| row(report, arm)).collect::<Vec<_>>())
}

/// The fits of every arm in every cell, with what they cost, and what the columns mean.
pub(super) fn all(report: &Report<'_>) -> String {
    let head: Vec<&str> = HEAD.into_iter().chain(["passes a fit", "seconds"]).collect();
    let rows = report.arms.iter().map(|arm| {
        let fits = &arm.fits;
        let passes = if fits.rows == 0 {
            "–".into()
        } else {
            format!("{:.0}", fits.passes as f64 / fits.rows as f64)
        };
        row(report, arm).into_iter().chain([passes, format!("{:.0}", fits.seconds)]).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    format!("{}\n{LEGEND}", table(&head, &rows))
}

const LEGEND: &str = "\
Certified: score and predicted remaining gain are below the stopping rule, and no free curvature is negative beyond 10^-10 \
of the largest. Failed: no fit, or a proven failure, a fit \
below the likelihood of the truth or of the exact-specified fit on the same data. Hit rate: share of replications in \
which an independent second search found nothing better by 10^-3 nats. Best known: share in which no other arm did. \
Seconds: wall time of its replications, added up over threads; other work on the machine lengthens it.
";

/// Why rows are not certified; nothing where all are.
pub(super) fn reasons(report: &Report<'_>) -> String {
    let rows: Vec<Vec<String>> = report
        .arms
        .iter()
        .flat_map(|arm| {
            let names = [&report.experiment.cells[arm.cell].name, &report.experiment.arms[arm.arm].name];
            arm.reasons.iter().map(move |(reason, count)| {
                let words =
                    [names[0].clone(), names[1].clone(), reason.status.to_owned(), reason.text.clone()];
                words.into_iter().chain([count.to_string()]).collect()
            })
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let head = ["cell", "arm", "status", "reason", "rows"];
    format!("\nWhy rows are not certified:\n\n{}", table(&head, &rows))
}

fn row(report: &Report<'_>, arm: &ArmReport) -> Vec<String> {
    let settings = &report.experiment.arms[arm.arm];
    let fits = &arm.fits;
    vec![
        report.experiment.cells[arm.cell].name.clone(),
        settings.name.clone(),
        if is_truth_blind(settings) { "yes" } else { "no: given the truth" }.to_owned(),
        fits.rows.to_string(),
        share(fits.certified, fits.rows),
        fits.uncertified.to_string(),
        fits.failed.to_string(),
        fits.proven_failures.to_string(),
        share(fits.at_box, fits.rows),
        arm.hit_rate.as_ref().map_or("–".into(), hit_rate),
        arm.best_known.as_ref().map_or("–".into(), hit_rate),
    ]
}

/// A hit rate with its interval.
pub fn hit_rate(rate: &HitRate) -> String {
    let (share, lower, upper) = rate.share();
    format!("{share:.3} [{lower:.3}, {upper:.3}] of {}", rate.trials)
}
