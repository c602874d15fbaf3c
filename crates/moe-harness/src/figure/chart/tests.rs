//! What a sheet promises: nothing leaves the page, outliers are seen at the frame, equal bytes, three formats.

use resvg::usvg::{Node, Options, Tree};

use super::*;

fn sheet() -> Sheet {
    let chart = |title: &str, y: f64| Chart {
        title: title.to_owned(),
        x: Scale::over("gate slope β₁", Ticks::Linear, [-1.0, 4.0].into_iter()),
        y: Scale::over("loss", Ticks::Powers, [-3.0, 0.0].into_iter()),
        marks: vec![
            Mark::Guide { at: -1.0, upright: false },
            Mark::Band { points: vec![(0.0, -2.0, -1.0), (3.0, -2.5, -1.5)], colour: 0 },
            Mark::Line { points: vec![(0.0, -1.5), (3.0, -2.0)], colour: 0 },
            Mark::Dots {
                points: vec![(0.5, -1.0), (900.0, y), (f64::NAN, 0.0)],
                colour: 1,
                look: Look::Full,
                tags: Vec::new(),
            },
            Mark::Interval { at: (1.0, -1.0), ends: (-1.2, -0.7), across: false, colour: 2, tag: None },
            Mark::Truth { at: (2.0, -2.0) },
        ],
        notes: vec!["no fit is certified ".repeat(40)],
    };
    Sheet {
        title: "Fitted atoms".into(),
        subtitle: "200 replications".into(),
        charts: vec![
            chart("n = 10³", -1.0),
            chart(&"endless ".repeat(80), f64::NEG_INFINITY),
            chart("c", 1e300),
        ],
        columns: 2,
        shared: true,
        aspect: 0.8,
        key: vec![(Mark::Truth { at: (0.0, 0.0) }, "true atom ".repeat(60))],
    }
}

fn extent(tree: &Tree, id: &str) -> (f32, f32, f32, f32) {
    let b = tree.node_by_id(id).map(Node::abs_stroke_bounding_box).unwrap();
    (b.left(), b.top(), b.right(), b.bottom())
}

#[test]
fn nothing_leaves_the_page_in_any_format() {
    for format in [Format::Screen, Format::Single, Format::Double] {
        let svg = draw(&sheet(), format).svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{format:?}");
        let tree = Tree::from_str(&svg, &Options::default()).unwrap();
        for id in ["panel-1", "panel-2", "panel-3", "key"] {
            let (left, top, right, bottom) = extent(&tree, id);
            let (wide, high) =
                (tree.root().abs_bounding_box().right(), tree.root().abs_bounding_box().bottom());
            assert!(left >= 0.0 && top >= 0.0 && right <= wide && bottom <= high, "{format:?} {id}");
        }
        assert_eq!(svg, draw(&sheet(), format).svg(), "equal sheets, equal bytes");
    }
}

#[test]
fn a_page_has_the_width_of_its_column() {
    for (format, wide) in [(Format::Single, "84mm"), (Format::Double, "174mm")] {
        let svg = draw(&sheet(), format).svg();
        assert!(svg.contains(&format!("width=\"{wide}\"")), "{format:?}");
        assert!(
            !svg.contains("<desc>\n200 replications\n</desc>\n<use"),
            "the heading is left to the caption"
        );
    }
}

#[test]
fn what_lies_outside_stands_at_the_frame() {
    let svg = draw(&sheet(), Format::Screen).svg();
    let specks = svg.lines().filter(|l| l.contains("fill-opacity=\"0.45\"")).count();
    assert_eq!(specks, 3 * 2, "two of three dots in each chart: one has no place at all");
}

