//! Text from a file in every report: shown as what it is, never as markup.

use std::fs;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::program::{DOUBLES, Desk, edited};

const HOSTILE: &str = "<script>alert(1)</script> a|b & [x](http://e.vil) \"q\" ]]> 'é' %s";

fn file() -> String {
    let quoted = HOSTILE.replace('"', "\\\"");
    let titled = DOUBLES.lines().map(|line| match line.split_once(" = ") {
        Some((key @ ("title" | "question" | "source"), _)) => format!("{key} = \"{quoted}\"\n"),
        _ => format!("{line}\n"),
    });
    let text: String = titled.collect();
    let source = text.matches("<script>").count();
    assert!(source > 5, "{source} hostile texts");
    text
}

/// Well-formed, and without an element that nobody meant.
fn check_xml(text: &str) {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return,
            Event::Start(tag) | Event::Empty(tag) => assert_ne!(tag.name().as_ref(), "script"),
            _ => {}
        }
    }
}

#[test]
fn text_of_a_file_is_escaped_in_every_report() {
    let desk = Desk::with(&[("hostile.toml", &file())]);
    desk.moe("run hostile.toml --out run", 0);
    desk.moe("check hostile.toml --out run --json v.json --junit v.xml", 0);
    let read = |name: &str| fs::read_to_string(desk.path(name)).unwrap();
    let report = read("run/report/report.md");
    assert!(!report.contains(" <script") && !report.contains("# <script") && report.contains("\\<script"));
    let unescaped = report.replace("\\](http", "").replace("]\\(http", "");
    assert!(!unescaped.contains("](http") && unescaped.len() < report.len(), "a link is no link");
    let lines = report.lines().filter(|line| line.starts_with('|'));
    assert!(lines.filter(|l| l.contains("script")).all(|l| l.contains("a\\|b") && !l.contains(" a|b")));
    for xml in ["v.xml", "run/report/figure.svg", "run/report/slopes.svg"] {
        check_xml(&read(xml));
    }
    let json: serde_json::Value = serde_json::from_str(&read("v.json")).unwrap();
    assert!(json["claims"].as_array().is_some_and(|claims| !claims.is_empty()));
    assert!(read("v.xml").contains("&lt;script&gt;"), "it is there, as text");
    for table in ["summary.csv", "rates.csv", "figure.csv", "slopes.csv"] {
        let text = read(&format!("run/report/{table}"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert!(reader.records().all(|record| record.is_ok()), "{table} is no table");
    }
}

#[test]
fn control_characters_are_refused_where_text_is_printed() {
    for (spelt, shown) in
        [("\\u001b[31m", "U+001B"), ("\\u0000", "U+0000"), ("a\\rb", "U+000D"), ("\\u009b", "U+009B")]
    {
        let text = edited(DOUBLES, "title = \"", &format!("title = \"{spelt}"));
        let desk = Desk::with(&[("hostile.toml", &text)]);
        let said = desk.moe("plan hostile.toml", 2);
        said.complains(&["`title` holds a control character", shown, "hostile.toml:"]);
        assert!(!said.err.contains('\u{1b}') && !said.err.contains('\0'), "{:?}", said.err);
    }
    let desk = Desk::with(&[("data.csv", "x,y\n1,a\n2,\u{1b}[31mb\n")]);
    desk.moe("fit data.csv --label y --experts 1", 2)
        .complains(&["line 3 holds a control character, U+001B"]);
}
