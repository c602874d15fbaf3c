//! The least loss with given cells: a convex function over the polyhedron of translations at which
//! those cells are the nearest ones.
//!
//! If the minimiser over a flat is outside the polyhedron, the minimum over the part of the flat that
//! is inside lies on one of the borders that it violates (on the way from any point inside to the
//! minimiser the convex function does not grow, and one of those borders is crossed first). So the
//! search descends into the violated borders only, at most min(d, k* − 1) times, and finds the exact
//! minimum or that the polyhedron is empty.

use super::convex::{Least, Sum};
use super::voronoi::Voronoi;
use crate::numeric::dot;

/// A border that is this much along the others, relative to its normal, counts as parallel to them.
const PARALLEL: f64 = 1e-10;
/// Slack for borders that are parallel to the ones in force, in units of their rounding noise.
const SLACK: f64 = 64.0;

/// Constraint n · t ≤ upper between cell j and true atom l.
struct Border {
    normal: Vec<f64>,
    upper: f64,
    noise: f64,
}

/// A flat origin + span(basis); the normals of the borders in force are orthonormalised.
struct Flat {
    origin: Vec<f64>,
    basis: Vec<Vec<f64>>,
    normals: Vec<Vec<f64>>,
}

/// The minimiser over the polyhedron of some cells.
pub(super) struct Corner {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
}

/// Search state for one choice of cells.
struct Search<'a> {
    voronoi: &'a Voronoi,
    cells: &'a [usize],
    powers: Vec<u32>,
    constant: f64,
    borders: Vec<Border>,
    cutoff: f64,
    best: Option<Corner>,
    solved: u64,
    certified: bool,
}

/// What came of [`least`]: the minimiser if its value is below the cutoff, the number of convex
/// problems solved, and whether all of them were solved to the precision asked for.
pub(super) struct Found {
    pub(super) corner: Option<Corner>,
    pub(super) solved: u64,
    pub(super) certified: bool,
}

/// The least loss (relative weights) with these cells over the translations that give these cells,
/// if it is below `cutoff`.
pub(super) fn least(voronoi: &Voronoi, cells: &[usize], cutoff: f64) -> Found {
    let mut powers = vec![0; voronoi.truth];
    voronoi.powers(cells, &mut powers);
    let mut search = Search {
        voronoi,
        cells,
        constant: voronoi.constant(cells, &powers),
        powers,
        borders: Vec::new(),
        cutoff,
        best: None,
        solved: 0,
        certified: true,
    };
    if search.constant < cutoff {
        search.borders = borders(voronoi, cells);
        let identity = (0..voronoi.dim).map(|r| unit(voronoi.dim, r)).collect();
        search.on_flat(&Flat { origin: vec![0.0; voronoi.dim], basis: identity, normals: Vec::new() });
    }
    Found { corner: search.best, solved: search.solved, certified: search.certified }
}

/// The minimiser over all translations for these cells, whether or not they are the nearest there.
pub(super) fn unconstrained(voronoi: &Voronoi, cells: &[usize]) -> Option<Vec<f64>> {
    let mut powers = vec![0; voronoi.truth];
    voronoi.powers(cells, &mut powers);
    match whole_space(voronoi, cells, &powers, 0.0).least(f64::INFINITY) {
        Least::At(at, ..) => Some(at),
        Least::Above => None,
    }
}

