//! Two arms on the same data: the difference of their slopes, paired by replication.

use std::collections::BTreeMap;

use moe_core::rate::{self, Group, RateProblem, Series};
use moe_core::statistic::Statistic;

use super::{Place, Rows, value};
use crate::quantity::Quantity;

/// The slope of one arm minus that of another, over the replications that both fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmDifference {
    /// Difference of the slopes.
    pub estimate: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
    /// Fewest replications at any size.
    pub replications: usize,
}

impl Rows<'_> {
    /// The slope of `arm` minus that of `other` in a cell, from size `from` on. Both fitted the same data sets, so
    /// replications are resampled together, and what the data do to both cancels.
    ///
    /// # Errors
    /// When one of the two has no slope.
    pub fn difference(
        &self,
        cell: usize,
        [arm, other]: [usize; 2],
        quantity: Quantity,
        statistic: Statistic,
        from: u64,
    ) -> Result<ArmDifference, RateProblem> {
        let inference = &self.experiment.inference;
        let sizes: Vec<u64> = self.experiment.sizes.iter().copied().filter(|n| *n >= from).collect();
        let pairs = sizes.iter().map(|n| self.common(cell, [arm, other], *n, quantity));
        let (first, second): (Group, Group) = pairs.unzip();
        let replications = first.iter().map(Vec::len).min().unwrap_or(0);
        let [first_place, second_place] = [arm, other].map(|arm| Place { cells: vec![cell], arm });
        let address = self.comparison_address(&first_place, &second_place, quantity, statistic, from);
        let difference = rate::difference(
            &Series::new(sizes.clone(), first),
            &Series::new(sizes, second),
            true,
            statistic,
            &self.weights(from),
            inference.resamples as usize,
            &mut address.stream(),
        )?;
        let (lower, upper) = difference.interval(inference.level);
        Ok(ArmDifference { estimate: difference.estimate, lower, upper, replications })
    }

    /// Values of two arms in the replications that both have, in the same order; a missing value is the worst case.
    fn common(&self, cell: usize, arms: [usize; 2], size: u64, quantity: Quantity) -> (Vec<f64>, Vec<f64>) {
        let [first, second] = arms.map(|arm| {
            let rows = self.at(cell, arm, size).iter();
            let values = rows.map(|r| (r.key.replication, value(r, quantity).unwrap_or(f64::INFINITY)));
            values.collect::<BTreeMap<u64, f64>>()
        });
        first.iter().filter_map(|(r, a)| Some((*a, *second.get(r)?))).unzip()
    }
}
