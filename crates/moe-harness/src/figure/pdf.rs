//! A finished page as PDF: vector strokes, and text as text of the two embedded faces, so that it can be searched.

use std::collections::{BTreeMap, BTreeSet};

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::types::{CidFontType, FontFlags, LineJoinStyle, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use ttf_parser::GlyphId;

use super::canvas::{Reading, Shape, Stroke, Type, printable};
use super::font::Weight;
use super::{Drawing, FURTHER};

/// Points of a unit where the page has no size of its own: a CSS pixel.
const CSS_PIXEL: f64 = 0.75;
/// Points of a millimetre.
const MILLIMETRE: f64 = 72.0 / 25.4;
/// Effort of the compression; the bytes depend on nothing else.
const EFFORT: u8 = 8;
/// A quarter of a circle as a cubic curve.
const QUARTER: f64 = 0.552_284_75;

const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The document: one page.
pub(super) fn document(drawing: &Drawing) -> Vec<u8> {
    let mut next = 1;
    let mut fresh = || {
        next += 1;
        Ref::new(next - 1)
    };
    let (catalog, pages, page, content, info) = (fresh(), fresh(), fresh(), fresh(), fresh());
    let unit = drawing.millimetres.map_or(CSS_PIXEL, |wide| wide * MILLIMETRE / drawing.size.0);
    let written = Page::of(drawing, unit);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut about = pdf.document_info(info);
    about.title(TextStr(&printable(&drawing.title))).creator(TextStr("moe-rates"));
    if drawing.further {
        about.subject(TextStr(FURTHER));
    }
    about.finish();
    let fonts: BTreeMap<Weight, Ref> = written.used.keys().map(|weight| (*weight, fresh())).collect();
    {
        let mut dictionary = pdf.page(page);
        let box_ = Rect::new(0.0, 0.0, (drawing.size.0 * unit) as f32, (drawing.size.1 * unit) as f32);
        dictionary.parent(pages).media_box(box_).contents(content);
        let mut resources = dictionary.resources();
        let mut dictionary = resources.fonts();
        for (weight, id) in &fonts {
            dictionary.pair(Name(name(*weight)), *id);
        }
        dictionary.finish();
        let mut states = resources.ext_g_states();
        for percent in &written.opacities {
            let key = format!("A{percent}");
            states
                .insert(Name(key.as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState<'_>>()
                .non_stroking_alpha(f32::from(*percent) / 100.0);
        }
    }
    let stream = compress_to_vec_zlib(&written.content.finish(), EFFORT);
    pdf.stream(content, &stream).filter(Filter::FlateDecode);
    for (weight, id) in fonts {
        embed(&mut pdf, weight, id, [fresh(), fresh(), fresh(), fresh()], &written.used[&weight]);
    }
    pdf.finish()
}

fn name(weight: Weight) -> &'static [u8] {
    if weight == Weight::Regular { b"R" } else { b"B" }
}

/// The content of the page, with the glyphs and opacities that it uses.
struct Page {
    content: Content,
    used: BTreeMap<Weight, BTreeMap<u16, char>>,
    opacities: BTreeSet<u8>,
    height: f64,
    unit: f64,
}

impl Page {
    fn of(drawing: &Drawing, unit: f64) -> Self {
        let (used, opacities) = (BTreeMap::new(), BTreeSet::new());
        let mut page = Self { content: Content::new(), used, opacities, height: drawing.size.1, unit };
        page.content.set_line_join(LineJoinStyle::RoundJoin);
        for (shape, _) in drawing.canvas.groups.iter().flat_map(|g| &g.shapes) {
            page.content.save_state();
            page.shape(shape);
            page.content.restore_state();
        }
        page
    }

    /// A place of the page in points, y upwards.
    fn at(&self, (x, y): (f64, f64)) -> (f32, f32) {
        ((x * self.unit) as f32, ((self.height - y) * self.unit) as f32)
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { from, to, stroke } => self.polyline(&[*from, *to], *stroke),
            Shape::Curve { points, stroke } => self.polyline(points, *stroke),
            Shape::Frame { corner, size, stroke } => {
                let (x, y) = self.at((corner.0, corner.1 + size.1));
                self.stroke(*stroke);
                self.content.rect(x, y, (size.0 * self.unit) as f32, (size.1 * self.unit) as f32).stroke();
            }
            // Colours must be set before a path is begun.
            Shape::Disc { at, radius, fill, opacity, edge } => {
                self.colours(fill, *opacity, *edge);
                self.circle(*at, *radius);
                self.paint(fill, *edge);
            }
            Shape::Polygon { corners, fill, opacity, edge } => {
                self.colours(fill, *opacity, *edge);
                self.path(corners);
                self.content.close_path();
                self.paint(fill, *edge);
            }
            Shape::Text { at, text, set, reading } => self.text(*at, text, *set, *reading),
        }
    }

    fn path(&mut self, points: &[(f64, f64)]) {
        for (i, point) in points.iter().enumerate() {
            let (x, y) = self.at(*point);
            if i == 0 {
                self.content.move_to(x, y);
            } else {
                self.content.line_to(x, y);
            }
        }
    }

    fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        self.stroke(stroke);
        self.path(points);
        self.content.stroke();
    }

    fn stroke(&mut self, stroke: Stroke) {
        let [r, g, b] = rgb(stroke.colour);
        self.content.set_stroke_rgb(r, g, b).set_line_width((stroke.width * self.unit) as f32);
        if let Some(dashes) = stroke.dashes {
            let lengths = dashes.split(' ').filter_map(|d| d.parse::<f64>().ok());
            self.content.set_dash_pattern(lengths.map(|d| (d * self.unit) as f32), 0.0);
        }
    }
    fn colours(&mut self, fill: &'static str, opacity: f64, edge: Option<Stroke>) {
        if fill != "none" {
            let [r, g, b] = rgb(fill);
            self.content.set_fill_rgb(r, g, b);
        }
        if opacity < 1.0 {
            let percent = (100.0 * opacity).round() as u8;
            self.opacities.insert(percent);
            self.content.set_parameters(Name(format!("A{percent}").as_bytes()));
        }
        if let Some(edge) = edge {
            self.stroke(edge);
        }
    }

    fn paint(&mut self, fill: &'static str, edge: Option<Stroke>) {
        match (fill != "none", edge.is_some()) {
            (true, true) => self.content.fill_nonzero_and_stroke(),
            (true, false) => self.content.fill_nonzero(),
            (false, true) => self.content.stroke(),
            (false, false) => self.content.end_path(),
        };
    }

    fn circle(&mut self, (x, y): (f64, f64), radius: f64) {
        let (r, c) = (radius, radius * QUARTER);
        let quarters = [
            [(x + r, y - c), (x + c, y - r), (x, y - r)],
            [(x - c, y - r), (x - r, y - c), (x - r, y)],
            [(x - r, y + c), (x - c, y + r), (x, y + r)],
            [(x + c, y + r), (x + r, y + c), (x + r, y)],
        ];
        let (x, y) = self.at((x + r, y));
        self.content.move_to(x, y);
        for [a, b, end] in quarters.map(|q| q.map(|p| self.at(p))) {
            self.content.cubic_to(a.0, a.1, b.0, b.1, end.0, end.1);
        }
        self.content.close_path();
    }

    /// One line: every glyph is moved by what kerning and the rounding of advances leave.
    fn text(&mut self, at: (f64, f64), text: &str, set: Type, reading: Reading) {
        let (glyphs, advance) = set.weight.line(text);
        let size = set.size * self.unit;
        let shift = f64::from(set.shift(advance)) * size / set.weight.units_per_em();
        let (x, y) = self.at(at);
        let (size, shift) = (size as f32, shift as f32);
        let [r, g, b] = rgb(set.colour);
        self.content.begin_text().set_fill_rgb(r, g, b).set_font(Name(name(set.weight)), size);
        self.content.set_text_matrix(match reading {
            Reading::Across => [1.0, 0.0, 0.0, 1.0, x + shift, y],
            Reading::Upwards => [0.0, 1.0, -1.0, 0.0, x, y + shift],
        });
        let used = self.used.entry(set.weight).or_default();
        let mut operation = self.content.show_positioned();
        let mut items = operation.items();
        let mut expected = 0;
        for ((glyph, place), character) in glyphs.into_iter().zip(text.chars()) {
            if place != expected {
                let em = f64::from(expected - place) * 1000.0 / set.weight.units_per_em();
                items.adjust(em as f32);
            }
            items.show(Str(&glyph.0.to_be_bytes()));
            expected = place + set.weight.advance(glyph);
            used.entry(glyph.0).or_insert(character);
        }
        items.finish();
        operation.finish();
        self.content.end_text();
    }
}

