//! How every row gives to its neighbours in the lattice: eight rows find their places at a time, each gives on its own.

use moe_core::numeric::{LANES, Lanes};

use super::lattice::Lattice;
use super::strips::{ABREAST, Strip, Strips};
use crate::kernel::{Vector, WHOLE, ZERO, parts, vectors, vectors_mut};
use crate::rows::{PackedRows, Run};
use crate::workers::Workers;

/// Blocks of rows that find their places before any of them gives: to find one is a long chain of operations, of which
/// several go on side by side.
const TOGETHER: usize = 8;

/// What all rows give. Rows of different classes give to different strips, so workers share the classes.
pub(super) fn gather(
    rows: &PackedRows,
    lattice: &Lattice,
    classes: usize,
    arch: pulp::Arch,
    workers: Workers,
) -> Strips {
    let mut strips = Strips::new(lattice, classes);
    let mut rest = strips.gifts.as_mut_slice();
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(rows.runs.len());
    let mut label = 0;
    for run in &rows.runs {
        let (_, own) = rest.split_at_mut((run.labels.first - label) * lattice.strips());
        let (gifts, others) = own.split_at_mut(run.labels.len() * lattice.strips());
        parts.push(Part { run, gifts, rows: vec![0; lattice.size()] });
        (rest, label) = (others, run.labels.end);
    }
    workers.each(&mut parts, &|part: &mut Part<'_>| arch.dispatch(Gather { rows, lattice, part }));
    for part in parts {
        strips.rows.iter_mut().zip(part.rows).for_each(|(all, own)| *all += own);
    }
    strips
}

/// The rows of one run, and what they give to.
struct Part<'a> {
    run: &'a Run,
    /// Strips of the classes of the run.
    gifts: &'a mut [Strip],
    /// Rows of the run in each cell of the lattice.
    rows: Vec<u32>,
}

/// Adds up what the rows of a run give, with the instructions that the machine has.
struct Gather<'a, 'b> {
    rows: &'a PackedRows,
    lattice: &'a Lattice,
    part: &'a mut Part<'b>,
}

impl pulp::WithSimd for Gather<'_, '_> {
    type Output = ();

    /// Few covariates are compiled on their own.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, s: S) {
        match self.rows.dim {
            1 => self.all(s, 1),
            2 => self.all(s, 2),
            d => self.all(s, d),
        }
    }
}

impl Gather<'_, '_> {
    #[inline(always)]
    fn all<S: pulp::Simd>(self, s: S, d: usize) {
        let Self { rows, lattice, part: Part { run, gifts, rows: in_cell } } = self;
        let strips = lattice.strips();
        let mut groups = Groups::new(lattice);
        let mut near = vec![Near::new(d); TOGETHER];
        for first in (run.first..run.end).step_by(TOGETHER) {
            let blocks = first..(first + TOGETHER).min(run.end);
            for (near, block) in near.iter_mut().zip(blocks.clone()) {
                near.find(s, d, lattice, &rows.x[block * d..(block + 1) * d]);
            }
            for (near, block) in near.iter().zip(blocks) {
                for (counts, of_class) in
                    rows.counts_of(run, block).iter().zip(gifts.chunks_exact_mut(strips))
                {
                    near.give(d, counts, &mut groups, of_class);
                    near.count(counts, in_cell);
                }
            }
        }
    }
}

/// Eight rows, and the strips that each gives to: along every axis but the last the nodes of its cubics.
#[derive(Clone)]
struct Near {
    /// The node at the lower end of the cell that the row lies in, see [`whole`].
    cell: Lanes,
    /// The first of the strips, see [`whole`].
    first: Lanes,
    /// Where the row lies among the four nodes of an axis, from the middle of them.
    places: Vec<Lanes>,
    /// Its shares along the axis before the last, for the strips side by side.
    abreast: [Lanes; ABREAST],
}

impl Near {
    fn new(d: usize) -> Self {
        Self { cell: ZERO, first: ZERO, places: vec![ZERO; d], abreast: [ZERO; ABREAST] }
    }

