//! The two embedded faces: how wide a text is, where it breaks, and the outlines of its glyphs.

use std::fmt::Write;
use std::sync::LazyLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Which of the two faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Regular,
    Bold,
}

const REGULAR_BYTES: &[u8] = include_bytes!("../../assets/DejaVuSans.subset.ttf");
const BOLD_BYTES: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.subset.ttf");
static REGULAR: LazyLock<Face<'static>> = LazyLock::new(|| face(REGULAR_BYTES));
static BOLD: LazyLock<Face<'static>> = LazyLock::new(|| face(BOLD_BYTES));

/// Part of an em that keeps digits clear of a fraction's slash: the face means it for one raised and one lowered digit, and
/// in an exponent both are raised.
const CLEAR_OF_SLASH: i32 = 10;

/// Measures of a face, in font units.
pub(super) struct Measures {
    /// Left, bottom, right and top of all glyphs together.
    pub(super) corners: [i32; 4],
    pub(super) ascent: i32,
    pub(super) descent: i32,
    pub(super) capital: i32,
}

fn face(bytes: &'static [u8]) -> Face<'static> {
    Face::parse(bytes, 0).expect("an embedded face is part of the program and parses")
}

impl Weight {
    fn face(self) -> &'static Face<'static> {
        match self {
            Weight::Regular => &REGULAR,
            Weight::Bold => &BOLD,
        }
    }

    /// The file of the face.
    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Weight::Regular => REGULAR_BYTES,
            Weight::Bold => BOLD_BYTES,
        }
    }

    /// How high and wide its glyphs are.
    pub(super) fn measures(self) -> Measures {
        let face = self.face();
        let all = face.global_bounding_box();
        Measures {
            corners: [all.x_min, all.y_min, all.x_max, all.y_max].map(i32::from),
            ascent: i32::from(face.ascender()),
            descent: i32::from(face.descender()),
            capital: i32::from(face.capital_height().unwrap_or(face.ascender())),
        }
    }

    /// How far a glyph moves the pen, in font units.
    pub(super) fn advance(self, glyph: GlyphId) -> i32 {
        i32::from(self.face().glyph_hor_advance(glyph).unwrap_or(0))
    }

    /// Font units of one em.
    pub(super) fn units_per_em(self) -> f64 {
        f64::from(self.face().units_per_em())
    }

    /// Glyphs of a text with their horizontal positions, and the whole advance, in font units, kerned.
    /// A character without a glyph becomes the face's empty box.
    pub(super) fn line(self, text: &str) -> (Vec<(GlyphId, i32)>, i32) {
        let face = self.face();
        let mut x = 0;
        let mut glyphs: Vec<(GlyphId, i32)> = Vec::new();
        let mut before = ' ';
        for character in text.chars() {
            let glyph = face.glyph_index(character).unwrap_or(GlyphId(0));
            if let Some((left, _)) = glyphs.last() {
                x += kerning(face, *left, glyph);
                if [before, character].contains(&'⁄') {
                    x += i32::from(face.units_per_em()) / CLEAR_OF_SLASH;
                }
            }
            glyphs.push((glyph, x));
            x += self.advance(glyph);
            before = character;
        }
        (glyphs, x)
    }

    /// Width of a text set at `size`, in the units of `size`.
    pub(super) fn width(self, text: &str, size: f64) -> f64 {
        f64::from(self.line(text).1) * size / self.units_per_em()
    }

    /// The outline of a glyph as path data in font units (y upwards); empty for a blank.
    pub(super) fn outline(self, glyph: GlyphId) -> String {
        let mut path = PathData(String::new());
        self.face().outline_glyph(glyph, &mut path);
        path.0
    }

    /// Breaks a text into at most `most` lines no wider than `room`, about equally long: between words, or inside a
    /// word that is wider than a line. What does not fit ends in an ellipsis.
    pub(super) fn wrap(self, text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
        let mut lines = self.greedy(text, size, room, most);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                self.shorten(last, size, room);
            }
            return lines;
        }
        let widest = words(text).iter().map(|w| self.width(w, size)).fold(0.0, f64::max);
        for percent in (50..100).rev() {
            let less = room * f64::from(percent) / 100.0;
            if lines.len() < 2 || less < widest {
                break;
            }
            let narrower = self.greedy(text, size, less, lines.len());
            if narrower.len() > lines.len() {
                break;
            }
            lines = narrower;
        }
        lines
    }

    /// Fills line after line; gives up soon after `most` lines.
    fn greedy(self, text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in words(text) {
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if self.width(&longer, size) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for character in word.chars() {
                line.push(character);
                if line.chars().nth(1).is_some() && self.width(&line, size) > room {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, character.to_string()));
                }
            }
            if lines.len() > most {
                break;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    fn shorten(self, line: &mut String, size: f64, room: f64) {
        line.push('…');
        while line.chars().nth(1).is_some() && self.width(line, size) > room {
            line.pop();
            line.pop();
            line.push('…');
        }
    }
}

