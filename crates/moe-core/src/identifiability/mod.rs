//! What cannot be learned whatever the sample size: findings that refuse or qualify a scenario.
//!
//! The reasons that are our own derivations are given beside each check; METHODOLOGY has them in full.

mod independence;
mod regime;

pub use regime::{Regime, RegimeError};

use crate::measure::{Atom, MixingMeasure};
use crate::scenario::Scenario;

/// Below this, functions of norm one are called dependent: it is far above rounding.
const DEPENDENT: f64 = 1e-9;

/// Below this, they are called independent only just: tanh(x) on [−1, 1] is (0.0016), x³ (0.04) is not.
const ONLY_JUST: f64 = 5e-3;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario can be run; the reader should know.
    Warn,
    /// The scenario must not be run: its results would mean nothing.
    Refuse,
}

/// The part of a scenario, or of what is claimed of it, that a finding is about: where its mend begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The true mixing measure.
    Truth,
    /// The gate map.
    GateMap,
    /// The covariate law.
    Law,
    /// The fitted order k.
    Order,
    /// The box.
    Box,
    /// The regime that is claimed.
    Regime,
}

/// One finding about a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// Whether it forbids the scenario.
    pub severity: Severity,
    /// One sentence: what is wrong, why, and the mend. Experts and classes are counted from 0.
    pub message: String,
}

/// A finding about the truth; [`about`] makes it one about something else.
fn refuse(message: String) -> Option<Finding> {
    Some(Finding { subject: Subject::Truth, severity: Severity::Refuse, message })
}

fn warn(message: String) -> Option<Finding> {
    Some(Finding { subject: Subject::Truth, severity: Severity::Warn, message })
}

fn about(subject: Subject, finding: Option<Finding>) -> Option<Finding> {
    finding.map(|finding| Finding { subject, ..finding })
}

/// Everything that is known to be wrong with a scenario, given the regime it claims to be in.
///
/// ```
/// use moe_core::covariate::CovariateLaw;
/// use moe_core::gate::GateMap;
/// use moe_core::identifiability::{Severity, Subject, findings};
/// use moe_core::measure::{Atom, MixingMeasure};
/// use moe_core::scenario::{Scenario, Truth};
///
/// let atom = |gate: f64, intercept: f64, slope: f64| Atom {
///     log_weight: 0.0,
///     gate_slope: vec![gate],
///     intercepts: vec![intercept],
///     slopes: vec![slope],
/// };
/// let measure = MixingMeasure::new(2, 1, vec![atom(4.0, 0.5, 4.0), atom(0.0, -0.5, -4.0)]);
/// let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
/// let truth = Truth { measure, gate_map: GateMap::Identity, law };
/// let found = findings(&Scenario { truth: truth.clone(), fitted: 3, box_bound: 10.0 }, None);
/// assert!(found.iter().all(|finding| finding.severity < Severity::Refuse));
///
/// // Twice as many experts as there are can be identified at no sample size.
/// let found = findings(&Scenario { truth, fitted: 4, box_bound: 10.0 }, None);
/// assert_eq!((found[0].subject, found[0].severity), (Subject::Order, Severity::Refuse));
/// assert!(found[0].message.contains("fit fewer than 4"));
/// ```
pub fn findings(scenario: &Scenario, claimed: Option<Regime>) -> Vec<Finding> {
    let mut out = Vec::new();
    out.extend(about(Subject::Order, order(scenario)));
    out.extend(lone_expert(scenario));
    out.extend(about(Subject::Regime, claimed.and_then(|regime| claimed_order(scenario, regime))));
    out.extend(about(Subject::Box, compact_set(scenario)));
    out.extend(about(Subject::Law, support(scenario)));
    out.extend(equal_experts(&scenario.truth.measure));
    out.extend(shared_slopes(scenario, claimed));
    out.extend(about(Subject::Regime, none_vanishes(scenario, claimed)));
    out.extend(several_vanish(scenario));
    out.extend(conditioning(&scenario.truth.measure));
    out.extend(about(Subject::GateMap, gate_map(scenario)));
    out
}

