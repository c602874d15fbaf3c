//! One part: a block of replications in three files. The rows are written last: where they are, all is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use moe_core::content::ContentHash;
use sha2::{Digest, Sha256};

use super::atomic::{self, Lasting};
use super::decode::{Lines, decode};
use super::digest::{digest_of, digest_without_starts, row_digest};
use super::encode::encode;
use super::error::StoreError;
use super::header::{self, Header, RowSeal, Seal};
use super::identity::{Identity, known_schema};
use super::layout::{Block, Layout, PartName, Table};
use super::scan::Starts;
use super::schema;
use super::table::{self, Field, Opened, TableFile};
use crate::record::{Record, RowKey};

const MOVE_AWAY: &str = "move this file away; `moe run` then computes just these rows again";
const WRONG_SUM: &str = "the file is truncated, damaged or renamed: its checksum is not the one in its name";
const REPORT: &str = "this is a fault of the program: please report it";

/// Writes records of one (cell, arm, size), in any order.
///
/// # Errors
/// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] when the records are none, or not of one block.
pub(super) fn write(
    layout: &Layout,
    identity: &Identity,
    records: &[Record],
) -> Result<PartName, StoreError> {
    let fault = |what: String| StoreError::refused(layout.root(), what, REPORT);
    let [starts, cells, rows] = files(identity, records).map_err(fault)?;
    for (table, name, bytes) in [starts, cells] {
        atomic::write(&layout.part(table, &name), &bytes, Lasting::Synced)?;
    }
    let (table, name, bytes) = rows;
    atomic::write(&layout.part(table, &name), &bytes, Lasting::Synced)?;
    Ok(name)
}

/// One of the files of a part.
type PartFile = (Table, PartName, Vec<u8>);

/// The files of a part: starts, Voronoi cells, and the rows that vouch for them.
///
/// # Errors
/// A message when the records are none, or not of one block.
pub(super) fn files(identity: &Identity, records: &[Record]) -> Result<[PartFile; 3], String> {
    sealed(identity, records, Some)
}

/// The files, with what `vouched` leaves of the seal for readers that do without the starts.
pub(super) fn sealed(
    identity: &Identity,
    records: &[Record],
    vouched: fn(RowSeal) -> Option<RowSeal>,
) -> Result<[PartFile; 3], String> {
    let mut sorted: Vec<&Record> = records.iter().collect();
    sorted.sort_by_key(|record| record.key);
    let block = block_of(&sorted)?;
    let header = Header { identity: identity.clone(), block };
    let file = |table: Table, seal: Option<&Seal>| -> Result<(PartFile, ContentHash), String> {
        let (frame, rows) = encode(table, &sorted, identity.master_seed)?;
        let mut metadata = header.metadata(table, rows);
        metadata.extend(seal.map(Seal::metadata).unwrap_or_default());
        let bytes = table::write(table.name(), &schema::fields(table), &frame, rows, &metadata)?;
        let sum = checksum(&bytes);
        Ok(((table, PartName::new(&block, &sum), bytes), sum))
    };
    let (starts, starts_sum) = file(Table::Starts, None)?;
    let (cells, cells_sum) = file(Table::Cells, None)?;
    let digests: Vec<ContentHash> = sorted.iter().map(|record| row_digest(record)).collect();
    let rows = RowSeal { without_starts: digest_without_starts(sorted.iter().copied()), digests };
    let keys = sorted.iter().map(|record| record.key);
    let content = digest_of(keys.zip(rows.digests.iter().copied()));
    let seal = Seal { starts: starts_sum, cells: cells_sum, content, rows: vouched(rows) };
    Ok([starts, cells, file(Table::Rows, Some(&seal))?.0])
}

