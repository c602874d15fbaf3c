//! Our side of the comparison: the file that the peers read, and Newton ascents from their starts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use moe_core::content::Content;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Problem};
use moe_estimators::given::{FromStarts, random_starts};
use moe_estimators::start::{Start, StartStreams};
use moe_harness::fit::STOP;
use moe_harness::table::{self, Cells, ReadError, Table, Wanted};
use moe_harness::workers;

use crate::Outcome;
use crate::outside::{Answer, BOX, REPETITIONS};

/// Data read from a file.
pub(crate) struct Sample {
    /// The file.
    pub(crate) path: PathBuf,
    table: Table,
}

impl Sample {
    /// Reads a file that `moe replay --data` has written.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let cells = Cells::read(path, b',').map_err(|error| match error {
            ReadError::Io(error) => error.to_string(),
            ReadError::Refused(_) => format!("{} is refused", path.display()),
        })?;
        let wanted = Wanted {
            label: "y".into(),
            features: Some(vec!["x1".into(), "x2".into()]),
            count: None,
            standardize: false,
        };
        let table = table::table(&cells, &wanted).map_err(|_| format!("{} is no table", path.display()))?;
        Ok(Self { path: path.to_owned(), table })
    }

    /// Sample size.
    pub(crate) fn size(&self) -> u64 {
        self.table.data.size()
    }

    fn problem(&self) -> Problem {
        let shape = Shape { experts: 2, classes: self.table.classes.len(), dim: self.table.features.len() };
        Problem { shape, gate_map: GateMap::Identity, box_bound: BOX }
    }

    /// Random starts over the box.
    pub(crate) fn random_starts(&self, count: u32) -> Vec<Vec<f64>> {
        let content = Content::new("moe-rates peers").finish();
        let address =
            Address { seed: 1, purpose: Purpose::Starts, content, size: self.size(), replication: 0 };
        let streams = StartStreams { address, family: 0 };
        let starts = random_starts(&self.table.data, &self.problem(), &streams, count);
        starts.into_iter().map(|start| start.parameters).collect()
    }
}

/// Ascents from all starts, on every row from the first step or on a draft first; packing of the data and certificate
/// included; the best of them.
pub(crate) fn ours(sample: &Sample, starts: &[Vec<f64>], drafted: bool) -> Outcome<Answer> {
    let starts = starts.iter().enumerate().map(|(i, parameters)| Start {
        index: i as u64,
        kind: "given".into(),
        parameters: parameters.clone(),
    });
    let estimator = FromStarts { starts: starts.collect(), stop: STOP, drafted };
    let mut best: Option<Answer> = None;
    for repetition in 0..=REPETITIONS {
        let clock = Instant::now();
        let fit = estimator
            .fit_shared(workers::of_pool(), &sample.table.data, &sample.problem())
            .map_err(|failure| failure.reason)?;
        let seconds = clock.elapsed().as_secs_f64();
        if repetition > 0 && best.as_ref().is_none_or(|best| seconds < best.seconds) {
            best = Some(Answer {
                seconds,
                log_likelihood: fit.log_likelihood,
                evaluations: fit.passes,
                score: Some(fit.certificate.score),
            });
        }
    }
    best.ok_or_else(|| "nothing was fitted".into())
}
