//! What the rows of a draft give to its lattice, and how it comes to the nodes.

use super::lattice::Lattice;

/// What the rows give to strips, the gaps between neighbouring nodes of the last axis.
pub(super) struct Strips {
    /// Class by class: the sums of t^0 to t^3, with t the place in the gap, from −½ to ½. As no row gives to a part of a
    /// strip, none reads a part of what another has just written, which processors wait for.
    pub(super) moments: Vec<[f64; 4]>,
    /// Rows in each cell of the lattice, named by the node at its lower end.
    pub(super) rows: Vec<u32>,
}

impl Strips {
    /// Nothing yet.
    pub(super) fn new(lattice: &Lattice, classes: usize) -> Self {
        Self { moments: vec![[0.0; 4]; lattice.strips() * classes], rows: vec![0; lattice.size()] }
    }

    /// What the nodes get, class by class: that of each strip shared out among four nodes of the last axis.
    pub(super) fn weights(&self, lattice: &Lattice) -> Vec<f64> {
        let cubics = [0, 1, 2].map(cubics);
        let mut weights = vec![0.0; self.moments.len() / lattice.gaps() * lattice.nodes];
        let lines = weights.chunks_exact_mut(lattice.nodes).zip(self.moments.chunks_exact(lattice.gaps()));
        for (nodes, moments) in lines {
            for (gap, sums) in moments.iter().enumerate() {
                let first = gap.saturating_sub(1).min(lattice.nodes - 4);
                for (node, cubic) in nodes[first..].iter_mut().zip(&cubics[gap - first]) {
                    *node += cubic.iter().zip(sums).map(|(c, m)| c * m).sum::<f64>();
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

/// The cubics that are 1 at one of 0, 1, 2, 3 and 0 at the others, as coefficients of powers of t; the place is t + ½ + `gap`.
fn cubics(gap: usize) -> [[f64; 4]; 4] {
    std::array::from_fn(|i| {
        (0..4).filter(|j| *j != i).fold([1.0, 0.0, 0.0, 0.0], |product, j| {
            let (constant, scale) = (0.5 + gap as f64 - j as f64, 1.0 / (i as f64 - j as f64));
            let shifted = |m: usize| if m == 0 { 0.0 } else { product[m - 1] };
            std::array::from_fn(|m| scale * (constant * product[m] + shifted(m)))
        })
    })
}
