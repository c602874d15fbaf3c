//! Losses of other people's simulations: a CSV table with one row for each sample size and replication, as series.

use std::collections::{BTreeMap, BTreeSet};

use moe_core::rate::Series;

use super::labels::in_order;
use super::numbers::is_missing;
use super::{Cells, first_few, pooled};
use crate::counted::counted;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::nearest;

/// Largest sample size: whole numbers up to here are exact in a CSV that was written from floating-point numbers.
const LARGEST_SIZE: f64 = 9_007_199_254_740_992.0;

/// The columns of a table of losses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossColumns {
    /// Name of the column of sample sizes.
    pub size: String,
    /// Name of the column of losses.
    pub loss: String,
    /// Name of the column that numbers replications; `None` where every row is one of its own.
    pub replication: Option<String>,
    /// Names of the columns that tell series apart, each combination of their words; none for one series.
    pub groups: Vec<String>,
}

/// One series of losses.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// What stands in the group columns, joined; empty without one.
    pub group: String,
    /// What stands in each of them.
    pub words: Vec<String>,
    /// The losses at each size, in the order of the file; infinite ones are failures.
    pub series: Series,
    /// The names of the replications in the same order; empty at each size where no column has them.
    pub replications: Vec<Vec<String>>,
}

impl Losses {
    /// The largest share of infinite losses at any size.
    pub fn failures(&self) -> f64 {
        let share = |v: &Vec<f64>| v.iter().filter(|l| l.is_infinite()).count() as f64 / v.len() as f64;
        self.series.groups.iter().flatten().map(share).fold(0.0, f64::max)
    }

    /// The series of the sizes from `from` on.
    #[must_use]
    pub fn from(&self, from: u64) -> Self {
        let smaller = self.series.sizes.iter().filter(|n| **n < from).count();
        Self {
            series: self.series.without_smallest(smaller),
            replications: self.replications[smaller..].to_vec(),
            ..self.clone()
        }
    }
}

/// Places of the columns in use.
struct Places {
    size: usize,
    loss: usize,
    replication: Option<usize>,
    groups: Vec<usize>,
    /// Named columns that are not used.
    unused: Vec<usize>,
}

/// The words of the group columns in a row.
type Group<'a> = Vec<&'a str>;

/// Losses, and the names of their replications where a column has them.
type Values = (Vec<f64>, Vec<String>);

/// One row, read.
struct Row {
    size: u64,
    loss: f64,
}

/// The series of a table, by group (by value when all groups are whole numbers, otherwise by their letters), and the
/// names of the columns that were left aside.
///
/// # Errors
/// Everything that is wrong with the file, each with its place and with what would be right.
pub fn losses(cells: &Cells, columns: &LossColumns) -> Result<(Vec<Losses>, Vec<String>), Diagnostics> {
    let refuse = |problems| Diagnostics::new(cells.source().clone(), problems);
    cells.check().map_err(refuse)?;
    let places = Places::find(cells, columns).map_err(refuse)?;
    empty(cells, &places).map_err(refuse)?;
    let rows = rows(cells, &places).map_err(refuse)?;
    if places.replication.is_none() && places.groups.is_empty() {
        let sizes: Vec<u64> = rows.iter().map(|row| row.size).collect();
        pooled::refuse(cells, &places.unused, &sizes).map_err(refuse)?;
    }
    let groups = grouped(cells, &places, &rows).map_err(refuse)?;
    let header = cells.header();
    Ok((groups, places.unused.iter().map(|j| header[*j].clone()).collect()))
}

impl Places {
    fn find(cells: &Cells, columns: &LossColumns) -> Result<Self, Vec<Problem>> {
        let names = cells.header();
        let mut problems = Vec::new();
        let mut find = |flag: &str, name: &str| {
            let found = names.iter().position(|n| n == name);
            if found.is_none() {
                let message = format!("{flag}: there is no column '{name}'");
                let known = names.iter().map(String::as_str).filter(|n| !n.is_empty());
                let problem = Problem::error(Place::File, message).helps(nearest::advice(name, known));
                problems.push(problem.help(format!("say which column it is: {flag} COLUMN")));
            }
            found
        };
        let (size, loss) = (find("--n", &columns.size), find("--loss", &columns.loss));
        let replication = columns.replication.as_ref().map(|name| find("--replication", name));
        let groups: Vec<usize> = columns.groups.iter().filter_map(|name| find("--group", name)).collect();
        let (Some(size), Some(loss), true) = (size, loss, problems.is_empty()) else { return Err(problems) };
        let mut places = Self { size, loss, replication: replication.flatten(), groups, unused: Vec::new() };
        let used = places.used();
        for (i, (flag, column)) in used.iter().enumerate() {
            if let Some((other, _)) = used[..i].iter().find(|(_, other)| other == column) {
                let message = format!("{other} and {flag} are both the column '{}'", names[*column]);
                problems.push(Problem::error(cells.place_in_header(*column), message));
            }
        }
        let is_used = |j: usize| used.iter().any(|(_, column)| *column == j);
        places.unused = (0..names.len()).filter(|j| !is_used(*j) && !names[*j].is_empty()).collect();
        if problems.is_empty() { Ok(places) } else { Err(problems) }
    }

