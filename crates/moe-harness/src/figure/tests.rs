//! What the figure promises: text without fonts, every point shown, nothing overflows, any input, equal bytes.

use resvg::tiny_skia::Pixmap;
use resvg::usvg::{Node, Options, Tree, roxmltree};

use super::*;

const SIZES: [u64; 6] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

fn curve(label: &str, slope: f64, level: f64) -> CurveView {
    let points = SIZES.iter().zip([0.2, -0.1, 0.05, -0.02, 0.04, -0.03]).map(|(size, wiggle)| {
        let estimate =
            moe_core::numeric::exp(slope.mul_add(moe_core::numeric::ln(*size as f64), level + wiggle));
        PointView { size: *size, estimate, lower: 0.8 * estimate, upper: 1.3 * estimate }
    });
    let fit = LineView { slope, intercept: level, lower: slope - 0.02, upper: slope + 0.02, from: 10_000 };
    let points = points.collect();
    CurveView { label: label.to_owned(), points, fit: Some(fit), theory: Some(-0.5), ..CurveView::default() }
}

fn sample() -> Figure {
    let panel = |title: &str, curves: &[(&str, f64, f64)]| PanelView {
        vertical: Vertical::Estimates,
        title: title.to_owned(),
        notes: vec!["Hit rate of the multi-start 0.995 (199 of 200).".to_owned()],
        curves: curves.iter().map(|(label, slope, level)| curve(label, *slope, *level)).collect(),
        ..PanelView::default()
    };
    let six = [
        ("D₁ median", -0.5, 1.3),
        ("D₁ mean", -0.48, 1.6),
        ("D₂ median", -0.4, 0.0),
        ("Hellinger median", -0.5, -1.0),
        ("root error of the intercepts, over-fitted cell", -0.25, 0.7),
        ("weight error ‖Σ w − w*‖", -0.5, -3.0),
    ];
    Figure {
        title: "Rates of the maximum likelihood estimate".to_owned(),
        subtitle: "Four settings, 200 replications a size, 95 % intervals.".to_owned(),
        panels: vec![
            panel("a · Exact-specified", &six[..3]),
            panel("b · Over-specified, Regime 1", &six),
            panel("c · Over-specified, Regime 2, standard gate", &six[2..]),
            panel("d · Over-specified, Regime 2, modified gate", &six[1..4]),
        ],
    }
}

/// One panel with one curve of these estimates and intervals, and this line.
fn single(points: &[(f64, f64, f64)], fit: Option<LineView>, theory: Option<f64>) -> Figure {
    let points = points.iter().zip(SIZES.iter().cycle());
    let points =
        points.map(|(&(estimate, lower, upper), &size)| PointView { size, estimate, lower, upper }).collect();
    let curves = vec![CurveView { label: "curve".to_owned(), points, fit, theory, ..CurveView::default() }];
    Figure { panels: vec![PanelView { curves, ..PanelView::default() }], ..Figure::default() }
}

fn tree(svg: &str) -> Tree {
    Tree::from_str(svg, &Options::default()).unwrap()
}

/// Left, top, right and bottom of everything drawn in a group.
fn extent(tree: &Tree, id: &str) -> (f32, f32, f32, f32) {
    let b = tree.node_by_id(id).map(Node::abs_stroke_bounding_box).unwrap();
    (b.left(), b.top(), b.right(), b.bottom())
}

#[test]
fn text_is_drawn_without_any_font() {
    let svg = svg(&sample());
    let document = roxmltree::Document::parse(&svg).unwrap();
    let named =
        |name| document.descendants().filter(move |n| n.has_tag_name(("http://www.w3.org/2000/svg", name)));
    assert_eq!(named("text").count() + named("style").count() + named("image").count(), 0);
    assert!(!svg.contains("font-"));
    for glyph in named("use") {
        let target = glyph.attribute(("http://www.w3.org/1999/xlink", "href")).unwrap();
        let defined = named("path").any(|p| p.attribute("id") == target.strip_prefix('#'));
        assert!(defined, "{target} has no outline");
    }
    let bare: String = svg.lines().filter(|l| !l.starts_with("<use ")).collect();
    let [with, without] = [svg.as_str(), &bare].map(|s| Pixmap::decode_png(&png(s, 960).unwrap()).unwrap());
    let inked = with.pixels().iter().zip(without.pixels()).filter(|(a, b)| a != b).count();
    assert!(inked > 10_000, "{inked} pixels of text");
}

