//! A draft of many rows: a lattice of covariate vectors with weights, on which sums over the rows are nearly the same.
//!
//! A sum Σ_i h(x_i, y_i) of a smooth h is replaced by Σ_g Σ_y w_gy h(x_g, y): h is interpolated between the nodes x_g
//! by cubics along each axis, and the weights gather what each row gives to its 4^d neighbours. They may be negative.
//! What a pass costs then no longer depends on n, so a search can look at leisure; where it ends, it takes but a few
//! passes over the rows themselves to the maximum of their own likelihood, which alone is what a fit reports.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use ndarray::Array2;

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

/// The draft of a data set; none where it would save little or be rough.
pub(crate) fn of(data: &Dataset, gate_map: GateMap) -> Option<PackedRows> {
    if data.rows() < FEWEST_ROWS || points_pay(data) {
        return None;
    }
    let nodes = nodes(data)?;
    let axes: Vec<Axis> = (0..data.dim()).map(|j| Axis::new(data, j, nodes)).collect::<Option<_>>()?;
    let lattice = Lattice { nodes, axes };
    let mut weights = lattice.weights(data);
    let seen: Vec<usize> = (0..weights.len() / data.classes)
        .filter(|node| weights[node * data.classes..][..data.classes].iter().any(|w| *w != 0.0))
        .collect();
    let x = Array2::from_shape_fn((seen.len(), data.dim()), |(at, j)| lattice.coordinate(seen[at], j));
    for (at, node) in seen.iter().enumerate() {
        weights.copy_within(node * data.classes..(node + 1) * data.classes, at * data.classes);
    }
    weights.truncate(seen.len() * data.classes);
    Some(PackedRows::weighted(x.view(), gate_map, data.size() as f64, weights))
}

/// Nodes along each axis: as many as the rows pay for.
fn nodes(data: &Dataset) -> Option<usize> {
    let affordable = data.rows() / ROWS_PER_NODE;
    let dim = u32::try_from(data.dim()).ok()?;
    (NODES.0..=NODES.1).rev().find(|m| m.checked_pow(dim).is_some_and(|all| all <= affordable))
}

/// Equidistant nodes over the range of a covariate.
struct Axis {
    lower: f64,
    upper: f64,
    nodes: usize,
}

impl Axis {
    /// None for a constant, and for covariates of which too many lie between the same two nodes.
    fn new(data: &Dataset, j: usize, nodes: usize) -> Option<Self> {
        let column = data.x.column(j);
        let lower = column.iter().copied().fold(f64::INFINITY, f64::min);
        let upper = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let axis = Self { lower, upper, nodes };
        (lower < upper && (upper - lower).is_finite() && axis.fullest_gap(data, j) <= FULLEST_GAP)
            .then_some(axis)
    }

    /// The largest share of the rows between two neighbouring nodes.
    fn fullest_gap(&self, data: &Dataset, j: usize) -> f64 {
        let mut rows = vec![0_u32; self.nodes];
        for x in data.x.column(j) {
            rows[self.place(*x) as usize] += 1;
        }
        rows.iter().copied().max().map_or(0.0, f64::from) / data.rows() as f64
    }

    /// Where `x` lies between the nodes, which are at 0, 1, 2 and so on.
    fn place(&self, x: f64) -> f64 {
        (x - self.lower) / (self.upper - self.lower) * (self.nodes - 1) as f64
    }

    /// Coordinate of a node.
    fn coordinate(&self, node: usize) -> f64 {
        let share = node as f64 / (self.nodes - 1) as f64;
        (self.lower + (self.upper - self.lower) * share).min(self.upper)
    }
}

/// Equidistant nodes along each axis; the last axis varies fastest.
struct Lattice {
    nodes: usize,
    axes: Vec<Axis>,
}

impl Lattice {
    /// Coordinate `j` of a node.
    fn coordinate(&self, node: usize, j: usize) -> f64 {
        let at = node / self.nodes.pow((self.axes.len() - 1 - j) as u32) % self.nodes;
        self.axes[j].coordinate(at)
    }

