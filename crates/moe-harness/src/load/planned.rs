//! `rivals` and `spread` of a claim: whether the planned sizes and replications can decide it.

use moe_core::rate::{Weights, coefficients};
use moe_core::verdict::family::level_at_look;
use moe_core::verdict::{Claim as Statement, planned};

use super::sizes::Plan;
use super::statement::Scope;
use super::{check, limit};
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::statement::Claim;

/// What a claim asks of a plan.
struct Demand<'a> {
    statement: &'a Statement,
    rivals: &'a [f64],
    spread: f64,
    /// The largest standard error of the slope that decides.
    largest: f64,
}

/// Why the chosen plan cannot decide the claim; `None` when it can, or when the claim does not say what it must be told
/// apart from. A file whose own plan cannot is refused.
pub(super) fn too_small(
    scope: &Scope<'_>,
    wire: &Claim,
    statement: &Statement,
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<String> {
    let (rivals, spread) = both(wire, statement, at, out)?;
    let level = level_at_look(wire.level, scope.looks);
    let demand =
        Demand { statement, rivals, spread, largest: planned::largest_error(statement, rivals, level)? };
    let from = wire.from.unwrap_or(0);
    let arm = scope.arms.get(&wire.arm)?;
    let replications = |plan: &Plan| arm.replications.map_or(plan.replications, |r| r.min(plan.replications));
    let meant = scope.plans.iter().find(|plan| plan.profile.is_none()).filter(|_| scope.refuse_small);
    let lack = |plan: &Plan| demand.lack(plan, replications(plan), from, scope.weights?);
    if let Some((message, needed)) = meant.and_then(lack) {
        let message = format!("claim '{}' is planned too small: {message}", wire.name);
        let problem = Problem::error(Place::Value(at.key("rivals")), message);
        let problem = problem.label("cannot be told apart").help(demand.rule());
        out.push(problem.help(mend(needed, &wire.arm, arm.replications)));
    }
    lack(scope.chosen).map(|(message, needed)| {
        format!("planned too small to decide: {message}; {}", mend(needed, &wire.arm, arm.replications))
    })
}

/// The two keys, which go together and with a statement on one exponent.
fn both<'a>(
    wire: &'a Claim,
    statement: &Statement,
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<(&'a [f64], f64)> {
    let (rivals, spread) = match (&wire.rivals, wire.spread) {
        (None, None) => return None,
        (Some(rivals), Some(spread)) => (rivals, spread),
        (Some(_), None) => {
            let problem = Problem::error(Place::Key(at.key("rivals")), "`rivals` without `spread`");
            out.push(problem.help(
                "say how much ln(statistic) varies: its standard error at one size times the square root of the \
                 replications, as a pilot shows it, for example: spread = 0.8",
            ));
            return None;
        }
        (None, Some(_)) => {
            let problem = Problem::error(Place::Key(at.key("spread")), "`spread` without `rivals`");
            out.push(
                problem.help("name the exponents that must be told apart, for example: rivals = [-0.25]"),
            );
            return None;
        }
    };
    let before = out.len();
    check::positive(spread, &at.key("spread"), out);
    if matches!(statement, Statement::DiffersBy { .. } | Statement::StaysAbove { .. }) {
        let problem = Problem::error(Place::Key(at.key("rivals")), "this claim has no rivals");
        out.push(problem.help("rivals go with `equals`, `slower_than` and `at_least`: leave them out"));
    } else if rivals.is_empty() {
        let problem = Problem::error(Place::Value(at.key("rivals")), "no rival in the list");
        out.push(problem.help("for example: rivals = [-0.25]; or leave `rivals` and `spread` out"));
    } else {
        for (i, rival) in rivals.iter().enumerate() {
            if planned::distance(statement, *rival).is_none() {
                let message = format!("{rival} is no rival: it satisfies the claim {statement}");
                let problem = Problem::error(Place::Value(at.key("rivals").index(i)), message);
                out.push(problem.help(match statement {
                    Statement::Equals { .. } => "make the margin smaller, or leave this rival out",
                    _ => "leave it out, or move the claim's exponent",
                }));
            }
        }
    }
    (out.len() == before).then_some((rivals, spread))
}

impl Demand<'_> {
    /// What a plan lacks, and the replications that would do; `None` when it decides.
    fn lack(&self, plan: &Plan, replications: u64, from: u64, weights: &Weights) -> Option<(String, u64)> {
        let sizes: Vec<u64> = plan.sizes.iter().copied().filter(|size| *size >= from).collect();
        if sizes.len() < 2 || replications == 0 {
            return None;
        }
        let weights = match weights {
            Weights::Equal => Weights::Equal,
            Weights::Planned(all) => {
                Weights::Planned(all.get(all.len().checked_sub(sizes.len())?..)?.to_vec())
            }
        };
        let coefficients = coefficients(&sizes, &weights);
        let error = planned::standard_error(&coefficients, self.spread, replications);
        if error <= self.largest {
            return None;
        }
        let needed = planned::replications(&coefficients, self.spread, self.largest);
        let message = format!(
            "with {replications} replications at {} sizes the slope's standard error is {error:.4}, and {:.4} is \
             the most",
            sizes.len(),
            self.largest
        );
        Some((message, needed))
    }

    /// What a plan must do.
    fn rule(&self) -> String {
        let rivals: Vec<String> = self.rivals.iter().map(f64::to_string).collect();
        let favour = match self.statement {
            Statement::Equals { rate, .. } => format!("agree when the slope is {rate}, and "),
            _ => String::new(),
        };
        format!(
            "with probability {} the verdict must {favour}disagree when it is {}",
            planned::POWER,
            rivals.join(" or ")
        )
    }
}

/// How many replications would do.
fn mend(needed: u64, arm: &str, capped: Option<u64>) -> String {
    if needed > limit::REPLICATIONS {
        return "no number of replications would do: use sizes that are farther apart".to_owned();
    }
    match capped.filter(|most| *most < needed) {
        Some(most) => format!("{needed} replications would do, and arm '{arm}' has at most {most}"),
        None => format!("{needed} replications would do"),
    }
}