fn block_of(sorted: &[&Record]) -> Result<Block, String> {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Err("a part without rows".to_owned());
    };
    let RowKey { cell, arm, size, replication } = first.key;
    if (cell, arm, size) != (last.key.cell, last.key.arm, last.key.size) {
        return Err("a part of more than one cell, arm or size".to_owned());
    }
    if sorted.windows(2).any(|pair| pair[0].key == pair[1].key) {
        return Err("a part with the same replication twice".to_owned());
    }
    Ok(Block { cell, arm, size, first: replication, last: last.key.replication })
}

pub(super) fn checksum(bytes: &[u8]) -> ContentHash {
    Sha256::digest(bytes).into()
}

/// A part whose rows are whole and of the right run; its other tables are not yet looked at.
pub(super) struct OpenPart<'a> {
    layout: &'a Layout,
    name: PartName,
    pub(super) header: Header,
    pub(super) seal: Seal,
    file: TableFile,
}

impl<'a> OpenPart<'a> {
    /// Opens the rows of a part of a run, after checking their bytes, schema, identity and place.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] when the file is not what it should be.
    pub(super) fn open(layout: &'a Layout, identity: &Identity, name: PartName) -> Result<Self, StoreError> {
        let path = layout.part(Table::Rows, &name);
        let refuse = |what: String| StoreError::refused(&path, what, MOVE_AWAY);
        let (bytes, sum) = read_whole(&path, |sum| name.fits_checksum(sum))?;
        let opened = Opened::new(bytes).map_err(|what| refuse(damaged(&what)))?;
        known_schema(&path, header::schema_version(opened.metadata()).map_err(refuse)?)?;
        let header = Header::read(opened.metadata()).map_err(refuse)?;
        if let Some(words) = identity.differences(&header.identity) {
            let mend = "move this file away: rows of different runs never share a folder";
            return Err(StoreError::refused(&path, format!("a part of another run: {words}"), mend));
        }
        if !name.fits(&header.block, &sum) {
            return Err(refuse("the name of the part does not say what is in it".to_owned()));
        }
        let seal = Seal::read(opened.metadata()).map_err(refuse)?;
        let file = opened.table(Table::Rows.name(), &schema::fields(Table::Rows));
        let file = file.map_err(|what| refuse(damaged(&what)))?;
        Ok(Self { layout, name, header, seal, file })
    }

    /// The names of its side files.
    pub(super) fn side_names(&self) -> [(Table, PartName); 2] {
        let name = |sum| PartName::new(&self.header.block, sum);
        [(Table::Starts, name(&self.seal.starts)), (Table::Cells, name(&self.seal.cells))]
    }

    /// The keys of its rows, without reading anything else.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when the bytes cannot be decoded.
    pub(super) fn keys(&self) -> Result<Vec<RowKey>, StoreError> {
        let Block { cell, arm, size, .. } = self.header.block;
        let read = || -> Result<Vec<RowKey>, String> {
            let frame = self.file.frame(&[schema::REPLICATION])?;
            let replication = |row| frame.need_whole(schema::REPLICATION.name, row);
            (0..self.file.rows())
                .map(|row| Ok(RowKey { cell, arm, size, replication: replication(row)? }))
                .collect()
        };
        read().map_err(|what| self.refused(damaged(&what)))
    }

    /// The records, held against their checksum, each with its own digest. Starts that are to be skipped are not decoded
    /// where the seal vouches for the rest of the rows; their file is held against its checksum all the same.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] when a side file is missing or damaged, or
    /// when the tables contradict each other.
    pub(super) fn records(&self, starts: Starts) -> Result<Vec<(Record, ContentHash)>, StoreError> {
        let refused = |what| self.refused(what);
        let rows = lines(&self.file, &schema::fields(Table::Rows)).map_err(refused)?;
        let vouched = self.seal.rows.as_ref().filter(|_| starts == Starts::Skip);
        let bytes = self.whole_side(Table::Starts, &self.seal.starts)?;
        let starts = if vouched.is_none() { Some(self.side(Table::Starts, bytes)?) } else { None };
        let cells = self.side(Table::Cells, self.whole_side(Table::Cells, &self.seal.cells)?)?;
        let records = decode(&rows, starts, &cells).map_err(refused)?;
        let digests =
            vouched.map_or_else(|| records.iter().map(row_digest).collect(), |rows| rows.digests.clone());
        if self.are_written(&records, &digests) {
            Ok(records.into_iter().zip(digests).collect())
        } else {
            Err(self.refused("the rows are not those that were written".to_owned()))
        }
    }

