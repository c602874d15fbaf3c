//! The series of an experiment whose slopes somebody will read: those of its claims, then those of its figure.

use moe_core::statistic::Statistic;
use moe_core::verdict::{Claim as Statement, planned};

use crate::experiment::{CellGroup, Experiment};
use crate::quantity::Quantity;

/// A slope that the experiment will report.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// Name of the claim; none for a curve of the figure that no claim speaks of.
    pub claim: Option<String>,
    /// The series: a cell, or cells of which the worst counts, and an arm. Two for a claim about a difference.
    pub series: Vec<(CellGroup, String)>,
    /// What is measured.
    pub quantity: Quantity,
    /// How replications are summarised.
    pub statistic: Statistic,
    /// Smallest size that counts.
    pub from: u64,
    /// Level of the interval.
    pub level: f64,
    /// The largest standard error of the slope with which the claim is agreed to, if it is true, with probability
    /// [`planned::POWER`]; `None` where the claim does not say.
    pub largest_error: Option<f64>,
}

/// The slopes that an experiment will report, each once.
pub fn subjects(experiment: &Experiment) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for claim in experiment.claims.iter().filter(|c| !matches!(c.statement, Statement::StaysAbove { .. })) {
        let level = experiment.level_at_look(claim.level);
        let mut series = vec![(claim.cell.clone(), claim.arm.clone())];
        series.extend(claim.other.as_ref().map(|other| (other.cell.clone(), other.arm.clone())));
        subjects.push(Subject {
            claim: Some(claim.name.clone()),
            series,
            quantity: claim.quantity,
            statistic: claim.statistic,
            from: claim.from,
            level,
            largest_error: planned::largest_error(&claim.statement, &[], level).filter(|e| e.is_finite()),
        });
    }
    for curve in experiment.panels.iter().flat_map(|panel| &panel.curves) {
        let subject = Subject {
            claim: None,
            series: vec![(curve.cell.clone(), curve.arm.clone())],
            quantity: curve.quantity,
            statistic: curve.statistic,
            from: curve.from,
            level: experiment.inference.level,
            largest_error: None,
        };
        let same = |s: &&Subject| {
            (&s.series, s.quantity, s.statistic, s.from)
                == (&subject.series, subject.quantity, subject.statistic, subject.from)
        };
        if !subjects.iter().any(|s| same(&s)) {
            subjects.push(subject);
        }
    }
    subjects
}
