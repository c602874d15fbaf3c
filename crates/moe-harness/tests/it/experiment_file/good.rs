//! What is read from a valid file.

use std::path::Path;

use moe_core::identifiability::Regime;
use moe_core::rate::Weights;
use moe_core::statistic::Statistic;
use moe_core::verdict::Claim;
use moe_estimators::search::Effort;
use moe_estimators::stop::StopRule;
use moe_harness::experiment::{Expectation, Experiment, Method, Search, Starts};
use moe_harness::load::{self, Overrides};

use super::{EXAMPLE, read};

fn example(profile: Option<&str>, seed: Option<u64>, replications: Option<u64>) -> Experiment {
    let overrides = Overrides { profile: profile.map(str::to_owned), seed, replications, recorded: false };
    load::parse("example.toml", EXAMPLE, &overrides).unwrap().experiment
}

#[test]
fn everything_is_read() {
    let loaded = read(EXAMPLE).unwrap();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let e = loaded.experiment;
    assert_eq!((e.name.as_str(), e.seed, e.replications, e.profile), ("example", 20_231_014, 200, None));
    assert_eq!(e.sizes.len(), 11);
    assert_eq!((e.sizes[0], e.sizes[1], e.sizes[10]), (1_000, 3_162, 100_000_000));
    assert_eq!((e.inference.level, e.inference.resamples), (0.95, 2_000));
    assert_eq!(e.inference.weights, Weights::Equal);
    assert_eq!(e.inference.failure_limit, 0.05);

    let over = &e.cells[1];
    assert_eq!((over.name.as_str(), over.regime), ("over", Some(Regime::Over1)));
    assert_eq!((over.scenario.fitted, over.scenario.box_bound), (3, 10.0));
    assert_eq!(over.scenario.truth.law.support_size(), Some(441));
    assert_eq!(over.scenario.truth.measure.parameters(), [0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0]);
    assert_eq!(over.hash, over.scenario.hash());
    assert_eq!(e.cells[2].scenario.truth.gate_map.to_string(), "sin(3)");

    let effort = Effort {
        random: 24,
        bases: 2,
        candidates: 200,
        insertions: 8,
        splits: 8,
        exchanges: 2,
        screening: 5,
        rounds: 2,
        hits: 4,
    };
    let search = Search { effort, stream: 1, drafts: true };
    let stop = StopRule { score: 1e-9, gain: 1e-10, iterations: 300 };
    assert_eq!(e.arms[1].method, Method::Newton { starts: Starts::Search(search), stop });
    assert_eq!((e.arms[1].audits.as_deref(), e.arms[1].replications), (Some("mle"), Some(40)));
    assert_eq!(e.arms[3].method, Method::KnownRate { rate: -0.5, scale: 1.0, tail: None, fails_above: None });
    assert_eq!(e.arms[3].cells, Some(vec!["exact".to_owned()]));

    assert_eq!(e.claims[0].statement, Claim::Equals { rate: -0.5, margin: 0.05 });
    assert_eq!((e.claims[0].from, e.claims[1].from), (1_000, 10_000));
    assert_eq!(e.claims[1].statement, Claim::SlowerThan { rate: -0.4 });
    assert_eq!(e.claims[2].statement, Claim::AtLeast { rate: -0.25 });
    assert_eq!(e.claims[2].statistic, Statistic::Exceeds(0.5));
    assert!(
        matches!(&e.claims[2].expect, Expectation::Disagree { because } if because.starts_with("two atoms"))
    );
    assert_eq!(e.panels[0].curves.len(), 2);
    assert_eq!((e.panels[0].curves[0].theory, e.panels[0].curves[1].theory), (Some(-0.5), None));
}

#[test]
fn profiles_and_flags_override_sizes_replications_and_seed_only() {
    let smoke = example(Some("smoke"), Some(7), None);
    assert_eq!(
        (smoke.sizes.as_slice(), smoke.replications, smoke.seed),
        (&[1_000, 10_000, 1_000_000][..], 20, 7)
    );
    assert_eq!(smoke.profile.as_deref(), Some("smoke"));
    assert_eq!(smoke.arms[1].replications, Some(20), "an arm has no more replications than the experiment");
    let ci = example(Some("ci"), None, Some(30));
    assert_eq!((ci.sizes.len(), ci.replications, ci.arms[1].replications), (11, 30, Some(30)));
    let full = example(None, None, None);
    for (a, b) in full.cells.iter().zip(&smoke.cells) {
        assert_eq!(a.hash, b.hash);
    }
    for (a, b) in full.arms.iter().zip(&smoke.arms) {
        assert_eq!(a.hash, b.hash);
    }
}

