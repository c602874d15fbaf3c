//! Steps against the exact solution of the subproblem, by eigenvalues; degenerate models.

use moe_core::numeric::{eigen, exp};
use moe_core::stream::{Address, Purpose, Stream};

use super::{Model, TrustRegion};

fn stream(number: u64) -> Stream {
    Address { seed: 11, purpose: Purpose::Starts, content: [5; 32], size: 1, replication: 0 }.indexed(number)
}

/// A symmetric matrix with curvatures of both signs, graded over six orders of magnitude.
fn hessian(stream: &mut Stream, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    for m in 0..n {
        let size = stream.between(-1.0, 0.3) * exp(stream.between(-7.0, 7.0));
        let v: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == m)) + 0.3 * stream.normal()).collect();
        (0..n * n).for_each(|at| out[at] += size * v[at / n] * v[at % n]);
    }
    out
}

/// The largest model gain within the radius: the multiplier by bisection among eigenvalues.
fn largest_gain(score: &[f64], hessian: &[f64], radius: f64) -> f64 {
    let n = score.len();
    let found = eigen(hessian, n);
    let slopes: Vec<f64> =
        (0..n).map(|i| found.vector(i).iter().zip(score).map(|(v, s)| v * s).sum()).collect();
    let steps = |shift: f64| -> Vec<f64> { (0..n).map(|i| slopes[i] / (shift - found.values[i])).collect() };
    let length = |p: &[f64]| p.iter().map(|v| v * v).sum::<f64>().sqrt();
    let (mut low, mut high) = (found.values[n - 1].max(0.0), 1e12);
    if !(found.values[n - 1] < 0.0 && length(&steps(0.0)) <= radius) {
        for _ in 0..300 {
            let middle = 0.5 * (low + high);
            if length(&steps(middle)) > radius { low = middle } else { high = middle }
        }
    } else {
        high = 0.0;
    }
    let p = steps(high);
    (0..n).map(|i| p[i] * (slopes[i] + 0.5 * found.values[i] * p[i])).sum()
}

#[test]
fn steps_gain_nearly_what_can_be_gained_within_the_radius() {
    let mut region = TrustRegion::default();
    for case in 0..200 {
        let mut stream = stream(case);
        let n = 1 + (case % 20) as usize;
        let hessian = hessian(&mut stream, n);
        let score: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let at = vec![0.0; n];
        let model = Model { score: &score, hessian: &hessian, at: &at, bound: 1e9 };
        region.look(model);
        // Radii in no order: each step begins at the shift of the one before.
        for radius in [1.0, 0.1, 10.0, 1e-3, 0.3] {
            let gain = region.solve(model, radius);
            let length = region.step.iter().map(|v| v * v).sum::<f64>().sqrt();
            assert!(length <= 1.1 * radius * (1.0 + 1e-12), "case {case}: {length} {radius}");
            // A step of nine tenths of the radius gains at least (9/10)² of the most (Moré and Sorensen 1983).
            let best = largest_gain(&score, &hessian, radius);
            assert!(gain >= 0.81 * best, "case {case}, radius {radius}: {gain} of {best}");
        }
    }
}

#[test]
fn a_slope_across_the_lowest_curvature_is_left_along_it() {
    // The hard case: the best step has a part along the second coordinate, of which the slope says nothing.
    let (score, hessian) = ([1.0, 0.0], [-4.0, 0.0, 0.0, 2.0]);
    let model = Model { score: &score, hessian: &hessian, at: &[0.0; 2], bound: 1e9 };
    let mut region = TrustRegion::default();
    region.look(model);
    let gain = region.solve(model, 1.0);
    // p = (1/6, ±√(35/36)) gains 1/6 − 2/36 + 35/36.
    assert!(gain > 0.81 * (1.0 / 6.0 - 2.0 / 36.0 + 35.0 / 36.0) && region.step[1].abs() > 0.8, "{gain}");
}

#[test]
fn a_step_ends_at_a_wall_and_goes_on_along_it() {
    let (score, hessian) = ([1.0, 1.0], [-1.0, 0.0, 0.0, -1.0]);
    let model = Model { score: &score, hessian: &hessian, at: &[0.75, 0.0], bound: 1.0 };
    let mut region = TrustRegion::default();
    region.look(model);
    region.solve(model, 10.0);
    assert_eq!(region.step[0], 0.25);
    assert!((region.step[1] - 1.0).abs() < 1e-12, "{:?}", region.step);
    let at_wall = Model { at: &[1.0, 0.0], ..model };
    region.look(at_wall);
    assert!(
        (region.remaining_gain().expect("a maximum") - 0.5).abs() < 1e-9,
        "the held coordinate promises nothing"
    );
}

#[test]
fn flat_and_broken_models_give_no_step_and_no_panic() {
    for n in [0, 1, 3] {
        let (zero, flat, nan) = (vec![0.0; n], vec![0.0; n * n], vec![f64::NAN; n * n]);
        let mut region = TrustRegion::default();
        let model = Model { score: &zero, hessian: &flat, at: &zero, bound: 10.0 };
        region.look(model);
        assert_eq!(region.remaining_gain(), Some(0.0));
        assert_eq!(region.solve(model, 1.0), 0.0);
        let mut one = vec![-1.0; n * n];
        one.iter_mut().take(1).for_each(|v| *v = f64::NAN);
        for broken in [nan, one, vec![f64::NEG_INFINITY; n * n], vec![f64::INFINITY; n * n]] {
            for score in [&zero, &vec![0.5; n]] {
                let model = Model { hessian: &broken, score, ..model };
                region.look(model);
                region.solve(model, 1.0);
                assert!(region.step.iter().all(|v| *v == 0.0), "{broken:?} {:?}", region.step);
            }
        }
    }
}
