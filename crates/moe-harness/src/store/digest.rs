//! Digests of records: what was measured, whatever files, blocks, order, names and timings it came with.

use std::collections::BTreeMap;

use moe_core::content::{Content, ContentHash, short_hex};

use crate::quantities::Quantities;
use crate::record::{FittedRow, Record, RowKey, StartRow};

/// Digest of a set of records, 64 hexadecimal digits. Equal rows count once.
pub fn digest(records: &[Record]) -> String {
    digest_of(records.iter().map(|record| (record.key, row_digest(record))))
}

/// Digest of rows whose own digests are known.
pub(super) fn digest_of(rows: impl Iterator<Item = (RowKey, ContentHash)>) -> String {
    let rows: BTreeMap<RowKey, ContentHash> = rows.collect();
    digest_of_sorted(rows.values())
}

/// Digest of rows, given by their own in the order of their keys, each once.
pub(super) fn digest_of_sorted<'a>(rows: impl ExactSizeIterator<Item = &'a ContentHash>) -> String {
    let mut content = Content::new("moe-rates records");
    content.whole("rows", rows.len() as u64);
    for row in rows {
        content.hash("row", row);
    }
    short_hex(&content.finish(), 32)
}

/// Digest of records as if they had no starts.
pub(super) fn digest_without_starts<'a>(records: impl Iterator<Item = &'a Record>) -> String {
    digest_of(records.map(|record| (record.key, digest_with(record, &[]))))
}

/// Digest of one row with its starts and Voronoi cells; names of cell and arm, and timings, are left out.
pub(super) fn row_digest(record: &Record) -> ContentHash {
    digest_with(record, &record.starts)
}

/// The digest of a row that has these starts.
fn digest_with(record: &Record, starts: &[StartRow]) -> ContentHash {
    let mut content = Content::new("moe-rates record");
    let RowKey { cell, arm, size, replication } = &record.key;
    content.hash("cell", cell).hash("arm", arm).whole("size", *size).whole("replication", *replication);
    content.hash("truth", &record.truth).text("status", record.status.name()).text("reason", &record.reason);
    bits(&mut content, "log_likelihood_truth", &[record.log_likelihood_truth]);
    bits(&mut content, "log_likelihood_exact", record.log_likelihood_exact.as_slice());
    content.whole("fitted", u64::from(record.fit.is_some()));
    if let Some(fit) = &record.fit {
        add_fit(&mut content, fit);
    }
    content.whole("starts", starts.len() as u64);
    for start in starts {
        content.whole("index", start.index).text("kind", &start.kind).text("stop", &start.stop);
        content.whole("iterations", u64::from(start.iterations)).whole("passes", u64::from(start.passes));
        bits(&mut content, "log_likelihood", &[start.log_likelihood]);
        bits(&mut content, "parameters", &start.parameters);
    }
    content.finish()
}

fn add_fit(content: &mut Content, fit: &FittedRow) {
    bits(content, "log_likelihood", &[fit.log_likelihood]);
    bits(content, "parameters", &fit.parameters);
    bits(content, "certificate", &[fit.score, fit.gain, fit.curvature]);
    content.text("at_box", &fit.at_box).text("stop", &fit.stop).text("rule", &fit.evaluation_rule);
    content.whole("hits", u64::from(fit.hits)).whole("passes", fit.passes);
    bits(content, "gap", fit.gap.as_slice());
    bits(content, "alignment", &fit.alignment);
    fit.assignment.iter().for_each(|j| {
        content.whole("assignment", *j as u64);
    });
    content.whole("alignment_exact", u64::from(fit.alignment_exact));
    bits(content, "density_errors", &fit.density_errors);
    add_quantities(content, &fit.quantities);
    content.whole("cells", fit.cells.len() as u64);
    for cell in &fit.cells {
        add_quantities(content, cell);
    }
}

/// Quantities that exist, by name: a new kind does not change the digest of rows without it.
fn add_quantities(content: &mut Content, quantities: &Quantities) {
    content.whole("quantities", quantities.len() as u64);
    for (kind, value) in quantities.iter() {
        bits(content, kind.name(), &[value]);
    }
}

/// Numbers by their bits, zeros with their sign. The bits of a NaN depend on the machine: all NaN are one.
fn bits(content: &mut Content, tag: &str, values: &[f64]) {
    content.whole(tag, values.len() as u64);
    for value in values {
        content.whole("", if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() });
    }
}
