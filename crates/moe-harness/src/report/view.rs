//! The report as a figure.

use moe_core::rate::{LocalSlope, Rate, RateProblem, Unbounded};
use moe_core::statistic::Statistic;

use super::format::{per_cent, sentence};
use super::open::Asked;
use super::points::{self, Replays};
use super::text::hit_rate;
use super::{CurveReport, PanelReport, Report, format};
use crate::aggregate::{Measured, Rows, is_truth_blind};
use crate::figure::{self, CurveView, Figure, LineView, PanelView, PointView, Vertical};
use crate::quantity::{Kind, Quantity};

/// Which panels are shown.
pub(super) type Wanted<'a> = &'a dyn Fn(&PanelReport<'_>) -> bool;

/// The figure of a report: panels with their bands, and their local slopes in strips below.
pub(super) fn figure(report: &Report<'_>, rows: &Rows<'_>, replays: &Replays, wanted: Wanted<'_>) -> Figure {
    let experiment = report.experiment;
    let subtitle = format!(
        "{} Medians and other statistics of {} replications a size, {} % intervals; master seed {}.",
        sentence(&experiment.source),
        experiment.replications,
        per_cent(experiment.inference.level),
        experiment.seed
    );
    Figure {
        title: experiment.title.clone(),
        subtitle,
        panels: report
            .panels
            .iter()
            .filter(|panel| wanted(panel))
            .map(|panel| full_view(report, rows, replays, panel))
            .collect(),
    }
}

/// A panel with everything that can be seen in it.
fn full_view(report: &Report<'_>, rows: &Rows<'_>, replays: &Replays, panel: &PanelReport<'_>) -> PanelView {
    let mut view = panel_view(report, panel);
    let mut seen: Vec<_> = Vec::new();
    for (curve, c) in view.curves.iter_mut().zip(&panel.curves) {
        let Some(place) = rows.place(&c.curve.cell, &c.curve.arm) else { continue };
        let quantity = c.curve.quantity;
        curve.tags = replays.tags(rows, &place, (quantity, c.curve.statistic), &c.measured.points);
        // A proportion has no band, and two statistics of one quantity have the same.
        let own = (place.clone(), quantity);
        if !matches!(c.curve.statistic, Statistic::Exceeds(_)) && !seen.contains(&own) {
            curve.band = points::band(rows, &place, quantity);
            seen.push(own);
        }
        let asked = Asked { rows, place: &place, quantity, statistic: c.curve.statistic };
        view.notes.extend(open_note(&asked, &curve.label, c.curve.from, &c.measured.rate));
    }
    let strip = |(curve, c): (&CurveView, &CurveReport<'_>)| CurveView {
        label: curve.label.clone(),
        points: local(c),
        theory: curve.theory,
        ..CurveView::default()
    };
    view.strip = view.curves.iter().zip(&panel.curves).map(strip).collect();
    if view.strip.iter().all(|c| c.points.len() < 2) {
        view.strip = Vec::new();
    }
    view
}

fn panel_view(report: &Report<'_>, panel: &PanelReport<'_>) -> PanelView {
    let many = panel.curves.iter().any(|c| c.curve.cell != panel.curves[0].curve.cell);
    let arms = panel.curves.iter().any(|c| c.curve.arm != panel.curves[0].curve.arm);
    let mut places: Vec<(&str, &str)> = Vec::new();
    for c in &panel.curves {
        for cell in c.curve.cell.names() {
            let place = (cell.as_str(), c.curve.arm.as_str());
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    PanelView {
        title: panel.title.to_owned(),
        vertical: Vertical::Estimates,
        notes: places.iter().filter_map(|(cell, arm)| note(report, cell, arm, places.len() > 1)).collect(),
        curves: panel.curves.iter().map(|c| curve_view(c, many, arms)).collect(),
        ..PanelView::default()
    }
}

/// The figure of what the slopes do over the sizes: on the left local slopes against ln n, on the right the slopes with
/// the smallest sizes left out.
pub(super) fn slopes(report: &Report<'_>, rows: &Rows<'_>, wanted: Wanted<'_>) -> Figure {
    let subtitle = format!(
        "Left: slopes between neighbouring sizes, at their geometric mean. Right: slopes of all sizes from n on. {} % \
         intervals. Decay slower than any power climbs towards 0 on the left; over a few decades a power of ln n cannot \
         be told from a small power of n. The right side is shown, not chosen from: no verdict uses it.",
        per_cent(report.experiment.inference.level)
    );
    let panels = report.panels.iter().filter(|panel| wanted(panel)).flat_map(|panel| {
        let sides = [("local slopes", local as Reading), ("smallest sizes left out", path as Reading)];
        sides.map(|(words, read)| {
            let PanelView { title, curves, .. } = panel_view(report, panel);
            let curves = curves.into_iter().zip(&panel.curves);
            let curves: Vec<_> =
                curves.map(|(view, c)| CurveView { points: read(c), fit: None, ..view }).collect();
            PanelView {
                title: format!("{title}: {words}"),
                vertical: Vertical::Slopes,
                notes: curves.iter().zip(&panel.curves).filter_map(|(v, c)| endless(rows, v, c)).collect(),
                curves,
                ..PanelView::default()
            }
        })
    });
    let title = format!("{}: the slopes over the sizes", report.experiment.title);
    Figure { title, subtitle, panels: panels.collect() }
}

/// Why some of the slopes of a curve have intervals without an end, where some have.
fn endless(rows: &Rows<'_>, view: &CurveView, c: &CurveReport<'_>) -> Option<String> {
    if !view.points.iter().any(|p| p.lower.is_infinite() || p.upper.is_infinite()) {
        return None;
    }
    let place = rows.place(&c.curve.cell, &c.curve.arm)?;
    let (quantity, statistic) = (c.curve.quantity, c.curve.statistic);
    let asked = Asked { rows, place: &place, quantity, statistic };
    let why = asked.any(c.stability.as_ref()?.unbounded(), size)?;
    Some(format!("{}: some intervals have no end, since {why}.", view.label))
}

/// How slopes are read off a curve.
type Reading = fn(&CurveReport<'_>) -> Vec<PointView>;

fn local(curve: &CurveReport<'_>) -> Vec<PointView> {
    let slopes = curve.stability.as_ref().map_or(&[][..], |s| s.local_slopes());
    let middle = |from: u64, to: u64| (from as f64).sqrt() * (to as f64).sqrt();
    let point = |l: &LocalSlope| PointView {
        size: middle(l.from, l.to).round() as u64,
        estimate: l.slope,
        lower: l.lower,
        upper: l.upper,
    };
    slopes.iter().map(point).collect()
}

fn path(curve: &CurveReport<'_>) -> Vec<PointView> {
    let steps = curve.stability.iter().flat_map(|s| &s.path);
    let point = |(from, rate): (u64, &Rate)| PointView {
        size: from,
        estimate: rate.slope,
        lower: rate.lower,
        upper: rate.upper,
    };
    steps.filter_map(|step| Some(point((step.from, step.rate.as_ref().ok()?)))).collect()
}

/// What became of the fits of an arm in a cell, named where several are.
pub(super) fn note(report: &Report<'_>, cell: &str, arm: &str, several: bool) -> Option<String> {
    let (name, arm) = (arm, report.arm(cell, arm)?);
    let fits = &arm.fits;
    let mut note = if several { format!("{cell}, {name}: ") } else { String::new() };
    if !is_truth_blind(&report.experiment.arms[arm.arm]) {
        note += "given the truth; ";
    }
    note += &format!("{} of {} fits certified", format::share(fits.certified, fits.rows), fits.rows);
    if fits.at_box > 0 {
        note += &format!("; {} at the box", format::share(fits.at_box, fits.rows));
    }
    if let Some(hits) = &arm.hit_rate {
        note += &format!("; search hit rate {}", hit_rate(hits));
    }
    Some(note)
}

fn curve_view(report: &CurveReport<'_>, many: bool, arms: bool) -> CurveView {
    let curve = report.curve;
    let mut label = label(curve.quantity, curve.statistic);
    if many {
        label = format!("{}: {label}", curve.cell);
    }
    if arms {
        label = format!("{label} ({})", curve.arm);
    }
    CurveView { label, theory: curve.theory, ..measured_view(&report.measured, curve.from) }
}

/// Why the interval of a curve's slope has no end, where it has none, and why there is no slope where the statistic is
/// infinite.
pub(super) fn open_note(
    asked: &Asked<'_>,
    label: &str,
    from: u64,
    rate: &Result<Rate, RateProblem>,
) -> Option<String> {
    let why = match rate {
        Ok(rate) => asked.slope(from, rate, size)?,
        Err(RateProblem::NoLogarithm { size: at, value: f64::INFINITY, .. }) => {
            let groups = (0..asked.place.cells.len()).collect();
            let infinite = Unbounded { size: *at, below: false, above: true, groups };
            format!("no slope, since {}", asked.any(&[infinite], size)?)
        }
        Err(_) => return None,
    };
    Some(format!("{label}: {why}."))
}

/// What was measured, as points and a fitted line.
pub(super) fn measured_view(measured: &Measured, from: u64) -> CurveView {
    let points = measured.points.iter();
    CurveView {
        points: points
            .map(|p| PointView { size: p.size, estimate: p.estimate, lower: p.lower, upper: p.upper })
            .collect(),
        fit: measured.rate.as_ref().ok().map(|rate| LineView {
            slope: rate.slope,
            intercept: rate.intercept,
            lower: rate.lower,
            upper: rate.upper,
            from,
        }),
        ..CurveView::default()
    }
}

/// A size as it is read in a figure: powers of ten with a raised exponent.
pub(super) fn size(n: u64) -> String {
    let text = format::size(n);
    match text.strip_prefix("10^").and_then(|exponent| exponent.parse().ok()) {
        Some(exponent) => figure::power_of_ten(exponent),
        None => text,
    }
}

/// A quantity and a statistic as a reader of the paper writes them.
pub(super) fn label(quantity: Quantity, statistic: Statistic) -> String {
    let name = match quantity.kind {
        Kind::D1 => "D₁".to_owned(),
        Kind::D2 => "D₂".to_owned(),
        Kind::D34 => "D₃,₄".to_owned(),
        Kind::D38 => "D₃,₈".to_owned(),
        Kind::Hellinger => "Hellinger".to_owned(),
        Kind::TotalVariation => "total variation".to_owned(),
        Kind::Kl => "KL".to_owned(),
        kind => kind.name().replace('_', " "),
    };
    let name = match quantity.atom {
        Some(atom) => format!("{name}, atom {atom}"),
        None if matches!(
            quantity.kind,
            Kind::Root | Kind::RootGate | Kind::RootIntercept | Kind::RootSlope
        ) =>
        {
            format!("{name}, over-fitted")
        }
        None => name,
    };
    match statistic {
        Statistic::Exceeds(c) => format!("P({name} > {c})"),
        Statistic::Quantile(p) => format!("{name}, {p} quantile"),
        other => format!("{name}, {other}"),
    }
}
