//! Gate maps M: what the softmax gate sees of the covariates (theory of the modified gate).
//!
//! ```
//! use moe_core::gate::GateMap;
//!
//! let map: GateMap = "sin(3)".parse()?;
//! assert_eq!(map, GateMap::Sin(3.0));
//! assert_eq!(map.to_string(), "sin(3)");
//! assert_eq!(GateMap::Power(2).apply_all(&[3.0, -1.0]), [9.0, 1.0]);
//! assert!("sine".parse::<GateMap>().is_err());
//! # Ok::<(), moe_core::gate::GateMapError>(())
//! ```

use std::fmt;
use std::str::FromStr;

use crate::content::Content;
use crate::numeric;

/// The element-wise map M of the gate: π_i(x) ∝ exp(β₀ᵢ + β₁ᵢᵀ M(x)).
///
/// `Identity` is the standard softmax gate, every other map the modified gate. The spelling of
/// [`fmt::Display`] and [`FromStr`] is the one used in experiment files and on the command line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GateMap {
    /// M(x) = x.
    Identity,
    /// M(x) = sin(ωx).
    Sin(f64),
    /// M(x) = cos(ωx).
    Cos(f64),
    /// M(x) = tanh(ωx).
    Tanh(f64),
    /// M(x) = 1 / (1 + exp(−ωx)).
    Sigmoid(f64),
    /// M(x) = xᵖ, p ≥ 1.
    Power(u32),
}

impl GateMap {
    /// M applied to one covariate.
    #[inline(always)]
    pub fn apply(&self, x: f64) -> f64 {
        match *self {
            GateMap::Identity => x,
            GateMap::Sin(w) => numeric::sin(w * x),
            GateMap::Cos(w) => numeric::cos(w * x),
            GateMap::Tanh(w) => numeric::tanh(w * x),
            GateMap::Sigmoid(w) => numeric::sigmoid(w * x),
            GateMap::Power(p) => numeric::power(x, p),
        }
    }

    /// M applied to each covariate of a point.
    pub fn apply_all(&self, x: &[f64]) -> Vec<f64> {
        x.iter().map(|v| self.apply(*v)).collect()
    }

    /// Replaces covariates by M of them, with the instructions that the machine has; the same bits as one by one.
    pub fn apply_to_all(&self, x: &mut [f64]) {
        pulp::Arch::new().dispatch(ApplyToAll { map: self, x });
    }

    /// The same, compiled where it is used.
    #[inline(always)]
    pub(crate) fn apply_to_all_here(&self, x: &mut [f64]) {
        for x in x {
            *x = self.apply(*x);
        }
    }

    /// Whether M is the identity (also when spelt `power(1)`).
    pub fn is_identity(&self) -> bool {
        matches!(self, GateMap::Identity | GateMap::Power(1))
    }

    /// Writes the map into a content hash.
    pub fn add_to(&self, content: &mut Content) {
        let (tag, parameter) = match *self {
            GateMap::Identity => ("identity", 0.0),
            GateMap::Sin(w) => ("sin", w),
            GateMap::Cos(w) => ("cos", w),
            GateMap::Tanh(w) => ("tanh", w),
            GateMap::Sigmoid(w) => ("sigmoid", w),
            GateMap::Power(p) => ("power", f64::from(p)),
        };
        content.text("gate map", tag).number("parameter", parameter);
    }
}

/// See [`GateMap::apply_to_all`].
struct ApplyToAll<'a> {
    map: &'a GateMap,
    x: &'a mut [f64],
}

impl pulp::WithSimd for ApplyToAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.map.apply_to_all_here(self.x);
    }
}

impl fmt::Display for GateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GateMap::Identity => write!(f, "identity"),
            GateMap::Sin(w) => write!(f, "sin({w})"),
            GateMap::Cos(w) => write!(f, "cos({w})"),
            GateMap::Tanh(w) => write!(f, "tanh({w})"),
            GateMap::Sigmoid(w) => write!(f, "sigmoid({w})"),
            GateMap::Power(p) => write!(f, "power({p})"),
        }
    }
}

