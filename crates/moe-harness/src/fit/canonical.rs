//! Labels of experts mean nothing, so a fit gets the same ones from whatever start it was found.

use moe_core::dataset::Dataset;
use moe_core::measure::MixingMeasure;
use moe_core::model::gate_probabilities;
use moe_estimators::estimator::Problem;

/// The measure with its experts by falling share of the data, that is, by mean gate probability. The
/// reference, which comes last, is the largest one under which all parameters lie inside the box; where a
/// gate coordinate stands at the box, the reference stays as it was found.
pub(super) fn order(measure: &MixingMeasure, data: &Dataset, problem: &Problem) -> MixingMeasure {
    let experts = measure.shape().experts;
    let shares = shares(measure, data, problem);
    let mut by_share: Vec<usize> = (0..experts).collect();
    by_share.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then(a.cmp(b)));
    let gates = measure.shape().gate_rows() * measure.shape().row();
    let inside = |reference: usize| {
        let parameters = measure.parameters_pinned_at(reference);
        parameters[..gates].iter().all(|v| v.abs() < problem.box_bound)
    };
    let reference = if inside(experts - 1) {
        by_share.iter().copied().find(|i| inside(*i)).unwrap_or(experts - 1)
    } else {
        experts - 1
    };
    let mut order: Vec<usize> = by_share.into_iter().filter(|i| *i != reference).collect();
    order.push(reference);
    let atoms = order.iter().map(|i| measure.atoms()[*i].clone()).collect();
    let shape = measure.shape();
    let ordered = MixingMeasure::new(shape.classes, shape.dim, atoms);
    MixingMeasure::from_parameters(shape, &ordered.parameters())
}

/// Mean gate probability of each expert over the data.
pub(super) fn shares(measure: &MixingMeasure, data: &Dataset, problem: &Problem) -> Vec<f64> {
    let size = data.size() as f64;
    let mut shares = vec![0.0; measure.shape().experts];
    for (x, count) in data.x.rows().into_iter().zip(&data.counts) {
        let m: Vec<f64> = x.iter().map(|v| problem.gate_map.apply(*v)).collect();
        for (share, gate) in shares.iter_mut().zip(gate_probabilities(measure, &m)) {
            *share += gate * *count as f64 / size;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::gate::GateMap;
    use moe_core::shape::Shape;
    use ndarray::Array2;

    /// Three experts in every order of labels and under every reference are one fit.
    #[test]
    fn labels_of_experts_do_not_matter() {
        let shape = Shape { experts: 3, classes: 2, dim: 1 };
        let parameters = [0.5, 1.0, -1.5, 0.25, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5];
        let measure = MixingMeasure::from_parameters(shape, &parameters);
        let x = Array2::from_shape_vec((5, 1), vec![-1.0, -0.5, 0.0, 0.5, 1.0]).unwrap();
        let data = Dataset { x, labels: vec![0, 1, 0, 1, 1], counts: vec![1; 5], classes: 2 };
        let problem = Problem { shape, gate_map: GateMap::Identity, box_bound: 5.0 };
        let ordered = order(&measure, &data, &problem).parameters();
        let found = shares(&MixingMeasure::from_parameters(shape, &ordered), &data, &problem);
        assert!(found[2] > found[0] && found[0] > found[1], "the reference is the largest: {found:?}");
        for reference in 0..3 {
            let other = MixingMeasure::from_parameters(shape, &measure.parameters_pinned_at(reference));
            for (a, b) in order(&other, &data, &problem).parameters().iter().zip(&ordered) {
                assert!((a - b).abs() < 1e-12, "{a} and {b}");
            }
        }
    }
}
