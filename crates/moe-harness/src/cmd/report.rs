//! `moe report`: recomputes summaries, rates, verdicts and the figure from the records.

use std::collections::BTreeSet;

use clap::Args;

use super::target::Resolved;
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::earlier;
use crate::experiment::Experiment;
use crate::log;
use crate::plan::Plan;
use crate::record::Record;
use crate::report::{Origin, Replays, Report as Computed, files, text};
use crate::store::{Scan, Starts, Store};

/// Recompute the summaries, the rates, the verdicts and the figure from the records. Nothing is refitted.
#[derive(Args, Debug)]
pub struct Report {
    #[command(flatten)]
    choice: Choice,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Report) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    let store = resolved.open()?;
    publish(&resolved, &store)?;
    Ok(0)
}

/// Computes the report of a run folder, writes its files, prints its tables.
pub(super) fn publish(resolved: &Resolved, store: &Store) -> Result<(), Failure> {
    let scan = store.scan(Starts::Skip)?;
    warn_of_foreign(&scan);
    let rows = Rows::new(&resolved.loaded.experiment, &scan.records);
    let mut computed = Computed::new(&rows, scan.digest.clone());
    computed.earlier = earlier::replications(store, &resolved.loaded.experiment)?;
    let folder = store.report_folder();
    let manifests = store.manifests()?.into_iter().map(|(_, manifest)| manifest).collect();
    let origin = Origin { replays: Replays { folder: store.root().display().to_string() }, manifests };
    let files = files::files(&computed, &rows, &origin)
        .map_err(|e| Failure::bad_input(format!("the figure: {e}")))?;
    files::write(&folder, &files).map_err(|(path, e)| Failure::io(&path, "write", &e))?;
    print(&computed);
    say_unjudged(&resolved.loaded.experiment, &scan.records);
    say!("\nfigure: {}", folder.join("figure.svg").display());
    say!("report: {}", folder.join("report.html").display());
    Ok(())
}

/// Says which files among the parts are none, so that a part with another name is not missed in silence.
pub(super) fn warn_of_foreign(scan: &Scan) {
    for path in &scan.foreign {
        log::line(format_args!("warning: {} is not a part and was left aside", path.display()));
    }
}

/// Says so when the folder has more replications than the experiment, as it is asked for here, judges.
fn say_unjudged(experiment: &Experiment, records: &[Record]) {
    if let Some([there, asked]) = unjudged(experiment, records) {
        say!(
            "\n{there} replications are in the folder, and {asked} are asked for: the others are not in this report"
        );
    }
}

/// How many replications are in the folder and how many are asked for, where there are more.
pub(super) fn unjudged(experiment: &Experiment, records: &[Record]) -> Option<[u64; 2]> {
    let (mut arms, mut asked) = (BTreeSet::new(), None);
    for item in Plan::new(experiment).items {
        let key = item.key(experiment);
        arms.insert((key.cell, key.arm));
        asked = asked.max(Some(key.replication));
    }
    let planned = records.iter().filter(|record| arms.contains(&(record.key.cell, record.key.arm)));
    let there = planned.map(|record| record.key.replication).max();
    (there > asked).then(|| [there, asked].map(|last| last.map_or(0, |last| last + 1)))
}

/// Prints the tables of a report.
pub(super) fn print(report: &Computed<'_>) {
    for panel in &report.panels {
        say!("\n{}\n\n{}", panel.title, text::curves(report, panel).trim_end());
        let open = text::open(panel);
        if !open.is_empty() {
            say!("{}", open.trim_end());
        }
    }
    say!("\nFits\n\n{}", text::fits(report).trim_end());
    if !report.claims.is_empty() {
        say!("\nClaims\n\n{}", text::claims(report).trim_end());
        for line in text::unexpected(report).lines() {
            say!("{line}");
        }
    }
    if report.missing > 0 {
        say!("\nincomplete: {} planned rows are missing; run the experiment to fill them", report.missing);
    }
}
