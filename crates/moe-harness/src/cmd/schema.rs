//! `moe schema`: the JSON Schema of experiment files.

use clap::Args;

use super::Failure;
use crate::wire::schema;

/// Print a JSON Schema of experiment files, with which editors complete and check keys.
///
/// Write it beside the experiment, moe schema > experiment.schema.json, and begin the experiment with the line
/// `#:schema ./experiment.schema.json` (editors that use Taplo, such as VS Code with Even Better TOML). `moe plan` checks
/// more than a schema can say.
#[derive(Args, Debug)]
pub struct Schema {}

/// Runs the verb; returns the exit code.
pub fn run(_: &Schema) -> Result<u8, Failure> {
    say!("{:#}", schema::schema());
    Ok(0)
}
