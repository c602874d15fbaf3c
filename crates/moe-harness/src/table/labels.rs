//! The classes of a label column, and their order.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Problem;

use super::numbers::is_missing;
use super::{Cells, first_few};

/// Most classes that a label column may hold.
const CLASSES: usize = 100;

/// Labels of the rows as places in the list of classes.
pub(super) struct Labels {
    pub(super) classes: Vec<String>,
    pub(super) of_rows: Vec<u32>,
}

/// The labels of a column.
pub(super) fn labels(cells: &Cells, column: usize) -> Result<Labels, Vec<Problem>> {
    let rows = 0..cells.rows();
    let missing = rows.clone().filter(|row| is_missing(cells.cell(*row, column)));
    let missing: Vec<Problem> = missing.map(|row| no_label(cells, row, column)).collect();
    if !missing.is_empty() {
        return Err(first_few(missing, "missing labels"));
    }
    let mut first_seen: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.clone() {
        first_seen.entry(cells.cell(row, column)).or_insert(row);
    }
    let classes = in_order(first_seen.keys().copied().collect());
    refuse_count(cells, column, &classes)?;
    let place: BTreeMap<&str, u32> = classes.iter().enumerate().map(|(i, c)| (*c, i as u32)).collect();
    let of_rows = rows.map(|row| place[cells.cell(row, column)]).collect();
    Ok(Labels { classes: classes.into_iter().map(str::to_owned).collect(), of_rows })
}

/// By value when all are whole numbers, otherwise by their letters.
pub(super) fn in_order(mut classes: Vec<&str>) -> Vec<&str> {
    let whole: Option<Vec<i64>> = classes.iter().map(|c| c.parse().ok()).collect();
    if whole.is_some() {
        classes.sort_by_key(|c| (c.parse::<i64>().unwrap_or(0), *c));
    } else {
        classes.sort_unstable();
    }
    classes
}

fn no_label(cells: &Cells, row: usize, column: usize) -> Problem {
    let problem = Problem::error(cells.place(row, column), "the label of this row is missing");
    problem.help("fill it in, or leave the row out; no row is dropped in silence")
}

/// Whether a column could hold labels: two classes or more, few, and each with several rows.
pub(super) fn could_be_labels(cells: &Cells, column: usize) -> bool {
    let classes: BTreeSet<&str> = (0..cells.rows()).map(|row| cells.cell(row, column)).collect();
    classes.len() > 1 && !are_too_many(classes.len(), cells.rows()) && !classes.iter().any(|c| is_missing(c))
}

fn are_too_many(classes: usize, rows: usize) -> bool {
    classes > CLASSES || (rows > 3 && 2 * classes > rows)
}

fn refuse_count(cells: &Cells, column: usize, classes: &[&str]) -> Result<(), Vec<Problem>> {
    let name = &cells.header()[column];
    let (count, rows) = (classes.len(), cells.rows());
    let problem = if count == 1 {
        let message = format!("every row of column '{name}' has the label '{}'", classes[0]);
        Problem::error(cells.place(0, column), message).help("a model needs at least two classes")
    } else if are_too_many(count, rows) {
        let message = format!("column '{name}' holds {count} different labels in {rows} rows");
        let help = "labels are classes: few, and each with several rows; a number that is measured, or the \
                    name of a row, is none";
        Problem::error(cells.place(0, column), message).help(help)
    } else {
        return Ok(());
    };
    Err(vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(labels_of_rows: &[&str], classes: &[&str]) {
        let text = format!("y\n{}\n", labels_of_rows.join("\n"));
        let cells = Cells::parse("test.csv", &text, b',').unwrap();
        let found = labels(&cells, 0).unwrap_or_else(|_| panic!("{labels_of_rows:?}"));
        assert_eq!(found.classes, classes);
        for (label, written) in found.of_rows.iter().zip(labels_of_rows) {
            assert_eq!(found.classes[*label as usize], *written);
        }
    }

    #[test]
    fn whole_numbers_are_ordered_by_value_and_others_by_letters() {
        check(&["10", "9", "-1", "9", "-1", "10"], &["-1", "9", "10"]);
        check(&["10", "9", "b", "9", "b", "10"], &["10", "9", "b"]);
        check(&["1.5", "0.5", "10", "0.5", "1.5", "10"], &["0.5", "1.5", "10"]);
        check(&["yes", "no", "no"], &["no", "yes"]);
    }
}
