//! Straight lines on log-log scale: the fitted line of a curve, and the one that the theory states.

use super::scale::{Range, log, log_size};
use super::{CurveView, Vertical};

/// A straight line on log-log scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trend {
    pub(super) through: (f64, f64),
    pub(super) slope: f64,
    pub(super) x: Range,
}

impl Trend {
    /// The fitted line over the sizes that were fitted.
    pub(super) fn fitted(curve: &CurveView) -> Option<Self> {
        let line = curve.fit.as_ref()?;
        let x = Range::over(curve.points.iter().filter(|p| curve.uses(p)).map(|p| log_size(p.size)))?;
        let per_decade = 1.0 / moe_core::numeric::ln(10.0);
        let trend = Self { through: (0.0, line.intercept * per_decade), slope: line.slope, x };
        let middle = (x.low + x.high) / 2.0;
        let through = (middle, trend.at(middle));
        through.1.is_finite().then_some(Self { through, ..trend })
    }

    /// The theory's exponent as a level among slopes.
    pub(super) fn level(curve: &CurveView, x: Range) -> Option<Self> {
        let level = Vertical::Slopes.place(curve.theory?)?;
        Some(Self { through: (x.low, level), slope: 0.0, x })
    }

    /// The theory's slope over `x`, through the middle of the fitted line, or of the estimates where there is none.
    pub(super) fn stated(curve: &CurveView, x: Range) -> Option<Self> {
        let slope = curve.theory?;
        let through = match Self::fitted(curve) {
            Some(fitted) => fitted.through,
            None => {
                let drawn = || curve.points.iter().filter_map(|p| Some((log_size(p.size), log(p.estimate)?)));
                let count = drawn().count() as f64;
                let (sum_x, sum_y) = drawn().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
                (sum_x / count, sum_y / count)
            }
        };
        through.1.is_finite().then_some(Self { through, slope, x })
    }

    pub(super) fn at(&self, x: f64) -> f64 {
        self.slope.mul_add(x - self.through.0, self.through.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LineView, PointView};
    use super::*;

    fn curve(fit: Option<LineView>) -> CurveView {
        let points = [100, 1_000, 10_000, 1_000_000].map(|size| {
            let estimate = 10.0 / size as f64;
            PointView { size, estimate, lower: estimate / 2.0, upper: estimate * 2.0 }
        });
        CurveView { points: points.to_vec(), fit, theory: Some(-0.5), ..CurveView::default() }
    }

    #[test]
    fn the_theory_s_line_meets_the_fitted_line_at_its_geometric_middle() {
        let line = LineView { slope: -1.0, intercept: 2.0, lower: -1.1, upper: -0.9, from: 1_000 };
        let curve = curve(Some(line));
        let fitted = Trend::fitted(&curve).unwrap();
        assert!((fitted.x.low - 3.0).abs() < 1e-12 && (fitted.x.high - 6.0).abs() < 1e-12);
        let value = moe_core::numeric::exp(2.0) / moe_core::numeric::exp(4.5 * moe_core::numeric::ln(10.0));
        assert!((fitted.at(4.5) - moe_core::numeric::log10(value)).abs() < 1e-12);
        let stated = Trend::stated(&curve, Range { low: 0.0, high: 9.0 }).unwrap();
        assert!((stated.at(4.5) - fitted.at(4.5)).abs() < 1e-12);
        assert!((stated.at(6.5) - stated.at(4.5) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_fit_it_passes_through_the_middle_of_the_estimates() {
        let mut curve = curve(None);
        curve.points.push(PointView { size: 7, estimate: 0.0, lower: 0.0, upper: 0.0 });
        let stated = Trend::stated(&curve, Range { low: 0.0, high: 9.0 }).unwrap();
        assert!((stated.at(15.0 / 4.0) - (1.0 - 15.0 / 4.0)).abs() < 1e-12);
    }
}
