//! Lengths that lie: a part that promises more than it holds is refused in a process that may have little memory.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

use super::folder::{first, forged, run};

/// Address space of the reader, in kilobytes: one page of a part may ask for two gigabytes before it is refused.
const SPACE: u64 = 4_000_000;

/// Numbers at the end of their types, as the footer spells them.
const LENGTHS: [&[u8]; 3] =
    [b"\xff\xff\xff\xff\x0f", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xfe\xff\xff\xff\x7f"];

#[test]
fn absurd_lengths_ask_for_no_absurd_memory() {
    let desk = run();
    let rows = first(&desk, "rows");
    let whole = fs::read(&rows).unwrap();
    fs::remove_file(&rows).unwrap();
    let footer = whole.len() - 3000.min(whole.len());
    let moe = env!("CARGO_BIN_EXE_moe");
    let line = format!("ulimit -v {SPACE}; cd '{}' && exec '{moe}' digest run", desk.path("").display());
    let places = (4..footer).step_by(whole.len() / 12).chain((footer..whole.len() - 8).step_by(200));
    for (turn, place) in places.enumerate() {
        let length = LENGTHS[turn % LENGTHS.len()];
        let mut bytes = whole.clone();
        bytes.splice(place..place + length.len().min(bytes.len() - place), length.iter().copied());
        let path = forged(&rows, &bytes);
        fs::write(&path, &bytes).unwrap();
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 2)), "at byte {place}: {:?}\n{said}", output.status);
        fs::remove_file(&path).unwrap();
    }
}
