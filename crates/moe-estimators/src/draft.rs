//! A draft of many rows: a lattice of covariate vectors with weights, on which sums over the rows are nearly the same.
//!
//! A sum Σ_i h(x_i, y_i) of a smooth h is replaced by Σ_g Σ_y w_gy h(x_g, y): h is interpolated between the nodes x_g
//! by cubics along each axis, and the weights gather what each row gives to its 4^d neighbours. They may be negative.
//! What a pass costs then no longer depends on n, so a search can look at leisure; where it ends, it takes but a few
//! passes over the rows themselves to the maximum of their own likelihood, which alone is what a fit reports.

use std::borrow::Cow;

use moe_core::dataset::Dataset;
use ndarray::Array2;

use crate::estimator::Problem;
use crate::rows::{PackedRows, points_pay};

/// Fewer rows are not drafted.
const FEWEST_ROWS: usize = 1600;

/// Rows for each node, at least.
const ROWS_PER_NODE: usize = 4;

/// Fewest and most nodes along an axis. With fewer, steep gates would fall between them; more found no more maxima.
const NODES: (usize, usize) = (20, 36);

/// Share of the rows between two neighbouring nodes of an axis, at most: with more, as where a few far covariates
/// stretch the axis, most of the data would be seen by a single cubic.
const FULLEST_GAP: f64 = 0.25;

/// What a logit of the box may change by between two neighbouring nodes, along all axes together. Steeper softmaxes are no
/// cubics between nodes: with more, maxima were found that only the draft has, and others were missed.
const STEEPEST: f64 = 3.0;

/// The draft of a data set; none where it would save little or be rough.
pub(crate) fn of(data: &Dataset, problem: &Problem) -> Option<PackedRows> {
    if data.rows() < FEWEST_ROWS || points_pay(data) {
        return None;
    }
    let lattice = Lattice::new(data, nodes(data)?)?;
    if lattice.steepest(problem.box_bound) > STEEPEST {
        return None;
    }
    let weights = lattice.weights(data)?;
    let all = lattice.size();
    let seen: Vec<usize> =
        (0..all).filter(|node| weights.iter().skip(*node).step_by(all).any(|w| *w != 0.0)).collect();
    let x = Array2::from_shape_fn((seen.len(), data.dim()), |(at, j)| lattice.coordinate(seen[at], j));
    let of_node =
        |node: &usize| (0..data.classes).map(|class| weights[class * all + node]).collect::<Vec<_>>();
    let of_nodes = seen.iter().flat_map(of_node).collect();
    Some(PackedRows::weighted(x.view(), problem.gate_map, data.size() as f64, of_nodes))
}

/// Nodes along each axis: as many as the rows pay for.
fn nodes(data: &Dataset) -> Option<usize> {
    let affordable = data.rows() / ROWS_PER_NODE;
    let dim = u32::try_from(data.dim()).ok()?;
    (NODES.0..=NODES.1).rev().find(|m| m.checked_pow(dim).is_some_and(|all| all <= affordable))
}

/// Equidistant nodes along each axis; the last axis varies fastest.
struct Lattice {
    nodes: usize,
    /// Range of each covariate.
    axes: Vec<(f64, f64)>,
    /// Nodes for each unit of a covariate.
    scales: Vec<f64>,
}

impl Lattice {
    /// None when a covariate is constant.
    fn new(data: &Dataset, nodes: usize) -> Option<Self> {
        let mut axes = vec![(f64::INFINITY, f64::NEG_INFINITY); data.dim()];
        for row in table(data).chunks_exact(data.dim()) {
            for ((lower, upper), x) in axes.iter_mut().zip(row) {
                *lower = if x < lower { *x } else { *lower };
                *upper = if x > upper { *x } else { *upper };
            }
        }
        let varies = |(lower, upper): &(f64, f64)| lower < upper && (upper - lower).is_finite();
        let scales = axes.iter().map(|(lower, upper)| (nodes - 1) as f64 / (upper - lower)).collect();
        axes.iter().all(varies).then_some(Self { nodes, axes, scales })
    }

