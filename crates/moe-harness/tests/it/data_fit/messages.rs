//! Data files that are refused or warned about, and what is said.
//!
//! `messages.txt` is the catalogue: a name, the arguments of `moe fit`, the lines of `data.csv` after `|` (with \t and
//! \r spelt out), then the exit code and the message. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then
//! read what changed.

use crate::catalogue::{Case, Catalogue, said};
use crate::program::Desk;

fn message(case: &Case) -> String {
    let desk = Desk::with(&[("data.csv", &case.data())]);
    said(&case.name, &desk.command(&format!("fit {}", case.after("$ "))).output().unwrap())
}

#[test]
fn every_message_is_as_written() {
    let catalogue = Catalogue::of("data_fit");
    assert!(catalogue.cases().len() > 30);
    catalogue.check(message);
}

#[test]
fn files_that_are_no_text() {
    let desk = Desk::with(&[]);
    let check = |name: &str, bytes: &[u8], words: &[&str]| {
        std::fs::write(desk.path(name), bytes).unwrap();
        let said = desk.moe(&format!("fit {name} --label y --experts 2"), 2);
        said.complains(words);
        said.complains(&[name]);
    };
    let utf16: Vec<u8> = "x,y\n1,a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("utf-16.csv", &[&[0xff, 0xfe], utf16.as_slice()].concat(), &["UTF-16, not UTF-8", "UTF-8"]);
    check("latin-1.csv", b"x,y\n1,a\n2,caf\xe9\n", &["line 3 holds bytes that are not UTF-8"]);
    check("zeros.csv", b"x,y\n1\0,a\n", &["zero bytes"]);
    check("empty.csv", b"", &["the file is empty"]);
    check("mark-only.csv", b"\xef\xbb\xbf", &["the file is empty"]);
}

#[test]
fn files_that_are_not_there() {
    let desk = Desk::with(&[("data.csv", super::SMALL)]);
    let flags = "--label y --experts 2";
    desk.moe(&format!("fit nowhere.csv {flags}"), 2).complains(&["there is no file nowhere.csv"]);
    std::fs::create_dir(desk.path("folder")).unwrap();
    desk.moe(&format!("fit folder {flags}"), 2).complains(&["folder is a folder"]);
    let said = desk.moe(&format!("fit data.csv {flags} --probabilities data.csv/p.csv"), 74);
    said.complains(&["cannot write data.csv/p.csv"]);
}

#[test]
fn the_data_file_is_not_written_over() {
    let desk = Desk::with(&[("data.csv", super::SMALL)]);
    for name in ["data.csv", "./data.csv"] {
        let said = desk.moe(&format!("fit data.csv --label y --experts 1 --probabilities {name}"), 2);
        said.complains(&["--probabilities", "this is the data file itself"]);
    }
    assert_eq!(std::fs::read_to_string(desk.path("data.csv")).unwrap(), super::SMALL);
}
