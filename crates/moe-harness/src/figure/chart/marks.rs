//! What is drawn in a chart.

use super::super::canvas::{Canvas, Stroke};
use super::super::style::{self, INK, MARKER, MUTED};
use super::axes::Plot;
use super::{Look, Mark};

/// Half the size of a small point, and of a small cross.
const DOT: f64 = 1.5;
const CROSS: f64 = 2.4;

/// A small point, filled as dark as this.
fn dot(canvas: &mut Canvas, (colour, look): (usize, Look), at: (f64, f64), opacity: f64) {
    match look {
        Look::Full => canvas.speck(colour, at, DOT, opacity),
        Look::Hollow => canvas.ring(colour, at, DOT),
        Look::Cross => canvas.cross(colour, at, CROSS),
    }
}

pub(super) fn draw(canvas: &mut Canvas, plot: &Plot, mark: &Mark) {
    match mark {
        Mark::Dots { points, colour, look, tags } => {
            for (i, point) in points.iter().enumerate() {
                let Some(at) = plot.clamped(*point) else { continue };
                dot(canvas, (*colour, *look), at, 0.45);
                canvas.tag(tags.get(i));
            }
        }
        Mark::Line { points, colour } => {
            let line: Vec<_> = points.iter().filter_map(|p| plot.clamped(*p)).collect();
            if line.len() > 1 {
                canvas.curve(line, line_stroke(*colour));
            }
        }
        Mark::Band { points, colour } => {
            let place = |x: f64, y: f64| plot.clamped((x, y));
            let pairs =
                points.iter().filter_map(|(x, low, high)| Some((place(*x, *low)?, place(*x, *high)?)));
            let (low, high): (Vec<_>, Vec<_>) = pairs.unzip();
            if low.len() > 1 {
                let corners = low.into_iter().chain(high.into_iter().rev()).collect();
                canvas.area(corners, style::colour(*colour), style::BAND);
            }
        }
        Mark::Interval { at, ends, across, colour, tag } => {
            interval(canvas, plot, (*at, *ends), *across, *colour);
            canvas.tag(tag.as_ref());
        }
        Mark::Truth { at } => {
            let Some((x, y)) = plot.clamped(*at) else { return };
            for (ink, width) in [("#ffffff", 3.0), (INK, 1.2)] {
                let r = 6.5;
                canvas.line((x - r, y), (x + r, y), Stroke::solid(ink, width));
                canvas.line((x, y - r), (x, y + r), Stroke::solid(ink, width));
            }
        }
        Mark::Guide { at, upright } => {
            let stroke = Stroke::dashed(MUTED, 1.0);
            let ((left, right), (low, high)) = (plot.x.ends, plot.y.ends);
            if *upright && plot.x.range.holds(*at) {
                canvas.line((plot.x.at(*at), low), (plot.x.at(*at), high), stroke);
            } else if !*upright && plot.y.range.holds(*at) {
                canvas.line((left, plot.y.at(*at)), (right, plot.y.at(*at)), stroke);
            }
        }
    }
}

/// The stroke of a line that has no markers of its own.
fn line_stroke(curve: usize) -> Stroke {
    Stroke { dashes: style::pattern(curve), ..Stroke::solid(style::colour(curve), 1.5) }
}

fn interval(
    canvas: &mut Canvas,
    plot: &Plot,
    (at, ends): ((f64, f64), (f64, f64)),
    across: bool,
    colour: usize,
) {
    let place = |value: f64| plot.clamped(if across { (value, at.1) } else { (at.0, value) });
    let stroke = Stroke::solid(style::colour(colour), 1.3);
    if let (Some(low), Some(high)) = (place(ends.0), place(ends.1)) {
        canvas.line(low, high, stroke);
        for end in [low, high] {
            let (from, to) = if across {
                ((end.0, end.1 - 3.0), (end.0, end.1 + 3.0))
            } else {
                ((end.0 - 3.0, end.1), (end.0 + 3.0, end.1))
            };
            canvas.line(from, to, stroke);
        }
    }
    if let Some(middle) = plot.clamped(at) {
        canvas.marker(colour, middle, style::again(colour));
    }
}

/// A sample of a mark for the key, with its middle at a place.
pub(super) fn sample(canvas: &mut Canvas, mark: &Mark, (x, y): (f64, f64)) {
    match mark {
        Mark::Dots { colour, look, .. } => {
            for dx in [-6.0, 0.0, 6.0] {
                dot(canvas, (*colour, *look), (x + dx, y), 0.8);
            }
        }
        Mark::Line { colour, .. } => {
            canvas.line((x - 9.0, y), (x + 9.0, y), line_stroke(*colour));
        }
        Mark::Band { colour, .. } => {
            let corners = [(x - 9.0, y - 5.0), (x + 9.0, y - 5.0), (x + 9.0, y + 5.0), (x - 9.0, y + 5.0)];
            canvas.area(corners.to_vec(), style::colour(*colour), style::BAND);
        }
        Mark::Interval { colour, across, .. } => {
            let (dx, dy) = if *across { (8.0, 0.0) } else { (0.0, 2.0 * MARKER) };
            let stroke = Stroke::solid(style::colour(*colour), 1.3);
            canvas.line((x - dx, y - dy), (x + dx, y + dy), stroke);
            canvas.marker(*colour, (x, y), style::again(*colour));
        }
        Mark::Truth { .. } => {
            canvas.line((x - 5.0, y), (x + 5.0, y), Stroke::solid(INK, 1.5));
            canvas.line((x, y - 5.0), (x, y + 5.0), Stroke::solid(INK, 1.5));
        }
        Mark::Guide { .. } => canvas.line((x - 9.0, y), (x + 9.0, y), Stroke::dashed(MUTED, 1.0)),
    }
}

impl Plot {
    /// Where a point is drawn: its place, or the nearest on the frame; `None` when it is not a number.
    fn clamped(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        if x.is_nan() || y.is_nan() {
            return None;
        }
        let (a, b) = (self.x.range, self.y.range);
        Some((self.x.at(x.clamp(a.low, a.high)), self.y.at(y.clamp(b.low, b.high))))
    }
}
