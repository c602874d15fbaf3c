//! Starting points that know only the box and the data's bounds, never a truth.

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::{dot, exp, ln};
use moe_core::shape::Shape;
use moe_core::stream::{Address, Stream};

/// A starting point.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Number of the start; it keys its stream and its row.
    pub index: u64,
    /// How it was made.
    pub kind: String,
    /// Pinned parameters, length P; moved into the box when the ascent begins.
    pub parameters: Vec<f64>,
}

/// The streams of starts: keyed by the number of the start, so that adding starts shifts nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StartStreams {
    /// Master seed, cell, size, replication.
    pub address: Address,
    /// Which independent family of streams is used: 0, 1, …
    pub family: u64,
}

/// What a numbered start is made for; part of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Random,
    Insertion,
    Exchange,
    Split,
}

impl Role {
    /// How the records call a start of this role.
    pub(crate) fn kind(self, place: usize) -> String {
        match self {
            Role::Random => "random".into(),
            Role::Insertion => format!("insertion-{place}"),
            Role::Exchange => "exchange".into(),
            Role::Split => format!("split-{place}"),
        }
    }
}

impl StartStreams {
    /// The number of start `i` in a role, for a model with `experts` experts, at place `place` among those
    /// of the role (the rank of a base, the round and atom of an exchange). The fields are 7, 7, 2, 16
    /// and 32 bits wide, so that families up to 127 share no start; the rest of an experiment file's
    /// bounds keeps the others in their fields.
    pub(crate) fn index(&self, role: Role, experts: usize, place: usize, i: u32) -> u64 {
        debug_assert!(self.family < 1 << 7 && experts < 1 << 7 && place < 1 << 16);
        let head = (self.family << 7) | experts as u64;
        (((head << 2 | role as u64) << 16 | place as u64) << 32) | u64::from(i)
    }

    pub(crate) fn stream(&self, index: u64) -> Stream {
        self.address.indexed(index)
    }
}

/// A start anywhere in the box: one scale for all coordinates, uniform up to `reach`, so that gentle
/// and steep models are both met; then every coordinate uniform within that scale.
pub(crate) fn random(stream: &mut Stream, shape: Shape, reach: f64) -> Vec<f64> {
    let scale = reach * stream.uniform_open();
    (0..shape.parameters()).map(|_| stream.between(-scale, scale)).collect()
}

/// An atom anywhere in the box, with weight 1; gate and expert have scales of their own.
pub(crate) fn random_atom(stream: &mut Stream, shape: Shape, reach: f64) -> Atom {
    let (gate, expert) = (reach * stream.uniform_open(), reach * stream.uniform_open());
    let classes = shape.classes - 1;
    Atom {
        log_weight: 0.0,
        gate_slope: (0..shape.dim).map(|_| stream.between(-gate, gate)).collect(),
        intercepts: (0..classes).map(|_| stream.between(-expert, expert)).collect(),
        slopes: (0..classes * shape.dim).map(|_| stream.between(-expert, expert)).collect(),
    }
}

/// The measure without atom `i`; the last atom that is left becomes the reference.
pub(crate) fn without_atom(measure: &MixingMeasure, i: usize) -> MixingMeasure {
    let mut atoms = measure.atoms().to_vec();
    atoms.remove(i);
    let left = MixingMeasure::new(measure.shape().classes, measure.shape().dim, atoms);
    MixingMeasure::from_parameters(left.shape(), &left.parameters())
}

/// The measure with one more atom, in front; the reference stays last.
pub(crate) fn with_atom(base: &MixingMeasure, atom: Atom) -> MixingMeasure {
    let atoms = std::iter::once(atom).chain(base.atoms().iter().cloned()).collect();
    MixingMeasure::new(base.shape().classes, base.shape().dim, atoms)
}

/// The measure with atom `j` replaced by two experts far apart behind the same gate slope, weighted so that
/// at x = 0 they mix to about the class probabilities of atom j. A vanishing expert is such a mixture in
/// many ways, none of them near it.
pub(crate) fn split(stream: &mut Stream, base: &MixingMeasure, j: usize, reach: f64) -> MixingMeasure {
    let (classes, d) = (base.shape().classes, base.shape().dim);
    let mut atoms = base.atoms().to_vec();
    let (mut one, mut other) = (atoms[j].clone(), atoms[j].clone());
    let (near, far) = (reach * stream.uniform_open(), reach * stream.uniform_open());
    let slopes = reach * stream.uniform_open();
    for c in 0..classes - 1 {
        let side = stream.between(-1.0, 1.0);
        one.intercepts[c] += near * side;
        other.intercepts[c] -= far * side;
        for l in c * d..(c + 1) * d {
            one.slopes[l] += stream.between(-slopes, slopes);
            other.slopes[l] += stream.between(-slopes, slopes);
        }
    }
    let (whole, p, q) = (pmf(&atoms[j].intercepts), pmf(&one.intercepts), pmf(&other.intercepts));
    let between: Vec<f64> = p.iter().zip(&q).map(|(p, q)| p - q).collect();
    let rest: Vec<f64> = whole.iter().zip(&q).map(|(w, q)| w - q).collect();
    let apart = dot(&between, &between);
    let share = if apart > 0.0 { (dot(&rest, &between) / apart).clamp(0.02, 0.98) } else { 0.5 };
    one.log_weight += ln(share);
    other.log_weight += ln(1.0 - share);
    atoms[j] = other;
    with_atom(&MixingMeasure::new(classes, d, atoms), one)
}

/// Class probabilities from intercepts, the last class the reference.
fn pmf(intercepts: &[f64]) -> Vec<f64> {
    let top = intercepts.iter().fold(0.0_f64, |m, a| m.max(*a));
    let terms: Vec<f64> = intercepts.iter().chain([&0.0]).map(|a| exp(a - top)).collect();
    let total: f64 = terms.iter().sum();
    terms.into_iter().map(|t| t / total).collect()
}
