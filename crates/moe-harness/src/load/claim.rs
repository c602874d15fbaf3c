//! `[[claim]]`: what is held against the measurement.

use moe_core::statistic::Statistic;
use moe_core::verdict::Claim as Statement;
use moe_core::verdict::family::level_at_look;

use super::check::{self, Named};
use super::planned;
use super::statement::{Scope, Series};
use crate::diagnostic::{Place, Problem};
use crate::experiment::{CellGroup, Claim, Expectation, OtherSeries};
use crate::source::Path;
use crate::wire::statement as wire;

/// What a claim without a statement, or with several, is told.
const KINDS: &str = "write exactly one of: equals = -0.5 with a margin, slower_than = -0.25, at_least = -0.5, \
                     differs_from = { cell = \"over\", arm = \"mle\" } with a margin, stays_above = 0.2";

impl Scope<'_> {
    /// Every claim.
    pub(super) fn claims(&self, wire: &[wire::Claim], out: &mut Vec<Problem>) -> Vec<Claim> {
        let mut claims = Named::new();
        for (i, claim) in wire.iter().enumerate() {
            let at = Path::top().key("claim").index(i);
            let read = self.claim(claim, &at, out);
            claims.add("claim", &claim.name, read, &at, out);
        }
        let claims = claims.all().unwrap_or_default();
        self.resolution(&claims, out);
        claims
    }

    /// A p-value from n resamples is at least 1/(n + 1) on either side: with many claims no contradiction might ever
    /// survive the correction for their number.
    fn resolution(&self, claims: &[Claim], out: &mut Vec<Problem>) {
        let resampled = claims.iter().any(|c| c.statistic == Statistic::Mean || c.other.is_some());
        let (Some(resamples), true) = (self.resamples, resampled) else { return };
        let error = 1.0 - level_at_look(self.family_level, self.looks);
        let needed = (2.0 * claims.len() as f64 / error).ceil();
        if f64::from(resamples) + 1.0 < needed {
            let message = format!(
                "{resamples} resamples are too few for a contradiction to survive the correction for \
                         {} claims",
                claims.len()
            );
            let place = Place::Value(Path::top().key("inference").key("resamples"));
            out.push(Problem::warning(place, message).help(format!("resamples = {needed} would do")));
        }
    }

    fn claim(&self, wire: &wire::Claim, at: &Path, out: &mut Vec<Problem>) -> Option<Claim> {
        check::name(&wire.name, Place::Value(at.key("name")), out);
        check::filled(&wire.source, &at.key("source"), out);
        check::level(wire.level, self.looks, self.resamples, &at.key("level"), out);
        self.from(wire.from, at, out);
        let names =
            Series { cell: &wire.cell, arm: &wire.arm, quantity: &wire.quantity, statistic: &wire.statistic };
        let series = self.series(&names, at, out);
        let before = out.len();
        let statement = statement(wire, at, out);
        let other = wire.differs_from.as_ref().and_then(|other| self.other(wire, other, at, out));
        let expect = expectation(wire, at, out);
        let too_small = match &statement {
            Some(statement) if out.len() == before => planned::too_small(self, wire, statement, at, out),
            _ => None,
        };
        let (quantity, statistic) = series?;
        Some(Claim {
            name: wire.name.clone(),
            cell: CellGroup::new(wire.cell.names().to_vec()),
            arm: wire.arm.clone(),
            quantity,
            statistic,
            statement: statement?,
            other,
            level: wire.level,
            from: wire.from.unwrap_or(self.chosen.smallest()),
            spread: wire.spread,
            too_small,
            source: wire.source.clone(),
            expect: expect?,
        })
    }

    /// The other series of a comparison, which has the quantity and the statistic of the claim.
    fn other(
        &self,
        claim: &wire::Claim,
        wire: &wire::Other,
        at: &Path,
        out: &mut Vec<Problem>,
    ) -> Option<OtherSeries> {
        let (key, before) = (at.key("differs_from"), out.len());
        let names = Series {
            cell: &wire.cell,
            arm: &wire.arm,
            quantity: &claim.quantity,
            statistic: &claim.statistic,
        };
        // What is wrong with quantity or statistic is told of the claim itself.
        let cells = self.group(names.cell, names.arm, &key, out);
        if out.len() == before {
            self.values_exist(names.quantity, &cells, &key.key("cell"), out);
        }
        if out.len() == before && wire.arm == claim.arm && wire.cell.names() == claim.cell.names() {
            let problem = Problem::error(Place::Value(key), "a series does not differ from itself");
            out.push(problem.help("name another cell or another arm"));
        }
        let cell = CellGroup::new(wire.cell.names().to_vec());
        (out.len() == before).then(|| OtherSeries { cell, arm: wire.arm.clone() })
    }
}

