//! Figures for print: their widths, their pages, their titles.

use super::*;

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
