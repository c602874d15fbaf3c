//! How many numbers the rows of a truth have: an intercept, and a slope for each covariate.

use moe_core::covariate::CovariateLaw;

use super::super::check::Named;
use crate::counted::counted;
use crate::wire::world::Cell;

/// How many numbers every row of a truth has, and how that is known.
pub(super) struct Width {
    pub(super) numbers: usize,
    /// Goes on from "a row of 2 numbers, and".
    pub(super) why: String,
}

impl Width {
    /// The width that the covariates ask for where a row has it, else that of most rows, else that of the first gate.
    /// Where no row is as wide as the covariates ask, the rows are not blamed for it one by one.
    pub(super) fn of(gates: &[Vec<f64>], experts: &[Vec<Vec<f64>>], covariates: Option<usize>) -> Self {
        let rows = || gates.iter().chain(experts.iter().flatten());
        let having = |numbers: usize| rows().filter(|row| row.len() == numbers).count();
        if let Some(covariates) = covariates.filter(|dim| having(dim + 1) > 0) {
            let numbers = covariates + 1;
            let why = format!("with {} every row has {numbers}", counted(covariates, "covariate"));
            return Self { numbers, why };
        }
        let first = gates.first().map_or(0, Vec::len);
        let more =
            |most: usize, row: &Vec<f64>| if having(row.len()) > having(most) { row.len() } else { most };
        let numbers = rows().fold(first, more);
        let like = if numbers == first { "the first gate has" } else { "most rows have" };
        Self { numbers, why: format!("{like} {numbers}") }
    }
}

/// The number of covariates with which the cells use a truth, where it is one number.
pub(super) fn covariates(truth: &str, cells: &[Cell], laws: &Named<CovariateLaw>) -> Option<usize> {
    let using = cells.iter().filter(|cell| cell.truth == truth);
    let mut numbers = using.filter_map(|cell| Some(laws.get(&cell.covariates)?.dim()));
    let first = numbers.next()?;
    numbers.all(|dim| dim == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The width of rows of these lengths, the gates and the rows of one expert.
    fn width(gates: &[usize], experts: &[usize], covariates: Option<usize>) -> (usize, String) {
        let rows = |lengths: &[usize]| lengths.iter().map(|n| vec![0.0; *n]).collect::<Vec<_>>();
        let width = Width::of(&rows(gates), &[rows(experts)], covariates);
        (width.numbers, width.why)
    }

    #[test]
    fn the_rows_that_disagree_are_not_followed() {
        let is = |numbers, why: &str| (numbers, why.to_owned());
        assert_eq!(width(&[3, 2], &[2, 2], Some(1)), is(2, "with 1 covariate every row has 2"));
        assert_eq!(width(&[2, 3], &[3, 3], Some(1)), is(2, "with 1 covariate every row has 2"));
        assert_eq!(width(&[3, 2], &[2, 2], None), is(2, "most rows have 2"));
        assert_eq!(width(&[3, 3], &[2, 2], None), is(3, "the first gate has 3"));
        assert_eq!(width(&[3, 3], &[3, 2], Some(4)), is(3, "the first gate has 3"));
        assert_eq!(width(&[], &[], Some(1)).0, 0);
    }
}
