//! Rivals and planned intervals: what is refused when the file is read, and what is left undecided in small profiles.

use super::{claim, doubles};
use crate::program::{Desk, edited, loaded};

/// The doubles with one claim whose rival needs more replications than the smoke profile has.
fn text(spread: f64) -> String {
    let lines =
        format!("statistic = \"median\"\nequals = -0.5\nmargin = 0.1\nrivals = [-0.25]\nspread = {spread}");
    doubles(&[claim("half-or-quarter", "half", &lines)])
}

/// Four sizes from 10^3 to 10^6 have Σ c² = 1/Σ (ln n − mean)² = 0.0377; the smoke profile's two have 2/6.9² = 0.0419.
#[test]
fn a_file_that_cannot_decide_is_refused_with_what_would() {
    let desk = Desk::with(&[("copy.toml", &text(2.0))]);
    // 0.1/(1.645 + 1.645) = 0.0304 is the most; 2 · √(0.0377/40) = 0.0614.
    for verb in ["plan", "run", "check"] {
        let said = desk.moe(&format!("{verb} copy.toml --profile smoke --out run"), 2);
        said.complains(&[
            "claim 'half-or-quarter' is planned too small",
            "is 0.0614, and 0.0304 is the most",
        ]);
        said.complains(&["164 replications would do", "agree when the slope is -0.5"]);
    }
    let enough = edited(&text(2.0), "replications = 40", "replications = 164");
    assert_eq!(loaded(&enough).experiment.claims[0].too_small, None);
    let short = edited(&text(2.0), "replications = 40", "replications = 163");
    Desk::with(&[("copy.toml", &short)]).moe("plan copy.toml", 2).complains(&["164 replications would do"]);
}

#[test]
fn smaller_profiles_say_so_and_are_undecided() {
    let desk = Desk::with(&[("copy.toml", &text(0.9))]);
    let said = desk.moe("plan copy.toml --profile smoke", 0);
    let words = "claim half-or-quarter will be undecided: planned too small to decide: with 24 replications at 2 sizes";
    assert!(said.out.contains(words), "{}", said.out);
    assert!(!desk.moe("plan copy.toml", 0).out.contains("will be undecided"));
    desk.moe("run copy.toml --profile smoke --out run", 0);
    for what in ["copy.toml --profile smoke --out run", "run"] {
        let said = desk.moe(&format!("check {what}"), 3);
        assert!(said.out.contains("planned too small to decide"), "{}", said.out);
        assert!(said.out.contains("37 replications would do"), "{}", said.out);
    }
    // The same folder, grown to the size that the file plans.
    desk.moe("run copy.toml --out full", 0);
    desk.moe("check copy.toml --out full", 0);
    desk.moe("run copy.toml --out full --replications 24", 0);
    desk.moe("check copy.toml --out full --replications 24", 3);
}
