//! What the certificate of a fit covers: where classes are separated, there is no maximum for it to speak of.

use moe_estimators::information::StandardError;

use crate::fit::Fitted;

/// Of what a certified fit is a maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Of the likelihood: no parameter stands at the box.
    Inside,
    /// Over the box: some parameters stand at it.
    OverBox,
    /// Classes are separated, and parameters stand at the box.
    HeldByBox,
    /// Classes are separated, and the ascent ended before the box did.
    StoppedByTolerance,
    /// The information is singular: a maximum may lie further out, or there may be none.
    Level,
}

impl Extent {
    /// That of a fit; `None` where it is not certified.
    pub(super) fn of(fitted: &Fitted, separated: bool) -> Option<Self> {
        let at_box = fitted.box_hits() > 0;
        let level = fitted.errors.contains(&StandardError::Undetermined);
        fitted.doubt().is_none().then_some(match (separated, at_box) {
            (false, _) if level => Self::Level,
            (false, false) => Self::Inside,
            (false, true) => Self::OverBox,
            (true, true) => Self::HeldByBox,
            (true, false) => Self::StoppedByTolerance,
        })
    }

    /// As JSON spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::OverBox => "over-box",
            Self::HeldByBox => "held-by-box",
            Self::StoppedByTolerance => "stopped-by-tolerance",
            Self::Level => "level",
        }
    }

    /// The status in the table.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Inside => "certified: a maximum inside the box",
            Self::OverBox => "certified: a maximum over the box",
            Self::HeldByBox => "certified within the box alone: classes are separated",
            Self::StoppedByTolerance => "certified within the tolerance alone: classes are separated",
            Self::Level => "certified within the tolerance: level in some directions",
        }
    }

    /// What is certified and what is not, where the status needs it.
    pub(super) fn note(self) -> Option<&'static str> {
        match self {
            Self::Inside | Self::OverBox => None,
            Self::HeldByBox => Some(
                "within the box alone: in the directions that separate classes the likelihood has no maximum, and the \
                 box ended the ascent, or its tolerance did before. Certified: within the box no more is left to gain \
                 than the stopping rule allows. Not certified: a maximum of the likelihood, which does not exist",
            ),
            Self::StoppedByTolerance => Some(
                "within the tolerance alone: in the directions that separate classes the likelihood has no maximum, \
                 and the ascent stopped by its tolerance, short of the box. Certified: no more is left to gain than \
                 the stopping rule allows. Not certified: a maximum of the likelihood, which does not exist, nor how far \
                 out the parameters of these directions belong",
            ),
            Self::Level => Some(
                "level in some directions: there the likelihood does not change within rounding, so the maximum is one of \
                 many, or lies further out, or there is none, as where planes divide several classes from several others. \
                 Certified: no more is left to gain than the stopping rule allows",
            ),
        }
    }
}

/// What holds the parameters back that tell separated classes apart.
pub(super) fn holds(fitted: &Fitted) -> &'static str {
    if fitted.box_hits() > 0 {
        "the box, or the tolerance of the ascent,"
    } else {
        "the tolerance of the ascent"
    }
}
