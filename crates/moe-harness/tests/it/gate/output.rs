//! What other programs are told: JSON and JUnit XML, parsed back.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{claim, doubles};
use crate::program::Desk;

/// Four claims: as expected, contradicted, undecided, and one whose words need escaping.
fn text() -> String {
    doubles(&[
        claim("right", "half", "statistic = \"median\"\nequals = -0.5\nmargin = 0.1"),
        claim("wrong", "half", "statistic = \"median\"\nequals = -1\nmargin = 0.1"),
        claim("open", "half", "statistic = \"median\"\nequals = -0.5\nmargin = 0.001"),
        claim("odd", "half", "statistic = \"median\"\nequals = -1\nmargin = 0.1")
            .replace("source = \"test\"", "source = \"<a & 'b'> \\\"c\\\" é\""),
    ])
}

/// An element: its name, attributes and own text.
type Element = (String, BTreeMap<String, String>, String);

/// Every element, in order.
fn elements(xml: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    let (mut all, mut open): (Vec<Element>, Vec<usize>) = Default::default();
    loop {
        let event = reader.read_event().unwrap();
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let attribute = |a: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
                    let a = a.unwrap();
                    let key = a.key.as_ref().to_owned();
                    (key, quick_xml::escape::unescape(&a.value).unwrap().into_owned())
                };
                let name = tag.name().as_ref().to_owned();
                all.push((name, tag.attributes().map(attribute).collect(), String::new()));
                if matches!(event, Event::Start(_)) {
                    open.push(all.len() - 1);
                }
            }
            Event::Text(text) => {
                if let Some(place) = open.last() {
                    all[*place].2 += &text;
                }
            }
            Event::GeneralRef(name) => {
                let entity = format!("&{};", &*name);
                all[*open.last().unwrap()].2 += &quick_xml::escape::unescape(&entity).unwrap();
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty());
    all
}

#[test]
fn junit_tells_failures_from_errors() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    desk.moe("run copy.toml --out run", 0);
    desk.moe("check copy.toml --out run --junit out.xml", 1);
    let xml = std::fs::read_to_string(desk.path("out.xml")).unwrap();
    let all = elements(&xml);
    let names: Vec<&str> = all.iter().map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(names[..3], ["testsuites", "testsuite", "properties"]);
    assert_eq!(names[names.len() - 2..], ["system-out", "system-err"]);
    let suite = &all[1].1;
    for (key, value) in [("name", "doubles"), ("tests", "4"), ("failures", "2"), ("errors", "1")] {
        assert_eq!(suite[key], value, "{key}");
    }
    assert_eq!((suite["timestamp"].len(), suite["hostname"].is_empty()), (19, false));
    let cases: Vec<_> = all.iter().filter(|(name, _, _)| name == "testcase").collect();
    let cases: Vec<_> = cases.iter().map(|(_, a, _)| (a["classname"].as_str(), a["name"].as_str())).collect();
    assert_eq!(cases, [("doubles", "right"), ("doubles", "wrong"), ("doubles", "open"), ("doubles", "odd")]);
    assert!(
        all.iter().filter(|(n, ..)| n == "testcase").all(|(_, a, _)| a["time"].parse::<f64>().unwrap() > 0.0)
    );
    let problems: Vec<_> = all.iter().filter(|(name, _, _)| name == "failure" || name == "error").collect();
    let kinds: Vec<_> = problems.iter().map(|(name, a, _)| (name.as_str(), a["type"].as_str())).collect();
    assert_eq!(kinds, [("failure", "contradicted"), ("error", "undecided"), ("failure", "contradicted")]);
    assert!(problems[0].2.contains("lies wholly outside the claim equals −1 ± 0.1"), "{}", problems[0].2);
    assert!(problems[2].2.ends_with("<a & 'b'> \"c\" é"), "{}", problems[2].2);
    let property = |name: &str| {
        let mut found = all.iter().filter(|(n, a, _)| n == "property" && a["name"] == name);
        found.next().map(|(_, a, _)| a["value"].clone())
    };
    assert_eq!(property("seed").as_deref(), Some("20260401"));
    assert_eq!(property("exit_code").as_deref(), Some("1"));
    assert!(desk.digest("run").starts_with(&property("digest").unwrap()));
}

