//! The figure of a table of losses: one panel, one curve for each group.

use std::path::{Path, PathBuf};

use moe_core::rate::LocalSlope;
use moe_core::statistic::Statistic;
use moe_core::verdict::Claim;

use super::super::guard::{refuse_input, same_file};
use super::super::paper::{Output, refuse_foreign};
use super::{Failure, Told};
use crate::figure::{self, BandView, CurveView, Figure, LineView, Naming, PanelView, PointView, Stated};
use crate::imported::{Found, Statement};
use crate::table::Losses;

/// Where the figure goes; refused where it or its data would take the place of the table.
pub(super) fn place<'a>(path: &'a Path, losses: &Path) -> Result<(&'a Path, Output), Failure> {
    let output = Output::of("--figure", path)?;
    let data = path.with_extension("csv");
    refuse_input("--figure", path, losses, "the table")?;
    if same_file(&data, losses) {
        return Err(Failure::bad_input(format!(
            "--figure {}: the data behind it would be written to {}, which is the table itself; choose another name",
            path.display(),
            data.display()
        )));
    }
    refuse_foreign("--figure", path)?;
    Ok((path, output))
}

/// Draws and writes it; the paths.
pub(super) fn write(
    told: &Told<'_>,
    losses: &[Losses],
    place: (&Path, Output),
) -> Result<Vec<PathBuf>, Failure> {
    let figure = figure(told, losses);
    let paper = &told.args.paper;
    paper.write(&figure::printed(&figure, paper.format()), &figure::csv(&figure), place)
}

fn figure(told: &Told<'_>, losses: &[Losses]) -> Figure {
    let args = told.args;
    let curves: Vec<CurveView> =
        told.found.iter().zip(losses).map(|(found, losses)| curve(told, found, losses)).collect();
    let strip = |(curve, found): (&CurveView, &Found)| CurveView {
        label: curve.label.clone(),
        points: found.rate.as_ref().map_or(Vec::new(), |r| r.local_slopes.iter().map(local).collect()),
        theory: curve.theory,
        ..CurveView::default()
    };
    let strip: Vec<CurveView> = curves.iter().zip(&told.found).map(strip).collect();
    let strip = if strip.iter().any(|c| c.points.len() > 1) { strip } else { Vec::new() };
    let upwards = format!("{} of {}", args.statistic, told.columns.loss);
    let across = told.columns.size.clone();
    let title = format!("{upwards} against {across}");
    let naming = Naming { across, upwards, stated: Stated::ByClaim };
    Figure {
        title: title.clone(),
        subtitle: format!("{}; intervals of level {}.", args.losses.display(), args.level),
        panels: vec![PanelView { title, naming, curves, strip, ..PanelView::default() }],
    }
}

fn curve(told: &Told<'_>, found: &Found, losses: &Losses) -> CurveView {
    let statistic = told.args.statistic;
    let losses = losses.from(told.args.from);
    let label = if found.group.is_empty() { "all rows".to_owned() } else { found.group.clone() };
    let points = found.points.iter();
    CurveView {
        label: format!("{label}, {statistic}"),
        points: points
            .map(|p| PointView { size: p.size, estimate: p.estimate, lower: p.lower, upper: p.upper })
            .collect(),
        fit: found.rate.as_ref().ok().map(|rate| LineView {
            slope: rate.slope,
            intercept: rate.intercept,
            lower: rate.lower,
            upper: rate.upper,
            from: told.args.from,
        }),
        theory: stated(&told.args.claims),
        band: if matches!(statistic, Statistic::Exceeds(_)) { Vec::new() } else { band(&losses) },
        ..CurveView::default()
    }
}

/// The exponent that the only statement speaks of.
fn stated(claims: &[Statement]) -> Option<f64> {
    let [only] = claims else { return None };
    match only.claim {
        Claim::Equals { rate, .. } | Claim::SlowerThan { rate } | Claim::AtLeast { rate } => Some(rate),
        _ => None,
    }
}

/// Where most replications lie at every size.
fn band(losses: &Losses) -> Vec<BandView> {
    let sizes = losses.series.sizes.iter().zip(&losses.series.groups[0]);
    let of_size = |(size, values): (&u64, &Vec<f64>)| {
        let at = |p: f64| Statistic::Quantile(p).evaluate(values);
        Some(BandView { size: *size, lower: at(0.1)?, upper: at(0.9)? })
    };
    sizes.filter_map(of_size).collect()
}

fn local(slope: &LocalSlope) -> PointView {
    let middle = (slope.from as f64).sqrt() * (slope.to as f64).sqrt();
    PointView { size: middle.round() as u64, estimate: slope.slope, lower: slope.lower, upper: slope.upper }
}
