//! Flags and targets that are refused.

use super::check;
use crate::program::{DOUBLES, Desk, NEWTON};

/// A finished small run, and things that are no runs.
fn desk() -> Desk {
    let desk = Desk::with(&[("doubles.toml", DOUBLES), ("newton.toml", NEWTON), ("notes.txt", "mine")]);
    desk.moe("run doubles.toml --out run --replications 2", 0);
    std::fs::create_dir_all(desk.path("thesis")).unwrap();
    std::fs::write(desk.path("thesis/chapter.tex"), "mine").unwrap();
    desk
}

#[test]
fn a_forgotten_profile_is_suspected() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("run doubles.toml --profile smoke", 0);
    for verb in ["check", "report", "status"] {
        desk.moe(&format!("{verb} doubles.toml"), 2)
            .complains(&["there is a run of the profile smoke: --profile smoke"]);
        desk.moe(&format!("{verb} doubles.toml --profile smoke"), if verb == "check" { 3 } else { 0 });
    }
    desk.moe("run doubles.toml", 0);
    let said = desk.moe("check doubles.toml --profile smoke --seed 8", 2);
    assert!(!said.err.contains("there is a run"), "another seed is another run: {}", said.err);
}

#[test]
fn targets_that_are_not_there() {
    let desk = desk();
    for verb in ["plan", "run", "report", "check"] {
        check(
            &desk,
            &format!("{verb} nowhere.toml"),
            2,
            &["nowhere.toml", "experiment file", "folder of a run"],
        );
    }
    check(&desk, "digest nowhere", 2, &["nowhere", "there is no folder nowhere"]);
    for verb in ["report", "check"] {
        let words = ["there is no run folder nowhere", "run the experiment first"];
        check(&desk, &format!("{verb} doubles.toml --out nowhere"), 2, &words);
        let words = ["there is no run folder results", "run the experiment first"];
        check(&desk, &format!("{verb} doubles.toml"), 2, &words);
    }
    check(&desk, "run notes.txt", 2, &["notes.txt:1", "not TOML"]);
}

#[test]
fn folders_of_something_else() {
    let desk = desk();
    check(&desk, "run doubles.toml --out thesis", 2, &["thesis", "chapter.tex", "not a run folder", "--out"]);
    for verb in ["plan", "check", "report", "replay --cell exact --size 1000 --replication 0"] {
        check(&desk, &format!("{verb} doubles.toml --out thesis"), 2, &["thesis", "not a run folder"]);
        check(&desk, &format!("{verb} thesis"), 2, &["thesis", "not a run folder"]);
    }
    check(&desk, "run thesis", 2, &["thesis", "not a run folder"]);
    check(&desk, "digest thesis", 2, &["thesis", "not a run folder"]);
}

#[test]
fn an_empty_folder_is_as_good_as_none() {
    let desk = desk();
    std::fs::create_dir(desk.path("empty")).unwrap();
    for verb in ["check", "report"] {
        let words = ["there is no run folder empty", "run the experiment first"];
        check(&desk, &format!("{verb} doubles.toml --out empty"), 2, &words);
    }
    desk.moe("plan doubles.toml --out empty", 0);
    desk.moe("replay doubles.toml --cell exact --size 1000 --replication 0 --out empty", 0);
    assert_eq!(desk.files("empty").len(), 1, "neither makes anything");
    desk.moe("run doubles.toml --replications 1 --out empty", 0);
}

#[test]
fn folders_of_another_run() {
    let desk = desk();
    for verb in
        ["run", "plan", "report", "check", "replay --cell exact --size 300 --replication 0 --data data.csv"]
    {
        let words = ["another run", "experiment is 'doubles' there and 'newton' here", "--out"];
        check(&desk, &format!("{verb} newton.toml --out run"), 2, &words);
    }
    for verb in ["run", "report", "check"] {
        let words = ["another run", "master_seed is '20260401' there and '5' here"];
        check(&desk, &format!("{verb} doubles.toml --seed 5 --out run"), 2, &words);
    }
}

#[test]
fn flags_of_a_file_on_a_folder() {
    let desk = desk();
    for flag in ["--seed 5", "--profile smoke", "--out elsewhere"] {
        for verb in ["plan", "run", "report", "check"] {
            check(
                &desk,
                &format!("{verb} run {flag}"),
                2,
                &["--profile, --seed and --out go with an experiment file"],
            );
        }
    }
}

