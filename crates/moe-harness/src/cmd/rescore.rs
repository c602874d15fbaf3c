//! `moe rescore`: losses from the stored parameters again, held against the stored ones to the bit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use moe_core::content::ContentHash;

use super::target::Resolved;
use super::{Choice, Failure, threads};
use crate::experiment::Cell;
use crate::load::{self, Overrides};
use crate::plan::BLOCK;
use crate::record::{Record, RowKey};
use crate::report::text::table;
use crate::rescore::{Change, Scorer, Unscored, changes};
use crate::store::{Identity, Manifest, Starts, Store};

/// Work out every loss, distance and error again from the stored parameters, without refitting, and compare.
///
/// Fits, certificates and likelihoods stay as they are stored. Nothing in the folder is changed; --into writes the
/// rows, scored again, into a run folder of their own. Exit codes: 0 every stored number is the same to the last bit,
/// 1 some differ, 2 bad input, a refused folder, or rows whose truth no experiment of the folder tells, 74 the disk
/// failed.
#[derive(Args, Debug)]
pub struct Rescore {
    #[command(flatten)]
    choice: Choice,
    /// Write the rows, scored again, into this new run folder
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Worker threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Rescore) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let store = match args.choice.target.is_dir() {
        true => Store::open(&args.choice.target)?,
        false => resolved.open()?,
    };
    if let Some(into) = &args.into {
        refuse_to_write(into, store.identity())?;
    }
    let scan = store.scan(if args.into.is_some() { Starts::Keep } else { Starts::Skip })?;
    let scorer = Scorer::new(&scan.records, &cells(&resolved, &store)?);
    let pool = threads::pool(threads::count(args.threads))?;
    let rescored = pool.install(|| scorer.rescore_all(&scan.records));
    refuse_unscored(&scan.records, &rescored)?;
    let rescored: Vec<Record> = rescored.into_iter().flatten().collect();
    let fitted = rescored.iter().filter(|record| record.fit.is_some()).count();
    let found = Found::new(&scan.records, &rescored);
    say!(
        "{} rows, {fitted} with a fit: {} scored as before to the last bit",
        rescored.len(),
        fitted - found.rows
    );
    if found.rows > 0 {
        say!("\n{}", found.table());
    }
    if let Some(into) = &args.into {
        write(into, &resolved, store.identity(), &rescored)?;
        say!("written into {}", into.display());
    }
    Ok(u8::from(found.rows > 0))
}

/// The cells that the experiment and those of all manifests know, by hash.
fn cells(resolved: &Resolved, store: &Store) -> Result<BTreeMap<ContentHash, Cell>, Failure> {
    let mut cells = BTreeMap::new();
    let mut add = |all: &[Cell]| cells.extend(all.iter().map(|cell| (cell.hash, cell.clone())));
    for (path, manifest) in store.manifests()? {
        let overrides = Overrides { recorded: true, ..Overrides::default() };
        // A manifest of an older program may hold what this one no longer reads: then its cells are unknown here.
        if let Ok(loaded) = load::parse(&path.display().to_string(), &manifest.experiment, &overrides) {
            add(&loaded.experiment.cells);
        }
    }
    add(&resolved.loaded.experiment.cells);
    Ok(cells)
}

fn refuse_to_write(into: &Path, identity: &Identity) -> Result<(), Failure> {
    let there = into.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || into.is_file();
    if there {
        let into = into.display();
        return Err(Failure::bad_input(format!(
            "--into {into} is not empty; name a folder that is not there"
        )));
    }
    let current = Identity::current(&identity.experiment, identity.master_seed);
    if current == *identity {
        return Ok(());
    }
    Err(Failure::bad_input(
        "--into: the fits were made by a program of other versions, and this one would not vouch for them; \
         without --into the comparison is made all the same",
    ))
}

fn refuse_unscored(records: &[Record], rescored: &[Result<Record, Unscored>]) -> Result<(), Failure> {
    let mut reasons: BTreeMap<Unscored, (usize, &Record)> = BTreeMap::new();
    for (record, unscored) in records.iter().zip(rescored).filter_map(|(r, s)| Some((r, s.as_ref().err()?))) {
        reasons.entry(*unscored).or_insert((0, record)).0 += 1;
    }
    let lines = reasons.into_iter().map(|(reason, (count, first))| {
        let why = match reason {
            Unscored::UnknownCell => {
                "no experiment of the folder has their cell; copy the manifests here too"
            }
            Unscored::OtherTruth => "the truth of their cell is not the one of their data",
            Unscored::OtherShape => "their parameters are not those of their cell's model",
        };
        format!("{count} rows cannot be scored: {why} (the first: {})", place(first))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { Ok(()) } else { Err(Failure::bad_input(lines.join("\n"))) }
}

fn place(record: &Record) -> String {
    let RowKey { size, replication, .. } = record.key;
    format!("cell {}, arm {}, n = {size}, replication {replication}", record.cell_name, record.arm_name)
}

/// What differs, by column.
struct Found<'a> {
    rows: usize,
    columns: BTreeMap<String, Column<'a>>,
}

/// One column: rows in which it differs, the largest relative difference, the first such row.
struct Column<'a> {
    rows: usize,
    relative: Option<f64>,
    first: &'a Record,
}

impl<'a> Found<'a> {
    fn new(records: &'a [Record], rescored: &[Record]) -> Self {
        let mut found = Self { rows: 0, columns: BTreeMap::new() };
        for (old, new) in records.iter().zip(rescored) {
            let (Some(before), Some(after)) = (&old.fit, &new.fit) else { continue };
            let changes = changes(before, after);
            found.rows += usize::from(!changes.is_empty());
            for Change { column, relative } in changes {
                let start = Column { rows: 0, relative: Some(0.0), first: old };
                let column = found.columns.entry(column).or_insert(start);
                column.rows += 1;
                column.relative = column.relative.zip(relative).map(|(a, b)| a.max(b));
            }
        }
        found
    }

    fn table(&self) -> String {
        let row = |(name, column): (&String, &Column<'_>)| {
            let relative = column.relative.map_or("not a matter of size".into(), |r| format!("{r:.1e}"));
            vec![name.clone(), column.rows.to_string(), relative, place(column.first)]
        };
        let head = ["column", "rows that differ", "largest relative difference", "the first"];
        table(&head, &self.columns.iter().map(row).collect::<Vec<_>>())
    }
}

fn write(into: &Path, resolved: &Resolved, identity: &Identity, rescored: &[Record]) -> Result<(), Failure> {
    let store = Store::create(into, identity.clone())?;
    let loaded = &resolved.loaded;
    let simd = moe_estimators::likelihood::instruction_set();
    let profile = loaded.experiment.profile.as_deref();
    store.write_manifest(&Manifest::of_this_process(identity, profile, simd, &loaded.normalised))?;
    let block = |record: &Record| {
        let RowKey { cell, arm, size, replication } = record.key;
        (cell, arm, size, replication / BLOCK)
    };
    for records in rescored.chunk_by(|a, b| block(a) == block(b)) {
        store.write_part(records)?;
    }
    Ok(())
}