    /// Finds the strips of eight rows.
    #[inline(always)]
    fn find<S: pulp::Simd>(&mut self, s: S, d: usize, lattice: &Lattice, x: &[Lanes]) {
        let splat = |value: f64| Vector::splat(s, value);
        let (last, last_first) = (splat((lattice.nodes - 1) as f64), splat((lattice.nodes - 4) as f64));
        let (zero, whole) = (splat(0.0), splat(WHOLE));
        for part in 0..parts::<S>() {
            let (mut cells, mut firsts) = (whole, whole);
            for j in 0..d {
                let x = Vector::new(s, vectors::<S>(&x[j])[part]);
                let place = ((x - splat(lattice.axes[j].0)) * splat(lattice.scales[j])).within(zero, last);
                let gap = place.floor();
                let first = (gap - splat(1.0)).within(zero, last_first);
                let t = place - first - splat(1.5);
                vectors_mut::<S>(&mut self.places[j])[part] = t.get();
                if j + 2 == d {
                    for (i, shares) in self.abreast.iter_mut().enumerate() {
                        let [constant, linear, square, cube] = POWERS.map(|of_nodes| splat(of_nodes[i]));
                        let share = cube.times_plus(t, square).times_plus(t, linear).times_plus(t, constant);
                        vectors_mut::<S>(shares)[part] = share.get();
                    }
                }
                cells = gap.times_plus(splat(lattice.strides[j] as f64), cells);
                firsts = first.times_plus(splat(lattice.strip_strides[j] as f64), firsts);
            }
            vectors_mut::<S>(&mut self.cell)[part] = cells.get();
            vectors_mut::<S>(&mut self.first)[part] = firsts.get();
        }
    }

    /// Adds what they give to the strips of their class.
    #[inline(always)]
    fn give(&self, d: usize, counts: &Lanes, groups: &mut Groups, strips: &mut [Strip]) {
        for l in 0..LANES {
            let at = |j: usize| cubics(self.places[j][l]);
            let gift = at(d - 1).map(|weight| counts[l] * weight);
            let abreast = std::array::from_fn(|i| self.abreast[i][l]);
            let strips = &mut strips[whole(self.first[l])..];
            match d {
                1 => add(&mut strips[..1], &[1.0], &gift),
                2 => add(&mut strips[..ABREAST], &abreast, &gift),
                _ => groups.add(strips, (0..d - 2).map(at), &abreast, &gift),
            }
        }
    }

    /// Counts them where they lie; counts are 0 for padding.
    #[inline(always)]
    fn count(&self, counts: &Lanes, rows: &mut [u32]) {
        for l in 0..LANES {
            rows[whole(self.cell[l])] += u32::from(counts[l] > 0.0);
        }
    }
}

/// Strips side by side that a row gives to, where there are more than two axes.
struct Groups {
    /// How far each group is from the first.
    offsets: Vec<usize>,
    /// Its share.
    shares: Vec<f64>,
}

impl Groups {
    fn new(lattice: &Lattice) -> Self {
        let offsets = lattice.offsets();
        Self { shares: vec![1.0; offsets.len()], offsets }
    }

    /// Adds what a row gives, whose weights along all axes but the last two are `weights`.
    fn add(
        &mut self,
        strips: &mut [Strip],
        weights: impl Iterator<Item = [f64; 4]>,
        abreast: &[f64; ABREAST],
        gift: &Strip,
    ) {
        let mut filled = 1;
        self.shares[0] = 1.0;
        for weights in weights {
            for at in (0..filled).rev() {
                let spread = weights.map(|weight| self.shares[at] * weight);
                self.shares[4 * at..4 * at + 4].copy_from_slice(&spread);
            }
            filled *= 4;
        }
        for (offset, share) in self.offsets.iter().zip(&self.shares) {
            add(&mut strips[*offset..][..ABREAST], &abreast.map(|weight| share * weight), gift);
        }
    }
}

/// Adds shares of a gift to strips side by side.
#[inline(always)]
fn add<const N: usize>(strips: &mut [Strip], shares: &[f64; N], gift: &Strip) {
    for (strip, share) in strips.iter_mut().zip(shares) {
        let before = *strip;
        *strip = std::array::from_fn(|i| share.mul_add(gift[i], before[i]));
    }
}

/// The whole number to which [`WHOLE`] was added.
#[inline(always)]
fn whole(x: f64) -> usize {
    x.to_bits() as u32 as usize
}

/// Powers of t, from the constant to the cube, in the weights of the four nodes of [`cubics`].
const POWERS: [[f64; 4]; 4] = [
    [-1.0 / 16.0, 9.0 / 16.0, 9.0 / 16.0, -1.0 / 16.0],
    [1.0 / 24.0, -9.0 / 8.0, 9.0 / 8.0, -1.0 / 24.0],
    [0.25, -0.25, -0.25, 0.25],
    [-1.0 / 6.0, 0.5, -0.5, 1.0 / 6.0],
];

/// Weights of the cubics through four nodes at distance 1, at `t` from the middle of them.
#[inline(always)]
pub(super) fn cubics(t: f64) -> [f64; 4] {
    let [constant, linear, square, cube] = POWERS;
    std::array::from_fn(|i| cube[i].mul_add(t, square[i]).mul_add(t, linear[i]).mul_add(t, constant[i]))
}