/// Writes a face with the widths and the characters of the glyphs that are used.
fn embed(
    pdf: &mut Pdf,
    weight: Weight,
    id: Ref,
    [cid, descriptor, file, map]: [Ref; 4],
    used: &BTreeMap<u16, char>,
) {
    let base = Name(if weight == Weight::Regular { b"DejaVuSans" } else { b"DejaVuSans-Bold" });
    let em = |units: i32| (f64::from(units) * 1000.0 / weight.units_per_em()) as f32;
    pdf.type0_font(id)
        .base_font(base)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(map);
    let mut font = pdf.cid_font(cid);
    font.subtype(CidFontType::Type2).base_font(base).system_info(SYSTEM).font_descriptor(descriptor);
    font.default_width(em(weight.advance(GlyphId(0)))).cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = font.widths();
    for glyph in used.keys() {
        widths.consecutive(*glyph, [em(weight.advance(GlyphId(*glyph)))]);
    }
    widths.finish();
    font.finish();
    let measures = weight.measures();
    let [left, bottom, right, top] = measures.corners.map(em);
    pdf.font_descriptor(descriptor)
        .name(base)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(em(measures.ascent))
        .descent(em(measures.descent))
        .cap_height(em(measures.capital))
        .stem_v(if weight == Weight::Regular { 90.0 } else { 160.0 })
        .font_file2(file);
    let bytes = weight.bytes();
    let packed = compress_to_vec_zlib(bytes, EFFORT);
    pdf.stream(file, &packed).filter(Filter::FlateDecode).pair(Name(b"Length1"), bytes.len() as i32);
    let mut unicode = UnicodeCmap::<u16>::new(Name(b"moe-rates"), SYSTEM);
    used.iter().for_each(|(glyph, character)| unicode.pair(*glyph, *character));
    pdf.cmap(map, &unicode.finish());
}

/// A colour written as #rrggbb, from 0 to 1.
fn rgb(colour: &str) -> [f32; 3] {
    let part =
        |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    [1, 3, 5].map(|at| f32::from(part(at)) / 255.0)
}
