//! The strip under a panel: a row for every curve with its slopes, then the notes.

use super::canvas::{Anchor, Canvas, Stroke, Type};
use super::font::Weight;
use super::place::OffScale;
use super::style::{self, INK, LABEL, MUTED, NOTE, pitch};
use super::{CurveView, LineView, PanelView, Vertical};

/// Width of the sample before a label, of the dashes before the theory's exponent, and of the gaps between columns.
const SAMPLE: f64 = 26.0;
const DASH: f64 = 20.0;
const GAP: f64 = 14.0;

/// Head of the first column of numbers, and what stands where there is none; the second says who states them.
const SLOPE: &str = "slope [interval]";
const NONE: &str = "–";

/// The rows of a panel's legend and its notes, broken into lines for a given width.
pub(super) struct Legend {
    rows: Vec<Row>,
    notes: Vec<String>,
    width: f64,
    theory_width: f64,
}

struct Row {
    label: Vec<String>,
    slope: String,
    theory: String,
}

impl Legend {
    /// Sets the legend of a panel in a strip of this width.
    pub(super) fn new(panel: &PanelView, width: f64) -> Self {
        let mut rows: Vec<Row> = panel.curves.iter().map(|c| Row::new(c, panel.vertical)).collect();
        let widest = |head: &str, text: fn(&Row) -> &str| {
            let head = Weight::Regular.width(head, NOTE);
            rows.iter().map(|r| Weight::Regular.width(text(r), LABEL)).fold(head, f64::max)
        };
        let slope_width = widest(SLOPE, |r| &r.slope);
        let theory_width = GAP + (DASH + 5.0) + widest(panel.naming.stated.word(), |r| &r.theory);
        let room = width - SAMPLE - 8.0 - GAP - slope_width - theory_width;
        for (row, curve) in rows.iter_mut().zip(&panel.curves) {
            row.label = Weight::Regular.wrap(&curve.label, LABEL, room, 3);
        }
        let notes = panel.notes.iter().cloned().chain(off_scale_note(panel));
        let notes = notes.flat_map(|n| Weight::Regular.wrap(&n, NOTE, width, 4)).collect();
        Self { rows, notes, width, theory_width }
    }

    /// Height of the strip.
    pub(super) fn height(&self) -> f64 {
        let head = if self.rows.is_empty() { 0.0 } else { pitch(NOTE) + 2.0 };
        let rows: f64 = self.rows.iter().map(Row::height).sum();
        let notes = if self.notes.is_empty() { 0.0 } else { 5.0 };
        (self.notes.len() as f64).mul_add(pitch(NOTE), head + rows + notes)
    }

    /// Draws the strip with its upper left corner at `corner`.
    pub(super) fn draw(&self, canvas: &mut Canvas, panel: &PanelView, corner: (f64, f64)) {
        let (left, right) = (corner.0, corner.0 + self.width);
        let mut y = corner.1;
        if !self.rows.is_empty() {
            let set = Type::new(NOTE, MUTED).anchored(Anchor::End);
            if panel.vertical == Vertical::Estimates {
                canvas.text((right - self.theory_width, y + NOTE), SLOPE, set);
            }
            canvas.text((right, y + NOTE), panel.naming.stated.word(), set);
            y += pitch(NOTE) + 2.0;
        }
        for (i, (row, curve)) in self.rows.iter().zip(&panel.curves).enumerate() {
            self.draw_row(canvas, (i, row, curve), (left, y + LABEL));
            y += row.height();
        }
        y += 5.0;
        for note in &self.notes {
            canvas.text((left, y + NOTE), note, Type::new(NOTE, MUTED));
            y += pitch(NOTE);
        }
    }

