//! Help that teaches.

use crate::program::Desk;

/// The help of a verb says these things.
#[track_caller]
fn check(verb: &str, words: &[&str]) {
    let desk = Desk::with(&[]);
    let help = desk.moe(&format!("{verb} --help"), 0).out;
    let line = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(line.contains(word), "{word:?} is not in\n{help}");
    }
    assert!(desk.files("").len() == 1, "help writes nothing");
}

#[test]
fn every_verb_has_help() {
    let shared = ["<FILE|DIR>", "--profile <NAME>", "--seed <S>", "--replications <R>", "--out <DIR>"];
    for verb in ["plan", "run", "report", "check", "replay"] {
        check(verb, &shared);
    }
    check("", &["plan", "run", "report", "check", "replay", "digest", "exhibit"]);
    check("figure", &["<DIR|FILE>", "--kind <KIND>", "--out <FILE>", "--width <WIDTH>"]);
    check("watch", &["--once", "It reads only"]);
    check("run", &["--log <STYLE>", "RUST_LOG"]);
    check("exhibit", &["[NAME]...", "--json", "vanishing-expert", "Le Cam"]);
    check("digest", &["<DIR>", "to the last bit"]);
    check("plan", &["cost", "conditioning", "--threads <N>"]);
    check("report", &["Nothing is refitted"]);
    check("replay", &["--trace", "--data <FILE>", "columns x1, …, xd, y, count"]);
}

#[test]
fn exit_codes_are_told_where_they_say_something() {
    check("run", &["Exit codes: 0 every planned", "2 bad input", "74", "130 stopped by Ctrl-C", "143", "75"]);
    check(
        "check",
        &["0 every verdict is as expected", "1 some verdict contradicts", "2 bad input", "3 none", "74"],
    );
    check("replay", &["Exit codes: 0 done, 1 the bits differ", "2 bad input", "74"]);
}
