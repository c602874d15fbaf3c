//! Which columns of a file are the label and the covariates.

use crate::diagnostic::{Place, Problem};
use crate::nearest;

use super::labels::could_be_labels;
use super::{Cells, Wanted};

/// Places of the columns in use.
pub(super) struct Columns {
    pub(super) label: usize,
    pub(super) features: Vec<usize>,
    pub(super) count: Option<usize>,
}

impl Columns {
    pub(super) fn find(cells: &Cells, wanted: &Wanted) -> Result<Self, Vec<Problem>> {
        let names = cells.header();
        let mut problems = Vec::new();
        let mut find = |flag: &str, name: &str| {
            let found = names.iter().position(|n| n == name);
            if found.is_none() {
                let message = format!("{flag}: there is no column '{name}'");
                let known = names.iter().map(String::as_str).filter(|n| !n.is_empty());
                let problem =
                    Problem::error(Place::File, message).helps(nearest::advice(name, known.clone()));
                let strange = flag == "--label" && nearest::nearest(name, known).is_none();
                let problem = if strange { problem.helps(columns_of_labels(cells)) } else { problem };
                let like_data = names.iter().any(|n| n.parse::<f64>().is_ok());
                let help = "the first line names the columns, and this one looks like data";
                problems.push(if like_data { problem.help(help) } else { problem });
            }
            found
        };
        let label = find("--label", &wanted.label);
        let count = wanted.count.as_ref().and_then(|name| find("--count", name));
        let given: Option<Vec<_>> =
            wanted.features.as_ref().map(|list| list.iter().map(|name| find("--features", name)).collect());
        let features: Vec<usize> = match given {
            Some(found) => found.into_iter().flatten().collect(),
            None => (0..names.len()).filter(|j| ![label, count].contains(&Some(*j))).collect(),
        };
        problems.extend(contradictions(cells, wanted, (label, count), &features));
        match label {
            Some(label) if problems.is_empty() => Ok(Self { label, features, count }),
            _ => Err(problems),
        }
    }
}

/// Which columns could be the label, where some could.
fn columns_of_labels(cells: &Cells) -> Option<String> {
    let names = cells.header();
    let could = |j: &usize| !names[*j].is_empty() && could_be_labels(cells, *j);
    let found: Vec<&str> = (0..names.len()).filter(could).map(|j| names[j].as_str()).collect();
    (!found.is_empty()).then(|| format!("with few different values, as labels have: {}", found.join(", ")))
}

/// What is wrong with a choice of columns that exist.
fn contradictions(
    cells: &Cells,
    wanted: &Wanted,
    (label, count): (Option<usize>, Option<usize>),
    features: &[usize],
) -> Vec<Problem> {
    let names = cells.header();
    let mut problems = Vec::new();
    if let Some(name) = wanted.count.as_ref().filter(|_| count.is_some() && count == label) {
        let message = format!("--count: '{name}' is the label and cannot say how often a row was observed");
        problems.push(Problem::error(Place::File, message).help("name the column of counts"));
    }
    for (place, j) in features.iter().enumerate() {
        let name = &names[*j];
        if Some(*j) == label {
            let message = format!("--features: '{name}' is the label and cannot be a covariate as well");
            problems.push(Problem::error(Place::File, message).help("leave it out of --features"));
        } else if Some(*j) == count {
            let message = format!("--features: '{name}' holds the counts and cannot be a covariate as well");
            problems.push(Problem::error(Place::File, message).help("leave it out of --features"));
        } else if features[..place].contains(j) {
            let message = format!("--features: '{name}' stands there twice");
            problems.push(Problem::error(Place::File, message).help("name every column once"));
        } else if name.is_empty() {
            let message = format!("column {} has no name", j + 1);
            let problem = Problem::error(cells.place_in_header(*j), message);
            problems.push(problem.help("name it, or choose the covariates: --features a,b,c"));
        }
    }
    if features.is_empty() && label.is_some() && wanted.features.as_ref().is_none_or(Vec::is_empty) {
        let problem = Problem::error(Place::File, "there is no column beside the label");
        problems.push(problem.help("a model needs at least one covariate"));
    }
    problems
}
