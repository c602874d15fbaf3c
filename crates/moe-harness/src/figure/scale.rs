//! Logarithmic axes: the range of decades to show, its ticks, and where a value falls.

use moe_core::numeric::log10;

/// Smallest number of decades on an axis: at least two labelled ticks, and no flat curve blown up.
const LEAST: f64 = 2.0;

/// A range of decimal logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    /// The smallest range that holds all finite values; `None` when there is none.
    pub(super) fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.filter(|v| v.is_finite()).map(|v| Self { low: v, high: v }).reduce(Self::union)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    pub(super) fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub(super) fn span(self) -> f64 {
        self.high - self.low
    }

    /// Widened by a share of its span at either end, and to at least two decades.
    pub(super) fn padded(self, below: f64, above: f64) -> Self {
        self.padded_to(below, above, LEAST)
    }

    /// Widened by a share of its span at either end, and to at least this span.
    pub(super) fn padded_to(self, below: f64, above: f64, least: f64) -> Self {
        let span = self.span().max(0.5 * least);
        let wide = Self { low: self.low - below * span, high: self.high + above * span };
        let missing = (least - wide.span()).max(0.0) / 2.0;
        Self { low: wide.low - missing, high: wide.high + missing }
    }
}

/// Logarithm of a value that has a place on the axis: positive and finite.
pub(super) fn log(value: f64) -> Option<f64> {
    (value > 0.0 && value.is_finite()).then(|| log10(value))
}

/// Logarithm of a sample size (0 is put at 1: there is no such sample).
pub(super) fn log_size(size: u64) -> f64 {
    log10(size.max(1) as f64)
}

/// An axis: a range laid over a stretch of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) range: Range,
    /// Page coordinates of the two ends of the range.
    pub(super) ends: (f64, f64),
}

impl Axis {
    /// Page coordinate of a decimal logarithm.
    pub(super) fn at(&self, log: f64) -> f64 {
        let share = (log - self.range.low) / self.range.span();
        share.mul_add(self.ends.1 - self.ends.0, self.ends.0)
    }

    /// Decades that carry a label: every one, or every second, third, … when more than `most` fit in the range.
    pub(super) fn decades(&self, most: i32) -> Vec<i32> {
        let (first, last) = self.whole();
        let step = ((last - first) / most + 1).max(1);
        (first..=last).filter(|d| d.rem_euclid(step) == 0).collect()
    }

    /// Logarithms of the ticks between: 2, 3, …, 9 times each decade; single decades when the range is long.
    pub(super) fn minors(&self) -> Vec<f64> {
        let (first, last) = self.whole();
        let ticks: Vec<f64> = if last - first > 12 {
            if last - first > 60 { Vec::new() } else { (first..=last).map(f64::from).collect() }
        } else {
            let multiples = |d: i32| (2..10).map(move |m| f64::from(d) + log10(f64::from(m)));
            (first - 1..=last).flat_map(multiples).collect()
        };
        ticks.into_iter().filter(|t| *t > self.range.low && *t < self.range.high).collect()
    }

    /// Ticks of a linear axis: multiples of 1, 2 or 5 times a power of ten, at most this many unless there would be but
    /// one; and how many decimals their labels need.
    pub(super) fn linear(&self, most: usize) -> (Vec<f64>, usize) {
        let within = |step: f64| ((self.range.low / step).ceil(), (self.range.high / step).floor());
        let count = |(first, last): (f64, f64)| (last - first + 1.0).max(0.0) as usize;
        let factors = [2.0, 2.5, 2.0].into_iter().cycle();
        let mut steps = vec![0.001];
        for factor in factors {
            let step = steps[steps.len() - 1];
            if self.range.span() / step <= most as f64 || step > 1e12 {
                break;
            }
            steps.push(step * factor);
        }
        // One label says nothing of the scale.
        while steps.len() > 1 && count(within(steps[steps.len() - 1])) < 2 {
            steps.pop();
        }
        let step = steps[steps.len() - 1];
        let (first, count) = (within(step).0, count(within(step)));
        let decimals = if step < 0.0099 {
            3
        } else if step < 0.099 {
            2
        } else {
            usize::from(step < 0.99)
        };
        ((0..count.min(2 * most + 3)).map(|i| (first + i as f64) * step).collect(), decimals)
    }

    fn whole(&self) -> (i32, i32) {
        (self.range.low.ceil() as i32, self.range.high.floor() as i32)
    }
}

/// A power of ten as it is written: 10⁻³.
pub fn power_of_ten(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]);
    format!("10{}", exponent.to_string().chars().map(raised).collect::<String>())
}