/// Words between which a line may break: an operator stays with both its sides, a per cent sign with its number.
fn words(text: &str) -> Vec<String> {
    let operator = |w: &str| matches!(w, "=" | "<" | ">" | "≤" | "≥" | "≠" | "·" | "×" | "±" | "∈" | "→");
    let mut words: Vec<String> = Vec::new();
    let mut before = "";
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if operator(word) || operator(before) || word.starts_with('%') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        before = word;
    }
    words
}

fn kerning(face: &Face<'_>, left: GlyphId, right: GlyphId) -> i32 {
    let Some(table) = face.tables().kern else { return 0 };
    let plain = |s: &ttf_parser::kern::Subtable<'_>| s.horizontal && !s.variable && !s.has_cross_stream;
    let pair = table.subtables.into_iter().filter(plain).find_map(|s| s.glyphs_kerning(left, right));
    i32::from(pair.unwrap_or(0))
}

/// Collects an outline as SVG path data; the coordinates of these faces are whole or half font units.
struct PathData(String);

impl PathData {
    fn command(&mut self, letter: char, coordinates: &[f32]) {
        self.0.push(letter);
        for (i, c) in coordinates.iter().enumerate() {
            let separator = if i == 0 { "" } else { " " };
            write!(self.0, "{separator}{c}").expect("writing to a string cannot fail");
        }
    }
}

impl OutlineBuilder for PathData {
    fn move_to(&mut self, x: f32, y: f32) {
        self.command('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.command('L', &[x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.command('Q', &[x1, y1, x, y]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.command('C', &[x1, y1, x2, y2, x, y]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_keep_every_word() {
        let text = "Over-specified, Regime 1: k = 3, all class slopes distinct, 95 % intervals";
        for room in [130.0, 190.0, 400.0, 4000.0] {
            let lines = Weight::Bold.wrap(text, 12.0, room, 99);
            assert_eq!(lines.join(" "), text);
            assert!(lines.iter().all(|l| Weight::Bold.width(l, 12.0) <= room), "{room}: {lines:?}");
            assert!(lines.iter().all(|l| !l.ends_with('=') && !l.starts_with(['=', '%'])), "{lines:?}");
        }
    }

    #[test]
    fn endless_words_break_and_endless_texts_end_in_an_ellipsis() {
        let lines = Weight::Regular.wrap(&"W".repeat(10_000), 10.0, 100.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
        assert!(lines.iter().all(|l| Weight::Regular.width(l, 10.0) <= 100.0));
        assert_eq!(Weight::Regular.wrap(" \t\n", 10.0, 100.0, 3), Vec::<String>::new());
        assert_eq!(Weight::Regular.wrap("ab", 10.0, -5.0, 3), ["a", "b"]);
    }

    #[test]
    fn pairs_are_kerned() {
        let apart = Weight::Regular.width("A", 100.0) + Weight::Regular.width("V", 100.0);
        assert!(Weight::Regular.width("AV", 100.0) < apart);
    }

    #[test]
    fn raised_fractions_are_clear_of_their_slash() {
        let of = |text: &str| Weight::Regular.width(text, 100.0);
        let apart = of("¹") + of("⁄") + of("²");
        assert!((of("¹⁄²") - apart - 20.0).abs() < 0.1);
    }

    #[test]
    fn the_field_s_letters_have_glyphs() {
        let letters =
            "D₁ D₂ D₃ᵣ β₁ⱼ π̂ Ĝ ω Δ Σ ‖a‖ √n ≤ ≥ ≠ ± × · − – — … ∈ ∞ → 10⁻³ n⁻¹⁄² Łojasiewicz Nguyễn ▲ ▼";
        for weight in [Weight::Regular, Weight::Bold] {
            for letter in letters.chars() {
                assert!(weight.face().glyph_index(letter).is_some(), "{letter:?} in {weight:?}");
            }
        }
    }
}
