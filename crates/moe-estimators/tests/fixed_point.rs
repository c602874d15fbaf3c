//! EM and MM: monotone up to round-off, the maxima of Newton's ascents, and stopping rules that do what they say.

mod common;

use moe_core::covariate::CovariateLaw;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::sample;
use moe_core::scenario::Truth;
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Fit, Problem};
use moe_estimators::fixed_point::{Climb, FixedPoint, Map};
use moe_estimators::given::{FromStarts, random_starts};
use moe_estimators::likelihood::Likelihood;
use moe_estimators::newton::Ascent;
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::{Start, StartStreams};
use moe_estimators::stop::{Stop, StopReason, StopRule};

const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 50_000 };
const MAPS: [Map; 2] = [Map::Em, Map::Mm];

/// What a total log-likelihood may lose to rounding in one iteration, relative to its size.
const ROUND_OFF: f64 = 16.0 * f64::EPSILON;

fn address(replication: u64) -> Address {
    Address { seed: 11, purpose: Purpose::Starts, content: [3; 32], size: 1000, replication }
}

fn problem(experts: usize, box_bound: f64) -> Problem {
    Problem { shape: Shape { experts, classes: 2, dim: 2 }, gate_map: GateMap::Identity, box_bound }
}

/// Three classes, two experts.
fn three_classes(gate_map: GateMap, replication: u64) -> Dataset {
    let shape = Shape { experts: 2, classes: 3, dim: 2 };
    let parameters: Vec<f64> = (0..shape.parameters()).map(|i| ((i * 7) % 9) as f64 / 2.0 - 2.0).collect();
    let law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![9; 2] };
    let truth = Truth { measure: MixingMeasure::from_parameters(shape, &parameters), gate_map, law };
    sample::draw(&truth, 1000, 5, replication)
}

#[track_caller]
fn check_monotone(
    data: &Dataset,
    (experts, gate_map): (usize, GateMap),
    map: Map,
    bound: f64,
    replication: u64,
) {
    let mut likelihood = Likelihood::new(data, experts, gate_map);
    let mut stream = address(replication).indexed(0);
    let start: Vec<f64> =
        (0..likelihood.shape().parameters()).map(|_| stream.between(-1.2 * bound, 1.2 * bound)).collect();
    let mut climb = Climb::new(&mut likelihood, map, &start, bound);
    let first = climb.value();
    while climb.stopped().is_none() {
        let before = climb.value();
        climb.advance(&mut likelihood, &Stop::Iterations(150));
        let (after, allowed) = (climb.value(), ROUND_OFF * before.abs());
        assert!(after >= before - allowed, "{map} lost {:e} of {before}", before - after);
        assert!(climb.parameters().iter().all(|v| v.abs() <= bound), "{map} left the box");
    }
    assert!(climb.value() > first, "{map} gained nothing");
    assert!((climb.value() - likelihood.value(climb.parameters())).abs() <= ROUND_OFF * first.abs());
}

#[test]
fn the_log_likelihood_never_falls_exact_specified() {
    for map in MAPS {
        (0..15).for_each(|r| check_monotone(&common::data(1000, r), (2, GateMap::Identity), map, 8.0, r));
        (0..5).for_each(|r| {
            check_monotone(&three_classes(GateMap::Sin(3.0), r), (2, GateMap::Sin(3.0)), map, 6.0, r)
        });
    }
}

#[test]
fn the_log_likelihood_never_falls_over_specified() {
    for map in MAPS {
        for r in 0..15 {
            check_monotone(&common::data(1000, r), (3, GateMap::Identity), map, 8.0, r);
            check_monotone(&common::data(1_000_000, r), (3, GateMap::Identity), map, 8.0, r);
        }
        (0..5).for_each(|r| {
            check_monotone(&three_classes(GateMap::Identity, r), (4, GateMap::Identity), map, 6.0, r)
        });
    }
}

#[test]
fn the_log_likelihood_never_falls_at_the_walls_of_a_small_box_or_far_out_in_a_large_one() {
    for map in MAPS {
        for r in 0..8 {
            check_monotone(&common::data(1000, r), (3, GateMap::Identity), map, 1.0, r);
            check_monotone(&common::data(1000, r), (3, GateMap::Identity), map, 400.0, r);
            check_monotone(&three_classes(GateMap::Sin(3.0), r), (3, GateMap::Sin(3.0)), map, 0.7, r);
        }
    }
}

