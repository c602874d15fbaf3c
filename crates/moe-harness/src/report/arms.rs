//! Arms side by side: does the slope belong to the estimator, or to where it started and when it stopped?

use moe_core::rate::RateProblem;

use super::fits::hit_rate;
use super::format::{interval, size, table};
use super::open::Asked;
use super::text::{from, measured};
use super::{CurveReport, Report};
use crate::aggregate::{ArmDifference, Measured, Place, Rows, cell_index, is_truth_blind};
use crate::experiment::Curve;
use crate::plan;

/// The slope of one arm for what a curve of a panel shows.
pub struct ArmSlope<'a> {
    /// The curve; its arm is another one.
    pub curve: &'a Curve,
    /// Index of the cell.
    pub cell: usize,
    /// Index of the arm.
    pub arm: usize,
    /// Its name.
    pub name: &'a str,
    /// What was measured with this arm.
    pub measured: Measured,
    /// Its slope minus that of the first arm of the cell; `None` for the first arm itself.
    pub against_first: Option<Result<ArmDifference, RateProblem>>,
    /// Why the slope's interval has no end, where it has none.
    pub open: Option<String>,
}

/// Slopes of all arms for the curves of a panel, in those cells that are fitted by more than one arm, audits apart.
pub(super) fn of_panel<'a>(rows: &Rows<'a>, curves: &[CurveReport<'a>]) -> Vec<ArmSlope<'a>> {
    let experiment = rows.experiment();
    let mut seen: Vec<&Curve> = Vec::new();
    let mut slopes = Vec::new();
    for curve in curves.iter().map(|c| c.curve) {
        let same = |c: &&Curve| {
            (&c.cell, c.quantity, c.statistic, c.from)
                == (&curve.cell, curve.quantity, curve.statistic, curve.from)
        };
        // The worst of several cells has no data set of its own, and is left to claims that compare.
        let [cell] = curve.cell.names() else { continue };
        let Some(cell) = cell_index(experiment, cell).filter(|_| !seen.iter().any(same)) else { continue };
        seen.push(curve);
        let arms = experiment.arms.iter().enumerate();
        let arms = arms.filter(|(_, a)| a.audits.is_none() && plan::runs_in(a, &experiment.cells[cell]));
        let arms: Vec<usize> = arms.map(|(index, _)| index).collect();
        let [first, _, ..] = arms[..] else { continue };
        for arm in arms {
            let name = &experiment.arms[arm].name;
            let drawn = curves.iter().find(|c| same(&c.curve) && c.curve.arm == *name);
            let level = experiment.inference.level;
            let (place, quantity, statistic) =
                (Place { cells: vec![cell], arm }, curve.quantity, curve.statistic);
            let measure = || rows.measured(&place, quantity, statistic, curve.from, level);
            let measured = drawn.map_or_else(measure, |c| c.measured.clone());
            let asked = Asked { rows, place: &place, quantity, statistic };
            let open = measured.rate.as_ref().ok().and_then(|rate| asked.slope(curve.from, rate, size));
            slopes.push(ArmSlope {
                curve,
                cell,
                arm,
                name,
                open,
                measured,
                against_first: (arm != first).then(|| {
                    rows.difference(cell, [arm, first], curve.quantity, curve.statistic, curve.from)
                }),
            });
        }
    }
    slopes
}

/// The table of arms; nothing where no cell has several.
pub(super) fn of_arms(report: &Report<'_>, slopes: &[ArmSlope<'_>]) -> String {
    if slopes.is_empty() {
        return String::new();
    }
    let head = [
        "cell",
        "quantity",
        "statistic",
        "from n",
        "arm",
        "truth-blind",
        "best known",
        "slope",
        "minus the first arm's",
    ];
    let rows: Vec<Vec<String>> = slopes.iter().map(|s| row(report, s)).collect();
    format!(
        "\nArms on the same data (differences are paired by replication, over those that both arms fitted):\n\n{}",
        table(&head, &rows)
    )
}

fn row(report: &Report<'_>, slope: &ArmSlope<'_>) -> Vec<String> {
    let arm = &report.experiment.arms[slope.arm];
    let fits = report.arms.iter().find(|a| (a.cell, a.arm) == (slope.cell, slope.arm));
    let best = fits.and_then(|f| f.best_known.as_ref());
    let difference = match &slope.against_first {
        None => "–".into(),
        Some(Ok(d)) => format!("{} of {}", interval(d.estimate, d.lower, d.upper), d.replications),
        Some(Err(_)) => "none".into(),
    };
    vec![
        slope.curve.cell.to_string(),
        slope.curve.quantity.to_string(),
        slope.curve.statistic.to_string(),
        from(report, slope.curve.from),
        arm.name.clone(),
        if is_truth_blind(arm) { "yes" } else { "no: given the truth" }.to_owned(),
        best.map_or("–".into(), hit_rate),
        measured(&slope.measured.rate),
        difference,
    ]
}
