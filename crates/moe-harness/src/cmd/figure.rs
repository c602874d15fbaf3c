//! `moe figure`: one figure of a run folder as SVG, PDF or PNG, with the data behind it as CSV.

mod beside;

use std::path::PathBuf;

use clap::Args;

use super::guard::refuse_input;
use super::paper::{Output, Paper, refuse_foreign};
use super::{Choice, Failure};
use crate::aggregate::Rows;
use crate::report::gallery::{self, Ask, Coordinate, Kind};
use crate::report::{Replays, Report};
use crate::store::Starts;

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
    #[command(flatten)]
    paper: Paper,
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

/// Runs the verb; returns the exit code.
pub fn run(args: &Figure) -> Result<u8, Failure> {
    let output = Output::of("--out", &args.out)?;
    refuse_input("--out", &args.out, &args.choice.target, "the experiment file")?;
    refuse_foreign("--out", &args.out)?;
    let FigureChoice { target, profile, seed, replications } = args.choice.clone();
    let resolved = Choice { target, profile, seed, replications, out: None }.resolve()?;
    let store = resolved.open()?;
    let starts = if args.kind == Kind::Starts { Starts::Keep } else { Starts::Skip };
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
    let refused = |why: String| {
        let left_out = (ask.kind == Kind::Stopping).then(|| beside::reason(&report, &ask)).flatten();
        Failure::bad_input(left_out.unwrap_or(why))
    };
    let made = gallery::make(&report, &rows, &replays, &ask).map_err(refused)?;
    let pages = made.printed(args.paper.format());
    for path in args.paper.write(&pages, &made.csv, (&args.out, output))? {
        say!("{}", path.display());
    }
    Ok(0)
}
