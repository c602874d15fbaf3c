//! The report: every number that is printed, computed once from the records. Nothing here refits.

mod arms;
mod blocks;
mod caveats;
mod claims;
mod escape;
pub mod files;
mod fits;
pub(crate) mod format;
pub mod gallery;
mod gate;
pub mod junit;
pub(crate) mod open;
mod origin;
mod page;
mod points;
pub(crate) mod stability;
mod tex;
pub mod text;
pub mod together;
pub mod verdicts;
mod view;

use std::collections::BTreeMap;

use moe_core::rate::Rate;
use moe_core::verdict::{Claim as Statement, Judgement};
use rayon::prelude::*;

use crate::aggregate::{self, Fits, HitRate, Measured, Question, Reason, Rows, Ways};
use crate::experiment::{Claim, Curve, Experiment};
use crate::judge::{Finding, judge};

pub use arms::ArmSlope;
pub use caveats::{Caveat, MENDS};
pub use gate::{Gate, Standing};
pub use origin::Origin;
pub use points::Replays;
pub use stability::Stability;

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
    /// Smaller numbers of replications at which the folder was left before without declared looks.
    pub earlier: Vec<u64>,
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
    /// What the slope depends on; `None` where the cell or the arm is not in the experiment.
    pub stability: Option<Stability>,
}

/// A claim, its measurement and its verdict.
pub struct ClaimReport<'a> {
    /// What was claimed.
    pub claim: &'a Claim,
    /// What was measured of its own series.
    pub measured: Measured,
    /// The number that is held against the statement, with its interval at this look.
    pub finding: Option<Finding>,
    /// Agrees, disagrees or undecided, with the sentence that says why.
    pub judgement: Judgement,
    /// What a reader of the verdict should know, as sentences.
    pub remarks: Vec<String>,
    /// What weakens the verdict, beside its interval; [`Report::new`] looks for it, [`claims`] alone does not.
    pub caveats: Vec<Caveat>,
    /// The slope of its own series three ways.
    pub ways: Option<Ways>,
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

impl ClaimReport<'_> {
    /// Everything that a reader of the verdict should know, as sentences.
    pub fn all_remarks(&self) -> impl Iterator<Item = String> {
        self.remarks.iter().cloned().chain(self.caveats.iter().map(Caveat::sentence))
    }
}

impl<'a> Report<'a> {
    /// Computes the report of the rows.
    pub fn new(rows: &Rows<'a>, digest: String) -> Self {
        let experiment = rows.experiment();
        let panels = experiment.panels.par_iter().map(|panel| {
            let curves: Vec<_> = panel.curves.par_iter().map(|curve| curve_report(rows, curve)).collect();
            PanelReport { title: &panel.title, arms: arms::of_panel(rows, &curves), curves }
        });
        let panels = panels.collect();
        let arms = rows.pairs().into_par_iter().map(|(cell, arm)| ArmReport {
            cell,
            arm,
            fits: rows.fits(cell, arm),
            hit_rate: rows.hit_rate(cell, arm),
            best_known: rows.best_known(cell, arm),
            reasons: rows.reasons(cell, arm),
        });
        let truths = caveats::Truths::new(rows);
        let mut claims = claims(rows);
        claims.iter_mut().for_each(|c| c.caveats = caveats::of(rows, c.claim, &truths));
        Self {
            experiment,
            panels,
            claims,
            arms: arms.collect(),
            missing: rows.missing(),
            digest,
            earlier: Vec::new(),
        }
    }

    /// The report on a (cell, arm) given by names.
    pub fn arm(&self, cell: &str, arm: &str) -> Option<&ArmReport> {
        let cell = aggregate::cell_index(self.experiment, cell)?;
        let arm = aggregate::arm_index(self.experiment, arm)?;
        self.arms.iter().find(|a| (a.cell, a.arm) == (cell, arm))
    }

    /// How the verdicts stand to their expectations, one by one and together.
    pub fn gate(&self) -> Gate {
        Gate::new(self.experiment, &self.claims)
    }

    /// Exit code of a check: 2 when rows are missing, otherwise that of the gate.
    pub fn check_code(&self) -> u8 {
        if self.missing > 0 { 2 } else { self.gate().code() }
    }
}

fn curve_report<'a>(rows: &Rows<'a>, curve: &'a Curve) -> CurveReport<'a> {
    let level = rows.experiment().inference.level;
    let place = rows.place(&curve.cell, &curve.arm);
    let (quantity, statistic) = (curve.quantity, curve.statistic);
    let measured = place.as_ref().map(|p| rows.measured(p, quantity, statistic, curve.from, level));
    let measured = measured.unwrap_or_else(Measured::nothing);
    let stability =
        place.as_ref().map(|p| Stability::new(rows, p, (quantity, statistic), curve.from, level, &measured));
    CurveReport { curve, measured, stability }
}

/// Why the interval of the slope that a claim is about has no end, where it has none.
fn open_interval(rows: &Rows<'_>, claim: &Claim, rate: &Rate) -> Option<String> {
    if matches!(claim.statement, Statement::DiffersBy { .. } | Statement::StaysAbove { .. }) {
        return None;
    }
    let place = rows.place(&claim.cell, &claim.arm)?;
    let asked = open::Asked { rows, place: &place, quantity: claim.quantity, statistic: claim.statistic };
    asked.slope(claim.from, rate, format::size)
}

/// The judged claims of an experiment, in the order of the file.
pub fn claims<'a>(rows: &Rows<'a>) -> Vec<ClaimReport<'a>> {
    let report = |claim| {
        let judged = judge(rows, claim);
        let place = rows.place(&claim.cell, &claim.arm);
        let level = rows.experiment().level_at_look(claim.level);
        let ways = place.map(|place| {
            let question =
                Question { place: &place, quantity: claim.quantity, statistic: claim.statistic, level };
            rows.ways(question, claim.from, &judged.measured)
        });
        let open = judged.measured.rate.as_ref().ok().and_then(|rate| open_interval(rows, claim, rate));
        let (finding, judgement) = (judged.finding, judged.judgement);
        let remarks = judged.remarks.into_iter().chain(open).collect();
        ClaimReport {
            claim,
            measured: judged.measured,
            finding,
            judgement,
            remarks,
            caveats: Vec::new(),
            ways,
        }
    };
    rows.experiment().claims.par_iter().map(report).collect()
}
