//! Covariate cells as numbers, and what is said of cells that are none.

use crate::diagnostic::{Place, Problem};

use super::columns::Columns;
use super::{Cells, Scale, first_few};

/// Largest size of a covariate; within it nothing overflows.
const LARGEST: f64 = 1e6;
/// Largest size of a covariate that is standardised before it is used.
const LARGEST_STANDARDIZED: f64 = 1e100;

/// How a missing value is written, in small letters.
const MISSING: [&str; 11] = ["", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "?", "."];

/// Whether a cell holds no value.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell.to_lowercase().as_str())
}

/// What is wrong with a cell.
enum Wrong {
    Missing,
    Text,
    DecimalComma,
    Infinite,
    Huge(f64),
}

/// The covariates of all rows, row by row.
pub(super) fn numbers(cells: &Cells, columns: &Columns, standardize: bool) -> Result<Vec<f64>, Vec<Problem>> {
    let bound = if standardize { LARGEST_STANDARDIZED } else { LARGEST };
    let textual: Vec<usize> =
        columns.features.iter().copied().filter(|j| is_textual(cells, *j, bound)).collect();
    let mut problems: Vec<Problem> =
        textual.iter().map(|j| text_column(cells, columns, &textual, *j)).collect();
    let mut x = Vec::with_capacity(cells.rows() * columns.features.len());
    let mut wrong = Vec::new();
    for row in 0..cells.rows() {
        for column in columns.features.iter().filter(|j| !textual.contains(j)) {
            match number(cells.cell(row, *column), bound) {
                Ok(value) => x.push(value),
                Err(what) => wrong.push(wrong_cell(cells, row, *column, &what)),
            }
        }
    }
    let count = wrong.len();
    problems.extend(first_few(wrong, "cells that are no numbers, missing or too large"));
    if count == 0 {
        problems.extend(constant_columns(cells, columns, &textual));
    }
    if problems.is_empty() { Ok(x) } else { Err(problems) }
}

fn number(cell: &str, bound: f64) -> Result<f64, Wrong> {
    if is_missing(cell) {
        return Err(Wrong::Missing);
    }
    match cell.parse::<f64>() {
        Ok(value) if value.is_nan() => Err(Wrong::Missing),
        Ok(value) if value.is_infinite() => {
            // 1e999 is a number too large for the machine, inf is none.
            Err(if cell.contains(|c: char| c.is_ascii_digit()) {
                Wrong::Huge(bound)
            } else {
                Wrong::Infinite
            })
        }
        Ok(value) if value.abs() > bound => Err(Wrong::Huge(bound)),
        Ok(value) => Ok(value + 0.0),
        Err(_) if cell.replacen(',', ".", 1).parse::<f64>().is_ok() => Err(Wrong::DecimalComma),
        Err(_) => Err(Wrong::Text),
    }
}

/// Whether most of the values of a column are words.
fn is_textual(cells: &Cells, column: usize, bound: f64) -> bool {
    let of = |row: usize| number(cells.cell(row, column), bound);
    let words = (0..cells.rows()).filter(|row| matches!(of(*row), Err(Wrong::Text))).count();
    let missing = (0..cells.rows()).filter(|row| matches!(of(*row), Err(Wrong::Missing))).count();
    2 * words > cells.rows() - missing
}

fn text_column(cells: &Cells, columns: &Columns, textual: &[usize], column: usize) -> Problem {
    let names = cells.header();
    let message = format!("column '{}' holds words, not numbers", names[column]);
    let row =
        (0..cells.rows()).find(|row| matches!(number(cells.cell(*row, column), LARGEST), Err(Wrong::Text)));
    let problem = Problem::error(cells.place(row.unwrap_or(0), column), message);
    let numeric: Vec<&str> =
        columns.features.iter().filter(|j| !textual.contains(j)).map(|j| names[*j].as_str()).collect();
    let problem = problem.help("a category can be written as columns of 0 and 1, one for each value but one");
    if numeric.is_empty() {
        problem
    } else {
        problem.help(format!("or leave it out: --features {}", numeric.join(",")))
    }
}

