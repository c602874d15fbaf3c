//! What any figure promises: text without fonts, nothing overflows, any input, equal bytes, a picture, its data.

use super::*;

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