    /// Whether these are the records of the seal, and in their place.
    fn are_written(&self, records: &[Record], digests: &[ContentHash]) -> bool {
        let keys = records.iter().map(|record| record.key);
        let content = digest_of(keys.zip(digests.iter().copied()));
        let vouched = |rows: &RowSeal| digest_without_starts(records.iter()) == rows.without_starts;
        digests.len() == records.len()
            && content == self.seal.content
            && self.seal.rows.as_ref().is_none_or(vouched)
            && records.iter().all(|record| self.places(&record.key))
    }

    /// Whether a row with this key belongs into the block.
    fn places(&self, key: &RowKey) -> bool {
        let Block { cell, arm, size, first, last } = self.header.block;
        (key.cell, key.arm, key.size) == (cell, arm, size) && (first..=last).contains(&key.replication)
    }

    /// The refusal of a part without one of its side files.
    pub(super) fn lacks(&self, table: Table, side: &PartName) -> StoreError {
        let what = format!("is missing, though {} needs it", self.path().display());
        StoreError::refused(
            &self.layout.part(table, side),
            what,
            format!("copy it here too, or {}", self.mend()),
        )
    }

    /// The bytes of a side file, of which nothing but the checksum is looked at.
    fn whole_side(&self, table: Table, sum: &ContentHash) -> Result<Bytes, StoreError> {
        let name = PartName::new(&self.header.block, sum);
        match read_whole(&self.layout.part(table, &name), |found| found == sum) {
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(self.lacks(table, &name))
            }
            Err(StoreError::Refused(_)) => Err(self.refused_side(table, WRONG_SUM.to_owned())),
            read => Ok(read?.0),
        }
    }

    /// The lines of a side file.
    fn side(&self, table: Table, bytes: Bytes) -> Result<Lines, StoreError> {
        let fields = schema::fields(table);
        let read = Opened::new(bytes)
            .and_then(|opened| opened.table(table.name(), &fields))
            .and_then(|file| lines(&file, &fields));
        read.map_err(|what| self.refused_side(table, damaged(&what)))
    }

    /// A damaged side file leaves its part incomplete: its rows have to go too.
    fn refused_side(&self, table: Table, what: String) -> StoreError {
        let names = self.side_names();
        let name = names.iter().find(|(side, _)| *side == table).map_or(&self.name, |(_, name)| name);
        let path = self.layout.part(table, name);
        StoreError::refused(&path, what, format!("move it away, and {}", self.mend()))
    }

    fn path(&self) -> PathBuf {
        self.layout.part(Table::Rows, &self.name)
    }

    fn mend(&self) -> String {
        format!("move {} away; `moe run` then computes just these rows again", self.path().display())
    }

    fn refused(&self, what: String) -> StoreError {
        StoreError::refused(&self.path(), what, MOVE_AWAY)
    }
}

fn damaged(what: &str) -> String {
    format!("the file cannot be read: {what}")
}

fn lines(file: &TableFile, fields: &[Field]) -> Result<Lines, String> {
    Ok(Lines { frame: file.frame(fields)?, rows: file.rows() })
}

/// Reads a file and holds its checksum against what is known of it, before anything is parsed.
fn read_whole(
    path: &Path,
    fits: impl FnOnce(&ContentHash) -> bool,
) -> Result<(Bytes, ContentHash), StoreError> {
    let bytes = fs::read(path).map_err(StoreError::io(path, "read the part"))?;
    let sum = checksum(&bytes);
    if fits(&sum) { Ok((bytes.into(), sum)) } else { Err(StoreError::refused(path, WRONG_SUM, MOVE_AWAY)) }
}
