//! The page of a sheet: heading, charts in rows and columns, key.

use super::super::canvas::{Canvas, Type};
use super::super::font::Weight;
use super::super::format::{Drawing, Format};
use super::super::page::heading;
use super::super::style::{INK, LABEL, MUTED, NOTE, pitch};
use super::axes::{self, Plot};
use super::{Chart, Sheet, marks};

const GAP: f64 = 20.0;
const BELOW: f64 = 32.0;
const ROW_GAP: f64 = 12.0;

pub(super) fn draw(sheet: &Sheet, format: Format) -> Drawing {
    let margin = format.margin();
    let columns = if format == Format::Single { sheet.columns.div_ceil(2) } else { sheet.columns };
    let columns = columns.clamp(1, sheet.charts.len().max(1));
    let width = format.units(if columns == 1 { 620.0 } else { 960.0 });
    let mut canvas = Canvas::default();
    let mut y = if format.has_heading() {
        heading(&mut canvas, (&sheet.title, &sheet.subtitle), width)
    } else {
        margin
    };
    let rooms = rooms(sheet, columns);
    let gaps = (columns - 1) as f64 * GAP;
    let wide = (width - 2.0 * margin - rooms.iter().sum::<f64>() - gaps - 6.0) / columns as f64;
    let high = (sheet.aspect * wide).clamp(60.0, 360.0);
    let rows = sheet.charts.len().div_ceil(columns);
    for (row, charts) in sheet.charts.chunks(columns).enumerate() {
        let titles: Vec<_> = charts.iter().map(|c| Weight::Bold.wrap(&c.title, LABEL, wide, 3)).collect();
        let lines = titles.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let top = y + lines * pitch(LABEL) + 4.0;
        let last = row + 1 == rows;
        for (column, (chart, title)) in charts.iter().zip(&titles).enumerate() {
            let number = row * columns + column;
            canvas.begin(&format!("panel-{}", number + 1));
            let before: f64 = rooms[..=column].iter().sum();
            let left = (column as f64).mul_add(wide + GAP, margin + before);
            let plot = Plot::new(chart, (left, left + wide), (top, top + high));
            for (above, line) in title.iter().rev().enumerate() {
                let base = top - 5.0 - above as f64 * pitch(LABEL);
                canvas.text((left, base), line, Type::new(LABEL, INK).bold());
            }
            plot.grid(&mut canvas, chart);
            chart.marks.iter().for_each(|mark| marks::draw(&mut canvas, &plot, mark));
            plot.frame(&mut canvas);
            let uncovered = sheet.charts.len() <= number + columns;
            if last || uncovered || !same_across(sheet, number, columns) {
                plot.across(&mut canvas, chart);
            }
            if column == 0 || !sheet.shared {
                plot.upwards(&mut canvas, chart, rooms[column]);
            }
        }
        let labelled = last
            || (0..charts.len()).any(|c| {
                let number = row * columns + c;
                sheet.charts.len() <= number + columns || !same_across(sheet, number, columns)
            });
        y = top + high + if labelled { BELOW } else { 0.0 } + ROW_GAP;
    }
    let bottom = key(&mut canvas, sheet, (margin, width - margin), y);
    Drawing {
        canvas,
        size: (width, (bottom + margin).ceil()),
        millimetres: format.millimetres(),
        title: sheet.title.clone(),
        description: sheet.subtitle.clone(),
    }
}

/// Room for the labels to the left of each column.
fn rooms(sheet: &Sheet, columns: usize) -> Vec<f64> {
    let of = |column: usize| {
        let charts = sheet.charts.iter().skip(column).step_by(columns);
        charts.map(axes::room).fold(0.0, f64::max)
    };
    (0..columns).map(|c| if sheet.shared && c > 0 { 0.0 } else { of(c) }).collect()
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
