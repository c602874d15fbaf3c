//! Rows of several series that would be taken for one: which columns tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use super::Cells;
use super::numbers::is_missing;
use crate::diagnostic::Problem;

/// Most different texts of a column that may tell series apart.
const SERIES: usize = 50;

/// Words that are named at most.
const NAMED: usize = 4;

/// Columns left aside that differ between two rows and so may tell their series apart: those of words, or else those of few
/// whole numbers.
pub(super) fn differing(cells: &Cells, unused: &[usize], rows: (usize, usize)) -> Vec<String> {
    let differ = |j: &&usize| cells.cell(rows.0, **j) != cells.cell(rows.1, **j);
    let named = |of: fn(&str) -> bool| {
        let columns = unused.iter().filter(differ).filter(|j| few(cells, **j, of).is_some());
        columns.map(|j| cells.header()[*j].clone()).collect::<Vec<_>>()
    };
    let words = named(is_word);
    if words.is_empty() { named(|text| text.parse::<i64>().is_ok()) } else { words }
}

/// Refuses a table without numbers of replications in which a column left aside has each of its words at every size: its
/// rows are those of several series.
pub(super) fn refuse(cells: &Cells, unused: &[usize], sizes: &[u64]) -> Result<(), Vec<Problem>> {
    let Some((column, words)) = unused.iter().find_map(|j| Some((*j, at_every_size(cells, *j, sizes)?)))
    else {
        return Ok(());
    };
    let name = &cells.header()[column];
    let named = words.iter().take(NAMED).map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let more = if words.len() > NAMED { format!(" and {} more", words.len() - NAMED) } else { String::new() };
    let message = format!(
        "column '{name}' has {named}{more} at every n, and is not used: their losses would count as replications of one \
         series"
    );
    let problem = Problem::error(cells.place_in_header(column), message);
    let problem = problem.help(format!("a slope for each of them: --group {name}"));
    Err(vec![problem.help(
        "when they are one series, number its replications and name that column: --replication COLUMN",
    )])
}

/// The words of a column when it has each of them at every size.
fn at_every_size<'a>(cells: &'a Cells, column: usize, sizes: &[u64]) -> Option<BTreeSet<&'a str>> {
    let words = few(cells, column, is_word)?;
    let mut there: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (row, size) in sizes.iter().enumerate() {
        there.entry(*size).or_default().insert(cells.cell(row, column));
    }
    there.values().all(|at| *at == words).then_some(words)
}

fn is_word(text: &str) -> bool {
    text.parse::<f64>().is_err()
}

/// The different texts of a column: two or more, not many, each of this kind and none missing.
fn few(cells: &Cells, column: usize, kind: fn(&str) -> bool) -> Option<BTreeSet<&str>> {
    let mut texts = BTreeSet::new();
    for row in 0..cells.rows() {
        let text = cells.cell(row, column);
        if is_missing(text) || !kind(text) {
            return None;
        }
        texts.insert(text);
        if texts.len() > SERIES {
            return None;
        }
    }
    (texts.len() > 1).then_some(texts)
}
