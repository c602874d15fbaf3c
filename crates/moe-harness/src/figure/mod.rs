//! Figures: log-log panels with intervals, fitted lines and the theory's lines, and charts of other shapes, as SVG,
//! PDF, PNG and CSV.
//!
//! Plain data in, strings and bytes out: nothing here reads records, refits or touches the disk. All text is set in two
//! embedded faces, so a figure looks the same on a machine without fonts.

mod canvas;
pub mod chart;
mod csv;
mod font;
mod format;
mod key;
mod legend;
mod naming;
mod page;
mod pages;
mod panel;
mod pdf;
mod place;
mod ranges;
mod raster;
mod scale;
mod style;
#[cfg(test)]
mod tests;
mod trend;
mod vector;

use std::collections::BTreeMap;

pub use canvas::Tag;
pub use csv::csv;
pub use format::{Drawing, FURTHER, Format, PAGE};
pub use naming::{Naming, Stated};
pub use page::{draw, printed, svg};
pub use raster::{RasterError, png};
pub use scale::power_of_ten;

/// A figure: a heading and a grid of panels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Heading.
    pub title: String,
    /// What the reader must know before looking, set small below the heading; may be empty.
    pub subtitle: String,
    /// The panels, in reading order: one column for one panel, two columns otherwise.
    pub panels: Vec<PanelView>,
}

/// What is drawn upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vertical {
    /// Estimates, on a logarithmic axis.
    #[default]
    Estimates,
    /// Slopes, on a linear axis.
    Slopes,
}

/// One panel: sample size across on a logarithmic axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelView {
    /// Heading.
    pub title: String,
    /// What is drawn upwards.
    pub vertical: Vertical,
    /// What the axes are called, and whose the stated slopes are.
    pub naming: Naming,
    /// Small lines under the panel, for example a hit rate.
    pub notes: Vec<String>,
    /// The curves, in the order of the legend. Up to six stay readable.
    pub curves: Vec<CurveView>,
    /// Slopes of lines to compare with, drawn in grey; among slopes they are levels.
    pub guides: Vec<f64>,
    /// Local slopes of the same curves, drawn in a strip below that shares the axis of sizes; may be empty.
    pub strip: Vec<CurveView>,
}

/// One curve of a panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveView {
    /// Name in the legend, for example "D₁ median".
    pub label: String,
    /// One point a sample size, in any order.
    pub points: Vec<PointView>,
    /// The line fitted to the points, if one was fitted.
    pub fit: Option<LineView>,
    /// The exponent that the theory, or a claim, states; `None` where it states none. Among slopes it is a level line.
    pub theory: Option<f64>,
    /// Where most replications lie, by size; empty where it is not drawn.
    pub band: Vec<BandView>,
    /// What the points say when they are asked, by size.
    pub tags: BTreeMap<u64, Tag>,
}

/// Where most replications lie at one size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandView {
    /// Sample size n.
    pub size: u64,
    /// Lower quantile.
    pub lower: f64,
    /// Upper quantile.
    pub upper: f64,
}

/// An estimate at one sample size. Any float is legal: what has no place on a logarithmic axis is marked at its edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointView {
    /// Sample size n.
    pub size: u64,
    /// The estimate.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
}

/// A line fitted on log-log scale: ln value = intercept + slope · ln n.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineView {
    /// Slope.
    pub slope: f64,
    /// Intercept, in natural logarithms.
    pub intercept: f64,
    /// Lower end of the slope's interval.
    pub lower: f64,
    /// Upper end of the slope's interval.
    pub upper: f64,
    /// Smallest sample size that was fitted; smaller ones are drawn hollow.
    pub from: u64,
}

impl CurveView {
    /// Whether the line was fitted to this point (true when there is no line).
    fn uses(&self, point: &PointView) -> bool {
        self.fit.is_none_or(|line| point.size >= line.from)
    }
}
