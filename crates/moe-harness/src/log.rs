//! What is told while the program works: to the reader on standard error, and to a file in the run folder.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::MultiProgress;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

use crate::diagnostic::colour_wanted;

/// How events are written on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Style {
    /// For people: bars on a terminal; with RUST_LOG, events as lines.
    #[default]
    Text,
    /// For programs: one JSON object a line, and nothing else.
    Json,
}

/// How long a run that has something else to do waits until what is told is written: who should read it may be gone, or asleep.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

static STYLE: OnceLock<Style> = OnceLock::new();
static FILE: OnceLock<PathBuf> = OnceLock::new();
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Sets up the log of this process. RUST_LOG chooses what is shown; without it, nothing as text, and as JSON and in the
/// file whatever has the level `info`.
pub fn init(style: Style) {
    let _ = STYLE.set(style);
    let asked = std::env::var("RUST_LOG").ok().filter(|v| !v.is_empty()).map(understood).transpose();
    let (chosen, doubt) = asked.map_or_else(|doubt| (None, Some(doubt)), |chosen| (chosen, None));
    let filter = |without: &str| EnvFilter::new(chosen.clone().unwrap_or_else(|| without.to_owned()));
    let file = fmt::layer().json().flatten_event(true).log_internal_errors(false);
    let file = file.with_writer(RunFile).with_filter(filter("info"));
    let registry = tracing_subscriber::registry().with(file);
    let done = match style {
        Style::Text => {
            let text =
                fmt::layer().with_ansi(colour_wanted()).log_internal_errors(false).with_writer(io::stderr);
            registry.with(text.with_filter(filter("error"))).try_init()
        }
        Style::Json => {
            let json =
                fmt::layer().json().flatten_event(true).log_internal_errors(false).with_writer(io::stderr);
            registry.with(json.with_filter(filter("info"))).try_init()
        }
    };
    // A second logger of one process is a mistake of ours that costs nobody a result.
    debug_assert!(done.is_ok());
    doubt.into_iter().for_each(line);
}

/// What RUST_LOG asks for; a text that would choose nothing counts as none.
///
/// # Errors
/// A warning about such a text.
fn understood(chosen: String) -> Result<String, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let level = LEVELS.iter().any(|level| level.eq_ignore_ascii_case(&chosen));
    // A bare word that is no level is taken for the name of a crate, and shows nothing.
    let bare = chosen.chars().all(char::is_alphanumeric) && chosen.parse::<u8>().is_err();
    if EnvFilter::try_new(&chosen).is_ok() && (level || !bare) {
        return Ok(chosen);
    }
    let levels = LEVELS.join(", ");
    Err(format!("warning: RUST_LOG={chosen} is not understood; write one of {levels}, or TARGET=LEVEL"))
}

/// How events are written on standard error.
pub fn style() -> Style {
    STYLE.get().copied().unwrap_or_default()
}

/// Writes a line on standard error, above the bars while there are some; as an event where a program reads it. Where nobody can
/// read it, nothing is amiss.
pub fn line(text: impl Display) {
    if style() == Style::Json {
        tracing::warn!("{text}");
        return;
    }
    let bars = bars().clone();
    let _ = match bars {
        Some(bars) => bars.println(text.to_string()),
        None => writeln!(io::stderr(), "{text}"),
    };
}

/// The same of what a verb ends with when it fails.
pub fn failure(text: impl Display) {
    match style() {
        Style::Json => tracing::error!("{text}"),
        Style::Text => line(text),
    }
}

/// From now on lines are written above these bars, which somebody sees, or there are none any more.
pub(crate) fn write_above(shown: Option<MultiProgress>) {
    *bars() = shown;
}

fn bars() -> MutexGuard<'static, Option<MultiProgress>> {
    BARS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on events go into this file as well; the first file of a process stays.
pub fn write_to(file: PathBuf) {
    let _ = FILE.set(file);
}

/// The file of the run folder, once there is one. It is opened for each event, so that no file stays open in a folder
/// that somebody may unmount or write-protect; an event that cannot be written is no reason to stop.
#[derive(Clone, Copy)]
struct RunFile;

impl Write for RunFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(path) = FILE.get() {
            let _ = OpenOptions::new().append(true).open(path).and_then(|mut file| file.write_all(bytes));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for RunFile {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}
