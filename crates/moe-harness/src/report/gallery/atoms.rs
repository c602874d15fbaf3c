//! Fitted atoms around true atoms: a row of small charts for each cell, n growing to the right.

use moe_core::measure::MixingMeasure;
use moe_core::numeric::exp;
use moe_core::statistic::Statistic;

use super::super::view::size;
use super::{Coordinate, Made, few_sizes, place_name};
use crate::aggregate::Rows;
use crate::figure::chart::{Chart, Look, Mark, Scale, Sheet, Ticks};
use crate::record::Record;

/// An atom whose share of the weight is smaller is drawn as a ring.
const LIGHT: f64 = 0.05;
/// Sizes that are shown side by side.
const COLUMNS: usize = 4;

/// A fitted atom in the coordinates that are drawn.
struct Seen {
    replication: u64,
    atom: usize,
    cell: usize,
    weight: f64,
    at: [f64; 2],
}

pub(super) fn atoms(
    rows: &Rows<'_>,
    pairs: &[(usize, usize)],
    axes: Option<[Coordinate; 2]>,
) -> Result<Made, String> {
    let experiment = rows.experiment();
    let sizes = few_sizes(&experiment.sizes, COLUMNS);
    let mut csv =
        String::from("cell,arm,size,replication,atom,voronoi_cell,weight,x_coordinate,y_coordinate,x,y\n");
    let mut charts = Vec::new();
    let mut most = 0;
    for &pair in pairs {
        let limit = &experiment.cells[pair.0];
        let truth = &limit.scenario.truth.measure;
        most = most.max(truth.atoms().len());
        let axes = axes.unwrap_or_else(|| Coordinate::telling(truth.shape(), truth.atoms()));
        if let Some(bad) = axes.iter().find(|c| !c.exists(truth.shape())) {
            let shape = truth.shape();
            return Err(format!(
                "cell '{}' has no coordinate {bad}: it has {} covariates and {} classes, the last of which is the \
                 reference",
                limit.name, shape.dim, shape.classes
            ));
        }
        let seen: Vec<Vec<Seen>> = sizes.iter().map(|n| seen(rows, pair, *n, axes)).collect();
        let truths: Vec<Vec<[f64; 2]>> = sizes
            .iter()
            .map(|n| {
                let at = limit.at(*n);
                at.scenario.truth.measure.atoms().iter().map(|a| axes.map(|c| c.of(a, &[]))).collect()
            })
            .collect();
        let scales = [0, 1].map(|k| scale(axes[k], k, &seen, &truths));
        for ((n, seen), truths) in sizes.iter().zip(&seen).zip(truths) {
            let names = (&limit.name, &experiment.arms[pair.1].name);
            for s in seen {
                csv += &format!(
                    "{},{},{n},{},{},{},{:?},\"{}\",\"{}\",{:?},{:?}\n",
                    names.0,
                    names.1,
                    s.replication,
                    s.atom,
                    s.cell,
                    s.weight,
                    axes[0],
                    axes[1],
                    s.at[0],
                    s.at[1]
                );
            }
            for (j, at) in truths.iter().enumerate() {
                csv += &format!(
                    "{},{},{n},,true,{j},,\"{}\",\"{}\",{:?},{:?}\n",
                    names.0, names.1, axes[0], axes[1], at[0], at[1]
                );
            }
            let title = format!("{}, n = {}", place_name(rows, pairs, pair), size(*n));
            charts.push(chart(title, seen, &truths, &scales));
        }
    }
    Ok(Made::sheet(sheet(rows, charts, most, sizes.len()), csv))
}

fn seen(rows: &Rows<'_>, (cell, arm): (usize, usize), n: u64, axes: [Coordinate; 2]) -> Vec<Seen> {
    let shape = rows.experiment().cells[cell].scenario.fitted_shape();
    let of_record = |record: &&Record| {
        let Some(fit) = &record.fit else { return Vec::new() };
        let measure = MixingMeasure::from_parameters(shape, &fit.parameters);
        let weights: Vec<f64> = measure.atoms().iter().map(|a| exp(a.log_weight)).collect();
        let total: f64 = weights.iter().sum();
        let atoms = measure.atoms().iter().zip(&weights).zip(&fit.assignment).enumerate();
        let seen = atoms.map(|(i, ((atom, weight), cell))| Seen {
            replication: record.key.replication,
            atom: i,
            cell: *cell,
            weight: weight / total,
            at: axes.map(|c| c.of(atom, &fit.alignment)),
        });
        seen.collect::<Vec<_>>()
    };
    rows.at(cell, arm, n).iter().flat_map(of_record).collect()
}

/// The range of a coordinate: all true atoms, and all but the outermost fitted ones at the smallest size.
fn scale(axis: Coordinate, k: usize, seen: &[Vec<Seen>], truths: &[Vec<[f64; 2]>]) -> Scale {
    let first: Vec<f64> = seen.first().into_iter().flatten().map(|s| s.at[k]).collect();
    let ends = [0.03, 0.97].into_iter().filter_map(|p| Statistic::Quantile(p).evaluate(&first));
    Scale::over(&axis.words(), Ticks::Linear, truths.iter().flatten().map(|t| t[k]).chain(ends))
}

fn chart(title: String, seen: &[Seen], truths: &[[f64; 2]], [x, y]: &[Scale; 2]) -> Chart {
    // Crosses stand below the points: fits that sit on the truth must be seen.
    let mut marks: Vec<Mark> = truths.iter().map(|at| Mark::Truth { at: (at[0], at[1]) }).collect();
    for cell in 0..truths.len() {
        for look in [Look::Full, Look::Hollow] {
            let light = look == Look::Hollow;
            let points = seen.iter().filter(|s| s.cell == cell && (s.weight < LIGHT) == light);
            let points = points.map(|s| (s.at[0], s.at[1])).collect();
            marks.push(Mark::Dots { points, colour: cell, look, tags: Vec::new() });
        }
    }
    Chart { title, x: x.clone(), y: y.clone(), marks, notes: Vec::new() }
}

fn sheet(rows: &Rows<'_>, charts: Vec<Chart>, cells: usize, columns: usize) -> Sheet {
    let experiment = rows.experiment();
    let dots = |colour: usize, look: Look| Mark::Dots { points: Vec::new(), colour, look, tags: Vec::new() };
    let mut key = vec![(Mark::Truth { at: (0.0, 0.0) }, "true atom".to_owned())];
    key.extend(
        (0..cells)
            .map(|j| (dots(j, Look::Full), format!("fitted atom in the Voronoi cell of true atom {j}"))),
    );
    key.push((dots(0, Look::Hollow), "with less than 5 % of the weight; at the frame: beyond it".to_owned()));
    Sheet {
        title: format!("{}: fitted atoms around true atoms", experiment.title),
        subtitle: format!(
            "All fits of {} replications a size, at the alignment of D₂. Master seed {}.",
            experiment.replications, experiment.seed
        ),
        charts,
        columns,
        shared: true,
        aspect: 0.9,
        key,
    }
}