#[test]
fn hostile_strings_are_text_and_nothing_else() {
    let hostile = "</desc><script>alert(\"1\")</script> & 'quotes' <![CDATA[ ]]> &lt; ]]>";
    let mut figure = single(&[(1.0, 0.9, 1.1)], None, None);
    figure.title = hostile.to_owned();
    figure.subtitle = format!("{hostile}\u{0}\u{1b}\u{fffe}\r\n");
    figure.panels[0].title = hostile.to_owned();
    figure.panels[0].notes = vec![hostile.to_owned()];
    figure.panels[0].curves[0].label = hostile.to_owned();
    let svg = svg(&figure);
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|n| n.tag_name().name() != "script"));
    let title = document.descendants().find(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    assert_eq!(title.and_then(|t| t.text()).map(str::trim), Some(hostile));
    png(&svg, 300).unwrap();
    assert_eq!(csv(&figure).lines().nth(1).unwrap().matches("alert(\"\"1\"\")").count(), 2);
}

#[test]
fn nothing_overflows_the_page_or_meets_a_neighbour() {
    let mut figure = sample();
    let endless = "over-specified ".repeat(60) + &"W".repeat(400);
    figure.title.clone_from(&endless);
    figure.subtitle.clone_from(&endless);
    figure.panels[1].title.clone_from(&endless);
    figure.panels[0].notes.push(endless.clone());
    for curve in &mut figure.panels[0].curves {
        curve.label.clone_from(&endless);
        curve.theory = Some(-1e300);
        curve.fit = Some(LineView { slope: -1e300, intercept: 1.0, lower: -1e301, upper: 1e300, from: 1 });
    }
    let tree = tree(&svg(&figure));
    let (left, top, right, bottom) = ["heading", "panel-1", "panel-2", "panel-3", "panel-4", "key"]
        .map(|id| extent(&tree, id))
        .into_iter()
        .reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
        .unwrap();
    assert!(left > 15.0 && right < tree.size().width() - 15.0, "{left} to {right}");
    assert!(top > 10.0 && bottom < tree.size().height() - 4.0, "{top} to {bottom}");
    assert!(extent(&tree, "heading").3 < extent(&tree, "panel-2").1);
    assert!(extent(&tree, "panel-1").2 < extent(&tree, "panel-2").0);
    assert!(extent(&tree, "panel-1").3 < extent(&tree, "panel-3").1);
    assert!(extent(&tree, "panel-3").3 < extent(&tree, "key").1);
}

#[test]
fn a_point_without_a_place_is_marked_at_the_edge() {
    let good = (1.0, 0.9, 1.1);
    let count = |figure: &Figure, element: &str| svg(figure).matches(element).count();
    let plain = single(&[good, good, good], None, None);
    let marked = single(
        &[good, (0.0, 0.0, 0.3), (f64::INFINITY, 0.5, f64::INFINITY), (-2.0, -3.0, 1.0), good],
        None,
        None,
    );
    // Round markers: in the legend, in the key, and one for each point that has a place.
    assert_eq!(count(&plain, "<circle"), 2 + 3);
    assert_eq!(count(&marked, "<circle"), 2 + 2);
    let arrows = |figure: &Figure| {
        svg(figure).lines().filter(|l| l.contains("<path d=") && l.contains("#0072b2")).count()
    };
    assert_eq!((arrows(&plain), arrows(&marked)), (0, 3));
    assert!(svg(&marked).contains("▼ zero or negative, ▲ infinite: no place on a logarithmic axis."));
    let missing = single(&[good, (f64::NAN, f64::NAN, f64::NAN)], None, None);
    assert!(svg(&missing).contains("× not a number"));
    let crosses = |figure: &Figure| count(figure, "stroke=\"#0072b2\" stroke-width=\"1.5\"");
    assert_eq!((crosses(&plain), crosses(&missing)), (0, 2));
    assert!(!svg(&plain).contains("no place on"));
}