#[test]
fn the_score_of_the_surrogate_is_that_of_the_log_likelihood() {
    for map in MAPS {
        let data = three_classes(GateMap::Cos(1.5), 0);
        let mut likelihood = Likelihood::new(&data, 3, GateMap::Cos(1.5));
        let mut stream = address(0).indexed(1);
        for scale in [1.0, 5.0, 300.0] {
            let at: Vec<f64> =
                (0..likelihood.shape().parameters()).map(|_| stream.between(-scale, scale)).collect();
            let climb = Climb::new(&mut likelihood, map, &at, 500.0);
            let ascent = Ascent::new(&mut likelihood, &at, 500.0);
            let (ours, exact) = (climb.projected_score(&likelihood), ascent.projected_score(&likelihood));
            assert!((ours - exact).abs() <= 1e-13 * (1.0 + exact), "{map}, {scale}: {ours} {exact}");
            assert!((climb.value() - ascent.value()).abs() <= ROUND_OFF * ascent.value().abs());
        }
    }
}

fn near_truth(stop: Stop, map: Map, replication: u64) -> Fit {
    let truth = common::truth(GateMap::Identity).measure.parameters();
    let mut stream = address(replication).indexed(2);
    let parameters = truth.iter().map(|v| 0.2f64.mul_add(stream.normal(), *v)).collect();
    let starts = vec![Start { index: 0, kind: "given".into(), parameters }];
    FixedPoint { map, starts, stop }.fit(&common::data(2000, replication), &problem(2, 10.0)).expect("a fit")
}

#[test]
fn run_long_enough_they_end_at_newtons_maximum() {
    for replication in 0..6 {
        let given = near_truth(Stop::Score(RULE), Map::Em, replication).starts[0].origin.clone();
        let starts = vec![Start { index: 0, kind: "given".into(), parameters: given }];
        let data = common::data(2000, replication);
        let newton = FromStarts { starts, stop: StopRule { iterations: 300, ..RULE }, drafted: false };
        let newton = newton.fit(&data, &problem(2, 10.0)).expect("a fit");
        assert_eq!(newton.certificate.stop, StopReason::Converged);
        for map in MAPS {
            let fit = near_truth(Stop::Score(RULE), map, replication);
            assert_eq!(fit.certificate.stop, StopReason::Converged, "{map}, {:?}", fit.certificate);
            assert!(fit.certificate.score <= RULE.score && fit.certificate.gain <= RULE.gain);
            let apart = (fit.log_likelihood - newton.log_likelihood).abs();
            assert!(apart <= 1e-6, "{map}, replication {replication}: {apart}");
        }
    }
}

#[test]
fn a_rule_that_asks_for_change_ends_short_of_the_maximum_and_the_certificate_says_by_how_much() {
    for map in MAPS {
        let full = near_truth(Stop::Score(RULE), map, 0);
        let loose = Stop::RelativeLikelihood { change: 1e-6, iterations: 50_000 };
        let step = Stop::ParameterStep { length: 1e-3, iterations: 50_000 };
        for (stop, reason) in [(loose, StopReason::LikelihoodChange), (step, StopReason::ParameterStep)] {
            let fit = near_truth(stop, map, 0);
            assert_eq!((fit.certificate.stop, fit.starts[0].stop), (reason, reason));
            let missing = full.log_likelihood - fit.log_likelihood;
            assert!(missing > 1e-9, "{map}, {reason}: {missing}");
            assert!(fit.certificate.score > RULE.score && fit.certificate.gain > RULE.gain);
            let ratio = fit.certificate.gain / missing;
            assert!((0.8..1.25).contains(&ratio), "{map}, {reason}: predicted {ratio} of what was missing");
        }
        for iterations in [1, 7] {
            let fit = near_truth(Stop::Iterations(iterations), map, 0);
            assert_eq!(
                (fit.certificate.stop, fit.starts[0].iterations),
                (StopReason::IterationCap, iterations)
            );
        }
        let capped = near_truth(Stop::RelativeLikelihood { change: 1e-12, iterations: 3 }, map, 0);
        assert_eq!(capped.certificate.stop, StopReason::IterationCap);
    }
}

#[test]
fn the_looser_the_rule_the_earlier_it_ends() {
    for map in MAPS {
        let ends = |change| {
            let fit = near_truth(Stop::RelativeLikelihood { change, iterations: 50_000 }, map, 1);
            (fit.starts[0].iterations, fit.log_likelihood)
        };
        let (loose, tight) = (ends(1e-4), ends(1e-10));
        assert!(loose.0 < tight.0 && loose.1 < tight.1, "{map}: {loose:?} {tight:?}");
    }
}

