//! Reading a whole run folder: every part, held against its checksums and against the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use moe_core::content::ContentHash;
use rayon::prelude::*;

use super::digest::digest_of_sorted;
use super::error::{Refusal, StoreError};
use super::identity::Identity;
use super::layout::{self, Block, Layout, PartName, Table};
use super::part::OpenPart;
use crate::record::{Record, RowKey};

/// Parts that are read for each thread before what is in them is taken together; a part is a few hundred kilobytes.
const AT_ONCE: usize = 8;

/// What a scan does with the starts of each record, which are most of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Records are complete.
    Keep,
    /// `starts` of every record is left empty, after it was read and had its part in the digest.
    Drop,
    /// `starts` of every record is left empty, and its file held against its checksum alone: the digest is made of those
    /// that the rows had when they were written.
    Skip,
}

/// What is in a run folder.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The records, sorted by key, each once.
    pub records: Vec<Record>,
    /// Digest of the records, starts included; see [`super::digest`].
    pub digest: String,
    /// The parts they came from, by file name.
    pub parts: Vec<Part>,
    /// How many rows were there again, with the same bits.
    pub repeated: usize,
    /// Files and folders among the parts that are not the program's. Unfinished files are not listed.
    pub foreign: Vec<PathBuf>,
    /// Side files whose rows were never written: a run was killed between the two. Harmless.
    pub orphans: Vec<PathBuf>,
}

/// A part that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The file of its rows.
    pub path: PathBuf,
    /// What it holds.
    pub block: Block,
    /// How many rows.
    pub rows: usize,
}

/// The files among the parts.
struct Listing {
    names: BTreeMap<Table, BTreeSet<PartName>>,
    foreign: Vec<PathBuf>,
}

/// Reads everything.
///
/// # Errors
/// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] with every file that cannot be accepted.
pub(super) fn scan(layout: &Layout, identity: &Identity, starts: Starts) -> Result<Scan, StoreError> {
    let mut listing = list(layout)?;
    let mut gathered = Gathered::default();
    let mut refusals = Vec::new();
    let names = Vec::from_iter(listing.names.remove(&Table::Rows).unwrap_or_default());
    for names in names.chunks(AT_ONCE * rayon::current_num_threads()) {
        // Parts are read side by side, and taken in the order of their names.
        let read: Vec<_> =
            names.par_iter().map(|name| ReadPart::new(layout, identity, name, starts)).collect();
        for read in read {
            if let Some(ReadPart { part, sides, rows }) = StoreError::collect(read, &mut refusals)? {
                for (table, side) in sides {
                    listing.names.entry(table).or_default().remove(&side);
                }
                gathered.add(part, rows);
            }
        }
    }
    gathered.sort();
    refusals.extend(gathered.clashes());
    StoreError::unless_empty(refusals)?;
    let orphans =
        listing.names.iter().flat_map(|(table, names)| names.iter().map(|n| layout.part(*table, n)));
    let orphans = orphans.collect();
    let Gathered { parts, rows, repeated, .. } = gathered;
    let digest = digest_of_sorted(rows.iter().map(|row| &row.digest));
    let records = rows.into_iter().map(|row| row.record).collect();
    Ok(Scan { records, digest, parts, repeated, foreign: listing.foreign, orphans })
}

/// The keys of the rows that are there, without reading side files or values.
///
/// # Errors
/// As [`scan`]; but damage inside side files is not seen.
pub(super) fn present(layout: &Layout, identity: &Identity) -> Result<BTreeSet<RowKey>, StoreError> {
    let listing = list(layout)?;
    let mut keys = BTreeSet::new();
    let mut refusals = Vec::new();
    for name in listing.names.get(&Table::Rows).into_iter().flatten() {
        let read = OpenPart::open(layout, identity, name.clone()).and_then(|part| {
            let there = |(table, side): &(Table, PartName)| {
                listing.names.get(table).is_some_and(|names| names.contains(side))
            };
            match part.side_names().iter().find(|side| !there(side)) {
                None => part.keys(),
                Some((table, side)) => Err(part.lacks(*table, side)),
            }
        });
        keys.extend(StoreError::collect(read, &mut refusals)?.into_iter().flatten());
    }
    StoreError::unless_empty(refusals)?;
    Ok(keys)
}

/// The names of the parts of a table, without opening them.
pub(super) fn names(layout: &Layout, table: Table) -> Result<BTreeSet<PartName>, StoreError> {
    Ok(list_table(layout, table)?.0)
}

