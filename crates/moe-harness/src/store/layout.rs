//! Where things lie in a run folder: the only place where its paths are joined and its file names are read.

use std::fmt;
use std::path::{Path, PathBuf};

use moe_core::content::{ContentHash, short_hex};

/// Bytes of a hash that stand in a file name (twice as many hexadecimal digits).
const SHORT: usize = 6;
/// Start of the name of a file that is not finished; readers pass over such files.
const TEMPORARY: &str = ".tmp-";

/// The three tables of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Rows,
    Starts,
    Cells,
}

impl Table {
    pub(super) const ALL: [Table; 3] = [Table::Rows, Table::Starts, Table::Cells];

    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Rows => "rows",
            Table::Starts => "starts",
            Table::Cells => "cells",
        }
    }
}

/// A block of replications of one (cell, arm, size).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Content hash of the cell.
    pub cell: ContentHash,
    /// Content hash of the arm.
    pub arm: ContentHash,
    /// Sample size n.
    pub size: u64,
    /// Smallest replication.
    pub first: u64,
    /// Largest replication; the block need not hold all that lie between.
    pub last: u64,
}

/// The name of a part's file says which block it holds and what its bytes must hash to, so that a damaged file is
/// known before it is parsed, and files of different runs can be copied together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PartName(String);

impl PartName {
    pub(super) fn new(block: &Block, checksum: &ContentHash) -> Self {
        let Block { cell, arm, size, first, last } = block;
        let [cell, arm, sum] = [cell, arm, checksum].map(|hash| short_hex(hash, SHORT));
        Self(format!("part-{cell}-{arm}-n{size}-r{first}-{last}-{sum}.parquet"))
    }

    /// Reads a file name; `None` when it is not that of a part.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_prefix("part-")?.strip_suffix(".parquet")?;
        let [cell, arm, size, first, last, sum] =
            stem.split('-').collect::<Vec<_>>().try_into().ok().map(|fields: [&str; 6]| fields)?;
        let fits = [cell, arm, sum].into_iter().all(is_hash)
            && [size.strip_prefix('n')?, first.strip_prefix('r')?, last].into_iter().all(is_whole);
        fits.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the name of a file of `block` whose bytes hash to `checksum`.
    pub(super) fn fits(&self, block: &Block, checksum: &ContentHash) -> bool {
        *self == Self::new(block, checksum)
    }

    /// Whether the part may hold replications of `block`.
    pub(super) fn overlaps(&self, block: &Block) -> bool {
        let [cell, arm] = [block.cell, block.arm].map(|hash| short_hex(&hash, SHORT));
        let replications = self.0.strip_prefix(&format!("part-{cell}-{arm}-n{}-r", block.size));
        let mut ends =
            replications.into_iter().flat_map(|rest| rest.split('-')).map_while(|n| n.parse().ok());
        let (first, last): (Option<u64>, Option<u64>) = (ends.next(), ends.next());
        first.is_some_and(|first| first <= block.last) && last.is_some_and(|last| block.first <= last)
    }

    /// Whether the bytes of the file may hash to `checksum`.
    pub(super) fn fits_checksum(&self, checksum: &ContentHash) -> bool {
        self.0.ends_with(&format!("-{}.parquet", short_hex(checksum, SHORT)))
    }
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a field of a name is the beginning of a hash.
fn is_hash(field: &str) -> bool {
    field.len() == 2 * SHORT && field.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a field of a name is a whole number, spelt as the program spells it.
fn is_whole(field: &str) -> bool {
    field.parse::<u64>().is_ok_and(|n| n.to_string() == field)
}

/// The name of a claim's file: (cell, arm, size), first and last replication of the block that is claimed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimName(String);

impl ClaimName {
    /// The claim of a block.
    pub fn new(block: &Block) -> Self {
        let [cell, arm] = [block.cell, block.arm].map(|hash| short_hex(&hash, SHORT));
        Self(format!("{cell}-{arm}-n{}-r{}-{}.json", block.size, block.first, block.last))
    }

    /// Reads a file name; `None` when it is not that of a claim.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(".json")?;
        let [cell, arm, size, first, last] =
            stem.split('-').collect::<Vec<_>>().try_into().ok().map(|fields: [&str; 5]| fields)?;
        let numbers = [size.strip_prefix('n')?, first.strip_prefix('r')?, last];
        (is_hash(cell) && is_hash(arm) && numbers.into_iter().all(is_whole)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end_matches(".json"))
    }
}

/// Paths of a run folder.
#[derive(Clone, Debug)]
pub(super) struct Layout(PathBuf);

impl Layout {
    /// Everything that the program makes at the top of a run folder.
    const TOP: [&str; 8] =
        ["identity.json", "manifest", "rows", "starts", "cells", "report", "claims", "log"];