#[test]
fn the_normalised_text_reads_as_the_same_experiment() {
    for profile in [None, Some("smoke"), Some("ci")] {
        let profile = profile.map(str::to_owned);
        let overrides = Overrides { profile, seed: Some(5), ..Overrides::default() };
        let first = load::parse("example.toml", EXAMPLE, &overrides).unwrap();
        let second = read(&first.normalised).unwrap();
        let mut expected = first.experiment;
        expected.profile = None;
        assert_eq!(format!("{:?}", second.experiment), format!("{expected:?}"));
        assert_eq!(second.normalised, first.normalised);
    }
}

#[test]
fn comments_and_spelling_of_numbers_are_not_content() {
    let other = EXAMPLE
        .replace("count = 11 }", "count = 11 } # eleven")
        .replace("box = 10.0", "box = 1e1")
        .replace("[0.0, 4.0, 0.0], [0.0, 0.0, 0.0]", "[0, 4, -0.0], [0, -0.0, 0]");
    let (a, b) = (read(EXAMPLE).unwrap().experiment, read(&other).unwrap().experiment);
    assert!(a.cells.iter().zip(&b.cells).all(|(a, b)| a.hash == b.hash));
}

/// An arm that does without drafts is another one; that drafts are allowed says nothing new.
#[test]
fn drafts_are_content_where_they_are_forbidden() {
    let first = |drafts: &str| {
        let text = crate::program::edited(EXAMPLE, "stream = 0 }", &format!("stream = 0{drafts} }}"));
        read(&text).unwrap().experiment.arms[0].hash
    };
    let [absent, allowed, forbidden] = ["", ", drafts = true", ", drafts = false"].map(first);
    assert!(absent == allowed && allowed != forbidden);
}

#[test]
fn continuous_laws_and_points_are_read() {
    let grid = "kind = \"grid\"\nlower = [-1, -1]\nupper = [1, 1]\npoints = [21, 21]";
    let small = EXAMPLE.replace("to = 100_000_000", "to = 100_000");
    for law in [
        "kind = \"uniform\"\nlower = [-1, -1]\nupper = [1, 1]",
        "kind = \"truncated-normal\"\nmean = [0, 0.5]\nsd = [1, 1]\nlower = [-1, -1]\nupper = [1, 1]",
    ] {
        let experiment = read(&small.replace(grid, law)).unwrap().experiment;
        assert!(!experiment.cells[0].scenario.truth.law.is_finite());
    }
    let rows: Vec<_> = (0..16).map(|i| format!("[{}, {}]", i % 4, i / 4)).collect();
    let weights = format!("[{}]", vec!["0.0625"; 16].join(", "));
    let law = format!("kind = \"points\"\npoints = [{}]\nprobabilities = {weights}", rows.join(", "));
    let experiment = read(&EXAMPLE.replace(grid, &law)).unwrap().experiment;
    let finite = experiment.cells[0].scenario.truth.law.finite().unwrap();
    assert_eq!(finite.points.row(5).to_vec(), [1.0, 1.0]);
    assert_eq!(finite.probabilities, [0.0625; 16]);
}

#[test]
fn planned_weights_are_read() {
    let text = EXAMPLE.replace("weights = \"equal\"", "weights = [1, 2, 4]");
    let text =
        text.replace("sizes = { from = 1000, to = 100_000_000, count = 11 }", "sizes = [1000, 20000, 50000]");
    let weights = read(&text).unwrap().experiment.inference.weights;
    assert_eq!(weights, Weights::Planned(vec![1.0, 2.0, 4.0]));
}

#[test]
fn a_file_is_read_from_disk() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/example.toml");
    assert_eq!(load::load(&path, &Overrides::default()).unwrap().experiment.name, "example");
    let missing = load::load(Path::new("no/such/file.toml"), &Overrides::default()).unwrap_err();
    assert!(missing.to_string().contains("no/such/file.toml"), "{missing}");
}
