//! `moe exhibit`: what it prints can be taken to another program and found to be so.

use moe_core::gate::GateMap;
use serde_json::Value;

use crate::program::{Desk, table};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = logits.iter().map(|v| moe_core::numeric::exp(*v)).collect();
    let total: f64 = exps.iter().sum();
    exps.iter().map(|e| e / total).collect()
}

/// Class probabilities of a measure in JSON, by the definition.
fn density(measure: &Value, map: GateMap, x: &[f64]) -> Vec<f64> {
    let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let atoms = measure.as_array().unwrap();
    let gate = |atom: &Value| {
        atom["log_weight"].as_f64().unwrap() + inner(&numbers(&atom["gate_slope"]), &map.apply_all(x))
    };
    let gates = softmax(&atoms.iter().map(gate).collect::<Vec<_>>());
    let expert = |atom: &Value| {
        let slopes = atom["slopes"].as_array().unwrap();
        let classes = numbers(&atom["intercepts"]).into_iter().zip(slopes);
        softmax(&classes.map(|(a, b)| a + inner(&numbers(b), x)).chain([0.0]).collect::<Vec<_>>())
    };
    let experts: Vec<Vec<f64>> = atoms.iter().map(expert).collect();
    (0..experts[0].len()).map(|s| gates.iter().zip(&experts).map(|(g, f)| g * f[s]).sum()).collect()
}

#[test]
fn the_densities_of_the_json_are_equal() {
    let desk = Desk::with(&[]);
    let said: Value = serde_json::from_str(&desk.moe("exhibit --json", 0).out).unwrap();
    let exhibits = said["exhibits"].as_array().unwrap();
    assert_eq!(exhibits.len(), 5);
    let mut compared = 0;
    for pair in exhibits.iter().flat_map(|e| e["pairs"].as_array().unwrap()) {
        assert_ne!(pair["truth"], pair["rival"]);
        for found in pair["comparisons"].as_array().unwrap() {
            let map: GateMap = found["gate_map"].as_str().unwrap().parse().unwrap();
            let most = if pair["size"].is_null() {
                4e-15
            } else {
                found["max_density_difference"].as_f64().unwrap()
            };
            for i in 0..40 {
                let x = [f64::from(i * 7 % 41) / 20.0 - 1.0, f64::from(i * 13 % 41) / 20.0 - 1.0];
                let (g, h) = (density(&pair["truth"], map, &x), density(&pair["rival"], map, &x));
                assert!(g.iter().zip(&h).all(|(g, h)| (g - h).abs() <= most), "{map} at {x:?}: {g:?}, {h:?}");
            }
            assert!(found["least_worst_risk_d1"].as_f64().unwrap() > 0.5);
            compared += 1;
        }
    }
    assert!(compared >= 30, "{compared}");
}

#[test]
fn one_exhibit_is_shown_by_name() {
    let desk = Desk::with(&[]);
    let said = desk.moe("exhibit two-constants vanishing-expert", 0);
    assert!(said.out.starts_with("# two-constants: ") && said.out.contains("# vanishing-expert: "));
    assert!(!said.out.contains("# doubled-atoms: ") && said.out.contains("Le Cam 1973"));
    assert_eq!(table(&said.out, "gate map").len(), 3, "the standard gate alone");
    assert!(said.out.lines().filter(|line| !line.starts_with('|')).all(|line| line.chars().count() <= 110));
    assert_eq!(desk.files("").len(), 1, "an exhibit writes nothing");
    desk.moe("exhibit vanishing", 2)
        .complains(&["there is no exhibit 'vanishing'", "did you mean 'vanishing-"]);
}
