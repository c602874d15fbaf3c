//! How large a figure is made, and a finished one: drawn once, written as SVG, PDF or PNG.

use super::canvas::Canvas;
use super::{RasterError, pdf, raster, vector};

/// Units of a millimetre on a page that is made for print: labels of 10.5 units are 7 points high.
const UNITS_OF_A_MILLIMETRE: f64 = 4.253;

/// What a file of a page says of itself where another page comes before it, in every format.
pub const FURTHER: &str = "further page of a figure of moe-rates";

/// Millimetres that a page leaves for a figure.
pub const PAGE: f64 = 240.0;

/// What a figure is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A screen or a report: it has a heading, and the size that its panels ask for.
    #[default]
    Screen,
    /// One column of a journal, 84 mm; the heading is left to the caption.
    Single,
    /// The width of a journal's page, 174 mm; the heading is left to the caption.
    Double,
}

impl Format {
    /// Width in millimetres; `None` where it has none of its own.
    pub fn millimetres(self) -> Option<f64> {
        match self {
            Format::Screen => None,
            Format::Single => Some(84.0),
            Format::Double => Some(174.0),
        }
    }

    /// Width in units of the page, where a screen gets this many.
    pub(super) fn units(self, screen: f64) -> f64 {
        self.millimetres().map_or(screen, |wide| (wide * UNITS_OF_A_MILLIMETRE).round())
    }

    /// Height of a page in its units.
    pub(super) fn page() -> f64 {
        (PAGE * UNITS_OF_A_MILLIMETRE).floor()
    }

    /// Whether title and subtitle stand on the page.
    pub(super) fn has_heading(self) -> bool {
        self == Format::Screen
    }

    /// Room around everything.
    pub(super) fn margin(self) -> f64 {
        if self == Format::Screen { 22.0 } else { 4.0 }
    }
}

/// A figure that is drawn.
#[derive(Clone, Debug)]
pub struct Drawing {
    pub(super) canvas: Canvas,
    pub(super) size: (f64, f64),
    pub(super) millimetres: Option<f64>,
    pub(super) title: String,
    pub(super) description: String,
    /// Whether a page comes before it.
    pub(super) further: bool,
}

impl Drawing {
    /// Width in millimetres, where it is made for print.
    pub fn millimetres(&self) -> Option<f64> {
        self.millimetres
    }

    /// Height in millimetres, where it is made for print.
    pub fn millimetres_high(&self) -> Option<f64> {
        self.millimetres.map(|wide| wide * self.size.1 / self.size.0)
    }

    /// Width in units of the page: CSS pixels on a screen.
    pub fn units(&self) -> f64 {
        self.size.0
    }

    /// As a self-contained SVG document: all text is outlines, no font is needed to show it.
    pub fn svg(&self) -> String {
        vector::document(self, None)
    }

    /// As an SVG element of a page that holds others: `prefix` stands before its ids, and points with a tag can be
    /// reached by pointer and keyboard.
    pub fn svg_part(&self, prefix: &str) -> String {
        vector::document(self, Some(prefix))
    }

    /// As a PDF document of one page, its two faces embedded.
    pub fn pdf(&self) -> Vec<u8> {
        pdf::document(self)
    }

    /// As a picture, `pixels_wide` pixels wide, its height in proportion.
    ///
    /// # Errors
    /// When the width is 0 or gives more than 10⁸ pixels.
    pub fn png(&self, pixels_wide: u32) -> Result<Vec<u8>, RasterError> {
        let picture = raster::png(&self.svg(), pixels_wide)?;
        Ok(if self.further { raster::marked(&picture) } else { picture })
    }
}
