//! The ascent and the search: monotone, inside the box, reproducible, and honest about what they did.

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
use moe_estimators::given::{FromStarts, random_starts};
use moe_estimators::known_rate::KnownRate;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use moe_estimators::newton::Ascent;
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::{Start, StartStreams};
use moe_estimators::stop::{StopReason, StopRule};
use ndarray::Array2;

const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 300 };

fn problem(experts: usize, box_bound: f64) -> Problem {
    Problem { shape: Shape { experts, classes: 2, dim: 2 }, gate_map: GateMap::Identity, box_bound }
}

fn address(purpose: Purpose) -> Address {
    Address { seed: 9, purpose, content: [7; 32], size: 1000, replication: 0 }
}

fn search(random: u32, family: u64) -> Search {
    Search {
        effort: Effort {
            random,
            bases: 2,
            candidates: 60,
            insertions: 6,
            splits: 4,
            exchanges: 1,
            screening: 4,
            rounds: 1,
            hits: 8,
        },
        stop: RULE,
        streams: StartStreams { address: address(Purpose::Starts), family },
        drafts: true,
    }
}

fn fit(search: &Search, experts: usize, replication: u64) -> Fit {
    search.fit(&common::data(1000, replication), &problem(experts, 10.0)).expect("a fit")
}

#[test]
fn every_step_of_an_ascent_rises_up_to_round_off() {
    for replication in 0..20 {
        let data = common::data(1000, replication);
        let mut likelihood = Likelihood::new(&data, 3, GateMap::Identity);
        let mut stream = address(Purpose::Starts).indexed(replication);
        let start: Vec<f64> = (0..15).map(|_| stream.between(-8.0, 8.0)).collect();
        let mut ascent = Ascent::new(&mut likelihood, &start, 8.0);
        while ascent.stopped().is_none() {
            let before = ascent.value();
            ascent.advance(&mut likelihood, &RULE, 1);
            assert!(
                ascent.value() >= before - 4.0 * f64::EPSILON * before.abs(),
                "{before} {}",
                ascent.value()
            );
            assert!(ascent.parameters().iter().all(|v| v.abs() <= 8.0));
        }
    }
}

#[test]
fn a_converged_fit_is_a_maximum_over_the_box() {
    for replication in 0..10 {
        let fit = fit(&search(24, 0), 3, replication);
        let certificate = &fit.certificate;
        assert_eq!(certificate.stop, StopReason::Converged);
        assert!(certificate.score <= RULE.score && certificate.gain <= RULE.gain);
        assert!(fit.measure.extent() <= 10.0);
        // No nearby point of the box is better by more than rounding.
        let data = common::data(1000, replication);
        let mut likelihood = Likelihood::new(&data, 3, GateMap::Identity);
        let mut stream = address(Purpose::Starts).indexed(1_000 + replication);
        let at = fit.measure.parameters();
        for _ in 0..200 {
            let near: Vec<f64> = at.iter().map(|v| (v + 1e-3 * stream.normal()).clamp(-10.0, 10.0)).collect();
            assert!(likelihood.value(&near) <= fit.log_likelihood + 1e-9);
        }
    }
}

#[test]
fn the_score_of_a_fit_is_zero_where_it_is_free_and_points_outwards_where_it_is_held() {
    let fit = fit(&search(24, 0), 3, 3);
    let data = common::data(1000, 3);
    let mut out = Derivatives::default();
    let at = fit.measure.parameters();
    Likelihood::new(&data, 3, GateMap::Identity).score(&at, &mut out);
    for ((value, score), held) in at.iter().zip(&out.score).zip(&fit.certificate.at_box) {
        if *held {
            assert!(score * value >= -1e-6, "a wall holds nothing back");
        } else {
            assert!(score.abs() <= 1e-6, "{score}");
        }
    }
}

#[test]
fn the_same_search_gives_the_same_bits_and_more_starts_shift_nothing() {
    let (few, again, more) = (fit(&search(8, 0), 3, 1), fit(&search(8, 0), 3, 1), fit(&search(16, 0), 3, 1));
    assert_eq!(few, again);
    for start in few.starts.iter().filter(|s| s.kind == "random") {
        let same = more.starts.iter().find(|s| s.index == start.index).expect("a start with this number");
        assert_eq!(same.origin, start.origin);
    }
    let other = fit(&search(8, 1), 3, 1);
    assert!(few.starts.iter().all(|s| other.starts.iter().all(|o| o.index != s.index)));
}

#[test]
fn an_over_specified_fit_is_never_below_the_exact_one() {
    for replication in 0..10 {
        let (exact, over) = (fit(&search(16, 0), 2, replication), fit(&search(16, 0), 3, replication));
        assert!(over.log_likelihood >= exact.log_likelihood - 1e-9, "replication {replication}");
    }
}