/// Slopes stand on a linear axis with the theory as a level line, curves side by side; zero and below have a place.
#[test]
fn slopes_have_a_linear_axis() {
    let mut figure =
        single(&[(-0.5, -0.6, -0.4), (0.0, -0.1, 0.1), (f64::NEG_INFINITY, 0.0, 0.0)], None, Some(-0.5));
    figure.panels[0].vertical = Vertical::Slopes;
    let again = figure.panels[0].curves[0].clone();
    figure.panels[0].curves.push(again);
    let svg = svg(&figure);
    assert!(svg.contains("▼ below −1000: no place on the axis."));
    let place = |line: &str, key: &str| -> f64 {
        line.split(&format!("{key}=\"")).nth(1).and_then(|t| t.split('"').next()).unwrap().parse().unwrap()
    };
    let circles: Vec<_> =
        svg.lines().filter(|l| l.contains("<circle")).map(|l| (place(l, "cx"), place(l, "cy"))).collect();
    // Two points of the first curve, drawn as circles; legend and key come after.
    assert!(circles[0].1 > circles[1].1 + 50.0, "−0.5 stands below 0: {circles:?}");
    let level = svg.lines().filter(|l| l.contains("stroke-dasharray") && l.contains("#0072b2"));
    let level = level
        .map(|l| (place(l, "y1"), place(l, "y2")))
        .find(|(a, b)| a == b && (a - circles[0].1).abs() < 0.2);
    assert!(level.is_some(), "the theory's level runs through the point at −0.5");
}

#[test]
fn sizes_left_out_of_the_line_are_hollow() {
    let svg = svg(&sample());
    let hollow = |colour: &str| {
        svg.lines()
            .filter(|l| l.contains("fill=\"#ffffff\"") && l.contains(&format!("stroke=\"{colour}\"")))
            .count()
    };
    // One size of six lies below 10 000, in each of the four panels' first curve; the key's sample is grey.
    assert_eq!(hollow("#0072b2"), 4);
    assert_eq!(hollow(style::MUTED), 1);
}

#[test]
fn any_numbers_give_a_readable_document() {
    let odd = [0.0, -0.0, -1.0, 1.0, 5e-324, 1e-300, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let mut figures =
        vec![Figure::default(), single(&[], None, Some(-0.5)), single(&[(1.0, 1.0, 1.0)], None, None)];
    figures.push(single(&[(2.0, 2.0, 2.0); 6], None, Some(0.0)));
    for a in odd {
        figures.push(single(&odd.map(|b| (a, b, 1.0)), None, Some(a)));
        figures.push(single(&odd.map(|b| (b, a, b)), None, None));
        for b in odd {
            let line = LineView { slope: a, intercept: b, lower: b, upper: a, from: 10_000 };
            figures.push(single(&[(1.0, 0.5, 2.0), (0.1, 0.05, 0.2), (b, a, b)], Some(line), Some(b)));
        }
    }
    let mut slopes = figures.clone();
    slopes.iter_mut().flat_map(|f| &mut f.panels).for_each(|p| p.vertical = Vertical::Slopes);
    figures.extend(slopes);
    for figure in &mut figures {
        for curve in figure.panels.iter_mut().flat_map(|p| &mut p.curves) {
            curve.points.extend(curve.points.first().map(|p| PointView { size: 0, ..*p }));
            curve.points.extend(curve.points.first().map(|p| PointView { size: u64::MAX, ..*p }));
        }
        let svg = svg(figure);
        assert!(!svg.contains("NaN") && !svg.contains("inf\"") && !svg.contains("inf "), "{figure:?}");
        let tree = tree(&svg);
        if !figure.panels.is_empty() {
            let (left, _, right, bottom) = extent(&tree, "panel-1");
            assert!(
                left > 15.0 && right < 605.0 && bottom < tree.size().height(),
                "{left} {right} {bottom} {figure:?}"
            );
        }
    }
}

#[test]
fn a_page_for_print_holds_its_faces_and_no_heading() {
    for (format, points) in [(Format::Single, "238.11"), (Format::Double, "493.22")] {
        let drawing = draw(&sample(), format);
        let pdf = drawing.pdf();
        assert_eq!(pdf, draw(&sample(), format).pdf(), "equal figures, equal bytes");
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.contains(&format!("/MediaBox [0 0 {points}")), "{format:?}");
        assert_eq!(text.matches("/FontFile2").count(), 2);
        let svg = drawing.svg();
        let tree = tree(&svg);
        assert!(tree.node_by_id("heading").is_none());
        for id in ["panel-1", "panel-4", "key"] {
            let (left, top, right, bottom) = extent(&tree, id);
            let (wide, high) =
                (tree.root().abs_bounding_box().right(), tree.root().abs_bounding_box().bottom());
            assert!(left >= 0.0 && top >= 0.0 && right <= wide && bottom <= high, "{format:?} {id}");
        }
    }
}

