//! `moe export`: the records of a run folder as flat tables, one file each.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::report::unjudged;
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::report::{Report, files};
use crate::store::{Flat, Starts, flat, make_folder};

/// Write the records as flat tables, one file each: rows, cells, starts; and the summaries and slopes of the report.
///
/// Run folders hold their records in many small parquet files, which pandas, polars, arrow and DuckDB read as they are;
/// this is for everything else. Cells and arms stand there by name; columns are described in FORMAT.md. Nothing is
/// refitted, the run folder is left as it is, and files that hold something else are not overwritten.
#[derive(Args, Debug)]
pub struct Export {
    /// An experiment file (TOML), or the folder of a run
    #[arg(value_name = "FILE|DIR")]
    target: PathBuf,
    /// The folder that the tables are written into; it is made where there is none
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How they are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "csv")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated values
    Csv,
    /// Parquet, one file a table
    Parquet,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Export) -> Result<u8, Failure> {
    let resolved = Choice::of(&args.target).resolve()?;
    let store = resolved.open()?;
    if is_inside(&args.out, store.root()) {
        return Err(Failure::bad_input(format!(
            "--out {}: that is inside the run folder, which holds nothing but its own files; choose another folder",
            args.out.display()
        )));
    }
    let scan = store.scan(Starts::Keep)?;
    let experiment = &resolved.loaded.experiment;
    let (form, ending) = match args.format {
        Format::Csv => (Flat::Csv, "csv"),
        Format::Parquet => (Flat::Parquet, "parquet"),
    };
    let tables = flat(&scan.records, store.identity().master_seed, form).map_err(Failure::bad_input)?;
    let rows = Rows::new(experiment, &scan.records);
    let report = Report::new(&rows, scan.digest.clone());
    let reports = files::tables(&report, &rows).into_iter().map(|f| (f.name.to_owned(), f.content));
    let named = tables.into_iter().map(|(name, bytes)| (format!("{name}.{ending}"), bytes));
    let written: Vec<(String, Vec<u8>)> = named.chain(reports).collect();
    refuse_other_tables(&args.out, &written)?;
    make_folder(&args.out)?;
    for (name, bytes) in &written {
        let path = args.out.join(name);
        std::fs::write(&path, bytes).map_err(|e| Failure::io(&path, "write", &e))?;
    }
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    say!("{}: {}", args.out.display(), names.join(", "));
    say!("{} rows; digest of the records {}", scan.records.len(), scan.digest);
    if let Some([there, asked]) = unjudged(experiment, &scan.records) {
        say!(
            "{there} replications are in the folder, and {asked} are asked for: rows, cells and starts hold all of them, \
             summaries and slopes those that are asked for"
        );
    }
    Ok(0)
}

/// Tables of another run, or of fewer replications, are not overwritten, and never mixed with these.
fn refuse_other_tables(folder: &Path, written: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let other = |(name, bytes): &&(String, Vec<u8>)| {
        std::fs::read(folder.join(name)).is_ok_and(|there| there != *bytes)
    };
    match written.iter().find(other) {
        None => Ok(()),
        Some((name, _)) => Err(Failure::bad_input(format!(
            "--out {}: {name} is there and holds other tables, those of another run or of other replications; choose another \
             folder, or remove them",
            folder.display()
        ))),
    }
}

/// Whether a folder, which may not be there yet, lies in another.
fn is_inside(folder: &Path, root: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return false };
    let from_here = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = from_here.ancestors().find_map(|path| path.canonicalize().ok());
    there.is_some_and(|path| path.starts_with(root))
}
