//! From the columns of the three tables back to records.

use moe_core::content::ContentHash;

use super::table::{Frame, Text, Values};
use crate::quantities::Quantities;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record, RowKey, Seconds, StartRow, Status};

/// A table that was read: its columns and the number of its rows.
pub(super) struct Lines {
    pub(super) frame: Frame,
    pub(super) rows: usize,
}

/// The records of a part, each with its Voronoi cells, and with its starts where these were read.
///
/// # Errors
/// A message when the tables contradict themselves or each other.
pub(super) fn decode(rows: &Lines, starts: Option<Lines>, cells: &Lines) -> Result<Vec<Record>, String> {
    let (of_rows, of_cells) = (Keys::new(rows)?, Keys::new(cells)?);
    let mut next_cell = 0;
    let mut records = Vec::new();
    for row in 0..rows.rows {
        let mut record = record(&rows.frame, row)?;
        while next_cell < cells.rows && of_cells.at(next_cell)? == of_rows.at(row)? {
            let fit = record.fit.as_mut().ok_or("Voronoi cells of a row without a fit")?;
            if cells.frame.need_whole("true_atom", next_cell)? != fit.cells.len() as u64 {
                return Err("the true atoms of a row are not 0, 1, …".to_owned());
            }
            fit.cells.push(cell(&cells.frame, next_cell)?);
            next_cell += 1;
        }
        records.push(record);
    }
    if next_cell < cells.rows {
        return Err("Voronoi cells that belong to no row".to_owned());
    }
    if let Some(starts) = starts {
        add_starts(&mut records, &of_rows, starts)?;
    }
    Ok(records)
}

/// Gives the records their starts, which come in the same order.
fn add_starts(records: &mut [Record], of_rows: &Keys<'_>, mut starts: Lines) -> Result<(), String> {
    let parameters = starts.frame.take_lists("parameters")?;
    let of_starts = Keys::new(&starts)?;
    let mut in_order = Starts::new(&starts.frame, parameters)?;
    let mut next = 0;
    for (row, record) in records.iter_mut().enumerate() {
        while next < starts.rows && of_starts.at(next)? == of_rows.at(row)? {
            record.starts.push(in_order.take(next)?);
            next += 1;
        }
    }
    if next == starts.rows { Ok(()) } else { Err("starts that belong to no row".to_owned()) }
}

/// Reads 64 hexadecimal digits.
pub(super) fn hash(text: &str) -> Result<ContentHash, String> {
    let broken = || format!("'{text}' is not a hash");
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(broken());
    }
    let mut hash = ContentHash::default();
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| broken())?;
    }
    Ok(hash)
}

fn narrow(value: u64) -> Result<u32, String> {
    u32::try_from(value).map_err(|_| format!("{value} is out of range"))
}

fn key(frame: &Frame, row: usize) -> Result<RowKey, String> {
    Ok(RowKey {
        cell: hash(frame.need_text("cell_hash", row)?)?,
        arm: hash(frame.need_text("arm_hash", row)?)?,
        size: frame.need_whole("size", row)?,
        replication: frame.need_whole("replication", row)?,
    })
}

/// The columns of a table that say to which row its lines belong.
struct Keys<'a> {
    replication: Values<'a, u64>,
    size: Values<'a, u64>,
    cell: Values<'a, Text>,
    arm: Values<'a, Text>,
}

impl<'a> Keys<'a> {
    fn new(lines: &'a Lines) -> Result<Self, String> {
        let frame = &lines.frame;
        Ok(Self {
            replication: frame.wholes("replication")?,
            size: frame.wholes("size")?,
            cell: frame.texts("cell_hash")?,
            arm: frame.texts("arm_hash")?,
        })
    }

    /// The key of a line; hashes as they are written.
    fn at(&self, row: usize) -> Result<(u64, u64, &'a str, &'a str), String> {
        let Self { replication, size, cell, arm } = self;
        Ok((*replication.need(row)?, *size.need(row)?, cell.need(row)?, arm.need(row)?))
    }
}

