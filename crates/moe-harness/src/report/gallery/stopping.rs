//! Arms side by side: what each estimates on the same data, and the slopes that this gives.

use moe_core::numeric::log10;
use moe_core::verdict::Claim as Statement;

use super::super::format::per_cent;
use super::super::view::{label, note};
use super::super::{ArmSlope, Report};
use super::{Ask, Made};
use crate::aggregate::is_truth_blind;
use crate::experiment::{Claim, Curve, Expectation};
use crate::figure::chart::{Chart, Mark, Scale, Sheet, Ticks};

pub(super) fn stopping(report: &Report<'_>, ask: &Ask) -> Result<Made, String> {
    let experiment = report.experiment;
    let mut csv = String::from("cell,quantity,statistic,from,arm,kind,size,estimate,lower,upper,theory\n");
    let mut charts = Vec::new();
    let mut groups: Vec<Vec<&ArmSlope<'_>>> = Vec::new();
    for slope in report.panels.iter().flat_map(|p| &p.arms) {
        let cell = &experiment.cells[slope.cell].name;
        let arm = &experiment.arms[slope.arm].name;
        if (!ask.cells.is_empty() && !ask.cells.contains(cell))
            || (!ask.arms.is_empty() && !ask.arms.contains(arm))
        {
            continue;
        }
        match groups.iter_mut().find(|g| same(g[0].curve, slope.curve)) {
            // Two panels may ask the same.
            Some(group) if group.iter().any(|s| s.arm == slope.arm) => {}
            Some(group) => group.push(slope),
            None => groups.push(vec![slope]),
        }
    }
    groups.retain(|group| group.len() > 1);
    for group in &groups {
        group.iter().for_each(|s| csv += &lines(report, s));
        charts.extend([estimates(report, group), slopes(report, group)]);
    }
    if charts.is_empty() {
        return Err("no panel shows a cell that several arms fit, so there is nothing to compare; give a panel curves \
                    of a cell with two arms that audit no other"
            .into());
    }
    let interval = Mark::Interval { at: (0.0, 0.0), ends: (0.0, 0.0), across: true, colour: 0, tag: None };
    let mut key = vec![(
        interval,
        "slope with its interval; colours and shapes of arms are the same in both charts; arms marked * were given the \
         truth"
            .to_owned(),
    )];
    key.extend(key_of_guides(report, &groups));
    let sheet = Sheet {
        title: format!("{}: arms on the same data", experiment.title),
        subtitle: format!(
            "Left: estimates by size. Right: the slopes of the same arms with {} % intervals. Master seed {}.",
            per_cent(experiment.inference.level),
            experiment.seed
        ),
        charts,
        columns: 2,
        shared: false,
        aspect: 0.72,
        key,
    };
    Ok(Made::sheet(sheet, csv))
}

/// What the lines of stated slopes mean, of the sorts that are drawn.
fn key_of_guides(report: &Report<'_>, groups: &[Vec<&ArmSlope<'_>>]) -> Vec<(Mark, String)> {
    let drawn: Vec<Mark> = groups.iter().flat_map(|group| guides(report, group)).collect();
    let through = drawn.iter().find(|mark| matches!(mark, Mark::Guide { .. }));
    let in_row = drawn.iter().find(|mark| matches!(mark, Mark::Line { .. }));
    let source = "slope that panels state or, where they state none, the claims on it";
    let through = through.map(|mark| (mark.clone(), source.to_owned()));
    let in_row = in_row.map(|mark| (mark.clone(), format!("{source}, for the arm of this row alone")));
    through.into_iter().chain(in_row).collect()
}

/// The exponents that are stated of a series, each with its arm: by panels and, for arms of which no panel states one, by
/// claims. What a claim is expected to refute is not stated.
fn statements<'a>(report: &'a Report<'_>, curve: &Curve) -> Vec<(&'a str, f64)> {
    let curves = report.panels.iter().flat_map(|p| &p.curves).map(|c| c.curve).filter(|c| same(c, curve));
    let of_panels: Vec<_> = curves.filter_map(|c| Some((c.arm.as_str(), c.theory?))).collect();
    let of_claims = report.experiment.claims.iter().filter_map(|claim| match claim.statement {
        Statement::Equals { rate, .. } if is_stated_of(claim, curve) => Some((claim.arm.as_str(), rate)),
        _ => None,
    });
    let others = of_claims.filter(|(arm, _)| of_panels.iter().all(|(drawn, _)| drawn != arm));
    others.chain(of_panels.iter().copied()).collect()
}

fn is_stated_of(claim: &Claim, curve: &Curve) -> bool {
    let series = (&claim.cell, claim.quantity, claim.statistic, claim.from);
    series == (&curve.cell, curve.quantity, curve.statistic, curve.from) && claim.expect == Expectation::Agree
}

/// The exponent that is stated of an arm: its own; where it has none, the only one that is stated of the series. Two of one
/// arm contradict each other, and neither is taken.
fn stated(report: &Report<'_>, slope: &ArmSlope<'_>) -> Option<f64> {
    let arm = &report.experiment.arms[slope.arm].name;
    let all = statements(report, slope.curve);
    let own = || all.iter().filter(|(name, _)| name == arm).map(|(_, rate)| *rate);
    if own().next().is_some() { only(own()) } else { only(all.iter().map(|(_, rate)| *rate)) }
}

