//! Where the records of a report come from: the run folder and the processes that wrote into it.

use std::collections::BTreeMap;

use super::Replays;
use super::format::table;
use crate::store::Manifest;

/// The run folder and who wrote into it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// How replications of the folder are measured again.
    pub replays: Replays,
    /// Every process that wrote, oldest first.
    pub manifests: Vec<Manifest>,
}

impl Origin {
    /// What made the rows, as far as it could matter: one line for each program on each machine.
    pub(super) fn writers(&self) -> String {
        let mut lines: BTreeMap<Vec<String>, (u64, &str)> = BTreeMap::new();
        for m in &self.manifests {
            let revision = m.revision.clone().unwrap_or_else(|| "unknown".into());
            let versions = format!(
                "streams {}, numerics {}, schema {}",
                m.identity.streams_schema, m.identity.numerics_version, m.identity.schema_version
            );
            let what =
                [m.version.clone(), revision, versions, m.host.clone(), m.simd.clone(), m.rustc.clone()];
            let (count, newest) = lines.entry(what.to_vec()).or_insert((0, &m.time));
            *count += 1;
            *newest = (*newest).max(m.time.as_str());
        }
        let row = |(mut what, (count, newest)): (Vec<String>, (u64, &str))| {
            what.extend([count.to_string(), newest.to_owned()]);
            what
        };
        let head = [
            "version",
            "revision",
            "streams and numbers",
            "machine",
            "instructions",
            "compiler",
            "processes",
            "newest",
        ];
        table(&head, &lines.into_iter().map(row).collect::<Vec<_>>())
    }

    /// The experiment that the newest process ran, normalised; empty where nobody has.
    pub(super) fn experiment(&self) -> &str {
        self.manifests.last().map_or("", |m| m.experiment.as_str())
    }
}
