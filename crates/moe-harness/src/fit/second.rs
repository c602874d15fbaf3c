//! The next best maximum that a fit has found: how far behind the best one it is, and how it differs from it.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::model::class_probabilities;
use moe_estimators::stop::StopReason;

/// Most experts that are numbered by trying every order.
const EVERY_ORDER: usize = 6;

/// The next best maximum.
#[derive(Clone, Debug, PartialEq)]
pub struct Second {
    /// The mixing measure, its experts numbered so that its parameters are nearest to those of the best fit.
    pub measure: MixingMeasure,
    /// Total log-likelihood, in nats.
    pub log_likelihood: f64,
    /// Nats between the best fit and this one.
    pub gap: f64,
    /// Starts that ended there.
    pub starts: u32,
    /// Why the first of them ended.
    pub stop: StopReason,
    /// Largest difference between a fitted class probability of the two, over all rows and classes.
    pub probabilities: f64,
}

/// Where the starts of the next best value ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RunnerUp {
    pub(super) parameters: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) gap: f64,
    pub(super) starts: u32,
    pub(super) stop: StopReason,
}

impl Second {
    pub(super) fn new(runner: RunnerUp, best: &MixingMeasure, data: &Dataset, map: GateMap) -> Self {
        let measure = numbered_like(best, &MixingMeasure::from_parameters(best.shape(), &runner.parameters));
        Self {
            probabilities: difference(best, &measure, data, map),
            measure,
            log_likelihood: runner.log_likelihood,
            gap: runner.gap,
            starts: runner.starts,
            stop: runner.stop,
        }
    }
}

/// A measure with its experts in the order in which its pinned parameters are nearest to those of another; as it is where
/// there are too many experts to try.
fn numbered_like(other: &MixingMeasure, measure: &MixingMeasure) -> MixingMeasure {
    let shape = measure.shape();
    let wanted = other.parameters();
    let in_order = |order: &[usize]| {
        let atoms = order.iter().map(|i| measure.atoms()[*i].clone()).collect();
        let moved = MixingMeasure::new(shape.classes, shape.dim, atoms);
        MixingMeasure::from_parameters(shape, &moved.parameters())
    };
    let distance = |found: &MixingMeasure| {
        found.parameters().iter().zip(&wanted).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
    };
    if shape.experts > EVERY_ORDER {
        return measure.clone();
    }
    let all = orders(shape.experts).into_iter().map(|order| in_order(&order));
    let nearest = all.reduce(|a, b| if distance(&b) < distance(&a) { b } else { a });
    nearest.unwrap_or_else(|| measure.clone())
}

/// Every order of so many things, the natural one first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        let longer = |order: &Vec<usize>| {
            let order = order.clone();
            let next = (0..count).filter(|i| !order.contains(i)).collect::<Vec<_>>();
            next.into_iter().map(move |i| [order.as_slice(), &[i]].concat())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

fn difference(a: &MixingMeasure, b: &MixingMeasure, data: &Dataset, map: GateMap) -> f64 {
    let (mut of_a, mut of_b) = (vec![0.0; data.classes], vec![0.0; data.classes]);
    let mut largest = 0.0_f64;
    for x in data.x.rows() {
        let x = x.to_vec();
        let mapped = map.apply_all(&x);
        class_probabilities(a, &x, &mapped, &mut of_a);
        class_probabilities(b, &x, &mapped, &mut of_b);
        largest = of_a.iter().zip(&of_b).map(|(p, q)| (p - q).abs()).fold(largest, f64::max);
    }
    largest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use moe_core::shape::Shape;
    use ndarray::Array2;

    #[test]
    fn every_order_stands_once() {
        assert_eq!(orders(1), [[0]]);
        assert_eq!(orders(3)[0], [0, 1, 2]);
        for (count, number) in [(2, 2), (3, 6), (4, 24)] {
            let all = orders(count);
            let different: BTreeSet<_> = all.iter().collect();
            assert_eq!((all.len(), different.len()), (number, number));
            for order in all {
                let things: BTreeSet<_> = order.iter().copied().collect();
                assert!(order.len() == count && things.into_iter().eq(0..count), "{order:?}");
            }
        }
    }

    /// A measure whose experts are numbered otherwise is itself again, and has the same probabilities.
    #[test]
    fn experts_are_numbered_like_those_of_the_best_fit() {
        let shape = Shape { experts: 3, classes: 2, dim: 1 };
        let best =
            MixingMeasure::from_parameters(shape, &[0.5, 1.0, -1.5, 0.25, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5]);
        let atoms = [2, 0, 1].map(|i| best.atoms()[i].clone()).to_vec();
        let turned = MixingMeasure::new(2, 1, atoms);
        let found = numbered_like(&best, &turned);
        assert!(found.parameters().iter().zip(best.parameters()).all(|(a, b)| (a - b).abs() < 1e-12));
        let x = Array2::from_shape_vec((3, 1), vec![-1.0, 0.0, 1.0]).unwrap();
        let data = Dataset { x, labels: vec![0, 1, 0], counts: vec![1; 3], classes: 2 };
        assert!(difference(&best, &turned, &data, GateMap::Identity) < 1e-12);
        let flat = MixingMeasure::from_parameters(shape, &[0.0; 10]);
        assert!(difference(&best, &flat, &data, GateMap::Identity) > 0.1);
    }
}
