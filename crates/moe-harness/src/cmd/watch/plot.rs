//! A panel as characters: estimates against sizes, both on logarithmic axes, with intervals and the fitted line.

/// Markers of curves, in the order of those of the figure.
const MARKERS: [char; 6] = ['●', '■', '▲', '◆', '▼', '+'];
/// Columns of the names of the axis upwards, with its line.
const AXIS: usize = 6;

/// A curve, in decimal logarithms of size and estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curve {
    /// Places of the estimates.
    pub(super) points: Vec<(f64, f64)>,
    /// Place across and ends of the intervals; an end may be infinite.
    pub(super) bars: Vec<(f64, f64, f64)>,
    /// Two places that the fitted line goes through.
    pub(super) line: Option<[(f64, f64); 2]>,
}

/// The marker of a curve.
pub(super) fn marker(curve: usize) -> char {
    MARKERS[curve % MARKERS.len()]
}

/// The curves in so many columns and rows, the axis across included; `sizes` are logarithms of the ends of that axis, the
/// two texts their names.
pub(super) fn plot(
    curves: &[Curve],
    sizes: (f64, f64),
    names: (&str, &str),
    (columns, rows): (usize, usize),
) -> Vec<String> {
    let (wide, high) = (columns.saturating_sub(AXIS).max(2), rows.saturating_sub(1).max(2));
    let values = range(curves);
    let mut grid = Grid { cells: vec![vec![' '; wide]; high], sizes, values };
    for curve in curves {
        grid.line(curve);
    }
    for curve in curves {
        grid.bars(curve);
    }
    // The first curve is drawn last, so that it is seen.
    for (i, curve) in curves.iter().enumerate().rev() {
        curve.points.iter().for_each(|at| grid.set(*at, marker(i)));
    }
    let name = |row: usize| match row {
        0 => format!("10^{}", values.1),
        row if row + 1 == high => format!("10^{}", values.0),
        _ => String::new(),
    };
    let drawn = grid.cells.iter().enumerate();
    let mut out: Vec<String> =
        drawn.map(|(row, cells)| format!("{:>5}│{}", name(row), cells.iter().collect::<String>())).collect();
    let rule = wide.saturating_sub(names.0.chars().count() + names.1.chars().count());
    out.push(format!("     └{}{}{}", names.0, "─".repeat(rule), names.1));
    out
}

/// Whole powers of ten around all estimates.
fn range(curves: &[Curve]) -> (f64, f64) {
    let values = || curves.iter().flat_map(|c| &c.points).map(|p| p.1).filter(|v| v.is_finite());
    let (low, high) =
        (values().fold(f64::INFINITY, f64::min).floor(), values().fold(f64::NEG_INFINITY, f64::max).ceil());
    if low > high { (0.0, 1.0) } else { (low, high.max(low + 1.0)) }
}

struct Grid {
    cells: Vec<Vec<char>>,
    sizes: (f64, f64),
    values: (f64, f64),
}

impl Grid {
    /// The cell of a place; what lies above or below is at the edge.
    fn cell(&self, (x, y): (f64, f64)) -> Option<(usize, usize)> {
        let share = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low).max(1e-9)).clamp(0.0, 1.0);
        let place = |share: f64, cells: usize| (share * (cells - 1) as f64).round() as usize;
        let (wide, high) = (self.cells[0].len(), self.cells.len());
        (!x.is_nan() && !y.is_nan())
            .then(|| (high - 1 - place(share(y, self.values), high), place(share(x, self.sizes), wide)))
    }

    fn set(&mut self, at: (f64, f64), mark: char) {
        if let Some((row, column)) = self.cell(at) {
            self.cells[row][column] = mark;
        }
    }

    fn line(&mut self, curve: &Curve) {
        let Some([(x, y), (u, v)]) = curve.line else { return };
        let (low, high) = self.sizes;
        let wide = self.cells[0].len();
        for column in 0..wide {
            let at = low + (high - low) * column as f64 / (wide - 1) as f64;
            let value = y + (v - y) * (at - x) / (u - x);
            if self.values.0 <= value && value <= self.values.1 {
                self.set((at, value), '·');
            }
        }
    }

    fn bars(&mut self, curve: &Curve) {
        for (x, lower, upper) in &curve.bars {
            let ends = (self.cell((*x, *upper)), self.cell((*x, *lower)));
            if let (Some((top, column)), Some((bottom, _))) = ends {
                (top..=bottom).for_each(|row| self.cells[row][column] = '│');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falling() -> Curve {
        Curve {
            points: vec![(2.0, 0.0), (3.0, -1.0), (4.0, -2.0)],
            bars: vec![(2.0, -0.5, 0.0), (4.0, f64::NEG_INFINITY, -2.0)],
            line: Some([(2.0, 0.0), (4.0, -2.0)]),
        }
    }

    #[test]
    fn a_falling_curve_falls() {
        let drawn = plot(&[falling()], (2.0, 4.0), ("100", "10^4"), (17, 6));
        let expected = [
            " 10^0│●·         ",
            "     ││ ··       ",
            "     │    ·●·    ",
            "     │       ··  ",
            "10^-2│         ·●",
            "     └100────10^4",
        ];
        assert_eq!(drawn, expected, "\n{}", drawn.join("\n"));
    }

    #[test]
    fn nothing_yet_and_nothing_finite_are_drawn_too() {
        let empty = plot(&[], (2.0, 4.0), ("100", "10^4"), (20, 5));
        assert_eq!(empty.len(), 5);
        let infinite = Curve { points: vec![(2.0, f64::INFINITY), (3.0, f64::NAN)], ..Curve::default() };
        let drawn = plot(&[infinite], (2.0, 2.0), ("100", "100"), (20, 5));
        assert!(drawn[0].contains('●') && drawn.iter().all(|l| l.chars().count() == 20), "{drawn:?}");
    }
}
