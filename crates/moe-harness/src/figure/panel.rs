//! One panel's plot area: grid, theory's lines, fitted lines, intervals, markers, and marks at the edges.

use std::collections::BTreeMap;

use super::canvas::{Anchor, Canvas, Stroke, Type};
use super::font::Weight;
use super::place::{End, OffScale};
use super::scale::{Axis, clip, log_size, power_of_ten};
use super::style::{self, FAINT, FRAME, GRID, INK, LABEL, MARKER, MUTED};
use super::trend::Trend;
use super::{CurveView, Naming, PanelView, PointView, Vertical};

/// Room on the left of the plot area for the ticks' labels and the axis' name, and below it.
pub(super) const LEFT: f64 = 52.0;
pub(super) const BELOW: f64 = 36.0;

/// The name of an axis, as much of it as the axis is long.
fn one_line(name: &str, room: f64) -> String {
    Weight::Regular.wrap(name, LABEL, room, 1).concat()
}

/// The plot area: its two axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) vertical: Vertical,
    /// Whether the axis of sizes has its labels below.
    pub(super) foot: bool,
}

/// Draws the plot area with everything in it and its axes around it.
pub(super) fn draw(canvas: &mut Canvas, panel: &PanelView, plot: &Plot) {
    plot.grid(canvas);
    for (i, curve) in panel.curves.iter().enumerate() {
        plot.band(canvas, style::colour(i), curve);
    }
    plot.guides(canvas, panel);
    for (i, curve) in panel.curves.iter().enumerate() {
        let stroke = Stroke::dashed(style::colour(i), 1.0);
        let trend = match plot.vertical {
            Vertical::Estimates => Trend::stated(curve, plot.x.range),
            Vertical::Slopes => Trend::level(curve, plot.x.range),
        };
        plot.trend(canvas, trend, stroke);
    }
    for (i, curve) in panel.curves.iter().enumerate() {
        plot.wedge(canvas, style::colour(i), curve);
        plot.trend(canvas, Trend::fitted(curve), Stroke::solid(style::colour(i), 1.7));
    }
    for (i, curve) in panel.curves.iter().enumerate() {
        for point in &curve.points {
            plot.interval(canvas, (i, panel.curves.len()), point);
        }
    }
    plot.frame(canvas);
    let mut marks = BTreeMap::new();
    for (i, curve) in panel.curves.iter().enumerate() {
        for point in &curve.points {
            let x = plot.across((i, panel.curves.len()), point);
            let off = plot.vertical.off_scale(point.estimate);
            if let Some(why) = off.or_else(|| plot.vertical.outside(point.estimate, plot.y.range)) {
                plot.mark(canvas, i, (point, why), &mut marks);
            } else if let Some(y) = plot.vertical.place(point.estimate) {
                canvas.marker(i, (x, plot.y.at(y)), !curve.uses(point));
                canvas.tag(curve.tags.get(&point.size));
            }
        }
    }
    plot.labels(canvas, &panel.naming);
}

impl Plot {
    /// Whether there is room for a few labels only.
    fn is_low(&self) -> bool {
        self.bottom() - self.top() < 100.0
    }

    fn left(&self) -> f64 {
        self.x.ends.0
    }

    fn right(&self) -> f64 {
        self.x.ends.1
    }

    fn bottom(&self) -> f64 {
        self.y.ends.0
    }

    fn top(&self) -> f64 {
        self.y.ends.1
    }

    /// Page coordinate of a point's size. Slopes of several curves stand side by side, since they often agree, and within the
    /// frame.
    fn across(&self, (curve, curves): (usize, usize), point: &PointView) -> f64 {
        let x = self.x.at(log_size(point.size));
        if self.vertical == Vertical::Estimates {
            return x;
        }
        let (step, half) = (2.2 * MARKER, 0.5 * (curves - 1) as f64);
        let reach = half.mul_add(step, 1.5 * MARKER);
        let middle = x.min(self.right() - reach).max(self.left() + reach);
        (curve as f64 - half).mul_add(step, middle)
    }

    /// Ticks upwards with their labels.
    fn upwards(&self) -> Vec<(f64, String)> {
        match self.vertical {
            Vertical::Estimates => {
                self.y.decades(7).into_iter().map(|d| (f64::from(d), power_of_ten(d))).collect()
            }
            Vertical::Slopes => {
                let (ticks, decimals) = self.y.linear(if self.is_low() { 4 } else { 7 });
                let label = |t: f64| {
                    let text = format!("{:.decimals$}", t.abs());
                    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
                    if t < 0.0 && !zero { format!("−{text}") } else { text }
                };
                ticks.into_iter().map(|t| (t, label(t))).collect()
            }
        }
    }

