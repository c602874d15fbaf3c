//! A draft of many rows: a lattice of covariate vectors with weights, on which sums over the rows are nearly the same.
//!
//! A sum Σ_i h(x_i, y_i) of a smooth h is replaced by Σ_g Σ_y w_gy h(x_g, y): h is interpolated between the nodes x_g
//! by cubics along each axis, and the weights gather what each row gives to its 4^d neighbours. They may be negative.
//! What a pass costs then no longer depends on n, so a search can look at leisure; where it ends, it takes but a few
//! passes over the rows themselves to the maximum of their own likelihood, which alone is what a fit reports.

use moe_core::numeric::{LANES, Lanes};
use ndarray::Array2;

use crate::estimator::Problem;
use crate::kernel::{ZERO, each, fused, zip};
use crate::rows::PackedRows;

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

/// The draft of rows; none where it would save little or be rough.
pub(crate) fn of(rows: &PackedRows, problem: &Problem, arch: pulp::Arch) -> Option<PackedRows> {
    if rows.vectors() < FEWEST_ROWS || rows.are_points() {
        return None;
    }
    let lattice = Lattice::new(rows, nodes(rows)?)?;
    if lattice.steepest(problem.box_bound) > STEEPEST {
        return None;
    }
    let classes = problem.shape.classes;
    let mut sums = Sums::new(&lattice, classes);
    arch.dispatch(Gather { rows, lattice: &lattice, sums: &mut sums });
    if sums.fullest_gap(&lattice) as f64 > FULLEST_GAP * rows.vectors() as f64 {
        return None;
    }
    let all = lattice.size();
    let of_node = |node: usize| (0..classes).map(move |class| class * all + node);
    let seen: Vec<usize> = (0..all).filter(|node| of_node(*node).any(|at| sums.weights[at] != 0.0)).collect();
    if seen.is_empty() {
        return None;
    }
    let x = Array2::from_shape_fn((seen.len(), rows.dim), |(at, j)| lattice.coordinate(seen[at], j));
    let weights: Vec<f64> = seen.iter().flat_map(|node| of_node(*node)).map(|at| sums.weights[at]).collect();
    Some(PackedRows::weighted(x.view(), problem.gate_map, rows.size, &weights))
}

/// Nodes along each axis: as many as the rows pay for.
fn nodes(rows: &PackedRows) -> Option<usize> {
    let affordable = rows.vectors() / ROWS_PER_NODE;
    let dim = u32::try_from(rows.dim).ok()?;
    (NODES.0..=NODES.1).rev().find(|m| m.checked_pow(dim).is_some_and(|all| all <= affordable))
}

/// Equidistant nodes along each axis; the last axis varies fastest.
struct Lattice {
    nodes: usize,
    /// Range of each covariate.
    axes: Vec<(f64, f64)>,
    /// Nodes for each unit of a covariate.
    scales: Vec<f64>,
    /// How far apart neighbours along each axis stand.
    strides: Vec<usize>,
}

impl Lattice {
    /// None when a covariate is constant, or its range cannot be divided.
    fn new(rows: &PackedRows, nodes: usize) -> Option<Self> {
        let d = rows.dim;
        let axes = rows.x_range.clone();
        let scales: Vec<f64> =
            axes.iter().map(|(lower, upper)| (nodes - 1) as f64 / (upper - lower)).collect();
        let strides = (0..d).rev().map(|later| nodes.pow(later as u32)).collect();
        // Neither constant nor so narrow or wide that places between nodes are no numbers.
        scales.iter().all(|scale| *scale > 0.0 && scale.is_finite()).then_some(Self {
            nodes,
            axes,
            scales,
            strides,
        })
    }

    /// What a logit may change by between neighbouring nodes, its slopes in a box of half-width `bound`.
    fn steepest(&self, bound: f64) -> f64 {
        self.scales.iter().map(|nodes| bound / nodes).sum()
    }

    /// Number of nodes.
    fn size(&self) -> usize {
        self.nodes.pow(self.axes.len() as u32)
    }

    /// How far the nodes that a row gives to are from the first of them, along all axes but the last.
    fn offsets(&self) -> Vec<usize> {
        let earlier = &self.strides[..self.strides.len() - 1];
        earlier.iter().fold(vec![0], |offsets, stride| {
            offsets.iter().flat_map(|offset| (0..4).map(move |i| offset + i * stride)).collect()
        })
    }

