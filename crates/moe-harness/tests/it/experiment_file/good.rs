//! What is read from a valid file.

use std::path::Path;

use moe_core::identifiability::Regime;
use moe_core::rate::Weights;
use moe_core::statistic::Statistic;
use moe_core::verdict::Claim;
use moe_estimators::fixed_point::Map;
use moe_estimators::search::Effort;
use moe_estimators::stop::{Stop, StopRule};
use moe_harness::aggregate::is_truth_blind;
use moe_harness::experiment::{Expectation, Experiment, Method, Points, Radius, Search, Starts, Thresholds};
use moe_harness::load::{self, Overrides};
use moe_harness::quantity::Kind;
use moe_harness::wire::key::KEYS;

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
    let search = Search { effort, stream: 1 };
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
fn an_arm_is_identified_by_its_method_alone() {
    let hashes = |text: &str| read(text).unwrap().experiment.arms.iter().map(|a| a.hash).collect::<Vec<_>>();
    let before = hashes(EXAMPLE);
    let renamed = EXAMPLE.replace("\"mle\"", "\"ml\"").replace("replications = 40", "replications = 41");
    assert_eq!(before, hashes(&renamed.replace("cells = [\"exact\", \"over\"]", "cells = [\"over\"]")));
    for (from, to) in [
        ("random = 24", "random = 25"),
        ("insertions = 8", "insertions = 9"),
        ("exchanges = 2", "exchanges = 3"),
        ("splits = 8", "splits = 9"),
        ("rounds = 2", "rounds = 3"),
        ("hits = 4", "hits = 5"),
        ("bases = 2", "bases = 3"),
        ("candidates = 200", "candidates = 201"),
        ("screening = 5", "screening = 6"),
        ("stream = 0", "stream = 2"),
        ("score = 1e-9", "score = 2e-9"),
        ("gain = 1e-10", "gain = 2e-10"),
        ("iterations = 300", "iterations = 301"),
    ] {
        assert_ne!(before[0], hashes(&EXAMPLE.replacen(from, to, 1))[0], "{to}");
    }
    for (from, to) in [
        ("count = 4", "count = 5"),
        ("radius = 0.1", "radius = 0.2"),
        ("radius = 0.1", "radius = 0.1, radius_rate = -0.25"),
        ("near-truth", "truth-splits"),
    ] {
        assert_ne!(before[2], hashes(&EXAMPLE.replacen(from, to, 1))[2], "{to}");
    }
    for (from, to) in [
        ("rate = -0.5", "rate = -0.25"),
        ("scale = 1.0", "scale = 2"),
        ("scale = 1.0", "scale = 1.0\nfails_above = 0.1"),
        ("scale = 1.0", "scale = 1.0\ntail = 2.5"),
    ] {
        assert_ne!(before[3], hashes(&EXAMPLE.replacen(from, to, 1))[3], "{to}");
    }
}

/// The example with its third arm replaced.
fn with_third_arm(lines: &str) -> String {
    let old = "estimator = \"newton\"\ncells = [\"exact\", \"over\"]\nstarts = { kind = \"near-truth\", count = 4, radius = 0.1 }\nstop = { score = 1e-9, gain = 1e-10, iterations = 300 }\n";
    assert!(EXAMPLE.contains(old));
    EXAMPLE.replace(old, lines)
}

#[test]
fn arms_of_em_and_mm_are_read() {
    let certify = "certify = { score = 1e-8, gain = 1e-9 }\n";
    let ours = StopRule { score: 1e-9, gain: 1e-10, iterations: 300 };
    let (loose, tight) = (Thresholds { score: 1e-8, gain: 1e-9 }, Thresholds { score: 1e-9, gain: 1e-10 });
    let change = Stop::RelativeLikelihood { change: 1e-6, iterations: 2000 };
    let step = Stop::ParameterStep { length: 1e-4, iterations: 2000 };
    let mut hashes = std::collections::BTreeSet::new();
    for map in [Map::Em, Map::Mm] {
        for (rule, certify, stop, thresholds) in [
            ("relative_likelihood = 1e-6, iterations = 2000", certify, change, loose),
            ("parameter_step = 1e-4, iterations = 2000", certify, step, loose),
            ("iterations = 2000", certify, Stop::Iterations(2000), loose),
            ("score = 1e-9, gain = 1e-10, iterations = 300", "", Stop::Score(ours), tight),
        ] {
            for (starts, points) in [
                ("kind = \"at-truth\"", Points::AtTruth),
                ("kind = \"random\", count = 20, stream = 3", Points::Random { count: 20, stream: 3 }),
                (
                    "kind = \"near-truth\", count = 1, radius = 2, radius_rate = -0.25",
                    Points::NearTruth { count: 1, radius: Radius { size: 2.0, rate: -0.25 } },
                ),
            ] {
                let text =
                    format!("estimator = \"{map}\"\nstarts = {{ {starts} }}\nstop = {{ {rule} }}\n{certify}");
                let arm = read(&with_third_arm(&text)).unwrap().experiment.arms.remove(2);
                assert_eq!(arm.method, Method::FixedPoint { map, starts: points, stop, certify: thresholds });
                assert_eq!(arm.method.thresholds(), Some(thresholds));
                let blind = matches!(points, Points::Random { .. });
                assert_eq!((is_truth_blind(&arm), arm.method.blind_stream().is_some()), (blind, blind));
                assert!(hashes.insert(arm.hash), "{text}");
            }
        }
    }
}

#[test]
fn random_starts_can_audit_and_be_audited() {
    let arm = |stream| {
        format!(
            "estimator = \"em\"\naudits = \"second-search\"\nreplications = 40\n\
             starts = {{ kind = \"random\", count = 5, stream = {stream} }}\nstop = {{ score = 1e-9, gain = 1e-10, iterations = 9 }}\n"
        )
    };
    assert_eq!(
        read(&with_third_arm(&arm(2))).unwrap().experiment.arms[2].audits.as_deref(),
        Some("second-search")
    );
    let refused = read(&with_third_arm(&arm(1))).unwrap_err().render(false);
    assert!(refused.contains("both search with stream = 1"), "{refused}");
}

#[test]
fn a_radius_shrinks_with_the_sample_size() {
    let (still, shrinking) = (Radius { size: 0.3, rate: 0.0 }, Radius { size: 2.0, rate: -0.25 });
    assert_eq!((still.at(10), still.at(1_000_000)), (0.3, 0.3));
    assert!((shrinking.at(16) - 1.0).abs() < 1e-14 && (shrinking.at(160_000) - 0.1).abs() < 1e-15);
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
