//! The experiments that come with the program: each is read without an error, in every profile.

use std::path::Path;

use moe_harness::experiment::Experiment;
use moe_harness::explain::often_zero;
use moe_harness::load::{self, Overrides};

#[test]
fn every_shipped_experiment_is_valid_in_every_profile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let profiles = text.lines().filter_map(|line| line.strip_prefix("[profile.")?.strip_suffix(']'));
        for profile in profiles.map(|p| Some(p.to_owned())).chain([None]) {
            let overrides = Overrides { profile, ..Overrides::default() };
            let loaded = load::load(&path, &overrides).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert_eq!(Some(loaded.experiment.name.as_str()), path.file_stem().unwrap().to_str());
            says_what_is_often_zero(&loaded.experiment, &text);
        }
        files += 1;
    }
    assert!(files >= 6, "{files} experiments");
}

/// Who reads the file alone learns of errors that are 0 in many replications.
#[track_caller]
pub(crate) fn says_what_is_often_zero(experiment: &Experiment, text: &str) {
    assert_eq!(often_zero(experiment).is_some(), text.contains("exactly 0"), "{}", experiment.name);
}
