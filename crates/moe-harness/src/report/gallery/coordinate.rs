//! Coordinates of an atom, by the names that the command line knows.

use std::fmt;
use std::str::FromStr;

use moe_core::measure::Atom;
use moe_core::shape::Shape;

/// One coordinate of an atom; everything is counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinate {
    /// Coordinate of the gate slope β₁, written `gate[i]`.
    Gate(usize),
    /// Intercept of a class, written `intercept[c]`.
    Intercept(usize),
    /// Slope of a class in a covariate, written `slope[c,i]`.
    Slope(usize, usize),
}

impl Coordinate {
    /// Its value at an atom; gate slopes are moved by the alignment first.
    pub(super) fn of(self, atom: &Atom, alignment: &[f64]) -> f64 {
        match self {
            Coordinate::Gate(i) => atom.gate_slope[i] + alignment.get(i).copied().unwrap_or(0.0),
            Coordinate::Intercept(c) => atom.intercepts[c],
            Coordinate::Slope(c, i) => atom.class_slope(c)[i],
        }
    }

    /// Whether atoms of this shape have it.
    pub(super) fn exists(self, shape: Shape) -> bool {
        match self {
            Coordinate::Gate(i) => i < shape.dim,
            Coordinate::Intercept(c) => c + 1 < shape.classes,
            Coordinate::Slope(c, i) => c + 1 < shape.classes && i < shape.dim,
        }
    }

    /// The gate slope and the intercept in which the true atoms differ most.
    pub(super) fn telling(shape: Shape, atoms: &[Atom]) -> [Coordinate; 2] {
        let spread = |c: &Coordinate| {
            let values = || atoms.iter().map(|a| c.of(a, &[]));
            values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min)
        };
        let widest =
            |all: Vec<Coordinate>| all.into_iter().reduce(|a, b| if spread(&b) > spread(&a) { b } else { a });
        let gates = (0..shape.dim).map(Coordinate::Gate).collect();
        let intercepts = (0..shape.classes - 1).map(Coordinate::Intercept).collect();
        [widest(gates).unwrap_or(Coordinate::Gate(0)), widest(intercepts).unwrap_or(Coordinate::Intercept(0))]
    }

    /// Its name on an axis.
    pub(super) fn words(self) -> String {
        match self {
            Coordinate::Gate(i) => format!("gate slope β₁[{i}]"),
            Coordinate::Intercept(c) => format!("intercept a[{c}]"),
            Coordinate::Slope(c, i) => format!("slope b[{c},{i}]"),
        }
    }
}

impl fmt::Display for Coordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Coordinate::Gate(i) => write!(f, "gate[{i}]"),
            Coordinate::Intercept(c) => write!(f, "intercept[{c}]"),
            Coordinate::Slope(c, i) => write!(f, "slope[{c},{i}]"),
        }
    }
}

impl FromStr for Coordinate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no coordinate of an atom: write gate[0], intercept[0] or slope[0,1]");
        let (name, rest) = text.split_once('[').ok_or_else(wrong)?;
        let numbers = rest.strip_suffix(']').ok_or_else(wrong)?.split(',').map(|n| n.trim().parse::<usize>());
        let numbers: Vec<usize> = numbers.collect::<Result<_, _>>().map_err(|_| wrong())?;
        match (name, &numbers[..]) {
            ("gate", [i]) => Ok(Coordinate::Gate(*i)),
            ("intercept", [c]) => Ok(Coordinate::Intercept(*c)),
            ("slope", [c, i]) => Ok(Coordinate::Slope(*c, *i)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in ["gate[1]", "intercept[0]", "slope[2,10]"] {
            assert_eq!(name.parse::<Coordinate>().unwrap().to_string(), name);
        }
        for name in ["gate", "gate[1,2]", "slope[1]", "gate[-1]", "weight[0]", "gate[1"] {
            assert!(name.parse::<Coordinate>().unwrap_err().contains("gate[0]"), "{name}");
        }
    }
}
