//! The fitted class probabilities of every row, as a CSV file.

use std::path::Path;

use moe_core::model::class_probabilities;

use super::{Failure, Told};

/// Writes one line for each row of the data: its number (from 1), label, count where the data have counts,
/// likeliest class, and the probability of every class.
pub(super) fn write(path: &Path, told: &Told<'_>) -> Result<(), Failure> {
    let content = content(told).map_err(|e| Failure::io(path, "write", &std::io::Error::other(e)))?;
    std::fs::write(path, content).map_err(|e| Failure::io(path, "write", &e))
}

fn content(told: &Told<'_>) -> Result<Vec<u8>, csv::Error> {
    let (classes, data) = (&told.table.classes, &told.table.data);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let counted = told.table.count.is_some();
    let head = ["row", "label"].into_iter().chain(counted.then_some("count")).chain(["predicted"]);
    let head = head.map(str::to_owned);
    writer.write_record(head.chain(classes.iter().map(|class| format!("p({class})"))))?;
    let map = told.task.problem.gate_map;
    let mut probabilities = vec![0.0; classes.len()];
    for (row, x) in data.x.rows().into_iter().enumerate() {
        let x = x.to_vec();
        class_probabilities(&told.fitted.measure, &x, &map.apply_all(&x), &mut probabilities);
        let likeliest = (1..classes.len())
            .fold(0, |best, s| if probabilities[s] > probabilities[best] { s } else { best });
        let own = [(row + 1).to_string(), classes[data.labels[row] as usize].clone()];
        let count = counted.then(|| data.counts[row].to_string());
        let line = own.into_iter().chain(count).chain([classes[likeliest].clone()]);
        writer.write_record(line.chain(probabilities.iter().map(f64::to_string)))?;
    }
    writer.into_inner().map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}
