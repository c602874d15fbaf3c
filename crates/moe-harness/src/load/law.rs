//! `[covariates.*]`: covariate laws.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use moe_core::covariate::CovariateLaw;
use moe_core::sample;
use ndarray::Array2;

use super::check::{self, Named};
use super::limit;
use super::sizes::Plan;
use crate::counted::counted;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::world::Covariates;

/// Every declared law.
pub(super) fn laws(
    wire: &BTreeMap<String, Covariates>,
    plans: &[Plan],
    out: &mut Vec<Problem>,
) -> Named<CovariateLaw> {
    let mut laws = Named::new();
    for (name, covariates) in wire {
        let at = Path::top().key("covariates").key(name);
        check::name(name, Place::Key(at.clone()), out);
        let before = out.len();
        let law = law(covariates, &at, out);
        fits_memory(law.as_ref(), plans, &at, out);
        laws.add("covariate law", name, law.filter(|_| out.len() == before), &at, out);
    }
    laws
}

/// A continuous law gives one row for each observation: they must fit the memory of a machine.
fn fits_memory(law: Option<&CovariateLaw>, plans: &[Plan], at: &Path, out: &mut Vec<Problem>) {
    let Some(law) = law.filter(|law| !law.is_finite()) else { return };
    let too_large = |plan: &Plan| plan.sizes.last().copied().filter(|size| *size > limit::ROWS);
    if let Some((plan, size)) = plans.iter().find_map(|plan| Some((plan, too_large(plan)?))) {
        let gigabytes = size as f64 * (2.0 * law.dim() as f64 + 8.0) * 8.0 / 1e9;
        let message = format!("{size} observations of a continuous law do not fit the memory");
        let problem = Problem::error(Place::Value(at.key("kind")), message);
        let problem = problem.label(format!("one row for each observation: about {gigabytes:.0} GB"));
        let lower = format!("lower the sizes of {} to at most {}", plan.title(), limit::ROWS);
        out.push(
            problem
                .help(lower)
                .help("or use a finite law (kind = \"grid\"): its rows do not grow with the size"),
        );
    }
}

fn law(wire: &Covariates, at: &Path, out: &mut Vec<Problem>) -> Option<CovariateLaw> {
    match wire {
        Covariates::Uniform { lower, upper } => corners(lower, upper, at, out)
            .then(|| CovariateLaw::Uniform { lower: lower.clone(), upper: upper.clone() }),
        Covariates::TruncatedNormal { mean, sd, lower, upper } => {
            let dim = lower.len();
            let fits = corners(lower, upper, at, out)
                && same_length("mean", mean.len(), dim, at, out)
                && same_length("sd", sd.len(), dim, at, out);
            for (i, value) in sd.iter().enumerate() {
                check::positive(*value, &at.key("sd").index(i), out);
            }
            bounded(mean, &at.key("mean"), out);
            let (mean, sd, lower, upper) = (mean.clone(), sd.clone(), lower.clone(), upper.clone());
            let law = CovariateLaw::TruncatedNormal { mean, sd, lower, upper };
            (fits && accepts(&law, at, out)).then_some(law)
        }
        Covariates::Grid { lower, upper, points } => {
            let fits = corners(lower, upper, at, out)
                && same_length("points", points.len(), lower.len(), at, out)
                && few_points(points, at, out);
            let points = points.iter().map(|p| *p as usize).collect();
            fits.then(|| CovariateLaw::Grid { lower: lower.clone(), upper: upper.clone(), points })
        }
        Covariates::Points { points, probabilities } => single_points(points, probabilities, at, out),
    }
}

/// Whether two corners span a box.
fn corners(lower: &[f64], upper: &[f64], at: &Path, out: &mut Vec<Problem>) -> bool {
    let before = out.len();
    if lower.is_empty() {
        let problem = Problem::error(Place::Value(at.key("lower")), "there is no covariate");
        out.push(problem.help("one number for each covariate, for example: lower = [-1, -1]"));
    }
    if same_length("upper", upper.len(), lower.len(), at, out) {
        for (i, (low, high)) in lower.iter().zip(upper).enumerate() {
            if low >= high {
                let message = format!("`lower` = {low} of covariate {i} is not below `upper` = {high}");
                out.push(Problem::error(Place::Value(at.key("lower").index(i)), message));
            }
        }
    }
    bounded(lower, &at.key("lower"), out);
    bounded(upper, &at.key("upper"), out);
    out.len() == before
}

fn bounded(values: &[f64], at: &Path, out: &mut Vec<Problem>) {
    for (i, value) in values.iter().enumerate().filter(|(_, v)| v.abs() > limit::COORDINATE) {
        let message = format!("{value} is above 10^6 in size");
        out.push(Problem::error(Place::Value(at.index(i)), message).help("rescale the covariates"));
    }
}

