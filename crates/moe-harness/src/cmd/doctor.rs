//! `moe doctor`: what this machine gives the program, and whether a run would find what it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use serde_json::{Value, json};

use super::Failure;
use crate::room::{Limits, bytes};
use crate::version;

/// Below this many bytes of free disk a run is likely to fail.
const LITTLE_DISK: u64 = 1 << 30;
/// Below this many bytes of free memory an ordinary fit on all cores is likely to fail.
const LITTLE_MEMORY: u64 = 512 << 20;

/// Show what this machine gives the program: threads, vector instructions, memory, disk, fonts, Slurm, versions.
///
/// Exit codes: 0 nothing stands in the way of a run, 1 something does.
#[derive(Args, Debug)]
pub struct Doctor {
    /// The folder in which runs would be written
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Print one JSON document instead
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    found: String,
    /// What to do about it, when it stands in the way.
    trouble: Option<String>,
}

impl Finding {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, found: found.into(), trouble: None }
    }

    fn unless(mut self, troubled: bool, mend: &str) -> Self {
        self.trouble = troubled.then(|| mend.to_owned());
        self
    }
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Doctor) -> Result<u8, Failure> {
    let findings = findings(&args.folder);
    let troubled = findings.iter().filter(|f| f.trouble.is_some()).count();
    if args.json {
        let value: Vec<Value> = findings.iter().map(document).collect();
        say!("{:#}", json!({ "findings": value, "troubles": troubled }));
        return Ok(u8::from(troubled > 0));
    }
    let width = findings.iter().map(|f| f.what.chars().count()).max().unwrap_or(0);
    for finding in &findings {
        say!("{:width$}  {}", finding.what, finding.found);
        if let Some(mend) = &finding.trouble {
            say!("{:width$}  ! {mend}", "");
        }
    }
    say!(
        "\n{}",
        match troubled {
            0 => "nothing stands in the way of a run".to_owned(),
            1 => "one thing stands in the way of a run".to_owned(),
            n => format!("{n} things stand in the way of a run"),
        }
    );
    Ok(u8::from(troubled > 0))
}

fn document(finding: &Finding) -> Value {
    json!({ "what": finding.what, "found": finding.found, "trouble": finding.trouble })
}

fn findings(folder: &Path) -> Vec<Finding> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let revision = version::revision().unwrap_or("unknown: not built from a checkout");
    let mut all = vec![
        Finding::fine("version", env!("CARGO_PKG_VERSION")),
        Finding::fine("revision", revision),
        Finding::fine("compiler", format!("{}, for {}", env!("MOE_RUSTC"), env!("MOE_TARGET"))),
    ];
    all.extend(version::versions().lines().filter_map(|line| {
        let (what, found) = line.split_once(' ')?;
        let what = if what == "numbers" { "numbers" } else { "formats" };
        Some(Finding::fine(what, found.trim()))
    }));
    all.extend([
        Finding::fine("threads", threads.to_string()),
        Finding::fine("instructions", instructions()),
        memory(),
        disk(folder),
        writable(folder),
        fonts(),
        Finding::fine("Slurm", slurm()),
        Finding::fine("terminal", terminal()),
    ]);
    all
}

fn instructions() -> String {
    format!("{} (every choice gives the same bits)", moe_estimators::likelihood::instruction_set())
}

fn memory() -> Finding {
    match Limits::here(Path::new(".")).memory {
        None => Finding::fine("memory", "this machine does not say how much is free"),
        Some(free) => Finding::fine("memory", format!("{} free", bytes(free)))
            .unless(free < LITTLE_MEMORY, "little memory: run with fewer --threads"),
    }
}

fn disk(folder: &Path) -> Finding {
    if !folder.is_dir() {
        return Finding::fine("disk", format!("{} is not there", folder.display()))
            .unless(true, "name a folder that is there: --folder DIR");
    }
    match Limits::here(folder).disk {
        Some(free) => Finding::fine("disk", format!("{} free at {}", bytes(free), folder.display()))
            .unless(free < LITTLE_DISK, "little space: run with --out on another disk"),
        None => {
            Finding::fine("disk", format!("{}: this machine does not say how much is free", folder.display()))
        }
    }
}

/// Whether files can be made there, found out by making one.
fn writable(folder: &Path) -> Finding {
    let probe = folder.join(format!(".moe-doctor-{}", std::process::id()));
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    match made.and_then(|_| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::fine("folder", "files can be written here"),
        Err(e) => Finding::fine("folder", format!("files cannot be written in {}: {e}", folder.display()))
            .unless(true, "choose another folder for runs with --out"),
    }
}

/// Figures need no fonts of the machine; that the embedded face works is tried.
fn fonts() -> Finding {
    const FACE: &[u8] = include_bytes!("../../assets/DejaVuSans.subset.ttf");
    let face = ttf_parser::Face::parse(FACE, 0).ok();
    let drawn = face.is_some_and(|face| "β₁ ≤ n".chars().all(|c| face.glyph_index(c).is_some()));
    let found =
        if drawn { "embedded; none of the machine's is needed" } else { "the embedded face cannot be read" };
    Finding::fine("fonts", found).unless(!drawn, "this is a fault of the program: please report it")
}

fn slurm() -> String {
    let inside = std::env::var("SLURM_JOB_ID").map_or(String::new(), |job| format!(", inside job {job}"));
    match Command::new("sbatch").arg("--version").output() {
        Err(_) => "no sbatch here; `moe slurm` writes its scripts all the same".to_owned(),
        Ok(output) if output.status.success() => format!("{}{inside}", words(&output.stdout)),
        Ok(output) => format!("sbatch is here and fails: {}", words(&output.stderr)),
    }
}

fn words(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim().lines().next().unwrap_or_default().to_owned()
}

fn terminal() -> String {
    use std::io::IsTerminal as _;
    let colour = if crate::diagnostic::colour_wanted() { "colours in messages" } else { "no colours" };
    let progress = if std::io::stderr().is_terminal() {
        "progress is shown"
    } else {
        "no bars: not a terminal, so a long run tells a line a minute"
    };
    format!("{progress}, {colour}")
}
