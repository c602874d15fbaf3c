//! Rows of several series that would be taken for one: which columns tell them apart.

use std::collections::{BTreeMap, BTreeSet};

use super::Cells;
use super::numbers::is_missing;
use crate::diagnostic::Problem;

/// Most different texts of a column that may tell series apart.
const SERIES: usize = 50;

/// Words that are named at most.
const NAMED: usize = 4;

/// Columns left aside that tell rows of one key apart, in the order of the file: beside them no key stands twice, or no
/// column tells more.
pub(super) fn telling<K: Ord>(cells: &Cells, unused: &[usize], keys: &[K]) -> BTreeSet<usize> {
    let mut columns = BTreeSet::new();
    while let Some(pair) = twice(cells, &columns, keys) {
        let more = differing(cells, unused, pair);
        if more.is_empty() {
            break;
        }
        columns.extend(more);
    }
    columns
}

/// The first two rows with the same key and the same texts in these columns.
fn twice<K: Ord>(cells: &Cells, columns: &BTreeSet<usize>, keys: &[K]) -> Option<(usize, usize)> {
    let texts = |row: usize| columns.iter().map(|j| cells.cell(row, *j)).collect::<Vec<_>>();
    let mut seen = BTreeMap::new();
    keys.iter().enumerate().find_map(|(row, key)| Some((seen.insert((key, texts(row)), row)?, row)))
}

/// Columns left aside that differ between two rows and so may tell their series apart: those of words, or else those of few
/// whole numbers.
fn differing(cells: &Cells, unused: &[usize], rows: (usize, usize)) -> Vec<usize> {
    let differ = |j: &usize| cells.cell(rows.0, *j) != cells.cell(rows.1, *j);
    let of = |kind: fn(&str) -> bool| {
        let columns = unused.iter().copied().filter(differ).filter(|j| few(cells, *j, kind).is_some());
        columns.collect::<Vec<_>>()
    };
    let words = of(is_word);
    if words.is_empty() { of(is_whole) } else { words }
}

/// Refuses a table without numbers of replications in which a column left aside has each of its words at every size: its
/// rows are those of several series.
pub(super) fn refuse(cells: &Cells, unused: &[usize], sizes: &[u64]) -> Result<(), Vec<Problem>> {
    let columns = splitting(cells, unused, sizes);
    let Some((column, words)) =
        columns.first().and_then(|j| Some((*j, at_every_size(cells, *j, sizes, is_word)?)))
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
    let names = |columns: &[usize], between: &str| {
        columns.iter().map(|j| cells.header()[*j].clone()).collect::<Vec<_>>().join(between)
    };
    let mut problem = problem.help(format!("a slope for each of them: --group {}", names(&columns, ",")));
    let numbered: Vec<usize> =
        unused.iter().copied().filter(|j| at_every_size(cells, *j, sizes, is_whole).is_some()).collect();
    if !numbered.is_empty() {
        problem = problem.help(format!(
            "columns of few whole numbers may be settings too, or number replications: {}",
            names(&numbered, ", ")
        ));
    }
    Err(vec![problem.help(
        "when they are one series, number its replications and name that column: --replication COLUMN",
    )])
}

/// Columns of words that each stand at every size, without those that split the rows no further than the others.
fn splitting(cells: &Cells, unused: &[usize], sizes: &[u64]) -> Vec<usize> {
    let parts = |columns: &[usize]| {
        let texts = |row: usize| columns.iter().map(|j| cells.cell(row, *j)).collect::<Vec<_>>();
        (0..cells.rows()).map(texts).collect::<BTreeSet<_>>().len()
    };
    let mut columns = Vec::new();
    for column in unused.iter().filter(|j| at_every_size(cells, **j, sizes, is_word).is_some()) {
        let more = [columns.as_slice(), &[*column]].concat();
        if parts(&more) > parts(&columns) {
            columns = more;
        }
    }
    // An early column may say no more than later ones together.
    let mut needed = columns.clone();
    for column in columns {
        let fewer: Vec<usize> = needed.iter().copied().filter(|j| *j != column).collect();
        if parts(&fewer) == parts(&needed) {
            needed = fewer;
        }
    }
    needed
}

/// The texts of a column when they are few, of one kind, and each stands at every size.
fn at_every_size<'a>(
    cells: &'a Cells,
    column: usize,
    sizes: &[u64],
    kind: fn(&str) -> bool,
) -> Option<BTreeSet<&'a str>> {
    let words = few(cells, column, kind)?;
    let mut there: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (row, size) in sizes.iter().enumerate() {
        there.entry(*size).or_default().insert(cells.cell(row, column));
    }
    there.values().all(|at| *at == words).then_some(words)
}

fn is_word(text: &str) -> bool {
    text.parse::<f64>().is_err()
}

fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok()
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
