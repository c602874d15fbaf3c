//! What a panel calls its axes, and whose slopes its dashed lines are.

use super::Vertical;

/// The names of a panel's axes, and who states its slopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The axis of sizes.
    pub across: String,
    /// The axis of estimates; one of slopes is always called so.
    pub upwards: String,
    /// Who states the slopes of the dashed lines.
    pub stated: Stated,
}

/// Who states a slope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stated {
    /// A theorem.
    #[default]
    ByTheory,
    /// Whoever asks whether it is so.
    ByClaim,
}

impl Default for Naming {
    fn default() -> Self {
        let (across, upwards) = ("sample size n".to_owned(), "estimate".to_owned());
        Self { across, upwards, stated: Stated::default() }
    }
}

impl Naming {
    /// The name of the axis upwards.
    pub(super) fn upwards(&self, vertical: Vertical) -> &str {
        match vertical {
            Vertical::Estimates => &self.upwards,
            Vertical::Slopes => "slope",
        }
    }
}

impl Stated {
    /// The head of the column of such slopes, and their kind among the data behind a figure.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ByTheory => "theory",
            Self::ByClaim => "stated",
        }
    }

    /// Such a slope in the key.
    pub(super) fn slope(self) -> &'static str {
        match self {
            Self::ByTheory => "slope of the theory",
            Self::ByClaim => "stated slope",
        }
    }
}
