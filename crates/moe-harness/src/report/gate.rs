//! The claims of an experiment as one gate: how each verdict stands to its expectation, and what holds of all together.

use moe_core::verdict::family::holm;
use moe_core::verdict::{Errors, Verdict};

use super::ClaimReport;
use crate::experiment::{Expectation, Experiment};

/// How a verdict stands to its expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The verdict is the expected one.
    AsExpected,
    /// The verdict is the opposite of the expected one, also after the correction for the number of claims.
    Contradicted,
    /// The verdict is the opposite of the expected one, but its adjusted p-value is too large to count.
    NotConfirmed,
    /// There is no verdict.
    Undecided,
}

impl Standing {
    /// Its name for readers and other programs.
    pub fn name(self) -> &'static str {
        match self {
            Standing::AsExpected => "as expected",
            Standing::Contradicted => "contradicted",
            Standing::NotConfirmed => "contradicted, not confirmed",
            Standing::Undecided => "undecided",
        }
    }
}

/// What holds of the claims together.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// How each verdict stands, in the order of the claims.
    pub standings: Vec<Standing>,
    /// Holm-adjusted p-values of "the expectation is right", in the order of the claims: small where it is contradicted.
    pub adjusted: Vec<f64>,
    /// The family level at this look: the chance that a right expectation is contradicted anywhere is at most 1 less it.
    pub family_level: f64,
    /// Where every verdict is as expected: the chance of that when some expectation is wrong, at this look. It is the
    /// largest of the claims' own errors, for all of them must err together (intersection-union). `None` otherwise.
    pub error_together: Option<f64>,
}

impl Gate {
    /// The gate of judged claims. A contradiction counts when it survives Holm's correction at the family level, which
    /// is the level of the experiment's intervals.
    pub fn new(experiment: &Experiment, claims: &[ClaimReport<'_>]) -> Self {
        let family_level = experiment.level_at_look(experiment.inference.level);
        let against: Vec<f64> = claims.iter().map(ClaimReport::contradiction).collect();
        let adjusted = holm(&against);
        let standing = |(claim, p): (&ClaimReport<'_>, &f64)| match claim.judgement.verdict {
            Verdict::Undecided => Standing::Undecided,
            verdict if verdict == claim.expected() => Standing::AsExpected,
            _ if *p <= 1.0 - family_level => Standing::Contradicted,
            _ => Standing::NotConfirmed,
        };
        let standings: Vec<Standing> = claims.iter().zip(&adjusted).map(standing).collect();
        let all = !claims.is_empty() && standings.iter().all(|s| *s == Standing::AsExpected);
        let errors = claims.iter().map(|c| c.error_of_expectation(experiment.level_at_look(c.claim.level)));
        let error_together = errors.reduce(f64::max).filter(|_| all);
        Self { standings, adjusted, family_level, error_together }
    }

    /// Exit code of a check of these claims: 1 when a verdict contradicts its expectation after the correction, 3 when
    /// none does and some verdict is missing or not confirmed, 0 when every verdict is as expected.
    pub fn code(&self) -> u8 {
        if self.standings.contains(&Standing::Contradicted) {
            1
        } else if self.standings.iter().all(|s| *s == Standing::AsExpected) {
            0
        } else {
            3
        }
    }
}

impl ClaimReport<'_> {
    /// The verdict that the file expects.
    pub fn expected(&self) -> Verdict {
        match self.claim.expect {
            Expectation::Agree => Verdict::Agrees,
            Expectation::Disagree { .. } => Verdict::Disagrees,
        }
    }

    /// The largest chances of wrong verdicts at a level of the interval, given how far that reaches.
    pub fn errors(&self, level: f64) -> Errors {
        let reach = self.finding.map_or(f64::INFINITY, |found| 0.5 * (found.upper - found.lower));
        self.claim.statement.errors(level, reach)
    }

    /// The largest chance of the expected verdict where the expectation is wrong.
    fn error_of_expectation(&self, level: f64) -> f64 {
        let errors = self.errors(level);
        if self.expected() == Verdict::Agrees { errors.agreement } else { errors.disagreement }
    }

    /// p-value of "the expectation is right": small where the measurement contradicts it.
    pub fn contradiction(&self) -> f64 {
        match self.claim.expect {
            Expectation::Agree => self.judgement.disagreement,
            Expectation::Disagree { .. } => self.judgement.agreement,
        }
    }
}
