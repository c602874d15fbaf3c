//! Starts that were given the truth: for comparison only, and every table says so.

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::ln;
use moe_core::scenario::Scenario;
use moe_core::stream::{Address, Stream};
use moe_estimators::start::Start;

/// Starts near the truth: spare atoms are copies of true atoms drawn at random, a copied atom shares
/// its weight equally, and every pinned coordinate is moved by N(0, radius²).
pub(crate) fn near_truth(scenario: &Scenario, address: &Address, count: u32, radius: f64) -> Vec<Start> {
    make(scenario, address, count, radius, "near-truth", |stream, _| {
        stream.below(scenario.true_experts() as u64) as usize
    })
}

/// Splits of the truth: start i splits true atom i mod k* (and the next ones when more than one atom is
/// spare), then every pinned coordinate is moved by N(0, radius²).
pub(crate) fn truth_splits(scenario: &Scenario, address: &Address, count: u32, radius: f64) -> Vec<Start> {
    make(scenario, address, count, radius, "truth-split", |_, turn| turn % scenario.true_experts())
}

fn make(
    scenario: &Scenario,
    address: &Address,
    count: u32,
    radius: f64,
    kind: &str,
    copied: impl Fn(&mut Stream, usize) -> usize,
) -> Vec<Start> {
    (0..u64::from(count))
        .map(|index| {
            let mut stream = address.indexed(index);
            let measure = widened(scenario, |spare| copied(&mut stream, index as usize + spare));
            let moved = measure.parameters().into_iter().map(|v| radius.mul_add(stream.normal(), v));
            Start { index, kind: kind.into(), parameters: moved.collect() }
        })
        .collect()
}

/// The truth with its spare atoms filled by copies; `copied(s)` is the true atom that spare s copies.
fn widened(scenario: &Scenario, mut copied: impl FnMut(usize) -> usize) -> MixingMeasure {
    let truth = &scenario.truth.measure;
    let mut copies = vec![1usize; scenario.true_experts()];
    for spare in 0..scenario.fitted - scenario.true_experts() {
        copies[copied(spare)] += 1;
    }
    let atoms = truth.atoms().iter().zip(&copies).flat_map(|(atom, copies)| {
        let share = Atom { log_weight: atom.log_weight - ln(*copies as f64), ..atom.clone() };
        std::iter::repeat_n(share, *copies)
    });
    MixingMeasure::new(truth.shape().classes, truth.shape().dim, atoms.collect())
}

/// The truth itself, as the one start.
pub(crate) fn at_truth(scenario: &Scenario) -> Vec<Start> {
    vec![Start { index: 0, kind: "at-truth".into(), parameters: copies_of_truth(scenario).parameters() }]
}

/// The truth as a measure of the fitted order: spare atoms copy the true atoms in turn.
pub(crate) fn copies_of_truth(scenario: &Scenario) -> MixingMeasure {
    widened(scenario, |spare| spare % scenario.true_experts())
}
