//! The kinds of figures, each a pure function of the records, with the exact data behind it.

mod atoms;
mod components;
mod coordinate;
mod distribution;
mod replications;
mod starts;
mod stopping;

use std::fmt;
use std::str::FromStr;

use super::{PanelReport, Replays, Report, view};
use crate::aggregate::{Rows, is_truth_blind};
use crate::experiment::Curve;
use crate::figure::{self, Drawing, Figure, Format, chart};

pub use coordinate::Coordinate;
pub(super) use replications::replications;

macro_rules! kinds {
    ($($variant:ident, $name:literal, $doc:literal;)*) => {
        /// What a figure shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $(#[doc = $doc] $variant,)* }

        impl Kind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// Name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }

            /// One sentence about it.
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$variant => $doc,)* }
            }
        }
    };
}

kinds! {
    Rates, "rates", "The panels of the experiment: statistics with intervals and bands, fitted and stated slopes, local slopes.";
    LocalSlopes, "local-slopes", "Slopes between neighbouring sizes, and with the smallest sizes left out.";
    Components, "components", "Root error of gate slopes β₁, intercepts a and slopes b, with guides n^-1/2 and n^-1/4.";
    Moments, "moments", "Merged moments of the over-fitted Voronoi cells.";
    Atoms, "atoms", "Fitted atoms around true atoms as n grows.";
    Distribution, "distribution", "Every replication's loss at every size.";
    Starts, "starts", "How far behind the best likelihood the starts of a search end.";
    Stopping, "stopping", "Arms on the same data side by side: estimates and slopes.";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Kind::ALL.iter().copied().find(|k| k.name() == text).ok_or_else(|| {
            let advice = crate::nearest::advice(text, Kind::ALL.iter().map(|k| k.name()));
            format!("there is no such kind; {}", advice.join(" "))
        })
    }
}

/// What a figure is to show.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its kind.
    pub kind: Kind,
    /// Names of the cells; all where there is none.
    pub cells: Vec<String>,
    /// Names of the arms; those that no other kind of choice leaves out where there is none.
    pub arms: Vec<String>,
    /// Coordinates of atoms, across and upwards.
    pub axes: Option<[Coordinate; 2]>,
}

impl Ask {
    /// Whether a curve is of the cells and arms that are asked for.
    fn wants(&self, curve: &Curve) -> bool {
        let of_cells =
            self.cells.is_empty() || curve.cell.names().iter().any(|name| self.cells.contains(name));
        of_cells && (self.arms.is_empty() || self.arms.contains(&curve.arm))
    }
}

/// A figure before it is laid out, and the data behind it as comma-separated values.
pub struct Made {
    view: View,
    /// The data, with a header.
    pub csv: String,
}

enum View {
    Figure(Figure),
    Sheet(chart::Sheet),
}

impl Made {
    /// The figure, drawn on as many pages as it needs.
    pub fn printed(&self, format: Format) -> Vec<Drawing> {
        match &self.view {
            View::Figure(figure) => figure::printed(figure, format),
            View::Sheet(sheet) => chart::printed(sheet, format),
        }
    }

    fn figure(figure: Figure) -> Self {
        Self { csv: figure::csv(&figure), view: View::Figure(figure) }
    }

    fn sheet(sheet: chart::Sheet, csv: String) -> Self {
        Self { view: View::Sheet(sheet), csv }
    }
}