    /// Coordinate `j` of a node.
    fn coordinate(&self, node: usize, j: usize) -> f64 {
        let at = node / self.strides[j] % self.nodes;
        let (lower, upper) = self.axes[j];
        (lower + (upper - lower) * (at as f64 / (self.nodes - 1) as f64)).min(upper)
    }
}

/// What the rows give.
struct Sums {
    /// To each node, class by class.
    weights: Vec<f64>,
    /// Rows in each cell of the lattice, named by the node at its lower end.
    rows: Vec<u32>,
}

impl Sums {
    fn new(lattice: &Lattice, classes: usize) -> Self {
        Self { weights: vec![0.0; lattice.size() * classes], rows: vec![0; lattice.size()] }
    }

    /// Rows in the fullest gap between two neighbouring nodes of an axis.
    fn fullest_gap(&self, lattice: &Lattice) -> u64 {
        let mut gaps = vec![0; lattice.nodes];
        let fullest = lattice.strides.iter().map(|stride| {
            gaps.fill(0);
            for (node, rows) in self.rows.iter().enumerate() {
                gaps[node / stride % lattice.nodes] += u64::from(*rows);
            }
            gaps.iter().copied().fold(0, u64::max)
        });
        fullest.fold(0, u64::max)
    }
}

/// Adds up what the rows give, with the instructions that the machine has.
struct Gather<'a> {
    rows: &'a PackedRows,
    lattice: &'a Lattice,
    sums: &'a mut Sums,
}

impl pulp::WithSimd for Gather<'_> {
    type Output = ();

    /// Few covariates are compiled on their own.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.rows.dim {
            1 => self.all(1),
            2 => self.all(2),
            d => self.all(d),
        }
    }
}

impl Gather<'_> {
    #[inline(always)]
    fn all(self, d: usize) {
        let Self { rows, lattice, sums } = self;
        let offsets = lattice.offsets();
        let mut near = Near::new(offsets.len());
        for run in &rows.runs {
            let of_class = &mut sums.weights[run.labels.first * lattice.size()..][..lattice.size()];
            for block in run.first..run.end {
                let counts = &rows.count[run.cell(block)];
                near.find(lattice, &rows.x[block * d..(block + 1) * d], counts);
                near.add(&offsets[..4_usize.pow(d as u32 - 1)], of_class);
                near.count(counts, &mut sums.rows);
            }
        }
    }
}

/// Eight rows and the 4^d nodes that each gives to.
struct Near {
    /// The node at the lower end of the cell that the row lies in.
    cell: [u64; LANES],
    /// The first of the nodes.
    first: [u64; LANES],
    /// Shares of the nodes along all axes but the last, times the counts of the rows: 4^(d−1).
    shares: Vec<Lanes>,
    /// Shares along the last axis, whose nodes stand side by side.
    cubic: [Lanes; 4],
}

impl Near {
    fn new(shares: usize) -> Self {
        Self { cell: [0; LANES], first: [0; LANES], shares: vec![ZERO; shares], cubic: [ZERO; 4] }
    }

    /// Finds the nodes of eight rows.
    #[inline(always)]
    fn find(&mut self, lattice: &Lattice, x: &[Lanes], counts: &Lanes) {
        let (last, last_first) = ((lattice.nodes - 1) as f64, (lattice.nodes - 4) as f64);
        let (mut cells, mut firsts) = (ZERO, ZERO);
        self.shares[0] = *counts;
        for (j, x) in x.iter().enumerate() {
            let (lower, scale) = (lattice.axes[j].0, lattice.scales[j]);
            let place = each(*x, |x| {
                let place = (x - lower) * scale;
                if place > last { last } else { place }
            });
            let gap = each(place, floor);
            let first = each(gap, |gap| {
                let first = if gap > 1.0 { gap - 1.0 } else { 0.0 };
                if first > last_first { last_first } else { first }
            });
            let stride = [lattice.strides[j] as f64; LANES];
            cells = fused(gap, stride, cells);
            firsts = fused(first, stride, firsts);
            self.cubic = cubic(zip(place, first, |place, first| place - first));
            if j + 1 < lattice.axes.len() {
                spread(&mut self.shares, 4_usize.pow(j as u32), &self.cubic);
            }
        }
        self.cell = cells.map(whole);
        self.first = firsts.map(whole);
    }

