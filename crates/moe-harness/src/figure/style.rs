//! How things look: measures of the page, colours that colour-blind readers tell apart, shapes of markers.

/// Ink of text, of lesser text, of frames, and of the two grids.
pub(super) const INK: &str = "#1a1a1a";
pub(super) const MUTED: &str = "#555555";
pub(super) const FRAME: &str = "#8c8c8c";
pub(super) const GRID: &str = "#e0e0e0";
pub(super) const FAINT: &str = "#f1f1f1";

/// Sizes of type, in CSS pixels (96 an inch).
pub(super) const TITLE: f64 = 17.0;
pub(super) const SUBTITLE: f64 = 11.5;
pub(super) const HEADING: f64 = 12.5;
pub(super) const LABEL: f64 = 10.5;
pub(super) const NOTE: f64 = 9.5;

/// Line pitch for a size of type.
pub(super) fn pitch(size: f64) -> f64 {
    size * 1.36
}

/// Half the size of a marker.
pub(super) const MARKER: f64 = 3.3;

/// Dash pattern of the theory's lines.
pub(super) const DASHES: &str = "5.5 3.5";

/// Dash pattern of a guide: those of n^-1/4 and n^-1/2 can be told apart.
pub(super) fn guide(slope: f64) -> &'static str {
    if slope > -0.375 { "1.5 2.5" } else { "6 2.5 1.5 2.5" }
}

/// How opaque bands of quantiles and wedges of slopes are.
pub(super) const BAND: f64 = 0.16;
pub(super) const WEDGE: f64 = 0.25;

/// Colours of Okabe and Ito (2008), darkest contrasts first.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// Colour of the curve with this number; with [`marker`] the pair repeats after 42 curves.
pub(super) fn colour(curve: usize) -> &'static str {
    COLOURS[curve % COLOURS.len()]
}

/// Whether the marker of a curve is hollow where fillings mean nothing else: its colour was used before.
pub(super) fn again(curve: usize) -> bool {
    curve / COLOURS.len() % 2 == 1
}

/// Outlines of markers of half size one, about equal in area; the first is a circle.
const POLYGONS: [&[(f64, f64)]; 5] = [
    &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    &[(0.0, -1.25), (1.18, 0.85), (-1.18, 0.85)],
    &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    &[(0.0, 1.25), (1.18, -0.85), (-1.18, -0.85)],
    &[
        (-0.42, -1.2),
        (0.42, -1.2),
        (0.42, -0.42),
        (1.2, -0.42),
        (1.2, 0.42),
        (0.42, 0.42),
        (0.42, 1.2),
        (-0.42, 1.2),
        (-0.42, 0.42),
        (-1.2, 0.42),
        (-1.2, -0.42),
        (-0.42, -0.42),
    ],
];

/// A cross of half size one that lies like ×.
const CROSS: [(f64, f64); 12] = [
    (0.0, -0.36),
    (0.84, -1.2),
    (1.2, -0.84),
    (0.36, 0.0),
    (1.2, 0.84),
    (0.84, 1.2),
    (0.0, 0.36),
    (-0.84, 1.2),
    (-1.2, 0.84),
    (-0.36, 0.0),
    (-1.2, -0.84),
    (-0.84, -1.2),
];

/// Shape of a small cross, one of many.
pub(super) fn cross() -> &'static [(f64, f64)] {
    &CROSS
}

/// Shape of a curve's marker: `None` for a circle, else the corners of a polygon of half size one.
pub(super) fn marker(curve: usize) -> Option<&'static [(f64, f64)]> {
    (curve % (POLYGONS.len() + 1)).checked_sub(1).map(|i| POLYGONS[i])
}

/// Dash patterns of lines that have no markers: what tells them apart in grey.
const PATTERNS: [Option<&str>; 4] = [None, Some("7 2.5"), Some("2 2"), Some("8 2 2 2")];

/// Dash pattern of the line of a curve without markers.
pub(super) fn pattern(curve: usize) -> Option<&'static str> {
    PATTERNS[curve % PATTERNS.len()]
}

/// Shape of a small point, one of many: the first is a disc, the next two are told from it at a millimetre.
pub(super) fn speck(curve: usize) -> Option<&'static [(f64, f64)]> {
    (curve % 4).checked_sub(1).map(|i| [POLYGONS[1], POLYGONS[0], POLYGONS[2]][i])
}