    /// What a logit may change by between neighbouring nodes, its slopes in a box of half-width `bound`.
    fn steepest(&self, bound: f64) -> f64 {
        self.scales.iter().map(|nodes| bound / nodes).sum()
    }

    /// Number of nodes.
    fn size(&self) -> usize {
        self.nodes.pow(self.axes.len() as u32)
    }

    /// Coordinate `j` of a node.
    fn coordinate(&self, node: usize, j: usize) -> f64 {
        let at = node / self.nodes.pow((self.axes.len() - 1 - j) as u32) % self.nodes;
        let (lower, upper) = self.axes[j];
        (lower + (upper - lower) * (at as f64 / (self.nodes - 1) as f64)).min(upper)
    }

    /// Where `x` lies between the nodes of axis `j`, which are at 0, 1, 2 and so on.
    #[inline]
    fn place(&self, x: f64, j: usize) -> f64 {
        ((x - self.axes[j].0) * self.scales[j]).min((self.nodes - 1) as f64)
    }

    /// What the rows give to each node, class by class; none when too many of them lie between the same two nodes of
    /// an axis.
    fn weights(&self, data: &Dataset) -> Option<Vec<f64>> {
        let (d, all) = (self.axes.len(), self.size());
        let mut weights = vec![0.0; all * data.classes];
        let mut gaps = vec![0_usize; d * self.nodes];
        // Shares of the nodes along all axes but the last, whose nodes stand side by side.
        let mut shares = vec![(0, 0.0); 4_usize.pow(d as u32 - 1)];
        let table = table(data);
        let rows = table.chunks_exact(d).zip(&data.labels).zip(&data.counts);
        for ((row, label), count) in rows {
            shares[0] = (*label as usize, *count as f64);
            let mut filled = 1;
            for (j, x) in row.iter().enumerate() {
                let place = self.place(*x, j);
                gaps[j * self.nodes + place as usize] += 1;
                let first = (place as usize).saturating_sub(1).min(self.nodes - 4);
                let cubic = cubic(place - first as f64);
                if j + 1 < d {
                    spread(&mut shares, filled, |node| node * self.nodes + first, cubic);
                    filled *= 4;
                    continue;
                }
                for (node, share) in &shares {
                    let from = node * self.nodes + first;
                    for (weight, c) in weights[from..from + 4].iter_mut().zip(cubic) {
                        *weight += share * c;
                    }
                }
            }
        }
        let most = FULLEST_GAP * data.rows() as f64;
        gaps.into_iter().all(|rows| rows as f64 <= most).then_some(weights)
    }
}

/// Covariates, row by row.
fn table(data: &Dataset) -> Cow<'_, [f64]> {
    match data.x.as_slice() {
        Some(table) => Cow::Borrowed(table),
        None => Cow::Owned(data.x.iter().copied().collect()),
    }
}

/// Spreads each of the first `filled` shares over the four nodes of one more axis.
#[inline]
fn spread(shares: &mut [(usize, f64)], filled: usize, first: impl Fn(usize) -> usize, cubic: [f64; 4]) {
    for at in (0..filled).rev() {
        let (node, share) = shares[at];
        for (i, c) in cubic.into_iter().enumerate() {
            shares[4 * at + i] = (first(node) + i, share * c);
        }
    }
}

