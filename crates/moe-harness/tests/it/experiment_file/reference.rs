//! The reference of experiment files: it documents every key, and its example is one.

use std::path::Path;

use moe_harness::load::{self, Overrides};
use moe_harness::quantity::Kind;
use moe_harness::wire::key::KEYS;

fn reference() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../FORMAT.md")).unwrap()
}

#[test]
fn the_reference_documents_every_key_and_quantity() {
    let reference = reference();
    for key in KEYS {
        assert!(
            reference.contains(&format!("| `{}` |", key.name)),
            "{} of {} is missing",
            key.name,
            key.table
        );
    }
    for kind in Kind::ALL {
        let per_atom = if kind.per_atom() { "yes" } else { "no" };
        let row = format!("| `{}` | {per_atom} | {} |", kind.name(), kind.meaning());
        assert!(reference.contains(&row), "{row}");
    }
}

#[test]
fn the_example_of_the_reference_is_a_valid_file() {
    let reference = reference();
    let example = reference.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let loaded = load::parse("FORMAT.md", example, &Overrides::default()).unwrap();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
}
