//! Why an interval has no end: which replications reach a statistic and have no logarithm, and at which sizes.

use std::collections::BTreeMap;

use moe_core::rate::{Rate, Unbounded, coefficients};
use moe_core::statistic::Statistic;

use crate::aggregate::{Place, Rows, value};
use crate::quantity::Quantity;
use crate::record::Record;

/// How a size is written: differently in figures and in tables.
pub(super) type Write = fn(u64) -> String;

/// Why noise does not bound a statistic at a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// Fits that failed.
    Failed,
    /// Fits without an atom in this Voronoi cell, or in some of them.
    Empty(Option<usize>),
    /// Fits without a Voronoi cell that has two atoms.
    NeverTwo,
    /// Values that are infinite themselves.
    Infinite,
    /// Values of 0.
    Zero,
    /// Values below 0.
    Negative,
    /// Proportions of 0.
    NoneAbove,
    /// Sizes with one replication.
    Single,
}

impl Cause {
    fn words(self) -> String {
        match self {
            Cause::Failed => "failed fits count as infinite".into(),
            Cause::Empty(Some(atom)) => {
                format!("fits that leave Voronoi cell {atom} empty count as infinite")
            }
            Cause::Empty(None) => "fits that leave a Voronoi cell empty count as infinite".into(),
            Cause::NeverTwo => "fits without two atoms in a Voronoi cell count as infinite".into(),
            Cause::Infinite => "infinite values have no logarithm".into(),
            Cause::Zero => "values of exactly 0 have no logarithm".into(),
            Cause::Negative => "values below 0 have no logarithm".into(),
            Cause::NoneAbove => "no value exceeds the threshold".into(),
            Cause::Single => "one replication has no spread".into(),
        }
    }
}

/// How many of how many replications at a size.
struct Count {
    size: u64,
    found: usize,
    of: usize,
}

/// What an interval is of.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) rows: &'a Rows<'a>,
    pub(super) place: &'a Place,
    pub(super) quantity: Quantity,
    pub(super) statistic: Statistic,
}

impl Asked<'_> {
    /// Which ends the interval of a slope over the sizes from `from` on does not have, and why; `None` where it has both.
    pub(super) fn slope(&self, from: u64, rate: &Rate, write: Write) -> Option<String> {
        let missing = missing_ends(rate.lower, rate.upper)?;
        let sizes: Vec<u64> =
            self.rows.experiment().sizes.iter().copied().filter(|size| *size >= from).collect();
        let parts: BTreeMap<u64, f64> =
            sizes.iter().copied().zip(coefficients(&sizes, &self.rows.weights(from))).collect();
        let sides = rate.unbounded.iter().map(|u| {
            let part = parts.get(&u.size).copied().unwrap_or(0.0);
            let [lower, upper] = [rate.lower, rate.upper].map(f64::is_infinite);
            let below = part > 0.0 && lower || part < 0.0 && upper;
            let above = part > 0.0 && upper || part < 0.0 && lower;
            Unbounded { below: u.below && below, above: u.above && above, ..u.clone() }
        });
        let why = self.why(&sides.collect::<Vec<_>>(), write);
        Some(format!("{missing}, since {why}"))
    }

    /// The same of several slopes together; `None` where noise bounds the statistic at all sizes.
    pub(super) fn any(&self, sizes: &[Unbounded], write: Write) -> Option<String> {
        (!sizes.is_empty()).then(|| self.why(sizes, write))
    }

    /// Why noise does not bound the statistic at these sizes.
    fn why(&self, sizes: &[Unbounded], write: Write) -> String {
        let mut all: BTreeMap<Cause, Vec<Count>> = BTreeMap::new();
        for at in sizes {
            let records = self.records(at);
            for (cause, found) in self.causes(&records, at) {
                all.entry(cause).or_default().push(Count { size: at.size, found, of: records.len() });
            }
        }
        let said = all.iter().map(|(cause, counts)| format!("{} ({})", cause.words(), listed(counts, write)));
        let said: Vec<String> = said.collect();
        match (said.is_empty(), self.statistic) {
            (false, _) => said.join("; "),
            (true, Statistic::Mean) => {
                "in too many of its bootstrap samples a mean is not positive, or has no spread".into()
            }
            (true, _) => "the replications do not bound it".into(),
        }
    }

    /// Those of the cells that are not bounded there.
    fn records(&self, at: &Unbounded) -> Vec<&Record> {
        let cells = at.groups.iter().filter_map(|group| self.place.cells.get(*group));
        cells.flat_map(|cell| self.rows.at(*cell, self.place.arm, at.size)).copied().collect()
    }

    /// The causes at a size, each with how many replications there are of it.
    fn causes(&self, records: &[&Record], at: &Unbounded) -> BTreeMap<Cause, usize> {
        let mut found = BTreeMap::new();
        if at.below && at.above && records.len() == at.groups.len() {
            found.insert(Cause::Single, records.len());
            return found;
        }
        if at.below && matches!(self.statistic, Statistic::Exceeds(_)) {
            found.insert(Cause::NoneAbove, 0);
            return found;
        }
        for record in records {
            let cause = match value(record, self.quantity) {
                None => at.above.then(|| self.without_value(record)),
                Some(f64::INFINITY) => at.above.then_some(Cause::Infinite),
                Some(0.0) => at.below.then_some(Cause::Zero),
                Some(low) => (at.below && low < 0.0).then_some(Cause::Negative),
            };
            if let Some(cause) = cause {
                *found.entry(cause).or_default() += 1;
            }
        }
        found
    }

    /// Why a record has no value of the quantity.
    fn without_value(&self, record: &Record) -> Cause {
        match (&record.fit, self.quantity) {
            (None, _) => Cause::Failed,
            (Some(_), Quantity { atom: None, kind }) if kind.over_fitted_only() => Cause::NeverTwo,
            (Some(_), Quantity { atom, .. }) => Cause::Empty(atom),
        }
    }
}

/// Which ends an interval does not have; `None` where it has both.
pub(crate) fn missing_ends(lower: f64, upper: f64) -> Option<&'static str> {
    match [lower, upper].map(f64::is_infinite) {
        [true, true] => Some("the interval has no ends"),
        [true, false] => Some("the interval has no lower end"),
        [false, true] => Some("the interval has no upper end"),
        [false, false] => None,
    }
}

/// `23 of 100 at n = 10^3, 12 of 100 at 10^4`.
fn listed(counts: &[Count], write: Write) -> String {
    let first = |i: usize| if i == 0 { "n = " } else { "" };
    let one = |(i, c): (usize, &Count)| format!("{} of {} at {}{}", c.found, c.of, first(i), write(c.size));
    counts.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
}