/// Many panels for print come on several pages, each no higher than one, every panel once and on the same axes.
#[test]
fn what_is_too_high_for_a_page_is_divided() {
    let mut figure = sample();
    figure.panels = figure.panels.iter().cycle().take(15).cloned().collect();
    for format in [Format::Single, Format::Double] {
        let pages = printed(&figure, format);
        assert!(pages.len() > 1 && pages.iter().all(|p| p.millimetres_high().unwrap() <= PAGE), "{format:?}");
        let ids = |page: &Drawing| page.canvas.groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>();
        let panels: Vec<String> = pages.iter().flat_map(ids).filter(|name| name != "key").collect();
        assert_eq!(panels, (1..=15).map(|i| format!("panel-{i}")).collect::<Vec<_>>());
        assert!(pages.iter().all(|p| ids(p).last().unwrap() == "key"), "every page says what its marks mean");
        for (number, page) in pages.iter().enumerate() {
            let picture = page.png(300).unwrap();
            Pixmap::decode_png(&picture).unwrap();
            for file in [page.svg().into_bytes(), page.pdf(), picture] {
                let marked = file.windows(FURTHER.len()).any(|part| part == FURTHER.as_bytes());
                assert_eq!(marked, number > 0, "page {number}");
            }
        }
    }
    let [screen] = &printed(&figure, Format::Screen)[..] else { panic!("a screen has one page") };
    assert_eq!(screen.svg(), svg(&figure));
}

/// What is a little too high is lowered instead, and what fits is left alone.
#[test]
fn what_is_a_little_too_high_is_lowered() {
    let mut figure = sample();
    figure.panels = vec![figure.panels[0].clone(); 4];
    let fitting = printed(&figure, Format::Double);
    assert_eq!(fitting.len(), 1);
    assert_eq!(fitting[0].svg(), draw(&figure, Format::Double).svg());
    figure.panels.extend_from_within(..2);
    assert!(draw(&figure, Format::Double).millimetres_high().unwrap() > PAGE);
    let [lowered] = &printed(&figure, Format::Double)[..] else { panic!("one page is enough") };
    assert!(lowered.millimetres_high().unwrap() <= PAGE && lowered.millimetres_high().unwrap() > 0.99 * PAGE);
}

/// A panel that is called like its figure says so where there is no heading.
#[test]
fn a_title_is_said_once() {
    let mut figure = single(&[(1.0, 0.9, 1.1)], None, None);
    figure.title = "Only one".into();
    figure.panels[0].title = "Only one".into();
    let on_page = |format| {
        let canvas = draw(&figure, format).canvas;
        let shapes = canvas.groups.iter().flat_map(|g| &g.shapes);
        shapes.filter(|(s, _)| matches!(s, canvas::Shape::Text { text, .. } if text == "Only one")).count()
    };
    assert_eq!([Format::Screen, Format::Single].map(on_page), [1, 1]);
}

