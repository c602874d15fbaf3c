//! Every replication's loss at every size: losses side by side, a row for each cell.

use moe_core::numeric::log10;
use moe_core::statistic::Statistic;

use super::super::view::label;
use super::{Made, place_name};
use crate::aggregate::Rows;
use crate::figure::Tag;
use crate::figure::chart::{Chart, Look, Mark, Scale, Sheet, Ticks};
use crate::quantity::{Kind, Quantity};
use crate::record::Status;

const LOSSES: [Kind; 4] = [Kind::D1, Kind::D2, Kind::D34, Kind::Hellinger];
/// Points of a kind that are drawn at a size: with more replications, as many evenly spaced order statistics.
const MOST: usize = 250;
/// Half the width over which points of one size are spread, in decades per gap between sizes.
const SPREAD: f64 = 0.3;
/// What the three kinds of fits look like, readable in grey: in which colour, how, and in which words.
const KINDS: [(Status, usize, Look, &str); 3] = [
    (Status::Certified, 0, Look::Full, "a replication"),
    (Status::Uncertified, 6, Look::Hollow, "its fit is not certified"),
    (Status::Failed, 6, Look::Cross, "its fit failed: there is none, or it is proven to miss the maximum"),
];

pub(super) fn distribution(rows: &Rows<'_>, pairs: &[(usize, usize)]) -> Made {
    let experiment = rows.experiment();
    let mut csv = String::from("cell,arm,size,replication,quantity,value,status\n");
    let mut charts = Vec::new();
    let of_kind = |pair: (usize, usize), kind: Kind| -> Vec<Vec<f64>> {
        experiment.sizes.iter().map(|n| values(rows, pair, *n, kind)).collect()
    };
    let all: Vec<Vec<_>> =
        pairs.iter().map(|pair| LOSSES.map(|kind| of_kind(*pair, kind)).to_vec()).collect();
    let twins: Vec<[Option<usize>; LOSSES.len()]> = all.iter().map(|of_pair| twins(of_pair)).collect();
    let shown: Vec<usize> =
        (0..LOSSES.len()).filter(|i| twins.iter().any(|of_pair| of_pair[*i].is_none())).collect();
    for ((&pair, all), twins) in pairs.iter().zip(&all).zip(&twins) {
        let (cell, arm) = pair;
        let finite = all.iter().flatten().flatten().map(|v| log10(*v)).filter(|v| v.is_finite());
        let y = Scale::over("loss", Ticks::Powers, finite);
        let statuses = statuses(rows, pair);
        for (i, (kind, by_size)) in LOSSES.iter().zip(all).enumerate() {
            let quantity = Quantity::of_row(*kind);
            for (n, values) in experiment.sizes.iter().zip(by_size) {
                for (record, value) in rows.at(cell, arm, *n).iter().zip(values) {
                    let names = (&experiment.cells[cell].name, &experiment.arms[arm].name);
                    let r = record.key.replication;
                    let status = record.status.name();
                    csv += &format!("{},{},{n},{r},{quantity},{value:?},{status}\n", names.0, names.1);
                }
            }
            if shown.contains(&i) {
                // A loss that is left out in every row is named beside the one that it equals.
                let left_out = |j: &usize| twins[*j] == Some(i) && !shown.contains(j);
                let others = twins[i].into_iter().chain((0..LOSSES.len()).filter(left_out));
                let names: Vec<String> = std::iter::once(i).chain(others).map(|j| name(LOSSES[j])).collect();
                let title = format!("{}: {}", place_name(rows, pairs, pair), names.join(" = "));
                let crowd = Crowd { most: MOST, statuses: &statuses, tag: None };
                charts.push(chart(title, &experiment.sizes, by_size, &y, &crowd));
            }
        }
    }
    let there = pairs.iter().flat_map(|pair| statuses(rows, *pair)).flatten().collect::<Vec<_>>();
    Made::sheet(sheet(rows, charts, shown.len(), &there), csv)
}

/// What became of the fits of a cell and an arm, by size and replication.
pub(super) fn statuses(rows: &Rows<'_>, (cell, arm): (usize, usize)) -> Vec<Vec<Status>> {
    let of_size = |n: &u64| rows.at(cell, arm, *n).iter().map(|r| r.status).collect();
    rows.experiment().sizes.iter().map(of_size).collect()
}

/// For each loss the first one before it that has the same values in every replication, as D₁ and D₂ have where no
/// Voronoi cell holds two atoms.
fn twins(of_pair: &[Vec<Vec<f64>>]) -> [Option<usize>; LOSSES.len()] {
    let bits = |i: usize| of_pair[i].iter().flatten().map(|v| v.to_bits());
    std::array::from_fn(|i| (0..i).find(|j| bits(*j).eq(bits(i))))
}

