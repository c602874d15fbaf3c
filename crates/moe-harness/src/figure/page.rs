//! The page: heading, a grid of panels with common sizes, and the key to lines and markers.

use super::canvas::{Canvas, Stroke, Type};
use super::font::Weight;
use super::format::{Drawing, Format};
use super::legend::Legend;
use super::pages::{Rows, pages};
use super::panel::{self, BELOW, LEFT, Plot};
use super::scale::{Axis, Range};
use super::style::{self, HEADING, INK, MUTED, NOTE, SUBTITLE, TITLE, pitch};
use super::{Figure, PanelView, PointView, Stated, Vertical};

const GUTTER: f64 = 34.0;
const ROW_GAP: f64 = 20.0;
/// Height of the strip of local slopes, and the gap above it.
const STRIP: f64 = 62.0;
const STRIP_GAP: f64 = 9.0;
/// One in so many of the intervals in strips may go on beyond them, at either end.
const STRIP_CUT: usize = 20;
/// How low a panel may become to fit a page.
const LOWEST: f64 = 100.0;
/// Slopes beyond which strips never reach.
const STRIP_SLOPES: Range = Range { low: -3.0, high: 2.0 };

/// The figure on the screen as a self-contained SVG document. Equal figures give equal bytes.
pub fn svg(figure: &Figure) -> String {
    draw(figure, Format::Screen).svg()
}

/// The figure, drawn on one page. All panels share the range of sample sizes; they share the range of estimates as well,
/// unless that would squeeze one of them.
pub fn draw(figure: &Figure, format: Format) -> Drawing {
    let page = Page::new(figure, format);
    page.lay(0..page.rows(), page.full)
}

/// The figure, drawn on as many pages as it needs; on all of them the panels share their ranges.
pub fn printed(figure: &Figure, format: Format) -> Vec<Drawing> {
    let page = Page::new(figure, format);
    let rows = Rows { count: page.rows(), together: 1, full: page.full, least: LOWEST.min(page.full) };
    pages(format, rows, &|rows, high| page.lay(rows, high))
}

/// A figure in so many columns on pages of this width, with the width of its panels and their full height.
struct Page<'a> {
    figure: &'a Figure,
    format: Format,
    columns: usize,
    width: f64,
    panel_width: f64,
    full: f64,
}

impl<'a> Page<'a> {
    fn new(figure: &'a Figure, format: Format) -> Self {
        let few = figure.panels.len() < 2;
        let columns = if few || format == Format::Single { 1 } else { 2 };
        let width = format.units(if few { 620.0 } else { 960.0 });
        let gaps = (columns - 1) as f64 * GUTTER;
        let panel_width = (width - 2.0 * format.margin() - gaps) / columns as f64;
        let full = if columns == 1 { (0.62 * panel_width).min(330.0) } else { 215.0 };
        Self { figure, format, columns, width, panel_width, full }
    }

    fn rows(&self) -> usize {
        self.figure.panels.len().div_ceil(self.columns)
    }

    /// A page with these rows, its panels this high.
    fn lay(&self, rows: std::ops::Range<usize>, high: f64) -> Drawing {
        let (figure, format, margin) = (self.figure, self.format, self.format.margin());
        let mut canvas = Canvas::default();
        let mut y = if format.has_heading() {
            heading(&mut canvas, (&figure.title, &figure.subtitle), self.width)
        } else {
            margin
        };
        let ranges = Ranges::of(figure);
        let shown = (rows.start * self.columns).min(figure.panels.len())
            ..(rows.end * self.columns).min(figure.panels.len());
        for row in rows {
            y = self.row(&mut canvas, (row, &ranges), (y, high));
        }
        let bottom = key(&mut canvas, &figure.panels[shown], (margin, self.width - margin), y - 4.0);
        Drawing {
            canvas,
            size: (self.width, (bottom + margin - 4.0 + if format.has_heading() { 0.0 } else { 4.0 }).ceil()),
            millimetres: format.millimetres(),
            title: figure.title.clone(),
            description: figure.subtitle.clone(),
            further: false,
        }
    }

