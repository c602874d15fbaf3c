//! The recorded quantities that a claim, a table or a figure can speak about, and their spelling.

use std::fmt;
use std::str::FromStr;

/// A number of a row: a loss, a distance or an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    /// Which number.
    pub kind: Kind,
    /// The true atom (0-based) for a quantity of one Voronoi cell; `None` for a quantity of the row.
    pub atom: Option<usize>,
}

macro_rules! kinds {
    ($($variant:ident, $name:literal, $cell:literal, $doc:literal;)*) => {
        /// The catalogue of quantities. Distances and losses are ≥ 0.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(rustdoc::broken_intra_doc_links)] // [j] is an index
        pub enum Kind { $(#[doc = $doc] $variant,)* }

        impl Kind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// Name in files, tables and on the command line; also the column of the record.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }

            /// One sentence about it.
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$variant => $doc,)* }
            }

            /// Whether it also exists for one Voronoi cell, written `name[j]`.
            pub fn per_atom(self) -> bool {
                match self { $(Kind::$variant => $cell,)* }
            }
        }
    };
}

kinds! {
    D1, "d1", false, "Voronoi loss D_1, first powers, infimum over translations of the gate slopes.";
    D2, "d2", false, "Voronoi loss D_2: squares in cells with more than one fitted atom.";
    D34, "d3_4", false, "Voronoi loss D_{3,r} with r = 4 in cells with more than one fitted atom.";
    D38, "d3_8", false, "Voronoi loss D_{3,r} with r = 8 in cells with more than one fitted atom.";
    Hellinger, "hellinger", false, "E_X of the Hellinger distance between fitted and true class probabilities.";
    TotalVariation, "total_variation", false, "E_X of the total variation distance.";
    Kl, "kl", false, "E_X of the Kullback-Leibler divergence from the truth to the fit, in nats.";
    WeightError, "weight_error", true, "Error of the weights of the Voronoi cells: Σ_j |Σ_{A_j} w − w*_j|, or one cell's.";
    Root, "root", true, "Weighted root error over gate slope, intercepts and slopes; without `[j]` pooled over cells with at least two atoms.";
    RootGate, "root_gate", true, "Weighted root error of the gate slope β_1.";
    RootIntercept, "root_intercept", true, "Weighted root error of the expert intercepts a.";
    RootSlope, "root_slope", true, "Weighted root error of the expert slopes b.";
    FarGate, "far_gate", true, "Largest unweighted distance of a gate slope.";
    FarIntercept, "far_intercept", true, "Largest unweighted distance of expert intercepts.";
    FarSlope, "far_slope", true, "Largest unweighted distance of expert slopes.";
    MomentGate, "moment_gate", true, "Merged moment ‖Σ_{A_j} w Δβ_1‖ (without `[j]`: the largest over cells).";
    MomentIntercept, "moment_intercept", true, "Merged moment ‖Σ_{A_j} w Δa‖.";
    MomentSlope, "moment_slope", true, "Merged moment ‖Σ_{A_j} w Δb‖.";
    MomentMixed, "moment_mixed", true, "Merged moment ‖Σ_{A_j} w (Δb + Δβ_1 Δa)‖.";
    MergedPmf, "merged_pmf", true, "Merged class probabilities ‖Σ_{A_j} w_i (f(·; a_i) − f(·; a*_j))‖.";
    CellSize, "cell_size", true, "Number of fitted atoms in a Voronoi cell (without `[j]`: the largest).";
    LikelihoodGain, "likelihood_gain", false, "Total log-likelihood of the fit minus that of the truth, in nats.";
}

impl Kind {
    /// Whether the quantity of the row is pooled over the Voronoi cells with at least two fitted atoms, so that it
    /// does not exist in an exact-specified cell.
    pub fn over_fitted_only(self) -> bool {
        use Kind::{FarGate, FarIntercept, FarSlope, Root, RootGate, RootIntercept, RootSlope};
        matches!(self, Root | RootGate | RootIntercept | RootSlope | FarGate | FarIntercept | FarSlope)
    }
}

impl Quantity {
    /// Whether it is 0 in many replications: the error of the gate slope of a single Voronoi cell. Gate slopes are known up
    /// to a common translation, and that of D_2 often takes an atom that is alone in its cell to where its true atom is.
    pub fn is_often_zero(self) -> bool {
        use Kind::{FarGate, MomentGate, RootGate};
        self.atom.is_some() && matches!(self.kind, RootGate | FarGate | MomentGate)
    }

    /// A quantity of the whole row.
    pub fn of_row(kind: Kind) -> Self {
        Self { kind, atom: None }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.atom {
            None => f.write_str(self.kind.name()),
            Some(atom) => write!(f, "{}[{atom}]", self.kind.name()),
        }
    }
}

impl FromStr for Quantity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, atom) = match text.split_once('[') {
            None => (text, None),
            Some((name, rest)) => {
                let index = rest.strip_suffix(']').and_then(|i| i.parse::<usize>().ok());
                let index = index
                    .ok_or_else(|| format!("'{text}': a Voronoi cell is written name[j], j = 0, 1, …"))?;
                (name, Some(index))
            }
        };
        let kind = Kind::ALL.iter().copied().find(|k| k.name() == name).ok_or_else(|| unknown(name))?;
        if atom.is_some() && !kind.per_atom() {
            return Err(format!("'{name}' is a quantity of the whole row; write it without [j]"));
        }
        Ok(Quantity { kind, atom })
    }
}

fn unknown(name: &str) -> String {
    let names = Kind::ALL.iter().map(|k| k.name());
    let nearest = names.clone().max_by(|a, b| {
        strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)).then(b.cmp(a))
    });
    let all: Vec<_> = names.collect();
    format!(
        "unknown quantity '{name}'; did you mean '{}'? There are: {}",
        nearest.unwrap_or("d1"),
        all.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gate_errors_of_one_cell_are_often_zero() {
        let is = |text: &str| text.parse::<Quantity>().unwrap().is_often_zero();
        assert!(is("root_gate[0]") && is("far_gate[1]") && is("moment_gate[0]"));
        assert!(!is("root_gate") && !is("root_slope[0]") && !is("d2"));
    }

    #[test]
    fn spelling_round_trips() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse::<Quantity>(), Ok(Quantity::of_row(*kind)));
        }
        assert_eq!("root_intercept[1]".parse::<Quantity>().unwrap().to_string(), "root_intercept[1]");
        assert!("d1[0]".parse::<Quantity>().is_err());
        assert!("rot_slope".parse::<Quantity>().unwrap_err().contains("'root_slope'"));
    }
}
