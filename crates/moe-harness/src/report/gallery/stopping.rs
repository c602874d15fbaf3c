//! Arms side by side: what each estimates on the same data, and the slopes that this gives.

use moe_core::numeric::log10;
use moe_core::verdict::Claim as Statement;

use super::super::format::per_cent;
use super::super::view::label;
use super::super::{ArmSlope, Report};
use super::{Ask, Made};
use crate::aggregate::is_truth_blind;
use crate::experiment::{Claim, Curve};
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
    if groups.iter().any(|g| !stated(report, g[0].curve).is_empty()) {
        let words = "slope that panels state or, where they state none, the claims on it";
        key.push((Mark::Guide { at: 0.0, upright: true }, words.into()));
    }
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

/// The slopes that are stated of a series: by panels, of whichever arm; where they state none, by claims that agree.
fn stated(report: &Report<'_>, curve: &Curve) -> Vec<f64> {
    let mut slopes: Vec<f64> = Vec::new();
    for slope in report.panels.iter().flat_map(|p| &p.curves).filter(|c| same(c.curve, curve)) {
        slopes.extend(slope.curve.theory.filter(|t| !slopes.contains(t)));
    }
    if slopes.is_empty() {
        let of_series = |c: &&Claim| {
            (&c.cell, c.quantity, c.statistic, c.from)
                == (&curve.cell, curve.quantity, curve.statistic, curve.from)
        };
        for claim in report.experiment.claims.iter().filter(of_series) {
            let Statement::Equals { rate, .. } = claim.statement else { continue };
            slopes.extend((!slopes.contains(&rate)).then_some(rate));
        }
        // Several exponents of claims belong to several arms, and none of them to the series.
        slopes.truncate(if slopes.len() == 1 { 1 } else { 0 });
    }
    slopes
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
    }
}

fn slopes(report: &Report<'_>, group: &[&ArmSlope<'_>]) -> Chart {
    let stated = stated(report, group[0].curve);
    let mut marks: Vec<Mark> = stated.iter().map(|at| Mark::Guide { at: *at, upright: true }).collect();
    let mut values = stated.clone();
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
    if stated.is_empty() {
        title += ": none is stated";
    }
    Chart {
        title,
        x: Scale::over("slope", Ticks::Linear, values.into_iter()),
        y: Scale::names("", names),
        marks,
    }
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
        let theory: Vec<String> = stated(report, c).iter().map(|t| format!("{t:?}")).collect();
        let theory = theory.join(" ");
        out += &format!("{start},slope,,{:?},{:?},{:?},{theory}\n", rate.slope, rate.lower, rate.upper);
    }
    out
}
