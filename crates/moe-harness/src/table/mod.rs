//! Data files: a CSV table with a column of class labels, checked cell by cell, as a data set.

mod cells;
mod columns;
mod counts;
mod labels;
mod losses;
mod numbers;
mod pooled;
mod scale;

use moe_core::dataset::Dataset;
use ndarray::Array2;

use crate::diagnostic::{Diagnostics, Place, Problem};

pub use cells::{Cells, ReadError};
pub use losses::{LossColumns, Losses, losses};
pub use scale::Scale;

use columns::Columns;

/// Most messages about one file; how many more there are is said.
const SHOWN: usize = 5;

/// What is wanted of a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Name of the column that holds the class labels.
    pub label: String,
    /// Names of the columns that are covariates; `None` for all but the label and the count.
    pub features: Option<Vec<String>>,
    /// Name of the column that says how many observations each row stands for; `None` when each is one.
    pub count: Option<String>,
    /// Whether covariates are shifted and scaled to mean 0 and standard deviation 1.
    pub standardize: bool,
}

/// A data file, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name of the label column.
    pub label: String,
    /// Names of the covariate columns, in the order of the data set.
    pub features: Vec<String>,
    /// Name of the column of counts, where one was asked for.
    pub count: Option<String>,
    /// Class labels: by value when all are whole numbers, otherwise by their letters. The last one is the
    /// reference class.
    pub classes: Vec<String>,
    /// One row for each line of the file, in its order; labels are places in `classes`.
    pub data: Dataset,
    /// Mean and standard deviation of each covariate column in the units of the file.
    pub scales: Vec<Scale>,
    /// Whether the data set holds standardised covariates.
    pub standardized: bool,
}

/// Checks the cells of a file for what is wanted of them.
///
/// # Errors
/// Everything that is wrong with the file, each with its place and with what would be right.
pub fn table(cells: &Cells, wanted: &Wanted) -> Result<Table, Diagnostics> {
    let refuse = |problems| Diagnostics::new(cells.source().clone(), problems);
    cells.check().map_err(refuse)?;
    let columns = Columns::find(cells, wanted).map_err(refuse)?;
    let labels = labels::labels(cells, columns.label);
    let numbers = numbers::numbers(cells, &columns, wanted.standardize);
    let counts = counts::counts(cells, columns.count);
    let (labels, mut x, counts) = match (labels, numbers, counts) {
        (Ok(labels), Ok(numbers), Ok(counts)) => (labels, numbers, counts),
        (labels, numbers, counts) => {
            let problems = [labels.err(), numbers.err(), counts.err()];
            return Err(refuse(problems.into_iter().flatten().flatten().collect()));
        }
    };
    let (rows, dim) = (cells.rows(), columns.features.len());
    let scales: Vec<Scale> = (0..dim).map(|j| Scale::of(x.iter().skip(j).step_by(dim), &counts)).collect();
    if wanted.standardize {
        let narrow = numbers::too_narrow(cells, &columns, &scales);
        if !narrow.is_empty() {
            return Err(refuse(narrow));
        }
        x.chunks_exact_mut(dim).for_each(|row| {
            row.iter_mut().zip(&scales).for_each(|(v, scale)| *v = scale.standardized(*v));
        });
    }
    let name = |j: &usize| cells.header()[*j].clone();
    let x = Array2::from_shape_vec((rows, dim), x).map_err(|e| {
        refuse(vec![Problem::error(Place::File, format!("the table does not fit its own shape: {e}"))])
    })?;
    Ok(Table {
        label: name(&columns.label),
        features: columns.features.iter().map(name).collect(),
        count: columns.count.as_ref().map(name),
        data: Dataset { x, labels: labels.of_rows, counts, classes: labels.classes.len() },
        classes: labels.classes,
        scales,
        standardized: wanted.standardize,
    })
}

/// The first few problems of a list; the last of them says how many more there are.
fn first_few(mut problems: Vec<Problem>, what: &str) -> Vec<Problem> {
    if problems.len() > SHOWN {
        let more = problems.len() - SHOWN;
        problems.truncate(SHOWN);
        if let Some(last) = problems.last_mut() {
            last.help.push(format!("and so on: {more} more {what}"));
        }
    }
    problems
}
