//! What a run folder belongs to: rows of different identities never share a folder.

use std::fs;
use std::io;
use std::path::Path;

use moe_core::numeric::NUMERICS_VERSION;
use moe_core::stream::STREAMS_SCHEMA;
use serde::{Deserialize, Serialize};

use super::atomic::{self, Lasting};
use super::error::StoreError;

/// Version of the layout of a run folder: bumped only when the layout changes.
pub const SCHEMA_VERSION: u32 = 2;

/// Identity of a run folder. Sizes, replications, cells and arms are not part of it and can be added later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of the layout.
    pub schema_version: u32,
    /// Version of what turns an address into draws.
    pub streams_schema: u32,
    /// Version of every computed value.
    pub numerics_version: u32,
    /// Master seed.
    pub master_seed: u64,
    /// Name of the experiment.
    pub experiment: String,
}

impl Identity {
    /// Identity of what this program writes for an experiment.
    pub fn current(experiment: &str, master_seed: u64) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            streams_schema: STREAMS_SCHEMA,
            numerics_version: NUMERICS_VERSION,
            master_seed,
            experiment: experiment.to_owned(),
        }
    }

    /// Field by field, as (name, value).
    pub(super) fn fields(&self) -> [(&'static str, String); 5] {
        [
            ("schema_version", self.schema_version.to_string()),
            ("streams_schema", self.streams_schema.to_string()),
            ("numerics_version", self.numerics_version.to_string()),
            ("master_seed", self.master_seed.to_string()),
            ("experiment", self.experiment.clone()),
        ]
    }

    /// Every field in which `found` differs from this identity, in words; `None` when they are equal.
    pub(super) fn differences(&self, found: &Identity) -> Option<String> {
        let pairs = self.fields().into_iter().zip(found.fields());
        let words: Vec<String> = pairs
            .filter(|((_, wanted), (_, found))| wanted != found)
            .map(|((name, wanted), (_, found))| format!("{name} is '{found}' there and '{wanted}' here"))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Creates the identity file, or compares with the one that is there.
pub(super) fn establish(path: &Path, identity: &Identity) -> Result<(), StoreError> {
    let mut text = serde_json::to_string_pretty(identity).map_err(|e| StoreError::Io {
        path: path.to_path_buf(),
        doing: "write the identity",
        source: e.into(),
    })?;
    text.push('\n');
    if atomic::write_new(path, text.as_bytes(), Lasting::Synced)? { Ok(()) } else { compare(path, identity) }
}

/// Compares with the identity file that is there.
pub(super) fn compare(path: &Path, identity: &Identity) -> Result<(), StoreError> {
    let found = read(path)?;
    match identity.differences(&found) {
        None => Ok(()),
        Some(words) => Err(StoreError::refused(
            path,
            format!("the run folder belongs to another run: {words}"),
            "choose another folder with --out, or use the experiment, seed and program that made this one",
        )),
    }
}

/// Reads the identity file.
pub(super) fn read(path: &Path) -> Result<Identity, StoreError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(StoreError::refused(
                path,
                "there is no such file, so this is not a run folder",
                "name the folder that was given to `moe run` as --out",
            ));
        }
        Err(e) => return Err(StoreError::io(path, "read the identity of the run folder")(e)),
    };
    let damaged = |e: serde_json::Error| {
        StoreError::refused(
            path,
            format!("the identity of the run folder cannot be read ({e})"),
            "move this file away and run `moe run FILE --out` with this folder again: it is written anew, and every part is held \
             against it",
        )
    };
    let Versioned { schema_version } = serde_json::from_slice(&text).map_err(damaged)?;
    known_schema(path, schema_version)?;
    serde_json::from_slice(&text).map_err(damaged)
}

/// What every layout has in common.
#[derive(Deserialize)]
struct Versioned {
    schema_version: u32,
}

/// Refuses a layout that this program does not know.
pub(super) fn known_schema(path: &Path, schema_version: u32) -> Result<(), StoreError> {
    if schema_version == SCHEMA_VERSION {
        return Ok(());
    }
    Err(StoreError::refused(
        path,
        format!("written with schema_version {schema_version}; this program reads {SCHEMA_VERSION}"),
        "use the version of the program that wrote it, or start a new folder with --out",
    ))
}