/// The fitted order against the true one.
fn order(scenario: &Scenario) -> Option<Finding> {
    let (k, truth) = (scenario.fitted, scenario.true_experts());
    if k < truth {
        return refuse(format!(
            "k = {k} fitted experts cannot hold the k* = {truth} of the truth: fit at least {truth}"
        ));
    }
    if k >= 2 * truth {
        return refuse(format!(
            "k = {k} fitted experts are never identifiable with k* = {truth} true ones: doubling every atom \
             with a common shift of the gate slopes multiplies numerator and denominator of the gate by the \
             same factor, so fit fewer than {}",
            2 * truth
        ));
    }
    None
}

fn lone_expert(scenario: &Scenario) -> Option<Finding> {
    if scenario.true_experts() != 1 || scenario.fitted != 1 {
        return None;
    }
    warn(
        "with one true expert this is plain logistic regression, and the theorems assume k* ≥ 2: read the rates \
         as a check of the program, or add an expert"
            .to_string(),
    )
}

fn claimed_order(scenario: &Scenario, regime: Regime) -> Option<Finding> {
    let (k, truth) = (scenario.fitted, scenario.true_experts());
    match regime {
        Regime::Exact if k > truth => refuse(format!(
            "the claim is exact-specified, but k = {k} exceeds k* = {truth}: fit {truth} experts, or claim \
             regime-1 or regime-2"
        )),
        Regime::Over1 | Regime::Over2 if k == truth => refuse(format!(
            "{regime} is over-specified, but k = k* = {truth}: fit more experts or claim exact"
        )),
        _ => None,
    }
}

fn compact_set(scenario: &Scenario) -> Option<Finding> {
    let (bound, extent) = (scenario.box_bound, scenario.truth.measure.extent());
    if bound >= extent {
        return None;
    }
    refuse(format!(
        "the box of half-width {bound} does not hold the truth, whose pinned coordinates reach {extent}: no fit \
         could find it, so make the box larger than {extent}"
    ))
}

/// A finite law is m (K − 1) free probabilities: a model with more parameters cannot be found from them.
fn support(scenario: &Scenario) -> Option<Finding> {
    let shape = scenario.fitted_shape();
    let points = scenario.truth.law.support_size()?;
    let free = points.saturating_mul(shape.classes - 1);
    if free >= shape.parameters() {
        return None;
    }
    refuse(format!(
        "{points} covariate points with {} classes determine {free} probabilities, fewer than the {} fitted \
         parameters: use more points or fewer experts",
        shape.classes,
        shape.parameters()
    ))
}

/// Two true atoms with one expert: a smaller measure, or a cell that belongs to two atoms at once.
fn equal_experts(measure: &MixingMeasure) -> Option<Finding> {
    let atoms = measure.atoms();
    for j in 1..atoms.len() {
        for i in 0..j {
            if (&atoms[i].intercepts, &atoms[i].slopes) != (&atoms[j].intercepts, &atoms[j].slopes) {
                continue;
            }
            if atoms[i].gate_slope == atoms[j].gate_slope {
                return refuse(format!(
                    "true experts {i} and {j} are the same atom, so the truth has fewer than {} experts: merge \
                     them by adding their weights",
                    atoms.len()
                ));
            }
            return refuse(format!(
                "true experts {i} and {j} have the same parameters, and the theorems assume distinct experts: \
                 the weight between them is not determined by the classes they predict, so change one"
            ));
        }
    }
    None
}

