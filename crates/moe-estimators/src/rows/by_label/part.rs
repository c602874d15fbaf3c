//! Successive rows that one worker packs: first their labels are counted, then they are written.

use std::ops::Range;

use moe_core::dataset::Dataset;
use moe_core::numeric::{LANES, Lanes};

use crate::rows::ranges::Extremes;
use crate::rows::{TOGETHER, differing, put};

/// Successive rows.
pub(super) struct Part<'a> {
    data: &'a Dataset,
    /// Covariates of all rows, row by row.
    table: &'a [f64],
    rows: Range<usize>,
    /// Rows of each label.
    pub(super) of_label: Vec<usize>,
    /// Whether every row counts once.
    pub(super) once: bool,
}

impl<'a> Part<'a> {
    /// The rows in `count` parts of about the same length, still to be counted.
    pub(super) fn all(data: &'a Dataset, table: &'a [f64], count: usize) -> Vec<Self> {
        let rows = data.rows();
        let length = rows.div_ceil(count);
        let part = |rows| Self { data, table, rows, of_label: vec![0; data.classes], once: false };
        (0..count).map(|at| part((at * length).min(rows)..((at + 1) * length).min(rows))).collect()
    }
}

/// Counts the labels of a part with the instructions that the machine has.
pub(super) struct Count<'a, 'b>(pub(super) &'a mut Part<'b>);

impl pulp::WithSimd for Count<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Part { data, rows, of_label, once, .. } = self.0;
        for (label, count) in of_label.iter_mut().enumerate() {
            *count = data.labels[rows.clone()].iter().filter(|own| **own as usize == label).count();
        }
        *once = data.counts[rows.clone()].iter().fold(0, |others, n| others | (n ^ 1)) == 0;
    }
}

/// A part, and where its rows go.
pub(super) struct Filling<'p, 'l> {
    part: &'p Part<'p>,
    /// Label by label, the blocks that begin with a row of the part.
    lanes: Vec<&'l mut [Lanes]>,
    /// Label by label, where among the lanes of all parts its first row goes; then the next that goes to a block begun before.
    first: Vec<usize>,
    /// Label by label, how many rows are still to come that go to a block which a part before this began: its first ones.
    begun: Vec<usize>,
    /// Those rows, each after the lane where it goes: whoever has all lanes is to write them.
    pub(super) behind: Vec<(usize, &'p [f64])>,
    /// Ranges of the covariates.
    pub(super) extremes: Extremes,
    /// Rows that differ from the row before, the first of all rows not asked.
    pub(super) differing: usize,
}

impl<'p, 'l> Filling<'p, 'l> {
    pub(super) fn new(part: &'p Part<'p>) -> Self {
        Self {
            part,
            lanes: Vec::new(),
            first: Vec::new(),
            begun: Vec::new(),
            behind: Vec::new(),
            extremes: Extremes::new(part.data.dim()),
            differing: 0,
        }
    }

    /// Takes what it needs of the lanes that parts before it have left, the next row of the label going to lane `next`;
    /// returns where the next one of a later part goes, and what is left.
    pub(super) fn take(
        &mut self,
        label: usize,
        next: usize,
        left: &'l mut [Lanes],
    ) -> (usize, &'l mut [Lanes]) {
        let (rows, block) = (self.part.of_label[label], next.next_multiple_of(LANES));
        let after = next + rows;
        let blocks = after.div_ceil(LANES) - block / LANES;
        let (own, left) = left.split_at_mut(blocks * self.part.data.dim());
        self.lanes.push(own);
        self.first.push(next);
        self.begun.push((block - next).min(rows));
        (after, left)
    }

    #[inline(always)]
    fn fill(&mut self, d: usize) {
        let rows = self.part.rows.clone();
        let mut next = vec![0; self.lanes.len()];
        for first in rows.clone().step_by(TOGETHER) {
            let round = first..(first + TOGETHER).min(rows.end);
            let mut from = first;
            while let Some(behind) = self.next_behind(d, from..round.end) {
                self.put(d, from..behind, &mut next);
                from = behind + 1;
            }
            self.put(d, from..round.end, &mut next);
            self.look_at(d, round);
        }
    }

    /// Takes note of the first of some rows that goes to a block begun before.
    fn next_behind(&mut self, d: usize, rows: Range<usize>) -> Option<usize> {
        if self.begun.iter().all(|rows| *rows == 0) {
            return None;
        }
        let Part { data, table, .. } = self.part;
        let labels = rows.clone().zip(&data.labels[rows]);
        let (row, label) =
            labels.map(|(row, label)| (row, *label as usize)).find(|(_, l)| self.begun[*l] > 0)?;
        self.behind.push((self.first[label], &table[row * d..(row + 1) * d]));
        self.first[label] += 1;
        self.begun[label] -= 1;
        Some(row)
    }

    #[inline(always)]
    fn put(&mut self, d: usize, rows: Range<usize>, next: &mut [usize]) {
        let Part { data, table, .. } = self.part;
        put_rows(&mut self.lanes, d, &table[rows.start * d..rows.end * d], &data.labels[rows], next);
    }

    /// Looks at rows, best while they are in the first-level cache.
    #[inline(always)]
    fn look_at(&mut self, d: usize, rows: Range<usize>) {
        let table = self.part.table;
        self.extremes.see_rows(&table[rows.start * d..rows.end * d]);
        self.differing += differing(&table[rows.start.saturating_sub(1) * d..rows.end * d], d);
    }
}

/// Writes the rows of a part with the instructions that the machine has; common d are compiled on their own.
pub(super) struct Fill<'a, 'p, 'l>(pub(super) &'a mut Filling<'p, 'l>);

impl pulp::WithSimd for Fill<'_, '_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.0.part.data.dim() {
            1 => self.0.fill(1),
            2 => self.0.fill(2),
            d => self.0.fill(d),
        }
    }
}

/// Writes rows of d covariates where `next` says for each label, and moves it on.
#[inline(always)]
fn put_rows(lanes: &mut [&mut [Lanes]], d: usize, rows: &[f64], labels: &[u32], next: &mut [usize]) {
    let rows = rows.chunks_exact(d).zip(labels);
    // Two numbers stay in registers; a list is written and read again row by row, which takes longer than the rows do.
    if let ([of_first, of_second], [first, second]) = (&mut *lanes, &mut *next) {
        let (mut at_first, mut at_second) = (*first, *second);
        for (x, label) in rows {
            let other = *label != 0;
            let lanes = if other { &mut **of_second } else { &mut **of_first };
            put(lanes, if other { at_second } else { at_first }, &x[..d]);
            at_second += usize::from(other);
            at_first += usize::from(!other);
        }
        (*first, *second) = (at_first, at_second);
        return;
    }
    for (x, label) in rows {
        let next = &mut next[*label as usize];
        put(lanes[*label as usize], *next, &x[..d]);
        *next += 1;
    }
}