#[test]
fn the_compact_set_does_not_depend_on_the_reference() {
    // The union over references lets a fit leave the box of one reference for the box of another: whatever
    // reference the only start is pinned at, the same maximum is found.
    let data = common::data(1000, 2);
    let problem = problem(2, 3.0);
    let truth = common::truth(GateMap::Identity).measure;
    let from = |reference: usize| {
        let start =
            Start { index: 0, kind: "given".into(), parameters: truth.parameters_pinned_at(reference) };
        FromStarts { starts: vec![start], stop: RULE, drafted: false }
            .fit(&data, &problem)
            .expect("a fit")
            .log_likelihood
    };
    assert!((from(0) - from(1)).abs() < 1e-6, "{} {}", from(0), from(1));
}

#[test]
fn one_expert_is_logistic_regression_with_one_maximum() {
    let data = common::data(1000, 0);
    let searched = search(4, 0).fit(&data, &problem(1, 10.0)).expect("a fit");
    for scale in [-3.0, 3.0] {
        let start = Start { index: 0, kind: "given".into(), parameters: vec![scale; 3] };
        let given = FromStarts { starts: vec![start], stop: RULE, drafted: false }
            .fit(&data, &problem(1, 10.0))
            .expect("a fit");
        assert!((given.log_likelihood - searched.log_likelihood).abs() < 1e-9);
    }
}

#[test]
fn no_start_is_a_failure_with_a_reason() {
    let none = FromStarts { starts: Vec::new(), stop: RULE, drafted: false }
        .fit(&common::data(100, 0), &problem(2, 10.0));
    assert!(none.unwrap_err().reason.contains("no start"));
}

#[test]
fn known_rate_moves_its_centre_by_so_much() {
    let centre: MixingMeasure = common::truth(GateMap::Identity).measure;
    let double = |rate| KnownRate {
        centre: centre.clone(),
        rate,
        scale: 0.5,
        tail: None,
        fails_above: None,
        address: address(Purpose::Calibration),
    };
    let moved = |rate, size| {
        let fit = double(rate).fit(&common::data(size, 0), &problem(2, 10.0)).expect("a fit");
        fit.measure.parameters().iter().zip(centre.parameters()).map(|(a, b)| a - b).collect::<Vec<f64>>()
    };
    for (small, large) in moved(-0.5, 100).into_iter().zip(moved(-0.5, 10_000)) {
        assert!((small / large - 10.0).abs() < 1e-9, "{small} {large}");
    }
    let shape = Shape { experts: 3, classes: 2, dim: 2 };
    let wrong = double(-0.5).fit(&common::data(100, 0), &Problem { shape, ..problem(3, 10.0) });
    assert!(wrong.unwrap_err().reason.contains("known-rate"));
}

#[test]
fn many_rows_are_searched_on_a_draft_and_finished_on_the_rows_themselves() {
    let cloud = CovariateLaw::Uniform { lower: vec![-1.0; 2], upper: vec![1.0; 2] };
    let truth = Truth { law: cloud, ..common::truth(GateMap::Identity) };
    for replication in 0..5 {
        let data = sample::draw(&truth, 4000, 1, replication);
        for experts in [2, 3] {
            let problem = problem(experts, 10.0);
            let fit = search(12, 0).fit(&data, &problem).expect("a fit");
            let mut rows = Likelihood::new(&data, experts, GateMap::Identity);
            let value = rows.value(&fit.measure.parameters());
            assert!((value - fit.log_likelihood).abs() <= 1e-9 * value.abs(), "a value of the draft");
            assert!(fit.certificate.score <= RULE.score && fit.certificate.gain <= RULE.gain);
            // Passes over a draft count by its share of the blocks: on the rows alone they would be those of the starts.
            let of_starts: u64 = fit.starts.iter().map(|start| u64::from(start.passes)).sum();
            assert!(4 * fit.passes < 3 * of_starts, "not drafted: {} {of_starts}", fit.passes);
        }
        let starts = random_starts(&data, &problem(2, 10.0), &search(12, 0).streams, 12);
        let given = |drafted| {
            FromStarts { starts: starts.clone(), stop: RULE, drafted }.fit(&data, &problem(2, 10.0))
        };
        let (plain, drafted) = (given(false).expect("a fit"), given(true).expect("a fit"));
        assert!(2 * drafted.passes < plain.passes, "not drafted: {} {}", drafted.passes, plain.passes);
        let searched = search(12, 0).fit(&data, &problem(2, 10.0)).expect("a fit");
        assert!((drafted.log_likelihood - plain.log_likelihood).abs() < 1e-6);
        assert!((searched.log_likelihood - plain.log_likelihood).abs() < 1e-6);
    }
}

/// A search that its random starts alone cannot settle, with several rounds.
fn thorough() -> Search {
    let search = search(6, 0);
    Search { effort: Effort { rounds: 2, exchanges: 2, hits: 12, ..search.effort }, ..search }
}

