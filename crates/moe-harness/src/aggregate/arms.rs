//! Series on the same data: paired by the number of the replication, and two arms compared.

use std::collections::BTreeSet;

use moe_core::rate::{self, RateProblem, Series};
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
        let [first_place, second_place] = [arm, other].map(|arm| Place { cells: vec![cell], arm });
        let (first, second) = self.paired_series([&first_place, &second_place], quantity, from);
        let replications = first.replications();
        let address = self.comparison_address(&first_place, &second_place, quantity, statistic, from);
        let difference = rate::difference(
            &first,
            &second,
            true,
            statistic,
            &self.weights(from),
            inference.resamples as usize,
            &mut address.stream(),
        )?;
        let (lower, upper) = difference.interval(inference.level);
        Ok(ArmDifference { estimate: difference.estimate, lower, upper, replications })
    }

    /// The values of a quantity at two places from size `from` on, at each size of those replications that every cell of
    /// both places has, in their order: values at one position belong to one data set. A missing value is the worst case.
    pub fn paired_series(&self, places: [&Place; 2], quantity: Quantity, from: u64) -> (Series, Series) {
        let sizes: Vec<u64> = self.experiment().sizes.iter().copied().filter(|n| *n >= from).collect();
        let common: Vec<BTreeSet<u64>> = sizes.iter().map(|n| self.common(places, *n)).collect();
        let [first, second] = places.map(|place| {
            let values = |cell: &usize| {
                let at = sizes.iter().zip(&common).map(|(n, common)| {
                    let rows =
                        self.at(*cell, place.arm, *n).iter().filter(|r| common.contains(&r.key.replication));
                    rows.map(|r| value(r, quantity).unwrap_or(f64::INFINITY)).collect()
                });
                at.collect()
            };
            Series { groups: place.cells.iter().map(values).collect(), sizes: sizes.clone() }
        });
        (first, second)
    }

    /// Numbers of the replications at a size that every cell of both places has.
    fn common(&self, places: [&Place; 2], size: u64) -> BTreeSet<u64> {
        let cells =
            places.into_iter().flat_map(|place| place.cells.iter().map(move |cell| (*cell, place.arm)));
        let numbers = cells.map(|(cell, arm)| {
            self.at(cell, arm, size).iter().map(|r| r.key.replication).collect::<BTreeSet<u64>>()
        });
        numbers.reduce(|all, one| all.intersection(&one).copied().collect()).unwrap_or_default()
    }
}
