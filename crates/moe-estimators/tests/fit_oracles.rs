//! The search against the best log-likelihoods known for four data sets over a box.

use std::path::PathBuf;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Fit, Problem};
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::StartStreams;
use moe_estimators::stop::StopRule;
use ndarray::Array2;
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/fit")
}

fn data(case: &str, dim: usize, classes: usize) -> Dataset {
    let text = std::fs::read_to_string(folder().join(format!("{case}.csv"))).expect("readable");
    let (mut x, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        x.extend(cells[..dim].iter().map(|c| c.parse::<f64>().expect("a number")));
        labels.push(cells[dim].parse::<u32>().expect("a label"));
    }
    let x = Array2::from_shape_vec((labels.len(), dim), x).expect("rectangular");
    Dataset { x, counts: vec![1; labels.len()], labels, classes }
}

fn search(family: u64) -> Search {
    Search {
        effort: Effort {
            random: 16,
            bases: 4,
            candidates: 100,
            insertions: 12,
            splits: 12,
            exchanges: 2,
            screening: 4,
            rounds: 3,
            hits: 6,
        },
        stop: StopRule { score: 1e-9, gain: 1e-12, iterations: 500 },
        streams: StartStreams {
            address: Address {
                seed: 1,
                purpose: Purpose::Starts,
                content: [0; 32],
                size: 3000,
                replication: 0,
            },
            family,
        },
        drafts: true,
    }
}

fn fit(case: &str, family: u64) -> (Fit, f64, f64) {
    let text = std::fs::read_to_string(folder().join(format!("{case}.json"))).expect("readable");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let size = |key: &str| json[key].as_u64().expect("a whole number") as usize;
    let shape = Shape { experts: size("experts"), classes: size("classes"), dim: size("dim") };
    let gate_map: GateMap = json["gate_map"].as_str().expect("text").parse().expect("a gate map");
    let problem = Problem { shape, gate_map, box_bound: json["box"].as_f64().expect("a number") };
    let fit = search(family).fit(&data(case, shape.dim, shape.classes), &problem).expect("a fit");
    (fit, json["best_total_log_likelihood"].as_f64().expect("a number"), problem.box_bound)
}

const CASES: [&str; 4] = ["open-binary-exact", "open-binary-over", "open-three-exact", "open-three-over"];

/// Searches of a case, each with its own starts.
const SEARCHES: u64 = 12;

/// How many of them must reach the best likelihood known. Over 24 searches each, all did in the exact cases, 19 with two
/// classes and an expert too many, 14 with three. With 19 and 14 of 24 as true shares, fewer than 6 and 3 of 12 do once in some 200
/// and 250 changes of values; with half of these shares, in 68 and 27 % of them.
const LEAST: [(&str, usize); 4] = [(CASES[0], 12), (CASES[1], 6), (CASES[2], 12), (CASES[3], 3)];

#[test]
fn searches_reach_the_best_known_likelihood() {
    for (case, least) in LEAST {
        let reached = (0..SEARCHES).filter(|family| {
            let (fit, best, bound) = fit(case, *family);
            assert!(fit.log_likelihood <= best + 1e-6, "{case}: the reference is not the best");
            assert!(fit.measure.extent() <= bound, "{case}: outside the box");
            assert!(
                fit.certificate.score <= 1e-9 && fit.certificate.gain <= 1e-12,
                "{case}: {:?}",
                fit.certificate
            );
            fit.log_likelihood >= best - 1e-6
        });
        let reached = reached.count();
        assert!(reached >= least, "{case}: {reached} of {SEARCHES} searches reach the best");
    }
}
