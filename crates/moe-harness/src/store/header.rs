//! What a part says about itself, beside its table: identity of the run, block, checksums of what belongs to it.

use std::str::FromStr;

use moe_core::content::{ContentHash, short_hex};

use super::decode::hash;
use super::identity::Identity;
use super::layout::{Block, Table};
use super::table::Metadata;

/// What every table of a part says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) identity: Identity,
    pub(super) block: Block,
}

/// What the rows of a part say besides: they are written last, and vouch for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seal {
    /// SHA-256 of the file of starts.
    pub(super) starts: ContentHash,
    /// SHA-256 of the file of Voronoi cells.
    pub(super) cells: ContentHash,
    /// Digest of the records.
    pub(super) content: String,
    /// For readers that do without the starts; the first parts that were ever written have none.
    pub(super) rows: Option<RowSeal>,
}

/// What vouches for rows whose starts are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowSeal {
    /// Digest of every record, in the order of their keys.
    pub(super) digests: Vec<ContentHash>,
    /// Digest of the records without their starts.
    pub(super) without_starts: String,
}

impl Header {
    /// As text beside `table`, which has `rows` rows.
    pub(super) fn metadata(&self, table: Table, rows: usize) -> Metadata {
        let Block { cell, arm, size, first, last } = &self.block;
        let own = [
            ("table", table.name().to_owned()),
            ("rows", rows.to_string()),
            ("cell_hash", short_hex(cell, 32)),
            ("arm_hash", short_hex(arm, 32)),
            ("size", size.to_string()),
            ("first_replication", first.to_string()),
            ("last_replication", last.to_string()),
        ];
        self.identity.fields().into_iter().chain(own).map(|(key, value)| (keyed(key), value)).collect()
    }

    /// # Errors
    /// A message when something is missing or ill-formed.
    pub(super) fn read(metadata: &Metadata) -> Result<Self, String> {
        Ok(Self {
            identity: Identity {
                schema_version: value(metadata, "schema_version")?,
                streams_schema: value(metadata, "streams_schema")?,
                numerics_version: value(metadata, "numerics_version")?,
                master_seed: value(metadata, "master_seed")?,
                experiment: value(metadata, "experiment")?,
            },
            block: Block {
                cell: hash(text(metadata, "cell_hash")?)?,
                arm: hash(text(metadata, "arm_hash")?)?,
                size: value(metadata, "size")?,
                first: value(metadata, "first_replication")?,
                last: value(metadata, "last_replication")?,
            },
        })
    }
}

impl Seal {
    pub(super) fn metadata(&self) -> Metadata {
        let own = [
            ("starts_sha256", short_hex(&self.starts, 32)),
            ("cells_sha256", short_hex(&self.cells, 32)),
            ("content_sha256", self.content.clone()),
        ];
        let of_rows = self.rows.iter().flat_map(|rows| {
            let digests = rows.digests.iter().map(|digest| short_hex(digest, 32));
            [(ROWS, digests.collect()), (WITHOUT_STARTS, rows.without_starts.clone())]
        });
        own.into_iter().chain(of_rows).map(|(key, value)| (keyed(key), value)).collect()
    }

    /// # Errors
    /// A message when something is missing or ill-formed.
    pub(super) fn read(metadata: &Metadata) -> Result<Self, String> {
        Ok(Self {
            starts: hash(text(metadata, "starts_sha256")?)?,
            cells: hash(text(metadata, "cells_sha256")?)?,
            content: value(metadata, "content_sha256")?,
            rows: metadata.contains_key(&keyed(ROWS)).then(|| RowSeal::read(metadata)).transpose()?,
        })
    }
}

/// Keys of a [`RowSeal`].
const ROWS: &str = "rows_sha256";
const WITHOUT_STARTS: &str = "without_starts_sha256";

impl RowSeal {
    fn read(metadata: &Metadata) -> Result<Self, String> {
        let digests = text(metadata, ROWS)?.as_bytes().chunks(64);
        Ok(Self {
            digests: digests
                .map(|digits| hash(&String::from_utf8_lossy(digits)))
                .collect::<Result<_, _>>()?,
            without_starts: value(metadata, WITHOUT_STARTS)?,
        })
    }
}

/// The version of the layout, which stands in every layout at the same place.
pub(super) fn schema_version(metadata: &Metadata) -> Result<u32, String> {
    value(metadata, "schema_version")
}

fn keyed(key: &str) -> String {
    format!("moe.{key}")
}

fn text<'a>(metadata: &'a Metadata, key: &str) -> Result<&'a str, String> {
    metadata.get(&keyed(key)).map(String::as_str).ok_or_else(|| format!("its metadata lack '{}'", keyed(key)))
}

fn value<T: FromStr>(metadata: &Metadata, key: &str) -> Result<T, String> {
    let text = text(metadata, key)?;
    text.parse().map_err(|_| format!("'{text}' is no {}", keyed(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_seals_come_back() {
        let header = Header {
            identity: Identity::current("fig1", u64::MAX),
            block: Block { cell: [7; 32], arm: [9; 32], size: 1_000_000_000_000, first: 3, last: 8 },
        };
        let rows = RowSeal { digests: vec![[3; 32], [4; 32]], without_starts: "cd".into() };
        let seal = Seal { starts: [1; 32], cells: [2; 32], content: "ab".into(), rows: Some(rows) };
        let earlier = Seal { rows: None, ..seal.clone() };
        assert_eq!(Seal::read(&earlier.metadata()), Ok(earlier));
        let mut metadata = header.metadata(Table::Rows, 6);
        metadata.extend(seal.metadata());
        assert_eq!(Header::read(&metadata), Ok(header));
        assert_eq!(Seal::read(&metadata), Ok(seal));
        metadata.insert("moe.rows_sha256".into(), "03".repeat(40));
        assert!(Seal::read(&metadata).unwrap_err().contains("is not a hash"));
        metadata.insert("moe.size".into(), "-1".into());
        assert!(Header::read(&metadata).unwrap_err().contains("moe.size"));
        metadata.remove("moe.size");
        assert!(Header::read(&metadata).unwrap_err().contains("moe.size"));
    }
}
