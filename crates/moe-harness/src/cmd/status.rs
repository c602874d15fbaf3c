//! `moe status`: what is in a run folder, what is missing, who wrote it, and what does not belong together.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::{Value, json};

use super::target::Resolved;
use super::{Choice, Failure};
use crate::experiment::Experiment;
use crate::plan::Plan;
use crate::record::RowKey;
use crate::report::text::{plain, table};
use crate::store::{Manifest, Scan, Starts, Store};

/// Show how far a run folder is: rows and gaps by cell, arm and size, who wrote them, what is being worked on.
///
/// Every file is read and held against its checksum; what cannot be accepted is refused with the mend (exit code 2).
/// Parts that were copied here from other machines are counted like the others. Exit codes: 0 every planned row is
/// there, 3 some are missing.
#[derive(Args, Debug)]
pub struct Status {
    #[command(flatten)]
    choice: Choice,
    /// Print one JSON document instead
    #[arg(long)]
    json: bool,
}

/// The exit code when rows are missing.
const INCOMPLETE: u8 = 3;

/// One (cell, arm): planned and present rows, and where they are missing.
struct Standing {
    cell: String,
    arm: String,
    planned: u64,
    present: u64,
    gaps: Vec<(u64, u64)>,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Status) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let store = resolved.open()?;
    let scan = store.scan(Starts::Skip)?;
    let standings = standings(&resolved.loaded.experiment, &scan);
    let manifests: Vec<Manifest> = store.manifests()?.into_iter().map(|(_, manifest)| manifest).collect();
    let code = if standings.iter().all(|s| s.gaps.is_empty()) { 0 } else { INCOMPLETE };
    if args.json {
        let value = document(&resolved, &store, &scan, &standings, &manifests)?;
        say!("{value:#}");
        return Ok(code);
    }
    say!("{}", store.root().display());
    say!("{}\n", headline(&resolved, &scan, &standings));
    say!("{}", progress(&standings));
    say!("{}", writers(&manifests));
    for line in remarks(&resolved, &store, &scan, &manifests)? {
        say!("{line}");
    }
    Ok(code)
}

fn standings(experiment: &Experiment, scan: &Scan) -> Vec<Standing> {
    let present: BTreeSet<RowKey> = scan.records.iter().map(|record| record.key).collect();
    let mut places: BTreeMap<(usize, usize), BTreeMap<u64, (u64, u64)>> = BTreeMap::new();
    for item in Plan::new(experiment).items {
        let sizes = places.entry((item.cell, item.arm)).or_default();
        let (planned, there) = sizes.entry(item.size).or_default();
        *planned += 1;
        *there += u64::from(present.contains(&item.key(experiment)));
    }
    let standing = |((cell, arm), sizes): ((usize, usize), BTreeMap<u64, (u64, u64)>)| Standing {
        cell: experiment.cells[cell].name.clone(),
        arm: experiment.arms[arm].name.clone(),
        planned: sizes.values().map(|(planned, _)| planned).sum(),
        present: sizes.values().map(|(_, there)| there).sum(),
        gaps: sizes.iter().filter(|(_, (p, t))| t < p).map(|(size, (p, t))| (*size, p - t)).collect(),
    };
    places.into_iter().map(standing).collect()
}

fn headline(resolved: &Resolved, scan: &Scan, standings: &[Standing]) -> String {
    let planned: u64 = standings.iter().map(|s| s.planned).sum();
    let present: u64 = standings.iter().map(|s| s.present).sum();
    let name = &resolved.loaded.experiment.name;
    let unasked = scan.records.len() as u64 - present;
    let others = match unasked {
        0 => String::new(),
        n => format!("; {n} rows that this experiment does not ask for lie beside them"),
    };
    match planned - present {
        0 => format!("{name}: complete, {planned} rows{others}"),
        missing => format!("{name}: {present} of {planned} rows, {missing} missing{others}"),
    }
}

fn progress(standings: &[Standing]) -> String {
    let row = |s: &Standing| {
        let gap = |(size, missing): &(u64, u64)| format!("n = {size}: {missing}");
        let gaps = s.gaps.iter().map(gap).collect::<Vec<_>>().join(", ");
        vec![s.cell.clone(), s.arm.clone(), s.planned.to_string(), s.present.to_string(), gaps]
    };
    let rows: Vec<_> = standings.iter().map(row).collect();
    table(&["cell", "arm", "planned", "present", "missing at"], &rows)
}

