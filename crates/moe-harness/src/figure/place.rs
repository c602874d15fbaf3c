//! Where a value stands on the vertical axis of a panel, and what is drawn of one that has no place there.

use super::scale::{Range, log};
use super::{PointView, Vertical};

/// Why a point is marked at an edge instead of drawn at its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OffScale {
    /// Zero or negative.
    Below,
    /// Infinite.
    Above,
    /// Not a number.
    Missing,
}

/// What the end of an interval is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A cap at its place.
    Shown,
    /// An arrow at the edge beyond which it lies.
    Beyond,
    /// The marker: there is no such end.
    Marker,
}

/// The steepest slope that has a place on an axis of slopes.
const STEEPEST: f64 = 1000.0;

impl Vertical {
    /// Where a value stands on the axis: its decimal logarithm, or itself; `None` where it has no place.
    pub(super) fn place(self, value: f64) -> Option<f64> {
        match self {
            Vertical::Estimates => log(value),
            Vertical::Slopes => (value.abs() <= STEEPEST).then_some(value),
        }
    }

    /// Whether, and why, an estimate has no place on the axis.
    pub(super) fn off_scale(self, estimate: f64) -> Option<OffScale> {
        match self.place(estimate) {
            Some(_) => None,
            None if estimate.is_nan() => Some(OffScale::Missing),
            None if estimate <= 0.0 => Some(OffScale::Below),
            None => Some(OffScale::Above),
        }
    }

    /// The range of values with room around it.
    pub(super) fn padded(self, range: Range) -> Range {
        match self {
            Vertical::Estimates => range.padded(0.07, 0.06),
            Vertical::Slopes => range.padded_to(0.07, 0.06, 0.2),
        }
    }

    /// Where on the axis an end of an interval is drawn, and as what; `None` where there is no such end.
    pub(super) fn end(self, value: f64, range: Range) -> Option<(f64, End)> {
        if value.is_nan() {
            return None;
        }
        let place = self.place(value).unwrap_or(if value > 0.0 { f64::INFINITY } else { f64::NEG_INFINITY });
        let end = if range.holds(place) { End::Shown } else { End::Beyond };
        Some((place.clamp(range.low, range.high), end))
    }

    /// Whether the interval of a point goes on beyond the axis.
    pub(super) fn goes_on(self, point: &PointView, range: Range) -> bool {
        let ends = [point.lower, point.upper].map(|value| self.end(value, range));
        let drawn = self.place(point.estimate).is_some() || ends.iter().all(Option::is_some);
        drawn && ends.iter().flatten().any(|(_, end)| *end == End::Beyond)
    }

    /// Beyond which edge of the axis an estimate lies that has a place; `None` where it is shown, or has none.
    pub(super) fn outside(self, estimate: f64, range: Range) -> Option<OffScale> {
        let y = self.place(estimate).filter(|y| !range.holds(*y))?;
        Some(if y < range.low { OffScale::Below } else { OffScale::Above })
    }
}
