//! The slopes of two runs, side by side.

use moe_core::rate::Rate;
use serde_json::{Value, json};

use crate::aggregate::Rows;
use crate::experiment::{CellGroup, Experiment};
use crate::quantity::Quantity;
use crate::report::format::{interval, slope, table};
use crate::report::verdicts::number;
use crate::store::Scan;
use moe_core::statistic::Statistic;

/// A series of one of the runs, and its slope in each of them.
pub(super) struct Beside {
    series: Series,
    first: Option<Rate>,
    second: Option<Rate>,
}

/// What a slope is the slope of.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    cell: CellGroup,
    arm: String,
    quantity: Quantity,
    statistic: Statistic,
    from: u64,
}

/// The slopes of every curve and claim of either run, first those of the first.
pub(super) fn beside(first: (&Experiment, &Scan), second: (&Experiment, &Scan)) -> Vec<Beside> {
    let mut all: Vec<Series> = Vec::new();
    for series in of(first.0).chain(of(second.0)) {
        if !all.contains(&series) {
            all.push(series);
        }
    }
    let [a, b] = [first, second].map(|(experiment, scan)| Rows::new(experiment, &scan.records));
    let slopes = |series: Series| Beside { first: rate(&a, &series), second: rate(&b, &series), series };
    all.into_iter().map(slopes).collect()
}

fn of(experiment: &Experiment) -> impl Iterator<Item = Series> + '_ {
    let curves = experiment.panels.iter().flat_map(|p| &p.curves).map(|c| Series {
        cell: c.cell.clone(),
        arm: c.arm.clone(),
        quantity: c.quantity,
        statistic: c.statistic,
        from: c.from,
    });
    let claims = experiment.claims.iter().map(|c| Series {
        cell: c.cell.clone(),
        arm: c.arm.clone(),
        quantity: c.quantity,
        statistic: c.statistic,
        from: c.from,
    });
    curves.chain(claims)
}

fn rate(rows: &Rows<'_>, series: &Series) -> Option<Rate> {
    let place = rows.place(&series.cell, &series.arm)?;
    let level = rows.experiment().inference.level;
    rows.measured(&place, series.quantity, series.statistic, series.from, level).rate.ok()
}

impl Beside {
    fn difference(&self) -> Option<f64> {
        Some(self.second.as_ref()?.slope - self.first.as_ref()?.slope)
    }

    /// Whether the two intervals have a point in common.
    fn meet(&self) -> Option<bool> {
        let (a, b) = (self.first.as_ref()?, self.second.as_ref()?);
        Some(a.lower <= b.upper && b.lower <= a.upper)
    }

    pub(super) fn document(&self) -> Value {
        let one = |rate: &Option<Rate>| {
            rate.as_ref().map(
                |r| json!({ "slope": number(r.slope), "lower": number(r.lower), "upper": number(r.upper) }),
            )
        };
        let s = &self.series;
        json!({
            "cell": s.cell.names(), "arm": s.arm, "quantity": s.quantity.to_string(),
            "statistic": s.statistic.to_string(), "from": s.from,
            "first": one(&self.first), "second": one(&self.second),
            "difference": self.difference().map(number), "intervals_meet": self.meet(),
        })
    }
}

pub(super) fn words(all: &[Beside]) -> String {
    let shown =
        |rate: &Option<Rate>| rate.as_ref().map_or("–".into(), |r| interval(r.slope, r.lower, r.upper));
    let row = |b: &Beside| {
        let s = &b.series;
        vec![
            s.cell.to_string(),
            s.arm.clone(),
            s.quantity.to_string(),
            s.statistic.to_string(),
            shown(&b.first),
            shown(&b.second),
            b.difference().map_or("–".into(), slope),
            match b.meet() {
                Some(true) => "meet",
                Some(false) => "apart",
                None => "–",
            }
            .to_owned(),
        ]
    };
    let head = ["cell", "arm", "quantity", "statistic", "slope in A", "slope in B", "B − A", "intervals"];
    table(&head, &all.iter().map(row).collect::<Vec<_>>())
}
