//! Scratch space that begins at a cache line, so that no vector straddles two of them.

use std::ops::{Deref, DerefMut};

use moe_core::numeric::{LANES, Lanes};

const LINE: usize = 64;
const NUMBERS: usize = LINE / size_of::<f64>();

/// A fixed number of floating-point numbers.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    data: Vec<f64>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Zeros.
    pub(crate) fn new(len: usize) -> Self {
        Self::filled(0.0, len)
    }

    fn filled(value: f64, len: usize) -> Self {
        let data = vec![value; len + NUMBERS];
        // Alignment is about speed alone: any start is right.
        let start = data.as_ptr().align_offset(LINE).min(NUMBERS);
        Self { data, start, len }
    }
}

impl Buffer {
    /// No numbers; costs nothing.
    pub(crate) fn empty() -> Self {
        Self::default()
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Buffer {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.data[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.data[self.start..self.start + self.len]
    }
}

/// Blocks of lanes, each of which begins at a cache line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blocks(Buffer);

impl Blocks {
    /// The same number in all lanes.
    pub(crate) fn filled(value: f64, blocks: usize) -> Self {
        Self(Buffer::filled(value, blocks * LANES))
    }
}

impl Deref for Blocks {
    type Target = [Lanes];

    fn deref(&self) -> &[Lanes] {
        self.0.as_chunks().0
    }
}

impl DerefMut for Blocks {
    fn deref_mut(&mut self) -> &mut [Lanes] {
        self.0.as_chunks_mut().0
    }
}
