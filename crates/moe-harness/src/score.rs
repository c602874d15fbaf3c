//! From a fit to its row: losses, distances, errors by Voronoi cell; and from the stored parameters again.

use moe_core::loss::cells::{self, CellErrors, Components, MergedMoments};
use moe_core::loss::density::Evaluation;
use moe_core::loss::{Loss, loss};
use moe_core::measure::MixingMeasure;
use moe_core::scenario::Truth;
use moe_core::shape::Shape;
use moe_estimators::estimator::{Fit, StartOutcome};

use crate::quantities::Quantities;
use crate::quantity::Kind;
use crate::record::{FittedRow, StartRow};

impl From<StartOutcome> for StartRow {
    fn from(start: StartOutcome) -> Self {
        Self {
            index: start.index,
            kind: start.kind.into(),
            log_likelihood: start.log_likelihood,
            iterations: start.iterations,
            passes: start.passes,
            stop: start.stop.to_string().into(),
            origin: start.origin,
            parameters: start.parameters,
        }
    }
}

/// Everything that is kept of a fit. Errors by cell are taken at the alignment of D_2.
pub(crate) fn fitted_row(
    fit: &Fit,
    truth: &Truth,
    evaluation: &Evaluation,
    truth_likelihood: f64,
) -> FittedRow {
    let found = FittedRow {
        log_likelihood: fit.log_likelihood,
        parameters: fit.measure.parameters(),
        score: fit.certificate.score,
        gain: fit.certificate.gain,
        curvature: fit.certificate.curvature,
        at_box: fit.certificate.at_box.iter().map(|b| if *b { '1' } else { '0' }).collect::<String>().into(),
        hits: fit.certificate.hits,
        gap: fit.certificate.gap,
        stop: fit.certificate.stop.to_string().into(),
        passes: fit.passes,
        alignment: Vec::new(),
        assignment: Vec::new(),
        alignment_exact: false,
        quantities: Quantities::default(),
        density_errors: [f64::NAN; 3],
        evaluation_rule: "".into(),
        cells: Vec::new(),
    };
    rescored(found, fit.measure.shape(), truth, evaluation, truth_likelihood)
}

/// A row of a fit of `shape` with everything that compares it with the truth worked out from its parameters: alignment,
/// quantities, their stated errors, Voronoi cells. What was there of them does not matter.
pub(crate) fn rescored(
    fit: FittedRow,
    shape: Shape,
    truth: &Truth,
    evaluation: &Evaluation,
    truth_likelihood: f64,
) -> FittedRow {
    let measure = MixingMeasure::from_parameters(shape, &fit.parameters);
    let losses =
        [Loss::D1, Loss::D2, Loss::D3(4), Loss::D3(8)].map(|kind| loss(kind, &measure, &truth.measure));
    let aligned = &losses[1];
    let errors = cells::cell_errors(&measure, &truth.measure, &aligned.alignment, &aligned.cells);
    let pooled = cells::pooled(&errors);
    let distances = evaluation.distances(&measure);
    let row = |kind: Kind| match kind {
        Kind::D1 => Some(losses[0].value),
        Kind::D2 => Some(losses[1].value),
        Kind::D34 => Some(losses[2].value),
        Kind::D38 => Some(losses[3].value),
        Kind::Hellinger => Some(distances.hellinger),
        Kind::TotalVariation => Some(distances.total_variation),
        Kind::Kl => Some(distances.kl),
        Kind::WeightError => Some(cells::total_weight_error(&errors)),
        Kind::LikelihoodGain => Some(fit.log_likelihood - truth_likelihood),
        Kind::CellSize => errors.iter().map(|c| c.size as f64).reduce(f64::max),
        Kind::MomentGate
        | Kind::MomentIntercept
        | Kind::MomentSlope
        | Kind::MomentMixed
        | Kind::MergedPmf => {
            let of_cells: Option<Vec<f64>> = errors.iter().map(|c| of_cell(kind, c)).collect();
            of_cells.and_then(|values| values.into_iter().reduce(f64::max))
        }
        _ => pooled.and_then(|p| of_components(kind, &p.root, &p.far)),
    };
    FittedRow {
        alignment: aligned.alignment.clone(),
        assignment: aligned.cells.clone(),
        alignment_exact: losses.iter().all(|l| l.exact),
        quantities: Quantities::new(row),
        density_errors: [distances.hellinger_error, distances.total_variation_error, distances.kl_error],
        evaluation_rule: evaluation.rule().into(),
        cells: errors.iter().map(|cell| Quantities::new(|kind| of_cell(kind, cell))).collect(),
        ..fit
    }
}

/// A quantity of one cell; `None` when the kind does not exist for a cell or the cell is empty.
fn of_cell(kind: Kind, errors: &CellErrors) -> Option<f64> {
    match kind {
        Kind::WeightError => Some(errors.weight_error.abs()),
        Kind::CellSize => Some(errors.size as f64),
        _ => {
            let atoms = errors.atoms?;
            of_moments(kind, &atoms.moments).or_else(|| of_components(kind, &atoms.root, &atoms.far))
        }
    }
}

fn of_moments(kind: Kind, moments: &MergedMoments) -> Option<f64> {
    match kind {
        Kind::MomentGate => Some(moments.gate),
        Kind::MomentIntercept => Some(moments.intercept),
        Kind::MomentSlope => Some(moments.slope),
        Kind::MomentMixed => Some(moments.mixed),
        Kind::MergedPmf => Some(moments.pmf),
        _ => None,
    }
}

fn of_components(kind: Kind, root: &Components, far: &Components) -> Option<f64> {
    match kind {
        Kind::Root => Some(root.all),
        Kind::RootGate => Some(root.gate),
        Kind::RootIntercept => Some(root.intercept),
        Kind::RootSlope => Some(root.slope),
        Kind::FarGate => Some(far.gate),
        Kind::FarIntercept => Some(far.intercept),
        Kind::FarSlope => Some(far.slope),
        _ => None,
    }
}