/// Makes a figure. Starts must be kept in the records for [`Kind::Starts`].
///
/// # Errors
/// The sentence that says why the records have no such figure.
pub fn make(report: &Report<'_>, rows: &Rows<'_>, replays: &Replays, ask: &Ask) -> Result<Made, String> {
    let made = match ask.kind {
        Kind::Rates | Kind::LocalSlopes => {
            if report.panels.is_empty() {
                return Err("the experiment has no [[panel]], so there are no curves to show".into());
            }
            names_are_known(rows, ask)?;
            let wanted = |panel: &PanelReport<'_>| panel.curves.iter().any(|c| ask.wants(c.curve));
            let figure = if ask.kind == Kind::Rates {
                view::figure(report, rows, replays, &wanted)
            } else {
                view::slopes(report, rows, &wanted)
            };
            if figure.panels.is_empty() {
                return Err("no [[panel]] of the experiment has a curve of these cells and arms".into());
            }
            Made::figure(figure)
        }
        Kind::Components => Made::figure(components::components(rows, replays, &pairs(rows, ask)?)),
        Kind::Moments => Made::figure(components::moments(rows, replays, &pairs(rows, ask)?)),
        Kind::Atoms => atoms::atoms(rows, &pairs(rows, ask)?, ask.axes)?,
        Kind::Distribution => distribution::distribution(rows, &pairs(rows, ask)?),
        Kind::Starts => starts::starts(rows, &pairs(rows, ask)?)?,
        Kind::Stopping => {
            names_are_known(rows, ask)?;
            stopping::stopping(report, ask)?
        }
    };
    Ok(made)
}

/// The (cell, arm) that are asked for. Without a choice of arms: the truth-blind arms that audit no other, or every arm
/// where none is truth-blind.
fn pairs(rows: &Rows<'_>, ask: &Ask) -> Result<Vec<(usize, usize)>, String> {
    names_are_known(rows, ask)?;
    let experiment = rows.experiment();
    let arms: Vec<&str> = experiment.arms.iter().map(|a| a.name.as_str()).collect();
    let cells: Vec<&str> = experiment.cells.iter().map(|c| c.name.as_str()).collect();
    let has_rows = |(cell, arm): &(usize, usize)| {
        experiment.sizes.iter().any(|n| rows.at(*cell, *arm, *n).iter().any(|r| r.fit.is_some()))
    };
    let of_cells = |(cell, _): &(usize, usize)| {
        ask.cells.is_empty() || ask.cells.iter().any(|name| name == cells[*cell])
    };
    let all: Vec<_> = rows.pairs().into_iter().filter(of_cells).filter(has_rows).collect();
    let primary = |(_, arm): &(usize, usize)| {
        let arm = &experiment.arms[*arm];
        is_truth_blind(arm) && arm.audits.is_none()
    };
    let chosen: Vec<_> = if !ask.arms.is_empty() {
        all.into_iter().filter(|(_, arm)| ask.arms.iter().any(|name| name == arms[*arm])).collect()
    } else if all.iter().any(primary) {
        all.into_iter().filter(primary).collect()
    } else {
        all
    };
    if chosen.is_empty() {
        return Err("there is no fit of these cells and arms in the run folder".into());
    }
    Ok(chosen)
}

fn names_are_known(rows: &Rows<'_>, ask: &Ask) -> Result<(), String> {
    let experiment = rows.experiment();
    let arms: Vec<&str> = experiment.arms.iter().map(|a| a.name.as_str()).collect();
    let cells: Vec<&str> = experiment.cells.iter().map(|c| c.name.as_str()).collect();
    known("cell", &ask.cells, &cells)?;
    known("arm", &ask.arms, &arms)
}

fn known(what: &str, asked: &[String], there: &[&str]) -> Result<(), String> {
    match asked.iter().find(|name| !there.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(format!("there is no {what} '{name}'; there are: {}", there.join(", "))),
    }
}

/// "cell" or, where several arms are shown, "cell, arm".
fn place_name(rows: &Rows<'_>, pairs: &[(usize, usize)], (cell, arm): (usize, usize)) -> String {
    let experiment = rows.experiment();
    let (cell_name, arm_name) = (&experiment.cells[cell].name, &experiment.arms[arm].name);
    let several = pairs.iter().any(|(c, a)| *c == cell && *a != arm);
    if several { format!("{cell_name}, {arm_name}") } else { cell_name.clone() }
}

/// At most this many sizes, evenly spread, the smallest and the largest among them.
fn few_sizes(sizes: &[u64], most: usize) -> Vec<u64> {
    if sizes.len() <= most {
        return sizes.to_vec();
    }
    (0..most).map(|i| sizes[i * (sizes.len() - 1) / (most - 1)]).collect()
}
