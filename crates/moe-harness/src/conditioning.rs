//! How well a truth is conditioned: the Fisher information there, and whether asymptotics lie within ordinary sizes.

use moe_core::fisher::fisher_information;
use moe_core::numeric::{Eigen, eigen};

use crate::experiment::Cell;
use crate::measure::Prepared;

/// Above this condition number the Fisher information is so uneven that n^(-1/2) is out of reach at ordinary sizes.
const ILL_CONDITIONED: f64 = 1e4;

/// The spectrum of the Fisher information at a truth, as a true parametrisation sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioning {
    /// The rule by which it was summed over the covariates.
    pub rule: String,
    /// Smallest eigenvalue.
    pub least: f64,
    /// Largest eigenvalue.
    pub most: f64,
    /// Condition number.
    pub number: f64,
}

impl Conditioning {
    /// That of the truth of a cell at a sample size; the size matters only where the truth moves.
    pub fn of(cell: &Cell, size: u64) -> Self {
        let prepared = Prepared::new(cell, size);
        let evaluation = prepared.evaluation();
        let (points, weights) = evaluation.points_and_weights();
        let information = fisher_information(&prepared.cell.scenario.truth, &points.to_owned(), &weights);
        let side = information.nrows();
        let flat: Vec<f64> = information.iter().copied().collect();
        let spectrum: Eigen = eigen(&flat, side);
        Self {
            rule: evaluation.rule().to_owned(),
            least: spectrum.values[0],
            most: spectrum.values[side - 1],
            number: spectrum.condition_number(),
        }
    }

    /// Whether asymptotics lie beyond ordinary sizes.
    pub fn is_ill(&self) -> bool {
        self.number > ILL_CONDITIONED || !self.number.is_finite()
    }
}
