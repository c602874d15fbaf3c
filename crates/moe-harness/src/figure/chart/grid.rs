//! The pages of a sheet: heading, charts in rows and columns, key.

use std::ops::Range;

use super::super::canvas::{Canvas, Type};
use super::super::font::Weight;
use super::super::format::{Drawing, Format};
use super::super::page::heading;
use super::super::pages::{Rows, pages};
use super::super::style::{INK, LABEL, MUTED, NOTE, pitch};
use super::axes::{self, Plot};
use super::{Chart, Sheet, marks};

const GAP: f64 = 20.0;
const BELOW: f64 = 32.0;
const ROW_GAP: f64 = 12.0;

/// The sheet on one page.
pub(super) fn draw(sheet: &Sheet, format: Format) -> Drawing {
    let page = Page::new(sheet, format);
    page.lay(0..page.rows(), page.heights().0)
}

/// The sheet on as many pages as it needs; what stands side by side on a screen stays together.
pub(super) fn printed(sheet: &Sheet, format: Format) -> Vec<Drawing> {
    let page = Page::new(sheet, format);
    let (full, least) = page.heights();
    let together = sheet.columns.div_ceil(page.columns).max(1);
    let rows = Rows { count: page.rows(), together, full, least };
    pages(format, rows, &|rows, high| page.lay(rows, high))
}

/// A sheet in so many columns on pages of this width.
struct Page<'a> {
    sheet: &'a Sheet,
    format: Format,
    columns: usize,
    width: f64,
}

impl<'a> Page<'a> {
    fn new(sheet: &'a Sheet, format: Format) -> Self {
        let columns = if format == Format::Single { sheet.columns.div_ceil(2) } else { sheet.columns };
        let columns = columns.clamp(1, sheet.charts.len().max(1));
        let width = format.units(if columns == 1 { 620.0 } else { 960.0 });
        Self { sheet, format, columns, width }
    }

    /// Heights of charts, at best and at least.
    fn heights(&self) -> (f64, f64) {
        let least = self.sheet.charts.iter().map(axes::lowest).fold(0.0, f64::max);
        let wide = (0..self.rows()).map(|row| self.wide(row)).fold(f64::INFINITY, f64::min);
        ((self.sheet.aspect * wide).clamp(60.0, 360.0).max(least), least)
    }

    fn rows(&self) -> usize {
        self.sheet.charts.len().div_ceil(self.columns)
    }

    /// A page with these rows, its charts this high.
    fn lay(&self, rows: Range<usize>, high: f64) -> Drawing {
        let (sheet, margin) = (self.sheet, self.format.margin());
        let mut canvas = Canvas::default();
        let mut y = if self.format.has_heading() {
            heading(&mut canvas, (&sheet.title, &sheet.subtitle), self.width)
        } else {
            margin
        };
        for row in rows.clone() {
            y = self.row(&mut canvas, (row, row + 1 == rows.end), (y, high));
        }
        let bottom = key(&mut canvas, sheet, (margin, self.width - margin), y);
        let bottom = self.notes(&mut canvas, rows, bottom);
        Drawing {
            canvas,
            size: (self.width, (bottom + margin).ceil()),
            millimetres: self.format.millimetres(),
            title: sheet.title.clone(),
            description: sheet.subtitle.clone(),
            further: false,
        }
    }