    /// Adds what they give to the nodes of their class.
    #[inline(always)]
    fn add(&self, offsets: &[usize], weights: &mut [f64]) {
        for l in 0..LANES {
            let cubic: [f64; 4] = std::array::from_fn(|i| self.cubic[i][l]);
            for (offset, shares) in offsets.iter().zip(&self.shares) {
                let nodes = weights[self.first[l] as usize + offset..].first_chunk_mut::<4>();
                debug_assert!(nodes.is_some(), "four nodes along every axis");
                if let Some(nodes) = nodes {
                    let here = *nodes;
                    *nodes = std::array::from_fn(|i| shares[l].mul_add(cubic[i], here[i]));
                }
            }
        }
    }

    /// Counts them where they lie; counts are 0 for padding.
    #[inline(always)]
    fn count(&self, counts: &Lanes, rows: &mut [u32]) {
        for l in 0..LANES {
            rows[self.cell[l] as usize] += u32::from(counts[l] > 0.0);
        }
    }
}

const TWO52: f64 = 4503599627370496.0;

/// The greatest whole number that is not above `x`, for 0 ≤ x < 2^51.
#[inline(always)]
fn floor(x: f64) -> f64 {
    let nearest = (x + TWO52) - TWO52;
    if nearest > x { nearest - 1.0 } else { nearest }
}

/// A whole number from 0 to below 2^52, without the checks of a conversion.
#[inline(always)]
fn whole(x: f64) -> u64 {
    debug_assert!(x >= 0.0, "places are numbers");
    (x + TWO52).to_bits() & 0x000f_ffff_ffff_ffff
}

/// Spreads each of the first `filled` shares over the four nodes of one more axis.
#[inline(always)]
fn spread(shares: &mut [Lanes], filled: usize, cubic: &[Lanes; 4]) {
    for at in (0..filled).rev() {
        let share = shares[at];
        for (i, c) in cubic.iter().enumerate() {
            shares[4 * at + i] = zip(share, *c, |share, c| share * c);
        }
    }
}

