//! How a figure for print comes onto pages: lowered until it fits one or, where that would be too low, divided between rows.

use std::ops::Range;

use super::format::{Drawing, Format};

/// Rows of plots: how many there are, how many of them always stay together, how high they are at best and at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) count: usize,
    pub(super) together: usize,
    pub(super) full: f64,
    pub(super) least: f64,
}

/// The pages of a figure of which `lay` draws some rows at a height. A screen has one page, however high.
pub(super) fn pages(format: Format, rows: Rows, lay: &dyn Fn(Range<usize>, f64) -> Drawing) -> Vec<Drawing> {
    let on_one = lowered(format, rows, 0..rows.count, lay);
    if format == Format::Screen || fits(&on_one) {
        return vec![on_one];
    }
    let mut pages = Vec::new();
    let mut first = 0;
    while first < rows.count {
        let ends = (first + rows.together..rows.count).step_by(rows.together).chain([rows.count]);
        let full = ends.take_while(|end| fits(&lay(first..*end, rows.full))).last();
        let end = full.unwrap_or((first + rows.together).min(rows.count));
        let page = lowered(format, rows, first..end, lay);
        pages.push(Drawing { further: first > 0, ..page });
        first = end;
    }
    pages
}

/// Some rows at full height or, where they would not fit a page, as much lower as they must be; full again where even the
/// least height would not do.
fn lowered(
    format: Format,
    rows: Rows,
    shown: Range<usize>,
    lay: &dyn Fn(Range<usize>, f64) -> Drawing,
) -> Drawing {
    let drawing = lay(shown.clone(), rows.full);
    if format == Format::Screen || fits(&drawing) {
        return drawing;
    }
    let excess = drawing.size.1 - Format::page();
    let lower = rows.full - excess.ceil() / shown.len().max(1) as f64;
    if lower < rows.least { drawing } else { lay(shown, lower) }
}

fn fits(drawing: &Drawing) -> bool {
    drawing.size.1 <= Format::page()
}