    /// One row of panels from `y` on; returns where the next may begin.
    fn row(&self, canvas: &mut Canvas, (row, ranges): (usize, &Ranges), (y, high): (f64, f64)) -> f64 {
        let (figure, wide) = (self.figure, self.panel_width);
        let strip = if figure.panels.iter().all(|p| p.strip.is_empty()) { 0.0 } else { STRIP + STRIP_GAP };
        let first = row * self.columns;
        let panels = || figure.panels.iter().skip(first).take(self.columns);
        let title = |p: &PanelView| if self.said(p) { String::new() } else { p.title.clone() };
        let set: Vec<_> = panels().map(|p| Set::new(&title(p), p, wide)).collect();
        let tallest = |f: fn(&Set) -> f64| set.iter().map(f).fold(0.0, f64::max);
        let top = y + tallest(|s| s.title.len() as f64 * pitch(HEADING)) + 3.0;
        let below = top + high + strip + BELOW + 6.0;
        for (column, (panel, set)) in panels().zip(&set).enumerate() {
            let number = first + column;
            canvas.begin(&format!("panel-{}", number + 1));
            let left = (column as f64).mul_add(wide + GUTTER, self.format.margin());
            let plot = Plot {
                x: Axis { range: ranges.sizes, ends: (left + LEFT, left + wide) },
                y: Axis { range: ranges.values[number], ends: (top + high, top) },
                vertical: panel.vertical,
                foot: strip == 0.0,
            };
            set.title(canvas, (left, top));
            panel::draw(canvas, panel, &plot);
            if strip > 0.0 {
                draw_strip(canvas, panel, &plot, ranges.strip);
            }
            set.legend.draw(canvas, panel, (left, below));
        }
        below + tallest(|s| s.legend.height()) + ROW_GAP
    }

    /// Whether the heading of the page says what a panel is.
    fn said(&self, panel: &PanelView) -> bool {
        self.format.has_heading() && panel.title == self.figure.title
    }
}

/// Draws the local slopes of a panel below its plot area.
fn draw_strip(canvas: &mut Canvas, panel: &PanelView, above: &Plot, range: Range) {
    let top = above.y.ends.0 + STRIP_GAP;
    let plot = Plot {
        y: Axis { range, ends: (top + STRIP, top) },
        vertical: Vertical::Slopes,
        foot: true,
        ..*above
    };
    let strip = PanelView {
        vertical: Vertical::Slopes,
        curves: panel.strip.clone(),
        guides: panel.guides.clone(),
        naming: panel.naming.clone(),
        ..PanelView::default()
    };
    panel::draw(canvas, &strip, &plot);
}

/// The texts of one panel, broken into lines.
struct Set {
    title: Vec<String>,
    legend: Legend,
}

impl Set {
    fn new(title: &str, panel: &PanelView, width: f64) -> Self {
        let title = Weight::Bold.wrap(title, HEADING, width, 3);
        Self { title, legend: Legend::new(panel, width) }
    }

    /// Draws the heading so that its last line stands just above the plot area.
    fn title(&self, canvas: &mut Canvas, plot: (f64, f64)) {
        for (above, line) in self.title.iter().rev().enumerate() {
            let base = plot.1 - 8.0 - above as f64 * pitch(HEADING);
            canvas.text((plot.0, base), line, Type::new(HEADING, INK).bold());
        }
    }
}

/// Ranges of decimal logarithms: sizes for all panels, values for each.
struct Ranges {
    sizes: Range,
    values: Vec<Range>,
    strip: Range,
}

impl Ranges {
    fn of(figure: &Figure) -> Self {
        let sizes = figure.panels.iter().filter_map(panel::size_range).reduce(Range::union);
        let sizes = sizes.unwrap_or(Range { low: 3.0, high: 5.0 }).padded(0.035, 0.035);
        let own: Vec<_> = figure.panels.iter().map(panel::value_range).collect();
        let common = own.iter().flatten().copied().reduce(Range::union);
        let common = common.unwrap_or(Range { low: -2.0, high: 0.0 });
        let least = if figure.panels.iter().all(|p| p.vertical == Vertical::Slopes) { 0.1 } else { 1.0 };
        let longest = own.iter().flatten().map(|r| r.span().max(least)).fold(0.0, f64::max);
        let shared = common.span() <= 1.5 * longest;
        let chosen = own.into_iter().map(|r| if shared { common } else { r.unwrap_or(common) });
        let values = chosen.zip(&figure.panels).map(|(range, panel)| panel.vertical.padded(range));
        let strip = Vertical::Slopes.padded(strip_range(figure).unwrap_or(Range { low: -1.0, high: 0.0 }));
        Self { sizes, values: values.collect(), strip }
    }
}