/// Weights of the cubics through 0, 1, 2, 3 at `t`.
#[inline(always)]
fn cubic(t: Lanes) -> [Lanes; 4] {
    let (a, b, c) = (each(t, |t| t - 1.0), each(t, |t| t - 2.0), each(t, |t| t - 3.0));
    let product = |scale: f64, a, b, c| zip(zip(each(a, |a| scale * a), b, |a, b| a * b), c, |ab, c| ab * c);
    [product(-1.0 / 6.0, a, b, c), product(0.5, t, b, c), product(-0.5, t, a, c), product(1.0 / 6.0, t, a, b)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use moe_core::dataset::Dataset;
    use moe_core::gate::GateMap;
    use moe_core::shape::Shape;

    use crate::instructions::Instructions;
    use crate::likelihood::{Derivatives, Likelihood};
    use crate::newton::Ascent;
    use crate::stop::StopRule;
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
        for (size, dim) in [(3000, 1), (3000, 2), (33_000, 3)] {
            let data = data(size, dim);
            let rows = PackedRows::new(&data, GateMap::Identity);
            let lattice = Lattice::new(&rows, nodes(&rows).expect("enough rows")).expect("ranges");
            let mut sums = Sums::new(&lattice, 2);
            pulp::Arch::new().dispatch(Gather { rows: &rows, lattice: &lattice, sums: &mut sums });
            for arch in Instructions::available().into_iter().filter_map(Instructions::arch) {
                let mut again = Sums::new(&lattice, 2);
                arch.dispatch(Gather { rows: &rows, lattice: &lattice, sums: &mut again });
                assert!(again.weights == sums.weights && again.rows == sums.rows, "{arch:?}");
            }
            let cubic = |j: usize, x: f64| 1.5 + j as f64 - x + 0.4 * x * x - 0.3 * x * x * x;
            let product = |x: &dyn Fn(usize) -> f64| (0..dim).map(|j| cubic(j, x(j))).product::<f64>();
            for class in 0..2 {
                let own = (0..size).filter(|i| data.labels[*i] == class);
                let of_rows: f64 = own.map(|i| data.counts[i] as f64 * product(&|j| data.x[[i, j]])).sum();
                let weights = &sums.weights[class as usize * lattice.size()..][..lattice.size()];
                let of_node = |(at, w): (usize, &f64)| w * product(&|j| lattice.coordinate(at, j));
                let of_nodes: f64 = weights.iter().enumerate().map(of_node).sum();
                assert!((of_nodes / of_rows - 1.0).abs() < 1e-11, "d = {dim}: {of_nodes} {of_rows}");
            }
        }
    }

    #[test]
    fn the_fullest_gap_is_that_of_the_axis_where_rows_crowd() {
        for dim in 1..=2 {
            let mut data = data(3000, dim);
            // Most rows between two nodes of the last axis, none of whose ends moves.
            data.x.column_mut(dim - 1).iter_mut().skip(2).step_by(3).for_each(|x| *x = -0.37);
            let rows = PackedRows::new(&data, GateMap::Identity);
            let lattice = Lattice::new(&rows, nodes(&rows).expect("enough rows")).expect("ranges");
            let mut sums = Sums::new(&lattice, 2);
            pulp::Arch::new().dispatch(Gather { rows: &rows, lattice: &lattice, sums: &mut sums });
            assert_eq!(sums.rows.iter().sum::<u32>(), 3000, "each row lies in one cell");
            let gaps = (0..dim).map(|j| {
                let mut gaps = vec![0_u64; lattice.nodes];
                let places = data.x.column(j).map(|x| (x - lattice.axes[j].0) * lattice.scales[j]);
                places.iter().for_each(|place| gaps[*place as usize] += 1);
                gaps.into_iter().max().expect("nodes")
            });
            let fullest = gaps.max().expect("axes");
            assert!(fullest > 1000);
            assert_eq!(sums.fullest_gap(&lattice), fullest);
        }
    }

    /// What an ascent knows after it was carried over is of the rows, whether the first step was taken or not.
    #[test]
    fn carried_ascents_know_the_rows_alone() {
        let (data, other) = (data(4000, 2), data(2000, 2));
        let mut rows = Likelihood::new(&data, 3, GateMap::Identity);
        let mut draft = rows.draft(&problem(2, GateMap::Identity, 10.0)).expect("a draft");
        // The curvature of half the rows is no draft: it promises too much.
        let mut misleading = Likelihood::new(&other, 3, GateMap::Identity);
        let rule = StopRule { score: 1e-9, gain: 1e-10, iterations: 40 };
        let (mut taken, mut refused) = (0, 0);
        for start in 0..12 {
            let at: Vec<f64> = (0..15).map(|i| f64::from((i * 7 + start * 5) % 11) - 5.0).collect();
            for likelihood in [&mut draft, &mut misleading] {
                let mut from = Ascent::new(likelihood, &at, 10.0);
                from.advance(likelihood, &rule, 4 * start as u32);
                let before = rows.passes();
                let mut carried = Ascent::carried(&mut rows, &from);
                assert_eq!(u64::from(carried.passes()), rows.passes() - before);
                let moved = carried.parameters() != from.parameters();
                (taken, refused) = (taken + u32::from(moved), refused + u32::from(!moved));
                let mut anew = Ascent::new(&mut rows, carried.parameters(), 10.0);
                assert_eq!(carried.value(), anew.value());
                assert_eq!(carried.projected_score(&rows), anew.projected_score(&rows));
                assert_eq!(carried.certify(&rows), anew.certify(&rows));
            }
        }
        assert!(taken > 0 && refused > 0, "{taken} {refused}");
    }

    #[test]
    fn log_likelihood_and_derivatives_are_nearly_those_of_the_rows() {
        let data = data(20_000, 2);
        for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
            let mut rows = Likelihood::new(&data, 3, gate_map);
            let mut draft = rows.draft(&problem(2, gate_map, 10.0)).expect("a draft");
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
        let drafted = |data: &Dataset, bound| {
            let rows = PackedRows::new(data, GateMap::Identity);
            of(&rows, &problem(data.dim(), GateMap::Identity, bound), pulp::Arch::new()).is_some()
        };
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
        let mut narrow = data(5000, 2);
        narrow.x.column_mut(1).iter_mut().enumerate().for_each(|(i, x)| *x = (i % 2) as f64 * 1e-308);
        assert!(!drafted(&narrow, 5.0), "a range that cannot be divided");
        stretched.x[[7, 1]] = f64::MAX;
        assert!(!drafted(&stretched, 5.0));
    }
}