#[test]
fn bands_strips_and_tags_are_drawn() {
    let mut figure = single(&[(1.0, 0.9, 1.1), (0.5, 0.4, 0.6), (0.2, 0.1, 0.3)], None, Some(-0.5));
    let plain = draw(&figure, Format::Screen);
    let band = |size| BandView { size, lower: 0.1, upper: 2.0 };
    figure.panels[0].curves[0].band = SIZES[..3].iter().copied().map(band).collect();
    let tag = Tag { words: "a <point> of \"n\"".into(), replay: "moe replay x".into() };
    figure.panels[0].curves[0].tags = [(1_000, tag)].into();
    figure.panels[0].guides = vec![-0.25];
    figure.panels[0].strip = vec![figure.panels[0].curves[0].clone()];
    let full = draw(&figure, Format::Screen);
    assert!(full.size.1 > plain.size.1 + 50.0, "the strip has a place of its own");
    let svg = full.svg();
    assert!(svg.contains("fill-opacity=\"0.16\"") && svg.contains("guides n⁻¹⁄⁴"));
    assert!(!svg.contains("tabindex"), "a file by itself asks nothing");
    let part = full.svg_part("a-");
    assert!(part.contains("id=\"a-panel-1\"") && part.contains("href=\"#a-r"));
    assert!(
        part.contains("data-replay=\"moe replay x\"") && part.contains("a &lt;point&gt; of &quot;n&quot;")
    );
    assert_eq!(csv(&figure).lines().filter(|l| l.contains(",band,")).count(), 3);
    assert_eq!(csv(&figure).lines().filter(|l| l.contains(",local,")).count(), 3);
}

/// Names of axes are those that are asked for, and as short as the axes; a claim's slope is not the theory's.
#[test]
fn axes_and_stated_slopes_are_called_what_they_are() {
    let mut figure = single(&[(1.0, 0.9, 1.1), (0.5, 0.4, 0.6)], None, Some(-0.5));
    let plain = svg(&figure);
    assert!(["sample size n", "estimate", "theory", "slope of the theory"].iter().all(|w| plain.contains(w)));
    let naming = |across: &str| Naming {
        across: across.to_owned(),
        upwards: "mean of gap".to_owned(),
        stated: Stated::ByClaim,
    };
    figure.panels[0].naming = naming("rows <n>");
    figure.panels[0].strip = vec![figure.panels[0].curves[0].clone()];
    let named = svg(&figure);
    assert!(["rows &lt;n&gt;", "mean of gap", ">stated<", "stated slope"].iter().all(|w| named.contains(w)));
    assert!(!named.contains("theory") && !named.contains("sample size") && !csv(&figure).contains("theory"));
    assert!(csv(&figure).contains("1,\"\",\"curve\",stated,,-0.5,,,\n"));
    figure.panels[0].naming = naming(&"W".repeat(400));
    let (left, _, right, _) = extent(&tree(&svg(&figure)), "panel-1");
    assert!(left > 15.0 && right < 605.0, "{left} {right}");
}

#[test]
fn equal_figures_give_equal_bytes() {
    let [first, second] = [svg(&sample()), svg(&sample())];
    assert_eq!(first, second);
    assert_eq!(png(&first, 400), png(&second, 400));
}

#[test]
fn a_picture_has_the_width_that_was_asked_for() {
    let svg = svg(&sample());
    let picture = Pixmap::decode_png(&png(&svg, 777).unwrap()).unwrap();
    assert_eq!(picture.width(), 777);
    let size = tree(&svg).size();
    assert_eq!(picture.height(), (777.0 * size.height() / size.width()).ceil() as u32);
    assert_eq!(png(&svg, 0), Err(RasterError::Size { pixels_wide: 0 }));
    assert_eq!(png(&svg, u32::MAX), Err(RasterError::Size { pixels_wide: u32::MAX }));
    assert!(matches!(png("no picture", 100), Err(RasterError::Parse(_))));
}

#[test]
fn the_table_holds_the_exact_numbers() {
    let line =
        LineView { slope: -0.1 - 0.2, intercept: 1e-7, lower: -0.5, upper: f64::INFINITY, from: 10_000 };
    let figure = single(&[(1.0 / 3.0, 0.0, f64::NAN), (2.5e-17, 1e-17, 0.1)], Some(line), Some(-0.25));
    let expected = "panel,panel_title,curve,kind,size,estimate,lower,upper,intercept\n\
        1,\"\",\"curve\",point,1000,0.3333333333333333,0.0,NaN,\n\
        1,\"\",\"curve\",point,10000,2.5e-17,1e-17,0.1,\n\
        1,\"\",\"curve\",fit,10000,-0.30000000000000004,-0.5,inf,1e-7\n\
        1,\"\",\"curve\",theory,,-0.25,,,\n";
    assert_eq!(csv(&figure), expected);
    let points = csv(&sample()).lines().filter(|l| l.contains(",point,")).count();
    assert_eq!(points, 6 * (3 + 6 + 4 + 3));
}
