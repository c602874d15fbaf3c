//! Arms side by side, and the slopes that are stated of them.

use moe_harness::record::Status;

use super::{PANEL, doubles, read, texts};
use crate::program::{DOUBLES, Desk, NEWTON, edited};

/// A choice that leaves nothing to compare is said to be the reason, with what there is.
#[test]
fn one_arm_is_not_side_by_side() {
    let desk = doubles();
    let refused = |flags: &str| desk.moe(&format!("figure run --kind stopping {flags} --out f.svg"), 2).err;
    let one = refused("--arm half");
    assert!(one.contains("--arm half: this kind of figure holds arms side by side"), "{one}");
    assert!(
        one.contains("name two or more") && one.contains("there are: half, quarter, fast in exact"),
        "{one}"
    );
    assert!(!one.contains("no panel"), "{one}");
    assert!(refused("--arm haf").contains("there is no arm 'haf'"));
    desk.moe("figure run --kind stopping --arm half,fast --out f.svg", 0);
    let cell = DOUBLES.split("[[cell]]").nth(1).unwrap().split("[[arm]]").next().unwrap();
    let twin = edited(&edited(cell, "\"exact\"\ntitle", "\"twin\"\ntitle"), "box = 10.0", "box = 12.0");
    let desk = Desk::with(&[("twins.toml", &format!("{DOUBLES}\n[[cell]]{twin}{PANEL}"))]);
    desk.moe("run twins.toml --out run --replications 2", 0);
    let said = desk.moe("figure run --kind stopping --cell twin --out f.svg", 2);
    said.complains(&["--cell twin: no panel shows it fitted by several arms; there are: exact"]);
    std::fs::write(desk.path("bare.toml"), DOUBLES).unwrap();
    desk.moe("run bare.toml --out bare --replications 2", 0);
    let said = desk.moe("figure bare --kind stopping --arm half --out f.svg", 2);
    said.complains(&["no panel shows a cell that several arms fit"]);
}

/// A panel with the curves of two arms, `half` and `quarter`, and what more each says.
fn both(half: &str, quarter: &str) -> String {
    let curve = |arm: &str, more: &str| {
        format!(
            "  {{ cell = \"exact\", arm = \"{arm}\", quantity = \"d1\", statistic = \"median\"{more} }},\n"
        )
    };
    format!(
        "\n[[panel]]\ntitle = \"both\"\ncurve = [\n{}{}]\n",
        curve("half", half),
        curve("quarter", quarter)
    )
}

/// A claim on the arm `half` of the same series.
fn claim(name: &str, equals: f64, more: &str) -> String {
    format!(
        "\n[[claim]]\nname = \"{name}\"\ncell = \"exact\"\narm = \"half\"\nquantity = \"d1\"\nstatistic = \"median\"\n\
         equals = {equals}\nmargin = 0.1\nlevel = 0.9\nsource = \"own test\"\n{more}"
    )
}

/// The stopping figure of the doubles with these panels and claims: its texts, its drawing, and the stated slopes of the
/// arms half, quarter and fast.
fn stopping(more: &str) -> (String, String, Vec<String>) {
    let own = DOUBLES.split("\n[[claim]]").next().unwrap();
    let desk = Desk::with(&[("doubles.toml", &format!("{own}{more}"))]);
    desk.moe("run doubles.toml --out run", 0);
    desk.moe("figure run --kind stopping --width single --out f.svg", 0);
    let (svg, data) = (read(&desk, "f.svg"), read(&desk, "f.csv"));
    let slopes = data.lines().filter(|l| l.contains(",slope,"));
    (texts(&svg), svg, slopes.map(|l| l.rsplit(',').next().unwrap().to_owned()).collect())
}

