//! One panel's plot area: grid, theory's lines, fitted lines, intervals, markers, and marks at the edges.

use std::collections::BTreeMap;

use super::canvas::{Anchor, Canvas, Stroke, Type};
use super::font::Weight;
use super::scale::{Axis, Range, clip, log, log_size, power_of_ten};
use super::style::{self, FAINT, FRAME, GRID, INK, LABEL, MARKER, MUTED};
use super::{CurveView, Naming, PanelView, PointView, Vertical};

/// Room on the left of the plot area for the ticks' labels and the axis' name, and below it.
pub(super) const LEFT: f64 = 52.0;
pub(super) const BELOW: f64 = 36.0;

/// Why a point is marked at an edge instead of drawn at its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OffScale {
    /// Zero or negative.
    Below,
    /// Infinite.
    Above,
    /// Not a number.
    Missing,
}

/// What the end of an interval is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A cap at its place.
    Shown,
    /// An arrow at the edge beyond which it lies.
    Beyond,
    /// The marker: there is no such end.
    Marker,
}

/// The steepest slope that has a place on an axis of slopes.
const STEEPEST: f64 = 1000.0;

impl Vertical {
    /// Where a value stands on the axis: its decimal logarithm, or itself; `None` where it has no place.
    pub(super) fn place(self, value: f64) -> Option<f64> {
        match self {
            Vertical::Estimates => log(value),
            Vertical::Slopes => (value.abs() <= STEEPEST).then_some(value),
        }
    }

    /// Whether, and why, an estimate has no place on the axis.
    pub(super) fn off_scale(self, estimate: f64) -> Option<OffScale> {
        match self.place(estimate) {
            Some(_) => None,
            None if estimate.is_nan() => Some(OffScale::Missing),
            None if estimate <= 0.0 => Some(OffScale::Below),
            None => Some(OffScale::Above),
        }
    }

    /// The range of values with room around it.
    pub(super) fn padded(self, range: Range) -> Range {
        match self {
            Vertical::Estimates => range.padded(0.07, 0.06),
            Vertical::Slopes => range.padded_to(0.07, 0.06, 0.2),
        }
    }
}

/// Decimal logarithms of the values that the panel shows. Intervals and fitted lines widen the range that the
/// estimates span by one decade at most (slopes: by their own span), so that one wild bound does not flatten the panel.
pub(super) fn value_range(panel: &PanelView) -> Option<Range> {
    let points = || panel.curves.iter().flat_map(|c| &c.points);
    let place = |v: f64| panel.vertical.place(v);
    let bounds = || points().flat_map(|p| [p.lower, p.upper]).filter_map(place);
    let Some(core) = Range::over(points().filter_map(|p| place(p.estimate))) else {
        return Range::over(bounds());
    };
    let lines = panel.curves.iter().filter_map(Trend::fitted).flat_map(|t| [t.at(t.x.low), t.at(t.x.high)]);
    let theory = panel.curves.iter().filter_map(|c| place(c.theory?));
    let theory = theory.filter(|_| panel.vertical == Vertical::Slopes);
    let reach = if panel.vertical == Vertical::Estimates { 1.0 } else { core.span().max(0.1) };
    let near = |v: f64| v.clamp(core.low - reach, core.high + reach);
    let bands = panel.curves.iter().flat_map(|c| &c.band).flat_map(|b| [b.lower, b.upper]).filter_map(place);
    let rest =
        Range::over(bounds().chain(lines).chain(theory).chain(bands).filter(|v| v.is_finite()).map(near));
    Some(rest.map_or(core, |r| r.union(core)))
}

/// Decimal logarithms of the sample sizes that the panel shows.
pub(super) fn size_range(panel: &PanelView) -> Option<Range> {
    Range::over(panel.curves.iter().flat_map(|c| &c.points).map(|p| log_size(p.size)))
}

/// A straight line on log-log scale.
#[derive(Clone, Copy, Debug)]
struct Trend {
    through: (f64, f64),
    slope: f64,
    x: Range,
}

impl Trend {
    /// The fitted line over the sizes that were fitted.
    fn fitted(curve: &CurveView) -> Option<Self> {
        let line = curve.fit.as_ref()?;
        let x = Range::over(curve.points.iter().filter(|p| curve.uses(p)).map(|p| log_size(p.size)))?;
        let per_decade = 1.0 / moe_core::numeric::ln(10.0);
        let trend = Self { through: (0.0, line.intercept * per_decade), slope: line.slope, x };
        let middle = (x.low + x.high) / 2.0;
        let through = (middle, trend.at(middle));
        through.1.is_finite().then_some(Self { through, ..trend })
    }

    /// The theory's exponent as a level among slopes.
    fn level(curve: &CurveView, x: Range) -> Option<Self> {
        let level = Vertical::Slopes.place(curve.theory?)?;
        Some(Self { through: (x.low, level), slope: 0.0, x })
    }

