//! The replications behind the panels, each to be asked for itself: the one that went wrong is seen, and replayed.

use moe_core::numeric::log10;
use moe_core::statistic::Statistic;

use super::super::format::{significant, size};
use super::super::view::label;
use super::super::{Replays, Report};
use super::distribution::{self, Crowd};
use crate::aggregate::Rows;
use crate::figure::Tag;
use crate::figure::chart::{Chart, Scale, Sheet, Ticks};
use crate::quantity::Quantity;
use crate::record::Status;

/// Replications that can be asked at a size: with more of them, as many evenly spaced order statistics.
const MOST: usize = 60;

/// One cell and arm with the quantity that is shown of them.
type Shown = (usize, usize, Quantity);

/// The quantity of the first curve of every panel, replication by replication; `None` where there is no panel.
pub(in crate::report) fn replications(
    report: &Report<'_>,
    rows: &Rows<'_>,
    replays: &Replays,
) -> Option<Sheet> {
    let mut shown: Vec<Shown> = Vec::new();
    for curve in report.panels.iter().filter_map(|panel| panel.curves.first()) {
        let place = rows.place(&curve.curve.cell, &curve.curve.arm);
        let cells = place.iter().flat_map(|p| p.cells.iter().map(|cell| (*cell, p.arm)));
        for (cell, arm) in cells {
            let one = (cell, arm, curve.curve.quantity);
            if !shown.contains(&one) {
                shown.push(one);
            }
        }
    }
    let charts: Vec<Chart> = shown.iter().map(|one| chart(rows, replays, *one)).collect();
    let there = shown.iter().flat_map(|one| distribution::statuses(rows, (one.0, one.1))).flatten();
    let key = distribution::key(
        &format!(
            "(of more than {MOST} at a size, evenly spaced ones with both extremes); at the frame: zero or infinite"
        ),
        &there.collect::<Vec<_>>(),
    );
    (!charts.is_empty()).then(|| Sheet {
        title: "Replication by replication".to_owned(),
        subtitle: String::new(),
        columns: if charts.len() > 1 { 2 } else { 1 },
        charts,
        shared: false,
        aspect: 0.6,
        key,
    })
}

fn chart(rows: &Rows<'_>, replays: &Replays, (cell, arm, quantity): Shown) -> Chart {
    let experiment = rows.experiment();
    let names = (experiment.cells[cell].name.as_str(), experiment.arms[arm].name.as_str());
    let what = label(quantity, Statistic::Median).replace(", median", "");
    let by_size: Vec<Vec<f64>> =
        experiment.sizes.iter().map(|n| rows.values(cell, arm, *n, quantity)).collect();
    let tag = |i: usize, j: usize, rank: usize| {
        let (n, values) = (experiment.sizes[i], &by_size[i]);
        let record = rows.at(cell, arm, n)[j];
        let replication = record.key.replication;
        let status = match record.status {
            Status::Certified => "",
            Status::Uncertified => ", not certified",
            Status::Failed => ", failed",
        };
        Tag {
            words: format!(
                "{}, {}, n = {}: replication {replication}{status}, {what} {}, number {} of {} from below.",
                names.0,
                names.1,
                size(n),
                significant(values[j], 3),
                rank + 1,
                values.len()
            ),
            replay: replays.command(names.0, names.1, n, replication),
        }
    };
    let finite = by_size.iter().flatten().map(|v| log10(*v)).filter(|v| v.is_finite());
    let y = Scale::over(&what, Ticks::Powers, finite);
    let title = format!("{} ({}): {what}", names.0, names.1);
    let statuses = distribution::statuses(rows, (cell, arm));
    let crowd = Crowd { most: MOST, statuses: &statuses, tag: Some(&tag) };
    distribution::chart(title, &experiment.sizes, &by_size, &y, &crowd)
}
