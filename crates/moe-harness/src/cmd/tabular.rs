//! What the verbs that read a CSV share: the file as cells, and the separator as a flag.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::Failure;
use crate::table::{Cells, ReadError};

/// The cells of a data file; that there is none is bad input.
pub(super) fn cells(path: &Path, separator: u8) -> Result<Cells, Failure> {
    Cells::read(path, separator).map_err(|e| match e {
        ReadError::Refused(diagnostics) => diagnostics.into(),
        ReadError::Io(e) => unreadable(path, &e),
    })
}

/// Whether the last line of a data file has an end; one that was cut off in a number reads as another number.
pub(super) fn ends_a_line(path: &Path) -> bool {
    let last = || -> std::io::Result<u8> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut byte = [0];
        file.read_exact(&mut byte)?;
        Ok(byte[0])
    };
    last().is_ok_and(|byte| byte == b'\n' || byte == b'\r')
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let name = path.display();
    if path.is_dir() {
        Failure::bad_input(format!("{name} is a folder; give the path of a data file (CSV)"))
    } else if error.kind() == std::io::ErrorKind::NotFound {
        Failure::bad_input(format!("there is no file {name}; give the path of a data file (CSV)"))
    } else {
        Failure::io(path, "read", error)
    }
}

/// A separator of cells, as it is written on the command line.
pub(super) fn separator(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n.-+".contains(byte) => {
            Ok(*byte)
        }
        _ => Err("write one character that stands in no number, for example ';', or the word tab".to_owned()),
    }
}
