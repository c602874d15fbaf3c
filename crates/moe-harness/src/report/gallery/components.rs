//! Root errors by component and merged moments: log-log panels, one for each cell.

use moe_core::statistic::Statistic;

use super::super::format::per_cent;
use super::super::open::Asked;
use super::super::points::{self, Replays};
use super::super::view::{measured_view, open_note};
use super::place_name;
use crate::aggregate::{Place, Rows, value};
use crate::figure::{CurveView, Figure, PanelView};
use crate::quantity::{Kind, Quantity};

const ROOT: [(Kind, &str); 3] =
    [(Kind::RootGate, "gate slope β₁"), (Kind::RootIntercept, "intercepts a"), (Kind::RootSlope, "slopes b")];

const MOMENTS: [(Kind, &str); 5] = [
    (Kind::MomentGate, "‖Σ w Δβ₁‖"),
    (Kind::MomentIntercept, "‖Σ w Δa‖"),
    (Kind::MomentSlope, "‖Σ w Δb‖"),
    (Kind::MomentMixed, "‖Σ w (Δb + Δβ₁ Δa)‖"),
    (Kind::MergedPmf, "merged class probabilities"),
];

/// Root errors by component: pooled over the over-fitted cells, or atom by atom where no cell is over-fitted.
pub(super) fn components(rows: &Rows<'_>, replays: &Replays, pairs: &[(usize, usize)]) -> Figure {
    let mut panels = Vec::new();
    for &(cell, arm) in pairs {
        let scenario = &rows.experiment().cells[cell].scenario;
        let name = place_name(rows, pairs, (cell, arm));
        if scenario.fitted > scenario.true_experts() {
            let title = format!("{name}: atoms of over-fitted cells");
            panels.push(panel(rows, replays, (cell, arm), title, (&ROOT, None), &[-0.5, -0.25]));
            continue;
        }
        for atom in 0..scenario.true_experts() {
            let title = format!("{name}: atom {atom}");
            panels.push(panel(rows, replays, (cell, arm), title, (&ROOT, Some(atom)), &[-0.5, -0.25]));
        }
    }
    Figure { title: title(rows, "root error by component"), subtitle: subtitle(rows), panels }
}

/// Merged moments, the largest over the cells of the row.
pub(super) fn moments(rows: &Rows<'_>, replays: &Replays, pairs: &[(usize, usize)]) -> Figure {
    let panels = pairs.iter().map(|pair| {
        let title = format!("{}: merged moments", place_name(rows, pairs, *pair));
        panel(rows, replays, *pair, title, (&MOMENTS, None), &[-0.5])
    });
    Figure { title: title(rows, "merged moments"), subtitle: subtitle(rows), panels: panels.collect() }
}

fn title(rows: &Rows<'_>, what: &str) -> String {
    format!("{}: {what}", rows.experiment().title)
}

fn subtitle(rows: &Rows<'_>) -> String {
    let experiment = rows.experiment();
    format!(
        "Medians of {} replications a size, {} % intervals; errors are taken at the alignment of D₂. Master seed {}.",
        experiment.replications,
        per_cent(experiment.inference.level),
        experiment.seed
    )
}

fn panel(
    rows: &Rows<'_>,
    replays: &Replays,
    (cell, arm): (usize, usize),
    title: String,
    (kinds, atom): (&[(Kind, &str)], Option<usize>),
    guides: &[f64],
) -> PanelView {
    let place = Place { cells: vec![cell], arm };
    let level = rows.experiment().inference.level;
    let mut open = Vec::new();
    let curve = |(kind, label): &(Kind, &str)| {
        let (quantity, label) = (Quantity { kind: *kind, atom }, format!("{label}, median"));
        let measured = rows.measured(&place, quantity, Statistic::Median, 0, level);
        let asked = Asked { rows, place: &place, quantity, statistic: Statistic::Median };
        open.extend(open_note(&asked, &label, 0, &measured.rate));
        CurveView {
            label,
            band: points::band(rows, &place, quantity),
            tags: replays.tags(rows, &place, (quantity, Statistic::Median), &measured.points),
            ..measured_view(&measured, 0)
        }
    };
    let curves: Vec<CurveView> = kinds.iter().map(curve).collect();
    let zero = kinds.iter().filter_map(|(kind, label)| {
        Some(zeros(rows, (cell, arm), Quantity { kind: *kind, atom })?.note(label))
    });
    let notes = zero.chain(open).collect();
    PanelView { title, curves, notes, guides: guides.to_vec(), ..PanelView::default() }
}

/// Fits of which a gate slope has no error at all: the alignment of D₂ lays it on the true one.
struct Zeros {
    zero: usize,
    of: usize,
    /// Whether the median is 0 at some size.
    in_median: bool,
}

impl Zeros {
    /// What is said below a panel; where a median is 0, why there is no slope as well.
    fn note(&self, label: &str) -> String {
        let Self { zero, of, in_median } = self;
        let slope = if *in_median { "; no slope is fitted where a median is 0" } else { "" };
        format!("{label}: exactly 0 at the alignment of D₂ in {zero} of {of} fits{slope}.")
    }
}

/// How many errors of gate slopes are exactly 0; `None` where none is, and for other quantities.
fn zeros(rows: &Rows<'_>, (cell, arm): (usize, usize), quantity: Quantity) -> Option<Zeros> {
    if quantity.kind != Kind::RootGate {
        return None;
    }
    let sizes = rows.experiment().sizes.iter();
    let of_size = |n: &u64| rows.at(cell, arm, *n).iter().filter_map(|r| value(r, quantity)).collect();
    let errors: Vec<Vec<f64>> = sizes.map(of_size).collect();
    let zero = errors.iter().flatten().filter(|v| **v == 0.0).count();
    let in_median = errors.iter().any(|e| Statistic::Median.evaluate(e) == Some(0.0));
    (zero > 0).then_some(Zeros { zero, of: errors.iter().flatten().count(), in_median })
}
