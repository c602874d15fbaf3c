//! Reading of experiment files: a good one, many bad ones, and damaged ones.

mod arms;
mod bad;
mod damaged;
mod good;
mod reference;

use moe_harness::diagnostic::Diagnostics;
use moe_harness::load::{self, Loaded, Overrides};

/// A valid file that uses every kind of table.
pub(crate) const EXAMPLE: &str = include_str!("../example.toml");

/// Reads a text as it stands.
pub(crate) fn read(text: &str) -> Result<Loaded, Diagnostics> {
    load::parse("example.toml", text, &Overrides::default())
}
