//! From SVG to PNG, without asking the machine for fonts.

use std::fmt;

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::FURTHER;

/// Most pixels of a picture: 400 megabytes of memory.
const MOST_PIXELS: f64 = 1e8;

/// Bytes of a PNG before its second chunk: the signature and the header.
const HEADER: usize = 8 + 25;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RasterError {
    /// The text is not an SVG document; the parser's words.
    Parse(String),
    /// No pixels, or more than 10⁸ of them.
    Size {
        /// Width that was asked for.
        pixels_wide: u32,
    },
    /// The picture could not be encoded; the encoder's words.
    Encode(String),
}

impl fmt::Display for RasterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RasterError::Parse(why) => write!(f, "the figure is not readable as SVG: {why}"),
            RasterError::Size { pixels_wide } => {
                write!(f, "a picture {pixels_wide} pixels wide has no pixels or more than 10⁸")
            }
            RasterError::Encode(why) => write!(f, "the picture could not be encoded: {why}"),
        }
    }
}

impl std::error::Error for RasterError {}

/// The picture of a document made by [`super::svg`], `pixels_wide` pixels wide, its height in proportion.
///
/// # Errors
/// When `svg` is not an SVG document, or the width is 0 or gives more than 10⁸ pixels.
pub fn png(svg: &str, pixels_wide: u32) -> Result<Vec<u8>, RasterError> {
    let tree = Tree::from_str(svg, &Options::default()).map_err(|e| RasterError::Parse(e.to_string()))?;
    let size = tree.size();
    let scale = f64::from(pixels_wide) / f64::from(size.width());
    let height = (scale * f64::from(size.height())).ceil().max(1.0);
    let refused = || RasterError::Size { pixels_wide };
    if height * f64::from(pixels_wide) > MOST_PIXELS {
        return Err(refused());
    }
    let mut picture = Pixmap::new(pixels_wide, height as u32).ok_or_else(refused)?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut picture.as_mut());
    encoded(picture).map_err(|e| RasterError::Encode(e.to_string()))
}

/// The bytes of a picture. Drawings are areas of one colour, so lines are compressed as they are, without a filter, and
/// little effort does: files are about as large as with the encoder's own choice, which takes twice as long.
fn encoded(picture: Pixmap) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_filter(Filter::NoFilter);
    encoder.set_deflate_compression(DeflateCompression::Level(3));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.take_demultiplied())?;
    writer.finish()?;
    Ok(bytes)
}

/// A PNG that says of itself, in a chunk of text, that a page comes before it.
pub(super) fn marked(png: &[u8]) -> Vec<u8> {
    let body = [b"tEXtDescription\0", FURTHER.as_bytes()].concat();
    let length = (body.len() - 4) as u32;
    let (header, rest) = png.split_at(HEADER);
    [header, &length.to_be_bytes(), &body, &check_sum(&body).to_be_bytes(), rest].concat()
}

/// The check sum of a chunk: CRC-32.
fn check_sum(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_sums_are_those_of_the_standard() {
        assert_eq!(check_sum(b"123456789"), 0xcbf4_3926);
        assert_eq!(check_sum(b"IEND"), 0xae42_6082, "as every PNG ends");
    }
}
