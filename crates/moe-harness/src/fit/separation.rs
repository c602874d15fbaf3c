//! Classes that a plane separates: then the likelihood has no maximum without the box.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::dot;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::newton::Ascent;
use moe_estimators::stop::StopRule;
use ndarray::{Array2, Axis};

use crate::table::Scale;

/// Newton steps at most. Along a direction of separation each adds about one to the logits.
const STEPS: u32 = 200;
/// The log-likelihood (nats) gains less than this in a step …
const GAIN: f64 = 1e-7;
/// … that moves some row's logit by this or more: the maximum is at infinity.
const MOVE: f64 = 0.5;

/// How a class stands to all the others together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separation {
    /// A plane in the covariates has the class on one side and all other rows on the other.
    Complete,
    /// The same, but some rows of both sides lie on the plane.
    Partial,
}

/// The classes that a plane separates from all others, completely or partially (Albert and Anderson 1984).
///
/// The logistic regression of "this class" on the covariates is ascended without a wall. A finite maximum is
/// approached quadratically; where there is none, steps stay as long as they were while the likelihood
/// stands still. Moving every expert's coefficients of such a class along that direction raises the
/// likelihood of any mixture, too, so none has a maximum without the box.
pub fn separated_classes(data: &Dataset) -> Vec<(usize, Separation)> {
    // With two classes, one side is the other's mirror.
    let classes = if data.classes == 2 { 1 } else { data.classes };
    let x = standardized(data);
    (0..classes).filter_map(|class| Some((class, separation(data, &x, class)?))).collect()
}

/// For each class but the last, whether only the box holds its contrast with the last back, in the model with one expert:
/// one of the two is among the `separated` classes, or is separated from what is left without those that are completely so.
/// Rows of the latter tell nothing of the other contrasts.
pub fn boundless_contrasts(data: &Dataset, separated: &[(usize, Separation)]) -> Vec<bool> {
    let reference = data.classes - 1;
    let mut apart = vec![false; data.classes];
    let (mut rest, mut found) = (data.clone(), separated.to_vec());
    while !found.is_empty() {
        found.iter().for_each(|(class, _)| apart[*class] = true);
        let gone = |class: usize| found.contains(&(class, Separation::Complete));
        let left = without(&rest, gone);
        if apart[reference] || left.rows() == rest.rows() {
            break;
        }
        rest = left;
        found = separated_classes(&rest);
        found.retain(|(class, _)| !apart[*class] && rest.labels.contains(&(*class as u32)));
    }
    let all = apart[reference];
    apart[..reference].iter().map(|apart| all || *apart).collect()
}

/// The rows of the other classes.
fn without(data: &Dataset, gone: impl Fn(usize) -> bool) -> Dataset {
    let kept: Vec<usize> = (0..data.rows()).filter(|row| !gone(data.labels[*row] as usize)).collect();
    Dataset {
        x: data.x.select(Axis(0), &kept),
        labels: kept.iter().map(|row| data.labels[*row]).collect(),
        counts: kept.iter().map(|row| data.counts[*row]).collect(),
        classes: data.classes,
    }
}

/// Covariates with mean 0 and standard deviation 1: separation does not depend on units, ascents do.
fn standardized(data: &Dataset) -> Array2<f64> {
    let mut x = data.x.clone();
    for mut column in x.columns_mut() {
        let scale = Scale::of(column.iter(), &data.counts);
        if scale.sd > 0.0 {
            column.mapv_inplace(|v| scale.standardized(v));
        }
    }
    x
}

fn separation(data: &Dataset, x: &Array2<f64>, class: usize) -> Option<Separation> {
    let labels: Vec<u32> = data.labels.iter().map(|y| u32::from(*y as usize != class)).collect();
    let binary = Dataset { x: x.clone(), labels, counts: data.counts.clone(), classes: 2 };
    let mut likelihood = Likelihood::new(&binary, 1, GateMap::Identity);
    let mut ascent = Ascent::new(&mut likelihood, &vec![0.0; x.ncols() + 1], 1e6);
    let rule = StopRule { score: 0.0, gain: 0.0, iterations: STEPS };
    while ascent.stopped().is_none() {
        let (value, before) = (ascent.value(), ascent.parameters().to_vec());
        ascent.advance(&mut likelihood, &rule, 1);
        let step: Vec<f64> = ascent.parameters().iter().zip(&before).map(|(a, b)| a - b).collect();
        if ascent.value() - value < GAIN {
            let moves: Vec<f64> =
                binary.x.rows().into_iter().map(|row| logit(&step, &row.to_vec())).collect();
            if moves.iter().all(|m| m.abs() < MOVE) {
                return None;
            }
            let forward = |(m, y): (&f64, &u32)| if *y == 0 { *m } else { -*m };
            let complete = moves.iter().zip(&binary.labels).all(|pair| forward(pair) > 0.1 * MOVE);
            return Some(if complete { Separation::Complete } else { Separation::Partial });
        }
    }
    None
}

