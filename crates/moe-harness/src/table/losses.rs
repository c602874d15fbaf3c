//! Losses of other people's simulations: a CSV table with one row for each sample size and replication, as series.

use std::collections::BTreeMap;

use moe_core::rate::Series;

use super::labels::in_order;
use super::numbers::is_missing;
use super::{Cells, first_few};
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
    /// Name of the column that tells series apart; `None` for one series.
    pub group: Option<String>,
}

/// One series of losses.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// What stands in the group column; empty without one.
    pub group: String,
    /// The losses at each size, in the order of the file; infinite ones are failures.
    pub series: Series,
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
        Self { group: self.group.clone(), series: self.series.without_smallest(smaller) }
    }
}

/// Places of the columns in use.
struct Places {
    size: usize,
    loss: usize,
    replication: Option<usize>,
    group: Option<usize>,
}

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
    let rows = rows(cells, &places).map_err(refuse)?;
    let groups = grouped(cells, &places, &rows).map_err(refuse)?;
    let used = [Some(places.size), Some(places.loss), places.replication, places.group];
    let header = cells.header();
    let unused = (0..header.len()).filter(|j| !used.contains(&Some(*j)) && !header[*j].is_empty());
    Ok((groups, unused.map(|j| header[j].clone()).collect()))
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
        let group = columns.group.as_ref().map(|name| find("--group", name));
        let (Some(size), Some(loss), true) = (size, loss, problems.is_empty()) else { return Err(problems) };
        let places = Self { size, loss, replication: replication.flatten(), group: group.flatten() };
        let flags = [
            ("--n", Some(size)),
            ("--loss", Some(loss)),
            ("--replication", places.replication),
            ("--group", places.group),
        ];
        for (i, (flag, column)) in flags.iter().enumerate() {
            let twice = flags[..i].iter().find(|(_, other)| column.is_some() && other == column);
            if let (Some((other, _)), Some(column)) = (twice, column) {
                let message = format!("{other} and {flag} are both the column '{}'", names[*column]);
                problems.push(Problem::error(cells.place_in_header(*column), message));
            }
        }
        if problems.is_empty() { Ok(places) } else { Err(problems) }
    }
}

fn rows(cells: &Cells, places: &Places) -> Result<Vec<Row>, Vec<Problem>> {
    let mut rows = Vec::with_capacity(cells.rows());
    let mut problems = Vec::new();
    for row in 0..cells.rows() {
        let size = size(cells, row, places.size);
        let loss = loss(cells, row, places.loss);
        let named = [places.replication, places.group].into_iter().flatten();
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
    let group = |row: usize| places.group.map_or("", |j| cells.cell(row, j));
    let mut by_group: BTreeMap<&str, BTreeMap<u64, Vec<f64>>> = BTreeMap::new();
    let mut seen: BTreeMap<(&str, u64, &str), usize> = BTreeMap::new();
    let mut twice = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some(column) = places.replication {
            let key = (group(i), row.size, cells.cell(i, column));
            if let Some(first) = seen.insert(key, i) {
                twice.push(repeated(cells, places, (first, i), key));
            }
        }
        by_group.entry(group(i)).or_default().entry(row.size).or_default().push(row.loss);
    }
    if !twice.is_empty() {
        // One says it: the others have the same cause.
        let (count, mut one) = (twice.len(), twice.swap_remove(0));
        if count > 1 {
            let stands = if count == 2 { "stands" } else { "stand" };
            one = one.help(format!("{} {stands} twice like this one", counted(count - 1, "more row")));
        }
        return Err(vec![one]);
    }
    let groups = in_order(by_group.keys().copied().collect());
    let losses = groups.into_iter().map(|group| {
        let (sizes, values) = by_group.remove(group).unwrap_or_default().into_iter().unzip();
        Losses { group: group.to_owned(), series: Series::new(sizes, values) }
    });
    Ok(losses.collect())
}

fn repeated(
    cells: &Cells,
    places: &Places,
    (first, again): (usize, usize),
    (_, size, replication): (&str, u64, &str),
) -> Problem {
    let column = places.replication.unwrap_or_default();
    let message =
        format!("replication {replication} at n = {size} stands twice: first in line {}", cells.line(first));
    let help = match places.group {
        None => {
            "when the file holds several methods or settings, name the column that tells them apart: --group \
                 COLUMN"
        }
        Some(_) => "every row is one replication of one group",
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
            group: group.map(str::to_owned),
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
