//! Rows packed by label: every row goes to the next free lane of its label. Workers share the rows, part by part.

mod part;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::LANES;

use super::ranges::Extremes;
use super::{Labels, PackedRows, Run, points_pay, put};
use crate::instructions;
use crate::kernel::Blocks;
use crate::workers::Workers;
use part::{Count, Fill, Filling, Part};

impl PackedRows {
    /// Rows of one label together; none where points pay.
    pub(super) fn by_label(data: &Dataset, gate_map: GateMap, workers: Workers) -> Option<Self> {
        let workers = workers.for_rows(data.rows());
        let (arch, table) = (instructions::arch(), data.table());
        let mut parts = Part::all(data, &table, workers.count());
        workers.each(&mut parts, &|part: &mut Part<'_>| arch.dispatch(Count(part)));
        let once = parts.iter().all(|part| part.once);
        let size = if once { data.rows() as f64 } else { data.size() as f64 };
        let mut packed = Self::blank(runs(&parts), data.dim(), size);
        let points = packed.put_covariates(&parts, workers);
        if points_pay(points as u64, data.rows() as u64, data.classes) {
            return None;
        }
        if once {
            packed.runs.iter_mut().for_each(|run| run.unit = true);
        } else {
            packed.put_counts(data);
        }
        packed.runs.retain(|run| run.vectors > 0);
        Some(packed.padded().completed(gate_map))
    }

    /// Writes the covariates of every row and finds their ranges; returns how many points they are.
    fn put_covariates(&mut self, parts: &[Part<'_>], workers: Workers) -> usize {
        let mut fillings: Vec<Filling<'_, '_>> = parts.iter().map(Filling::new).collect();
        let mut rest = &mut self.x[..];
        for (label, run) in self.runs.iter().enumerate() {
            let mut next = run.first * LANES;
            for filling in &mut fillings {
                (next, rest) = filling.take(label, next, rest);
            }
        }
        let arch = instructions::arch();
        workers.each(&mut fillings, &|filling: &mut Filling<'_, '_>| arch.dispatch(Fill(filling)));
        let (mut extremes, mut points, mut behind) = (Extremes::new(self.dim), 1, Vec::new());
        for filling in fillings {
            extremes.join(&filling.extremes);
            points += filling.differing;
            behind.extend(filling.behind);
        }
        self.x_range = extremes.of_rows();
        for (lane, x) in behind {
            put(&mut self.x, lane, x);
        }
        points
    }

    /// Writes the count of every row.
    fn put_counts(&mut self, data: &Dataset) {
        self.count = Blocks::filled(0.0, self.blocks());
        let mut next: Vec<usize> = self.runs.iter().map(|run| run.first * LANES).collect();
        for (label, n) in data.labels.iter().zip(&data.counts) {
            let next = &mut next[*label as usize];
            self.count[*next / LANES][*next % LANES] = *n as f64;
            *next += 1;
        }
        for run in &mut self.runs {
            let counts = &self.count[run.first..run.end].as_flattened()[..run.vectors];
            run.unit = counts.iter().all(|n| *n == 1.0);
        }
    }
}

/// A run for each label, empty ones among them.
fn runs(parts: &[Part<'_>]) -> Vec<Run> {
    let mut end = 0;
    let labels = 0..parts[0].of_label.len();
    let run = |first: usize| {
        let rows = parts.iter().map(|part| part.of_label[first]).sum();
        let run = Run::new(Labels { first, end: first + 1 }, end, rows, end);
        end = run.end;
        run
    };
    labels.map(run).collect()
}