    fn grid(&self, canvas: &mut Canvas) {
        let lines = |major: Vec<f64>, minor: Vec<f64>| {
            let faint = minor.into_iter().map(|t| (t, Stroke::solid(FAINT, 0.6)));
            let clear = major.into_iter().map(|t| (t, Stroke::solid(GRID, 0.8)));
            faint.chain(clear).collect::<Vec<_>>()
        };
        let minor = if self.vertical == Vertical::Estimates { self.y.minors() } else { Vec::new() };
        let vertical = lines(self.x.decades(9).into_iter().map(f64::from).collect(), self.x.minors());
        let level = lines(self.upwards().into_iter().map(|(t, _)| t).collect(), minor);
        for (t, stroke) in vertical {
            canvas.line((self.x.at(t), self.bottom()), (self.x.at(t), self.top()), stroke);
        }
        for (t, stroke) in level {
            canvas.line((self.left(), self.y.at(t)), (self.right(), self.y.at(t)), stroke);
        }
    }

    fn frame(&self, canvas: &mut Canvas) {
        let size = (self.right() - self.left(), self.bottom() - self.top());
        canvas.frame((self.left(), self.top()), size, Stroke::solid(FRAME, 0.9));
    }

    fn labels(&self, canvas: &mut Canvas, naming: &Naming) {
        let tick = Stroke::solid(FRAME, 0.9);
        let set = Type::new(LABEL, INK);
        for d in self.x.decades(9).into_iter().filter(|_| self.foot) {
            let x = self.x.at(f64::from(d));
            canvas.line((x, self.bottom()), (x, self.bottom() + 4.0), tick);
            canvas.text((x, self.bottom() + 16.0), &power_of_ten(d), set.anchored(Anchor::Middle));
        }
        for (t, label) in self.upwards() {
            let y = self.y.at(t);
            canvas.line((self.left() - 4.0, y), (self.left(), y), tick);
            canvas.text((self.left() - 7.0, y + 3.8), &label, set.anchored(Anchor::End));
        }
        let set = Type::new(LABEL, MUTED).anchored(Anchor::Middle);
        let middle = ((self.left() + self.right()) / 2.0, (self.bottom() + self.top()) / 2.0);
        if self.foot {
            let words = one_line(&naming.across, self.right() - self.left());
            canvas.text((middle.0, self.bottom() + 31.0), &words, set);
        }
        let words = one_line(naming.upwards(self.vertical), self.bottom() - self.top());
        canvas.text_upwards((self.left() - LEFT + 9.0, middle.1), &words, set);
    }

    /// Where most replications lie, cut at the window.
    fn band(&self, canvas: &mut Canvas, colour: &'static str, curve: &CurveView) {
        let place = |size: u64, value: f64| {
            let (y, _) = self.bound(value)?;
            Some((self.x.at(log_size(size)), y))
        };
        let pairs =
            curve.band.iter().filter_map(|b| Some((place(b.size, b.lower)?, place(b.size, b.upper)?)));
        let (lower, upper): (Vec<_>, Vec<_>) = pairs.unzip();
        if lower.len() > 1 {
            canvas.area(lower.into_iter().chain(upper.into_iter().rev()).collect(), colour, style::BAND);
        }
    }

    /// The lines between the ends of the slope's interval, through the middle of the fitted line.
    fn wedge(&self, canvas: &mut Canvas, colour: &'static str, curve: &CurveView) {
        let (Some(trend), Some(line)) = (Trend::fitted(curve), &curve.fit) else { return };
        let ends = |slope: f64| {
            let at = |x: f64| {
                let y = slope.mul_add(x - trend.through.0, trend.through.1);
                y.is_finite().then(|| (self.x.at(x), self.y.at(y.clamp(self.y.range.low, self.y.range.high))))
            };
            Some((at(trend.x.low)?, at(trend.x.high)?))
        };
        if let (Some(lower), Some(upper)) = (ends(line.lower), ends(line.upper)) {
            canvas.area(vec![lower.0, lower.1, upper.1, upper.0], colour, style::WEDGE);
        }
    }