/// The only slope that is stated of a series is drawn for all arms, whichever it is stated for, by a panel or a claim; else
/// the chart says that there is none.
#[test]
fn stated_slopes_are_drawn_or_said_to_be_missing() {
    let refuted = "expect = \"disagree\"\nbecause = \"it is a conjecture\"\n";
    for (more, stated, title) in [
        (both("", ", theory = -0.25"), "-0.25", ""),
        (both("", "") + &claim("a", -0.5, ""), "-0.5", ""),
        (both("", "") + &claim("a", -0.5, "") + &claim("b", -0.1, refuted), "-0.5", ""),
        (both("", "") + &claim("a", -0.25, "") + &claim("b", -0.5, ""), "", "no single one is stated"),
        (both("", "") + &claim("a", -0.1, refuted), "", "none is stated"),
        (both("", ""), "", "none is stated"),
    ] {
        let (said, _, slopes) = stopping(&more);
        assert_eq!(slopes, [stated; 3], "{more}");
        assert_eq!(said.contains("slope that panels state"), title.is_empty(), "{said}");
        assert!(!said.contains("for the arm of this row alone"), "{said}");
        for words in ["no single one is stated", "none is stated"] {
            assert_eq!(said.contains(&format!("slope: {words}")), words == title, "{said}");
        }
    }
}

/// Slopes that are stated of several arms are drawn each in the row and the colour of its arm.
#[test]
fn every_arm_has_the_slope_that_is_stated_of_it() {
    let mixed = both("", ", theory = -0.25") + &claim("a", -0.5, "");
    for more in [both(", theory = -0.5", ", theory = -0.25"), mixed] {
        let (said, svg, slopes) = stopping(&more);
        assert_eq!(slopes, ["-0.5", "-0.25", ""], "none is stated of the third, and two of the series");
        assert!(said.contains("for the arm of this row alone"), "{said}");
        assert!(!said.contains("is stated"), "{said}");
        let upright = |colour: &str| {
            let lines = svg
                .lines()
                .filter(|l| l.starts_with("<path ") && l.contains(&format!("stroke=\"{colour}\"")));
            let ends = lines.filter_map(|l| l.split("d=\"M").nth(1)?.split('"').next()?.split_once('L'));
            let across = |point: &str| point.split(' ').next().unwrap().to_owned();
            ends.filter(|(a, b)| !b.contains('L') && across(a) == across(b)).count()
        };
        assert_eq!(["#0072b2", "#d55e00", "#009e73"].map(upright), [1, 1, 0]);
    }
}

/// What became of the fits stands below, arm by arm, as in the figure of the panels: shares that are certified and at the
/// box, and what was given the truth.
#[test]
fn arms_say_what_became_of_their_fits() {
    let capped = edited(
        NEWTON,
        "count = 2, radius = 0.1 }\nstop = { score = 1e-9, gain = 1e-10, iterations = 100 }",
        "count = 2, radius = 0.1 }\nstop = { score = 1e-9, gain = 1e-10, iterations = 1 }",
    );
    let narrow = edited(&capped, "fitted = 2\nbox = 10.0", "fitted = 2\nbox = 4.5");
    let desk = Desk::with(&[("newton.toml", &format!("{narrow}{}", PANEL.replace("half", "mle")))]);
    desk.moe("run newton.toml --out run", 0);
    desk.moe("figure run --kind stopping --out f.svg", 0);
    desk.moe("figure run --kind rates --out rates.svg", 0);
    let (said, rates) = (texts(&read(&desk, "f.svg")), texts(&read(&desk, "rates.svg")));
    let records = desk.records("run");
    for arm in ["mle", "near"] {
        let rows: Vec<_> =
            records.iter().filter(|r| &*r.cell_name == "exact" && &*r.arm_name == arm).collect();
        let share = |part: usize| format!("{:.1} %", 100.0 * part as f64 / rows.len() as f64);
        let certified = rows.iter().filter(|r| r.status == Status::Certified).count();
        let at_box = rows.iter().filter_map(|r| r.fit.as_ref()).filter(|f| f.at_box.contains('1')).count();
        let given = if arm == "near" { "given the truth; " } else { "" };
        let at_box = if at_box > 0 { format!("; {} at the box", share(at_box)) } else { String::new() };
        let note = format!("{given}{} of {} fits certified{at_box}", share(certified), rows.len());
        assert!(said.contains(&format!("exact, {arm}: {note}")), "{note}\n{said}");
        assert!(arm == "near" || (rates.contains(&note) && note.contains("at the box")), "{note}\n{rates}");
    }
    let said = stopping(&both("", "")).0;
    for arm in ["half", "quarter", "fast"] {
        assert_eq!(said.matches(&format!("exact, {arm}: given the truth; 100.0 % of")).count(), 1, "{said}");
    }
    assert!(!said.contains("at the box"), "{said}");
}
