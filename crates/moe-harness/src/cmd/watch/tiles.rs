//! The panels of a run side by side, as many as the window holds: each a small figure with its slopes below.

use super::plot::{self, Curve};

/// Columns that a panel needs at least.
const NARROWEST: usize = 38;
/// Rows of a panel at least: heading, figure, one slope.
const LOWEST: usize = 8;
/// Rows of a figure at most.
const HIGHEST: usize = 16;
/// Columns between panels.
const GAP: usize = 2;
/// Columns of a slope with its interval, and of the exponent of the theory.
const SLOPE: usize = 20;
const THEORY: usize = 6;

/// A panel as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Panel {
    /// Heading.
    pub(super) title: String,
    /// Logarithms of the smallest and the largest size, and their names.
    pub(super) sizes: (f64, f64),
    pub(super) names: (String, String),
    /// What is drawn, and what is said of it.
    pub(super) curves: Vec<(Curve, Words)>,
}

/// A curve in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Words {
    /// What is measured.
    pub(super) name: String,
    /// The slope so far, or why there is none.
    pub(super) slope: String,
    /// The exponent of the theory; may be empty.
    pub(super) theory: String,
}

/// The panels in lines that fit into so many columns and rows, and how many panels have no place.
pub(super) fn tiles(panels: &[Panel], (columns, rows): (usize, usize)) -> (Vec<String>, usize) {
    let most_across = (columns / NARROWEST).clamp(1, panels.len().max(1));
    let bands = panels.len().div_ceil(most_across).clamp(1, (rows / LOWEST).max(1));
    // Bands of the same length, rather than full ones and a rest.
    let across = panels.len().div_ceil(bands).clamp(1, most_across);
    let wide = (columns - GAP * (across - 1).min(columns)) / across;
    let high = rows / bands;
    let mut out = Vec::new();
    for band in panels.chunks(across).take(bands) {
        let most = band.iter().map(|p| p.curves.len()).max().unwrap_or(0);
        let drawn: Vec<Vec<String>> = band.iter().map(|p| tile(p, (wide, high), most)).collect();
        let lines = drawn.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..lines {
            let cells = drawn.iter().map(|tile| padded(tile.get(line).map_or("", |l| l), wide));
            out.push(cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned());
        }
    }
    (out, panels.len().saturating_sub(across * bands))
}

/// One panel, with a free line below where there is room; `most` curves have a line in the panels of its band.
fn tile(panel: &Panel, (wide, high): (usize, usize), most: usize) -> Vec<String> {
    let body = high.saturating_sub(2);
    let slopes = most.clamp(1, (body / 3).max(1));
    let curves: Vec<Curve> = panel.curves.iter().map(|c| c.0.clone()).collect();
    let names = (panel.names.0.as_str(), panel.names.1.as_str());
    let mut out = vec![panel.title.clone()];
    out.extend(plot::plot(&curves, panel.sizes, names, (wide, (body - slopes).clamp(3, HIGHEST))));
    for (i, (_, words)) in panel.curves.iter().enumerate().take(slopes) {
        let name = wide.saturating_sub(SLOPE + THEORY + 4);
        out.push(format!(
            "{} {} {:>SLOPE$} {:>THEORY$}",
            plot::marker(i),
            padded(&words.name, name),
            words.slope,
            words.theory
        ));
    }
    out.resize(out.len().max(1 + slopes), String::new());
    out.push(String::new());
    out.truncate(high);
    out
}

/// A text in exactly so many columns.
fn padded(text: &str, columns: usize) -> String {
    let long = text.chars().count();
    if long > columns {
        return text.chars().take(columns.saturating_sub(1)).chain(['…']).collect();
    }
    format!("{text}{}", " ".repeat(columns - long))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(curves: usize) -> Panel {
        let curve = Curve { points: vec![(3.0, 0.5), (6.0, -1.0)], ..Curve::default() };
        let words = Words {
            name: "root_intercept[0] quantile(0.9)".into(),
            slope: "−0.50 [−0.61, −0.39]".into(),
            theory: "−0.50".into(),
        };
        Panel {
            title: "A panel with a heading that is longer than its place".into(),
            sizes: (3.0, 6.0),
            names: ("10^3".into(), "10^6".into()),
            curves: vec![(curve, words); curves],
        }
    }

    #[test]
    fn panels_fit_the_window() {
        for (columns, rows) in [(80, 24), (80, 20), (40, 12), (200, 60), (20, 5), (80, 9)] {
            for count in [0, 1, 2, 4, 9] {
                let (lines, without) = tiles(&vec![panel(5); count], (columns, rows));
                let widest = lines.iter().map(|l| l.chars().count()).max().unwrap_or(0);
                assert!(lines.len() <= rows.max(LOWEST), "{} lines in {rows} rows", lines.len());
                assert!(widest <= columns.max(NARROWEST), "{widest} columns in {columns}");
                let shown = lines.iter().map(|l| l.matches("A panel").count()).sum::<usize>();
                assert_eq!(shown + without, count, "{columns} × {rows}");
            }
        }
    }

    #[test]
    fn four_panels_with_their_slopes_fit_a_common_terminal() {
        let (lines, without) = tiles(&vec![panel(3); 4], (80, 20));
        assert_eq!(without, 0);
        let slopes = lines.iter().map(|l| l.matches("−0.50 [−0.61, −0.39]  −0.50").count()).sum::<usize>();
        assert!(slopes >= 4, "{}", lines.join("\n"));
    }
}
