//! Names that would lead out of the run folder, or that no file system has.

use std::ffi::OsStr;
use std::fs;

use crate::program::{DOUBLES, Desk, edited};

const NAMES: [&str; 8] = ["../x", "/etc/passwd", "a/b", "..", "a\\u0000b", "a\\u001b[2J", "C:x", "x\\n"];

#[test]
fn names_of_a_file_that_lead_elsewhere_are_refused_and_write_nothing() {
    let long = "x".repeat(5000);
    for name in NAMES.iter().copied().chain(["", &long]) {
        for (what, text) in [
            ("name", edited(DOUBLES, "name = \"doubles\"", &format!("name = \"{name}\""))),
            ("cell", DOUBLES.replace("\"exact\"", &format!("\"{name}\""))),
            ("arm", DOUBLES.replace("\"half\"", &format!("\"{name}\""))),
            ("profile", edited(DOUBLES, "[profile.smoke]", &format!("[profile.\"{name}\"]"))),
        ] {
            let desk = Desk::with(&[("hostile.toml", &text)]);
            for verb in ["plan", "run"] {
                let said = desk.moe(&format!("{verb} hostile.toml"), 2);
                assert!(
                    said.err.contains("hostile.toml:") && !said.err.contains('\u{1b}'),
                    "{what} {name:?}: {}",
                    said.err
                );
            }
            assert_eq!(desk.files("").len(), 2, "{what} {name:?}");
        }
    }
}

#[test]
fn names_on_the_command_line_choose_nothing_outside() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    for name in ["../x", "/etc/passwd", "..", "\u{1b}[2J", &"x".repeat(5000)] {
        for flag in ["--profile", "--cell", "--arm"] {
            let mut command = desk.command("replay doubles.toml --size 1000 --replication 0");
            if flag != "--cell" {
                command.args(["--cell", "exact"]);
            }
            let output = command.args([flag, name]).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{flag} {name}: {said}");
            assert!(!said.contains("panicked"), "{said}");
        }
    }
    assert_eq!(desk.files("").len(), 2);
}

/// Paths are the user's to choose: any that the system takes works, any that it does not is a message.
#[cfg(unix)]
#[test]
fn paths_of_any_bytes_work_or_are_refused() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let file = OsStr::from_bytes(b"f\xff\n.toml");
    fs::copy(desk.path("doubles.toml"), desk.path("").join(file)).unwrap();
    let folder = OsStr::from_bytes(b"run \xfe'\"$(x)");
    let run = |out: &OsStr| {
        let mut command = desk.command("run --replications 2");
        command.arg(file).arg("--out").arg(out).output().unwrap()
    };
    assert!(run(folder).status.success());
    for verb in ["report", "check", "status", "rescore", "digest", "plan"] {
        let output = desk.command(verb).arg(folder).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{verb}: {said}");
    }
    let long = "y".repeat(300);
    let output = run(OsStr::new(&long));
    assert_eq!(output.status.code(), Some(74), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stderr).contains("too long"));
}
