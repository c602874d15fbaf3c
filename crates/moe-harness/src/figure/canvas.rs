//! A page under construction: named groups of strokes, areas, markers and texts, whatever they are written as later.

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

/// Where the base line of a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Across,
    Upwards,
}

/// What a point says of itself when it is asked, and how it is measured again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// What it is, in words.
    pub words: String,
    /// The command that replays it; empty where there is none.
    pub replay: String,
}

/// Something on the page, in its units (y downwards).
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Line { from: (f64, f64), to: (f64, f64), stroke: Stroke },
    Frame { corner: (f64, f64), size: (f64, f64), stroke: Stroke },
    Disc { at: (f64, f64), radius: f64, fill: &'static str, opacity: f64, edge: Option<Stroke> },
    Polygon { corners: Vec<(f64, f64)>, fill: &'static str, opacity: f64, edge: Option<Stroke> },
    Curve { points: Vec<(f64, f64)>, stroke: Stroke },
    Text { at: (f64, f64), text: String, set: Type, reading: Reading },
}

/// Shapes that belong together, in drawing order.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) shapes: Vec<(Shape, Option<Tag>)>,
}

/// The page: groups in drawing order.
#[derive(Clone, Debug, Default)]
pub(super) struct Canvas {
    pub(super) groups: Vec<Group>,
}

impl Canvas {
    /// Opens the named group that takes what is drawn next.
    pub(super) fn begin(&mut self, name: &str) {
        self.groups.push(Group { name: name.to_owned(), shapes: Vec::new() });
    }

    fn push(&mut self, shape: Shape) {
        if self.groups.is_empty() {
            self.begin("page");
        }
        if let Some(group) = self.groups.last_mut() {
            group.shapes.push((shape, None));
        }
    }

    /// Gives what was drawn last a tag.
    pub(super) fn tag(&mut self, tag: Option<&Tag>) {
        if let Some((_, place)) = self.groups.last_mut().and_then(|g| g.shapes.last_mut()) {
            *place = tag.cloned();
        }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.push(Shape::Line { from, to, stroke });
    }

    /// A line through these points.
    pub(super) fn curve(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        self.push(Shape::Curve { points, stroke });
    }

    pub(super) fn frame(&mut self, corner: (f64, f64), size: (f64, f64), stroke: Stroke) {
        self.push(Shape::Frame { corner, size, stroke });
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
        self.push(Shape::Disc { at, radius, fill, opacity: 1.0, edge: Some(edge) });
    }

    /// A small point of a curve, one of many: translucent, so that crowds are darker.
    pub(super) fn speck(&mut self, curve: usize, at: (f64, f64), radius: f64, opacity: f64) {
        let fill = style::colour(curve);
        self.push(small(curve, at, radius, (fill, opacity, None)));
    }

    /// A small point without filling, one of many.
    pub(super) fn ring(&mut self, curve: usize, at: (f64, f64), radius: f64) {
        let edge = Some(Stroke::solid(style::colour(curve), 0.7));
        self.push(small(curve, at, radius, ("none", 1.0, edge)));
    }

    /// A small cross, one of many.
    pub(super) fn cross(&mut self, curve: usize, at: (f64, f64), radius: f64) {
        let place = |(x, y): &(f64, f64)| (x.mul_add(radius, at.0), y.mul_add(radius, at.1));
        let corners = style::cross().iter().map(place).collect();
        self.push(Shape::Polygon { corners, fill: style::colour(curve), opacity: 1.0, edge: None });
    }

    pub(super) fn polygon(&mut self, corners: &[(f64, f64)], fill: &'static str, edge: Stroke) {
        self.push(Shape::Polygon { corners: corners.to_vec(), fill, opacity: 1.0, edge: Some(edge) });
    }

    /// A translucent area without an edge.
    pub(super) fn area(&mut self, corners: Vec<(f64, f64)>, fill: &'static str, opacity: f64) {
        self.push(Shape::Polygon { corners, fill, opacity, edge: None });
    }

    /// One line of text with its base line at `at`.
    pub(super) fn text(&mut self, at: (f64, f64), text: &str, set: Type) {
        self.push(Shape::Text { at, text: printable(text), set, reading: Reading::Across });
    }

    /// One line of text that reads upwards, its base line at `at`.
    pub(super) fn text_upwards(&mut self, at: (f64, f64), text: &str, set: Type) {
        self.push(Shape::Text { at, text: printable(text), set, reading: Reading::Upwards });
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

/// Hundredths of a unit are finer than any printer; rounding keeps the file small and its bytes stable.
pub(super) fn px(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

/// A text without the characters that XML cannot hold.
pub(super) fn printable(text: &str) -> String {
    let legal = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if legal(c) { c } else { ' ' }).collect()
}

/// A small point in the shape of its curve; corners reach farther than a disc, to look as large.
fn small(
    curve: usize,
    at: (f64, f64),
    radius: f64,
    (fill, opacity, edge): (&'static str, f64, Option<Stroke>),
) -> Shape {
    let Some(corners) = style::speck(curve) else {
        return Shape::Disc { at, radius, fill, opacity, edge };
    };
    let half = 1.35 * radius;
    let corners = corners.iter().map(|(x, y)| (x.mul_add(half, at.0), y.mul_add(half, at.1))).collect();
    Shape::Polygon { corners, fill, opacity, edge }
}