/// Two classes of an expert with one slope vector (the reference class has slope 0): the expert then splits
/// into a mixture of two with the same density, as a mixture of constant probabilities is constant.
fn shared_slopes(scenario: &Scenario, claimed: Option<Regime>) -> Option<Finding> {
    if scenario.fitted == scenario.true_experts() || claimed == Some(Regime::Exact) {
        return None;
    }
    let atoms = scenario.truth.measure.atoms().iter().enumerate();
    // A vanishing expert is what Regime 2 is about.
    let mut suspects = atoms.filter(|(_, atom)| claimed != Some(Regime::Over2) || !atom.vanishes());
    let (expert, (a, b)) = suspects.find_map(|(i, atom)| Some((i, shared_pair(atom)?)))?;
    let what = format!(
        "classes {a} and {b} of true expert {expert} share a slope vector (the reference class has slope 0), so \
         two fitted atoms can split their intercepts without changing the density"
    );
    match claimed {
        Some(Regime::Over1) => {
            refuse(format!("{what}, and regime-1 needs all class slopes distinct: change one of them"))
        }
        _ => warn(format!(
            "{what}: its intercepts need not converge, so judge it by cell and component, or change one slope"
        )),
    }
}

fn shared_pair(atom: &Atom) -> Option<(usize, usize)> {
    let reference = vec![0.0; atom.gate_slope.len()];
    let slopes: Vec<&[f64]> =
        (0..atom.intercepts.len()).map(|c| atom.class_slope(c)).chain([reference.as_slice()]).collect();
    (1..slopes.len()).find_map(|b| (0..b).find(|a| slopes[*a] == slopes[b]).map(|a| (a, b)))
}

/// Experts without any slope.
fn vanishing(scenario: &Scenario) -> usize {
    scenario.truth.measure.atoms().iter().filter(|atom| atom.vanishes()).count()
}

fn none_vanishes(scenario: &Scenario, claimed: Option<Regime>) -> Option<Finding> {
    if claimed != Some(Regime::Over2) || vanishing(scenario) > 0 {
        return None;
    }
    refuse(
        "regime-2 needs a true expert whose class slopes are all zero, and there is none: set the slopes of one \
         to zero, or claim regime-1"
            .to_string(),
    )
}

fn several_vanish(scenario: &Scenario) -> Option<Finding> {
    let vanishing = vanishing(scenario);
    if vanishing < 2 {
        return None;
    }
    let map = scenario.truth.gate_map;
    if map.is_identity() {
        return refuse(format!(
            "{vanishing} true experts vanish under the standard gate: their mixture of constants under a \
             logistic gate can be rewritten with a constant gate and a logistic expert, so leave at most one"
        ));
    }
    warn(format!(
        "{vanishing} true experts vanish: under the standard gate they could not be told apart, and under {map} \
         only what the map adds to x tells them apart, so leave at most one unless this is the question"
    ))
}

fn conditioning(measure: &MixingMeasure) -> Option<Finding> {
    let shape = measure.shape();
    if (shape.dim, shape.classes) != (1, 2) || shape.experts < 2 {
        return None;
    }
    warn(
        "one covariate with two classes is ill-conditioned far beyond n = 10^5: the slopes seen there are not \
         asymptotic, so use two covariates or three classes"
            .to_string(),
    )
}

/// The condition under which a modified gate is claimed to help; the standard gate fails it by definition.
fn gate_map(scenario: &Scenario) -> Option<Finding> {
    let map = scenario.truth.gate_map;
    if map.is_identity() || scenario.true_experts() < 2 {
        return None;
    }
    let independence = independence::gate_independence(&map, &scenario.truth.law);
    if independence < DEPENDENT {
        warn(format!(
            "the gate map {map} fails its condition on this covariate law: the functions x^p M(x)^q with \
             |p| + |q| ≤ 2 are linearly dependent, so expect no better rates than from the standard gate, or \
             take another map such as sin(3)"
        ))
    } else if independence < ONLY_JUST {
        warn(format!(
            "the gate map {map} meets its condition on this covariate law only just: the functions x^p M(x)^q \
             with |p| + |q| ≤ 2 are within {independence:.1e} of linear dependence, so asymptotic rates will \
             show late, or take a map further from linear"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
