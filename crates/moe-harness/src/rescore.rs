//! Rows scored again from their stored parameters: what the losses are by this program, without refitting.

use std::collections::BTreeMap;

use moe_core::content::ContentHash;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::experiment::Cell;
use crate::measure::Prepared;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record};
use crate::score;

/// Why a row cannot be scored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unscored {
    /// No experiment that is known of has its cell.
    UnknownCell,
    /// The truth that its cell has now is not the one of its data.
    OtherTruth,
    /// Its parameters are not of the length of its cell's model.
    OtherShape,
}

/// What the cells of rows need: each cell once, at each size where its truth moves.
pub struct Scorer(BTreeMap<(ContentHash, u64), Prepared>);

impl Scorer {
    /// Prepares for the fitted rows among `records`, with cells by their hash.
    pub fn new(records: &[Record], cells: &BTreeMap<ContentHash, Cell>) -> Self {
        let mut prepared = BTreeMap::new();
        for key in records.iter().filter(|record| record.fit.is_some()).map(|record| record.key) {
            if let Some(cell) = cells.get(&key.cell) {
                let size = if cell.drift.is_some() { key.size } else { 0 };
                prepared.entry((key.cell, size)).or_insert_with(|| Prepared::new(cell, key.size));
            }
        }
        Self(prepared)
    }

    /// The row with alignment, quantities, stated errors and Voronoi cells worked out anew; a row without a fit as it is.
    ///
    /// # Errors
    /// [`Unscored`] when the truth or the model of the row is not known.
    pub fn rescore(&self, record: &Record) -> Result<Record, Unscored> {
        let Some(fit) = &record.fit else { return Ok(record.clone()) };
        let key = record.key;
        let prepared = self.0.get(&(key.cell, 0)).or_else(|| self.0.get(&(key.cell, key.size)));
        let prepared = prepared.ok_or(Unscored::UnknownCell)?;
        let scenario = &prepared.cell.scenario;
        let shape = scenario.fitted_shape();
        if record.truth != scenario.truth.hash() {
            return Err(Unscored::OtherTruth);
        }
        if fit.parameters.len() != shape.parameters() || fit.parameters.iter().any(|v| !v.is_finite()) {
            return Err(Unscored::OtherShape);
        }
        let truth_likelihood = record.log_likelihood_truth;
        let evaluation = prepared.evaluation();
        let fit = score::rescored(fit.clone(), shape, &scenario.truth, evaluation, truth_likelihood);
        Ok(Record { fit: Some(fit), ..record.clone() })
    }

    /// All rows, on all threads of the pool that this is called in; in the order of `records`.
    pub fn rescore_all(&self, records: &[Record]) -> Vec<Result<Record, Unscored>> {
        records.par_iter().map(|record| self.rescore(record)).collect()
    }
}

/// How far a column of one row is from what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The column; `cells: NAME` is one of the table of Voronoi cells.
    pub column: String,
    /// |new − old| / |old|, the largest where there are several; `None` where it is not a matter of size.
    pub relative: Option<f64>,
}

/// Every column in which two scores of one fit differ by a bit.
pub fn changes(old: &FittedRow, new: &FittedRow) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut numbers = |column: String, old: &[Option<f64>], new: &[Option<f64>]| {
        if old.len() != new.len() {
            return changes.push(Change { column, relative: None });
        }
        let differing = old.iter().zip(new).filter(|(a, b)| !same(**a, **b));
        let relatives: Vec<Option<f64>> = differing.map(|(a, b)| relative(*a, *b)).collect();
        if !relatives.is_empty() {
            let largest = relatives.into_iter().collect::<Option<Vec<f64>>>();
            let relative = largest.map(|all| all.into_iter().fold(0.0, f64::max));
            changes.push(Change { column, relative });
        }
    };
    let list = |values: &[f64]| values.iter().map(|v| Some(*v)).collect::<Vec<_>>();
    let whole = |values: &[usize]| values.iter().map(|v| Some(*v as f64)).collect::<Vec<_>>();
    numbers("alignment".into(), &list(&old.alignment), &list(&new.alignment));
    numbers("assignment".into(), &whole(&old.assignment), &whole(&new.assignment));
    numbers("density errors".into(), &list(&old.density_errors), &list(&new.density_errors));
    for kind in Kind::ALL {
        numbers(kind.name().into(), &[old.quantities.get(*kind)], &[new.quantities.get(*kind)]);
        let of_cells = |row: &FittedRow| row.cells.iter().map(|cell| cell.get(*kind)).collect::<Vec<_>>();
        numbers(format!("cells: {}", kind.name()), &of_cells(old), &of_cells(new));
    }
    if old.alignment_exact != new.alignment_exact {
        changes.push(Change { column: "alignment_exact".into(), relative: None });
    }
    if old.evaluation_rule != new.evaluation_rule {
        changes.push(Change { column: "evaluation_rule".into(), relative: None });
    }
    changes
}

/// Equal to the last bit; the bits of a NaN depend on the machine, so all NaN are one.
fn same(a: Option<f64>, b: Option<f64>) -> bool {
    let bits = |v: f64| if v.is_nan() { f64::NAN.to_bits() } else { v.to_bits() };
    a.map(bits) == b.map(bits)
}

fn relative(old: Option<f64>, new: Option<f64>) -> Option<f64> {
    let (old, new) = (old?, new?);
    let relative = (new - old).abs() / old.abs();
    if old == new { Some(0.0) } else { Some(relative).filter(|r| r.is_finite()) }
}
