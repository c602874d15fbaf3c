//! The data behind the figure, one row a point and one a line.

use super::{Figure, PointView};

const HEADER: &str = "panel,panel_title,curve,kind,size,estimate,lower,upper,intercept";

/// The exact numbers that the figure shows, as comma-separated values with a header.
///
/// `kind` says what a row is: `point` (size, estimate, interval), `fit` (smallest fitted size, slope, its interval, and
/// the intercept of ln value = intercept + slope · ln n) or `theory` (the stated exponent). Numbers are written with as
/// many digits as give back the same double; panels are counted from 1.
pub fn csv(figure: &Figure) -> String {
    let mut rows = vec![HEADER.to_owned()];
    for (i, panel) in figure.panels.iter().enumerate() {
        for curve in &panel.curves {
            let start = format!("{},{},{}", i + 1, quoted(&panel.title), quoted(&curve.label));
            for PointView { size, estimate, lower, upper } in &curve.points {
                rows.push(format!("{start},point,{size},{estimate:?},{lower:?},{upper:?},"));
            }
            if let Some(fit) = &curve.fit {
                let (slope, intercept) = (fit.slope, fit.intercept);
                rows.push(format!(
                    "{start},fit,{},{slope:?},{:?},{:?},{intercept:?}",
                    fit.from, fit.lower, fit.upper
                ));
            }
            if let Some(theory) = curve.theory {
                rows.push(format!("{start},theory,,{theory:?},,,"));
            }
        }
    }
    rows.join("\n") + "\n"
}

/// A field in quotes, quotes inside doubled (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
