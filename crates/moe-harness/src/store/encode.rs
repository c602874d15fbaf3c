//! From records to the columns of the three tables.

use moe_core::content::short_hex;

use super::layout::Table;
use super::table::{Column, Frame, Text};
use crate::quantities::Quantities;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record, RowKey, StartRow};

/// The columns of a table, with the number of its rows.
///
/// # Errors
/// A message when a record holds what the tables have no place for.
pub(super) fn encode(table: Table, records: &[&Record], seed: u64) -> Result<(Frame, usize), String> {
    records.iter().try_for_each(|record| fits(record))?;
    Ok(match table {
        Table::Rows => (rows(records, seed), records.len()),
        Table::Starts => {
            let lines: Vec<_> = records.iter().flat_map(|r| r.starts.iter().map(move |s| (*r, s))).collect();
            (starts(&lines), lines.len())
        }
        Table::Cells => {
            let lines: Vec<_> = records.iter().flat_map(|r| cell_lines(r)).collect();
            (cells(&lines), lines.len())
        }
    })
}

/// Whether Voronoi cells have quantities of Voronoi cells alone.
fn fits(record: &Record) -> Result<(), String> {
    let Some(fit) = &record.fit else { return Ok(()) };
    let RowKey { size, replication, .. } = record.key;
    match fit.cells.iter().flat_map(Quantities::iter).find(|(kind, _)| !kind.per_atom()) {
        None => Ok(()),
        Some((kind, _)) => {
            let name = kind.name();
            Err(format!("n = {size}, replication {replication}: a Voronoi cell has no '{name}'"))
        }
    }
}

fn text<T>(lines: &[T], of: impl Fn(&T) -> Text) -> Column {
    Column::Text(lines.iter().map(|line| Some(of(line))).collect())
}

/// Text of the record that each line belongs to; lines of one record, which follow each other, share it.
fn text_of_records<T>(lines: &[T], record: impl Fn(&T) -> &Record, of: impl Fn(&Record) -> Text) -> Column {
    let of_records = lines.chunk_by(|a, b| std::ptr::eq(record(a), record(b)));
    let texts = of_records.flat_map(|lines| std::iter::repeat_n(Some(of(record(&lines[0]))), lines.len()));
    Column::Text(texts.collect())
}

fn whole<T>(lines: &[T], of: impl Fn(&T) -> u64) -> Column {
    Column::Whole(lines.iter().map(|line| Some(of(line))).collect())
}

fn number<T>(lines: &[T], of: impl Fn(&T) -> f64) -> Column {
    Column::Number(lines.iter().map(|line| Some(of(line))).collect())
}

fn key<T>(lines: &[T], record: impl Fn(&T) -> &Record) -> Frame {
    let text = |of: &dyn Fn(&Record) -> Text| text_of_records(lines, &record, of);
    Frame::default()
        .with("cell", text(&|r| r.cell_name.clone()))
        .with("arm", text(&|r| r.arm_name.clone()))
        .with("cell_hash", text(&|r| short_hex(&r.key.cell, 32).into()))
        .with("arm_hash", text(&|r| short_hex(&r.key.arm, 32).into()))
        .with("size", whole(lines, |l| record(l).key.size))
        .with("replication", whole(lines, |l| record(l).key.replication))
}

fn rows(records: &[&Record], seed: u64) -> Frame {
    let frame = key(records, |r| r)
        .with("truth_hash", text(records, |r| short_hex(&r.truth, 32).into()))
        .with("seed", whole(records, |_| seed))
        .with("status", text(records, |r| r.status.name().into()))
        .with("reason", text(records, |r| r.reason.clone()))
        .with("log_likelihood_truth", number(records, |r| r.log_likelihood_truth))
        .with(
            "log_likelihood_exact",
            Column::Number(records.iter().map(|r| r.log_likelihood_exact).collect()),
        )
        .with("seconds_sample", number(records, |r| r.seconds.sample))
        .with("seconds_fit", number(records, |r| r.seconds.fit))
        .with("seconds_score", number(records, |r| r.seconds.score));
    fitted(frame, &records.iter().map(|r| r.fit.as_ref()).collect::<Vec<_>>())
}

fn fitted(frame: Frame, fits: &[Option<&FittedRow>]) -> Frame {
    fn each<V>(fits: &[Option<&FittedRow>], of: impl Fn(&FittedRow) -> V) -> Vec<Option<V>> {
        fits.iter().map(|fit| fit.map(&of)).collect()
    }
    let maybe = |of: &dyn Fn(&FittedRow) -> Option<f64>| {
        Column::Number(fits.iter().map(|fit| fit.and_then(of)).collect())
    };
    let error = |index: usize| Column::Number(each(fits, |f| f.density_errors[index]));
    let frame = frame
        .with("log_likelihood", Column::Number(each(fits, |f| f.log_likelihood)))
        .with("parameters", Column::Numbers(each(fits, |f| f.parameters.clone())))
        .with("score", Column::Number(each(fits, |f| f.score)))
        .with("gain", Column::Number(each(fits, |f| f.gain)))
        .with("curvature", Column::Number(each(fits, |f| f.curvature)))
        .with("at_box", Column::Text(each(fits, |f| f.at_box.clone())))
        .with("hits", Column::Whole(each(fits, |f| u64::from(f.hits))))
        .with("gap", maybe(&|f| f.gap))
        .with("stop", Column::Text(each(fits, |f| f.stop.clone())))
        .with("passes", Column::Whole(each(fits, |f| f.passes)))
        .with("alignment", Column::Numbers(each(fits, |f| f.alignment.clone())))
        .with("assignment", Column::Numbers(each(fits, |f| f.assignment.iter().map(|j| *j as f64).collect())))
        .with("alignment_exact", Column::Flag(each(fits, |f| f.alignment_exact)))
        .with("evaluation_rule", Column::Text(each(fits, |f| f.evaluation_rule.clone())))
        .with("hellinger_error", error(0))
        .with("total_variation_error", error(1))
        .with("kl_error", error(2));
    Kind::ALL.iter().fold(frame, |frame, kind| frame.with(kind.name(), maybe(&|f| f.quantities.get(*kind))))
}

fn starts(lines: &[(&Record, &StartRow)]) -> Frame {
    key(lines, |line| line.0)
        .with("index", whole(lines, |(_, s)| s.index))
        .with("kind", text(lines, |(_, s)| s.kind.clone()))
        .with("log_likelihood", number(lines, |(_, s)| s.log_likelihood))
        .with("iterations", whole(lines, |(_, s)| u64::from(s.iterations)))
        .with("passes", whole(lines, |(_, s)| u64::from(s.passes)))
        .with("stop", text(lines, |(_, s)| s.stop.clone()))
        .with("parameters", Column::Numbers(lines.iter().map(|(_, s)| Some(s.parameters.clone())).collect()))
}

/// One Voronoi cell of one record: the record, the true atom, its quantities.
type CellLine<'a> = (&'a Record, u64, &'a Quantities);

fn cell_lines(record: &Record) -> impl Iterator<Item = CellLine<'_>> {
    let cells = record.fit.iter().flat_map(|fit| &fit.cells);
    cells.zip(0..).map(move |(cell, atom)| (record, atom, cell))
}

fn cells(lines: &[CellLine<'_>]) -> Frame {
    let frame = key(lines, |line| line.0).with("true_atom", whole(lines, |line| line.1));
    Kind::ALL.iter().filter(|kind| kind.per_atom()).fold(frame, |frame, kind| {
        frame.with(kind.name(), Column::Number(lines.iter().map(|line| line.2.get(*kind)).collect()))
    })
}
