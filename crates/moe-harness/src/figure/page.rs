//! The page: heading, a grid of panels with common sizes, and the key.

use super::canvas::{Canvas, Type};
use super::font::Weight;
use super::format::{Drawing, Format};
use super::key::{Beyond, key};
use super::legend::Legend;
use super::pages::{Rows, pages};
use super::panel::{self, BELOW, LEFT, Plot};
use super::ranges::Ranges;
use super::scale::{Axis, Range};
use super::style::{HEADING, INK, MUTED, SUBTITLE, TITLE, pitch};
use super::{Figure, PanelView, Vertical};

const GUTTER: f64 = 34.0;
const ROW_GAP: f64 = 20.0;
/// Height of the strip of local slopes, and the gap above it.
const STRIP: f64 = 62.0;
const STRIP_GAP: f64 = 9.0;
/// How low a panel may become to fit a page.
const LOWEST: f64 = 100.0;

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
        let beyond = Beyond::of(&figure.panels[shown.clone()], &ranges, shown.start);
        let bottom =
            key(&mut canvas, (&figure.panels[shown], beyond), (margin, self.width - margin), y - 4.0);
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