fn wrong_cell(cells: &Cells, row: usize, column: usize, what: &Wrong) -> Problem {
    let (cell, name) = (cells.cell(row, column), &cells.header()[column]);
    let place = cells.place(row, column);
    match what {
        Wrong::Missing => {
            Problem::error(place, format!("column '{name}': a missing value")).help(
                "fill it in, leave the row out, or leave the column out; nothing is dropped or guessed in silence",
            )
        }
        Wrong::Text => Problem::error(place, format!("column '{name}': '{cell}' is not a number"))
            .help("a number is written like 0.5, -12 or 1e-3, without a unit"),
        Wrong::DecimalComma => {
            Problem::error(place, format!("column '{name}': '{cell}' is written with a comma"))
                .help("write decimals with a point, like 0.25, and nothing between thousands")
        }
        Wrong::Infinite => Problem::error(place, format!("column '{name}': '{cell}' is not finite"))
            .help("covariates are finite numbers"),
        Wrong::Huge(bound) => {
            let beyond = *bound >= LARGEST_STANDARDIZED;
            let help = if beyond { "use another unit" } else { "use another unit, or --standardize" };
            Problem::error(place, format!("column '{name}': {cell} is larger than {bound:e} in size")).help(help)
        }
    }
}

/// Columns that say nothing: their slope cannot be told from the intercept.
fn constant_columns(cells: &Cells, columns: &Columns, textual: &[usize]) -> Vec<Problem> {
    let value = |row: usize, j: usize| number(cells.cell(row, j), LARGEST_STANDARDIZED).ok();
    let constant = |j: &&usize| (1..cells.rows()).all(|row| value(row, **j) == value(0, **j));
    let problem = |j: &usize| {
        let message = format!("column '{}' has the same value in every row", cells.header()[*j]);
        let mend = leave_out(cells, columns, *j);
        let help = format!("its slope cannot be told from the intercept; {mend}");
        Problem::error(cells.place(0, *j), message).help(help)
    };
    if cells.rows() < 2 {
        return vec![Problem::error(Place::File, "one row is no data set").help("a fit needs many rows")];
    }
    columns.features.iter().filter(|j| !textual.contains(j)).filter(constant).map(problem).collect()
}

/// How to do without a covariate.
fn leave_out(cells: &Cells, columns: &Columns, column: usize) -> String {
    let names = cells.header();
    let others = columns.features.iter().filter(|i| **i != column).map(|i| names[*i].as_str());
    let rest = others.collect::<Vec<_>>().join(",");
    if rest.is_empty() { "leave it out".to_owned() } else { format!("leave it out: --features {rest}") }
}

/// Columns whose values are so near each other that the squares of their distances from the mean are no ordinary numbers:
/// there is nothing to divide by.
pub(super) fn too_narrow(cells: &Cells, columns: &Columns, scales: &[Scale]) -> Vec<Problem> {
    let narrow = columns.features.iter().zip(scales).filter(|(_, scale)| scale.sd < f64::MIN_POSITIVE.sqrt());
    let problem = |(j, _): (&usize, &Scale)| {
        let message = format!(
            "column '{}' cannot be standardised: its variance is too small a number for the machine",
            cells.header()[*j]
        );
        let problem = Problem::error(cells.place(0, *j), message);
        problem.help(format!(
            "use another unit, in which its values are larger, or {}",
            leave_out(cells, columns, *j)
        ))
    };
    narrow.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_what_is_none() {
        for (text, value) in [("1", 1.0), ("-2.5e3", -2500.0), (".5", 0.5), ("+3", 3.0), ("-0", 0.0)] {
            assert_eq!(number(text, LARGEST).ok().map(f64::to_bits), Some(f64::to_bits(value)), "{text}");
        }
        for text in ["", "NA", "NaN", "nan", "null", "?", "-nan"] {
            assert!(matches!(number(text, LARGEST), Err(Wrong::Missing)), "{text}");
        }
        assert!(matches!(number("1,5", LARGEST), Err(Wrong::DecimalComma)));
        assert!(matches!(number("5 mm", LARGEST), Err(Wrong::Text)));
        assert!(matches!(number("inf", LARGEST), Err(Wrong::Infinite)));
        assert!(matches!(number("1e999", LARGEST), Err(Wrong::Huge(_))));
        assert!(matches!(number("-2000001", LARGEST), Err(Wrong::Huge(_))));
        assert!(number("2000001", LARGEST_STANDARDIZED).is_ok());
    }
}