    /// Lines of the guides' slopes: levels among slopes, otherwise from the middle of the first estimates on.
    fn guides(&self, canvas: &mut Canvas, panel: &PanelView) {
        let starts = panel.curves.iter().filter_map(|c| {
            let first = c.points.iter().min_by_key(|p| p.size)?;
            Some((log_size(first.size), self.vertical.place(first.estimate)?))
        });
        let starts: Vec<(f64, f64)> = starts.collect();
        let count = starts.len() as f64;
        for slope in &panel.guides {
            let trend = if self.vertical == Vertical::Slopes {
                Trend { through: (self.x.range.low, *slope), slope: 0.0, x: self.x.range }
            } else if starts.is_empty() {
                continue;
            } else {
                let (x, y) = starts.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0 / count, s.1 + p.1 / count));
                Trend { through: (x, y), slope: *slope, x: self.x.range }
            };
            let stroke = Stroke { dashes: Some(style::guide(*slope)), ..Stroke::solid(MUTED, 1.0) };
            self.trend(canvas, Some(trend), stroke);
        }
    }

    fn trend(&self, canvas: &mut Canvas, trend: Option<Trend>, stroke: Stroke) {
        let ends = trend.and_then(|t| clip(t.through, t.slope, t.x, self.y.range));
        if let Some((from, to)) = ends {
            let place = |p: (f64, f64)| (self.x.at(p.0), self.y.at(p.1));
            canvas.line(place(from), place(to), stroke);
        }
    }

    /// The interval as a bar: with a cap where an end lies in the panel and clear of the marker, with an arrow
    /// where it goes on beyond the panel.
    fn interval(&self, canvas: &mut Canvas, curve: (usize, usize), point: &PointView) {
        let estimate = self.vertical.place(point.estimate).map(|y| (self.y.at(y), End::Marker));
        let Some(lower) = self.bound(point.lower).or(estimate) else { return };
        let Some(upper) = self.bound(point.upper).or(estimate) else { return };
        let stroke = Stroke::solid(style::colour(curve.0), 1.1);
        let x = self.across(curve, point);
        canvas.line((x, lower.0), (x, upper.0), stroke);
        let clear = |y: f64| estimate.is_none_or(|e| (y - e.0).abs() > MARKER + 1.5);
        for (y, end) in [lower, upper] {
            match end {
                End::Shown if clear(y) => canvas.line((x - 2.6, y), (x + 2.6, y), stroke),
                End::Beyond => {
                    let back = if y <= self.top() { y + 4.0 } else { y - 4.0 };
                    canvas.line((x - 2.4, back), (x, y), stroke);
                    canvas.line((x + 2.4, back), (x, y), stroke);
                }
                End::Shown | End::Marker => {}
            }
        }
    }

    /// Where an end of an interval is drawn, and as what.
    fn bound(&self, value: f64) -> Option<(f64, End)> {
        let (place, end) = self.vertical.end(value, self.y.range)?;
        Some((self.y.at(place), end))
    }

    /// A point without a place on the axis: an arrow at the edge beyond which it lies, a cross for no number at all.
    /// Marks that meet at one size stand side by side.
    fn mark(
        &self,
        canvas: &mut Canvas,
        curve: usize,
        (point, why): (&PointView, OffScale),
        marks: &mut BTreeMap<(u64, bool), u32>,
    ) {
        let before = marks.entry((point.size, why == OffScale::Above)).or_insert(0);
        let x = f64::from(*before).mul_add(2.4 * MARKER, self.x.at(log_size(point.size)));
        let x = x.clamp(self.left() + MARKER, self.right() - MARKER);
        *before += 1;
        let colour = style::colour(curve);
        let arrow = |tip: f64, back: f64| [(x, tip), (x + MARKER, back), (x - MARKER, back)];
        match why {
            OffScale::Below => {
                let tip = self.bottom() - 0.8;
                canvas.polygon(&arrow(tip, tip - 1.8 * MARKER), colour, Stroke::solid("#ffffff", 0.7));
            }
            OffScale::Above => {
                let tip = self.top() + 0.8;
                canvas.polygon(&arrow(tip, tip + 1.8 * MARKER), colour, Stroke::solid("#ffffff", 0.7));
            }
            OffScale::Missing => {
                let (y, r) = (self.bottom() - 5.0, 0.8 * MARKER);
                canvas.line((x - r, y - r), (x + r, y + r), Stroke::solid(colour, 1.5));
                canvas.line((x - r, y + r), (x + r, y - r), Stroke::solid(colour, 1.5));
            }
        }
    }
}