/// The straight line y = y₀ + slope · (x − x₀) inside a window of logarithms; `None` when it misses it.
pub(super) fn clip(
    through: (f64, f64),
    slope: f64,
    x: Range,
    window: Range,
) -> Option<((f64, f64), (f64, f64))> {
    let y = |x: f64| slope.mul_add(x - through.0, through.1);
    let (mut from, mut to) = (x.low, x.high);
    if !(y(from).is_finite() && y(to).is_finite()) {
        return None;
    }
    if slope != 0.0 {
        let crossing = |edge: f64| through.0 + (edge - through.1) / slope;
        let (a, b) = (crossing(window.low), crossing(window.high));
        from = from.max(a.min(b));
        to = to.min(a.max(b));
    }
    let (start, end) = (y(from), y(to));
    let slack = 1e-9 * window.span();
    let inside = |v: f64| v >= window.low - slack && v <= window.high + slack;
    (from <= to && inside(start) && inside(end)).then_some(((from, start), (to, end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(low: f64, high: f64) -> Axis {
        Axis { range: Range { low, high }, ends: (100.0, 500.0) }
    }

    #[test]
    fn decades_are_evenly_spaced_and_labelled() {
        let axis = axis(2.5, 8.5);
        assert_eq!(axis.decades(9), [3, 4, 5, 6, 7, 8]);
        assert_eq!(axis.at(2.5), 100.0);
        assert_eq!(axis.at(8.5), 500.0);
        assert!((axis.at(5.5) - 300.0).abs() < 1e-9);
        assert_eq!(power_of_ten(-12), "10⁻¹²");
        assert_eq!(power_of_ten(0), "10⁰");
    }

    #[test]
    fn minor_ticks_lie_at_the_multiples_of_a_decade() {
        let minors = axis(2.5, 4.25).minors();
        let sizes: Vec<f64> =
            minors.iter().map(|t| moe_core::numeric::exp(t * moe_core::numeric::ln(10.0)).round()).collect();
        let expected = [400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 2e3, 3e3, 4e3, 5e3, 6e3, 7e3, 8e3, 9e3];
        assert_eq!(sizes, expected);
    }

    #[test]
    fn long_ranges_carry_few_labels_and_short_ones_at_least_two() {
        let labels = axis(-330.0, 310.0).decades(7);
        assert!((3..=7).contains(&labels.len()), "{labels:?}");
        let point = Range { low: 3.0, high: 3.0 }.padded(0.04, 0.04);
        assert!(point.span() >= LEAST);
        assert!(axis(point.low, point.high).decades(9).len() >= 2);
    }

    #[test]
    fn linear_ticks_are_round_and_few() {
        let (ticks, decimals) = axis(-0.83, 0.12).linear(7);
        let found: Vec<String> = ticks.iter().map(|t| format!("{t:.decimals$}")).collect();
        assert_eq!(found, ["-0.8", "-0.6", "-0.4", "-0.2", "0.0"]);
        let (ticks, decimals) = axis(-0.521, -0.479).linear(7);
        assert_eq!((ticks.len(), decimals), (5, 2));
    }

    #[test]
    fn a_linear_axis_has_two_ticks_inside_at_least() {
        assert_eq!(axis(-0.95, 0.9).linear(1).0.len(), 3, "0 alone would be the only multiple of 2");
        for (low, high) in [(-1.9, 1.9), (0.3, 0.9), (-0.99, -0.01), (0.01, 0.017), (-19.0, 4.0)] {
            for most in 2..12 {
                let (ticks, _) = axis(low, high).linear(most);
                assert!((2..=most.max(5)).contains(&ticks.len()), "{low} to {high}, {most}: {ticks:?}");
                assert!(ticks.iter().all(|t| (low..=high).contains(t)), "{low} to {high}, {most}: {ticks:?}");
            }
        }
    }

    #[test]
    fn lines_are_cut_at_the_window() {
        let (x, window) = (Range { low: 0.0, high: 10.0 }, Range { low: -2.0, high: 2.0 });
        assert_eq!(clip((5.0, 0.0), -1.0, x, window), Some(((3.0, 2.0), (7.0, -2.0))));
        assert_eq!(clip((5.0, 1.0), 0.0, x, window), Some(((0.0, 1.0), (10.0, 1.0))));
        assert_eq!(clip((5.0, 3.0), 0.0, x, window), None);
        assert_eq!(clip((5.0, 90.0), 1.0, x, window), None);
        assert_eq!(clip((5.0, 0.0), f64::NAN, x, window), None);
        assert_eq!(clip((5.0, 0.0), f64::INFINITY, x, window), None);
    }
}
