//! What figures promise, and what the tests of it share.

mod document;
mod marks;
mod print;

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