/// Weights of the cubic through 0, 1, 2, 3 at `t`.
fn cubic(t: f64) -> [f64; 4] {
    let [a, b, c] = [t - 1.0, t - 2.0, t - 3.0];
    let sixth = 1.0 / 6.0;
    [-sixth * a * b * c, 0.5 * t * b * c, -0.5 * t * a * c, sixth * t * a * b]
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::gate::GateMap;
    use moe_core::shape::Shape;

    use crate::likelihood::{Derivatives, Likelihood};
    use moe_core::stream::{Address, Purpose};

    /// Rows on a box, labels at random; the covariates of the first half lie on one side.
    fn data(rows: usize, dim: usize) -> Dataset {
        let address =
            Address { seed: 3, purpose: Purpose::Starts, content: [0; 32], size: 1, replication: 0 };
        let mut stream = address.indexed(rows as u64);
        let x = Array2::from_shape_fn((rows, dim), |(i, j)| {
            stream.between(-1.0 - j as f64, if 2 * i < rows { 0.0 } else { 2.0 })
        });
        let labels = (0..rows).map(|_| u32::from(stream.between(0.0, 1.0) < 0.3)).collect();
        Dataset { x, labels, counts: (0..rows as u64).map(|i| 1 + i % 3).collect(), classes: 2 }
    }

    fn problem(dim: usize, gate_map: GateMap, box_bound: f64) -> Problem {
        Problem { shape: Shape { experts: 3, classes: 2, dim }, gate_map, box_bound }
    }

    #[test]
    fn sums_of_cubics_are_those_of_the_rows() {
        let data = data(3000, 2);
        let nodes = nodes(&data).expect("enough rows");
        let lattice = Lattice::new(&data, nodes).expect("ranges");
        let weights = lattice.weights(&data).expect("no gap with most rows");
        let cubic = |x: f64, y: f64| (1.0 - x + 0.5 * x * x * x) * (2.0 + y * y - 0.3 * y * y * y);
        for class in 0..2 {
            let of_rows: f64 = (0..data.rows())
                .filter(|i| data.labels[*i] == class)
                .map(|i| data.counts[i] as f64 * cubic(data.x[[i, 0]], data.x[[i, 1]]))
                .sum();
            let of_nodes: f64 = (0..lattice.size())
                .map(|node| {
                    let value = cubic(lattice.coordinate(node, 0), lattice.coordinate(node, 1));
                    weights[class as usize * lattice.size() + node] * value
                })
                .sum();
            assert!((of_nodes / of_rows - 1.0).abs() < 1e-11, "class {class}: {of_nodes} {of_rows}");
        }
    }

    #[test]
    fn log_likelihood_and_derivatives_are_nearly_those_of_the_rows() {
        let data = data(20_000, 2);
        for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
            let mut rows = Likelihood::new(&data, 3, gate_map);
            let mut draft = Likelihood::draft(&data, &problem(2, gate_map, 10.0)).expect("a draft");
            assert!(8 * draft.rows().blocks() <= rows.rows().blocks());
            assert_eq!((rows.size(), rows.reach(10.0)), (draft.size(), draft.reach(10.0)));
            let at: Vec<f64> = (0..15).map(|i| [0.3, 3.0, -2.0, 1.0, 2.5][i % 5]).collect();
            let (mut exact, mut near) = (Derivatives::default(), Derivatives::default());
            rows.derivatives(&at, &mut exact);
            draft.derivatives(&at, &mut near);
            assert!(
                (near.value / exact.value - 1.0).abs() < 1e-4,
                "{gate_map:?}: {} {}",
                near.value,
                exact.value
            );
            let size = exact.score.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            for (near, exact) in near.score.iter().zip(&exact.score) {
                assert!((near - exact).abs() < 1e-3 * size, "{gate_map:?}: {near} {exact}");
            }
        }
    }

    #[test]
    fn only_many_rows_of_varying_covariates_in_small_boxes_are_drafted() {
        let drafted =
            |data: &Dataset, bound| of(data, &problem(data.dim(), GateMap::Identity, bound)).is_some();
        assert!(drafted(&data(FEWEST_ROWS, 2), 5.0));
        assert!(!drafted(&data(FEWEST_ROWS - 1, 2), 5.0));
        assert!(!drafted(&data(5000, 3), 5.0), "too few rows for so many axes");
        assert!(!drafted(&data(5000, 40), 5.0));
        assert!(!drafted(&data(FEWEST_ROWS, 2), 50.0), "softmaxes that fall between the nodes");
        let mut constant = data(5000, 2);
        constant.x.column_mut(1).fill(1.0);
        assert!(!drafted(&constant, 5.0));
        let mut repeated = data(5000, 2);
        repeated.x.fill(1.0);
        assert!(!drafted(&repeated, 5.0), "points already");
        let mut stretched = data(5000, 2);
        stretched.x[[7, 1]] = 1e3;
        assert!(!drafted(&stretched, 5.0), "nearly all rows between two nodes");
        stretched.x[[7, 1]] = f64::MAX;
        assert!(!drafted(&stretched, 5.0));
    }
}