/// The value that all are.
fn only(mut values: impl Iterator<Item = f64>) -> Option<f64> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// The exponent that is stated of every arm alike.
fn common(report: &Report<'_>, group: &[&ArmSlope<'_>]) -> Option<f64> {
    let stated: Option<Vec<f64>> = group.iter().map(|slope| stated(report, slope)).collect();
    only(stated?.into_iter())
}

fn same(a: &Curve, b: &Curve) -> bool {
    (&a.cell, a.quantity, a.statistic, a.from) == (&b.cell, b.quantity, b.statistic, b.from)
}

fn name(report: &Report<'_>, slope: &ArmSlope<'_>) -> String {
    let arm = &report.experiment.arms[slope.arm];
    format!("{}{}", arm.name, if is_truth_blind(arm) { "" } else { " *" })
}

fn title(report: &Report<'_>, slope: &ArmSlope<'_>) -> String {
    let cell = &report.experiment.cells[slope.cell].name;
    format!("{cell}: {}", label(slope.curve.quantity, slope.curve.statistic))
}

/// What became of the fits of an arm.
fn fits(report: &Report<'_>, slope: &ArmSlope<'_>) -> Option<String> {
    let experiment = report.experiment;
    note(report, &experiment.cells[slope.cell].name, &experiment.arms[slope.arm].name, true)
}

fn estimates(report: &Report<'_>, group: &[&ArmSlope<'_>]) -> Chart {
    let mut marks = Vec::new();
    for (colour, slope) in group.iter().enumerate() {
        let points = slope.measured.points.iter();
        let points: Vec<_> = points.map(|p| (log10(p.size as f64), log10(p.estimate))).collect();
        marks.push(Mark::Line { points: points.clone(), colour });
        marks.extend(points.into_iter().map(|at| Mark::Interval {
            at,
            ends: (f64::NAN, f64::NAN),
            across: false,
            colour,
            tag: None,
        }));
    }
    let all = || group.iter().flat_map(|s| &s.measured.points);
    Chart {
        title: title(report, group[0]),
        x: Scale::over("sample size n", Ticks::Powers, all().map(|p| log10(p.size as f64))),
        y: Scale::over("estimate", Ticks::Powers, all().map(|p| log10(p.estimate))),
        marks,
        notes: group.iter().filter_map(|slope| fits(report, slope)).collect(),
    }
}

fn slopes(report: &Report<'_>, group: &[&ArmSlope<'_>]) -> Chart {
    let mut values: Vec<f64> = group.iter().filter_map(|slope| stated(report, slope)).collect();
    let is_stated = !values.is_empty();
    let mut marks = guides(report, group);
    for (row, slope) in group.iter().enumerate() {
        let Ok(rate) = &slope.measured.rate else { continue };
        let (at, ends) = ((rate.slope, row as f64), (rate.lower, rate.upper));
        values.extend([rate.slope, rate.lower.max(rate.slope - 1.0), rate.upper.min(rate.slope + 1.0)]);
        marks.push(Mark::Interval { at, ends, across: true, colour: row, tag: None });
    }
    let names = group.iter().map(|s| name(report, s)).collect();
    let (from, sizes) = (group[0].curve.from, &report.experiment.sizes);
    let mut title = if sizes.first().is_none_or(|least| from <= *least) {
        "slope".to_owned()
    } else {
        format!("slope of sizes from {} on", super::super::view::size(from))
    };
    if !is_stated {
        let none = statements(report, group[0].curve).is_empty();
        title += if none { ": none is stated" } else { ": no single one is stated" };
    }
    Chart {
        title,
        x: Scale::over("slope", Ticks::Linear, values.into_iter()),
        y: Scale::names("", names),
        marks,
        notes: Vec::new(),
    }
}

/// What is stated: one line through all rows where it is the same of every arm, else one in the row of each arm.
fn guides(report: &Report<'_>, group: &[&ArmSlope<'_>]) -> Vec<Mark> {
    if let Some(at) = common(report, group) {
        return vec![Mark::Guide { at, upright: true }];
    }
    let of_row = |(row, slope): (usize, &&ArmSlope<'_>)| {
        let (at, row_at) = (stated(report, slope)?, row as f64);
        Some(Mark::Line { points: vec![(at, row_at - 0.35), (at, row_at + 0.35)], colour: row })
    };
    group.iter().enumerate().filter_map(of_row).collect()
}

fn lines(report: &Report<'_>, slope: &ArmSlope<'_>) -> String {
    let c = slope.curve;
    let (cell, arm) = (&report.experiment.cells[slope.cell].name, &report.experiment.arms[slope.arm].name);
    let start = format!("{cell},{},{},{},{arm}", c.quantity, c.statistic, c.from);
    let mut out = String::new();
    for p in &slope.measured.points {
        out += &format!("{start},point,{},{:?},{:?},{:?},\n", p.size, p.estimate, p.lower, p.upper);
    }
    if let Ok(rate) = &slope.measured.rate {
        let theory = stated(report, slope).map_or(String::new(), |t| format!("{t:?}"));
        out += &format!("{start},slope,,{:?},{:?},{:?},{theory}\n", rate.slope, rate.lower, rate.upper);
    }
    out
}