fn record(frame: &Frame, row: usize) -> Result<Record, String> {
    let text = |name| frame.shared_text(name, row);
    let status = frame.need_text("status", row)?;
    Ok(Record {
        key: key(frame, row)?,
        cell_name: text("cell")?,
        arm_name: text("arm")?,
        truth: hash(frame.need_text("truth_hash", row)?)?,
        status: Status::from_name(status).ok_or_else(|| format!("'{status}' is no status"))?,
        reason: text("reason")?,
        fit: frame.number("log_likelihood", row)?.map(|value| fit(frame, row, value)).transpose()?,
        log_likelihood_truth: frame.need_number("log_likelihood_truth", row)?,
        log_likelihood_exact: frame.number("log_likelihood_exact", row)?,
        starts: Vec::new(),
        seconds: Seconds {
            sample: frame.need_number("seconds_sample", row)?,
            fit: frame.need_number("seconds_fit", row)?,
            score: frame.need_number("seconds_score", row)?,
        },
    })
}

fn fit(frame: &Frame, row: usize, log_likelihood: f64) -> Result<FittedRow, String> {
    let number = |name| frame.need_number(name, row);
    let text = |name| frame.shared_text(name, row);
    let numbers = |name| frame.need_numbers(name, row).map(<[f64]>::to_vec);
    Ok(FittedRow {
        log_likelihood,
        parameters: numbers("parameters")?,
        score: number("score")?,
        gain: number("gain")?,
        curvature: number("curvature")?,
        at_box: text("at_box")?,
        hits: narrow(frame.need_whole("hits", row)?)?,
        gap: frame.number("gap", row)?,
        stop: text("stop")?,
        passes: frame.need_whole("passes", row)?,
        alignment: numbers("alignment")?,
        assignment: numbers("assignment")?.iter().map(|j| *j as usize).collect(),
        alignment_exact: frame.need_flag("alignment_exact", row)?,
        quantities: quantities(|kind| frame.number(kind.name(), row))?,
        density_errors: [number("hellinger_error")?, number("total_variation_error")?, number("kl_error")?],
        evaluation_rule: text("evaluation_rule")?,
        cells: Vec::new(),
    })
}

/// The columns of the starts, of which there are a hundred for each row.
struct Starts<'a> {
    index: Values<'a, u64>,
    kind: Values<'a, Text>,
    log_likelihood: Values<'a, f64>,
    iterations: Values<'a, u64>,
    passes: Values<'a, u64>,
    stop: Values<'a, Text>,
    /// Those of the starts that are still to be taken.
    parameters: std::vec::IntoIter<Option<Vec<f64>>>,
}

impl<'a> Starts<'a> {
    fn new(frame: &'a Frame, parameters: Vec<Option<Vec<f64>>>) -> Result<Self, String> {
        Ok(Self {
            index: frame.wholes("index")?,
            kind: frame.texts("kind")?,
            log_likelihood: frame.doubles("log_likelihood")?,
            iterations: frame.wholes("iterations")?,
            passes: frame.wholes("passes")?,
            stop: frame.texts("stop")?,
            parameters: parameters.into_iter(),
        })
    }

    /// The start of a line; lines are taken one after the other.
    fn take(&mut self, row: usize) -> Result<StartRow, String> {
        Ok(StartRow {
            index: *self.index.need(row)?,
            kind: self.kind.need(row)?.clone(),
            log_likelihood: *self.log_likelihood.need(row)?,
            iterations: narrow(*self.iterations.need(row)?)?,
            passes: narrow(*self.passes.need(row)?)?,
            stop: self.stop.need(row)?.clone(),
            origin: Vec::new(),
            parameters: self.parameters.next().flatten().ok_or("a start has no parameters")?,
        })
    }
}

fn cell(frame: &Frame, row: usize) -> Result<Quantities, String> {
    quantities(|kind| if kind.per_atom() { frame.number(kind.name(), row) } else { Ok(None) })
}

fn quantities(of: impl Fn(Kind) -> Result<Option<f64>, String>) -> Result<Quantities, String> {
    let all: Vec<Option<f64>> = Kind::ALL.iter().map(|kind| of(*kind)).collect::<Result<_, _>>()?;
    Ok(Quantities::new(|kind| all[kind as usize]))
}
