//! The files of a report: made in memory, written in one go. They are derived and can be made again at any time.

use std::path::{Path, PathBuf};

use moe_core::statistic::Statistic;

use super::stability;
use super::{Origin, Report, page, tex, text, verdicts, view};
use crate::aggregate::Rows;
use crate::figure::{self, RasterError};
use crate::quantity::{Kind, Quantity};

/// Width of the PNG figure in pixels.
const PIXELS: u32 = 1920;

/// A file of the report.
pub struct ReportFile {
    /// Its name in the report folder.
    pub name: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// All files of a report.
///
/// # Errors
/// When the figure cannot be turned into pixels.
pub fn files(report: &Report<'_>, rows: &Rows<'_>, origin: &Origin) -> Result<Vec<ReportFile>, RasterError> {
    let drawing = view::figure(report, rows, &origin.replays, &|_| true);
    let svg = figure::svg(&drawing);
    let slopes = figure::svg(&view::slopes(report, rows, &|_| true));
    let pictures = || rayon::join(|| figure::png(&svg, PIXELS), || figure::png(&slopes, PIXELS));
    let ((png, slopes_png), page) = rayon::join(pictures, || page::html(report, rows, origin));
    let (png, slopes_png) = (png?, slopes_png?);
    let file = |name, content: String| ReportFile { name, content: content.into_bytes() };
    Ok(vec![
        file("report.md", text::markdown(report)),
        file("report.html", page),
        file("tables.tex", tex::tables(report)),
        file("summary.csv", summary(rows)),
        file("rates.csv", rates(report)),
        file("slopes.csv", stability::csv(report)),
        file("verdicts.json", verdicts::json(report)),
        file("figure.csv", figure::csv(&drawing)),
        file("figure.svg", svg),
        ReportFile { name: "figure.png", content: png },
        file("slopes.svg", slopes),
        ReportFile { name: "slopes.png", content: slopes_png },
    ])
}

/// The tables of a report: summaries of every quantity, slopes of curves and claims.
pub fn tables(report: &Report<'_>, rows: &Rows<'_>) -> Vec<ReportFile> {
    let file = |name, content: String| ReportFile { name, content: content.into_bytes() };
    vec![file("summary.csv", summary(rows)), file("rates.csv", rates(report))]
}

/// Writes the files into a folder, replacing older ones whole.
///
/// # Errors
/// The file that could not be written, with what the system said.
pub fn write(folder: &Path, files: &[ReportFile]) -> Result<(), (PathBuf, std::io::Error)> {
    std::fs::create_dir_all(folder).map_err(|e| (folder.to_path_buf(), e))?;
    files.iter().try_for_each(|file| write_file(&folder.join(file.name), &file.content))
}

/// Writes one file, replacing an older one whole.
///
/// # Errors
/// The file that could not be written, with what the system said.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), (PathBuf, std::io::Error)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".tmp-{}-{name}", std::process::id()));
    std::fs::write(&temporary, content).map_err(|e| (temporary.clone(), e))?;
    std::fs::rename(&temporary, path).map_err(|e| (path.to_path_buf(), e))
}

/// Every quantity at every size: mean, median and two quantiles over replications.
fn summary(rows: &Rows<'_>) -> String {
    let experiment = rows.experiment();
    let mut out = String::from(
        "cell,arm,size,quantity,replications,without_value,mean,median,quantile_0.1,quantile_0.9\n",
    );
    for (cell, arm) in rows.pairs() {
        let atoms = experiment.cells[cell].scenario.true_experts();
        let of_row = Kind::ALL.iter().map(|kind| Quantity::of_row(*kind));
        let of_cells = Kind::ALL.iter().filter(|kind| kind.per_atom());
        let of_cells = of_cells.flat_map(|kind| (0..atoms).map(|j| Quantity { kind: *kind, atom: Some(j) }));
        for quantity in of_row.chain(of_cells) {
            for &size in &experiment.sizes {
                let values = rows.values(cell, arm, size, quantity);
                if values.is_empty() || !exists(rows, cell, quantity) {
                    continue;
                }
                let without = rows.without_value(cell, arm, size, quantity);
                let statistics =
                    [Statistic::Mean, Statistic::Median, Statistic::Quantile(0.1), Statistic::Quantile(0.9)];
                let numbers =
                    statistics.map(|s| s.evaluate(&values).map_or(String::new(), |v| format!("{v:e}")));
                let (cell, arm) = (&experiment.cells[cell].name, &experiment.arms[arm].name);
                let count = values.len();
                out += &format!("{cell},{arm},{size},{quantity},{count},{without},{}\n", numbers.join(","));
            }
        }
    }
    out
}

/// Errors pooled over over-fitted cells exist only where the fitted order exceeds the true one.
fn exists(rows: &Rows<'_>, cell: usize, quantity: Quantity) -> bool {
    let scenario = &rows.experiment().cells[cell].scenario;
    let pooled = quantity.atom.is_none() && quantity.kind.over_fitted_only();
    !pooled || scenario.fitted > scenario.true_experts()
}

/// Slopes of all curves and claims.
fn rates(report: &Report<'_>) -> String {
    let mut out = String::from(
        "kind,name,cell,arm,quantity,statistic,from,level,slope,lower,upper,intercept,statement,verdict,problem\n",
    );
    let level = report.experiment.inference.level;
    let quoted = |text: String| format!("\"{}\"", text.replace('"', "\"\""));
    for (panel, c) in report.panels.iter().flat_map(|p| p.curves.iter().map(move |c| (p, c))) {
        let curve = c.curve;
        let (numbers, problem) = numbers(&c.measured.rate);
        out += &format!(
            "curve,{},{},{},{},{},{},{level},{numbers},{},,{}\n",
            quoted(panel.title.to_owned()),
            curve.cell,
            curve.arm,
            curve.quantity,
            curve.statistic,
            curve.from,
            curve.theory.map_or(String::new(), |t| t.to_string()),
            quoted(problem)
        );
    }
    for c in &report.claims {
        let claim = c.claim;
        let (numbers, problem) = numbers(&c.measured.rate);
        out += &format!(
            "claim,{},{},{},{},{},{},{},{numbers},{},{},{}\n",
            claim.name,
            claim.cell,
            claim.arm,
            claim.quantity,
            claim.statistic,
            claim.from,
            claim.level,
            quoted(text::statement(claim)),
            c.judgement.verdict,
            quoted(problem)
        );
    }
    out
}

fn numbers(rate: &Result<moe_core::rate::Rate, moe_core::rate::RateProblem>) -> (String, String) {
    match rate {
        Ok(r) => (format!("{},{},{},{}", r.slope, r.lower, r.upper, r.intercept), String::new()),
        Err(problem) => (",,,".into(), problem.to_string()),
    }
}
