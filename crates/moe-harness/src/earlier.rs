//! Smaller numbers of replications at which a run folder was left before: looks that nobody declared.

use std::collections::BTreeSet;

use crate::experiment::Experiment;
use crate::store::{Store, StoreError};

/// Numbers of replications, ascending, with which earlier processes ran the experiment in this folder and that are
/// smaller than its own; none where looks are declared, for these account for them.
///
/// # Errors
/// When a manifest cannot be read.
pub fn replications(store: &Store, experiment: &Experiment) -> Result<Vec<u64>, StoreError> {
    if !experiment.looks.is_empty() {
        return Ok(Vec::new());
    }
    let asked = store.manifests()?.into_iter().filter_map(|(_, manifest)| of_file(&manifest.experiment));
    let smaller: BTreeSet<u64> = asked.filter(|r| *r < experiment.replications).collect();
    Ok(smaller.into_iter().collect())
}

/// The replications of an experiment as a manifest records it.
fn of_file(text: &str) -> Option<u64> {
    let table: toml::Table = text.parse().ok()?;
    table.get("replications")?.as_integer()?.try_into().ok()
}
