//! The report: every number that is printed, computed once from the records. Nothing here refits.

mod arms;
pub mod files;
mod fits;
mod format;
pub mod text;
mod view;

use std::collections::BTreeMap;

use moe_core::rate::RateProblem;
use moe_core::verdict::{Judgement, Verdict, judge};

use crate::aggregate::{self, Fits, HitRate, Measured, Reason, Rows};
use crate::experiment::{Claim, Curve, Expectation, Experiment};

pub use arms::ArmSlope;

/// Everything that tables, figures and verdicts show.
pub struct Report<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Panels of the figure with their measured curves.
    pub panels: Vec<PanelReport<'a>>,
    /// Claims with their verdicts.
    pub claims: Vec<ClaimReport<'a>>,
    /// Every (cell, arm) with what became of its fits.
    pub arms: Vec<ArmReport>,
    /// Rows that the experiment asks for and the folder does not have.
    pub missing: u64,
    /// Digest of the records of the folder.
    pub digest: String,
}

/// A panel of the figure.
pub struct PanelReport<'a> {
    /// Heading.
    pub title: &'a str,
    /// Curves in the order of the file.
    pub curves: Vec<CurveReport<'a>>,
    /// Slopes of all arms, in cells with several.
    pub arms: Vec<ArmSlope<'a>>,
}

/// A curve of a panel.
pub struct CurveReport<'a> {
    /// What was asked for.
    pub curve: &'a Curve,
    /// What was measured.
    pub measured: Measured,
}

/// A claim, its measurement and its verdict.
pub struct ClaimReport<'a> {
    /// What was claimed.
    pub claim: &'a Claim,
    /// What was measured.
    pub measured: Measured,
    /// Agrees, disagrees or undecided, with the sentence that says why.
    pub judgement: Judgement,
}

/// The fits of one arm in one cell.
pub struct ArmReport {
    /// Index of the cell.
    pub cell: usize,
    /// Index of the arm.
    pub arm: usize,
    /// What became of the fits.
    pub fits: Fits,
    /// How often an independent second search found nothing better.
    pub hit_rate: Option<HitRate>,
    /// How often it reached the best likelihood that any arm found on the same data.
    pub best_known: Option<HitRate>,
    /// Why rows are not certified, with how many they are.
    pub reasons: BTreeMap<Reason, u64>,
}

/// How a verdict stands to its expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The verdict is the expected one.
    AsExpected,
    /// The verdict is the opposite of the expected one.
    Contradicted,
    /// There is no verdict.
    Undecided,
}

impl ClaimReport<'_> {
    /// How the verdict stands to what the file expects.
    pub fn standing(&self) -> Standing {
        let expected = match self.claim.expect {
            Expectation::Agree => Verdict::Agrees,
            Expectation::Disagree { .. } => Verdict::Disagrees,
        };
        match self.judgement.verdict {
            Verdict::Undecided => Standing::Undecided,
            verdict if verdict == expected => Standing::AsExpected,
            _ => Standing::Contradicted,
        }
    }
}

impl<'a> Report<'a> {
    /// Computes the report of the rows.
    pub fn new(rows: &Rows<'a>, digest: String) -> Self {
        let experiment = rows.experiment();
        let panels = experiment.panels.iter().map(|panel| {
            let curves: Vec<_> = panel.curves.iter().map(|curve| curve_report(rows, curve)).collect();
            PanelReport { title: &panel.title, arms: arms::of_panel(rows, &curves), curves }
        });
        let arms = rows.pairs().into_iter().map(|(cell, arm)| ArmReport {
            cell,
            arm,
            fits: rows.fits(cell, arm),
            hit_rate: rows.hit_rate(cell, arm),
            best_known: rows.best_known(cell, arm),
            reasons: rows.reasons(cell, arm),
        });
        Self {
            experiment,
            panels: panels.collect(),
            claims: experiment.claims.iter().map(|claim| claim_report(rows, claim)).collect(),
            arms: arms.collect(),
            missing: rows.missing(),
            digest,
        }
    }

    /// The report on a (cell, arm) given by names.
    pub fn arm(&self, cell: &str, arm: &str) -> Option<&ArmReport> {
        let cell = aggregate::cell_index(self.experiment, cell)?;
        let arm = aggregate::arm_index(self.experiment, arm)?;
        self.arms.iter().find(|a| (a.cell, a.arm) == (cell, arm))
    }

    /// Exit code of a check: 2 when rows are missing, 1 when a verdict contradicts its expectation, 3
    /// when none does and some are undecided, 0 when every verdict is as expected.
    pub fn check_code(&self) -> u8 {
        let any = |standing| self.claims.iter().any(|c| c.standing() == standing);
        if self.missing > 0 {
            2
        } else if any(Standing::Contradicted) {
            1
        } else if any(Standing::Undecided) {
            3
        } else {
            0
        }
    }
}

fn place(rows: &Rows<'_>, cell: &str, arm: &str) -> Option<(usize, usize)> {
    let experiment = rows.experiment();
    Some((aggregate::cell_index(experiment, cell)?, aggregate::arm_index(experiment, arm)?))
}

fn nothing() -> Measured {
    Measured { points: Vec::new(), rate: Err(RateProblem::TooFewSizes(0)), replications: 0 }
}

fn curve_report<'a>(rows: &Rows<'a>, curve: &'a Curve) -> CurveReport<'a> {
    let level = rows.experiment().inference.level;
    let place = place(rows, &curve.cell, &curve.arm);
    let measured = place.map(|p| rows.measured(p, curve.quantity, curve.statistic, curve.from, level));
    CurveReport { curve, measured: measured.unwrap_or_else(nothing) }
}

fn claim_report<'a>(rows: &Rows<'a>, claim: &'a Claim) -> ClaimReport<'a> {
    let place = place(rows, &claim.cell, &claim.arm);
    let measured = place.map(|p| rows.measured(p, claim.quantity, claim.statistic, claim.from, claim.level));
    let measured = measured.unwrap_or_else(nothing);
    let judgement = match place.and_then(|p| rows.too_many_failures(p, claim.from)) {
        Some(reason) => Judgement { verdict: Verdict::Undecided, reason },
        None => judge(&claim.statement, measured.rate.as_ref(), measured.replications),
    };
    ClaimReport { claim, measured, judgement }
}
