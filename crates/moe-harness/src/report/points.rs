//! What a point of a figure says when it is asked: where it comes from, what its replications are, how to replay one.

use std::collections::BTreeMap;

use moe_core::rate::Point;
use moe_core::statistic::Statistic;

use super::format::{significant, size};
use super::view::label;
use crate::aggregate::{Place, Rows, value};
use crate::figure::{BandView, Tag};
use crate::quantity::Quantity;

/// Where most replications lie: the 0.1 and 0.9 quantile at every size, the worst cell of a group.
pub(super) fn band(rows: &Rows<'_>, place: &Place, quantity: Quantity) -> Vec<BandView> {
    let sizes = rows.experiment().sizes.iter();
    let of_size = |n: &u64| {
        let at = |p: f64| {
            let of_cell =
                |cell: &usize| Statistic::Quantile(p).evaluate(&rows.values(*cell, place.arm, *n, quantity));
            let all: Option<Vec<f64>> = place.cells.iter().map(of_cell).collect();
            all?.into_iter().reduce(f64::max)
        };
        Some(BandView { size: *n, lower: at(0.1)?, upper: at(0.9)? })
    };
    sizes.filter_map(of_size).collect()
}

/// How replications are measured again.
#[derive(Clone, Debug, Default)]
pub struct Replays {
    /// The run folder, as it is written on a command line.
    pub folder: String,
}

impl Replays {
    /// The command that measures a replication again, for a POSIX shell.
    pub fn command(&self, cell: &str, arm: &str, size: u64, replication: u64) -> String {
        format!(
            "moe replay {} --cell {} --arm {} --size {size} --replication {replication}",
            quoted(&self.folder),
            quoted(cell),
            quoted(arm)
        )
    }

    /// What the points of a series say, by size.
    pub(super) fn tags(
        &self,
        rows: &Rows<'_>,
        place: &Place,
        (quantity, statistic): (Quantity, Statistic),
        points: &[Point],
    ) -> BTreeMap<u64, Tag> {
        let tag = |point: &Point| Some((point.size, self.tag(rows, place, (quantity, statistic), point)?));
        points.iter().filter_map(tag).collect()
    }

    fn tag(
        &self,
        rows: &Rows<'_>,
        place: &Place,
        (quantity, statistic): (Quantity, Statistic),
        point: &Point,
    ) -> Option<Tag> {
        let experiment = rows.experiment();
        let arm = &experiment.arms[place.arm].name;
        let all = place.cells.iter().flat_map(|cell| {
            rows.at(*cell, place.arm, point.size)
                .iter()
                .map(move |r| (*cell, r.key.replication, value(r, quantity).unwrap_or(f64::INFINITY)))
        });
        let all: Vec<(usize, u64, f64)> = all.collect();
        let values: Vec<f64> = all.iter().map(|r| r.2).collect();
        let middle = match statistic {
            Statistic::Exceeds(_) => Statistic::Median.evaluate(&values)?,
            _ => point.estimate,
        };
        let away = |v: f64| if v == middle { 0.0 } else { (v - middle).abs() };
        let nearest = all.iter().min_by(|a, b| away(a.2).total_cmp(&away(b.2)))?;
        let cell = &experiment.cells[nearest.0].name;
        let number = |v: f64| significant(v, 3);
        let of = |s: Statistic| s.evaluate(&values).map_or("–".into(), number);
        let words = format!(
            "{cell}, {arm}, n = {}: {} {} [{}, {}]. {} replications: mean {}, median {}, 0.1 to 0.9 quantile {} to {}. \
             Replication {} is the nearest, with {}.",
            size(point.size),
            label(quantity, statistic),
            number(point.estimate),
            number(point.lower),
            number(point.upper),
            values.len(),
            of(Statistic::Mean),
            of(Statistic::Median),
            of(Statistic::Quantile(0.1)),
            of(Statistic::Quantile(0.9)),
            nearest.1,
            number(nearest.2),
        );
        Some(Tag { words, replay: self.command(cell, arm, point.size, nearest.1) })
    }
}

/// A word of a command line, in quotes where a shell would read it otherwise.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | ':' | '@');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_survive_a_shell() {
        let replays = Replays { folder: "my runs/it's".into() };
        assert_eq!(
            replays.command("exact", "mle", 1000, 7),
            "moe replay 'my runs/it'\\''s' --cell exact --arm mle --size 1000 --replication 7"
        );
    }
}
