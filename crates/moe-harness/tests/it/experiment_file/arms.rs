//! Arms of every estimator as they are read, and what they are identified by.

use moe_estimators::fixed_point::Map;
use moe_estimators::stop::{Stop, StopRule};
use moe_harness::aggregate::is_truth_blind;
use moe_harness::experiment::{Method, Points, Radius, Thresholds};

use super::{EXAMPLE, read};

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
