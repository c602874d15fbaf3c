//! A page of SVG under construction: strokes, markers, and text as references to glyph outlines.

use std::collections::BTreeMap;

use svg::Document;
use svg::node::element::{Circle, Definitions, Description, Group, Line, Path, Rectangle, Title, Use};
use svg::node::{Node, Text};

use super::font::Weight;
use super::style;

/// Where a text hangs on its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) weight: Weight,
    pub(super) colour: &'static str,
    pub(super) anchor: Anchor,
}

impl Type {
    pub(super) fn new(size: f64, colour: &'static str) -> Self {
        Self { size, weight: Weight::Regular, colour, anchor: Anchor::Start }
    }

    pub(super) fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// How a line is stroked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    pub(super) dashes: Option<&'static str>,
}

impl Stroke {
    pub(super) fn solid(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dashes: None }
    }

    pub(super) fn dashed(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dashes: Some(style::DASHES) }
    }
}

/// The page: groups in drawing order, and every glyph that they refer to.
#[derive(Default)]
pub(super) struct Canvas {
    groups: Vec<Group>,
    glyphs: BTreeMap<(Weight, u16), String>,
}

impl Canvas {
    /// Opens the named group that takes what is drawn next.
    pub(super) fn begin(&mut self, name: &str) {
        self.groups.push(Group::new().set("id", name));
    }

    fn push(&mut self, node: impl Node) {
        if self.groups.is_empty() {
            self.begin("page");
        }
        if let Some(group) = self.groups.last_mut() {
            group.append(node);
        }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let mut line = Line::new()
            .set("x1", px(from.0))
            .set("y1", px(from.1))
            .set("x2", px(to.0))
            .set("y2", px(to.1))
            .set("stroke", stroke.colour)
            .set("stroke-width", stroke.width);
        if let Some(dashes) = stroke.dashes {
            line = line.set("stroke-dasharray", dashes);
        }
        self.push(line);
    }

    pub(super) fn frame(&mut self, corner: (f64, f64), size: (f64, f64), stroke: Stroke) {
        let rectangle = Rectangle::new()
            .set("x", px(corner.0))
            .set("y", px(corner.1))
            .set("width", px(size.0))
            .set("height", px(size.1))
            .set("fill", "none")
            .set("stroke", stroke.colour)
            .set("stroke-width", stroke.width);
        self.push(rectangle);
    }

    /// The marker of a curve; hollow for a point that its line does not use.
    pub(super) fn marker(&mut self, curve: usize, at: (f64, f64), hollow: bool) {
        let colour = style::colour(curve);
        let Some(corners) = style::marker(curve) else {
            return self.disc(at, colour, hollow);
        };
        let (fill, edge, half) = body(colour, hollow);
        let place = |(x, y): &(f64, f64)| (x.mul_add(half, at.0), y.mul_add(half, at.1));
        self.polygon(&corners.iter().map(place).collect::<Vec<_>>(), fill, edge);
    }

    /// A round marker.
    pub(super) fn disc(&mut self, at: (f64, f64), colour: &'static str, hollow: bool) {
        let (fill, edge, radius) = body(colour, hollow);
        let circle = Circle::new().set("cx", px(at.0)).set("cy", px(at.1)).set("r", px(radius));
        self.push(circle.set("fill", fill).set("stroke", edge.colour).set("stroke-width", edge.width));
    }

    pub(super) fn polygon(&mut self, corners: &[(f64, f64)], fill: &'static str, edge: Stroke) {
        let points: Vec<_> = corners.iter().map(|(x, y)| format!("{} {}", px(*x), px(*y))).collect();
        let path = Path::new()
            .set("d", format!("M{}Z", points.join("L")))
            .set("fill", fill)
            .set("stroke", edge.colour)
            .set("stroke-width", edge.width);
        self.push(path);
    }

    /// One line of text with its base line at `at`.
    pub(super) fn text(&mut self, at: (f64, f64), text: &str, set: Type) {
        self.set_text(at, text, set, "");
    }

    /// One line of text that reads upwards, its base line at `at`.
    pub(super) fn text_upwards(&mut self, at: (f64, f64), text: &str, set: Type) {
        self.set_text(at, text, set, " rotate(-90)");
    }

    fn set_text(&mut self, at: (f64, f64), text: &str, set: Type, turn: &str) {
        let text = printable(text);
        let (glyphs, advance) = set.weight.line(&text);
        let shift = match set.anchor {
            Anchor::Start => 0,
            Anchor::Middle => -advance / 2,
            Anchor::End => -advance,
        };
        let scale = set.size / set.weight.units_per_em();
        let place = format!("translate({} {}){turn} scale({scale:.6} -{scale:.6})", px(at.0), px(at.1));
        let mut group = Group::new().set("transform", place).set("fill", set.colour);
        group.append(Description::new().add(Text::new(text)));
        for (glyph, x) in glyphs {
            let outline =
                self.glyphs.entry((set.weight, glyph.0)).or_insert_with(|| set.weight.outline(glyph));
            if !outline.is_empty() {
                let name = format!("#{}", glyph_name(set.weight, glyph.0));
                group.append(Use::new().set("xlink:href", name).set("x", x + shift));
            }
        }
        self.push(group);
    }

    /// The whole document, `size` CSS pixels wide and high.
    pub(super) fn finish(self, size: (f64, f64), title: &str, description: &str) -> String {
        let mut outlines = Definitions::new();
        for ((weight, glyph), outline) in self.glyphs.iter().filter(|(_, outline)| !outline.is_empty()) {
            outlines.append(Path::new().set("id", glyph_name(*weight, *glyph)).set("d", outline.as_str()));
        }
        let (width, height) = (px(size.0), px(size.1));
        let mut document = Document::new()
            .set("xmlns:xlink", "http://www.w3.org/1999/xlink")
            .set("role", "img")
            .set("width", width)
            .set("height", height)
            .set("viewBox", (0, 0, width, height))
            .add(Title::new(printable(title)))
            .add(Description::new().add(Text::new(printable(description))))
            .add(outlines)
            .add(Rectangle::new().set("width", width).set("height", height).set("fill", "#ffffff"));
        for group in self.groups {
            document.append(group);
        }
        format!("{document}\n")
    }
}

/// Filling, edge and half size of a marker: a light edge keeps touching markers apart.
fn body(colour: &'static str, hollow: bool) -> (&'static str, Stroke, f64) {
    if hollow {
        ("#ffffff", Stroke::solid(colour, 1.2), style::MARKER - 0.3)
    } else {
        (colour, Stroke::solid("#ffffff", 0.8), style::MARKER)
    }
}

fn glyph_name(weight: Weight, glyph: u16) -> String {
    match weight {
        Weight::Regular => format!("r{glyph}"),
        Weight::Bold => format!("b{glyph}"),
    }
}

/// Hundredths of a pixel are finer than any printer; rounding keeps the file small and its bytes stable.
fn px(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// A text without the characters that XML cannot hold.
fn printable(text: &str) -> String {
    let legal = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if legal(c) { c } else { ' ' }).collect()
}
