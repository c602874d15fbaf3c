//! The waterfall of a multi-start: how far behind the best likelihood the starts end, in order.

use moe_core::numeric::log10;
use moe_core::statistic::Statistic;
use moe_estimators::SAME_MAXIMUM;

use super::super::view::size;
use super::{Made, few_sizes, place_name};
use crate::aggregate::Rows;
use crate::figure::chart::{Chart, Mark, Scale, Sheet, Ticks};
use crate::record::Record;

/// Deficits below this many nats are drawn there.
const LEAST: f64 = 1e-9;
/// Steps in which ranks are drawn.
const STEPS: usize = 60;
/// Sizes that are shown in one chart.
const SIZES: usize = 3;

pub(super) fn starts(rows: &Rows<'_>, pairs: &[(usize, usize)]) -> Result<Made, String> {
    let experiment = rows.experiment();
    let sizes = few_sizes(&experiment.sizes, SIZES);
    let mut csv = String::from("cell,arm,size,replication,rank,start,kind,log_likelihood,deficit\n");
    let mut charts = Vec::new();
    for &pair in pairs {
        let (cell, arm) = pair;
        let names = (&experiment.cells[cell].name, &experiment.arms[arm].name);
        let mut marks = vec![Mark::Guide { at: log10(SAME_MAXIMUM), upright: false }];
        let mut some = false;
        for (colour, n) in sizes.iter().enumerate() {
            let falls: Vec<Fall<'_>> = rows.at(cell, arm, *n).iter().filter_map(|r| Fall::of(r)).collect();
            for fall in &falls {
                some |= fall.ranked.len() > 1;
                for (rank, (start, deficit)) in fall.ranked.iter().enumerate() {
                    let s = &fall.record.starts[*start];
                    let r = fall.record.key.replication;
                    csv += &format!(
                        "{},{},{n},{r},{rank},{},{},{:?},{deficit:?}\n",
                        names.0, names.1, s.index, s.kind, s.log_likelihood
                    );
                }
            }
            marks.extend(curves(&falls, colour));
        }
        if some {
            charts.push((place_name(rows, pairs, pair), marks));
        }
    }
    if charts.is_empty() {
        return Err("none of these arms has several starts: there is no waterfall to show".into());
    }
    let values = charts.iter().flat_map(|(_, marks)| marks).filter_map(|m| match m {
        Mark::Band { points, .. } => Some(points.iter().flat_map(|p| [p.1, p.2])),
        _ => None,
    });
    let y = Scale::over("behind the best start, nats", Ticks::Powers, values.flatten());
    let x = Scale { name: "starts, best first, %".into(), low: 0.0, high: 100.0, ticks: Ticks::Linear };
    let charts = charts.into_iter().map(|(title, marks)| Chart {
        title,
        x: x.clone(),
        y: y.clone(),
        marks,
        notes: Vec::new(),
    });
    Ok(Made::sheet(sheet(rows, charts.collect(), &sizes), csv))
}

/// The starts of one replication, best first, with how far they end behind the best.
struct Fall<'a> {
    record: &'a Record,
    ranked: Vec<(usize, f64)>,
}

impl<'a> Fall<'a> {
    fn of(record: &'a Record) -> Option<Self> {
        let best = record.starts.iter().map(|s| s.log_likelihood).filter(|v| !v.is_nan()).reduce(f64::max)?;
        let deficits = record.starts.iter().enumerate().map(|(i, s)| (i, best - s.log_likelihood));
        let mut ranked: Vec<(usize, f64)> = deficits.filter(|(_, d)| !d.is_nan()).collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        Some(Self { record, ranked })
    }

    /// The deficit of the start at a share of the order.
    fn at(&self, share: f64) -> f64 {
        let place = ((share * self.ranked.len() as f64) as usize).min(self.ranked.len() - 1);
        self.ranked[place].1
    }
}

/// The median over replications, and where most of them lie.
fn curves(falls: &[Fall<'_>], colour: usize) -> [Mark; 2] {
    let mut line = Vec::new();
    let mut band = Vec::new();
    for step in 0..=STEPS {
        let share = step as f64 / STEPS as f64;
        let deficits: Vec<f64> = falls.iter().filter(|f| !f.ranked.is_empty()).map(|f| f.at(share)).collect();
        let at = |s: Statistic| s.evaluate(&deficits).map(|v| log10(v.max(LEAST)));
        let of = [Statistic::Median, Statistic::Quantile(0.1), Statistic::Quantile(0.9)].map(at);
        if let [Some(median), Some(lower), Some(upper)] = of {
            line.push((100.0 * share, median));
            band.push((100.0 * share, lower, upper));
        }
    }
    [Mark::Band { points: band, colour }, Mark::Line { points: line, colour }]
}

fn sheet(rows: &Rows<'_>, charts: Vec<Chart>, sizes: &[u64]) -> Sheet {
    let experiment = rows.experiment();
    let mut key: Vec<_> = sizes
        .iter()
        .enumerate()
        .map(|(colour, n)| {
            let words = format!("n = {}: median over replications", size(*n));
            (Mark::Line { points: Vec::new(), colour }, words)
        })
        .collect();
    key.push((Mark::Band { points: Vec::new(), colour: 0 }, "0.1 to 0.9 quantile over replications".into()));
    key.push((Mark::Guide { at: 0.0, upright: false }, "nearer than this counts as the same maximum".into()));
    Sheet {
        title: format!("{}: where the starts end", experiment.title),
        subtitle: format!(
            "Log-likelihood of the best start of a replication minus that of each start, below {LEAST:.0e} nats drawn \
             there; starts that were given up early stand where they were left. Master seed {}.",
            experiment.seed
        ),
        columns: 2.min(charts.len()),
        charts,
        shared: true,
        aspect: 0.6,
        key,
    }
}
