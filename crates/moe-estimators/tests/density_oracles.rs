//! Log-likelihood, score and Hessian against independent 50-digit reference values.
//!
//! Reads every JSON file of a folder: the repository's copies, or the folder named by the environment
//! variable `MOE_ORACLE_DIR`. An empty folder fails.

use std::path::PathBuf;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::model;
use moe_estimators::likelihood::{Derivatives, Likelihood};
use ndarray::Array2;
use serde_json::Value;

const TOLERANCE: f64 = 1e-10;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

struct Oracle {
    name: String,
    measure: MixingMeasure,
    gate_map: GateMap,
    data: Dataset,
    class_probabilities: Vec<Vec<f64>>,
    mean_log_likelihood: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

fn read(path: PathBuf) -> Oracle {
    let text = std::fs::read_to_string(&path).expect("readable");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let size = |key: &str| json[key].as_u64().expect("a whole number") as usize;
    let (classes, dim) = (size("classes"), size("dim"));
    let atoms =
        json["gate"].as_array().expect("gates").iter().zip(json["expert"].as_array().expect("experts"));
    let atoms = atoms
        .map(|(gate, expert)| {
            let rows = &expert.as_array().expect("classes")[..classes - 1];
            Atom {
                log_weight: gate["intercept"].as_f64().expect("a number"),
                gate_slope: numbers(&gate["slope"]),
                intercepts: rows.iter().map(|r| r["intercept"].as_f64().expect("a number")).collect(),
                slopes: rows.iter().flat_map(|r| numbers(&r["slope"])).collect(),
            }
        })
        .collect();
    let x: Vec<Vec<f64>> = json["x"].as_array().expect("x").iter().map(numbers).collect();
    let labels: Vec<u32> = numbers(&json["y"]).iter().map(|y| *y as u32).collect();
    let data = Dataset {
        x: Array2::from_shape_vec((x.len(), dim), x.concat()).expect("rectangular"),
        counts: vec![1; labels.len()],
        labels,
        classes,
    };
    Oracle {
        name: path.display().to_string(),
        measure: MixingMeasure::new(classes, dim, atoms),
        gate_map: json["gate_map"].as_str().expect("text").parse().expect("a gate map"),
        data,
        class_probabilities: json["class_probabilities"]
            .as_array()
            .expect("rows")
            .iter()
            .map(numbers)
            .collect(),
        mean_log_likelihood: json["mean_log_likelihood"].as_f64().expect("a number"),
        gradient: numbers(&json["gradient_of_mean"]),
        hessian: json["hessian_of_mean"].as_array().expect("rows").iter().flat_map(numbers).collect(),
    }
}

fn oracles() -> Vec<Oracle> {
    let copies = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/density");
    let folder = std::env::var_os("MOE_ORACLE_DIR").map_or(copies, PathBuf::from);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("readable").path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no oracle in {}", folder.display());
    paths.into_iter().map(read).collect()
}

/// Largest difference relative to the largest reference entry.
fn relative_error(ours: &[f64], reference: &[f64], n: f64) -> f64 {
    assert_eq!(ours.len(), reference.len());
    let scale = reference.iter().fold(f64::MIN_POSITIVE, |m, v| m.max(v.abs()));
    ours.iter().zip(reference).fold(0.0, |m: f64, (a, b)| m.max((a / n - b).abs())) / scale
}

fn check(oracle: &Oracle, arch: pulp::Arch) {
    let mut likelihood =
        Likelihood::new(&oracle.data, oracle.measure.shape().experts, oracle.gate_map).with_arch(arch);
    let (parameters, n) = (oracle.measure.parameters(), oracle.data.size() as f64);
    let mut out = Derivatives::default();
    likelihood.derivatives(&parameters, &mut out);
    let errors = [
        relative_error(&[out.value], &[oracle.mean_log_likelihood], n),
        relative_error(&out.score, &oracle.gradient, n),
        relative_error(&out.hessian, &oracle.hessian, n),
    ];
    assert!(errors.iter().all(|e| *e <= TOLERANCE), "{}: {errors:?}", oracle.name);
    let (value, score) = (out.value, out.score.clone());
    assert_eq!(likelihood.value(&parameters).to_bits(), value.to_bits(), "a value pass gives the same bits");
    likelihood.score(&parameters, &mut out);
    assert_eq!(
        (out.value.to_bits(), &out.score),
        (value.to_bits(), &score),
        "a score pass gives the same bits"
    );
}

#[test]
fn density_oracles() {
    for oracle in oracles() {
        check(&oracle, pulp::Arch::new());
        check(&oracle, pulp::Arch::Scalar);
    }
}

#[test]
fn class_probabilities_and_scalar_score_agree_with_the_oracles() {
    for oracle in oracles() {
        let shape = oracle.measure.shape();
        let n = oracle.data.rows();
        let mut gradient = vec![0.0; shape.parameters()];
        let (mut p, mut one) = (vec![0.0; shape.classes], gradient.clone());
        for r in 0..n {
            let x = oracle.data.x.row(r).to_vec();
            let m = oracle.gate_map.apply_all(&x);
            model::class_probabilities(&oracle.measure, &x, &m, &mut p);
            for (ours, reference) in p.iter().zip(&oracle.class_probabilities[r]) {
                assert!((ours - reference).abs() <= 1e-13, "{}: {ours} {reference}", oracle.name);
            }
            model::score(&oracle.measure, &x, &m, oracle.data.labels[r] as usize, &mut one);
            gradient.iter_mut().zip(&one).for_each(|(g, s)| *g += s);
        }
        let error = relative_error(&gradient, &oracle.gradient, n as f64);
        assert!(error <= TOLERANCE, "{}: {error}", oracle.name);
    }
}

#[test]
fn all_instruction_sets_give_the_same_bits() {
    for oracle in oracles() {
        let parameters = oracle.measure.parameters();
        let evaluate = |arch| {
            let mut out = Derivatives::default();
            Likelihood::new(&oracle.data, oracle.measure.shape().experts, oracle.gate_map)
                .with_arch(arch)
                .derivatives(&parameters, &mut out);
            out
        };
        assert_eq!(evaluate(pulp::Arch::new()), evaluate(pulp::Arch::Scalar), "{}", oracle.name);
    }
}
