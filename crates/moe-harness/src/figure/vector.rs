//! A finished page as SVG: text as references to glyph outlines, so that it needs no font.

use std::collections::BTreeMap;

use svg::node::element::{Circle, Definitions, Description, Group, Line, Path, Rectangle, Title, Use};
use svg::node::{Node, Text};
use svg::{Document, node::element::Element};

use super::canvas::{Anchor, Reading, Shape, Stroke, Tag, Type, printable, px};
use super::font::Weight;
use super::{Drawing, FURTHER};

/// The document; `prefix` stands before every id, so that several can share a page, and tells that points are to be
/// asked by pointer and keyboard.
pub(super) fn document(drawing: &Drawing, prefix: Option<&str>) -> String {
    let mut writer = Writer { glyphs: BTreeMap::new(), prefix: prefix.unwrap_or_default() };
    let mut groups = Vec::new();
    for group in &drawing.canvas.groups {
        let mut node = Group::new().set("id", format!("{}{}", writer.prefix, group.name));
        for (shape, tag) in &group.shapes {
            match tag.as_ref().filter(|_| prefix.is_some()) {
                Some(tag) => node.append(tagged(tag, writer.shape(shape))),
                None => node.append(writer.shape(shape)),
            }
        }
        groups.push(node);
    }
    let mut outlines = Definitions::new();
    for ((weight, glyph), outline) in writer.glyphs.iter().filter(|(_, outline)| !outline.is_empty()) {
        let name = writer.glyph_name(*weight, *glyph);
        outlines.append(Path::new().set("id", name).set("d", outline.as_str()));
    }
    let (width, height) = (px(drawing.size.0), px(drawing.size.1));
    let mut document = Document::new()
        .set("xmlns:xlink", "http://www.w3.org/1999/xlink")
        .set("role", if prefix.is_some() { "group" } else { "img" })
        .set("viewBox", (0, 0, width, height))
        .add(Title::new(printable(&drawing.title)))
        .add(Description::new().add(Text::new(printable(&drawing.description))))
        .add(outlines)
        .add(Rectangle::new().set("width", width).set("height", height).set("fill", "#ffffff"));
    document = match drawing.millimetres {
        None => document.set("width", width).set("height", height),
        Some(wide) => {
            let high = px(wide * height / width);
            document.set("width", format!("{wide}mm")).set("height", format!("{high}mm"))
        }
    };
    for group in groups {
        document.append(group);
    }
    if drawing.further {
        let mut mark = Element::new("metadata");
        mark.append(Text::new(FURTHER));
        document.append(mark);
    }
    format!("{document}\n")
}

/// A shape that can be pointed at and reached by the keyboard.
fn tagged(tag: &Tag, shape: Element) -> Group {
    let mut group = Group::new()
        .set("class", "point")
        .set("tabindex", 0)
        .set("role", if tag.replay.is_empty() { "img" } else { "button" })
        .set("aria-label", printable(&tag.words));
    if !tag.replay.is_empty() {
        group = group.set("data-replay", printable(&tag.replay));
    }
    group.append(shape);
    group
}

struct Writer<'a> {
    glyphs: BTreeMap<(Weight, u16), String>,
    prefix: &'a str,
}

impl Writer<'_> {
    fn shape(&mut self, shape: &Shape) -> Element {
        match shape {
            Shape::Line { from, to, stroke } => {
                let line = Line::new().set("x1", px(from.0)).set("y1", px(from.1));
                stroked(line.set("x2", px(to.0)).set("y2", px(to.1)).into(), *stroke)
            }
            Shape::Frame { corner, size, stroke } => {
                let rectangle = Rectangle::new().set("x", px(corner.0)).set("y", px(corner.1));
                let rectangle = rectangle.set("width", px(size.0)).set("height", px(size.1));
                stroked(rectangle.set("fill", "none").into(), *stroke)
            }
            Shape::Disc { at, radius, fill, opacity, edge } => {
                let circle = Circle::new().set("cx", px(at.0)).set("cy", px(at.1)).set("r", px(*radius));
                filled(circle.set("fill", *fill).into(), *opacity, *edge)
            }
            Shape::Polygon { corners, fill, opacity, edge } => {
                let path = Path::new().set("d", format!("M{}Z", joined(corners))).set("fill", *fill);
                filled(path.into(), *opacity, *edge)
            }
            Shape::Curve { points, stroke } => {
                let path = Path::new().set("d", format!("M{}", joined(points))).set("fill", "none");
                stroked(path.set("stroke-linejoin", "round").into(), *stroke)
            }
            Shape::Text { at, text, set, reading } => self.text(*at, text, *set, *reading).into(),
        }
    }

    fn text(&mut self, at: (f64, f64), text: &str, set: Type, reading: Reading) -> Group {
        let (glyphs, advance) = set.weight.line(text);
        let shift = set.shift(advance);
        let scale = set.size / set.weight.units_per_em();
        let turn = if reading == Reading::Upwards { " rotate(-90)" } else { "" };
        let place = format!("translate({} {}){turn} scale({scale:.6} -{scale:.6})", px(at.0), px(at.1));
        let mut group = Group::new().set("transform", place).set("fill", set.colour);
        group.append(Description::new().add(Text::new(text)));
        for (glyph, x) in glyphs {
            let outline =
                self.glyphs.entry((set.weight, glyph.0)).or_insert_with(|| set.weight.outline(glyph));
            if !outline.is_empty() {
                let name = format!("#{}", self.glyph_name(set.weight, glyph.0));
                group.append(Use::new().set("xlink:href", name).set("x", x + shift));
            }
        }
        group
    }

    fn glyph_name(&self, weight: Weight, glyph: u16) -> String {
        let letter = if weight == Weight::Regular { 'r' } else { 'b' };
        format!("{}{letter}{glyph}", self.prefix)
    }
}

impl Type {
    /// How far a line with this advance is moved, in font units.
    pub(super) fn shift(&self, advance: i32) -> i32 {
        match self.anchor {
            Anchor::Start => 0,
            Anchor::Middle => -advance / 2,
            Anchor::End => -advance,
        }
    }
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{} {}", px(*x), px(*y))).collect::<Vec<_>>().join("L")
}

fn stroked(mut node: Element, stroke: Stroke) -> Element {
    let attributes = node.get_attributes_mut();
    attributes.insert("stroke".into(), stroke.colour.into());
    attributes.insert("stroke-width".into(), stroke.width.into());
    if let Some(dashes) = stroke.dashes {
        attributes.insert("stroke-dasharray".into(), dashes.into());
    }
    node
}

fn filled(mut node: Element, opacity: f64, edge: Option<Stroke>) -> Element {
    if opacity < 1.0 {
        node.get_attributes_mut().insert("fill-opacity".into(), opacity.into());
    }
    match edge {
        Some(edge) => stroked(node, edge),
        None => node,
    }
}
