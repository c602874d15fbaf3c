//! Starting points that know only the box and the data's bounds, never a truth.

use moe_core::measure::{Atom, MixingMeasure};
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
}

impl Role {
    /// How the records call a start of this role.
    pub(crate) fn kind(self, place: usize) -> String {
        match self {
            Role::Random => "random".into(),
            Role::Insertion => format!("insertion-{place}"),
            Role::Exchange => "exchange".into(),
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