    /// One row of charts from `y` on, perhaps the last of its page; returns where the next may begin.
    fn row(&self, canvas: &mut Canvas, (row, last): (usize, bool), (y, high): (f64, f64)) -> f64 {
        let (wide, rooms) = (self.wide(row), self.rooms(row));
        let first = row * self.columns;
        let charts = self.sheet.charts.iter().skip(first).take(self.columns);
        let titles = charts.clone().map(|c| Weight::Bold.wrap(&c.title, LABEL, wide, 3));
        let titles: Vec<Vec<String>> = titles.collect();
        let lines = titles.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let top = y + lines * pitch(LABEL) + 4.0;
        let mut labelled = false;
        for (column, (chart, title)) in charts.zip(&titles).enumerate() {
            let number = first + column;
            canvas.begin(&format!("panel-{}", number + 1));
            let before: f64 = rooms[..=column].iter().sum();
            let left = (column as f64).mul_add(wide + GAP, self.format.margin() + before);
            let plot = Plot::new(chart, (left, left + wide), (top, top + high));
            for (above, line) in title.iter().rev().enumerate() {
                let base = top - 5.0 - above as f64 * pitch(LABEL);
                canvas.text((left, base), line, Type::new(LABEL, INK).bold());
            }
            plot.grid(canvas, chart);
            chart.marks.iter().for_each(|mark| marks::draw(canvas, &plot, mark));
            plot.frame(canvas);
            if last || !same_across(self.sheet, number, self.columns) || rooms != self.rooms(row + 1) {
                plot.across(canvas, chart);
                labelled = true;
            }
            if column == 0 || !self.sheet.shared {
                plot.upwards(canvas, chart, rooms[column]);
            }
        }
        top + high + if labelled { BELOW } else { 0.0 } + ROW_GAP
    }

    /// What the charts of some rows say, each line once, from `top` on; returns where it ends.
    fn notes(&self, canvas: &mut Canvas, rows: Range<usize>, top: f64) -> f64 {
        let charts = self.sheet.charts.iter().skip(rows.start * self.columns).take(rows.len() * self.columns);
        let mut said: Vec<&String> = Vec::new();
        for note in charts.flat_map(|chart| &chart.notes) {
            if !said.contains(&note) {
                said.push(note);
            }
        }
        let (left, mut base) = (self.format.margin(), top);
        for line in said.iter().flat_map(|n| Weight::Regular.wrap(n, NOTE, self.width - 2.0 * left, 3)) {
            base += pitch(NOTE);
            canvas.text((left, base), &line, Type::new(NOTE, MUTED));
        }
        if said.is_empty() { top } else { base + 4.0 }
    }

    /// Width of the charts of a row.
    fn wide(&self, row: usize) -> f64 {
        let gaps = (self.columns - 1) as f64 * GAP;
        let taken = 2.0 * self.format.margin() + self.rooms(row).iter().sum::<f64>() + gaps + 6.0;
        (self.width - taken) / self.columns as f64
    }

    /// Room for the labels to the left of each column of a row. Charts below each other keep their edges in line, unless
    /// names of one would squeeze the others into a narrow column.
    fn rooms(&self, row: usize) -> Vec<f64> {
        let Self { sheet, columns, .. } = *self;
        let alone = columns == 1 && !sheet.shared;
        let of = |column: usize| {
            let charts = sheet.charts.iter().enumerate();
            let charts = charts.filter(|(i, _)| i % columns == column && (!alone || i / columns == row));
            charts.map(|(_, chart)| axes::room(chart)).fold(0.0, f64::max)
        };
        (0..columns).map(|c| if sheet.shared && c > 0 { 0.0 } else { of(c) }).collect()
    }
}

/// Whether the chart below has the same axis across, so that its labels serve both.
fn same_across(sheet: &Sheet, number: usize, columns: usize) -> bool {
    let axis = |c: &Chart| c.x.clone();
    sheet.charts.get(number + columns).is_some_and(|below| axis(below) == axis(&sheet.charts[number]))
}

fn key(canvas: &mut Canvas, sheet: &Sheet, (left, right): (f64, f64), top: f64) -> f64 {
    canvas.begin("key");
    let (mut x, mut base) = (left, top + NOTE);
    for (mark, words) in &sheet.key {
        for (line, words) in Weight::Regular.wrap(words, NOTE, right - left - 26.0, 3).iter().enumerate() {
            let needed = 26.0 + Weight::Regular.width(words, NOTE);
            if line > 0 || (x > left && x + needed > right) {
                (x, base) = (left, base + 1.3 * pitch(NOTE));
            }
            if line == 0 {
                marks::sample(canvas, mark, (x + 10.0, base - 3.4));
            }
            canvas.text((x + 26.0, base), words, Type::new(NOTE, MUTED));
            x += needed + 18.0;
        }
    }
    base + 4.0
}
