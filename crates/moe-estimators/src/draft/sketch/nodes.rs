//! How many nodes a sketch has, and where there is none.

use moe_core::gate::GateMap;

use crate::draft::gather::cubics;
use crate::estimator::Problem;

/// Fewest nodes in all: a pass over fewer points takes no longer than the step after it.
const FEWEST_NODES: usize = 160;

/// Covariate vectors for each node, at least: with fewer, little would be saved.
const VECTORS_PER_NODE: f64 = 2.0;

/// Observations for each node, at least: residuals of a few are no noise that cubics smooth, and steep experts that hold them
/// apart are maxima which a sketch of them has not.
const OBSERVATIONS_PER_NODE: f64 = 10.0;

/// What the logit of a class may change by between two neighbouring nodes of an axis, in the box.
const STEEPEST: f64 = 1.75;

/// The same of the logit of a gate under a gate map; steeper ones were not tried.
const STEEPEST_GATE: f64 = 3.0 * STEEPEST;

/// What the logit of a gate may be off by where the gate map is taken by cubics between the nodes.
const OFF: f64 = 0.1;

/// Nodes along each axis for covariate vectors and observations with these ranges: as few as the box allows. None where they
/// would be too many, or do not hold the gate map.
pub(super) fn along_each_axis(
    ranges: &[(f64, f64)],
    problem: &Problem,
    vectors: usize,
    size: f64,
) -> Option<usize> {
    let Problem { gate_map, box_bound, .. } = *problem;
    let axes = ranges.len() as u32;
    let steepest = ranges.iter().fold(0.0_f64, |most, (lower, upper)| most.max(box_bound * (upper - lower)));
    let fewest = (4..FEWEST_NODES).find(|nodes| nodes.saturating_pow(axes) >= FEWEST_NODES);
    let nodes = ((steepest / STEEPEST).ceil() as usize).saturating_add(1).max(fewest.unwrap_or(FEWEST_NODES));
    let all = nodes.checked_pow(axes)? as f64;
    let pays = all * VECTORS_PER_NODE <= vectors as f64 && all * OBSERVATIONS_PER_NODE <= size;
    (pays && ranges.iter().all(|range| hold(nodes, *range, gate_map, box_bound))).then_some(nodes)
}

/// Whether gates are neither too steep for the nodes of an axis, nor bent between them otherwise than cubics.
fn hold(nodes: usize, (lower, upper): (f64, f64), gate_map: GateMap, bound: f64) -> bool {
    let logit = |at: f64| bound * gate_map.apply(lower + (upper - lower) * (at / (nodes - 1) as f64));
    (0..nodes - 1).all(|gap| {
        let first = gap.saturating_sub(1).min(nodes - 4);
        let middle = gap as f64 + 0.5;
        let weights = cubics(middle - first as f64 - 1.5);
        let by_cubics: f64 =
            weights.iter().zip(first..).map(|(weight, node)| weight * logit(node as f64)).sum();
        let change = logit((gap + 1) as f64) - logit(gap as f64);
        (logit(middle) - by_cubics).abs() <= OFF && change.abs() <= STEEPEST_GATE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::shape::Shape;

    #[test]
    fn gate_maps_that_bend_between_the_nodes_are_not_sketched() {
        let square = [(-1.0, 1.0); 2];
        let nodes = |ranges: &[(f64, f64)], gate_map, box_bound| {
            let shape = Shape { experts: 3, classes: 2, dim: ranges.len() };
            along_each_axis(ranges, &Problem { shape, gate_map, box_bound }, 1_000_000, 1e9)
        };
        for gate_map in [GateMap::Identity, GateMap::Sin(3.0), GateMap::Tanh(2.0), GateMap::Power(3)] {
            assert_eq!(nodes(&square, gate_map, 10.0), Some(13), "{gate_map:?}");
        }
        for gate_map in [GateMap::Sin(12.0), GateMap::Cos(6.0), GateMap::Tanh(8.0)] {
            assert_eq!(nodes(&square, gate_map, 10.0), None, "{gate_map:?}");
        }
        assert_eq!(nodes(&[(-2.0, 2.0); 2], GateMap::Sin(6.0), 5.0), None);
        assert_eq!(nodes(&[(-5.0, 5.0); 2], GateMap::Power(2), 2.0), None, "a gate that is too steep");
        assert_eq!(nodes(&square, GateMap::Identity, 20.0), Some(24), "a wider box");
        assert_eq!(nodes(&square[..1], GateMap::Identity, 10.0), Some(160), "one axis");
        assert_eq!(nodes(&[square[0]; 3], GateMap::Identity, 10.0), Some(13), "three");
        assert_eq!(nodes(&[square[0]; 40], GateMap::Identity, 10.0), None);
        assert_eq!(nodes(&square, GateMap::Identity, f64::INFINITY), None);
        assert_eq!(nodes(&[(f64::NAN, f64::NAN)], GateMap::Identity, 10.0), None);
    }
}
