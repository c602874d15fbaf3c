//! Where the weights of pairs of logits of an atom and of a base lie, and what their features are.

use moe_core::shape::Shape;

/// Where the weights of a covariate vector lie: for the gate U_0 and u U_0; for the classes U_c, then u U_c; then
/// pairs of two gates, of a gate and a class, and of two classes, in each those with the atom's own logits first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Layout {
    /// Logits of the atom's classes.
    pub(super) classes: usize,
    /// Gates of the base.
    pub(super) gates: usize,
    /// Logits of the base's classes.
    pub(super) experts: usize,
    /// Features with the intercept.
    pub(super) row: usize,
    /// Whether gates and experts see the same features.
    pub(super) shared: bool,
}

/// What the features of the two logits of a pair are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Gates,
    Mixed,
    Classes,
}

impl Layout {
    pub(super) fn new(shape: Shape, shared: bool) -> Self {
        let (classes, gates) = (shape.classes - 1, shape.gate_rows());
        Self { classes, gates, experts: shape.logits() - gates, row: shape.row(), shared }
    }

    pub(super) fn single(self) -> usize {
        2 * (1 + self.classes)
    }

    #[inline(always)]
    pub(super) fn pairs(self, pair: Pair) -> usize {
        let (c, g, e) = (self.classes, self.gates, self.experts);
        match pair {
            Pair::Gates => 1 + g,
            Pair::Mixed => c + e + c * g,
            Pair::Classes => c * (c + 1) / 2 + c * e,
        }
    }

    #[inline(always)]
    pub(super) fn begin(self, pair: Pair) -> usize {
        match pair {
            Pair::Gates => self.single(),
            Pair::Mixed => self.begin(Pair::Gates) + self.pairs(Pair::Gates),
            Pair::Classes => self.begin(Pair::Mixed) + self.pairs(Pair::Mixed),
        }
    }

    #[inline(always)]
    pub(super) fn entries(self) -> usize {
        self.begin(Pair::Classes) + self.pairs(Pair::Classes)
    }

    /// Products of the features of a pair of logits.
    #[inline(always)]
    pub(super) fn products(self, pair: Pair) -> usize {
        if pair == Pair::Mixed && !self.shared { self.row * self.row } else { self.row * (self.row + 1) / 2 }
    }

    pub(super) fn total(self) -> usize {
        let pairs = [Pair::Gates, Pair::Mixed, Pair::Classes];
        self.single() * self.row + pairs.iter().map(|p| self.pairs(*p) * self.products(*p)).sum::<usize>()
    }
}

/// What a logit of the atom is paired with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Partner {
    /// Another of its own.
    Own(usize),
    /// A logit of the base.
    Base(usize),
}

impl Layout {
    /// The pairs of one kind in their order.
    pub(super) fn partners(self, pair: Pair) -> Vec<(usize, Partner)> {
        let (c, g, e) = (self.classes, self.gates, self.experts);
        let with_base =
            |a: usize, from: usize, count: usize| (from..from + count).map(move |l| (a, Partner::Base(l)));
        match pair {
            Pair::Gates => std::iter::once((0, Partner::Own(0))).chain(with_base(0, 0, g)).collect(),
            Pair::Mixed => {
                let own = (1..=c).map(|b| (0, Partner::Own(b)));
                own.chain(with_base(0, g, e)).chain((1..=c).flat_map(|a| with_base(a, 0, g))).collect()
            }
            Pair::Classes => {
                let own = (1..=c).flat_map(|a| (a..=c).map(move |b| (a, Partner::Own(b))));
                own.chain((1..=c).flat_map(|a| with_base(a, g, e))).collect()
            }
        }
    }
}
