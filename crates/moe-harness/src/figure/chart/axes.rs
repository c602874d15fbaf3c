//! Frame, ticks and labels of a chart.

use moe_core::numeric::log10;

use super::super::canvas::{Anchor, Canvas, Stroke, Type};
use super::super::font::Weight;
use super::super::scale::{Axis, Range, power_of_ten};
use super::super::style::{FAINT, FRAME, GRID, INK, LABEL, MUTED, NOTE};
use super::{Chart, Scale, Ticks};

/// How low a chart may become, whatever it shows.
const LOWEST: f64 = 70.0;
/// Ticks of an axis upwards at most, however high it is.
const MOST_UPWARDS: usize = 8;

/// Where a chart is laid: its axes on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Plot {
    pub(super) fn new(chart: &Chart, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> Self {
        let range = |s: &Scale| Range { low: s.low, high: s.high };
        let upwards = if matches!(chart.y.ticks, Ticks::Names(_)) { (top, bottom) } else { (bottom, top) };
        Self {
            x: Axis { range: range(&chart.x), ends: (left, right) },
            y: Axis { range: range(&chart.y), ends: upwards },
        }
    }

    fn left(&self) -> f64 {
        self.x.ends.0
    }

    fn right(&self) -> f64 {
        self.x.ends.1
    }

    pub(super) fn top(&self) -> f64 {
        self.y.ends.0.min(self.y.ends.1)
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y.ends.0.max(self.y.ends.1)
    }

    /// The lines at the ticks, whether those have labels here or in a neighbour.
    pub(super) fn grid(&self, canvas: &mut Canvas, chart: &Chart) {
        for (x, _) in self.ticks_across(chart) {
            canvas.line((x, self.bottom()), (x, self.top()), Stroke::solid(GRID, 0.7));
        }
        let ink = if matches!(chart.y.ticks, Ticks::Names(_)) { FAINT } else { GRID };
        for (y, _) in self.ticks_upwards(chart) {
            canvas.line((self.left(), y), (self.right(), y), Stroke::solid(ink, 0.7));
        }
    }

    fn ticks_across(&self, chart: &Chart) -> Vec<(f64, String)> {
        ticks(&self.x, &chart.x, ((self.right() - self.left()) / 34.0) as usize)
    }

    fn ticks_upwards(&self, chart: &Chart) -> Vec<(f64, String)> {
        ticks(&self.y, &chart.y, (((self.bottom() - self.top()) / 16.0) as usize).clamp(2, MOST_UPWARDS))
    }

    pub(super) fn frame(&self, canvas: &mut Canvas) {
        let size = (self.right() - self.left(), self.bottom() - self.top());
        canvas.frame((self.left(), self.top()), size, Stroke::solid(FRAME, 0.8));
    }

    /// Labels and name of the axis across.
    pub(super) fn across(&self, canvas: &mut Canvas, chart: &Chart) {
        let set = Type::new(NOTE, INK).anchored(Anchor::Middle);
        let width = self.right() - self.left();
        let mut end = f64::NEG_INFINITY;
        for (x, label) in self.ticks_across(chart) {
            canvas.line((x, self.bottom()), (x, self.bottom() + 3.0), Stroke::solid(FRAME, 0.8));
            let half = 0.5 * Weight::Regular.width(&label, NOTE);
            if x - half > end + 3.0 {
                canvas.text((x, self.bottom() + 13.5), &label, set);
                end = x + half;
            }
        }
        let middle = (self.left() + self.right()) / 2.0;
        let name = Weight::Regular.wrap(&chart.x.name, LABEL, width + 30.0, 1);
        let set = Type::new(LABEL, MUTED).anchored(Anchor::Middle);
        name.iter().for_each(|line| canvas.text((middle, self.bottom() + 26.5), line, set));
    }

    /// Labels and name of the axis upwards; `room` is what stands to the left.
    pub(super) fn upwards(&self, canvas: &mut Canvas, chart: &Chart, room: f64) {
        let set = Type::new(NOTE, INK).anchored(Anchor::End);
        for (y, label) in self.ticks_upwards(chart) {
            canvas.line((self.left() - 3.0, y), (self.left(), y), Stroke::solid(FRAME, 0.8));
            let label = Weight::Regular.wrap(&label, NOTE, room - 18.0, 1);
            label.iter().for_each(|l| canvas.text((self.left() - 5.5, y + 3.4), l, set));
        }
        let middle = (self.bottom() + self.top()) / 2.0;
        let set = Type::new(LABEL, MUTED).anchored(Anchor::Middle);
        let name = Weight::Regular.wrap(&chart.y.name, LABEL, self.bottom() - self.top() + 20.0, 1);
        name.iter().for_each(|line| canvas.text_upwards((self.left() - room + LABEL, middle), line, set));
    }
}

/// How low a chart may become: names must not meet.
pub(super) fn lowest(chart: &Chart) -> f64 {
    match &chart.y.ticks {
        Ticks::Names(names) => (names.len() as f64 * 1.15 * NOTE).max(LOWEST),
        _ => LOWEST,
    }
}

/// Room that the labels of an axis upwards take.
pub(super) fn room(chart: &Chart) -> f64 {
    match &chart.y.ticks {
        Ticks::Names(names) => {
            let widest = names.iter().map(|n| Weight::Regular.width(n, NOTE)).fold(0.0, f64::max);
            (widest + 24.0).min(150.0)
        }
        Ticks::Powers if is_short(&chart.y) => 54.0,
        _ => 44.0,
    }
}

/// Whether fewer than two powers of ten lie on an axis of them, too few to read a scale from: then twice and five times
/// them are ticks as well.
fn is_short(scale: &Scale) -> bool {
    scale.high.floor() - scale.low.ceil() < 1.0
}

fn times_power_of_ten(multiple: i32, exponent: i32) -> String {
    let power = power_of_ten(exponent);
    if multiple == 1 { power } else { format!("{multiple}·{power}") }
}

/// Page coordinates of ticks, with their labels.
fn ticks(axis: &Axis, scale: &Scale, most: usize) -> Vec<(f64, String)> {
    match &scale.ticks {
        Ticks::Names(names) => {
            names.iter().enumerate().map(|(i, name)| (axis.at(i as f64), name.clone())).collect()
        }
        Ticks::Powers if is_short(scale) => {
            let all = (scale.low.floor() as i32..=scale.high as i32).flat_map(|d| {
                [1, 2, 5].map(|m| (f64::from(d) + log10(f64::from(m)), times_power_of_ten(m, d)))
            });
            let inside = all.filter(|(place, _)| axis.range.holds(*place));
            inside.map(|(place, label)| (axis.at(place), label)).collect()
        }
        Ticks::Powers => {
            let decades = axis.decades(i32::try_from(most.max(1)).unwrap_or(9));
            decades.into_iter().map(|d| (axis.at(f64::from(d)), power_of_ten(d))).collect()
        }
        Ticks::Linear => {
            let (ticks, decimals) = axis.linear(most.max(2));
            let label = |t: f64| {
                let text = format!("{:.decimals$}", t.abs());
                let zero = text.chars().all(|c| matches!(c, '0' | '.'));
                if t < 0.0 && !zero { format!("−{text}") } else { text }
            };
            ticks.into_iter().map(|t| (axis.at(t), label(t))).collect()
        }
    }
}
