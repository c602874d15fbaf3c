//! Files that a verb reads are not written over by it.

use std::path::Path;

use super::Failure;

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
