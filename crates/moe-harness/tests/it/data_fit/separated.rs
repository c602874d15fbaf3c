//! Classes that are perfectly separated: which standard errors are not to be trusted, and where that is said.

use serde_json::Value;

use super::{PETALS, SMALL, document, number, shipped};
use crate::program::Desk;

#[test]
fn standard_errors_of_separated_classes_are_marked() {
    let desk = Desk::with(&[("apart.csv", "x,y\n1,a\n2,a\n3,a\n4,b\n5,b\n6,b\n7,b\n"), ("data.csv", SMALL)]);
    let notes = |file: &str| {
        let found = document(&desk, &format!("{file} --label y --experts 1"));
        let of = |p: &Value| (p["note"].as_str().unwrap().to_owned(), p["standard_error"].is_number());
        found["parameters"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(notes("apart.csv"), [("at the box".into(), false), ("not to be trusted".into(), true)]);
    assert!(notes("data.csv").iter().all(|(note, _)| note.is_empty()));
    let out = desk.moe("fit apart.csv --label y --experts 1", 0).out;
    assert!(
        out.contains(", not to be trusted |")
            && out.contains("not to be trusted: these parameters tell separated classes apart"),
        "{out}"
    );
    assert!(!desk.moe("fit data.csv --label y --experts 1", 0).out.contains("trusted"));
}

/// Errors of a contrast of which neither class is separated are as good as without the separated one.
#[test]
fn a_separated_class_spoils_its_own_contrasts_alone() {
    let desk = Desk::with(&[]);
    let found = document(&desk, &format!("{} --label species --experts 1 --box 100", shipped("iris.csv")));
    let of = |part: &str| {
        let all = found["parameters"].as_array().unwrap().iter();
        all.filter(|p| p["part"].as_str().unwrap().contains(part)).collect::<Vec<_>>()
    };
    let versicolor = of("versicolor");
    assert_eq!(versicolor.len(), 5);
    assert!(versicolor.iter().all(|p| p["note"] == "" && p["standard_error"].is_number()), "{versicolor:?}");
    assert!(of("setosa").iter().all(|p| p["note"] != ""));
}

/// Of three species only setosa is separated: the contrast of the others has the errors that it has without setosa.
#[test]
fn only_contrasts_of_a_separated_class_are_marked() {
    let iris = std::fs::read_to_string(shipped("iris.csv")).unwrap();
    let two: String = iris.lines().filter(|l| !l.ends_with(",setosa")).map(|l| format!("{l}\n")).collect();
    let last = iris.replace(",setosa", ",zetosa");
    let desk = Desk::with(&[("two.csv", &two), ("last.csv", &last)]);
    let of = |file: &str| document(&desk, &format!("{file} --label species --experts 1 --box 100"));
    let (three, two) = (of(&shipped("iris.csv")), of("two.csv"));
    let rows = three["parameters"].as_array().unwrap();
    let trusted = |p: &Value| p["note"] == "";
    assert_eq!(rows.iter().map(trusted).collect::<Vec<_>>(), [[false; 5], [true; 5]].concat(), "{three}");
    for (of_three, of_two) in rows[5..].iter().zip(two["parameters"].as_array().unwrap()) {
        assert_eq!(of_three["term"], of_two["term"]);
        for key in ["estimate", "standard_error"] {
            let (a, b) = (number(of_three, key), number(of_two, key));
            assert!((a - b).abs() < 1e-3 * b.abs(), "{of_three} {of_two}");
        }
    }
    // As the reference it takes part in every contrast.
    let marked = of("last.csv");
    assert!(!marked["parameters"].as_array().unwrap().iter().any(trusted), "{marked}");
}

/// Of several experts it is not known which parameters tell classes apart.
#[test]
fn all_errors_of_several_experts_are_doubted() {
    let desk = Desk::with(&[]);
    let out = desk.moe(&format!("fit {} {PETALS} --experts 2", shipped("iris.csv")), 0).out;
    assert!(
        out.contains("not to be trusted: some classes are separated: errors of parameters that tell them apart mean nothing\n"),
        "{out}"
    );
    assert!(!out.contains("only the box"), "{out}");
}

/// That the fit foretells every label is said beside a warning about units too.
#[test]
fn a_fit_that_separates_says_so_beside_other_warnings() {
    let far = |x: i32| format!("{x},{}\n", if x.abs() < 16 { "b" } else { "a" });
    let rows: String = (-10..=10).map(|i| far(4 * i)).collect();
    let desk = Desk::with(&[("band.csv", &format!("x,y\n{rows}"))]);
    let said = desk.moe("fit band.csv --label y --experts 2 --box 100", 0).err;
    assert!(said.contains("standard deviation") && said.contains("foretells every label"), "{said}");
}

/// A certificate says of what the fit is a maximum, and where there is none.
#[test]
fn a_certificate_covers_no_more_than_is_so() {
    let apart = "x,y\n1,a\n2,a\n3,a\n4,b\n5,b\n6,b\n7,b\n";
    let desk = Desk::with(&[("apart.csv", apart), ("data.csv", SMALL)]);
    let check = |flags: &str, extent: &str, words: &[&str]| {
        let flags = format!("{flags} --label y --experts 1");
        let found = document(&desk, &flags);
        assert_eq!(found["certificate"]["status"], "certified", "{found}");
        assert_eq!(found["certificate"]["extent"], extent, "{found}");
        let said = desk.moe(&format!("fit {flags}"), 0);
        for word in words {
            assert!(said.out.contains(word), "{word:?} is not in\n{}", said.out);
        }
        said
    };
    let said = check("data.csv", "inside", &["| certified: a maximum inside the box "]);
    assert!(!said.out.contains("over the box") && !said.out.contains("Not certified"), "{}", said.out);
    check("data.csv --box 0.2", "over-box", &["| certified: a maximum over the box "]);
    let said = check(
        "apart.csv",
        "held-by-box",
        &[
            "| certified within the box alone: classes are separated ",
            "Not certified: a maximum of the likelihood",
        ],
    );
    said.complains(&["only the box, or the tolerance of the ascent, holds parameters back"]);
    // A wall that is so far away that the ascent ends before.
    let said = check(
        "apart.csv --box 100000",
        "stopped-by-tolerance",
        &["| certified within the tolerance alone: classes are separated ", "short of the box"],
    );
    said.complains(&["so only the tolerance of the ascent holds parameters back"]);
    assert!(!said.out.contains("over the box") && !said.err.contains("the box holds"), "{}", said.out);
}

/// Planes that divide two classes from two others are not looked for, but where the likelihood is level is said.
#[test]
fn a_likelihood_without_a_maximum_is_not_certified_to_have_one() {
    let labels = ["a", "b", "a", "b", "b", "a", "c", "d", "c", "d", "d", "c"];
    let row = |(i, label): (usize, &&str)| {
        format!("{},{label}\n", if i < 6 { -1.0 - 0.3 * i as f64 } else { 1.0 + 0.3 * i as f64 })
    };
    let table = format!("x,y\n{}", labels.iter().enumerate().map(row).collect::<String>());
    let desk = Desk::with(&[("four.csv", &table)]);
    let found = document(&desk, "four.csv --label y --experts 1 --box 100000");
    assert_eq!(
        (&found["certificate"]["status"], &found["certificate"]["extent"]),
        (&"certified".into(), &"level".into())
    );
    let out = desk.moe("fit four.csv --label y --experts 1 --box 100000", 0).out;
    assert!(
        out.contains("| certified within the tolerance: level in some directions ")
            && !out.contains("inside the box"),
        "{out}"
    );
}