    fn draw_row(&self, canvas: &mut Canvas, (i, row, curve): (usize, &Row, &CurveView), base: (f64, f64)) {
        let (left, right, middle) = (base.0, base.0 + self.width, base.1 - 3.8);
        if curve.fit.is_some() {
            canvas.line((left, middle), (left + SAMPLE, middle), Stroke::solid(style::colour(i), 1.7));
        }
        canvas.marker(i, (left + SAMPLE / 2.0, middle), false);
        for (line, text) in row.label.iter().enumerate() {
            let at = (left + SAMPLE + 8.0, (line as f64).mul_add(pitch(LABEL), base.1));
            canvas.text(at, text, Type::new(LABEL, INK));
        }
        let set = Type::new(LABEL, INK).anchored(Anchor::End);
        if !row.slope.is_empty() {
            canvas.text((right - self.theory_width, base.1), &row.slope, set);
        }
        canvas.text((right, base.1), &row.theory, set);
        if curve.theory.is_some() {
            let start = right - self.theory_width + GAP;
            let stroke = Stroke::dashed(style::colour(i), 1.2);
            canvas.line((start, middle), (start + DASH, middle), stroke);
        }
    }
}

impl Row {
    fn new(curve: &CurveView, vertical: Vertical) -> Self {
        let none = if vertical == Vertical::Estimates { NONE } else { "" };
        let slope = curve.fit.as_ref().map_or_else(|| none.to_owned(), slope_text);
        let theory = curve.theory.map_or_else(|| NONE.to_owned(), |t| number(t, 2));
        Self { label: Vec::new(), slope, theory }
    }

    fn height(&self) -> f64 {
        (self.label.len().max(1) as f64).mul_add(pitch(LABEL), 2.0)
    }
}

/// "−0.51 [−0.53, −0.49]", with as many decimals as keep the ends of the interval apart.
fn slope_text(line: &LineView) -> String {
    let width = line.upper - line.lower;
    let digits = if width < 0.002 {
        4
    } else if width < 0.02 {
        3
    } else {
        2
    };
    let [slope, lower, upper] = [line.slope, line.lower, line.upper].map(|v| number(v, digits));
    format!("{slope} [{lower}, {upper}]")
}

/// A number as it is read: with a true minus, no negative zero, and never long.
fn number(value: f64, digits: usize) -> String {
    let text = if value.is_nan() {
        "?".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "∞".to_owned() } else { "-∞".to_owned() }
    } else if value.abs() < 1000.0 {
        format!("{value:.digits$}")
    } else {
        format!("{value:.1e}")
    };
    let zero = text.starts_with('-') && text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    if zero { text.replace('-', "") } else { text.replace('-', "−") }
}

/// What the marks at the edges of this panel mean, when there are any.
fn off_scale_note(panel: &PanelView) -> Option<String> {
    let estimates =
        || panel.curves.iter().flat_map(|c| &c.points).filter_map(|p| panel.vertical.off_scale(p.estimate));
    let (below, above, axis) = match panel.vertical {
        Vertical::Estimates => ("▼ zero or negative", "▲ infinite", "a logarithmic"),
        Vertical::Slopes => ("▼ below −1000", "▲ above 1000", "the"),
    };
    let meanings =
        [(OffScale::Below, below), (OffScale::Above, above), (OffScale::Missing, "× not a number")];
    let found: Vec<_> =
        meanings.iter().filter(|(why, _)| estimates().any(|e| e == *why)).map(|m| m.1).collect();
    (!found.is_empty()).then(|| format!("{}: no place on {axis} axis.", found.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(slope: f64, lower: f64, upper: f64) -> String {
        slope_text(&LineView { slope, intercept: 0.0, lower, upper, from: 1 })
    }

    #[test]
    fn slopes_read_well() {
        assert_eq!(text(-0.512, -0.534, -0.488), "−0.51 [−0.53, −0.49]");
        assert_eq!(text(-0.5003, -0.5041, -0.4962), "−0.500 [−0.504, −0.496]");
        assert_eq!(text(-0.001, -0.02, 0.03), "0.00 [−0.02, 0.03]");
        assert_eq!(text(f64::NAN, f64::NEG_INFINITY, f64::INFINITY), "? [−∞, ∞]");
        assert_eq!(text(-1.25e9, -1e300, 1e12), "−1.2e9 [−1.0e300, 1.0e12]");
    }
}