    /// The theory's slope over `x`, through the middle of the fitted line, or of the estimates where there is none.
    fn stated(curve: &CurveView, x: Range) -> Option<Self> {
        let slope = curve.theory?;
        let through = match Self::fitted(curve) {
            Some(fitted) => fitted.through,
            None => {
                let drawn = || curve.points.iter().filter_map(|p| Some((log_size(p.size), log(p.estimate)?)));
                let count = drawn().count() as f64;
                let (sum_x, sum_y) = drawn().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
                (sum_x / count, sum_y / count)
            }
        };
        through.1.is_finite().then_some(Self { through, slope, x })
    }

    fn at(&self, x: f64) -> f64 {
        self.slope.mul_add(x - self.through.0, self.through.1)
    }
}

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
            match plot.vertical.place(point.estimate) {
                Some(y) if plot.y.range.holds(y) => {
                    canvas.marker(i, (x, plot.y.at(y)), !curve.uses(point));
                    canvas.tag(curve.tags.get(&point.size));
                }
                Some(y) => {
                    let why = if y < plot.y.range.low { OffScale::Below } else { OffScale::Above };
                    plot.mark(canvas, i, (point, why), &mut marks);
                }
                None => {
                    if let Some(why) = plot.vertical.off_scale(point.estimate) {
                        plot.mark(canvas, i, (point, why), &mut marks);
                    }
                }
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

    /// Page coordinate of a point's size. Slopes of several curves stand side by side, since they often agree.
    fn across(&self, (curve, curves): (usize, usize), point: &PointView) -> f64 {
        let x = self.x.at(log_size(point.size));
        match self.vertical {
            Vertical::Estimates => x,
            Vertical::Slopes => (curve as f64 - 0.5 * (curves - 1) as f64).mul_add(2.2 * MARKER, x),
        }
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
        let stroke = Stroke { dashes: Some(style::DOTS), ..Stroke::solid(MUTED, 1.0) };
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
        if value.is_nan() {
            return None;
        }
        let Range { low, high } = self.y.range;
        let place =
            self.vertical.place(value).unwrap_or(if value > 0.0 { f64::INFINITY } else { f64::NEG_INFINITY });
        let end = if (low..=high).contains(&place) { End::Shown } else { End::Beyond };
        Some((self.y.at(place.clamp(low, high)), end))
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

#[cfg(test)]
mod tests {
    use super::super::LineView;
    use super::*;

    fn curve(fit: Option<LineView>) -> CurveView {
        let points = [100, 1_000, 10_000, 1_000_000].map(|size| {
            let estimate = 10.0 / size as f64;
            PointView { size, estimate, lower: estimate / 2.0, upper: estimate * 2.0 }
        });
        CurveView { points: points.to_vec(), fit, theory: Some(-0.5), ..CurveView::default() }
    }

    #[test]
    fn the_theory_s_line_meets_the_fitted_line_at_its_geometric_middle() {
        let line = LineView { slope: -1.0, intercept: 2.0, lower: -1.1, upper: -0.9, from: 1_000 };
        let curve = curve(Some(line));
        let fitted = Trend::fitted(&curve).unwrap();
        assert!((fitted.x.low - 3.0).abs() < 1e-12 && (fitted.x.high - 6.0).abs() < 1e-12);
        let value = moe_core::numeric::exp(2.0) / moe_core::numeric::exp(4.5 * moe_core::numeric::ln(10.0));
        assert!((fitted.at(4.5) - moe_core::numeric::log10(value)).abs() < 1e-12);
        let stated = Trend::stated(&curve, Range { low: 0.0, high: 9.0 }).unwrap();
        assert!((stated.at(4.5) - fitted.at(4.5)).abs() < 1e-12);
        assert!((stated.at(6.5) - stated.at(4.5) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_fit_it_passes_through_the_middle_of_the_estimates() {
        let mut curve = curve(None);
        curve.points.push(PointView { size: 7, estimate: 0.0, lower: 0.0, upper: 0.0 });
        let stated = Trend::stated(&curve, Range { low: 0.0, high: 9.0 }).unwrap();
        assert!((stated.at(15.0 / 4.0) - (1.0 - 15.0 / 4.0)).abs() < 1e-12);
    }

    #[test]
    fn one_wild_bound_widens_the_range_by_a_decade_only() {
        let mut curve = curve(None);
        curve.points[0].lower = 1e-300;
        let panel = PanelView { curves: vec![curve], ..PanelView::default() };
        let range = value_range(&panel).unwrap();
        assert!((range.low + 6.0).abs() < 1e-12, "{range:?}");
        assert!(range.high < 0.0, "{range:?}");
    }
}