#[test]
fn json_is_that_of_the_report() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    desk.moe("run copy.toml --out run", 0);
    desk.moe("check copy.toml --out run --json out.json", 1);
    let told = std::fs::read(desk.path("out.json")).unwrap();
    assert!(told == std::fs::read(desk.path("run/report/verdicts.json")).unwrap());
    let json: serde_json::Value = serde_json::from_slice(&told).unwrap();
    let standings: Vec<_> =
        json["claims"].as_array().unwrap().iter().map(|c| c["standing"].clone()).collect();
    assert_eq!(standings, ["as expected", "contradicted", "undecided", "contradicted"]);
    for claim in json["claims"].as_array().unwrap() {
        let number = |key: &str| claim[key].as_f64().unwrap();
        assert!(number("lower") < number("estimate") && number("estimate") < number("upper"));
        let (agreement, disagreement) = (number("p_agreement"), number("p_disagreement"));
        match claim["verdict"].as_str().unwrap() {
            "agrees" => assert!(agreement <= 0.05 && disagreement > 0.5),
            "disagrees" => assert!(agreement > 0.5 && disagreement <= 0.05),
            _ => assert!(agreement > 0.05 && disagreement > 0.05),
        }
    }
}

#[test]
fn a_dash_prints_the_document_alone() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    desk.moe("run copy.toml --out run", 0);
    let said = desk.moe("check copy.toml --out run --json -", 1);
    assert_eq!(said.out, std::fs::read_to_string(desk.path("run/report/verdicts.json")).unwrap());
    assert!(!desk.path("-").exists());
}

#[test]
fn a_path_that_cannot_be_written_is_a_failure_of_the_disk() {
    let desk = Desk::with(&[("copy.toml", &text())]);
    desk.moe("run copy.toml --out run", 0);
    for flag in ["--json", "--junit"] {
        let said = desk.moe(&format!("check copy.toml --out run {flag} no/such/folder/out"), 74);
        said.complains(&["cannot write no/such/folder/out"]);
        assert!(said.out.contains("some verdict contradicts"), "the verdicts are told all the same");
    }
    let said = desk.moe("check copy.toml --out run --replications 41 --json out.json --junit out.xml", 2);
    said.complains(&["incomplete"]);
    assert!(!desk.path("out.json").exists() && !desk.path("out.xml").exists());
}

/// What is said below the table, line by line: every line is a sentence about claims by their names.
#[test]
fn the_terminal_speaks_in_sentences() {
    let said = |claims: &[String], code: i32| {
        let desk = Desk::with(&[("copy.toml", &doubles(claims))]);
        desk.moe("run copy.toml --out run", 0);
        let out = desk.moe("check copy.toml --out run", code).out;
        let lines = out.lines().skip_while(|line| !line.is_empty()).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let median = |name: &str, lines: &str| claim(name, "half", &format!("statistic = \"median\"\n{lines}"));
    let expected = "expect = \"disagree\"\nbecause = \"so it is\"";
    let right = median("right", "equals = -0.5\nmargin = 0.1");
    let open = median("open", "equals = -0.5\nmargin = 0.001");
    let guarded = median("guarded", &format!("equals = -1\nmargin = 0.1\n{expected}"));
    let lines = said(&[right.clone(), guarded.clone()], 0);
    assert_eq!(
        lines,
        [
            "- As expected: right, guarded.",
            "- Were some expectation wrong, all verdicts would be as expected with probability at most 0.0500 (each claim at \
             its own level: intersection-union).",
            "all 2 verdicts are as expected",
        ]
    );
    let wrong = median("wrong", "equals = -1\nmargin = 0.1");
    let overturned = median("overturned", &format!("equals = -0.5\nmargin = 0.1\n{expected}"));
    let lines = said(&[right, guarded, wrong, overturned, open.clone()], 1);
    assert_eq!(lines[0], "- As expected: right, guarded.");
    assert!(
        lines[1].starts_with("- Against expectation: wrong disagrees and was expected to agree ("),
        "{lines:?}"
    );
    assert!(lines[2].starts_with("- Against expectation: overturned agrees and was expected to disagree ("));
    assert!(lines[3].starts_with("- Undecided: open. Undecided is no verdict against a claim"), "{lines:?}");
    assert_eq!(
        lines[4..],
        [
            "- Were every expectation right, a contradiction would be confirmed with probability at most 0.0500 (Holm's \
             correction over 5 claims).",
            "some verdict contradicts its expectation",
        ]
    );
    // Two standard errors outside: clear for one claim, an accident among three.
    let accident = median("accident", "slower_than = -0.489");
    let right = median("right", "slower_than = -0.7");
    let lines = said(&[accident, right, median("other", "slower_than = -0.8")], 3);
    assert!(
        lines[1].starts_with(
            "- Not confirmed: accident disagrees and was expected to agree, but its adjusted p-value, 0."
        ) && lines[1].ends_with(", is above 0.05; it counts as undecided."),
        "{lines:?}"
    );
    assert_eq!(lines[3], "no contradiction is confirmed; some claims are undecided or not confirmed");
    let lines = said(&[open], 3);
    assert!(lines[0].starts_with("- Undecided: open. "), "{lines:?}");
    assert!(
        lines[1].starts_with("- Were the expectation right, a contradiction would be confirmed"),
        "{lines:?}"
    );
    assert_eq!(lines[2..], ["the claim is undecided"]);
}
