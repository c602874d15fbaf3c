//! What a figure is written as: its width, its kind of file, and the data that go beside it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;
use crate::figure::{Drawing, Format};
use crate::report::files::write_file;

/// Pixels of an inch on a screen, and millimetres of an inch.
const CSS: f64 = 96.0;
const INCH: f64 = 25.4;
/// Millimetres that a page leaves for a figure.
const PAGE: f64 = 240.0;

/// How the data of figures begin, of every kind.
const DATA: [&str; 5] = [
    "panel,panel_title,curve,kind,",
    "cell,arm,size,replication,atom,",
    "cell,arm,size,replication,quantity,value\n",
    "cell,arm,size,replication,rank,start,",
    "cell,quantity,statistic,from,arm,kind,",
];

/// The paper that a figure is made for.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Paper {
    /// Make it for a journal: one column (84 mm) or the whole page (174 mm), without a heading. Without, for a screen
    #[arg(long, value_name = "WIDTH")]
    width: Option<Width>,
    /// Pixels of an inch in a PNG
    #[arg(long, value_name = "DPI", default_value_t = 300, value_parser = clap::value_parser!(u32).range(36..=2400))]
    dpi: u32,
}

/// What a figure is made for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Width {
    /// One column of a journal, 84 mm.
    Single,
    /// The page of a journal, 174 mm.
    Double,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Output {
    Svg,
    Pdf,
    Png,
}

impl Output {
    /// By the ending of the file that a flag names.
    pub(super) fn of(flag: &str, path: &Path) -> Result<Self, Failure> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("svg") => Ok(Output::Svg),
            Some("pdf") => Ok(Output::Pdf),
            Some("png") => Ok(Output::Png),
            _ => Err(Failure::bad_input(format!(
                "{flag} {}: the ending says what is written, and must be .svg, .pdf or .png",
                path.display()
            ))),
        }
    }
}

impl Paper {
    /// How wide the figure is laid out.
    pub(super) fn format(&self) -> Format {
        match self.width {
            None => Format::Screen,
            Some(Width::Single) => Format::Single,
            Some(Width::Double) => Format::Double,
        }
    }

    /// Refuses a figure of all cells that is higher than a page, by the names of the cells.
    pub(super) fn refuse_without_cell<'a>(
        drawing: &Drawing,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let names: Vec<&str> = cells.collect();
        let Some(high) = drawing.millimetres_high().filter(|high| *high > PAGE && names.len() > 1) else {
            return Ok(());
        };
        Err(Failure::bad_input(format!(
            "the figure of all cells is {high:.0} mm high, and a page holds {PAGE:.0} mm; choose what it shows, for example \
             --cell {}; there are: {}",
            names[0],
            names.join(", ")
        )))
    }

    /// Writes the figure, and its data beside it as CSV; the paths.
    pub(super) fn write(
        &self,
        drawing: &Drawing,
        csv: &str,
        (path, output): (&Path, Output),
    ) -> Result<[PathBuf; 2], Failure> {
        if let Some(high) = drawing.millimetres_high().filter(|high| *high > PAGE) {
            eprintln!(
                "warning: the figure is {high:.0} mm high, and a page holds {PAGE:.0} mm; --cell and --arm choose what it \
                 shows"
            );
        }
        let files = [path.to_path_buf(), path.with_extension("csv")];
        let bytes = self.bytes(drawing, output)?;
        for (path, content) in files.iter().zip([bytes.as_slice(), csv.as_bytes()]) {
            write_file(path, content).map_err(|(path, e)| Failure::io(&path, "write", &e))?;
        }
        Ok(files)
    }

    fn bytes(&self, drawing: &Drawing, output: Output) -> Result<Vec<u8>, Failure> {
        match output {
            Output::Svg => Ok(drawing.svg().into_bytes()),
            Output::Pdf => Ok(drawing.pdf()),
            Output::Png => {
                let inches = drawing.millimetres().map_or(drawing.units() / CSS, |wide| wide / INCH);
                let pixels = (inches * f64::from(self.dpi)).round() as u32;
                drawing.png(pixels).map_err(|e| Failure::bad_input(format!("the figure: {e}")))
            }
        }
    }
}

/// Refuses a figure whose data would take the place of a CSV that no figure left there.
pub(super) fn refuse_foreign(flag: &str, figure: &Path) -> Result<(), Failure> {
    let data = figure.with_extension("csv");
    let of_figure = |bytes: &[u8]| DATA.iter().any(|begin| bytes.starts_with(begin.as_bytes()));
    match std::fs::read(&data) {
        Ok(bytes) if !of_figure(&bytes) => Err(Failure::bad_input(format!(
            "{flag} {}: the data behind it would be written to {}, which is there and holds no data of a figure; choose \
             another name, or move it away",
            figure.display(),
            data.display()
        ))),
        _ => Ok(()),
    }
}
