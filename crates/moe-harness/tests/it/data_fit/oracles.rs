//! Fits against best values that were found without this program.

use std::path::Path;

use serde_json::Value;

use super::{document, number, shipped};
use crate::program::Desk;

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The best of 60 ascents of another implementation on simulated data; over-specified ones too.
#[track_caller]
fn simulated(case: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../moe-estimators/tests/oracles/fit");
    let oracle = json(&folder.join(format!("{case}.json")));
    let (data, map) = (folder.join(format!("{case}.csv")), oracle["gate_map"].as_str().unwrap());
    let arguments = format!(
        "{} --label y --experts {} --gate-map {map} --box {}",
        data.display(),
        oracle["experts"],
        oracle["box"]
    );
    let found = document(&Desk::with(&[]), &arguments);
    let (value, best) = (number(&found, "log_likelihood"), number(&oracle, "best_total_log_likelihood"));
    assert!(value >= best - 1e-6, "{case}: {value} < {best}");
    assert!(value <= best + 0.5, "{case}: {value} is far above the best that others found, {best}");
    assert_eq!(found["certificate"]["status"], "certified");
    if (value - best).abs() < 1e-6 {
        assert_eq!(found["certificate"]["at_box"], oracle["at_bound"], "{case}: box hits");
    }
}

#[test]
fn two_classes_exact() {
    simulated("open-binary-exact");
}

#[test]
fn two_classes_over_specified() {
    simulated("open-binary-over");
}

#[test]
fn three_classes_exact_modified_gate() {
    simulated("open-three-exact");
}

#[test]
fn three_classes_over_specified() {
    simulated("open-three-over");
}

/// Real data: SciPy, scikit-learn and differenced scores (oracles/independent_fit.py).
#[test]
fn real_data() {
    let oracle = json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/real_data.json"));
    for case in oracle["cases"].as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap();
        let features: Vec<&str> =
            case["features"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        let name = format!("{} by {} experts", text("label"), case["experts"]);
        let found = document(
            &Desk::with(&[]),
            &format!(
                "{} --label {} --features {} --experts {} --box {}{}",
                shipped(text("file")),
                text("label"),
                features.join(","),
                case["experts"],
                case["box"],
                if case["standardize"] == true { " --standardize" } else { "" }
            ),
        );
        let value = number(&found, "log_likelihood");
        assert!((value - number(case, "log_likelihood")).abs() < 1e-6, "{name}: {value}");
        if let Some(other) = case["scikit_learn_log_likelihood"].as_f64() {
            assert!((value - other).abs() < 1e-6, "{name}: {value}, scikit-learn {other}");
        }
        assert_eq!(found["certificate"]["at_box"], case["at_box"], "{name}: box hits");
        check_errors(&name, &found, case);
    }
}

/// Standard errors, sorted: experts may come in another order.
#[track_caller]
fn check_errors(name: &str, found: &Value, case: &Value) {
    let parameters = found["parameters"].as_array().unwrap();
    let mut errors: Vec<f64> = parameters.iter().filter_map(|p| p["standard_error"].as_f64()).collect();
    errors.sort_by(f64::total_cmp);
    let expected = case["standard_errors_sorted"].as_array().unwrap();
    assert_eq!(errors.len(), expected.len(), "{name}: {errors:?}");
    for (found, expected) in errors.iter().zip(expected) {
        let expected = expected.as_f64().unwrap();
        assert!((found - expected).abs() < 1e-3 * expected, "{name}: standard error {found}, {expected}");
    }
}