fn logit(row: &[f64], x: &[f64]) -> f64 {
    row[0] + dot(&row[1..], x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(x: &[f64], labels: &[u32], classes: usize, expected: &[(usize, Separation)]) {
        let dim = x.len() / labels.len();
        let x = Array2::from_shape_vec((labels.len(), dim), x.to_vec()).unwrap();
        let counts = vec![1; labels.len()];
        let data = Dataset { x, labels: labels.to_vec(), counts, classes };
        assert_eq!(separated_classes(&data), expected);
    }

    #[test]
    fn one_covariate() {
        use Separation::{Complete, Partial};
        check(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1], 2, &[(0, Complete)]);
        check(&[1.0, 3.0, 3.0, 4.0], &[0, 0, 1, 1], 2, &[(0, Partial)]);
        check(&[1.0, 3.0, 2.0, 4.0], &[0, 0, 1, 1], 2, &[]);
        // In units a million times as large, and far from 0.
        check(&[5e6, 5.000001e6, 5.000002e6, 5.000003e6], &[0, 0, 1, 1], 2, &[(0, Complete)]);
        // Of three classes in a row the middle one cannot be told from the others by one point.
        check(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[0, 0, 1, 1, 2, 2], 3, &[(0, Complete), (2, Complete)]);
        check(&[1.0, 2.0, 3.0, 4.0, 3.5, 6.0], &[0, 0, 1, 1, 2, 2], 3, &[(0, Complete)]);
    }

    #[track_caller]
    fn check_contrasts(x: &[f64], labels: &[u32], expected: &[bool]) {
        let x = Array2::from_shape_vec((labels.len(), 1), x.to_vec()).unwrap();
        let classes = expected.len() + 1;
        let data = Dataset { x, labels: labels.to_vec(), counts: vec![1; labels.len()], classes };
        assert_eq!(boundless_contrasts(&data, &separated_classes(&data)), expected);
    }

    #[test]
    fn contrasts_of_separated_classes() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        check_contrasts(&x, &[0, 1, 0, 1, 0, 1, 0, 1], &[false]);
        check_contrasts(&x, &[0, 0, 0, 0, 1, 1, 1, 1], &[true]);
        check_contrasts(&x, &[0, 0, 1, 2, 1, 2, 1, 2], &[true, false]);
        check_contrasts(&x, &[1, 1, 0, 2, 0, 2, 0, 2], &[false, true]);
        // The reference is separated.
        check_contrasts(&x, &[2, 2, 0, 1, 0, 1, 0, 1], &[true, true]);
        // The second class stands between others, and at the end once the first is gone.
        check_contrasts(&x, &[0, 0, 1, 1, 2, 3, 2, 3], &[true, true, false]);
        // A row on the plane still tells something of the others.
        check_contrasts(&[1.0, 3.0, 3.0, 3.0, 4.0, 5.0, 6.0, 7.0], &[0, 0, 1, 2, 1, 2, 1, 2], &[true, false]);
    }

    #[test]
    fn two_covariates() {
        // Neither covariate separates, their sum does; with one row on the wrong side nothing does.
        let x = [0.0, 0.0, 1.0, -1.2, -1.0, 0.8, 2.0, -1.5, 1.0, 0.0, -1.0, 1.5];
        check(&x, &[0, 0, 0, 1, 1, 1], 2, &[(0, Separation::Complete)]);
        check(&x, &[0, 1, 0, 1, 0, 1], 2, &[]);
        // A covariate that is 1 in rows of one class only, beside one that tells nothing.
        let x = [0.0, 1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 1.0, 2.5, 1.0, 3.5];
        check(&x, &[0, 1, 0, 1, 1, 1], 2, &[(0, Separation::Partial)]);
    }
}
