//! What the rows of a draft give to its lattice, and how it comes to the nodes.

use super::lattice::Lattice;

/// Strips side by side in memory that a row gives to, where there is more than one axis.
pub(super) const ABREAST: usize = 4;

/// What rows give to four neighbouring nodes of the last axis.
pub(super) type Strip = [f64; 4];

/// What the rows give. Rows with other nodes of the last axis have another strip, also where they share some of the
/// nodes: so hardly any row reads a part of what another has just written, which processors wait for.
pub(super) struct Strips {
    /// Class by class, by the first node of the last axis, then by the nodes of the others.
    pub(super) gifts: Vec<Strip>,
    /// Rows in each cell of the lattice, named by the node at its lower end.
    pub(super) rows: Vec<u32>,
}

impl Strips {
    /// Nothing yet.
    pub(super) fn new(lattice: &Lattice, classes: usize) -> Self {
        Self { gifts: vec![[0.0; 4]; lattice.strips() * classes], rows: vec![0; lattice.size()] }
    }

    /// What the nodes get, class by class.
    pub(super) fn weights(&self, lattice: &Lattice) -> Vec<f64> {
        let (nodes, lines) = (lattice.nodes, lattice.size() / lattice.nodes);
        let of_classes = self.gifts.chunks_exact(lattice.strips());
        let mut weights = vec![0.0; of_classes.len() * lattice.size()];
        for (weights, strips) in weights.chunks_exact_mut(lattice.size()).zip(of_classes) {
            for (first, strips) in strips.chunks_exact(lines).enumerate() {
                for (line, strip) in weights.chunks_exact_mut(nodes).zip(strips) {
                    line[first..].iter_mut().zip(strip).for_each(|(node, gift)| *node += gift);
                }
            }
        }
        weights
    }

    /// Rows in the fullest gap between two neighbouring nodes of an axis.
    pub(super) fn fullest_gap(&self, lattice: &Lattice) -> u64 {
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