fn same_length(key: &str, length: usize, dim: usize, at: &Path, out: &mut Vec<Problem>) -> bool {
    if length != dim {
        let message = format!("`{key}` has {}, and `lower` has {dim}", counted(length, "entry"));
        out.push(Problem::error(Place::Value(at.key(key)), message).help("write one for each covariate"));
    }
    length == dim
}

fn few_points(points: &[u64], at: &Path, out: &mut Vec<Problem>) -> bool {
    let place = Place::Value(at.key("points"));
    if points.iter().any(|p| *p < 2) {
        let problem = Problem::error(place, "a grid needs at least 2 points along each axis");
        out.push(problem.help("for example: points = [21, 21]"));
        return false;
    }
    let total = points.iter().try_fold(1u64, |m, p| m.checked_mul(*p));
    if total.is_none_or(|total| total > limit::POINTS) {
        let total = total.map_or("more than 10^19".to_owned(), |t| t.to_string());
        let message = format!("this grid has {total} points, and {} are the most", limit::POINTS);
        let help = "every pass over the data visits every point: take fewer points, or a continuous law";
        out.push(Problem::error(place, message).help(help));
        return false;
    }
    true
}

fn accepts(law: &CovariateLaw, at: &Path, out: &mut Vec<Problem>) -> bool {
    let acceptance = sample::acceptance(law);
    if acceptance < sample::MIN_ACCEPTANCE {
        let least = sample::MIN_ACCEPTANCE;
        let message = format!(
            "a normal draw falls between `lower` and `upper` with probability {acceptance:.1e}, and {least:.0e} is the least"
        );
        let problem = Problem::error(Place::Value(at.key("mean")), message);
        out.push(problem.help("move `mean` towards the box, or raise `sd`"));
    }
    acceptance >= sample::MIN_ACCEPTANCE
}

fn single_points(
    rows: &[Vec<f64>],
    probabilities: &[f64],
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<CovariateLaw> {
    let before = out.len();
    let here = at.key("points");
    let dim = rows.first().map_or(0, Vec::len);
    if dim == 0 || rows.len() as u64 > limit::POINTS {
        let message =
            format!("there must be 1 to {} points, each with one entry for each covariate", limit::POINTS);
        let problem = Problem::error(Place::Value(here.clone()), message);
        out.push(problem.help("for example: points = [[-1, 0], [1, 0.5]]"));
    }
    for (i, row) in rows.iter().enumerate() {
        if row.len() != dim {
            let message = format!("point {i} has {}, and point 0 has {dim}", counted(row.len(), "entry"));
            out.push(Problem::error(Place::Value(here.index(i)), message));
        }
        bounded(row, &here.index(i), out);
    }
    if let Some((first, second)) = twins(rows) {
        let message = format!("point {second} is point {first} again");
        let problem = Problem::error(Place::Value(here.index(second)), message);
        out.push(problem.help("write each point once, with the sum of its probabilities"));
    }
    let probabilities = distribution(probabilities, rows.len(), &at.key("probabilities"), out);
    if out.len() > before {
        return None;
    }
    let points = Array2::from_shape_vec((rows.len(), dim), rows.concat()).ok()?;
    Some(CovariateLaw::Points { points, probabilities })
}

/// The first two points that are equal.
fn twins(rows: &[Vec<f64>]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| rows[*a].partial_cmp(&rows[*b]).unwrap_or(Ordering::Equal).then(a.cmp(b)));
    order.windows(2).find(|pair| rows[pair[0]] == rows[pair[1]]).map(|pair| (pair[0], pair[1]))
}

/// Probabilities that sum to one within 1e-12, divided by their sum.
fn distribution(values: &[f64], points: usize, at: &Path, out: &mut Vec<Problem>) -> Vec<f64> {
    if values.len() != points {
        let message = format!("{} for {}", counted(values.len(), "probability"), counted(points, "point"));
        out.push(Problem::error(Place::Value(at.clone()), message).help("write one for each point"));
        return Vec::new();
    }
    for (i, value) in values.iter().enumerate() {
        check::positive(*value, &at.index(i), out);
    }
    let total: f64 = values.iter().sum();
    if (total - 1.0).abs() > 1e-12 {
        let problem =
            Problem::error(Place::Value(at.clone()), format!("the probabilities sum to {total}, not to 1"));
        out.push(
            problem.help("write them with all their digits: a sum within 1e-12 of 1 is divided out, no more"),
        );
    }
    values.iter().map(|p| p / total).collect()
}
