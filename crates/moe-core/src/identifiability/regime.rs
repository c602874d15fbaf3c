//! The regimes that a scenario may claim to be in.

use std::fmt;
use std::str::FromStr;

/// A setting of the theorems. [`fmt::Display`] and [`FromStr`] share the spelling of experiment files:
/// `exact`, `regime-1`, `regime-2`.
///
/// ```
/// use moe_core::identifiability::Regime;
///
/// assert_eq!("regime-2".parse(), Ok(Regime::Over2));
/// assert_eq!(Regime::Over1.to_string(), "regime-1");
/// assert!("2".parse::<Regime>().unwrap_err().to_string().contains("write exact, regime-1 or regime-2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Regime {
    /// k = k*.
    Exact,
    /// k > k*, and in every true expert all K class slopes (the reference's 0 included) are distinct.
    Over1,
    /// k > k*, and some true expert vanishes: all its class slopes are 0.
    Over2,
}

impl fmt::Display for Regime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Regime::Exact => "exact",
            Regime::Over1 => "regime-1",
            Regime::Over2 => "regime-2",
        })
    }
}

/// A text that names no regime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegimeError(String);

impl fmt::Display for RegimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a regime; write exact, regime-1 or regime-2", self.0)
    }
}

impl std::error::Error for RegimeError {}

impl FromStr for Regime {
    type Err = RegimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "exact" => Ok(Regime::Exact),
            "regime-1" => Ok(Regime::Over1),
            "regime-2" => Ok(Regime::Over2),
            other => Err(RegimeError(other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_round_trips() {
        for text in ["exact", "regime-1", "regime-2"] {
            assert_eq!(text.parse::<Regime>().unwrap().to_string(), text);
        }
        let message = "regime-3".parse::<Regime>().unwrap_err().to_string();
        assert!(message.contains("regime-3") && message.contains("exact, regime-1 or regime-2"));
    }
}
