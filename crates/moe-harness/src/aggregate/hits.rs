//! How often an arm reaches the best likelihood that is known for its data.

use std::collections::BTreeMap;

use moe_estimators::SAME_MAXIMUM;

use super::Rows;
use crate::plan;
use crate::record::Record;

/// A share of replications that counts as a success, out of those that can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HitRate {
    /// Replications in which nothing better by 10⁻³ nats was found elsewhere.
    pub hits: u64,
    /// Replications that were fitted elsewhere too.
    pub trials: u64,
}

impl HitRate {
    /// The share with its 95 % interval (Wilson 1927).
    pub fn share(&self) -> (f64, f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let (n, p) = (self.trials as f64, self.hits as f64 / self.trials as f64);
        let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        (p, (centre - half).max(0.0), (centre + half).min(1.0))
    }

    fn count(&mut self, first: &Record, elsewhere: f64) {
        self.trials += 1;
        self.hits += u64::from(elsewhere <= found(first) + SAME_MAXIMUM && first.fit.is_some());
    }

    fn any(self) -> Option<Self> {
        (self.trials > 0).then_some(self)
    }
}

/// The likelihood that a row found; a row without a fit has found nothing.
fn found(record: &Record) -> f64 {
    record.fit.as_ref().map_or(f64::NEG_INFINITY, |f| f.log_likelihood)
}

impl Rows<'_> {
    /// How often the arm that audits `arm` found nothing better in a cell; `None` where there is none.
    pub fn hit_rate(&self, cell: usize, arm: usize) -> Option<HitRate> {
        let experiment = self.experiment;
        let name = &experiment.arms[arm].name;
        let audit = experiment
            .arms
            .iter()
            .position(|a| a.audits.as_ref() == Some(name) && plan::runs_in(a, &experiment.cells[cell]))?;
        self.reached(cell, arm, &[audit])
    }

    /// How often an arm reached the best likelihood that any arm found on the same data, audits and arms that were given
    /// the truth included; over the replications that another arm fitted too. `None` where there is no other.
    pub fn best_known(&self, cell: usize, arm: usize) -> Option<HitRate> {
        let arms = 0..self.experiment.arms.len();
        self.reached(cell, arm, &arms.filter(|other| *other != arm).collect::<Vec<_>>())
    }

    fn reached(&self, cell: usize, arm: usize, others: &[usize]) -> Option<HitRate> {
        let mut rate = HitRate { hits: 0, trials: 0 };
        for size in &self.experiment.sizes {
            let mut best: BTreeMap<u64, f64> = BTreeMap::new();
            for record in others.iter().flat_map(|other| self.at(cell, *other, *size)) {
                let known = best.entry(record.key.replication).or_insert(f64::NEG_INFINITY);
                *known = known.max(found(record));
            }
            for first in self.at(cell, arm, *size) {
                if let Some(elsewhere) = best.get(&first.key.replication) {
                    rate.count(first, *elsewhere);
                }
            }
        }
        rate.any()
    }
}