/// Page coordinate of a side of the frame of a panel.
fn left_of_frame(svg: &str, panel: usize) -> f64 {
    let panel = svg.split(&format!("id=\"panel-{panel}\"")).nth(1).unwrap();
    let frame = panel.lines().find(|l| l.starts_with("<rect")).unwrap();
    frame.split(" x=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

/// In one column the names of one chart leave the others their width.
#[test]
fn names_do_not_squeeze_their_neighbours() {
    let mut sheet = sheet();
    sheet.charts[1].y = Scale::names("", vec!["an arm with a long name".into(), "mle".into()]);
    sheet.shared = false;
    let svg = draw(&sheet, Format::Single).svg();
    let edges = [1, 2, 3].map(|panel| left_of_frame(&svg, panel));
    assert!(edges[0] == edges[2] && edges[1] > edges[0] + 50.0, "{edges:?}");
}

/// An axis on which one power of ten lies, or none, has other labels too.
#[test]
fn short_logarithmic_axes_have_labels() {
    let mut chart = sheet().charts.remove(0);
    chart.x = Scale { low: 2.4, high: 3.6, ..Scale::over("n", Ticks::Powers, std::iter::empty()) };
    chart.y = Scale { low: -0.95, high: -0.05, ..chart.x.clone() };
    let svg = draw(&Sheet { charts: vec![chart], ..sheet() }, Format::Single).svg().replace('\n', "");
    for label in ["5·10²", "10³", "2·10³", "2·10⁻¹", "5·10⁻¹"] {
        assert!(svg.contains(&format!("<desc>{label}</desc>")), "{label}");
    }
}

/// Every line of the grid stands at a tick, and every tick has one.
#[test]
fn lines_of_the_grid_stand_at_ticks() {
    for (high, format) in [(9.0, Format::Screen), (17.0, Format::Double), (23.0, Format::Single)] {
        let mut chart = sheet().charts.remove(0);
        chart.x = Scale::over("x", Ticks::Linear, [-0.3 * high, high].into_iter());
        chart.y = Scale::over("y", Ticks::Linear, [-7.0, high].into_iter());
        let svg = draw(&Sheet { charts: vec![chart], ..sheet() }, format).svg();
        let lines =
            |colour: &str| svg.lines().filter(|l| l.starts_with("<line") && l.contains(colour)).count();
        assert!(lines("#8c8c8c") > 4);
        assert_eq!(lines("#e0e0e0"), lines("#8c8c8c"), "{high}");
    }
}

/// Without its colour a mark is still told from those of other curves: lines by their dashes, points by their shapes.
#[test]
fn marks_are_told_apart_in_grey() {
    let drawn = |mark: Mark| {
        let chart = Chart { marks: vec![mark], ..sheet().charts.remove(0) };
        let svg = draw(&Sheet { charts: vec![chart], key: Vec::new(), ..sheet() }, Format::Double).svg();
        let colours = (0..7).map(crate::figure::style::colour);
        colours.fold(svg, |svg, colour| svg.replace(colour, "grey"))
    };
    let line = |colour: usize| drawn(Mark::Line { points: vec![(0.0, -1.5), (3.0, -2.0)], colour });
    let dots = |colour: usize, hollow: bool| {
        let look = if hollow { Look::Hollow } else { Look::Full };
        drawn(Mark::Dots { points: vec![(0.5, -1.0)], colour, look, tags: Vec::new() })
    };
    for (i, j) in [(0, 1), (0, 2), (1, 2), (2, 3)] {
        assert!(line(i) != line(j), "lines {i} and {j}");
        assert!(dots(i, false) != dots(j, false), "points {i} and {j}");
        assert!(dots(i, true) != dots(j, true), "rings {i} and {j}");
    }
    assert!(dots(1, false) != dots(1, true));
    let cross =
        drawn(Mark::Dots { points: vec![(0.5, -1.0)], colour: 6, look: Look::Cross, tags: Vec::new() });
    assert!(![dots(0, false), dots(6, true)].contains(&cross), "fits that failed, are certified, are not");
    // More arms than colours: each of fourteen has a marker and a line that no other has.
    let arm = |colour: usize| {
        let at = (1.0, -1.0);
        let marker = drawn(Mark::Interval { at, ends: (0.0, 2.0), across: true, colour, tag: None });
        (marker, line(colour))
    };
    let arms: std::collections::HashSet<_> = (0..14).map(arm).collect();
    assert_eq!(arms.len(), 14);
    assert!(line(0) == line(4), "four patterns, then again in other colours");
}