/// Why a text is not a gate map; it says what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateMapError(String);

impl fmt::Display for GateMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GateMapError {}

impl FromStr for GateMap {
    type Err = GateMapError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == "identity" {
            return Ok(GateMap::Identity);
        }
        let unknown = || {
            GateMapError(format!(
                "'{text}' is not a gate map; write identity, sin(ω), cos(ω), tanh(ω), sigmoid(ω) or power(p), \
                 for example sin(3) or power(3)"
            ))
        };
        let (name, rest) = text.split_once('(').ok_or_else(unknown)?;
        let argument = rest.strip_suffix(')').ok_or_else(unknown)?.trim();
        if name == "power" {
            return match argument.parse::<u32>() {
                Ok(p @ 1..=16) => Ok(GateMap::Power(p)),
                _ => Err(GateMapError(format!(
                    "power(p) needs a whole number p from 1 to 16, not '{argument}'"
                ))),
            };
        }
        let omega = match argument.parse::<f64>() {
            Ok(w) if w.is_finite() && w != 0.0 && w.abs() <= 1e3 => w,
            _ => {
                let frequency =
                    argument.strip_suffix('x').map_or("", |a| a.trim_end_matches(['*', '·', ' ']));
                let mend = match frequency.parse::<f64>() {
                    Ok(_) => format!("; write {name}({frequency}): the x is understood"),
                    Err(_) => String::new(),
                };
                return Err(GateMapError(format!(
                    "{name}(ω) needs a finite frequency ω, not 0, at most 1000 in size, not '{argument}'{mend}"
                )));
            }
        };
        match name {
            "sin" => Ok(GateMap::Sin(omega)),
            "cos" => Ok(GateMap::Cos(omega)),
            "tanh" => Ok(GateMap::Tanh(omega)),
            "sigmoid" => Ok(GateMap::Sigmoid(omega)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips() {
        for text in ["identity", "sin(3)", "cos(1.5)", "tanh(2)", "sigmoid(4)", "power(3)"] {
            assert_eq!(text.parse::<GateMap>().unwrap().to_string(), text);
        }
        for text in ["", "sin", "sin()", "sin(0)", "sin(inf)", "power(0)", "power(2.5)", "cosine(1)", "sin(1"]
        {
            assert!(text.parse::<GateMap>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_map_written_as_in_a_paper_gets_its_mend() {
        let message = "sin(3x)".parse::<GateMap>().unwrap_err().to_string();
        assert!(message.ends_with("not '3x'; write sin(3): the x is understood"), "{message}");
        assert!(!"sin(x)".parse::<GateMap>().unwrap_err().to_string().contains("write"));
    }

    #[test]
    fn values() {
        assert_eq!(GateMap::Power(3).apply(-2.0), -8.0);
        assert_eq!(GateMap::Sigmoid(4.0).apply(0.0), 0.5);
        assert!((GateMap::Sin(3.0).apply(0.5) - 0.997_494_986_604_054_4).abs() < 1e-15);
    }

    #[test]
    fn many_covariates_have_the_bits_of_each_alone() {
        // Small ones, all quadrants, beyond the reach of π, and what is no number.
        let mut x: Vec<f64> = (-50..50).map(|i| f64::from(i) * 0.37).collect();
        x.extend([0.0, -0.0, 1e-300, -1e-9, 1e13, -3e250, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]);
        // All that is no number is alike.
        let bits = |x: Vec<f64>| -> Vec<_> { x.iter().map(|x| (!x.is_nan()).then(|| x.to_bits())).collect() };
        for text in ["identity", "sin(3)", "cos(1.5)", "tanh(2)", "sigmoid(4)", "power(3)"] {
            let map: GateMap = text.parse().unwrap();
            let alone = bits(map.apply_all(&x));
            for arch in [pulp::Arch::new(), pulp::Arch::Scalar] {
                let mut together = x.clone();
                arch.dispatch(ApplyToAll { map: &map, x: &mut together });
                assert_eq!(bits(together), alone, "{text}");
            }
        }
    }
}