/// The slopes that the strips show: all estimates, and all but the longest intervals, so that few wild ones, which end in
/// arrows, do not flatten the others.
fn strip_range(figure: &Figure) -> Option<Range> {
    let curves = || figure.panels.iter().flat_map(|p| &p.strip);
    let points = || curves().flat_map(|c| &c.points);
    let kept = |v: f64| v.is_finite().then(|| v.clamp(STRIP_SLOPES.low, STRIP_SLOPES.high));
    let sorted = |end: fn(&PointView) -> f64| {
        let mut ends: Vec<f64> = points().filter_map(|p| kept(end(p))).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let (lower, upper) = (sorted(|p| p.lower), sorted(|p| p.upper));
    let usual_low = lower.get(lower.len() / STRIP_CUT);
    let usual_high = upper.iter().rev().nth(upper.len() / STRIP_CUT);
    let rest = points().map(|p| p.estimate).chain(curves().filter_map(|c| c.theory)).filter_map(kept);
    Range::over(rest.chain(usual_low.into_iter().chain(usual_high).copied()))
}

/// Draws the figure's title and subtitle; returns where the panels may begin.
pub(super) fn heading(canvas: &mut Canvas, (title, subtitle): (&str, &str), width: f64) -> f64 {
    canvas.begin("heading");
    let margin = Format::Screen.margin();
    let room = width - 2.0 * margin;
    let mut y = margin - 4.0;
    for line in Weight::Bold.wrap(title, TITLE, room, 3) {
        canvas.text((margin, y + TITLE), &line, Type::new(TITLE, INK).bold());
        y += pitch(TITLE);
    }
    for line in Weight::Regular.wrap(subtitle, SUBTITLE, room, 5) {
        canvas.text((margin, y + SUBTITLE), &line, Type::new(SUBTITLE, MUTED));
        y += pitch(SUBTITLE);
    }
    y + 14.0
}

/// What a key entry shows before its words.
#[derive(Clone, Copy)]
enum Sample {
    Point { hollow: bool },
    Fitted { wedge: bool },
    Theory,
    Band,
    Guide,
}

/// The entries of the key, as far as the panels have them.
fn entries(panels: &[PanelView]) -> Vec<(Sample, String)> {
    let curves = || panels.iter().flat_map(|p| &p.curves);
    let slopes = panels.iter().any(|p| p.vertical == Vertical::Slopes);
    let fitted = curves().any(|c| c.fit.is_some());
    let stated = panels.first().map_or(Stated::default(), |p| p.naming.stated).slope();
    let through = if slopes || !fitted { "" } else { ", through the middle of the fitted line" };
    let theory = format!("{stated}{through}");
    let mut guides: Vec<f64> = panels.iter().flat_map(|p| p.guides.iter().copied()).collect();
    guides.sort_by(f64::total_cmp);
    guides.dedup();
    let guides: Vec<String> = guides.into_iter().map(power_of_n).collect();
    let all = [
        (
            curves().any(|c| !c.points.is_empty()),
            Sample::Point { hollow: false },
            "estimate and its interval",
        ),
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
    if !guides.is_empty() {
        shown.push((Sample::Guide, format!("guides {}", guides.join(", "))));
    }
    if panels.iter().any(|p| !p.strip.is_empty()) {
        shown.push((
            Sample::Point { hollow: false },
            "strips: slopes between neighbouring sizes; arrows: an interval goes on".to_owned(),
        ));
    }
    shown
}

/// A power of n as it is read, for example n⁻¹⁄².
fn power_of_n(exponent: f64) -> String {
    let fraction = [(-0.5, "⁻¹⁄²"), (-0.25, "⁻¹⁄⁴")].into_iter().find(|known| known.0 == exponent);
    fraction.map_or_else(|| format!("n^{exponent}").replace('-', "−"), |(_, raised)| format!("n{raised}"))
}

/// Draws the key to lines and markers, as far as the panels have them; returns where it ends.
fn key(canvas: &mut Canvas, panels: &[PanelView], (left, right): (f64, f64), top: f64) -> f64 {
    canvas.begin("key");
    let (mut x, mut base) = (left, top + NOTE);
    for (sample, words) in entries(panels) {
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
            Sample::Guide => {
                canvas.line(at, end, Stroke { dashes: Some(style::DOTS), ..Stroke::solid(MUTED, 1.0) })
            }
            Sample::Theory => canvas.line(at, end, Stroke::dashed(MUTED, 1.2)),
        }
    }
}
