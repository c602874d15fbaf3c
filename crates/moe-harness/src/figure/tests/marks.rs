//! What is drawn of points, intervals, lines and bands, and what the key says of it.

use super::*;

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

/// However many curves stand side by side at the first and the last size.
#[test]
fn slopes_stay_within_their_frame() {
    let points = [(-0.5, -0.6, -0.4); 6];
    let mut figure = single(&points, None, None);
    figure.panels[0].vertical = Vertical::Slopes;
    let again = figure.panels[0].curves[0].clone();
    figure.panels[0].curves.extend(vec![again; 11]);
    let svg = svg(&figure);
    let place = |line: &str, key: &str| -> f64 {
        line.split(&format!(" {key}=\"")).nth(1).and_then(|t| t.split('"').next()).unwrap().parse().unwrap()
    };
    let frame = svg.lines().find(|l| l.contains("<rect") && l.contains(style::FRAME)).unwrap();
    let (left, right) = (place(frame, "x"), place(frame, "x") + place(frame, "width"));
    let first: Vec<f64> =
        svg.lines().filter(|l| l.contains("<circle")).map(|l| place(l, "cx")).take(6).collect();
    // The first curve is farthest to the left, and the last as far to the right of the last size.
    let spread = 11.0 * 2.2 * style::MARKER;
    assert!(first[0] - style::MARKER >= left, "{first:?} {left}");
    assert!(first[5] + spread + style::MARKER <= right, "{first:?} {right}");
    assert!(first[5] - first[0] > 0.5 * (right - left), "{first:?}");
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
    assert!(svg.contains("fill-opacity=\"0.16\"") && svg.contains("guide n⁻¹⁄⁴"));
    assert!(!svg.contains("tabindex"), "a file by itself asks nothing");
    let part = full.svg_part("a-");
    assert!(part.contains("id=\"a-panel-1\"") && part.contains("href=\"#a-r"));
    assert!(
        part.contains("data-replay=\"moe replay x\"") && part.contains("a &lt;point&gt; of &quot;n&quot;")
    );
    assert_eq!(csv(&figure).lines().filter(|l| l.contains(",band,")).count(), 3);
    assert_eq!(csv(&figure).lines().filter(|l| l.contains(",local,")).count(), 3);
}

/// Arrows have an entry in the key where there are some, and nowhere else.
#[test]
fn the_key_says_what_arrows_mean() {
    let said = |figure: &Figure| {
        let svg = svg(figure);
        ["an interval goes on beyond the axis", "arrows: an interval goes on", "a slope beyond its strip"]
            .map(|words| svg.contains(words))
    };
    let good = (1.0, 0.9, 1.1);
    assert_eq!(said(&single(&[good, good], None, None)), [false; 3]);
    for open in [(1.0, 0.0, 1.1), (1.0, 1e-9, 1.1), (1.0, 0.9, f64::INFINITY), (f64::INFINITY, 0.9, 1e9)] {
        assert_eq!(said(&single(&[good, open], None, None)), [true, false, false], "{open:?}");
    }
    let none = (f64::NAN, f64::NAN, f64::INFINITY);
    assert_eq!(said(&single(&[good, none], None, None)), [false; 3], "nothing is drawn of it");
    let mut slopes = single(&[(-0.5, -0.6, -0.4), (0.0, f64::NEG_INFINITY, 0.1)], None, None);
    slopes.panels[0].vertical = Vertical::Slopes;
    assert_eq!(said(&slopes), [true, false, false]);
    let mut strips = single(&[good, good], None, None);
    let slope =
        |estimate, upper| single(&[(-0.5, -0.6, -0.4), (estimate, -0.6, upper)], None, None).panels.remove(0);
    strips.panels[0].strip = slope(0.0, 0.1).curves;
    assert_eq!(said(&strips), [false; 3], "both ends are shown");
    strips.panels[0].strip = slope(0.0, f64::INFINITY).curves;
    assert_eq!(said(&strips), [false, true, false]);
    strips.panels[0].strip = slope(-40.0, f64::INFINITY).curves;
    assert_eq!(said(&strips), [false, true, true]);
    strips.panels[0].curves[0].points[0].upper = f64::INFINITY;
    assert_eq!(said(&strips), [true, false, true], "once is enough");
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
