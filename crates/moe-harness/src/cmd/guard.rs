//! Files that a verb reads are not written over by it, and folders are made where no file is in the way.

use std::path::Path;

use super::Failure;
use crate::store::file_in_the_way;

/// Makes the folder that a flag names, with those above it.
pub(super) fn make_folder(flag: &str, path: &Path) -> Result<(), Failure> {
    if let Some(file) = file_in_the_way(path) {
        return Err(Failure::bad_input(format!(
            "{flag} {}: {} is a file, and a folder is needed there; name another folder",
            path.display(),
            file.display()
        )));
    }
    std::fs::create_dir_all(path).map_err(|e| Failure::io(path, "create the folder", &e))
}

/// Whether two paths lead to one file that is there, however they are spelt.
pub(super) fn same_file(a: &Path, b: &Path) -> bool {
    a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Refuses a flag that names a file of the same command line that is read; `what` says which.
pub(super) fn refuse_input(flag: &str, path: &Path, input: &Path, what: &str) -> Result<(), Failure> {
    if !same_file(path, input) {
        return Ok(());
    }
    Err(Failure::bad_input(format!(
        "{flag} {}: this is {what} itself, which would be written over; choose another name",
        path.display()
    )))
}
