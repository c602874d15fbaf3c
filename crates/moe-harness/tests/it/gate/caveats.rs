//! What weakens a verdict stands beside it, wherever it is told: fits at the box, ill-conditioned truths; and what
//! *undecided* means.

use super::{claim, doubles};
use crate::program::{Desk, NEWTON, edited};

/// One claim on doubles of which every parameter moves.
fn median(margin: f64) -> String {
    doubles(&[claim("c", "half", &format!("statistic = \"median\"\nequals = -0.5\nmargin = {margin}"))])
}

/// Everything that a run tells of its verdicts: `run`, `check`, the reports, JSON.
fn told(text: &str) -> Vec<(&'static str, String)> {
    let desk = Desk::with(&[("copy.toml", text)]);
    let run = desk.moe("run copy.toml --out run", 0).out;
    let check =
        String::from_utf8(desk.command("check copy.toml --out run").output().unwrap().stdout).unwrap();
    let file = |name: &str| std::fs::read_to_string(desk.path("run/report").join(name)).unwrap();
    let files = ["report.md", "report.html", "tables.tex", "verdicts.json"].map(|name| (name, file(name)));
    [("run", run), ("check", check)].into_iter().chain(files).collect()
}

/// The short words stand in every table of claims, and the sentence beside every reason; or neither does anywhere.
#[track_caller]
fn everywhere(text: &str, short: &str, sentence: &str, wanted: bool) {
    for (place, said) in told(text) {
        let (said, all) = (said.replace("\\%", "%"), !wanted);
        if all || place != "verdicts.json" {
            assert_eq!(said.contains(short), wanted, "{short:?} in {place}\n{said}");
        }
        if all || !["run", "tables.tex"].contains(&place) {
            assert_eq!(said.contains(sentence), wanted, "{sentence:?} in {place}\n{said}");
        }
    }
}

#[test]
fn fits_at_the_box_stand_beside_the_verdict() {
    // The truth has coordinates of 4: most of its perturbations would leave this box.
    let tight = edited(&median(0.3), "box = 10.0", "box = 4.0");
    let (short, sentence) =
        ("agrees; up to 95 % of fits at the box", "fits of half in exact ended at the box");
    everywhere(&tight, short, sentence, true);
    everywhere(&median(0.3), "of fits at the box", "ended at the box", false);
}

/// The share is told size by size, as it changes with n; under other claims on the same fits stands where to find it.
#[test]
fn fits_at_the_box_are_told_once_and_by_size() {
    let lines = |statistic: &str| format!("statistic = \"{statistic}\"\nequals = -0.5\nmargin = 0.3");
    let claims = ["median", "mean"].map(|s| claim(&format!("of-{s}"), "half", &lines(s)));
    let tight = edited(&doubles(&claims), "box = 10.0", "box = 4.0");
    let desk = Desk::with(&[("copy.toml", &tight)]);
    desk.moe("run copy.toml --out run", 0);
    let at_box = |size: u64| {
        let records = desk.records("run");
        let of_size = records.iter().filter(|r| &*r.arm_name == "half" && r.key.size == size);
        let fits: Vec<_> = of_size.filter_map(|r| r.fit.as_ref()).collect();
        100.0 * fits.iter().filter(|f| f.at_box.contains('1')).count() as f64 / fits.len() as f64
    };
    let shares = [1_000, 10_000, 100_000, 1_000_000].map(at_box);
    let told = shares.map(|share| format!("{share:.0}")).join(", ");
    let most = shares.into_iter().fold(0.0, f64::max);
    let report = std::fs::read_to_string(desk.path("run/report/report.md")).unwrap();
    assert!(report.contains(&format!("(size by size, from 10^3 on: {told} %), which is then")), "{report}");
    assert_eq!(report.matches("another box may give another slope").count(), 1, "{report}");
    assert!(
        report.contains(&format!("  - up to {most:.0} % of fits at the box: see **of-median**")),
        "{report}"
    );
}

#[test]
fn fits_that_failed_or_are_not_certified_stand_beside_the_verdict() {
    let judged = |arm: &str| {
        let claim = "quantity = \"d1\"\nstatistic = \"median\"\nequals = -0.5\nmargin = 0.3\nlevel = 0.9\nsource = \"own test\"";
        format!("{NEWTON}\n[[claim]]\nname = \"c\"\ncell = \"exact\"\narm = \"{arm}\"\n{claim}\n")
    };
    // One step: starts near the truth end above it, those of a search below.
    let capped = |arm| judged(arm).replace("iterations = 100", "iterations = 1");
    everywhere(&capped("mle"), "11 of 12 fits failed", "11 of 12 fits of mle in exact failed", true);
    everywhere(&capped("mle"), "11 of 12 fits failed", moe_harness::report::MENDS, true);
    // An arm that ends early on purpose is given no advice.
    let early = "name = \"mle\"\nestimator = \"em\"\nstarts = { kind = \"random\", count = 1, stream = 0 }\n\
                 stop = { iterations = 2 }\ncertify = { score = 1e-9, gain = 1e-9 }\n";
    let before = NEWTON.split_once("[[arm]]").unwrap().0;
    let early =
        format!("{before}[[arm]]\n{early}\n[[claim]]{}", judged("mle").split_once("[[claim]]").unwrap().1);
    everywhere(&early, "of 12 fits failed", "one such fit can decide a mean", true);
    everywhere(&early, "more starts", "more starts", false);
    let (short, sentence) =
        ("100 % of fits not certified", "12 of 12 fits of near in exact are not certified");
    everywhere(&capped("near"), short, sentence, true);
    everywhere(&judged("mle"), "fits failed", "in exact failed", false);
}

#[test]
fn an_ill_conditioned_truth_stands_beside_the_verdict() {
    let ill = edited(&median(0.3), "[[-0.5, 2.0, -4.0]]", "[[0.5, 0.0, 3.9]]");
    everywhere(
        &ill,
        "agrees; ill-conditioned truth",
        "the condition number of its Fisher information is 942667",
        true,
    );
    everywhere(&median(0.3), "ill-conditioned truth", "ill-conditioned", false);
}

#[test]
fn undecided_says_what_it_means_and_how_many_replications_would_do() {
    let said = |margin: f64| told(&median(margin))[1].1.clone();
    let open = said(0.01);
    assert!(
        open.contains("Undecided is no verdict against a claim") && open.contains("moe plan --pilot"),
        "{open}"
    );
    let needed = open.split("; some ").nth(1).unwrap().split(' ').next().unwrap();
    // The interval has a standard error of some 0.0093 with 40 replications, where 0.01 / (1.645 + 1.645) is asked for.
    assert!((300..=450).contains(&needed.parse::<u64>().unwrap()), "{open}");
    assert!(!said(0.3).contains("Undecided is"), "a verdict needs no such words");
}

#[test]
fn the_terminal_shows_no_marks_of_markdown() {
    let told = told(&median(0.3));
    assert!(told[1].1.contains("\n- c: the interval") && !told[1].1.contains("**"), "{}", told[1].1);
    assert!(told[2].1.contains("- **c**: the interval"), "{}", told[2].1);
}
