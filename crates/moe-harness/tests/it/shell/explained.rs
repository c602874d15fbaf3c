//! `moe plan --explain`: an experiment in words.

use crate::experiment_file::EXAMPLE;
use crate::program::{DOUBLES, Desk, NEWTON};

#[test]
fn everything_that_is_asked_is_said() {
    let desk = Desk::with(&[("example.toml", EXAMPLE), ("doubles.toml", DOUBLES)]);
    let before = desk.files("");
    let said = desk.moe("plan example.toml --explain", 0).out;
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let loaded = crate::program::loaded(EXAMPLE).experiment;
    for name in loaded.cells.iter().map(|c| &c.name).chain(loaded.arms.iter().map(|a| &a.name)) {
        assert!(line.contains(name.as_str()), "{name} is not in\n{said}");
    }
    for claim in &loaded.claims {
        assert!(line.contains(&format!("Claim {} ({})", claim.name, claim.source)), "{}\n{said}", claim.name);
    }
    for words in ["drawn from 2 experts", "softmax gate", "knows nothing of the truth", "master seed"] {
        assert!(line.contains(words), "{words:?} is not in\n{said}");
    }
    assert!(said.lines().all(|l| l.chars().count() <= 100), "{said}");
    let said = desk.moe("plan doubles.toml --explain", 0).out;
    assert!(said.contains("must give back"), "{said}");
    assert!(desk.files("") == before, "nothing is written");
}

#[test]
fn errors_that_are_often_zero_are_named() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("new maps --from gate-map", 0);
    for flag in ["", "--explain"] {
        let said = |file: &str| {
            let out = desk.moe(&format!("plan {file} {flag}"), 0).out;
            out.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(said("maps.toml").contains("root_gate[0]: often exactly 0."), "{}", said("maps.toml"));
        assert!(!said("doubles.toml").contains("exactly 0"), "{}", said("doubles.toml"));
    }
}

/// What may be asked for instead is said where there is such a thing.
#[test]
fn pooled_errors_are_advised_in_over_fitted_cells_only() {
    let pooled = |kinds: &str| format!("In over-fitted cells {kinds} without [j] pools the Voronoi cells");
    for (cell, quantities, advised) in [
        ("exact", ["root_gate[0]", "far_gate[0]"], None),
        ("over", ["moment_gate[0]", "moment_gate[1]"], None),
        ("over", ["root_gate[0]", "moment_gate[0]"], Some("root_gate")),
        ("over", ["root_gate[0]", "far_gate[1]"], Some("far_gate or root_gate")),
    ] {
        let curve = |quantity| {
            format!("{{ cell = \"{cell}\", arm = \"mle\", quantity = \"{quantity}\", statistic = \"mean\" }}")
        };
        let curves = quantities.map(curve).join(", ");
        let file = format!("{NEWTON}\n[[panel]]\ntitle = \"p\"\ncurve = [{curves}]\n");
        let desk = Desk::with(&[("newton.toml", &file)]);
        let said = desk.moe("plan newton.toml --explain", 0).out;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("the alignment of D_2 often makes"), "{said}");
        assert_eq!(said.contains("without [j]"), advised.is_some(), "{cell}\n{said}");
        assert!(advised.is_none_or(|kinds| said.contains(&pooled(kinds))), "{cell}\n{said}");
    }
}