    /// The columns in use, each with its flag.
    fn used(&self) -> Vec<(&'static str, usize)> {
        let own = [("--n", self.size), ("--loss", self.loss)].into_iter();
        let replication = self.replication.map(|j| ("--replication", j));
        own.chain(replication).chain(self.groups.iter().map(|j| ("--group", *j))).collect()
    }
}

/// Refuses columns in which nothing stands at all: one message for each, not one for each row.
fn empty(cells: &Cells, places: &Places) -> Result<(), Vec<Problem>> {
    let is_empty = |j: usize| (0..cells.rows()).all(|row| is_missing(cells.cell(row, j)));
    let empty = places.used().into_iter().filter(|(_, j)| is_empty(*j));
    let problems: Vec<Problem> = empty
        .map(|(flag, j)| {
            let rows = counted(cells.rows(), "row");
            let message =
                format!("column '{}' is empty: it has no value in any of {rows}", cells.header()[j]);
            let problem = Problem::error(cells.place_in_header(j), message);
            problem.help(format!("say which column it is: {flag} COLUMN"))
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn rows(cells: &Cells, places: &Places) -> Result<Vec<Row>, Vec<Problem>> {
    let mut rows = Vec::with_capacity(cells.rows());
    let mut problems = Vec::new();
    for row in 0..cells.rows() {
        let size = size(cells, row, places.size);
        let loss = loss(cells, row, places.loss);
        let named = places.replication.into_iter().chain(places.groups.iter().copied());
        let missing = named.filter(|j| is_missing(cells.cell(row, *j)));
        problems.extend(missing.map(|j| {
            let message = format!("column '{}': a missing value", cells.header()[j]);
            Problem::error(cells.place(row, j), message).help("fill it in, or leave the row out")
        }));
        match (size, loss) {
            (Ok(size), Ok(loss)) => rows.push(Row { size, loss }),
            (size, loss) => problems.extend(size.err().into_iter().chain(loss.err())),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(first_few(problems, "cells that are wrong")) }
}

fn size(cells: &Cells, row: usize, column: usize) -> Result<u64, Problem> {
    let (cell, name) = (cells.cell(row, column), &cells.header()[column]);
    let refuse = |what: &str, help: &str| {
        Err(Problem::error(cells.place(row, column), format!("column '{name}': {what}")).help(help))
    };
    const SIZES: &str = "a sample size is a whole number from 1 on, like 1000 or 1e3";
    if is_missing(cell) {
        return refuse("the sample size is missing", "fill it in, or leave the row out");
    }
    match cell.parse::<f64>() {
        Ok(n) if n.fract() == 0.0 && (1.0..=LARGEST_SIZE).contains(&n) => Ok(n as u64),
        Ok(_) => refuse(&format!("{cell} is no sample size"), SIZES),
        Err(_) => match cell.replace([',', ' ', '_', '\''], "") {
            bare if bare.parse::<u64>().is_ok() => {
                refuse(&format!("'{cell}' has something between its digits"), &format!("write {bare}"))
            }
            _ => refuse(&format!("'{cell}' is not a number"), SIZES),
        },
    }
}

fn loss(cells: &Cells, row: usize, column: usize) -> Result<f64, Problem> {
    let (cell, name) = (cells.cell(row, column), &cells.header()[column]);
    let refuse = |what: &str, help: &str| {
        Err(Problem::error(cells.place(row, column), format!("column '{name}': {what}")).help(help))
    };
    if is_missing(cell) {
        let help = "a replication that failed is written inf and counts as the worst case; one that was never run \
                    has no row; nothing is dropped in silence";
        return refuse("the loss is missing", help);
    }
    match cell.parse::<f64>() {
        Ok(loss) if loss < 0.0 => {
            refuse(&format!("{cell} is negative"), "a loss is at least 0; slopes are fitted to its logarithm")
        }
        Ok(loss) => Ok(loss + 0.0),
        Err(_) if cell.replacen(',', ".", 1).parse::<f64>().is_ok() => refuse(
            &format!("'{cell}' is written with a comma"),
            "write decimals with a point, like 0.25, and nothing between thousands",
        ),
        Err(_) => refuse(
            &format!("'{cell}' is not a number"),
            "a loss is written like 0.25 or 1e-3; inf for a failure",
        ),
    }
}

/// The rows by group and size. A replication that stands twice is refused: its rows belong to different series.
fn grouped(cells: &Cells, places: &Places, rows: &[Row]) -> Result<Vec<Losses>, Vec<Problem>> {
    let group = |row: usize| places.groups.iter().map(|j| cells.cell(row, *j)).collect::<Group<'_>>();
    let mut by_group: BTreeMap<Group<'_>, BTreeMap<u64, Values>> = BTreeMap::new();
    let mut seen: BTreeMap<(Group<'_>, u64, &str), usize> = BTreeMap::new();
    let mut twice: Vec<(usize, usize)> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let named = places.replication.map(|column| (group(i), row.size, cells.cell(i, column)));
        twice.extend(named.and_then(|key| Some((seen.insert(key, i)?, i))));
        let values = by_group.entry(group(i)).or_default().entry(row.size).or_default();
        values.0.push(row.loss);
        values.1.extend(places.replication.map(|column| cells.cell(i, column).to_owned()));
    }
    if let Some((first, again)) = twice.first().copied() {
        // One says it: the others have the same cause.
        let (count, mut one) = (twice.len(), repeated(cells, places, rows, (first, again)));
        if count > 1 {
            let stands = if count == 2 { "stands" } else { "stand" };
            one = one.help(format!("{} {stands} twice like this one", counted(count - 1, "more row")));
        }
        return Err(vec![one]);
    }
    let ranks: Vec<BTreeMap<&str, usize>> = (0..places.groups.len())
        .map(|j| {
            let words: BTreeSet<&str> = by_group.keys().map(|group| group[j]).collect();
            in_order(words.into_iter().collect()).into_iter().zip(0..).collect()
        })
        .collect();
    let mut groups: Vec<_> = by_group.into_iter().collect();
    groups.sort_by_key(|(group, _)| group.iter().zip(&ranks).map(|(w, rank)| rank[w]).collect::<Vec<_>>());
    Ok(groups.into_iter().map(|(group, of_sizes)| series(&group, of_sizes)).collect())
}

fn series(group: &Group<'_>, of_sizes: BTreeMap<u64, Values>) -> Losses {
    let (sizes, values): (Vec<u64>, Vec<Values>) = of_sizes.into_iter().unzip();
    let (values, replications) = values.into_iter().unzip();
    Losses {
        group: group.join(", "),
        words: group.iter().map(|word| (*word).to_owned()).collect(),
        series: Series::new(sizes, values),
        replications,
    }
}

fn repeated(cells: &Cells, places: &Places, rows: &[Row], (first, again): (usize, usize)) -> Problem {
    let column = places.replication.unwrap_or_default();
    let message = format!(
        "replication {} at n = {} stands twice: first in line {}",
        cells.cell(again, column),
        rows[again].size,
        cells.line(first)
    );
    let key = |row: usize| {
        let group = places.groups.iter().map(|j| cells.cell(row, *j)).collect::<Group<'_>>();
        (group, rows[row].size, cells.cell(row, column))
    };
    let keys: Vec<_> = (0..rows.len()).map(key).collect();
    let name = |j: &usize| cells.header()[*j].clone();
    let telling: Vec<String> = pooled::telling(cells, &places.unused, &keys).iter().map(name).collect();
    let groups = places.groups.iter().map(name).chain(telling.iter().cloned());
    let help = if telling.is_empty() && places.groups.is_empty() {
        "when the file holds several methods or settings, name the column that tells them apart: --group COLUMN"
            .to_owned()
    } else if telling.is_empty() {
        "every row is one replication of one group".to_owned()
    } else {
        let flag = groups.collect::<Vec<_>>().join(",");
        format!(
            "rows that stand twice differ in {}: a slope for each with --group {flag}",
            telling.join(", ")
        )
    };
    Problem::error(cells.place(again, column), message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, group: Option<&str>) -> Result<(Vec<Losses>, Vec<String>), Diagnostics> {
        let columns = LossColumns {
            size: "n".into(),
            loss: "loss".into(),
            replication: Some("rep".into()),
            groups: group.map(|names| names.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        };
        losses(&Cells::parse("test.csv", text, b',').unwrap(), &columns)
    }

    #[test]
    fn rows_become_series_in_the_order_of_sizes_and_groups() {
        let text = "n,rep,method,loss,time\n1e3,0,10,0.5,9\n100,0,10,1,9\n100,1,10,inf,9\n100,0,9,2,9\n1000,0,9,3,9\n";
        let (found, unused) = read(text, Some("method")).unwrap();
        assert_eq!(unused, ["time"]);
        assert_eq!(found.iter().map(|l| l.group.as_str()).collect::<Vec<_>>(), ["9", "10"]);
        assert_eq!(found[1].series.sizes, [100, 1000]);
        assert_eq!(found[1].series.groups, [vec![vec![1.0, f64::INFINITY], vec![0.5]]]);
        assert_eq!((found[1].failures(), found[1].from(101).failures()), (0.5, 0.0));
    }

    #[test]
    fn a_replication_that_stands_twice_is_refused_with_both_lines() {
        let text = "n,rep,method,loss\n100,0,a,1\n100,0,b,2\n";
        let refused = read(text, None).unwrap_err().render(false);
        assert!(refused.contains("first in line 2") && refused.contains("test.csv:3:5"), "{refused}");
        assert!(read(text, Some("method")).is_ok());
    }
}
