//! The program as its user meets it: a folder to work in, a command line, an exit code, what is printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use moe_harness::load::{self, Loaded, Overrides};
use moe_harness::record::{Record, RowKey};
use moe_harness::store::{Starts, Store, digest};
use tempfile::TempDir;

/// Calibration doubles: quick, with claims.
pub(crate) const DOUBLES: &str = include_str!("experiments/doubles.toml");
/// Searches and ascents: small, without claims.
pub(crate) const NEWTON: &str = include_str!("experiments/newton.toml");

/// A folder of its own with files in it, where `moe` is run.
pub(crate) struct Desk(TempDir);

impl Desk {
    /// A folder with these files, by name and text.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            fs::write(desk.path(name), text).unwrap();
        }
        desk
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `moe` with arguments, which are separated by blanks, in the folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moe"));
        command.args(arguments.split_whitespace()).current_dir(self.0.path());
        command.env_remove("RUST_LOG").env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// Runs `moe` to its end; its exit code must be the expected one.
    #[track_caller]
    pub(crate) fn moe(&self, arguments: &str, code: i32) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let said = Said { out: text(&output.stdout), err: text(&output.stderr) };
        assert_eq!(output.status.code(), Some(code), "moe {arguments}\n{}{}", said.out, said.err);
        said
    }

    /// The digest of a run folder, as the program prints it.
    #[track_caller]
    pub(crate) fn digest(&self, folder: &str) -> String {
        self.moe(&format!("digest {folder}"), 0).out
    }

    /// The records of a run folder.
    #[track_caller]
    pub(crate) fn records(&self, folder: &str) -> Vec<Record> {
        Store::open(&self.path(folder)).unwrap().scan(Starts::Keep).unwrap().records
    }

    /// The digest of every row of a run folder, found by the row's key.
    #[track_caller]
    pub(crate) fn rows(&self, folder: &str) -> BTreeMap<RowKey, String> {
        self.records(folder).into_iter().map(|r| (r.key, digest(&[r]))).collect()
    }

    /// Every file below a path of the folder, with its bytes; folders stand for themselves.
    pub(crate) fn files(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        gather(&self.path(name), &mut files);
        files
    }
}

fn gather(path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    if path.is_dir() {
        files.insert(path.to_path_buf(), Vec::new());
        fs::read_dir(path).unwrap().for_each(|entry| gather(&entry.unwrap().path(), files));
    } else {
        files.insert(path.to_path_buf(), fs::read(path).unwrap());
    }
}

/// What the program said.
pub(crate) struct Said {
    /// On standard output.
    pub(crate) out: String,
    /// On standard error.
    pub(crate) err: String,
}

impl Said {
    /// All of these words stand on standard error.
    #[track_caller]
    pub(crate) fn complains(&self, words: &[&str]) {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in\n{}", self.err);
        }
    }
}

/// A text with one piece of it replaced, wherever it stands; it must stand somewhere.
#[track_caller]
pub(crate) fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in the text");
    text.replace(from, to)
}

/// An experiment on the grid of [`NEWTON`] with covariates that are uniform on the square instead.
#[track_caller]
pub(crate) fn on_the_square(text: &str) -> String {
    edited(&edited(text, "kind = \"grid\"", "kind = \"uniform\""), "points = [11, 11]\n", "")
}

/// The experiment of a text.
#[track_caller]
pub(crate) fn loaded(text: &str) -> Loaded {
    load::parse("test.toml", text, &Overrides::default()).unwrap()
}

/// The lines of a table of the output, head included, that begin with this cell.
pub(crate) fn table<'a>(text: &'a str, first: &str) -> Vec<&'a str> {
    let begins = |line: &&str| line.trim_start_matches("| ").starts_with(first);
    text.lines().skip_while(|line| !begins(line)).take_while(|line| line.starts_with('|')).collect()
}
