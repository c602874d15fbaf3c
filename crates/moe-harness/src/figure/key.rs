//! The key to lines and markers below all panels of a page.

use super::canvas::{Canvas, Stroke, Type};
use super::font::Weight;
use super::ranges::Ranges;
use super::style::{self, MARKER, MUTED, NOTE, pitch};
use super::{PanelView, Stated, Vertical};

/// What goes on beyond the axes of some panels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Beyond {
    /// Intervals, outside of strips.
    intervals: bool,
    /// Slopes in strips.
    slopes: bool,
    /// Intervals of slopes in strips.
    strips: bool,
}

impl Beyond {
    /// Of panels that show these ranges of values.
    pub(super) fn of(panels: &[PanelView], ranges: &Ranges, first: usize) -> Self {
        let intervals = panels.iter().zip(&ranges.values[first..]).any(|(panel, range)| {
            panel.curves.iter().flat_map(|c| &c.points).any(|p| panel.vertical.goes_on(p, *range))
        });
        let strips = || panels.iter().flat_map(|p| &p.strip).flat_map(|c| &c.points);
        let slopes = strips().any(|p| Vertical::Slopes.outside(p.estimate, ranges.strip).is_some());
        let goes_on = strips().any(|p| Vertical::Slopes.goes_on(p, ranges.strip));
        Self { intervals, slopes, strips: goes_on }
    }
}

/// What a key entry shows before its words.
#[derive(Clone, Copy)]
enum Sample {
    Point { hollow: bool },
    Fitted { wedge: bool },
    Theory,
    Band,
    Guide(f64),
    Arrow,
    Edge,
}

/// The entries of the key, as far as the panels have them.
fn entries(panels: &[PanelView], beyond: Beyond) -> Vec<(Sample, String)> {
    let curves = || panels.iter().flat_map(|p| &p.curves);
    let slopes = panels.iter().any(|p| p.vertical == Vertical::Slopes);
    let fitted = curves().any(|c| c.fit.is_some());
    let stated = panels.first().map_or(Stated::default(), |p| p.naming.stated).slope();
    let through = if slopes || !fitted { "" } else { ", through the middle of the fitted line" };
    let theory = format!("{stated}{through}");
    let mut guides: Vec<f64> = panels.iter().flat_map(|p| p.guides.iter().copied()).collect();
    guides.sort_by(f64::total_cmp);
    guides.dedup();
    let all = [
        (
            curves().any(|c| !c.points.is_empty()),
            Sample::Point { hollow: false },
            "estimate and its interval",
        ),
        (beyond.intervals, Sample::Arrow, "an interval goes on beyond the axis"),
        (
            curves().any(|c| c.points.iter().any(|p| !c.uses(p))),
            Sample::Point { hollow: true },
            "size left out of the fitted line",
        ),
        (fitted, Sample::Fitted { wedge: true }, "fitted line, and the lines of its slope's interval"),
        (curves().any(|c| c.theory.is_some()), Sample::Theory, &theory),
        (curves().any(|c| !c.band.is_empty()), Sample::Band, "0.1 to 0.9 quantile of the replications"),
    ];
    let mut shown: Vec<_> = all.into_iter().filter(|e| e.0).map(|e| (e.1, e.2.to_owned())).collect();
    shown.extend(
        guides.into_iter().map(|slope| (Sample::Guide(slope), format!("guide {}", power_of_n(slope)))),
    );
    if panels.iter().any(|p| !p.strip.is_empty()) {
        let arrows = if beyond.strips && !beyond.intervals { "; arrows: an interval goes on" } else { "" };
        let words = format!("strips: slopes between neighbouring sizes{arrows}");
        shown.push((Sample::Point { hollow: false }, words));
    }
    if beyond.slopes {
        shown.push((Sample::Edge, "a slope beyond its strip".to_owned()));
    }
    shown
}

/// A power of n as it is read, for example n⁻¹⁄².
fn power_of_n(exponent: f64) -> String {
    let fraction = [(-0.5, "⁻¹⁄²"), (-0.25, "⁻¹⁄⁴")].into_iter().find(|known| known.0 == exponent);
    fraction.map_or_else(|| format!("n^{exponent}").replace('-', "−"), |(_, raised)| format!("n{raised}"))
}

/// Draws the key to lines and markers, as far as the panels have them; returns where it ends.
pub(super) fn key(
    canvas: &mut Canvas,
    (panels, beyond): (&[PanelView], Beyond),
    (left, right): (f64, f64),
    top: f64,
) -> f64 {
    canvas.begin("key");
    let (mut x, mut base) = (left, top + NOTE);
    for (sample, words) in entries(panels, beyond) {
        for (line, words) in Weight::Regular.wrap(&words, NOTE, right - left - 26.0, 3).iter().enumerate() {
            let needed = 26.0 + Weight::Regular.width(words, NOTE);
            if line > 0 || (x > left && x + needed > right) {
                (x, base) = (left, base + 1.3 * pitch(NOTE));
            }
            if line == 0 {
                sample.draw(canvas, (x, base - 3.4));
            }
            canvas.text((x + 26.0, base), words, Type::new(NOTE, MUTED));
            x += needed + 18.0;
        }
    }
    base + 4.0
}

impl Sample {
    fn draw(self, canvas: &mut Canvas, at: (f64, f64)) {
        let (end, middle) = ((at.0 + 20.0, at.1), (at.0 + 10.0, at.1));
        match self {
            Sample::Point { hollow } => {
                canvas.line((middle.0, at.1 - 6.5), (middle.0, at.1 + 6.5), Stroke::solid(MUTED, 1.1));
                for y in [at.1 - 6.5, at.1 + 6.5] {
                    canvas.line((middle.0 - 2.6, y), (middle.0 + 2.6, y), Stroke::solid(MUTED, 1.1));
                }
                canvas.disc(middle, MUTED, hollow);
            }
            Sample::Fitted { wedge } => {
                if wedge {
                    let corners =
                        [(at.0, at.1 - 4.0), (at.0, at.1 + 4.0), (end.0, at.1 - 4.0), (end.0, at.1 + 4.0)];
                    canvas.area(corners.to_vec(), MUTED, style::WEDGE);
                }
                canvas.line(at, end, Stroke::solid(MUTED, 1.7));
            }
            Sample::Band => {
                let corners =
                    [(at.0, at.1 - 5.0), (end.0, at.1 - 5.0), (end.0, at.1 + 5.0), (at.0, at.1 + 5.0)];
                canvas.area(corners.to_vec(), MUTED, style::BAND);
            }
            Sample::Guide(slope) => canvas.line(
                at,
                end,
                Stroke { dashes: Some(style::guide(slope)), ..Stroke::solid(MUTED, 1.0) },
            ),
            Sample::Arrow => {
                let (top, bottom) = (at.1 - 6.5, at.1 + 6.5);
                for (from, to) in [
                    ((middle.0, bottom), (middle.0, top)),
                    ((middle.0 - 2.4, top + 4.0), (middle.0, top)),
                    ((middle.0 + 2.4, top + 4.0), (middle.0, top)),
                ] {
                    canvas.line(from, to, Stroke::solid(MUTED, 1.1));
                }
            }
            Sample::Edge => {
                let (tip, back) = (at.1 - 0.9 * MARKER, at.1 + 0.9 * MARKER);
                let arrow = [(middle.0, tip), (middle.0 + MARKER, back), (middle.0 - MARKER, back)];
                canvas.polygon(&arrow, MUTED, Stroke::solid("#ffffff", 0.7));
            }
            Sample::Theory => canvas.line(at, end, Stroke::dashed(MUTED, 1.2)),
        }
    }
}