fn name(kind: Kind) -> String {
    label(Quantity::of_row(kind), Statistic::Median).replace(", median", "")
}

fn values(rows: &Rows<'_>, (cell, arm): (usize, usize), n: u64, kind: Kind) -> Vec<f64> {
    rows.values(cell, arm, n, Quantity::of_row(kind))
}

/// How many replications are drawn at a size, and what each says when it is asked.
pub(super) struct Crowd<'a> {
    /// With more fits of a kind, as many evenly spaced order statistics.
    pub(super) most: usize,
    /// What became of the fit of replication number j of size number i.
    pub(super) statuses: &'a [Vec<Status>],
    /// What replication number j of size number i says, and its rank.
    pub(super) tag: Option<&'a dyn Fn(usize, usize, usize) -> Tag>,
}

/// Losses by size, as dots around the size and as quantiles.
pub(super) fn chart(
    title: String,
    sizes: &[u64],
    by_size: &[Vec<f64>],
    y: &Scale,
    crowd: &Crowd<'_>,
) -> Chart {
    let logs: Vec<f64> = sizes.iter().map(|n| log10(*n as f64)).collect();
    let gap = logs.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let spread = SPREAD * if gap.is_finite() { gap } else { 1.0 };
    let mut marks = Vec::new();
    for (size, (x, values)) in logs.iter().zip(by_size).enumerate() {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut before = 0;
        for (status, colour, look, _) in KINDS {
            let kind: Vec<usize> =
                (0..order.len()).filter(|r| crowd.statuses[size][order[*r]] == status).collect();
            let ranks: Vec<usize> = spaced(kind.len(), crowd.most).map(|i| kind[i]).collect();
            let across = |i: usize| x + spread * (2.0 * halton((before + i) as u32 + 1) - 1.0);
            let points = ranks.iter().enumerate().map(|(i, rank)| (across(i), log10(values[order[*rank]])));
            let tags = crowd.tag.iter().flat_map(|tag| ranks.iter().map(|r| tag(size, order[*r], *r)));
            let (points, tags) = (points.collect(), tags.collect());
            marks.push(Mark::Dots { points, colour, look, tags });
            before += ranks.len();
        }
    }
    for (x, values) in logs.iter().zip(by_size) {
        let at = |s: Statistic| s.evaluate(values).map(log10);
        let of = [Statistic::Median, Statistic::Quantile(0.1), Statistic::Quantile(0.9)].map(at);
        if let [Some(median), Some(lower), Some(upper)] = of {
            let ends = (lower, upper);
            marks.push(Mark::Interval { at: (*x, median), ends, across: false, colour: 1, tag: None });
        }
    }
    let ends = [logs.first().map(|x| x - spread), logs.last().map(|x| x + spread)];
    let x = Scale::over("sample size n", Ticks::Powers, ends.into_iter().flatten());
    Chart { title, x, y: y.clone(), marks, notes: Vec::new() }
}

/// At most so many numbers below `count`, evenly spaced, the first and the last among them.
fn spaced(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let shown = count.min(most);
    let last = shown.max(2) - 1;
    (0..shown).map(move |i| i * (count - 1).max(1) / last)
}

/// The van der Corput sequence of base 2: spreads points evenly without any draw.
fn halton(index: u32) -> f64 {
    f64::from(index.reverse_bits()) / 4_294_967_296.0
}

fn sheet(rows: &Rows<'_>, charts: Vec<Chart>, columns: usize, there: &[Status]) -> Sheet {
    let experiment = rows.experiment();
    let many = format!(
        "(evenly spaced order statistics where there are more than {MOST}); at the frame: zero or infinite"
    );
    Sheet {
        title: format!("{}: distribution of the losses", experiment.title),
        subtitle: format!(
            "{} replications a size. Master seed {}.",
            experiment.replications, experiment.seed
        ),
        charts,
        columns,
        shared: true,
        aspect: 0.85,
        key: key(&many, there),
    }
}

/// What dots and intervals mean: of the kinds of fits those that are there, the first with these words.
pub(super) fn key(more: &str, there: &[Status]) -> Vec<(Mark, String)> {
    let dots = |colour: usize, look: Look| Mark::Dots { points: Vec::new(), colour, look, tags: Vec::new() };
    let shown = KINDS.into_iter().enumerate().filter(|(i, kind)| *i == 0 || there.contains(&kind.0));
    let of_kind = |(i, (_, colour, look, words)): (usize, (Status, usize, Look, &str))| {
        (dots(colour, look), if i == 0 { format!("{words} {more}") } else { words.to_owned() })
    };
    let interval = Mark::Interval { at: (0.0, 0.0), ends: (0.0, 0.0), across: false, colour: 1, tag: None };
    shown.map(of_kind).chain([(interval, "median and 0.1 to 0.9 quantile of all".to_owned())]).collect()
}