impl Search<'_> {
    fn on_flat(&mut self, flat: &Flat) {
        self.solved += 1;
        let sum = if flat.normals.is_empty() {
            whole_space(self.voronoi, self.cells, &self.powers, self.constant)
        } else {
            self.on_borders(flat)
        };
        let Least::At(inner, value, certified) = sum.least(self.cutoff) else { return };
        if value >= self.cutoff {
            return;
        }
        self.certified &= certified;
        let at = if flat.normals.is_empty() { inner } else { flat.place(&inner) };
        let Some(violated) = self.violated(&at, flat) else { return };
        if violated.is_empty() {
            self.cutoff = value;
            self.best = Some(Corner { at, value });
            return;
        }
        for (border, normal) in violated {
            let border = &self.borders[border];
            let beyond = (dot(&border.normal, &at) - border.upper) / dot(&border.normal, &normal);
            let origin = at.iter().zip(&normal).map(|(a, n)| (-beyond).mul_add(*n, *a)).collect();
            let mut normals = flat.normals.clone();
            normals.push(normal);
            let basis = complement(self.voronoi.dim, &normals);
            self.on_flat(&Flat { origin, basis, normals });
        }
    }

    /// The borders that `at` violates, each with its unit normal within the flat; `None` when one of
    /// them cannot be reached within the flat, so that no point of the flat is in the polyhedron.
    fn violated(&self, at: &[f64], flat: &Flat) -> Option<Vec<(usize, Vec<f64>)>> {
        let mut out = Vec::new();
        for (b, border) in self.borders.iter().enumerate() {
            let excess = dot(&border.normal, at) - border.upper;
            let size = border.normal.iter().zip(at).map(|(n, t)| (n * t).abs()).sum::<f64>();
            let noise = 8.0f64.mul_add(f64::EPSILON * size, border.noise);
            if excess <= noise {
                continue;
            }
            match orthogonal(&border.normal, &flat.normals) {
                Some(normal) => out.push((b, normal)),
                None if excess <= SLACK * noise => {}
                None => return None,
            }
        }
        Some(out)
    }

    /// The loss as a function of the coordinates on a flat that lies on borders.
    fn on_borders(&self, flat: &Flat) -> Sum {
        let mut sum = empty_sum(flat.basis.len(), self.constant);
        for (i, j) in self.cells.iter().enumerate() {
            let weight = self.voronoi.weights.fitted[i];
            if weight == 0.0 {
                continue;
            }
            let from: Vec<f64> =
                self.voronoi.shift(i, *j).iter().zip(&flat.origin).map(|(y, o)| y - o).collect();
            sum.points.extend(flat.basis.iter().map(|b| dot(b, &from)));
            let height = |s: f64, n: &Vec<f64>| dot(n, &from).mul_add(dot(n, &from), s);
            sum.heights.push(flat.normals.iter().fold(0.0, height).sqrt());
            sum.weights.push(weight);
            sum.powers.push(self.powers[*j]);
        }
        sum
    }
}

impl Flat {
    fn place(&self, inner: &[f64]) -> Vec<f64> {
        let mut at = self.origin.clone();
        for (s, b) in inner.iter().zip(&self.basis) {
            for (a, b) in at.iter_mut().zip(b) {
                *a = s.mul_add(*b, *a);
            }
        }
        at
    }
}

/// The loss as a function of the translation.
fn whole_space(voronoi: &Voronoi, cells: &[usize], powers: &[u32], constant: f64) -> Sum {
    let mut sum = empty_sum(voronoi.dim, constant);
    for (i, j) in cells.iter().enumerate() {
        if voronoi.weights.fitted[i] > 0.0 {
            sum.points.extend_from_slice(voronoi.shift(i, *j));
            sum.heights.push(0.0);
            sum.weights.push(voronoi.weights.fitted[i]);
            sum.powers.push(powers[*j]);
        }
    }
    sum
}

fn empty_sum(dim: usize, constant: f64) -> Sum {
    let (points, heights, weights, powers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Sum { dim, points, heights, weights, powers, constant }
}

/// The tightest border of each occupied cell towards each other true atom.
fn borders(voronoi: &Voronoi, cells: &[usize]) -> Vec<Border> {
    let mut out = Vec::new();
    for j in 0..voronoi.truth {
        for l in (0..voronoi.truth).filter(|l| *l != j) {
            let normal = voronoi.normal(j, l);
            if normal.iter().all(|n| *n == 0.0) {
                continue; // such pairs were settled when the cells were chosen
            }
            let levels = cells.iter().enumerate().filter(|(_, c)| **c == j);
            let tightest = levels.map(|(i, _)| voronoi.level(i, j, l)).min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((upper, noise)) = tightest {
                out.push(Border { normal: normal.to_vec(), upper, noise });
            }
        }
    }
    out
}

/// The unit vector of the part of `vector` orthogonal to `normals`; `None` when there is hardly any.
fn orthogonal(vector: &[f64], normals: &[Vec<f64>]) -> Option<Vec<f64>> {
    let size = dot(vector, vector).sqrt();
    let mut rest: Vec<f64> = vector.iter().map(|v| v / size).collect();
    for _ in 0..2 {
        for n in normals {
            let along = dot(&rest, n);
            for (r, n) in rest.iter_mut().zip(n) {
                *r = (-along).mul_add(*n, *r);
            }
        }
    }
    let left = dot(&rest, &rest).sqrt();
    (left > PARALLEL).then(|| rest.iter().map(|r| r / left).collect())
}

/// An orthonormal basis of the complement of orthonormal `normals`.
fn complement(dim: usize, normals: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut all = normals.to_vec();
    // Unit vectors in the order of how much of them is in the complement; d of them always suffice.
    let inside = |r: &usize| normals.iter().map(|n| n[*r] * n[*r]).sum::<f64>();
    let mut order: Vec<usize> = (0..dim).collect();
    order.sort_by(|a, b| inside(a).total_cmp(&inside(b)));
    for r in order {
        if all.len() < dim {
            all.extend(orthogonal(&unit(dim, r), &all));
        }
    }
    all.split_off(normals.len())
}

fn unit(dim: usize, r: usize) -> Vec<f64> {
    (0..dim).map(|c| if c == r { 1.0 } else { 0.0 }).collect()
}
