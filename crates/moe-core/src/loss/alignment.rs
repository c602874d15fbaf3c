//! The infimum of a loss over translations: a branch-and-bound search over assignments to cells.

use super::polyhedron::{least, unconstrained};
use super::voronoi::Voronoi;
use super::{Loss, LossValue};
use crate::measure::MixingMeasure;

/// Nodes after which the search gives up; a convex problem counts as many as it costs.
const BUDGET: u64 = 1 << 22;
const COST_OF_CONVEX: u64 = 16;
/// Rounds of choosing the translation for the cells and the cells for the translation.
const ROUNDS: usize = 8;
/// A branch that cannot improve the loss by more than this fraction is not followed.
const IMPROVEMENT: f64 = 1e-13;

/// The infimum over translations, and where it is attained.
pub(super) fn infimum(kind: Loss, fitted: &MixingMeasure, truth: &MixingMeasure) -> LossValue {
    let voronoi = Voronoi::new(kind, fitted, truth);
    let mut search = Search::new(&voronoi);
    search.try_candidates();
    search.branch(0);
    LossValue {
        value: (search.best.value * voronoi.weights.unit).min(f64::MAX),
        alignment: search.best.at,
        cells: search.best.cells,
        exact: search.certified && search.work <= BUDGET,
    }
}

/// The best translation so far.
struct Best {
    value: f64,
    at: Vec<f64>,
    cells: Vec<usize>,
}

/// Depth-first search over assignments of fitted atoms to true atoms.
struct Search<'a> {
    voronoi: &'a Voronoi,
    /// Fitted atoms, the heaviest first.
    order: Vec<usize>,
    /// Least expert contribution of the atoms from each depth on.
    rest: Vec<f64>,
    /// The assignment under construction.
    cells: Vec<usize>,
    best: Best,
    work: u64,
    certified: bool,
}

impl<'a> Search<'a> {
    fn new(voronoi: &'a Voronoi) -> Self {
        let weights = &voronoi.weights.fitted;
        let mut order: Vec<usize> = (0..voronoi.fitted).collect();
        order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
        let mut rest = vec![0.0; voronoi.fitted + 1];
        for depth in (0..voronoi.fitted).rev() {
            let i = order[depth];
            let terms = (0..voronoi.truth).map(|j| lower_expert_term(voronoi, i, j));
            rest[depth] = rest[depth + 1] + weights[i] * terms.fold(f64::INFINITY, f64::min);
        }
        let mut cells = vec![0; voronoi.fitted];
        let at = vec![0.0; voronoi.dim];
        voronoi.nearest(&at, &mut cells);
        let best = Best { value: f64::INFINITY, at, cells: cells.clone() };
        Self { voronoi, order, rest, cells, best, work: 0, certified: true }
    }

    /// Good translations to begin with: each fitted atom onto each true atom; and from the best of
    /// these the translation that is best for its cells, and so on.
    fn try_candidates(&mut self) {
        let mut cells = vec![0; self.voronoi.fitted];
        for i in 0..self.voronoi.fitted {
            for j in 0..self.voronoi.truth {
                let shift = self.voronoi.shift(i, j);
                self.voronoi.nearest(shift, &mut cells);
                self.offer(shift, &cells);
            }
        }
        for _ in 0..ROUNDS {
            let Some(next) = unconstrained(self.voronoi, &self.best.cells) else { return };
            self.voronoi.nearest(&next, &mut cells);
            if !self.offer(&next, &cells) {
                return;
            }
        }
    }

    /// Keeps a translation if it is better than the best, and says so.
    fn offer(&mut self, at: &[f64], cells: &[usize]) -> bool {
        let value = self.voronoi.value(at, cells);
        if value < self.best.value && self.consistent(cells) {
            self.best = Best { value, at: at.to_vec(), cells: cells.to_vec() };
            return true;
        }
        false
    }

    fn consistent(&self, cells: &[usize]) -> bool {
        (0..cells.len()).all(|i| {
            self.voronoi.admissible(i, cells[i])
                && (0..i).all(|h| self.voronoi.compatible(i, cells[i], h, cells[h]))
        })
    }

    fn cutoff(&self) -> f64 {
        self.best.value * (1.0 - IMPROVEMENT)
    }

    fn branch(&mut self, depth: usize) {
        if depth == self.voronoi.fitted {
            self.leaf();
            return;
        }
        let i = self.order[depth];
        for j in 0..self.voronoi.truth {
            self.work += 1;
            if self.work > BUDGET {
                return;
            }
            let fits = self.voronoi.admissible(i, j)
                && self.order[..depth].iter().all(|h| self.voronoi.compatible(i, j, *h, self.cells[*h]));
            if fits {
                self.cells[i] = j;
                if self.bound(depth + 1) < self.cutoff() {
                    self.branch(depth + 1);
                }
            }
        }
    }

    fn leaf(&mut self) {
        let found = least(self.voronoi, &self.cells, self.cutoff());
        self.work += COST_OF_CONVEX * found.solved;
        self.certified &= found.certified;
        if let Some(corner) = found.corner
            && corner.value < self.best.value
        {
            let value = self.voronoi.value(&corner.at, &self.cells);
            self.best = Best { value, at: corner.at, cells: self.cells.clone() };
        }
    }

    /// A lower bound on the loss of every completion of the first `depth` assignments: expert terms,
    /// and cells that are already too heavy (what one cell has too much, others have too little).
    fn bound(&self, depth: usize) -> f64 {
        let mut total = self.rest[depth];
        for j in 0..self.voronoi.truth {
            let in_cell = || self.order[..depth].iter().filter(|i| self.cells[**i] == j);
            let several = in_cell().count() > 1;
            let mut mass = 0.0;
            for i in in_cell() {
                let weight = self.voronoi.weights.fitted[*i];
                mass += weight;
                total += weight
                    * if several {
                        self.voronoi.expert_term(*i, j, self.voronoi.exponent)
                    } else {
                        lower_expert_term(self.voronoi, *i, j)
                    };
            }
            total += 2.0 * (mass - self.voronoi.weights.truth[j]).max(0.0);
        }
        total
    }
}

/// The smaller of the expert terms that atom i can contribute in cell j.
fn lower_expert_term(voronoi: &Voronoi, i: usize, j: usize) -> f64 {
    voronoi.expert_term(i, j, 1).min(voronoi.expert_term(i, j, voronoi.exponent))
}
