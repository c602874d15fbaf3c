//! What can go wrong with a run folder: the disk failed, or the folder is refused, each with its place and mend.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A failure of the store. Nothing was overwritten or deleted when one is returned.
#[derive(Debug)]
pub enum StoreError {
    /// Reading or writing failed.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as in "cannot *create the folder*".
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The folder, or some of its files, cannot be accepted. Never empty.
    Refused(Vec<Refusal>),
}

/// One thing that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What the user can do about it.
    pub mend: String,
}

impl StoreError {
    /// Exit code of a command that ends with this error: 74 for the disk, 2 for a refusal.
    pub fn exit_code(&self) -> u8 {
        match self {
            StoreError::Io { .. } => 74,
            StoreError::Refused(_) => 2,
        }
    }

    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::Io { path: path.to_path_buf(), doing, source }
    }

    pub(super) fn refused(path: &Path, what: impl Into<String>, mend: impl Into<String>) -> StoreError {
        StoreError::Refused(vec![Refusal::new(path, what, mend)])
    }

    /// Moves refusals to `refusals`, so that all of them can be told at once; a failing disk ends everything.
    pub(super) fn collect<T>(
        result: Result<T, StoreError>,
        refusals: &mut Vec<Refusal>,
    ) -> Result<Option<T>, StoreError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::Refused(more)) => {
                refusals.extend(more);
                Ok(None)
            }
            Err(io) => Err(io),
        }
    }

    /// An error when there is something to refuse.
    pub(super) fn unless_empty(refusals: Vec<Refusal>) -> Result<(), StoreError> {
        if refusals.is_empty() { Ok(()) } else { Err(StoreError::Refused(refusals)) }
    }
}

impl Refusal {
    pub(super) fn new(path: &Path, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.to_path_buf(), what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Io { path, doing, source } => {
                write!(f, "{}: cannot {doing}: {source}", path.display())
            }
            StoreError::Refused(refusals) => {
                for (index, refusal) in refusals.iter().enumerate() {
                    let line = if index == 0 { "" } else { "\n" };
                    write!(f, "{line}{}: {}; {}", refusal.path.display(), refusal.what, refusal.mend)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Io { source, .. } => Some(source),
            StoreError::Refused(_) => None,
        }
    }
}