/// What made rows, as far as it could matter: one line for each program on each machine.
fn writers(manifests: &[Manifest]) -> String {
    let mut lines: BTreeMap<Vec<String>, (u64, &str)> = BTreeMap::new();
    for m in manifests {
        let revision = m.revision.clone().unwrap_or_else(|| "unknown".into());
        let what = vec![revision, m.version.clone(), m.host.clone(), m.simd.clone(), m.rustc.clone()];
        let (count, newest) = lines.entry(what).or_insert((0, &m.time));
        *count += 1;
        *newest = (*newest).max(m.time.as_str());
    }
    let row = |(mut what, (count, newest)): (Vec<String>, (u64, &str))| {
        what.extend([count.to_string(), newest.to_owned()]);
        what
    };
    let rows: Vec<_> = lines.into_iter().map(row).collect();
    table(&["revision", "version", "machine", "instructions", "compiler", "processes", "newest"], &rows)
}

/// What a reader should know besides: several programs, several experiments, work under way, files of no use.
fn remarks(
    resolved: &Resolved,
    store: &Store,
    scan: &Scan,
    manifests: &[Manifest],
) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    let distinct =
        |f: fn(&Manifest) -> Option<String>| manifests.iter().map(f).collect::<BTreeSet<_>>().len();
    let revisions = distinct(|m| m.revision.clone());
    if revisions > 1 {
        lines.push(format!(
            "{revisions} revisions of the program wrote here; their versions of values and streams are the same, so rows agree"
        ));
    }
    if manifests.iter().any(|m| m.revision.as_ref().is_some_and(|r| r.ends_with("-modified"))) {
        lines.push("a program with changes beyond its revision wrote here: the revision alone may not make these rows again".into());
    }
    let experiments = distinct(|m| Some(m.experiment_sha256.clone()));
    if experiments > 1 {
        lines.push(format!(
            "{experiments} versions of the experiment file wrote here; rows are told apart by cell and arm"
        ));
    }
    if !manifests.iter().any(|m| m.experiment == resolved.loaded.normalised) {
        lines.push("no process has run the experiment as it is now".into());
    }
    for (name, claim) in store.claims()? {
        lines.push(match claim {
            None => format!("at work on {name}: nobody"),
            Some(c) => {
                let owner = format!("process {} on {}", c.owner.process, plain(&c.owner.host));
                if c.has_ended() {
                    format!("left unfinished: {name}, by {owner}, which has ended")
                } else {
                    format!("at work on {name}: {owner}")
                }
            }
        });
    }
    if scan.repeated > 0 {
        lines.push(format!("{} rows stand in several parts, with the same bits", scan.repeated));
    }
    if !scan.orphans.is_empty() {
        lines.push(format!(
            "{} side files belong to no rows: a process was killed between the two, which is harmless, or rows were removed",
            scan.orphans.len()
        ));
    }
    lines.extend(scan.foreign.iter().map(|path| {
        format!("{} is not the program's and was left aside", plain(&path.display().to_string()))
    }));
    Ok(lines)
}

fn document(
    resolved: &Resolved,
    store: &Store,
    scan: &Scan,
    standings: &[Standing],
    manifests: &[Manifest],
) -> Result<Value, Failure> {
    let cells = standings.iter().map(|s| {
        let gaps: Vec<_> =
            s.gaps.iter().map(|(n, missing)| json!({ "size": n, "missing": missing })).collect();
        json!({ "cell": s.cell, "arm": s.arm, "planned": s.planned, "present": s.present, "gaps": gaps })
    });
    let revisions: BTreeSet<_> = manifests.iter().map(|m| m.revision.clone()).collect();
    let experiments: BTreeSet<_> = manifests.iter().map(|m| m.experiment_sha256.clone()).collect();
    let claims: Vec<_> = store.claims()?.into_keys().map(|name| name.to_string()).collect();
    Ok(json!({
        "folder": store.root().display().to_string(),
        "experiment": resolved.loaded.experiment.name,
        "planned": standings.iter().map(|s| s.planned).sum::<u64>(),
        "present": standings.iter().map(|s| s.present).sum::<u64>(),
        "cells": cells.collect::<Vec<_>>(),
        "parts": scan.parts.len(),
        "repeated_rows": scan.repeated,
        "orphans": scan.orphans.len(),
        "foreign": scan.foreign.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        "revisions": revisions,
        "experiments": experiments,
        "claims": claims,
        "digest": scan.digest,
    }))
}
