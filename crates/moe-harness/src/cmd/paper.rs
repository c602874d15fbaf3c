//! What a figure is written as: its width, its kind of file, and the data that go beside it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;
use crate::figure::{Drawing, FURTHER, Format, PAGE};
use crate::log;
use crate::report::files::write_file;

/// Pixels of an inch on a screen, and millimetres of an inch.
const CSS: f64 = 96.0;
const INCH: f64 = 25.4;

/// How the data of figures begin, of every kind.
const DATA: [&str; 5] = [
    "panel,panel_title,curve,kind,",
    "cell,arm,size,replication,atom,",
    "cell,arm,size,replication,quantity,value",
    "cell,arm,size,replication,rank,start,",
    "cell,quantity,statistic,from,arm,kind,",
];

/// The paper that a figure is made for.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Paper {
    /// Make it for a journal: one column (84 mm) or the whole page (174 mm), without a heading; what is higher than 240 mm
    /// goes on in further files, NAME-page-2 and so on. Without, for a screen
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

    /// Writes the figure, a file for each page, and its data beside it as CSV; the paths. Pages that a longer figure left
    /// there go.
    pub(super) fn write(
        &self,
        pages: &[Drawing],
        csv: &str,
        (path, output): (&Path, Output),
    ) -> Result<Vec<PathBuf>, Failure> {
        let high = pages.iter().filter_map(Drawing::millimetres_high).fold(0.0, f64::max);
        if high > PAGE {
            log::line(format_args!(
                "warning: the figure is {high:.0} mm high, and a page holds {PAGE:.0} mm; --cell and --arm choose what it \
                 shows"
            ));
        }
        let names: Vec<_> = (1..=pages.len()).map(|number| name(path, number)).collect();
        names.iter().skip(1).try_for_each(|further| refuse_foreign_page(further))?;
        let mut written = Vec::new();
        for (file, page) in names.into_iter().zip(pages) {
            let bytes = self.bytes(page, output)?;
            write_file(&file, &bytes).map_err(|(path, e)| Failure::io(&path, "write", &e))?;
            written.push(file);
        }
        remove_left_over(path, pages.len() + 1)?;
        let data = path.with_extension("csv");
        write_file(&data, csv.as_bytes()).map_err(|(path, e)| Failure::io(&path, "write", &e))?;
        written.push(data);
        Ok(written)
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

/// The file of a page: `f.pdf`, `f-page-2.pdf`, `f-page-3.pdf`, …
fn name(path: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return path.to_path_buf();
    }
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    path.with_file_name(format!("{}-page-{number}.{}", part(path.file_stem()), part(path.extension())))
}

/// Whose file it is that stands where a further page would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Nobody,
    Figure,
    Other,
}

/// Further pages say of themselves that they are; a figure of its own, whatever its name, does not.
fn owner(page: &Path) -> Owner {
    let marked = |bytes: &[u8]| bytes.windows(FURTHER.len()).any(|part| part == FURTHER.as_bytes());
    match std::fs::read(page) {
        Ok(bytes) if marked(&bytes) => Owner::Figure,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Owner::Nobody,
        _ => Owner::Other,
    }
}

/// Refuses a further page that would take the place of a file that is none.
fn refuse_foreign_page(page: &Path) -> Result<(), Failure> {
    if owner(page) != Owner::Other {
        return Ok(());
    }
    Err(Failure::bad_input(format!(
        "a further page of the figure would be written to {}, which is there and is no further page of a figure; choose \
         another name, or move it away",
        page.display()
    )))
}

/// Removes the pages from this number on that a longer figure left; what looks like one of them and is none stays.
fn remove_left_over(path: &Path, first: usize) -> Result<(), Failure> {
    let pages = (first.max(2)..).map(|number| name(path, number));
    for page in pages {
        match owner(&page) {
            Owner::Nobody => break,
            Owner::Figure => {
                std::fs::remove_file(&page).map_err(|e| Failure::io(&page, "remove", &e))?;
                log::line(format_args!("removed: {}, a page of an earlier figure", page.display()));
            }
            Owner::Other => log::line(format_args!("warning: {} is not of this figure", page.display())),
        }
    }
    Ok(())
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
