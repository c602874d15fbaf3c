//! How many observations each row stands for, where a column says so.

use crate::diagnostic::{Place, Problem};

use super::{Cells, first_few};

/// Most observations of a data set: up to here sums of counts are exact in a double.
const MOST: u64 = 1 << 53;

/// The count of every row; ones without a column.
pub(super) fn counts(cells: &Cells, column: Option<usize>) -> Result<Vec<u64>, Vec<Problem>> {
    let Some(column) = column else { return Ok(vec![1; cells.rows()]) };
    let (mut counts, mut wrong, mut size) = (Vec::with_capacity(cells.rows()), Vec::new(), 0_u64);
    for row in 0..cells.rows() {
        let cell = cells.cell(row, column);
        match cell.parse::<u64>() {
            Ok(count) if count > 0 && cell.bytes().all(|b| b.is_ascii_digit()) => {
                counts.push(count);
                size = size.saturating_add(count);
            }
            _ => wrong.push(no_count(cells, row, column)),
        }
    }
    if !wrong.is_empty() {
        return Err(first_few(wrong, "cells that are no counts"));
    }
    if size > MOST {
        let message = format!("the counts of column '{}' add up to more than {MOST}", cells.header()[column]);
        return Err(vec![
            Problem::error(Place::File, message).help("larger samples cannot be counted exactly"),
        ]);
    }
    Ok(counts)
}

fn no_count(cells: &Cells, row: usize, column: usize) -> Problem {
    let (cell, name) = (cells.cell(row, column), &cells.header()[column]);
    let problem =
        Problem::error(cells.place(row, column), format!("column '{name}': '{cell}' is not a count"));
    problem.help("a count is a whole number from 1 on, in digits; a row that was never observed is left out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_numbers_from_one() {
        let of = |cells: &str| {
            let text = format!("n\n{cells}\n");
            counts(&Cells::parse("test.csv", &text, b',').unwrap(), Some(0)).ok()
        };
        assert_eq!(of("3\n1\n 20 "), Some(vec![3, 1, 20]));
        assert_eq!(of(&MOST.to_string()), Some(vec![MOST]));
        for none in
            ["0", "-1", "+1", "1.0", "1e3", "many", "NA", &format!("{MOST}\n1"), &format!("{}\n1", u64::MAX)]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
