//! Plans that do not fit memory or disk are refused before they begin, with the numbers; what is predicted is what comes.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use moe_harness::experiment::Cell;
use moe_harness::plan::{self, Plan};
use moe_harness::room::{Limits, Need, can_be_planned};

use crate::program::{DOUBLES, Desk, NEWTON, edited, loaded, on_the_square};

/// What the parts of a run folder take on a disk of pages.
fn on_disk(desk: &Desk) -> u64 {
    let tables = ["run/rows", "run/starts", "run/cells"].map(|table| desk.files(table));
    let files = tables.iter().flat_map(|files| files.keys()).filter(|path| path.is_file());
    files.map(|path| fs::metadata(path).unwrap().len().next_multiple_of(4096)).sum()
}

#[test]
fn what_is_predicted_for_the_disk_is_what_the_parts_take() {
    // Few and many rows to a part; no starts and many.
    for (text, flags, block) in [(DOUBLES, "--block 5", 5), (NEWTON, "", 50)] {
        let experiment = loaded(text).experiment;
        let need = Need::new(&experiment, &Plan::new(&experiment), 1, block);
        let desk = Desk::with(&[("copy.toml", text)]);
        desk.moe(&format!("run copy.toml --out run {flags}"), 0);
        let taken = on_disk(&desk);
        assert!(taken <= need.disk && need.disk <= 2 * taken, "{} predicted, {taken} taken", need.disk);
    }
}

/// The largest memory of `moe` with these arguments, as the system saw it.
#[cfg(target_os = "linux")]
fn peak(desk: &Desk, arguments: &str) -> u64 {
    let mut child = desk.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(child.wait().unwrap().success());
    peak
}

/// What a process takes besides does not grow with n, so two sizes tell what a row takes.
#[cfg(target_os = "linux")]
#[test]
fn what_is_predicted_for_the_data_is_what_they_take() {
    let square = on_the_square(NEWTON);
    let mapped = square.replace("gate_map = \"identity\"", "gate_map = \"sin(3)\"");
    let (cells, _) = square.split_once("[[arm]]").unwrap();
    let em = format!("{cells}{EM}");
    for text in [&square, &mapped, &em] {
        let experiment = loaded(text).experiment;
        let desk = Desk::with(&[]);
        let taken_with = |size: u64| {
            let text = edited(text, "sizes = [300, 3000]", &format!("sizes = [300, {size}]"));
            fs::write(desk.path("large.toml"), text).unwrap();
            peak(&desk, &format!("run large.toml --replications 1 --threads 1 --out run-{size}"))
        };
        let predicted_for = |size: u64| {
            let of = |cell: &Cell| plan::memory(cell, &experiment.arms[0], size);
            experiment.cells.iter().map(of).max().unwrap()
        };
        let taken = taken_with(400_000).saturating_sub(taken_with(100_000));
        let predicted = predicted_for(400_000) - predicted_for(100_000);
        assert!(taken < predicted && predicted < 2 * taken, "{predicted} predicted, {taken} taken");
    }
}

/// An arm that keeps something of every row.
#[cfg(target_os = "linux")]
const EM: &str = r#"
[[arm]]
name = "em"
estimator = "em"
starts = { kind = "near-truth", count = 1, radius = 0.25 }
stop = { relative_likelihood = 1e-6, iterations = 50 }
certify = { score = 1e-9, gain = 1e-9 }
"#;

#[test]
fn each_limit_is_held_against_its_need_and_told_with_both_numbers() {
    let experiment = loaded(NEWTON).experiment;
    let plan = Plan::new(&experiment);
    let need = Need::new(&experiment, &plan, 4, 50);
    let of = |cell: &Cell| plan::memory(cell, &experiment.arms[0], 3000);
    assert_eq!(Some(need.data), experiment.cells.iter().map(|cell| 4 * of(cell)).max());
    need.fits(&Limits::default()).unwrap();
    need.fits(&Limits { memory: Some(2 * need.memory()), disk: Some(need.disk) }).unwrap();
    let short = |limits: Limits| need.fits(&limits).unwrap_err();
    let disk = short(Limits { memory: None, disk: Some(need.disk / 2) });
    assert!(disk.contains("on the disk") && disk.contains("--out") && !disk.contains("memory"), "{disk}");
    let memory = short(Limits { memory: Some(1000), disk: None });
    assert!(memory.contains("report of all rows") && memory.contains("1.0 kB are free"), "{memory}");
    assert!(memory.contains("fewer --threads"), "{memory}");
    // What is there already takes no more disk.
    let half = Plan { items: plan.items[..plan.items.len() / 2].to_vec() };
    let less = Need::new(&experiment, &half, 4, 50);
    assert!(less.disk < need.disk && less.rows == need.rows);
}

#[test]
fn a_plan_that_cannot_even_be_counted_is_refused_by_every_verb() {
    let sizes = "{ from = 1000, to = 1_000_000_000, count = 1000 }";
    let text = edited(DOUBLES, "{ from = 1000, to = 1_000_000, count = 4 }", sizes);
    let desk = Desk::with(&[("endless.toml", &text)]);
    for verb in ["plan", "run", "status", "slurm --tasks 3", "check", "report"] {
        let said = desk.moe(&format!("{verb} endless.toml --replications 10000000"), 2);
        said.complains(&["does not fit: 30000000000 replications", "TB", "are free", "fewer replications"]);
    }
    assert_eq!(desk.files("").len(), 2, "nothing was written");
    let experiment = loaded(DOUBLES).experiment;
    assert_eq!(plan::count(&experiment), Plan::new(&experiment).items.len() as u64);
    can_be_planned(&experiment, Some(1 << 20)).unwrap();
    can_be_planned(&experiment, None).unwrap();
    assert!(can_be_planned(&experiment, Some(1 << 10)).unwrap_err().contains("480 replications"));
}

#[test]
fn plan_and_run_refuse_the_same() {
    // Observations under a continuous law are rows of their own: on a thousand threads they fit nowhere.
    let desk = Desk::with(&[("big.toml", &edited(NEWTON, "points = [11, 11]", ""))]);
    let text = fs::read_to_string(desk.path("big.toml")).unwrap();
    let text =
        edited(&edited(&text, "\"grid\"\nlower", "\"uniform\"\nlower"), "[300, 3000]", "[300, 200_000_000]");
    fs::write(desk.path("big.toml"), text).unwrap();
    for verb in ["plan", "run"] {
        let said = desk.moe(&format!("{verb} big.toml --threads 1024 --out run"), 2);
        said.complains(&["the plan does not fit", "TB of memory", "are free", "fewer --threads"]);
    }
    assert!(!desk.path("run").exists());
    let said = desk.moe("plan big.toml --threads 1024 --out run", 2).out;
    assert!(said.contains("TB of memory for data and rows (") && said.contains("on the disk ("), "{said}");
}
