//! The ranges of sizes and values that the panels of a figure show, and its strips of local slopes.

use super::scale::{Range, log_size};
use super::trend::Trend;
use super::{Figure, PanelView, PointView, Vertical};

/// One in so many of the intervals in strips may go on beyond them, at either end.
const STRIP_CUT: usize = 20;
/// Slopes beyond which strips never reach.
const STRIP_SLOPES: Range = Range { low: -3.0, high: 2.0 };

/// Ranges of decimal logarithms: sizes for all panels, values for each.
pub(super) struct Ranges {
    pub(super) sizes: Range,
    pub(super) values: Vec<Range>,
    pub(super) strip: Range,
}

impl Ranges {
    pub(super) fn of(figure: &Figure) -> Self {
        let sizes = figure.panels.iter().filter_map(size_range).reduce(Range::union);
        let sizes = sizes.unwrap_or(Range { low: 3.0, high: 5.0 }).padded(0.035, 0.035);
        let own: Vec<_> = figure.panels.iter().map(value_range).collect();
        let common = own.iter().flatten().copied().reduce(Range::union);
        let common = common.unwrap_or(Range { low: -2.0, high: 0.0 });
        let least = if figure.panels.iter().all(|p| p.vertical == Vertical::Slopes) { 0.1 } else { 1.0 };
        let longest = own.iter().flatten().map(|r| r.span().max(least)).fold(0.0, f64::max);
        let shared = common.span() <= 1.5 * longest;
        let chosen = own.into_iter().map(|r| if shared { common } else { r.unwrap_or(common) });
        let values = chosen.zip(&figure.panels).map(|(range, panel)| panel.vertical.padded(range));
        let strip = Vertical::Slopes.padded(strip_range(figure).unwrap_or(Range { low: -1.0, high: 0.0 }));
        Self { sizes, values: values.collect(), strip }
    }
}

/// The slopes that the strips show: all estimates, and all but the longest intervals, so that few wild ones, which end in
/// arrows, do not flatten the others.
fn strip_range(figure: &Figure) -> Option<Range> {
    let curves = || figure.panels.iter().flat_map(|p| &p.strip);
    let points = || curves().flat_map(|c| &c.points);
    let kept = |v: f64| v.is_finite().then(|| v.clamp(STRIP_SLOPES.low, STRIP_SLOPES.high));
    let sorted = |end: fn(&PointView) -> f64| {
        let mut ends: Vec<f64> = points().filter_map(|p| kept(end(p))).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let (lower, upper) = (sorted(|p| p.lower), sorted(|p| p.upper));
    let usual_low = lower.get(lower.len() / STRIP_CUT);
    let usual_high = upper.iter().rev().nth(upper.len() / STRIP_CUT);
    let rest = points().map(|p| p.estimate).chain(curves().filter_map(|c| c.theory)).filter_map(kept);
    Range::over(rest.chain(usual_low.into_iter().chain(usual_high).copied()))
}

/// Decimal logarithms of the values that the panel shows. Intervals and fitted lines widen the range that the
/// estimates span by one decade at most (slopes: by their own span), so that one wild bound does not flatten the panel.
fn value_range(panel: &PanelView) -> Option<Range> {
    let points = || panel.curves.iter().flat_map(|c| &c.points);
    let place = |v: f64| panel.vertical.place(v);
    let bounds = || points().flat_map(|p| [p.lower, p.upper]).filter_map(place);
    let Some(core) = Range::over(points().filter_map(|p| place(p.estimate))) else {
        return Range::over(bounds());
    };
    let lines = panel.curves.iter().filter_map(Trend::fitted).flat_map(|t| [t.at(t.x.low), t.at(t.x.high)]);
    let theory = panel.curves.iter().filter_map(|c| place(c.theory?));
    let theory = theory.filter(|_| panel.vertical == Vertical::Slopes);
    let reach = if panel.vertical == Vertical::Estimates { 1.0 } else { core.span().max(0.1) };
    let near = |v: f64| v.clamp(core.low - reach, core.high + reach);
    let bands = panel.curves.iter().flat_map(|c| &c.band).flat_map(|b| [b.lower, b.upper]).filter_map(place);
    let rest =
        Range::over(bounds().chain(lines).chain(theory).chain(bands).filter(|v| v.is_finite()).map(near));
    Some(rest.map_or(core, |r| r.union(core)))
}

/// Decimal logarithms of the sample sizes that the panel shows.
fn size_range(panel: &PanelView) -> Option<Range> {
    Range::over(panel.curves.iter().flat_map(|c| &c.points).map(|p| log_size(p.size)))
}

#[cfg(test)]
mod tests {
    use super::super::CurveView;
    use super::*;

    #[test]
    fn one_wild_bound_widens_the_range_by_a_decade_only() {
        let mut points = [100, 1_000, 10_000, 1_000_000].map(|size| {
            let estimate = 10.0 / size as f64;
            PointView { size, estimate, lower: estimate / 2.0, upper: estimate * 2.0 }
        });
        points[0].lower = 1e-300;
        let curve = CurveView { points: points.to_vec(), ..CurveView::default() };
        let panel = PanelView { curves: vec![curve], ..PanelView::default() };
        let range = value_range(&panel).unwrap();
        assert!((range.low + 6.0).abs() < 1e-12, "{range:?}");
        assert!(range.high < 0.0, "{range:?}");
    }
}
