//! The M-step of EM: the surrogate carried to its maximum over the box.
//!
//! Gate and experts are separate concave problems, weighted multinomial regressions. Each is solved by
//! Newton steps over the box, all of them in step, so that one pass serves all. A step is taken only when
//! its block of Q rises, so Q never falls (Dempster, Laird and Rubin 1977; Jordan and Jacobs 1994).

use std::ops::Range;

use crate::likelihood::Likelihood;
use crate::surrogate::{Local, Surrogate};
use crate::trust_region::{Model, TrustRegion};

/// A block is at its maximum when its next step would gain less than this share of what its first gained.
const SHARE: f64 = 1e-9;

/// Passes of one M-step at most; two to four are common.
const PASSES: u32 = 50;

/// Rounding noise of a sum over the sample, relative to its size.
const NOISE: f64 = 4.0 * f64::EPSILON;

/// A step shorter than this, relative to the box, is no step.
const SHORTEST: f64 = 1e-15;

/// Scratch space of M-steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct MStep {
    region: TrustRegion,
    there: Local,
    trial: Vec<f64>,
    state: Vec<BlockState>,
}

/// How far a block has come.
#[derive(Clone, Copy, Debug)]
struct BlockState {
    radius: f64,
    first: f64,
    predicted: f64,
    length: f64,
    active: bool,
}

impl MStep {
    /// Maximises the surrogate from `parameters`, where `here` is its last expectation; returns the
    /// passes that this took.
    pub(crate) fn maximise(
        &mut self,
        surrogate: &mut Surrogate,
        likelihood: &Likelihood,
        blocks: &[Range<usize>],
        here: &mut Local,
        (parameters, bound): (&mut [f64], f64),
    ) -> u32 {
        let fresh = BlockState { radius: 4.0 * bound, first: 0.0, predicted: 0.0, length: 0.0, active: true };
        self.state.clear();
        self.state.resize(blocks.len(), fresh);
        self.trial.clear();
        self.trial.extend_from_slice(parameters);
        for passes in 0..PASSES {
            for (b, block) in blocks.iter().enumerate() {
                self.propose(b, block.clone(), here, parameters, bound);
            }
            if self.state.iter().all(|s| !s.active) {
                return passes;
            }
            surrogate.evaluate(likelihood, &self.trial, &mut self.there);
            for (b, block) in blocks.iter().enumerate() {
                self.judge(b, block.clone(), here, parameters, bound);
            }
        }
        PASSES
    }

    /// Puts the next trial point of a block into `trial`, or finds that the block is done.
    fn propose(&mut self, b: usize, block: Range<usize>, here: &Local, parameters: &[f64], bound: f64) {
        let state = &mut self.state[b];
        if !state.active {
            return;
        }
        let model = model(here, b, block.clone(), parameters, bound);
        self.region.look(model);
        state.predicted = self.region.solve(model, state.radius);
        state.length = self.region.step.iter().map(|v| v * v).sum::<f64>().sqrt();
        if state.first == 0.0 {
            state.first = state.predicted;
        }
        // Written so that a gain that is no number ends the block too.
        let worthwhile = state.predicted > 0.0
            && (state.predicted == state.first || state.predicted > SHARE * state.first);
        if !worthwhile || state.length <= SHORTEST * bound {
            state.active = false;
            return;
        }
        for (at, step) in block.zip(&self.region.step) {
            self.trial[at] = (parameters[at] + step).clamp(-bound, bound);
        }
    }

    /// Takes the trial point of a block, or comes closer. Below the noise of the value a step is judged
    /// by the score, which is not yet noise.
    fn judge(&mut self, b: usize, block: Range<usize>, here: &mut Local, parameters: &mut [f64], bound: f64) {
        let state = &mut self.state[b];
        if !state.active {
            return;
        }
        let actual = self.there.values[b] - here.values[b];
        let noise = NOISE * here.values[b].abs();
        let blurred = state.predicted <= noise;
        let rises = if blurred {
            let before = model(here, b, block.clone(), parameters, bound).projected_score();
            let after = model(&self.there, b, block.clone(), &self.trial, bound).projected_score();
            actual >= -noise && after < 0.9 * before
        } else {
            actual > 1e-4 * state.predicted
        };
        if rises {
            here.values[b] = self.there.values[b];
            here.curvature[b].clone_from(&self.there.curvature[b]);
            here.score[block.clone()].copy_from_slice(&self.there.score[block.clone()]);
            parameters[block.clone()].copy_from_slice(&self.trial[block]);
        } else {
            self.trial[block.clone()].copy_from_slice(&parameters[block]);
            state.radius = 0.25 * state.length;
            state.active = !blurred;
        }
    }
}

/// The quadratic model of one block.
fn model<'a>(here: &'a Local, b: usize, block: Range<usize>, parameters: &'a [f64], bound: f64) -> Model<'a> {
    Model { score: &here.score[block.clone()], hessian: &here.curvature[b], at: &parameters[block], bound }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surrogate::blocks;
    use moe_core::covariate::CovariateLaw;
    use moe_core::gate::GateMap;
    use moe_core::measure::MixingMeasure;
    use moe_core::sample;
    use moe_core::scenario::Truth;
    use moe_core::shape::Shape;

    /// Three classes, two experts, data from a truth of moderate slopes.
    fn likelihood(gate_map: GateMap) -> Likelihood {
        let shape = Shape { experts: 2, classes: 3, dim: 2 };
        let parameters: Vec<f64> = (0..shape.parameters()).map(|i| ((i * 7) % 5) as f64 - 2.0).collect();
        let law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![9; 2] };
        let truth = Truth { measure: MixingMeasure::from_parameters(shape, &parameters), gate_map, law };
        Likelihood::new(&sample::draw(&truth, 2000, 3, 0), 3, gate_map)
    }

    #[test]
    fn an_m_step_ends_at_the_maximum_of_the_surrogate_over_the_box() {
        for (gate_map, bound) in
            [(GateMap::Identity, 8.0), (GateMap::Sin(3.0), 8.0), (GateMap::Sin(3.0), 1.0)]
        {
            let likelihood = likelihood(gate_map);
            let shape = likelihood.shape();
            let blocks = blocks(shape);
            let start: Vec<f64> = (0..shape.parameters()).map(|i| ((i * 5) % 7) as f64 / 3.5 - 1.0).collect();
            let (mut surrogate, mut here) = (Surrogate::new(&likelihood, true), Local::default());
            surrogate.expect(&likelihood, &start, &mut here);
            let before: Vec<f64> = here.values.clone();
            let mut at = start.clone();
            MStep::default().maximise(&mut surrogate, &likelihood, &blocks, &mut here, (&mut at, bound));
            let mut end = Local::default();
            surrogate.evaluate(&likelihood, &at, &mut end);
            for (b, block) in blocks.iter().enumerate() {
                let gained = end.values[b] - before[b];
                let there = model(&end, b, block.clone(), &at, bound);
                let mut region = TrustRegion::default();
                region.look(there);
                let left = region.remaining_gain().expect("a concave surrogate");
                assert!(gained > 1.0 && left <= 2e-9 * gained, "block {b}: {gained} gained, {left} left");
                assert_eq!(end.score[block.clone()], here.score[block.clone()]);
            }
            assert!(at.iter().all(|v| v.abs() <= bound));
            assert_eq!(bound == 1.0, at.iter().any(|v| v.abs() == bound), "the small box is meant to hold");
        }
    }
}
