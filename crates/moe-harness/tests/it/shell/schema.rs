//! The JSON Schema: as committed, in agreement with every shipped experiment, and able to find mistakes.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

use crate::experiment_file::EXAMPLE;
use crate::program::{Desk, edited};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn validator() -> Validator {
    jsonschema::validator_for(&moe_harness::wire::schema::schema()).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

/// `cargo run -p moe-harness -- schema > schema/experiment.schema.json` writes it anew.
#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let committed = std::fs::read_to_string(repository().join("schema/experiment.schema.json")).unwrap();
    let printed = Desk::with(&[]).moe("schema", 0).out;
    assert!(
        committed == printed,
        "write it anew: cargo run -p moe-harness -- schema > schema/experiment.schema.json"
    );
}

#[test]
fn every_shipped_experiment_fits_the_schema() {
    let validator = validator();
    let mut files = 0;
    let folders =
        ["experiments", "crates/moe-harness/assets/templates", "crates/moe-harness/tests/it/experiments"];
    for folder in folders {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let errors: Vec<_> =
                validator.iter_errors(&json(&text)).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}\n{}", path.display(), errors.join("\n"));
            files += 1;
        }
    }
    assert!(files > 12, "{files} files");
    assert!(validator.is_valid(&json(EXAMPLE)));
}

#[test]
fn mistakes_do_not_fit_the_schema() {
    let validator = validator();
    for (from, to) in [
        ("seed = 20231014", "seeds = 20231014"),
        ("seed = 20231014", "seed = \"x\""),
        ("seed = 20231014", "seed = -1"),
        ("kind = \"near-truth\"", "kind = \"near-thruth\""),
        ("estimator = \"known-rate\"", "estimator = \"knwon-rate\""),
        ("weights = \"equal\"", "weights = \"unequal\""),
        ("bases = 2", "base = 2"),
        ("quantity = \"d1\"", "quantity = \"D1\""),
        ("statistic = \"median\"", "statistic = \"quantile\""),
        ("regime = \"exact\"", "regime = \"Exact\""),
        ("box = 5.0", ""),
    ] {
        let text = edited(EXAMPLE, from, to);
        assert!(!validator.is_valid(&json(&text)), "{to:?} instead of {from:?} fits");
    }
}

/// Editors show a description and an example for every key of the top level.
#[test]
fn keys_are_described() {
    let schema = moe_harness::wire::schema::schema();
    for (key, property) in schema["properties"].as_object().unwrap() {
        assert!(property.get("description").is_some(), "{key} has no description");
    }
    assert_eq!(schema["properties"]["replications"]["examples"][0], 200);
    assert!(!schema.to_string().contains("null"), "TOML has no null");
}