    pub(super) fn new(dir: &Path) -> Self {
        Self(dir.to_path_buf())
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.0.join("identity.json")
    }

    pub(super) fn manifests(&self) -> PathBuf {
        self.0.join("manifest")
    }

    pub(super) fn manifest(&self, time: &str, checksum: &ContentHash) -> PathBuf {
        self.manifests().join(format!("{time}-{}.json", short_hex(checksum, SHORT)))
    }

    pub(super) fn report(&self) -> PathBuf {
        self.0.join("report")
    }

    pub(super) fn table(&self, table: Table) -> PathBuf {
        self.0.join(table.name())
    }

    pub(super) fn part(&self, table: Table, name: &PartName) -> PathBuf {
        self.table(table).join(name.as_str())
    }

    pub(super) fn claims(&self) -> PathBuf {
        self.0.join("claims")
    }

    pub(super) fn claim(&self, name: &ClaimName) -> PathBuf {
        self.claims().join(&name.0)
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The log of a process that began at a time.
    pub(super) fn log(&self, time: &str, process: u32) -> PathBuf {
        self.logs().join(format!("{time}-{process}.jsonl"))
    }

    /// Whether a name at the top of a folder is one that the program makes.
    pub(super) fn is_ours(name: &str) -> bool {
        Self::TOP.contains(&name) || is_temporary(name)
    }
}

/// The `attempt`-th temporary name beside `path`, of this process.
pub(super) fn temporary(path: &Path, attempt: u64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{}-{attempt}-{stem}", std::process::id()))
}

/// Whether a file name is that of an unfinished file.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> String {
        let block = Block { cell: [0xab; 32], arm: [1; 32], size: 1000, first: 0, last: 9 };
        PartName::new(&block, &[0xcd; 32]).to_string()
    }

    #[test]
    fn names_of_parts_are_pinned_and_read_back() {
        assert_eq!(name(), "part-abababababab-010101010101-n1000-r0-9-cdcdcdcdcdcd.parquet");
        let read = PartName::parse(&name()).unwrap();
        assert!(read.fits_checksum(&[0xcd; 32]) && !read.fits_checksum(&[0xce; 32]));
    }

    #[test]
    fn a_part_knows_which_blocks_it_overlaps() {
        let part = PartName::parse(&name()).unwrap();
        let block = Block { cell: [0xab; 32], arm: [1; 32], size: 1000, first: 9, last: 20 };
        assert!(part.overlaps(&block));
        for other in [
            Block { first: 10, ..block },
            Block { size: 100, ..block },
            Block { size: 10_000, ..block },
            Block { arm: [2; 32], ..block },
        ] {
            assert!(!part.overlaps(&other), "{other:?}");
        }
    }

    #[test]
    fn names_of_claims_are_read_back_and_others_are_none() {
        let block = Block { cell: [0xab; 32], arm: [1; 32], size: 1000, first: 0, last: 9 };
        let name = ClaimName::new(&block);
        assert_eq!(ClaimName::parse(&name.0), Some(name));
        for other in
            ["a-b-n1-r0-9.json", "..-../x-n1-r0-9.json", ".tmp-1-0-a-b.json", "\u{1b}[2J-b-c-d-e.json"]
        {
            assert_eq!(ClaimName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn other_names_are_foreign() {
        let others = ["rows.parquet", "part-.parquet", "", "part-../../x.parquet"];
        assert!(others.into_iter().all(|name| PartName::parse(name).is_none()));
        for (from, to) in
            [("ab-", "aB-"), ("n1000", "n01000"), ("r0", "r-0"), (".parquet", ".parq"), ("cd.", "c.")]
        {
            assert_eq!(PartName::parse(&name().replace(from, to)), None, "{from} → {to}");
        }
    }

    #[test]
    fn temporary_names_stay_in_the_folder() {
        let path = temporary(Path::new("run/rows/part-x.parquet"), 3);
        assert_eq!(path.parent(), Some(Path::new("run/rows")));
        assert!(is_temporary(path.file_name().unwrap().to_str().unwrap()));
    }
}