fn statement(wire: &wire::Claim, at: &Path, out: &mut Vec<Problem>) -> Option<Statement> {
    let kinds = [
        ("equals", wire.equals.is_some()),
        ("slower_than", wire.slower_than.is_some()),
        ("at_least", wire.at_least.is_some()),
        ("differs_from", wire.differs_from.is_some()),
        ("stays_above", wire.stays_above.is_some()),
    ];
    let given: Vec<&str> = kinds.iter().filter(|(_, given)| *given).map(|(key, _)| *key).collect();
    let [kind] = given.as_slice() else {
        let (place, message) = match given.get(1) {
            Some(second) => (at.key(second), format!("one claim with `{}`", given.join("` and `"))),
            None => (at.clone(), "the claim says nothing".to_owned()),
        };
        out.push(Problem::error(Place::Key(place), message).help(KINDS));
        return None;
    };
    let margin = margin(wire, kind, at, out);
    match *kind {
        "equals" => Some(Statement::Equals { rate: wire.equals?, margin: margin? }),
        "slower_than" => wire.slower_than.map(|rate| Statement::SlowerThan { rate }),
        "at_least" => wire.at_least.map(|rate| Statement::AtLeast { rate }),
        "differs_from" => Some(Statement::DiffersBy { margin: margin? }),
        _ => {
            let bound = wire.stays_above?;
            check::positive(bound, &at.key("stays_above"), out);
            let probability = wire.statistic.trim().starts_with("exceeds(");
            if probability && bound >= 1.0 {
                let message = format!("a probability does not stay above {bound}");
                let problem = Problem::error(Place::Value(at.key("stays_above")), message);
                out.push(problem.help("exceeds(c) is a proportion of the replications, below 1"));
            }
            Some(Statement::StaysAbove { bound })
        }
    }
}

/// The margin of the claims that have one; that another has one is a problem.
fn margin(wire: &wire::Claim, kind: &str, at: &Path, out: &mut Vec<Problem>) -> Option<f64> {
    let place = at.key("margin");
    match (kind, wire.margin) {
        ("equals", Some(margin)) => check::positive(margin, &place, out),
        ("differs_from", Some(margin)) if margin < 0.0 => {
            let problem = Problem::error(Place::Value(place), format!("`margin` is {margin}"));
            out.push(problem.help("margin = 0 means any difference at all"));
        }
        ("differs_from", Some(_)) => {}
        ("equals" | "differs_from", None) => {
            let problem = Problem::error(Place::Key(at.key(kind)), format!("`{kind}` without `margin`"));
            out.push(problem.help(match kind {
                "equals" => "say how near is near enough, for example: margin = 0.05",
                _ => "say how much is a difference, for example: margin = 0.05; or margin = 0 for any at all",
            }));
        }
        (_, Some(_)) => {
            let problem = Problem::error(Place::Key(place), format!("`margin` does not go with `{kind}`"));
            out.push(problem.help("leave it out: only `equals` and `differs_from` have a margin"));
        }
        (_, None) => {}
    }
    wire.margin
}

fn expectation(wire: &wire::Claim, at: &Path, out: &mut Vec<Problem>) -> Option<Expectation> {
    match (wire.expect.unwrap_or(wire::Expect::Agree), &wire.because) {
        (wire::Expect::Agree, None) => Some(Expectation::Agree),
        (wire::Expect::Agree, Some(_)) => {
            let problem =
                Problem::error(Place::Key(at.key("because")), "`because` explains an expected disagreement");
            out.push(problem.help("write expect = \"disagree\" with it, or leave it out"));
            None
        }
        (wire::Expect::Disagree, None) => {
            let problem =
                Problem::error(Place::Value(at.key("expect")), "an expected disagreement without a reason");
            out.push(problem.help("say why in one sentence: because = \"…\""));
            None
        }
        (wire::Expect::Disagree, Some(because)) => {
            check::filled(because, &at.key("because"), out);
            Some(Expectation::Disagree { because: because.clone() })
        }
    }
}
