//! The data behind the figure, one row a point and one a line.

use super::{BandView, CurveView, Figure, PointView};

const HEADER: &str = "panel,panel_title,curve,kind,size,estimate,lower,upper,intercept";

/// The exact numbers that the figure shows, as comma-separated values with a header.
///
/// `kind` says what a row is: `point` (size, estimate, interval), `fit` (smallest fitted size, slope, its interval, and
/// the intercept of ln value = intercept + slope · ln n), `theory` or `stated` (the exponent that the theory, or a claim,
/// states), `band` (0.1 and 0.9 quantile of the replications) or `local` (slope between two neighbouring sizes at their
/// middle, interval). Numbers are written with as many digits as give back the same double; panels are counted from 1.
pub fn csv(figure: &Figure) -> String {
    let mut rows = vec![HEADER.to_owned()];
    for (i, panel) in figure.panels.iter().enumerate() {
        for curve in &panel.curves {
            let start = format!("{},{},{}", i + 1, quoted(&panel.title), quoted(&curve.label));
            for PointView { size, estimate, lower, upper } in &curve.points {
                rows.push(format!("{start},point,{size},{estimate:?},{lower:?},{upper:?},"));
            }
            for BandView { size, lower, upper } in &curve.band {
                rows.push(format!("{start},band,{size},,{lower:?},{upper:?},"));
            }
            if let Some(fit) = &curve.fit {
                let (slope, intercept) = (fit.slope, fit.intercept);
                rows.push(format!(
                    "{start},fit,{},{slope:?},{:?},{:?},{intercept:?}",
                    fit.from, fit.lower, fit.upper
                ));
            }
            if let Some(theory) = curve.theory {
                rows.push(format!("{start},{},,{theory:?},,,", panel.naming.stated.word()));
            }
        }
        for CurveView { label, points, .. } in &panel.strip {
            let start = format!("{},{},{}", i + 1, quoted(&panel.title), quoted(label));
            for PointView { size, estimate, lower, upper } in points {
                rows.push(format!("{start},local,{size},{estimate:?},{lower:?},{upper:?},"));
            }
        }
        for guide in &panel.guides {
            rows.push(format!("{},{},\"\",guide,,{guide:?},,,", i + 1, quoted(&panel.title)));
        }
    }
    rows.join("\n") + "\n"
}

/// A field in quotes, quotes inside doubled (RFC 4180).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
