//! The report in words: tables that read in a terminal and render as Markdown.

use moe_core::rate::{Rate, RateProblem};

use super::escape::markdown as md;
use super::{CurveReport, PanelReport, Report};
use super::{arms, fits, stability, together};

pub use super::claims::{claims, plain_reasons, reasons, statement, unexpected};
pub use super::fits::hit_rate;
pub use super::format::{duration, interval, plain, significant, size, slope, table};
pub use super::stability::open;

/// The whole report as Markdown.
pub fn markdown(report: &Report<'_>) -> String {
    let experiment = report.experiment;
    let mut out = format!(
        "# {}\n\n{}\n\nSource: {}\n\n",
        md(&experiment.title),
        md(&experiment.question),
        md(&experiment.source)
    );
    let profile = experiment.profile.as_ref().map_or(String::new(), |p| format!(", profile {p}"));
    out += &format!(
        "Master seed {}{profile}; {} replications at {} sample sizes from {} to {}; intervals of level {}.\n",
        experiment.seed,
        experiment.replications,
        experiment.sizes.len(),
        experiment.sizes.first().map_or(String::new(), |n| size(*n)),
        experiment.sizes.last().map_or(String::new(), |n| size(*n)),
        experiment.inference.level,
    );
    out += &format!("Digest of the records: `{}`\n", report.digest);
    if report.missing > 0 {
        out += &format!("\n**Incomplete: {} planned rows are missing.**\n", report.missing);
    }
    if !report.claims.is_empty() {
        out += &format!(
            "\n## Claims\n\n{}\n{}\n{}",
            claims(report),
            reasons(report),
            together::sentences(report)
        );
    }
    for panel in &report.panels {
        out += &format!("\n## {}\n\n{}", md(panel.title), curves(report, panel));
        out += &open(panel);
        out += &format!("\nFits of this panel:\n\n{}", fits::of_panel(report, panel));
        out += &arms::of_arms(report, &panel.arms);
        out += &format!("\n{}{}", stability::floors(panel), stability::sizes(panel));
    }
    if !report.panels.is_empty() {
        out += &format!("\n## What the slopes depend on\n\n{}", stability::logarithms(experiment));
        out += &format!("\n{}", stability::ways(report));
    }
    out + &format!("\n## Fits\n\n{}", fits(report))
}

/// From which size on a slope was taken.
pub(super) fn from(report: &Report<'_>, from: u64) -> String {
    let all = report.experiment.sizes.first().is_none_or(|least| from <= *least);
    if all { "all".into() } else { size(from) }
}

pub(super) fn measured(rate: &Result<Rate, RateProblem>) -> String {
    match rate {
        Ok(rate) => interval(rate.slope, rate.lower, rate.upper),
        Err(_) => "none".into(),
    }
}

/// The curves of a panel with their slopes.
pub fn curves(report: &Report<'_>, panel: &PanelReport<'_>) -> String {
    let head = ["cell", "arm", "quantity", "statistic", "from n", "slope", "theory", "straight line"];
    let row = |c: &CurveReport<'_>| {
        vec![
            c.curve.cell.to_string(),
            c.curve.arm.clone(),
            c.curve.quantity.to_string(),
            c.curve.statistic.to_string(),
            from(report, c.curve.from),
            measured(&c.measured.rate),
            c.curve.theory.map_or("–".into(), slope),
            stability::straight(&c.measured.rate),
        ]
    };
    table(&head, &panel.curves.iter().map(row).collect::<Vec<_>>())
}

/// What became of the fits, arm by arm, and why some are not certified.
pub fn fits(report: &Report<'_>) -> String {
    fits::all(report) + &fits::reasons(report)
}
