//! `moe slurm`: its scripts, run by hand as Slurm would. A real Slurm runs them in `.ci/slurm`.

#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{DOUBLES, Desk};

/// A script of the folder as Slurm would start it, with a `scontrol` that notes what it is asked.
fn job(desk: &Desk, script: &str, task: u32) -> Command {
    let bin = desk.path("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("scontrol"), format!("#!/bin/sh\necho \"$@\" >>'{}'\n", desk.path("asked").display()))
        .unwrap();
    fs::set_permissions(bin.join("scontrol"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("bash");
    command.arg(desk.path("scripts").join(script)).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("SLURM_ARRAY_TASK_ID", task.to_string()).env("SLURM_ARRAY_JOB_ID", "42");
    command.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()));
    command
}

#[test]
fn the_tasks_of_the_array_make_the_whole_and_the_report_job_checks_it() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let flags = "--tasks 3 --time 00:30:00 --partition long --memory 2G --cpus 2 --out run --scripts scripts";
    let said = desk.moe(&format!("slurm doubles.toml {flags}"), 0).out;
    assert!(said.contains("3 tasks; the longest is predicted") && said.contains("submit.sh"), "{said}");
    let array = fs::read_to_string(desk.path("scripts/array.sbatch")).unwrap();
    for line in [
        "#SBATCH --array=1-3",
        "#SBATCH --time=00:30:00",
        "#SBATCH --partition=long",
        "#SBATCH --mem=2G",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --requeue",
        "#SBATCH --signal=B:USR1@60",
    ] {
        assert!(array.lines().any(|l| l == line), "{line} is not in\n{array}");
    }
    assert_eq!(job(&desk, "report.sbatch", 0).status().unwrap().code(), Some(2), "nothing was run yet");
    for task in [2, 1, 3] {
        assert_eq!(job(&desk, "array.sbatch", task).status().unwrap().code(), Some(0));
    }
    assert_eq!(job(&desk, "report.sbatch", 0).status().unwrap().code(), Some(0));
    desk.moe("run doubles.toml --out whole", 0);
    assert_eq!(desk.digest("run"), desk.digest("whole"));
    assert!(!desk.path("asked").exists(), "no task had to be queued again");
}

#[test]
fn a_time_limit_queues_the_task_again_and_loses_nothing() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("slurm doubles.toml --replications 2000 --tasks 1 --out run --scripts scripts", 0);
    let mut child = job(&desk, "array.sbatch", 1).spawn().unwrap();
    let clock = Instant::now();
    let files = || fs::read_dir(desk.path("run/rows")).map_or(0, |entries| entries.count());
    while files() < 3 {
        assert!(clock.elapsed() < Duration::from_secs(120) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-USR1", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(75));
    assert_eq!(fs::read_to_string(desk.path("asked")).unwrap(), "requeue 42_1\n");
    let kept = desk.records("run").len();
    assert!((100..24_000).contains(&kept), "{kept} rows are kept");
    assert_eq!(desk.files("run/claims").len(), 1);
}

#[test]
fn what_cannot_stand_in_a_script_is_refused() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    for (folder, shown) in [
        ("a\nb", "a\\nb"),
        ("a\"b", "a\\\"b"),
        ("job%a", "job%a"),
        ("$(x)", "$(x)"),
        ("\u{1b}[2J", "\\u{1b}"),
    ] {
        let mut command = desk.command("slurm doubles.toml --tasks 2 --scripts");
        let output = command.arg(folder).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{folder:?}: {said}");
        assert!(said.contains(shown) && said.contains("cannot stand in a script"), "{said}");
    }
    let not_text = std::ffi::OsStr::from_bytes(b"run\xff");
    let output = desk.command("slurm doubles.toml --tasks 2 --out").arg(not_text).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    for flags in
        ["--time 1;rm", "--partition a\tb", "--memory $(x)", "--tasks 0", "--tasks 100001", "--cpus 0"]
    {
        desk.moe(&format!("slurm doubles.toml --tasks 2 {flags}"), 2);
    }
    desk.moe("run doubles.toml --replications 1 --out run", 0);
    desk.moe("slurm run --tasks 2", 2).complains(&["give the experiment file"]);
    assert!(!desk.path("slurm-doubles").exists(), "nothing was written");
}