    /// What the rows give to each node and class.
    fn weights(&self, data: &Dataset) -> Vec<f64> {
        let mut weights = vec![0.0; self.nodes.pow(self.axes.len() as u32) * data.classes];
        let mut shares = Vec::with_capacity(4_usize.pow(self.axes.len() as u32));
        let rows = data.x.rows().into_iter().zip(&data.labels).zip(&data.counts);
        for ((x, label), count) in rows {
            shares.clear();
            shares.push((0, *count as f64));
            for (x, axis) in x.iter().zip(&self.axes) {
                self.spread(axis, *x, &mut shares);
            }
            for (node, share) in &shares {
                weights[node * data.classes + *label as usize] += share;
            }
        }
        weights
    }

    /// Spreads each share over the four nodes of one more axis.
    fn spread(&self, axis: &Axis, x: f64, shares: &mut Vec<(usize, f64)>) {
        let place = axis.place(x);
        let first = (place as usize).saturating_sub(1).min(self.nodes - 4);
        let cubic = cubic(place - first as f64);
        for at in 0..shares.len() {
            let (node, share) = shares[at];
            for (i, c) in cubic.iter().enumerate() {
                let spread = (node * self.nodes + first + i, share * c);
                if i == 0 { shares[at] = spread } else { shares.push(spread) }
            }
        }
    }
}

/// Weights of the cubic through 0, 1, 2, 3 at `t`.
fn cubic(t: f64) -> [f64; 4] {
    let [a, b, c] = [t - 1.0, t - 2.0, t - 3.0];
    [-a * b * c / 6.0, t * b * c / 2.0, -t * a * c / 2.0, t * a * b / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn sums_of_cubics_are_those_of_the_rows() {
        let data = data(3000, 2);
        let nodes = nodes(&data).expect("enough rows");
        let axes = (0..2).map(|j| Axis::new(&data, j, nodes).expect("a range")).collect();
        let lattice = Lattice { nodes, axes };
        let weights = lattice.weights(&data);
        let cubic = |x: f64, y: f64| (1.0 - x + 0.5 * x * x * x) * (2.0 + y * y - 0.3 * y * y * y);
        for class in 0..2 {
            let of_rows: f64 = (0..data.rows())
                .filter(|i| data.labels[*i] == class)
                .map(|i| data.counts[i] as f64 * cubic(data.x[[i, 0]], data.x[[i, 1]]))
                .sum();
            let of_nodes: f64 = (0..weights.len() / 2)
                .map(|node| {
                    let value = cubic(lattice.coordinate(node, 0), lattice.coordinate(node, 1));
                    weights[2 * node + class as usize] * value
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
            let mut draft = Likelihood::draft(&data, 3, gate_map).expect("a draft");
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
    fn only_many_rows_of_varying_covariates_are_drafted() {
        assert!(of(&data(FEWEST_ROWS, 2), GateMap::Identity).is_some());
        assert!(of(&data(FEWEST_ROWS - 1, 2), GateMap::Identity).is_none());
        assert!(of(&data(5000, 3), GateMap::Identity).is_none(), "too few rows for so many axes");
        assert!(of(&data(5000, 40), GateMap::Identity).is_none());
        let mut constant = data(5000, 2);
        constant.x.column_mut(1).fill(1.0);
        assert!(of(&constant, GateMap::Identity).is_none());
        let mut repeated = data(5000, 2);
        repeated.x.fill(1.0);
        assert!(of(&repeated, GateMap::Identity).is_none(), "points already");
        let mut stretched = data(5000, 2);
        stretched.x[[7, 1]] = 1e3;
        assert!(of(&stretched, GateMap::Identity).is_none(), "nearly all rows between two nodes");
        stretched.x[[7, 1]] = f64::MAX;
        assert!(of(&stretched, GateMap::Identity).is_none());
    }
}
