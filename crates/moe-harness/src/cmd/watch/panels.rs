//! The panels of an experiment as they stand: what is drawn of each curve, and its slope in words.

use moe_core::numeric::log10;

use super::plot;
use super::tiles::{Panel, Words};
use crate::aggregate::Rows;
use crate::experiment::Curve;
use crate::live;
use crate::report::text;

/// Every panel, drawn from the rows that are there.
pub(super) fn panels(rows: &Rows<'_>) -> Vec<Panel> {
    let experiment = rows.experiment();
    let (least, most) = (experiment.sizes.first(), experiment.sizes.last());
    let (least, most) = (*least.unwrap_or(&1), *most.unwrap_or(&1));
    let panels = experiment.panels.iter().map(|panel| Panel {
        title: panel.title.clone(),
        sizes: (logarithm(least), logarithm(most)),
        names: (name(least), name(most)),
        curves: panel.curves.iter().enumerate().map(|(i, c)| drawn(rows, c, i == 0)).collect(),
    });
    panels.collect()
}

/// A curve; where several cross, the fitted line of the first alone can be read.
fn drawn(rows: &Rows<'_>, curve: &Curve, with_line: bool) -> (plot::Curve, Words) {
    let so_far = live::slope(rows, curve, rows.experiment().inference.resamples as usize);
    let there = live::estimates(rows, curve);
    let place = |p: &live::SoFar| p.estimate.map(|estimate| (logarithm(p.size), log10(estimate)));
    let points: Vec<(f64, f64)> = there.iter().filter_map(place).collect();
    let name = format!("{} {}", curve.quantity, curve.statistic);
    let theory = curve.theory.map_or(String::new(), exponent);
    let Some(so_far) = so_far else {
        let slope = format!("{} of {} sizes", points.len(), there.len());
        return (plot::Curve { points, ..plot::Curve::default() }, Words { name, slope, theory });
    };
    let rate = &so_far.rate;
    // Logarithms are natural in a rate, and decimal in a figure.
    let at = |n: u64| (logarithm(n), rate.intercept / std::f64::consts::LN_10 + rate.slope * logarithm(n));
    let ends = (rate.points.first(), rate.points.last());
    let line = ends.0.zip(ends.1).filter(|_| with_line).map(|(first, last)| [at(first.size), at(last.size)]);
    let bars = rate.points.iter().map(|p| (logarithm(p.size), log10(p.lower.max(0.0)), log10(p.upper)));
    let slope = format!("{} [{}, {}]", exponent(rate.slope), exponent(rate.lower), exponent(rate.upper));
    (plot::Curve { points, bars: bars.collect(), line }, Words { name, slope, theory })
}

/// An exponent in two decimals.
fn exponent(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.as_str() {
        _ if value.is_infinite() => text::slope(value),
        "-0.00" => "0.00".to_owned(),
        _ => text.replace('-', "−"),
    }
}

fn logarithm(size: u64) -> f64 {
    log10(size as f64)
}

/// A size without blanks.
fn name(size: u64) -> String {
    text::size(size).replace(' ', "")
}
