//! Points as sketches take them: out of rows, and with other counts.

use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes};

use super::{PackedRows, put};
use crate::kernel::zip;

impl PackedRows {
    /// The same with every entry a point, at which no other class was seen where it has one label.
    pub(crate) fn as_points(&self, classes: usize, gate_map: GateMap) -> Self {
        if self.are_points() {
            return self.clone();
        }
        let (vectors, d) = (self.vectors(), self.dim);
        let mut points = Self::of_points(vectors, d, classes, self.size);
        let mut x = vec![0.0; d];
        let mut at = 0;
        for run in &self.runs {
            for entry in 0..run.vectors {
                let (block, lane) = (run.first + entry / LANES, entry % LANES);
                (0..d).for_each(|j| x[j] = self.x[block * d + j][lane]);
                put(&mut points.x, at, &x);
                points.count[at / LANES * classes + run.labels.first][at % LANES] =
                    self.counts_of(run, block)[0][lane];
                at += 1;
            }
        }
        points.padded().completed(gate_map).with_products()
    }

    /// Counts of points, one entry a class.
    pub(crate) fn counts_mut(&mut self) -> &mut [Lanes] {
        &mut self.count
    }

    /// The same points with the counts of others at the same covariate vectors added.
    pub(crate) fn plus(mut self, others: &Self) -> Self {
        add_counts(&mut self.count, &others.count, 1.0);
        self
    }

    /// Likewise, taken away.
    pub(crate) fn less(mut self, others: &Self) -> Self {
        add_counts(&mut self.count, &others.count, -1.0);
        self
    }
}

/// Adds a multiple of other counts.
fn add_counts(counts: &mut [Lanes], others: &[Lanes], times: f64) {
    for (count, other) in counts.iter_mut().zip(others) {
        *count = zip(*count, *other, |n, m| n + times * m);
    }
}
