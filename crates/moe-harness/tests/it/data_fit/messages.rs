//! Data files that are refused or warned about, and what is said.
//!
//! `messages.txt` is the catalogue: a name, the arguments of `moe fit`, the lines of `data.csv` after `|` (with \t and
//! \r spelt out), then the exit code and the message. Run with `MOE_WRITE_MESSAGES=1` to write the messages anew, then
//! read what changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::program::Desk;

struct Case {
    name: String,
    arguments: String,
    lines: Vec<String>,
    message: String,
}

fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data_fit/messages.txt")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(catalogue()).unwrap();
    let case = |part: &str| {
        let mut lines = part.lines();
        let name = lines.next().unwrap().to_owned();
        let arguments = lines.next().unwrap().strip_prefix("$ ").unwrap().to_owned();
        let is_data = |line: &&str| line.starts_with('|');
        let data = lines.clone().take_while(is_data).map(str::to_owned).collect();
        let message = lines.skip_while(is_data).collect::<Vec<_>>().join("\n").trim_end().to_owned();
        Case { name, arguments, lines: data, message }
    };
    text.split("==== ").skip(1).map(case).collect()
}

fn message(case: &Case) -> String {
    let lines = case.lines.iter().map(|l| l[1..].strip_prefix(' ').unwrap_or(&l[1..]));
    let text = lines.map(|l| l.replace("\\t", "\t").replace("\\r", "\r") + "\n").collect::<String>();
    let desk = Desk::with(&[("data.csv", &text)]);
    let output = desk.command(&format!("fit {}", case.arguments)).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked"), "{}\n{said}", case.name);
    let blank_free: Vec<&str> = said.lines().map(str::trim_end).collect();
    format!("exit code {}\n{}", output.status.code().unwrap(), blank_free.join("\n")).trim_end().to_owned()
}

#[test]
fn every_message_is_as_written() {
    let cases = cases();
    assert!(cases.len() > 30);
    if std::env::var_os("MOE_WRITE_MESSAGES").is_some() {
        let mut text = String::new();
        for case in &cases {
            let data: String = case.lines.iter().map(|l| format!("{l}\n")).collect();
            write!(text, "==== {}\n$ {}\n{data}{}\n\n", case.name, case.arguments, message(case)).unwrap();
        }
        std::fs::write(catalogue(), text).unwrap();
        return;
    }
    for case in &cases {
        let found = message(case);
        assert!(found == case.message, "{}\nexpected:\n{}\nfound:\n{found}", case.name, case.message);
    }
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
