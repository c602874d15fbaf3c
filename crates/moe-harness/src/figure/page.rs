//! The page: heading, a grid of panels with common sizes, and the key to lines and markers.

use super::canvas::{Canvas, Stroke, Type};
use super::font::Weight;
use super::legend::Legend;
use super::panel::{self, BELOW, LEFT, Plot};
use super::scale::{Axis, Range};
use super::style::{HEADING, INK, MUTED, NOTE, SUBTITLE, TITLE, pitch};
use super::{Figure, PanelView, Vertical};

const MARGIN: f64 = 22.0;
const GUTTER: f64 = 34.0;
const ROW_GAP: f64 = 20.0;

/// The figure as a self-contained SVG document: all text is outlines, no font is needed to show it.
///
/// All panels share the range of sample sizes; they share the range of estimates as well, unless that would squeeze
/// one of them. Equal figures give equal bytes.
pub fn svg(figure: &Figure) -> String {
    let (columns, width) = if figure.panels.len() < 2 { (1, 620.0) } else { (2, 960.0) };
    let gaps = (columns - 1) as f64 * GUTTER;
    let panel_width = (width - 2.0 * MARGIN - gaps) / columns as f64;
    let plot_height = if columns == 1 { 330.0 } else { 215.0 };
    let mut canvas = Canvas::default();
    let mut y = heading(&mut canvas, figure, width);
    let ranges = Ranges::of(figure);
    for (row, panels) in figure.panels.chunks(columns).enumerate() {
        let set: Vec<_> = panels.iter().map(|p| Set::new(p, panel_width)).collect();
        let tallest = |f: fn(&Set) -> f64| set.iter().map(f).fold(0.0, f64::max);
        let top = y + tallest(|s| s.title.len() as f64 * pitch(HEADING)) + 3.0;
        for (column, (panel, set)) in panels.iter().zip(&set).enumerate() {
            let number = row * columns + column;
            canvas.begin(&format!("panel-{}", number + 1));
            let left = (column as f64).mul_add(panel_width + GUTTER, MARGIN);
            let plot = Plot {
                x: Axis { range: ranges.sizes, ends: (left + LEFT, left + panel_width) },
                y: Axis { range: ranges.values[number], ends: (top + plot_height, top) },
                vertical: panel.vertical,
            };
            set.title(&mut canvas, (left, top));
            panel::draw(&mut canvas, panel, &plot);
            set.legend.draw(&mut canvas, panel, (left, top + plot_height + BELOW + 6.0));
        }
        y = top + plot_height + BELOW + 6.0 + tallest(|s| s.legend.height()) + ROW_GAP;
    }
    let bottom = key(&mut canvas, figure, width, y - 4.0);
    canvas.finish((width, (bottom + MARGIN - 4.0).ceil()), &figure.title, &figure.subtitle)
}

/// The texts of one panel, broken into lines.
struct Set {
    title: Vec<String>,
    legend: Legend,
}

impl Set {
    fn new(panel: &PanelView, width: f64) -> Self {
        let title = Weight::Bold.wrap(&panel.title, HEADING, width, 3);
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
        Self { sizes, values: values.collect() }
    }
}

/// Draws the figure's title and subtitle; returns where the panels may begin.
fn heading(canvas: &mut Canvas, figure: &Figure, width: f64) -> f64 {
    canvas.begin("heading");
    let room = width - 2.0 * MARGIN;
    let mut y = MARGIN - 4.0;
    for line in Weight::Bold.wrap(&figure.title, TITLE, room, 3) {
        canvas.text((MARGIN, y + TITLE), &line, Type::new(TITLE, INK).bold());
        y += pitch(TITLE);
    }
    for line in Weight::Regular.wrap(&figure.subtitle, SUBTITLE, room, 5) {
        canvas.text((MARGIN, y + SUBTITLE), &line, Type::new(SUBTITLE, MUTED));
        y += pitch(SUBTITLE);
    }
    y + 14.0
}

/// What a key entry shows before its words.
#[derive(Clone, Copy)]
enum Sample {
    Point { hollow: bool },
    Fitted,
    Theory,
}

/// Draws the key to lines and markers, as far as the figure has them; returns where it ends.
fn key(canvas: &mut Canvas, figure: &Figure, width: f64, top: f64) -> f64 {
    let curves = || figure.panels.iter().flat_map(|p| &p.curves);
    let hollow = curves().any(|c| c.points.iter().any(|p| !c.uses(p)));
    let slopes = figure.panels.iter().any(|p| p.vertical == Vertical::Slopes);
    let theory = if slopes {
        "slope of the theory"
    } else if curves().any(|c| c.fit.is_some()) {
        "slope of the theory, through the middle of the fitted line"
    } else {
        "slope of the theory"
    };
    let entries = [
        (
            curves().any(|c| !c.points.is_empty()),
            Sample::Point { hollow: false },
            "estimate and its interval",
        ),
        (hollow, Sample::Point { hollow: true }, "size left out of the fitted line"),
        (curves().any(|c| c.fit.is_some()), Sample::Fitted, "fitted line"),
        (curves().any(|c| c.theory.is_some()), Sample::Theory, theory),
    ];
    canvas.begin("key");
    let (mut x, mut base) = (MARGIN, top + NOTE);
    for (_, sample, words) in entries.into_iter().filter(|e| e.0) {
        let needed = 26.0 + Weight::Regular.width(words, NOTE);
        if x > MARGIN && x + needed > width - MARGIN {
            (x, base) = (MARGIN, base + 1.3 * pitch(NOTE));
        }
        sample.draw(canvas, (x, base - 3.4));
        canvas.text((x + 26.0, base), words, Type::new(NOTE, MUTED));
        x += needed + 18.0;
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
            Sample::Fitted => canvas.line(at, end, Stroke::solid(MUTED, 1.7)),
            Sample::Theory => canvas.line(at, end, Stroke::dashed(MUTED, 1.2)),
        }
    }
}
