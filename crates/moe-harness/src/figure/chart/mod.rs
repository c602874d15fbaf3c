//! Charts that are no rates: scatters, distributions, waterfalls and intervals, as a grid of small panels that share axes.

mod axes;
mod grid;
mod marks;
#[cfg(test)]
mod tests;

use super::{Drawing, Format, Tag};

/// A grid of charts with one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Heading.
    pub title: String,
    /// What the reader must know before looking; may be empty.
    pub subtitle: String,
    /// The charts, in reading order.
    pub charts: Vec<Chart>,
    /// Columns on a screen or on a page; half of them, rounded up, in one column of a journal.
    pub columns: usize,
    /// Whether charts of one row share what is drawn upwards, so that only the first of them has labels.
    pub shared: bool,
    /// Height of a chart as a share of its width.
    pub aspect: f64,
    /// What samples mean, in order.
    pub key: Vec<(Mark, String)>,
}

/// One chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Heading.
    pub title: String,
    /// Axis across.
    pub x: Scale,
    /// Axis upwards.
    pub y: Scale,
    /// What is drawn, in order, in the units of the axes.
    pub marks: Vec<Mark>,
    /// Small lines under the key of the page that the chart is on; what several charts say stands there once.
    pub notes: Vec<String>,
}

/// An axis: its name and the range that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// What is drawn along it.
    pub name: String,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// What its ticks say.
    pub ticks: Ticks,
}

/// What the ticks of an axis say.
#[derive(Clone, Debug, PartialEq)]
pub enum Ticks {
    /// The value.
    Linear,
    /// Ten to the power of the value: coordinates are decimal logarithms.
    Powers,
    /// The names of 0, 1, 2, …, from the top down or from the left on.
    Names(Vec<String>),
}

/// How small points look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Filled, in the shape of their colour.
    Full,
    /// Outlines of that shape.
    Hollow,
    /// Crosses, whatever the colour.
    Cross,
}

/// Something that is drawn in a chart. Colours are numbers of curves.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// Small points; what lies outside is drawn at the frame.
    Dots {
        /// Places.
        points: Vec<(f64, f64)>,
        /// Colour.
        colour: usize,
        /// How each looks.
        look: Look,
        /// What each says when it is asked; empty where none is.
        tags: Vec<Tag>,
    },
    /// A line through points.
    Line {
        /// Places.
        points: Vec<(f64, f64)>,
        /// Colour.
        colour: usize,
    },
    /// An area between two values.
    Band {
        /// Place across, lower and upper value.
        points: Vec<(f64, f64, f64)>,
        /// Colour.
        colour: usize,
    },
    /// A marker with an interval upwards or, when the second is set, across.
    Interval {
        /// Place of the marker.
        at: (f64, f64),
        /// Ends of the interval.
        ends: (f64, f64),
        /// Whether the interval lies across.
        across: bool,
        /// Colour and shape.
        colour: usize,
        /// What it says when it is asked.
        tag: Option<Tag>,
    },
    /// A cross: what is true.
    Truth {
        /// Place.
        at: (f64, f64),
    },
    /// A dashed line over the whole chart.
    Guide {
        /// Its value.
        at: f64,
        /// Whether it stands upright, at a place across.
        upright: bool,
    },
}

impl Scale {
    /// An axis of values that holds all finite ones, with room around them.
    pub fn over(name: &str, ticks: Ticks, values: impl Iterator<Item = f64>) -> Self {
        let range = super::scale::Range::over(values).unwrap_or(super::scale::Range { low: 0.0, high: 1.0 });
        let least = if ticks == Ticks::Powers { 1.0 } else { 1e-3 };
        let range = range.padded_to(0.06, 0.06, least);
        Self { name: name.to_owned(), low: range.low, high: range.high, ticks }
    }

    /// An axis of names.
    pub fn names(name: &str, names: Vec<String>) -> Self {
        let high = names.len() as f64 - 0.5;
        Self { name: name.to_owned(), low: -0.5, high, ticks: Ticks::Names(names) }
    }
}

/// The sheet, drawn on one page. Equal sheets give equal bytes.
pub fn draw(sheet: &Sheet, format: Format) -> Drawing {
    grid::draw(sheet, format)
}

/// The sheet, drawn on as many pages as it needs.
pub fn printed(sheet: &Sheet, format: Format) -> Vec<Drawing> {
    grid::printed(sheet, format)
}