#[test]
fn flags_out_of_range() {
    let desk = desk();
    for (flags, words) in [
        ("--profile smokey", ["no profile 'smokey'", "'smoke'"]),
        ("--replications 0", ["--replications 0", "at least one"]),
        ("--replications 99999999", ["--replications 99999999", "more than"]),
        ("--replications many", ["--replications", "many"]),
        ("--seed -1", ["-1", "--seed"]),
        ("--seed 18446744073709551615", ["--seed 18446744073709551615", "at most"]),
        ("--thread 2", ["--thread", "--threads"]),
    ] {
        check(&desk, &format!("run doubles.toml {flags}"), 2, &words);
    }
    for verb in ["run", "plan", "rescore", "replay --cell exact --size 1000 --replication 0"] {
        for count in ["0", "two", "-1", "1025"] {
            let line = format!("{verb} doubles.toml --threads {count}");
            check(&desk, &line, 2, &["--threads", count, "a whole number from 1 to 1024"]);
        }
    }
    check(&desk, "ran doubles.toml", 2, &["ran", "run"]);
    check(&desk, "run", 2, &["<FILE|DIR>"]);
}

#[test]
fn a_program_is_told_of_a_failure_in_its_own_form() {
    let output = desk().command("--log json run nosuch.toml").env("RUST_LOG", "error").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    let event: serde_json::Value = serde_json::from_str(told.trim()).unwrap();
    assert_eq!(event["level"], "ERROR", "{told}");
    assert!(event["message"].as_str().unwrap().contains("nosuch.toml"), "{told}");
}

#[test]
fn replications_that_are_not_planned() {
    let desk = desk();
    for (flags, words) in [
        ("--cell exakt --size 1000 --replication 0", ["no cell 'exakt'", "there are: exact"]),
        ("--cell exact --arm haf --size 1000 --replication 0", ["--arm", "there are: half, quarter, fast"]),
        ("--cell exact --size 1001 --replication 0", ["1001 is not planned", "there are: 1000, 10000"]),
        ("--cell exact --size 1000 --replication 40", ["--replication: 40 is out of range", "0 to 39"]),
        ("--cell exact --size 1000 --replication -1", ["-1", "--replication"]),
    ] {
        check(&desk, &format!("replay doubles.toml --data data.csv {flags}"), 2, &words);
    }
    let words = ["--replication: 3 is out of range", "arm 'second' has replications 0 to 2"];
    check(&desk, "replay newton.toml --cell over --arm second --size 300 --replication 3", 2, &words);
    let words = ["no such arm runs in cell 'over'", "there are: mle, second"];
    check(&desk, "replay newton.toml --cell over --arm near --size 300 --replication 0", 2, &words);
}

/// A file where a folder is needed is a slip of the command line; what else cannot be written below a file, by anybody, the
/// administrator included, is a failure of the disk.
#[test]
fn places_that_cannot_be_written() {
    let desk = desk();
    let needed = ["notes.txt", "is a file, and a folder is needed there", "name another folder"];
    for out in ["notes.txt", "notes.txt/run"] {
        check(&desk, &format!("run doubles.toml --out {out}"), 2, &needed);
        check(&desk, &format!("export run --out {out}"), 2, &needed);
        check(&desk, &format!("man --out {out}"), 2, &needed);
    }
    check(&desk, "slurm doubles.toml --tasks 2 --scripts notes.txt", 2, &needed);
    let flags = "--cell exact --size 1000 --replication 0 --data notes.txt/data.csv";
    check(&desk, &format!("replay doubles.toml {flags}"), 74, &["notes.txt/data.csv", "cannot write"]);
    std::fs::remove_dir_all(desk.path("run/report")).unwrap();
    std::fs::write(desk.path("run/report"), "mine").unwrap();
    check(&desk, "report run", 74, &["run/report", "cannot write"]);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_to_write() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let sealed = desk.path("sealed");
    std::fs::create_dir(&sealed).unwrap();
    std::fs::set_permissions(&sealed, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(sealed.join("probe"), "").is_ok() {
        println!("skipped: no permission binds the administrator");
        return;
    }
    check(&desk, "run doubles.toml --out sealed", 74, &["sealed", "cannot"]);
    check(&desk, "run doubles.toml --out sealed/run", 74, &["sealed/run", "cannot create the folder"]);
}

#[test]
fn an_experiment_file_is_not_written_over() {
    let desk = desk();
    for flag in ["--json", "--junit"] {
        let words = [flag, "this is the experiment file itself"];
        check(&desk, &format!("check doubles.toml --out run {flag} ./doubles.toml"), 2, &words);
    }
}

#[test]
fn a_figure_replaces_no_data_but_those_of_figures() {
    let desk = desk();
    std::fs::write(desk.path("mine.csv"), "n,loss\n1,2\n").unwrap();
    check(&desk, "figure run --out mine.png", 2, &["mine.csv", "holds no data of a figure"]);
}
