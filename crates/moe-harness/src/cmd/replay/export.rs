//! What `moe replay` writes for other programs: a data set as CSV, a fit as JSON. No bit is lost in either.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use moe_core::dataset::Dataset;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use serde_json::{Value, json};

use super::Failure;
use crate::experiment::Cell;
use crate::record::{FittedRow, Record};

/// Writes a new file. One that is there is somebody's, and is left alone.
pub(super) fn write_new(path: &Path, flag: &str, text: &str) -> Result<(), Failure> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => Failure::bad_input(format!(
                "{flag}: {} is there already and is not overwritten; give another name, or move it away",
                path.display()
            )),
            _ => Failure::io(path, "write", &e),
        })?;
    file.write_all(text.as_bytes()).map_err(|e| Failure::io(path, "write", &e))
}

/// The data set as CSV; every number is written so that reading it gives the same bits.
pub(super) fn csv(data: &Dataset) -> String {
    let mut out: String = (1..=data.dim()).map(|j| format!("x{j},")).collect();
    out += "y,count\n";
    for (row, x) in data.x.rows().into_iter().enumerate() {
        for v in x {
            let _ = write!(out, "{v},");
        }
        let _ = writeln!(out, "{},{}", data.labels[row], data.counts[row]);
    }
    out
}

/// The fit with its model and certificate as JSON, and with what the score is at it.
pub(super) fn json(record: &Record, cell: &Cell, data: &Dataset, seed: u64) -> String {
    let scenario = &cell.scenario;
    let shape = scenario.fitted_shape();
    let value = json!({
        "cell": &*record.cell_name,
        "arm": &*record.arm_name,
        "size": record.key.size,
        "replication": record.key.replication,
        "seed": seed,
        "gate_map": scenario.truth.gate_map.to_string(),
        "experts": shape.experts,
        "classes": shape.classes,
        "covariates": shape.dim,
        "box": scenario.box_bound,
        "status": record.status.name(),
        "reason": &*record.reason,
        "log_likelihood_truth": record.log_likelihood_truth,
        "log_likelihood_exact": record.log_likelihood_exact,
        "fit": record.fit.as_ref().map(|fit| of_fit(fit, cell, data)),
    });
    format!("{value:#}\n")
}

fn of_fit(fit: &FittedRow, cell: &Cell, data: &Dataset) -> Value {
    let scenario = &cell.scenario;
    let mut likelihood = Likelihood::new(data, scenario.fitted, scenario.truth.gate_map);
    let mut here = Derivatives::default();
    likelihood.score(&fit.parameters, &mut here);
    let size = likelihood.size();
    json!({
        "log_likelihood": fit.log_likelihood,
        "parameters": fit.parameters,
        "at_box": fit.at_box.chars().map(|c| c == '1').collect::<Vec<_>>(),
        "score": fit.score,
        "score_components": here.score.iter().map(|s| s / size).collect::<Vec<_>>(),
        "gain": fit.gain,
        "curvature": fit.curvature,
        "hits": fit.hits,
        "gap": fit.gap,
        "stop": &*fit.stop,
        "passes": fit.passes,
    })
}
