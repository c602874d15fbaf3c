//! Files appear whole or not at all: temporary name in the same folder, sync, rename, sync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::StoreError;
use super::layout;

/// Whether a file must outlive a loss of power. What only living processes tell each other need not, and is spared the
/// wait for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    /// The file and its place in the folder are synced.
    Synced,
    /// Nothing is.
    Fleeting,
}

/// Numbers the temporary files of this process.
static ATTEMPTS: AtomicU64 = AtomicU64::new(0);

/// Writes a file that was not there, or was there with the same bytes.
///
/// # Errors
/// [`StoreError::Io`]; then `path` is as it was.
pub(super) fn write(path: &Path, bytes: &[u8], lasting: Lasting) -> Result<(), StoreError> {
    let temporary = write_temporary(path, bytes, lasting)?;
    let renamed =
        fs::rename(&temporary, path).map_err(StoreError::io(path, "put the finished file in place"));
    if renamed.is_err() {
        remove(&temporary);
    }
    renamed?;
    sync_folder(path, lasting)
}

/// Writes a file only if none is there; `false` when there is one, which is left alone.
///
/// # Errors
/// [`StoreError::Io`].
pub(super) fn write_new(path: &Path, bytes: &[u8], lasting: Lasting) -> Result<bool, StoreError> {
    if path.exists() {
        return Ok(false);
    }
    let temporary = write_temporary(path, bytes, lasting)?;
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if knows_no_links(&error) => create_or_remove(path, bytes, lasting),
        linked => linked,
    };
    remove(&temporary);
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        linked => {
            linked.map_err(StoreError::io(path, "create the file"))?;
            sync_folder(path, lasting)?;
            Ok(true)
        }
    }
}

/// Makes a folder and its parents, and syncs the places of those that were not there.
pub(crate) fn make_folder(path: &Path) -> Result<(), StoreError> {
    refuse_file_in_the_way(path)?;
    let made: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(path).map_err(StoreError::io(path, "create the folder"))?;
    made.into_iter().try_for_each(|folder| sync_folder(folder, Lasting::Synced))
}

/// Refuses a folder where a file stands, or above it.
pub(super) fn refuse_file_in_the_way(folder: &Path) -> Result<(), StoreError> {
    let there = folder.ancestors().find(|path| path.exists());
    there.filter(|path| !path.is_dir()).map_or(Ok(()), |file| {
        Err(StoreError::refused(file, "is a file, and a folder is needed there", "name another folder"))
    })
}

/// Whether the file system, rather than the disk, is why a link could not be made.
fn knows_no_links(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, TooManyLinks, Unsupported};
    matches!(error.kind(), PermissionDenied | TooManyLinks | Unsupported)
}

/// Writes a new file under its own name; a part of one does not stay.
fn create_or_remove(path: &Path, bytes: &[u8], lasting: Lasting) -> io::Result<()> {
    let written = create_and_write(path, bytes, lasting);
    if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
        remove(path);
    }
    written
}

fn write_temporary(path: &Path, bytes: &[u8], lasting: Lasting) -> Result<PathBuf, StoreError> {
    loop {
        let temporary = layout::temporary(path, ATTEMPTS.fetch_add(1, Ordering::Relaxed));
        match create_and_write(&temporary, bytes, lasting) {
            Ok(()) => return Ok(temporary),
            // Left by a process of the same number, or of another machine.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                remove(&temporary);
                return Err(StoreError::io(path, "write the file")(error));
            }
        }
    }
}

fn create_and_write(path: &Path, bytes: &[u8], lasting: Lasting) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    if lasting == Lasting::Synced { file.sync_all() } else { Ok(()) }
}

/// Removes an unfinished file of this process; where even that fails, readers pass over it.
fn remove(temporary: &Path) {
    let _ = fs::remove_file(temporary);
}

fn sync_folder(path: &Path, lasting: Lasting) -> Result<(), StoreError> {
    let Some(folder) = path.parent().filter(|_| cfg!(unix) && lasting == Lasting::Synced) else {
        return Ok(());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems know no such thing.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced.map_err(StoreError::io(folder, "make the new file durable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_written_once_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("identity.json");
        assert!(write_new(&path, b"first", Lasting::Synced).unwrap());
        assert!(!write_new(&path, b"second", Lasting::Fleeting).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_no_temporary_file_and_names_the_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = write(&path, b"bytes", Lasting::Synced).unwrap_err();
        assert!(matches!(error, StoreError::Io { .. }));
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
