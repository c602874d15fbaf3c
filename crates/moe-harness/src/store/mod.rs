//! Run folders: records on disk, in immutable parts that are whole or absent, and who wrote them.
//!
//! ```text
//! DIR/identity.json                 what the folder belongs to; made with the first process
//! DIR/manifest/<time>-<sum>.json    who wrote: one file a process
//! DIR/{starts,cells,rows}/part-<cell>-<arm>-n<size>-r<first>-<last>-<sum>.parquet
//! DIR/report/                       tables and figures
//! DIR/log/<time>-<process>.jsonl    what each process told while it worked
//! DIR/claims/                       which process is at work on which block; empty when none is
//! ```
//! A part is a block of replications of one (cell, arm, size). The checksum of each file stands in its name, those
//! of the side files also in the rows, which are written last: where the rows are, all is there. So parts of other
//! machines are merged by copying files (rows last, if the folder is in use meanwhile).

mod atomic;
mod claim;
mod decode;
mod digest;
mod encode;
mod error;
mod flat;
mod header;
mod identity;
mod layout;
mod manifest;
mod part;
mod scan;
mod schema;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use atomic::make_folder;
pub use claim::{BEAT, Claim, Claims};
pub use digest::digest;
pub use error::{Refusal, StoreError};
pub use flat::{Flat, flat};
pub use identity::{Identity, SCHEMA_VERSION};
pub use layout::{Block, ClaimName};
pub use manifest::Manifest;
pub use scan::{Part, Scan, Starts};

use crate::record::{Record, RowKey};
use layout::{Layout, Table};

/// A run folder of a known identity.
#[derive(Clone, Debug)]
pub struct Store {
    layout: Layout,
    identity: Identity,
}

impl Store {
    /// Makes a run folder, or goes on with the one that is there.
    ///
    /// # Errors
    /// [`StoreError::Io`] when it cannot be made; [`StoreError::Refused`] when it belongs to another run, or is a
    /// folder of something else.
    pub fn create(dir: &Path, identity: Identity) -> Result<Self, StoreError> {
        let layout = Layout::new(dir);
        atomic::make_folder(dir)?;
        refuse_other_folders(&layout)?;
        identity::establish(&layout.identity(), &identity)?;
        for folder in Table::ALL.map(|table| layout.table(table)).into_iter().chain([layout.manifests()]) {
            atomic::make_folder(&folder)?;
        }
        Ok(Self { layout, identity })
    }

    /// The run folder of this identity, `None` when there is none yet. Makes nothing.
    ///
    /// # Errors
    /// Like [`Store::create`], which would go on with it or make it.
    pub fn find(dir: &Path, identity: Identity) -> Result<Option<Self>, StoreError> {
        let layout = Layout::new(dir);
        atomic::refuse_file_in_the_way(dir)?;
        if !dir.is_dir() {
            return Ok(None);
        }
        refuse_other_folders(&layout)?;
        if !layout.identity().exists() {
            return Ok(None);
        }
        identity::compare(&layout.identity(), &identity)?;
        Ok(Some(Self { layout, identity }))
    }

    /// Opens a run folder for reading.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it is not a run folder, or of a layout that this program does not know.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let layout = Layout::new(dir);
        let identity = identity::read(&layout.identity())?;
        Ok(Self { layout, identity })
    }

    /// What the folder belongs to.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.layout.root()
    }

    /// The folder for tables and figures; it may not be there yet.
    pub fn report_folder(&self) -> PathBuf {
        self.layout.report()
    }

    /// Writes a part: records of one (cell, arm, size), in any order. When this returns, they are on the disk for
    /// good; when the process is killed before, none of them is there. Returns the file of the rows.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] when the records are none, or not of one block.
    pub fn write_part(&self, records: &[Record]) -> Result<PathBuf, StoreError> {
        let name = part::write(&self.layout, &self.identity, records)?;
        Ok(self.layout.part(Table::Rows, &name))
    }

    /// The rows that are there: what a resumed run need not do. Reads neither values nor side files.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] with every part that cannot be accepted.
    pub fn present(&self) -> Result<BTreeSet<RowKey>, StoreError> {
        scan::present(&self.layout, &self.identity)
    }

    /// Reads everything.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] with every part that cannot be accepted:
    /// damaged, incomplete, of another run, or contradicting another part.
    pub fn scan(&self, starts: Starts) -> Result<Scan, StoreError> {
        scan::scan(&self.layout, &self.identity, starts)
    }

    /// The claims that stand in the folder; those that cannot be understood without content.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails.
    pub fn claims(&self) -> Result<BTreeMap<ClaimName, Option<Claim>>, StoreError> {
        claim::all(&self.layout)
    }

    /// Writes who this process is. To be called before the first part.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<PathBuf, StoreError> {
        manifest::write(&self.layout, manifest)
    }

    /// A new file for what this process tells while it works; it is no result, and nothing depends on it.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails.
    pub fn new_log(&self) -> Result<PathBuf, StoreError> {
        atomic::make_folder(&self.layout.logs())?;
        let path = self.layout.log(&manifest::now().replace([':', '-'], ""), std::process::id());
        let made = fs::OpenOptions::new().append(true).create(true).open(&path);
        made.map_err(StoreError::io(&path, "make the log"))?;
        Ok(path)
    }

    /// Every process that wrote here, oldest first, with its file.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the disk fails; [`StoreError::Refused`] with every manifest that cannot be read.
    pub fn manifests(&self) -> Result<Vec<(PathBuf, Manifest)>, StoreError> {
        manifest::read_all(&self.layout)
    }
}

/// Bytes that a part of these records, of one (cell, arm, size), takes on a disk that keeps files in pages.
///
/// # Errors
/// A message when the records are none, or not of one block.
pub fn bytes_of_part(identity: &Identity, records: &[Record]) -> Result<u64, String> {
    let files = part::files(identity, records)?;
    Ok(files.iter().map(|(_, _, bytes)| (bytes.len() as u64).next_multiple_of(PAGE)).sum())
}

/// The usual unit of a disk.
const PAGE: u64 = 4096;

/// A folder without identity must be empty but for what the program makes: nobody's files are mixed with ours.
fn refuse_other_folders(layout: &Layout) -> Result<(), StoreError> {
    if layout.identity().exists() {
        return Ok(());
    }
    let failed = |e| StoreError::io(layout.root(), "list the folder")(e);
    for entry in fs::read_dir(layout.root()).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !name.to_str().is_some_and(Layout::is_ours) {
            let what = format!("holds '{}' and is not a run folder", name.to_string_lossy());
            return Err(StoreError::refused(
                layout.root(),
                what,
                "choose an empty or a new folder with --out",
            ));
        }
    }
    Ok(())
}
