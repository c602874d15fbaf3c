//! What became of the fits: statuses, reasons, and the share that is not certified.

use std::collections::BTreeMap;

use super::{Place, Rows};
use crate::record::{Record, Status};

/// What became of the fits of one (cell, arm).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fits {
    /// Rows.
    pub rows: u64,
    /// Rows whose fit is certified.
    pub certified: u64,
    /// Rows whose fit is not, without proof against it.
    pub uncertified: u64,
    /// Rows without a fit, or with one that is proven to have missed the maximum.
    pub failed: u64,
    /// Of the failed rows those whose fit is below the likelihood of the truth or of the exact-specified fit.
    pub proven_failures: u64,
    /// Fits with a coordinate at the box.
    pub at_box: u64,
    /// Fits whose alignment was not searched exhaustively.
    pub inexact_alignments: u64,
    /// Passes over the data, all fits.
    pub passes: u64,
    /// Wall-clock seconds of all replications, added up; those that had help from idle threads took less than on one core.
    pub seconds: f64,
}

/// A kind of reason for which rows are not certified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Spelling of their status.
    pub status: &'static str,
    /// The reason, up to its first colon.
    pub text: String,
}

impl Fits {
    fn add(&mut self, record: &Record) {
        self.rows += 1;
        match record.status {
            Status::Certified => self.certified += 1,
            Status::Uncertified => self.uncertified += 1,
            Status::Failed => self.failed += 1,
        }
        self.proven_failures += u64::from(record.is_proven_failure());
        self.seconds += record.seconds.sample + record.seconds.fit + record.seconds.score;
        if let Some(fit) = &record.fit {
            self.at_box += u64::from(fit.at_box.contains('1'));
            self.inexact_alignments += u64::from(!fit.alignment_exact);
            self.passes += fit.passes;
        }
    }
}

impl Rows<'_> {
    /// What became of the fits of a (cell, arm), over all sizes.
    pub fn fits(&self, cell: usize, arm: usize) -> Fits {
        self.fits_from(cell, arm, 0)
    }

    /// The same over the sizes from `from` on.
    pub fn fits_from(&self, cell: usize, arm: usize, from: u64) -> Fits {
        let mut fits = Fits::default();
        let sizes = self.experiment.sizes.iter().filter(|n| **n >= from);
        sizes.flat_map(|n| self.at(cell, arm, *n)).for_each(|r| fits.add(r));
        fits
    }

    /// The same at one size.
    pub fn fits_at(&self, cell: usize, arm: usize, size: u64) -> Fits {
        let mut fits = Fits::default();
        self.at(cell, arm, size).iter().for_each(|r| fits.add(r));
        fits
    }

    /// Why rows of a (cell, arm) are not certified, with how many they are.
    pub fn reasons(&self, cell: usize, arm: usize) -> BTreeMap<Reason, u64> {
        let mut reasons = BTreeMap::new();
        let rows = self.experiment.sizes.iter().flat_map(|n| self.at(cell, arm, *n));
        for record in rows.filter(|r| r.status != Status::Certified) {
            let text = record.reason.split(':').next().unwrap_or_default().to_owned();
            *reasons.entry(Reason { status: record.status.name(), text }).or_default() += 1;
        }
        reasons
    }

    /// The sentence that forbids a verdict on a place from size `from` on, when in one of its cells at one of these sizes
    /// more rows are not certified than the experiment allows. Slopes of the others would be those of a selection.
    pub fn too_many_failures(&self, place: &Place, from: u64) -> Option<String> {
        let limit = self.experiment.inference.failure_limit;
        let judged = self.experiment.sizes.iter().copied().filter(|n| *n >= from);
        let counted = judged.flat_map(|size| place.cells.iter().map(move |cell| (*cell, size)));
        let counted = counted.map(|(cell, size)| {
            let rows = self.at(cell, place.arm, size);
            (cell, size, rows.iter().filter(|r| r.status != Status::Certified).count(), rows.len())
        });
        let share = |(_, _, bad, all): &(usize, u64, usize, usize)| *bad as f64 / (*all).max(1) as f64;
        let worst = counted.reduce(|a, b| if share(&b) > share(&a) { b } else { a })?;
        (share(&worst) > limit).then(|| {
            let (cell, size, bad, all) = worst;
            let name = &self.experiment.cells[cell].name;
            format!(
                "{bad} of {all} fits in {name} at n = {size} failed or are not certified, more than the failure limit \
                 {limit}"
            )
        })
    }
}