#[test]
fn rounds_look_at_a_sketch_and_end_on_the_data() {
    let law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    let truth = Truth { law, ..common::truth(GateMap::Identity) };
    let (mut compared, mut shared) = (0, 0);
    for (size, replication) in [(30_000, 0), (30_000, 1), (100_000_000, 0), (100_000_000, 1)] {
        let data = sample::draw(&truth, size, 1, replication);
        let fit = thorough().fit(&data, &problem(3, 10.0)).expect("a fit");
        let mut likelihood = Likelihood::new(&data, 3, GateMap::Identity);
        let value = likelihood.value(&fit.measure.parameters());
        assert!((value - fit.log_likelihood).abs() <= 1e-12 * value.abs(), "a value of the sketch");
        assert!(fit.certificate.score <= RULE.score && fit.certificate.gain <= RULE.gain);
        let of_starts: u64 = fit.starts.iter().map(|start| u64::from(start.passes)).sum();
        assert!(fit.passes < of_starts, "not sketched: {} {of_starts}", fit.passes);
        // A sketch of 169 points has 22 blocks, and the data have 56: no pass over it counts for less.
        assert!(56 * fit.passes > 22 * of_starts, "not counted: {} {of_starts}", fit.passes);
        // What is said of a start that was given up on a sketch is nearly so on the data.
        let own = fit.starts.iter().filter(|start| !start.kind.starts_with("smaller"));
        for start in own.clone().filter(|start| start.stop == StopReason::Screened) {
            let exact = likelihood.value(&start.parameters);
            let short = fit.log_likelihood - exact;
            if short < 5.0 {
                assert!((start.log_likelihood - exact).abs() < 1.0, "{} {exact}", start.log_likelihood);
                compared += 1;
            }
        }
        let best = own.filter(|start| start.log_likelihood == fit.log_likelihood);
        shared += usize::from(best.count() > 1);
    }
    assert!(compared > 50 && shared > 0, "{compared} {shared}");
}

#[test]
fn a_search_without_drafts_looks_at_the_data_in_every_pass() {
    let square = CovariateLaw::Uniform { lower: vec![-1.0; 2], upper: vec![1.0; 2] };
    let grid = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    for (law, size) in [(grid, 30_000), (square, 2_000)] {
        let data = sample::draw(&Truth { law, ..common::truth(GateMap::Identity) }, size, 1, 0);
        let fit = |drafts| {
            let search = Search { drafts, ..thorough() };
            let fit = search.fit(&data, &problem(3, 10.0)).expect("a fit");
            let of_starts: u64 = fit.starts.iter().map(|start| u64::from(start.passes)).sum();
            (fit.log_likelihood, fit.passes > of_starts)
        };
        let [(with, all_with), (without, all_without)] = [true, false].map(fit);
        assert_eq!((all_with, all_without), (false, true));
        assert!((with - without).abs() < 1e-6, "{with} {without}");
    }
}

/// Of the first twelve data sets, searches that stayed with their first sketch ended lower on seven and higher on none; these
/// are the three where they lost most, 1.9 to 3.9 nats. The gains are those of the search that does sketch anew.
#[test]
fn data_are_sketched_anew_around_a_better_fit() {
    let shape = Shape { experts: 3, classes: 2, dim: 2 };
    let three = [0.5, 4.0, 0.0, -0.3, -1.0, 3.5, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0, 0.3, -3.0, 1.0];
    let law = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    let measure = MixingMeasure::from_parameters(shape, &three);
    let truth = Truth { measure, gate_map: GateMap::Identity, law };
    for (replication, gain) in [(0, 8.457), (6, 3.763), (7, 5.351)] {
        let data = sample::draw(&truth, 100_000_000, 1, replication);
        let [exact, over] =
            [3, 4].map(|experts| thorough().fit(&data, &problem(experts, 10.0)).expect("a fit"));
        let gained = over.log_likelihood - exact.log_likelihood;
        assert!(gained > gain - 1e-2, "replication {replication}: {gained}");
    }
}

#[test]
fn separated_classes_and_wide_boxes_end_in_a_fit() {
    let x = Array2::from_shape_fn((200, 1), |(i, _)| (i as f64 - 99.5) / 100.0);
    for (labels, scale) in [(0, 1.0), (1, 1.0), (0, 1e3), (1, 1e-3)] {
        let label = |i: usize| u32::from(if labels == 0 { i >= 100 } else { (60..140).contains(&i) });
        let data = Dataset {
            x: scale * &x,
            labels: (0..200).map(label).collect(),
            counts: vec![1; 200],
            classes: 2,
        };
        for (experts, box_bound) in [(1, 1e3), (2, 10.0), (2, 1e6), (3, 1e3), (3, 1e6)] {
            let shape = Shape { experts, classes: 2, dim: 1 };
            let problem = Problem { shape, gate_map: GateMap::Identity, box_bound };
            for family in 0..2 {
                let fit = search(6, family).fit(&data, &problem).expect("a fit");
                assert!(fit.log_likelihood <= 1e-9, "{}", fit.log_likelihood);
                assert!(fit.measure.extent() <= box_bound, "{experts} {box_bound}: {}", fit.measure.extent());
            }
            // A saturated point: nothing to gain, nothing to learn, and no panic.
            let mut start = vec![0.0; shape.parameters()];
            start[shape.gate_rows() * shape.row()] = box_bound;
            let start = Start { index: 0, kind: "given".into(), parameters: start };
            let given = FromStarts { starts: vec![start], stop: RULE, drafted: false }.fit(&data, &problem);
            assert!(given.expect("a fit").log_likelihood <= 1e-9);
        }
    }
}
