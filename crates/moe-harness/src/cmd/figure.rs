//! `moe figure`: one figure of a run folder as SVG, PDF or PNG, with the data behind it as CSV.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::figure::{Drawing, Format};
use crate::report::files::write_file;
use crate::report::gallery::{self, Ask, Coordinate, Kind};
use crate::report::{Replays, Report};
use crate::store::Starts;

/// Pixels of an inch on a screen, and millimetres of an inch.
const CSS: f64 = 96.0;
const INCH: f64 = 25.4;
/// Millimetres that a page leaves for a figure.
const PAGE: f64 = 240.0;

/// Draw one figure of a run folder: SVG, PDF or PNG, by the ending of --out; the data behind it goes beside it as CSV.
///
/// Kinds: rates (the panels of the experiment, with bands, fitted and stated slopes, local slopes), local-slopes,
/// components (root error of β_1, a and b with guides n^-1/2 and n^-1/4), moments (merged moments), atoms (fitted atoms
/// around true atoms as n grows), distribution (every replication's losses), starts (how far behind the best likelihood
/// the starts end), stopping (arms on the same data side by side). Nothing is refitted. Fonts are embedded in a PDF and
/// outlined in an SVG.
#[derive(Args, Debug)]
pub struct Figure {
    #[command(flatten)]
    choice: FigureChoice,
    /// What it shows: rates, local-slopes, components, moments, atoms, distribution, starts, stopping
    #[arg(long, value_name = "KIND", default_value_t = Kind::Rates)]
    kind: Kind,
    /// The figure's file; its ending says what it is: .svg, .pdf or .png
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Make it for a journal: one column (84 mm) or the whole page (174 mm), without a heading. Without, for a screen
    #[arg(long, value_name = "WIDTH")]
    width: Option<Width>,
    /// Pixels of an inch in a PNG
    #[arg(long, value_name = "DPI", default_value_t = 300, value_parser = clap::value_parser!(u32).range(36..=2400))]
    dpi: u32,
    /// Only these cells (commas between them); of rates and local-slopes, the panels with a curve of one
    #[arg(long, value_name = "C", value_delimiter = ',')]
    cell: Vec<String>,
    /// Only these arms (commas between them) [default: truth-blind arms that audit no other]
    #[arg(long, value_name = "A", value_delimiter = ',')]
    arm: Vec<String>,
    /// For atoms, the coordinate across: gate[i], intercept[c] or slope[c,i], counted from 0
    #[arg(long, value_name = "COORDINATE", requires = "y")]
    x: Option<Coordinate>,
    /// For atoms, the coordinate upwards
    #[arg(long, value_name = "COORDINATE", requires = "x")]
    y: Option<Coordinate>,
}

/// An experiment file or a run folder; `--out` is the figure's here.
#[derive(Args, Clone, Debug)]
struct FigureChoice {
    /// The folder of a run, or the experiment file that was run
    #[arg(value_name = "DIR|FILE")]
    target: PathBuf,
    /// The profile, with an experiment file
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The master seed, with an experiment file
    #[arg(long, value_name = "S", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Use this number of replications instead of the recorded one
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    replications: Option<u64>,
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
enum Output {
    Svg,
    Pdf,
    Png,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Figure) -> Result<u8, Failure> {
    let output = ending(&args.out)?;
    let FigureChoice { target, profile, seed, replications } = args.choice.clone();
    let resolved = Choice { target, profile, seed, replications, out: None }.resolve()?;
    let store = resolved.open()?;
    let starts = if args.kind == Kind::Starts { Starts::Keep } else { Starts::Drop };
    let scan = store.scan(starts)?;
    let rows = Rows::new(&resolved.loaded.experiment, &scan.records);
    let report = Report::new(&rows, scan.digest.clone());
    let replays = Replays { folder: store.root().display().to_string() };
    let ask = Ask {
        kind: args.kind,
        cells: args.cell.clone(),
        arms: args.arm.clone(),
        axes: args.x.zip(args.y).map(|(x, y)| [x, y]),
    };
    let made = gallery::make(&report, &rows, &replays, &ask).map_err(Failure::bad_input)?;
    let format = match args.width {
        None => Format::Screen,
        Some(Width::Single) => Format::Single,
        Some(Width::Double) => Format::Double,
    };
    let drawing = made.draw(format);
    if let Some(high) = drawing.millimetres_high().filter(|high| *high > PAGE) {
        eprintln!(
            "warning: the figure is {high:.0} mm high, more than a page holds; --cell and --arm choose what it shows"
        );
    }
    let bytes = written(&drawing, output, args.dpi)?;
    let data = args.out.with_extension("csv");
    for (path, content) in [(&args.out, bytes.as_slice()), (&data, made.csv.as_bytes())] {
        write_file(path, content).map_err(|(path, e)| Failure::io(&path, "write", &e))?;
        say!("{}", path.display());
    }
    Ok(0)
}

fn ending(path: &Path) -> Result<Output, Failure> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("svg") => Ok(Output::Svg),
        Some("pdf") => Ok(Output::Pdf),
        Some("png") => Ok(Output::Png),
        _ => Err(Failure::bad_input(format!(
            "--out {}: the ending says what is written, and must be .svg, .pdf or .png",
            path.display()
        ))),
    }
}

fn written(drawing: &Drawing, output: Output, dpi: u32) -> Result<Vec<u8>, Failure> {
    match output {
        Output::Svg => Ok(drawing.svg().into_bytes()),
        Output::Pdf => Ok(drawing.pdf()),
        Output::Png => {
            let inches = drawing.millimetres().map_or(drawing.units() / CSS, |wide| wide / INCH);
            let pixels = (inches * f64::from(dpi)).round() as u32;
            drawing.png(pixels).map_err(|e| Failure::bad_input(format!("the figure: {e}")))
        }
    }
}
