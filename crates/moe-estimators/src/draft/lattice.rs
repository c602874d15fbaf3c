//! The lattice of a draft: equidistant nodes over the ranges of the covariates.

use moe_core::gate::GateMap;
use ndarray::Array2;

use crate::rows::PackedRows;

/// Share of the largest weight up to which a weight is rounding: the cubics of a row at a node are nearly 0 at the others.
const NOTHING: f64 = 1e-12;

/// Equidistant nodes along each axis; the last axis varies fastest.
pub(super) struct Lattice {
    /// Nodes along each axis.
    pub(super) nodes: usize,
    /// Range of each covariate.
    pub(super) axes: Vec<(f64, f64)>,
    /// Nodes for each unit of a covariate.
    pub(super) scales: Vec<f64>,
    /// How far apart neighbours along each axis stand.
    pub(super) strides: Vec<usize>,
    /// The same of their strips: the last axis varies slowest, the one before it fastest.
    pub(super) strip_strides: Vec<usize>,
}

impl Lattice {
    /// None when a covariate is constant, or its range cannot be divided.
    pub(super) fn new(rows: &PackedRows, nodes: usize) -> Option<Self> {
        let d = rows.dim;
        let axes = rows.x_range.clone();
        let scales: Vec<f64> =
            axes.iter().map(|(lower, upper)| (nodes - 1) as f64 / (upper - lower)).collect();
        let strides: Vec<usize> = (0..d).rev().map(|later| nodes.pow(later as u32)).collect();
        let lines = nodes.pow(d as u32 - 1);
        let strip_strides =
            strides.iter().map(|stride| if *stride == 1 { lines } else { stride / nodes }).collect();
        // Neither constant nor so narrow or wide that places between nodes are no numbers.
        scales.iter().all(|scale| *scale > 0.0 && scale.is_finite()).then_some(Self {
            nodes,
            axes,
            scales,
            strides,
            strip_strides,
        })
    }

    /// What a logit may change by between neighbouring nodes, its slopes in a box of half-width `bound`.
    pub(super) fn steepest(&self, bound: f64) -> f64 {
        self.scales.iter().map(|nodes| bound / nodes).sum()
    }

    /// Number of nodes.
    pub(super) fn size(&self) -> usize {
        self.nodes.pow(self.axes.len() as u32)
    }

    /// Number of strips: for all nodes of the other axes together, one for each first of four nodes of the last axis.
    pub(super) fn strips(&self) -> usize {
        self.size() / self.nodes * (self.nodes - 3)
    }

    /// How far the groups of strips side by side that a row gives to are from the first of them: one for the four nodes
    /// of each axis but the last two.
    pub(super) fn offsets(&self) -> Vec<usize> {
        let strides = &self.strip_strides[..self.axes.len().saturating_sub(2)];
        strides.iter().fold(vec![0], |offsets, stride| {
            offsets.iter().flat_map(|offset| (0..4).map(move |i| offset + i * stride)).collect()
        })
    }

    /// Coordinate `j` of a node.
    pub(super) fn coordinate(&self, node: usize, j: usize) -> f64 {
        let at = node / self.strides[j] % self.nodes;
        let (lower, upper) = self.axes[j];
        (lower + (upper - lower) * (at as f64 / (self.nodes - 1) as f64)).min(upper)
    }

    /// Nodes that got more than nothing, `weights` being what they got, class by class.
    pub(super) fn seen(&self, weights: &[f64]) -> Vec<usize> {
        let nothing = NOTHING * weights.iter().fold(0.0, |most, weight| weight.abs().max(most));
        let got = |node: &usize| self.of_node(weights, *node).any(|weight| weight.abs() > nothing);
        (0..self.size()).filter(got).collect()
    }

    /// Some nodes as points that stand for a sample of size `size`, with what they got.
    pub(super) fn packed(
        &self,
        nodes: &[usize],
        weights: &[f64],
        size: f64,
        gate_map: GateMap,
    ) -> PackedRows {
        let x =
            Array2::from_shape_fn((nodes.len(), self.axes.len()), |(at, j)| self.coordinate(nodes[at], j));
        let weights: Vec<f64> = nodes.iter().flat_map(|node| self.of_node(weights, *node)).collect();
        PackedRows::weighted(x.view(), gate_map, size, &weights)
    }

    /// What a node got, one entry a class.
    fn of_node(&self, weights: &[f64], node: usize) -> impl Iterator<Item = f64> {
        weights[node..].iter().step_by(self.size()).copied()
    }
}
