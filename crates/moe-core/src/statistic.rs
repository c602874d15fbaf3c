//! The statistics of a loss over replications whose decay in n is measured.

use std::fmt;
use std::str::FromStr;

/// A statistic of one number per replication. [`fmt::Display`] and [`FromStr`] share the spelling of
/// experiment files: `median`, `mean`, `quantile(0.9)`, `exceeds(1)`.
///
/// ```
/// use moe_core::statistic::Statistic;
///
/// let losses = [0.3, 0.1, f64::INFINITY, 0.2];
/// let of = |text: &str| text.parse::<Statistic>().unwrap().evaluate(&losses);
/// // A failed fit counts as the worst case.
/// assert_eq!(of("median"), Some(0.25));
/// assert_eq!(of("mean"), Some(f64::INFINITY));
/// assert_eq!(of("exceeds(0.15)"), Some(0.75));
/// assert_eq!(Statistic::Mean.evaluate(&[]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The 0.5 quantile: with an even number of values, the mean of the two in the middle.
    Median,
    /// The arithmetic mean.
    Mean,
    /// The p quantile, 0 ≤ p ≤ 1, by linear interpolation at (n − 1)p between the sorted values (type 7 of
    /// Hyndman and Fan 1996).
    Quantile(f64),
    /// The proportion of values above c, strictly.
    Exceeds(f64),
}

impl Statistic {
    /// The statistic of values in any order; the result does not depend on the order, to the last bit.
    /// Infinite values take part as the worst (or best) case they are. `None` when there is no value, or
    /// one is not a number.
    pub fn evaluate(&self, values: &[f64]) -> Option<f64> {
        sorted(values).map(|sorted| self.evaluate_sorted(&sorted))
    }

    /// The statistic of at least one value, in ascending order and without NaN.
    pub(crate) fn evaluate_sorted(&self, sorted: &[f64]) -> f64 {
        let n = sorted.len();
        match *self {
            Statistic::Mean => sorted.iter().sum::<f64>() / n as f64,
            Statistic::Exceeds(c) => (n - sorted.partition_point(|v| *v <= c)) as f64 / n as f64,
            Statistic::Median => Position::of(0.5, n).value(|rank| sorted[rank]),
            Statistic::Quantile(p) => Position::of(p, n).value(|rank| sorted[rank]),
        }
    }
}

/// The values in ascending order; `None` when there is none, or one is not a number.
pub(crate) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// Where a quantile stands among n sorted values: `fraction` of the way from rank `below` to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) below: usize,
    pub(crate) fraction: f64,
}

impl Position {
    pub(crate) fn of(p: f64, n: usize) -> Self {
        let h = p * (n - 1) as f64;
        Self { below: h as usize, fraction: h - h.floor() }
    }

    /// The quantile, given the value at a rank. Equal neighbours, infinite ones too, are their own quantile.
    pub(crate) fn value(&self, at: impl Fn(usize) -> f64) -> f64 {
        let low = at(self.below);
        if self.fraction == 0.0 {
            return low;
        }
        let high = at(self.below + 1);
        if low == high { low } else { self.fraction.mul_add(high - low, low) }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statistic::Median => write!(f, "median"),
            Statistic::Mean => write!(f, "mean"),
            Statistic::Quantile(p) => write!(f, "quantile({p})"),
            Statistic::Exceeds(c) => write!(f, "exceeds({c})"),
        }
    }
}

/// Why a text is not a statistic; it says what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticError(String);

impl fmt::Display for StatisticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StatisticError {}

impl FromStr for Statistic {
    type Err = StatisticError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let call = text.strip_suffix(')').and_then(|t| t.split_once('('));
        match (text, call) {
            ("median", _) => Ok(Statistic::Median),
            ("mean", _) => Ok(Statistic::Mean),
            (_, Some(("quantile", p))) => match p.trim().parse() {
                Ok(p) if (0.0..=1.0).contains(&p) => Ok(Statistic::Quantile(p)),
                _ => Err(StatisticError(format!("quantile(p) needs a probability p from 0 to 1, not '{p}'"))),
            },
            (_, Some(("exceeds", c))) => match c.trim().parse::<f64>() {
                Ok(c) if c.is_finite() => Ok(Statistic::Exceeds(c)),
                _ => Err(StatisticError(format!("exceeds(c) needs a finite threshold c, not '{c}'"))),
            },
            _ => Err(StatisticError(format!(
                "'{text}' is not a statistic; write median, mean, quantile(p) or exceeds(c), for example \
                 quantile(0.9) or exceeds(1)"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips() {
        for text in ["median", "mean", "quantile(0.9)", "quantile(0)", "exceeds(1)", "exceeds(0.25)"] {
            assert_eq!(text.parse::<Statistic>().unwrap().to_string(), text);
        }
        for text in
            ["", "mode", "quantile", "quantile()", "quantile(1.5)", "quantile(nan)", "exceeds(inf)", "mean("]
        {
            assert!(text.parse::<Statistic>().is_err(), "{text}");
        }
    }

    #[track_caller]
    fn check(statistic: &str, values: &[f64], expected: f64) {
        let statistic: Statistic = statistic.parse().unwrap();
        assert_eq!(statistic.evaluate(values), Some(expected));
        let reversed: Vec<f64> = values.iter().rev().copied().collect();
        assert_eq!(statistic.evaluate(&reversed), Some(expected));
    }

    #[test]
    fn values() {
        check("median", &[3.0, 1.0, 2.0], 2.0);
        check("median", &[4.0, 1.0, 2.0, 3.0], 2.5);
        check("mean", &[4.0, 1.0, 1.0], 2.0);
        check("quantile(0.9)", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 5.5);
        check("quantile(0)", &[2.0, 1.0], 1.0);
        check("quantile(1)", &[2.0, 1.0], 2.0);
        check("quantile(0.3)", &[7.0], 7.0);
        check("exceeds(1)", &[1.0, 2.0, 0.0, 3.0], 0.5);
    }

    #[test]
    fn infinite_values_are_the_worst_case() {
        let inf = f64::INFINITY;
        check("median", &[inf, 1.0, 2.0], 2.0);
        check("median", &[inf, 1.0], inf);
        check("median", &[inf, inf], inf);
        check("mean", &[inf, 1.0], inf);
        check("quantile(0.9)", &[inf, 1.0, 2.0], inf);
        check("exceeds(5)", &[inf, 1.0], 0.5);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(Statistic::Mean.evaluate(&[]), None);
        assert_eq!(Statistic::Median.evaluate(&[1.0, f64::NAN]), None);
    }
}