#[test]
fn equal_atoms_stay_equal() {
    // Two copies of one atom have the same updates, so nothing but rounding can ever split them: an over-specified
    // fit that starts at the truth is an exact-specified one when a loose rule ends it.
    let truth = common::truth(GateMap::Identity).measure;
    let mut atoms = truth.atoms().to_vec();
    atoms[0].log_weight -= moe_core::numeric::ln(2.0);
    atoms.insert(0, atoms[0].clone());
    let start = MixingMeasure::new(2, 2, atoms).parameters();
    let data = common::data(1000, 0);
    for map in MAPS {
        let mut likelihood = Likelihood::new(&data, 3, GateMap::Identity);
        let mut climb = Climb::new(&mut likelihood, map, &start, 10.0);
        while climb.stopped().is_none() {
            climb.advance(&mut likelihood, &Stop::RelativeLikelihood { change: 1e-6, iterations: 400 });
        }
        assert_eq!(climb.stopped(), Some(StopReason::LikelihoodChange));
        let end = MixingMeasure::from_parameters(likelihood.shape(), climb.parameters());
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let (first, second) = (&end.atoms()[0], &end.atoms()[1]);
        let widest = apart(&first.slopes, &second.slopes).max(apart(&first.gate_slope, &second.gate_slope));
        assert!(widest <= 1e-9, "{map}: {widest}");
    }
}

#[test]
fn one_expert_is_logistic_regression_which_em_solves_in_one_iteration() {
    let data = common::data(1000, 4);
    let start = || vec![Start { index: 0, kind: "given".into(), parameters: vec![0.0; 3] }];
    let newton = FromStarts { starts: start(), stop: StopRule { iterations: 100, ..RULE }, drafted: false };
    let newton = newton.fit(&data, &problem(1, 10.0)).expect("a fit").log_likelihood;
    let fit =
        |map, stop| FixedPoint { map, starts: start(), stop }.fit(&data, &problem(1, 10.0)).expect("a fit");
    assert!((fit(Map::Em, Stop::Iterations(1)).log_likelihood - newton).abs() < 1e-6);
    assert!((fit(Map::Mm, Stop::Score(RULE)).log_likelihood - newton).abs() < 1e-9);
}

#[test]
fn random_starts_are_those_of_a_search_and_more_of_them_shift_nothing() {
    let (data, problem) = (common::data(1000, 0), problem(3, 10.0));
    let streams = StartStreams { address: address(0), family: 2 };
    let (few, more) =
        (random_starts(&data, &problem, &streams, 5), random_starts(&data, &problem, &streams, 9));
    assert_eq!(few[..], more[..5]);
    let other = random_starts(&data, &problem, &StartStreams { family: 3, ..streams }, 9);
    assert!(more.iter().all(|a| other.iter().all(|b| a.index != b.index && a.parameters != b.parameters)));
    let effort = Effort {
        random: 9,
        bases: 0,
        candidates: 0,
        insertions: 0,
        splits: 0,
        exchanges: 0,
        screening: 1,
        rounds: 1,
        hits: 9,
    };
    let search = Search { effort, stop: StopRule { iterations: 5, ..RULE }, streams, drafts: true };
    let search = search.fit(&data, &problem).expect("a fit");
    for start in &more {
        let same = search.starts.iter().find(|s| s.index == start.index).expect("the same number");
        assert_eq!((&same.origin, same.kind.as_str()), (&start.parameters, start.kind.as_str()));
    }
}

#[test]
fn the_best_of_several_starts_wins_and_the_others_are_kept() {
    let (data, problem) = (common::data(1000, 1), problem(3, 10.0));
    let streams = StartStreams { address: address(1), family: 0 };
    let starts = random_starts(&data, &problem, &streams, 8);
    for map in MAPS {
        let estimator = FixedPoint {
            map,
            starts: starts.clone(),
            stop: Stop::RelativeLikelihood { change: 1e-6, iterations: 500 },
        };
        let fit = estimator.fit(&data, &problem).expect("a fit");
        assert_eq!(fit.starts.len(), 8);
        let best = fit.starts.iter().map(|s| s.log_likelihood).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(best, fit.log_likelihood);
        assert_eq!(
            fit.log_likelihood,
            Likelihood::new(&data, 3, GateMap::Identity).value(&fit.measure.parameters())
        );
        assert!(fit.passes >= fit.starts.iter().map(|s| u64::from(s.passes)).sum::<u64>());
        assert_eq!(fit, estimator.fit(&data, &problem).expect("a fit"));
    }
    let none =
        FixedPoint { map: Map::Em, starts: Vec::new(), stop: Stop::Iterations(3) }.fit(&data, &problem);
    assert!(none.unwrap_err().reason.contains("no start"));
}
