//! One pass over the data for the sums that the promise of an atom is made of, with or without derivatives.
//!
//! An atom has K logits: that of its gate, whose intercept is its logarithmic weight, and one for each class but the
//! last. With U_α the derivative of u by logit α, so that U_0 = u, and
//! U_c = exp(β₁ᵀM) π_ref f(y) / g · (1{y = c} − f(c)), and with q_l the derivative of ln g by logit l of the base, every
//! sum is one over products of features, weighted by Σ_y n_y U_α, Σ_y n_y u U_α, Σ_y n_y U_α q_l or Σ_y n_y U_α U_β,
//! which are worked out once for each covariate vector.

use moe_core::measure::Atom;
use moe_core::numeric::{LANES, sum_tree};

use super::Base;
use super::layout::{Layout, Pair, Partner};
use super::pass::{First, Pass, Second};
use crate::kernel::{Buffer, GROUP};
use crate::likelihood::Likelihood;

/// The sums, over coordinates of the atom (logarithmic weight and gate slope; intercept and slopes of each class)
/// and of the base. A pass without derivatives fills in what has the logarithmic weight alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// Σ U, length D; first Σ u.
    pub(super) slope: Vec<f64>,
    /// Σ u U, length D; first Σ u².
    pub(super) own: Vec<f64>,
    /// Σ U s, D × P; the first row is Σ u s.
    pub(super) cross: Vec<f64>,
    /// Σ U Uᵀ, D × D.
    pub(super) square: Vec<f64>,
    layout: Layout,
    scratch: Scratch,
}

/// Scratch space of a group, block-major, and the sums of weights times features.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    pub(super) exponential: Buffer,
    pub(super) weight: Buffer,
    pub(super) products_x: Buffer,
    pub(super) products_m: Buffer,
    pub(super) products_mx: Buffer,
    pub(super) total: Buffer,
}

impl Sums {
    /// For atoms inserted into models of one shape.
    pub(super) fn new(likelihood: &Likelihood) -> Self {
        let (shape, shared) = (likelihood.shape(), likelihood.rows().m.is_empty());
        let layout = Layout::new(shape, shared);
        let (n, p) = (shape.classes * shape.row(), shape.parameters());
        let group = |entries: usize| Buffer::new(GROUP * LANES * entries);
        let unless_shared = |entries: usize| group(if shared { 0 } else { entries });
        let products = layout.products(Pair::Gates);
        let scratch = Scratch {
            exponential: group(shape.classes),
            weight: group(layout.entries()),
            products_x: group(products),
            products_m: unless_shared(products),
            products_mx: unless_shared(layout.products(Pair::Mixed)),
            total: Buffer::new(LANES * layout.total()),
        };
        Self {
            slope: vec![0.0; n],
            own: vec![0.0; n],
            cross: vec![0.0; n * p],
            square: vec![0.0; n * n],
            layout,
            scratch,
        }
    }

    /// Fills in Σ u, Σ u² and Σ u s.
    pub(super) fn plain(&mut self, base: &Base, likelihood: &Likelihood, atom: &Atom) {
        let pass = First(Pass { base, likelihood, atom, layout: self.layout, scratch: &mut self.scratch });
        let (first, second) = likelihood.arch().dispatch(pass);
        (self.slope[0], self.own[0]) = (sum_tree(first), sum_tree(second));
        let (lanes, _) = self.scratch.total.as_chunks();
        for (cross, lanes) in self.cross.iter_mut().zip(&lanes[..likelihood.shape().parameters()]) {
            *cross = sum_tree(*lanes);
        }
    }

    /// Fills in everything.
    pub(super) fn all(&mut self, base: &Base, likelihood: &Likelihood, atom: &Atom) {
        let pass = Second(Pass { base, likelihood, atom, layout: self.layout, scratch: &mut self.scratch });
        likelihood.arch().dispatch(pass);
        self.unpack();
    }

    fn unpack(&mut self) {
        let layout = self.layout;
        let (lanes, _) = self.scratch.total.as_chunks();
        let values: Vec<f64> = lanes.iter().copied().map(sum_tree).collect();
        let mut values = values.into_iter();
        let (row, rows) = (layout.row, layout.classes * layout.row);
        let mut take =
            |out: &mut [f64]| out.iter_mut().for_each(|out| *out = values.next().unwrap_or_default());
        take(&mut self.slope[..row]);
        take(&mut self.own[..row]);
        take(&mut self.slope[row..row + rows]);
        take(&mut self.own[row..row + rows]);
        for pair in [Pair::Gates, Pair::Mixed, Pair::Classes] {
            for (a, b) in layout.partners(pair) {
                self.unpack_pair(pair, a, b, &mut values);
            }
        }
    }

    /// The products of one pair: of logit `a` of the atom with a logit of the atom or of the base.
    fn unpack_pair(&mut self, pair: Pair, a: usize, b: Partner, values: &mut impl Iterator<Item = f64>) {
        let Layout { row, shared, .. } = self.layout;
        let (n, p) = (self.slope.len(), self.cross.len() / self.slope.len());
        let mut put = |i: usize, j: usize, value: f64| match b {
            Partner::Own(b) => {
                self.square[(a * row + i) * n + b * row + j] = value;
                self.square[(b * row + j) * n + a * row + i] = value;
            }
            Partner::Base(b) => self.cross[(a * row + i) * p + b * row + j] = value,
        };
        if pair == Pair::Mixed && !shared {
            // The table has the gate's features first; only pairs of a class of the atom have them second.
            for i in 0..row {
                for (j, value) in (0..row).zip(&mut *values) {
                    if a == 0 { put(i, j, value) } else { put(j, i, value) }
                }
            }
            return;
        }
        for i in 0..row {
            for (j, value) in (i..row).zip(&mut *values) {
                put(i, j, value);
                put(j, i, value);
            }
        }
    }
}