fn list(layout: &Layout) -> Result<Listing, StoreError> {
    let mut listing = Listing { names: BTreeMap::new(), foreign: Vec::new() };
    for table in Table::ALL {
        let (names, foreign) = list_table(layout, table)?;
        listing.names.insert(table, names);
        listing.foreign.extend(foreign);
    }
    listing.foreign.sort();
    Ok(listing)
}

/// The parts of a table, and what else lies in its folder; unfinished files are passed over.
fn list_table(layout: &Layout, table: Table) -> Result<(BTreeSet<PartName>, Vec<PathBuf>), StoreError> {
    let folder = layout.table(table);
    let (mut names, mut foreign) = (BTreeSet::new(), Vec::new());
    let paths: Vec<_> =
        match fs::read_dir(&folder).and_then(|entries| entries.map(|e| Ok(e?.path())).collect()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((names, foreign)),
            paths => paths.map_err(StoreError::io(&folder, "list the folder"))?,
        };
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match PartName::parse(name) {
            Some(name) => {
                names.insert(name);
            }
            None if layout::is_temporary(name) => {}
            None => foreign.push(path),
        }
    }
    Ok((names, foreign))
}

/// A part with the digests of its rows, and what else belongs to it.
struct ReadPart {
    part: Part,
    sides: Vec<(Table, PartName)>,
    rows: Vec<(Record, ContentHash)>,
}

impl ReadPart {
    fn new(
        layout: &Layout,
        identity: &Identity,
        name: &PartName,
        starts: Starts,
    ) -> Result<Self, StoreError> {
        let open = OpenPart::open(layout, identity, name.clone())?;
        let (block, sides) = (open.header.block, Vec::from_iter(open.side_names()));
        let mut rows = open.records(starts)?;
        if starts != Starts::Keep {
            rows.iter_mut().for_each(|(record, _)| record.starts = Vec::new());
        }
        let path = layout.part(Table::Rows, name);
        Ok(Self { part: Part { path, block, rows: rows.len() }, sides, rows })
    }
}

/// A record with its digest and the part it was found in.
struct Row {
    record: Record,
    digest: ContentHash,
    part: usize,
}

/// What was read so far.
#[derive(Default)]
struct Gathered {
    parts: Vec<Part>,
    /// The first so many are sorted by key, each key once.
    rows: Vec<Row>,
    sorted: usize,
    repeated: usize,
    /// Parts with a row that has other bits in an earlier one: the row, and that part.
    clashes: BTreeMap<usize, (RowKey, usize)>,
}

impl Gathered {
    /// Rows that are read before they are sorted for the first time, at least; few in tests, so that they come to be sorted twice.
    const FEW: usize = if cfg!(test) { 4 } else { 4096 };

    /// Takes a part. Rows are sorted whenever there are twice as many, so that those of parts that repeat each other are never
    /// all held.
    fn add(&mut self, part: Part, rows: Vec<(Record, ContentHash)>) {
        let index = self.parts.len();
        self.rows.extend(rows.into_iter().map(|(record, digest)| Row { record, digest, part: index }));
        self.parts.push(part);
        if self.rows.len() >= Self::FEW.max(2 * self.sorted) {
            self.sort();
        }
    }

    /// Sorts the rows by key and keeps each once, from the first part that has it.
    fn sort(&mut self) {
        let Self { rows, repeated, clashes, .. } = self;
        rows.sort_unstable_by_key(|row| (row.record.key, row.part));
        rows.dedup_by(|again, first| {
            let same = again.record.key == first.record.key;
            if same && again.digest == first.digest {
                *repeated += 1;
            } else if same {
                clashes.entry(again.part).or_insert((first.record.key, first.part));
            }
            same
        });
        self.sorted = self.rows.len();
    }

    /// The refusals of the parts that have other bits for a row than an earlier one, one for each.
    fn clashes(&self) -> impl Iterator<Item = Refusal> {
        self.clashes.iter().map(|(part, (key, other))| {
            let what = format!(
                "contradicts {}: the same row (n = {}, replication {}) has other bits there",
                self.parts[*other].path.display(),
                key.size,
                key.replication
            );
            let mend =
                "find out which program or machine wrote each (see manifest/), and move one of them away";
            Refusal::new(&self.parts[*part].path, what, mend)
        })
    }
}
