//! `moe digest`: one hash of everything a run found, the same however the work was cut.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::report::warn_of_foreign;
use crate::store::{Starts, Store};

/// Print the digest of the records of a run folder.
///
/// It covers every row with its starts and Voronoi cells, to the last bit; timings, names and the
/// division into files are left out.
#[derive(Args, Debug)]
pub struct Digest {
    /// The run folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Digest) -> Result<u8, Failure> {
    if !args.folder.is_dir() {
        let what = format!("there is no folder {}; give the folder of a run", args.folder.display());
        return Err(Failure::bad_input(what));
    }
    let scan = Store::open(&args.folder)?.scan(Starts::Drop)?;
    warn_of_foreign(&scan);
    say!("{}  {} rows", scan.digest, scan.records.len());
    Ok(0)
}
