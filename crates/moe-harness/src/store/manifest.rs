//! Who wrote: one immutable file for each process that wrote into a run folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use moe_core::content::{ContentHash, short_hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::atomic::{self, Lasting};
use super::error::StoreError;
use super::identity::Identity;
use super::layout::{self, Layout};

/// Provenance of rows: the process, the program, the machine, the experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// When the process began to write: UTC, `YYYY-MM-DDThh:mm:ss.mmmZ`, by the clock of its machine;
    /// milliseconds, so that two runs of a moment keep their order.
    pub time: String,
    /// Number of the process on its machine.
    pub process: u32,
    /// Its command line.
    pub command: Vec<String>,
    /// Identity of the run folder.
    pub identity: Identity,
    /// The profile that was applied, if any.
    pub profile: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Git revision of the checkout it was built from, with `-modified` when files differed from it; `None` when it
    /// was built from elsewhere.
    pub revision: Option<String>,
    /// The compiler.
    pub rustc: String,
    /// The target triple it was built for.
    pub target: String,
    /// Name of the machine.
    pub host: String,
    /// Processors that the process may use.
    pub processors: usize,
    /// Vector instructions that the kernels use.
    pub simd: String,
    /// SHA-256 of `experiment`, 64 hexadecimal digits.
    pub experiment_sha256: String,
    /// The experiment as TOML, normalised, with the profile and all overrides applied.
    pub experiment: String,
}

impl Manifest {
    /// The manifest of this process, now.
    pub fn of_this_process(identity: &Identity, profile: Option<&str>, simd: &str, experiment: &str) -> Self {
        let hash: ContentHash = Sha256::digest(experiment).into();
        Self {
            time: now(),
            process: std::process::id(),
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
            identity: identity.clone(),
            profile: profile.map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: Some(env!("MOE_REVISION").to_owned()).filter(|revision| !revision.is_empty()),
            rustc: env!("MOE_RUSTC").to_owned(),
            target: env!("MOE_TARGET").to_owned(),
            host: host(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            simd: simd.to_owned(),
            experiment_sha256: short_hex(&hash, 32),
            experiment: experiment.to_owned(),
        }
    }
}

/// Writes a manifest as the newest: where the clock was set back, just after the one that was newest.
pub(super) fn write(layout: &Layout, manifest: &Manifest) -> Result<PathBuf, StoreError> {
    let newest = read_all(layout)?.into_iter().map(|(_, manifest)| manifest.time).max();
    let time = newest.filter(|newest| *newest >= manifest.time).and_then(|newest| just_after(&newest));
    let manifest = &Manifest { time: time.unwrap_or_else(|| manifest.time.clone()), ..manifest.clone() };
    let mut text = serde_json::to_string_pretty(manifest).map_err(|e| StoreError::Io {
        path: layout.manifests(),
        doing: "write the manifest",
        source: e.into(),
    })?;
    text.push('\n');
    let path = layout.manifest(&manifest.time.replace([':', '-'], ""), &Sha256::digest(&text).into());
    atomic::write(&path, text.as_bytes(), Lasting::Synced)?;
    Ok(path)
}

pub(super) fn read_all(layout: &Layout) -> Result<Vec<(PathBuf, Manifest)>, StoreError> {
    let folder = layout.manifests();
    let entries = fs::read_dir(&folder).and_then(|entries| entries.map(|e| Ok(e?.path())).collect());
    let mut paths: Vec<PathBuf> = match entries {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        paths => paths.map_err(StoreError::io(&folder, "list the folder"))?,
    };
    paths.retain(|path| !path.file_name().is_some_and(|name| layout::is_temporary(&name.to_string_lossy())));
    paths.sort();
    let mut manifests = Vec::new();
    let mut refusals = Vec::new();
    for path in paths {
        let text = fs::read(&path).map_err(StoreError::io(&path, "read the manifest"))?;
        let read = serde_json::from_slice(&text).map_err(|e| {
            let what = format!("the manifest cannot be read ({e})");
            StoreError::refused(&path, what, "move it away: no row depends on it")
        });
        manifests.extend(StoreError::collect(read, &mut refusals)?.map(|manifest| (path, manifest)));
    }
    StoreError::unless_empty(refusals)?;
    Ok(manifests)
}

/// Name of the machine, from wherever it is told.
pub(super) fn host() -> String {
    let file = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let environment = || std::env::var("COMPUTERNAME").ok();
    let command = || {
        let output = Command::new("hostname").output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let name = file.or_else(environment).or_else(command).unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}

/// The time now, by the clock of this machine.
pub(super) fn now() -> String {
    utc(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// A millisecond later, of a time as [`utc`] writes it.
fn just_after(time: &str) -> Option<String> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, millisecond) =
        (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    // The inverse of the calendar below: years run from March.
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let seconds = days.checked_sub(719_468)? * 86_400 + (hour * 60 + minute) * 60 + second;
    Some(utc(Duration::from_millis(seconds * 1_000 + millisecond + 1)))
}

/// The time since 1970 as a date and time of the proleptic Gregorian calendar; years run from March, so that the leap
/// day is the last of its year (Hinnant 2013, days and civil dates).
fn utc(since: Duration) -> String {
    let (seconds, milliseconds) = (since.as_secs(), since.subsec_millis());
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds, milliseconds: u32| utc(Duration::new(seconds, milliseconds * 1_000_000));
        assert_eq!(at(0, 7), "1970-01-01T00:00:00.007Z");
        assert_eq!(at(951_782_400, 0), "2000-02-29T00:00:00.000Z");
        assert_eq!(at(1_709_251_199, 999), "2024-02-29T23:59:59.999Z");
        assert_eq!(at(1_709_251_200, 0), "2024-03-01T00:00:00.000Z");
        assert_eq!(at(4_107_542_399, 0), "2100-02-28T23:59:59.000Z");
        assert_eq!(at(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn the_next_millisecond() {
        for milliseconds in
            [0, 999, 86_399_999, 951_782_399_999, 951_868_799_999, 1_709_251_199_999, 4_107_542_399_999]
        {
            let at = |milliseconds| utc(Duration::from_millis(milliseconds));
            assert_eq!(just_after(&at(milliseconds)), Some(at(milliseconds + 1)));
        }
        assert_eq!(just_after("yesterday"), None);
        assert_eq!(just_after("2026-00-00T00:00:00.000Z"), None);
    }

    #[test]
    fn the_newest_is_the_last_that_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path());
        fs::create_dir_all(layout.manifests()).unwrap();
        let identity = Identity::current("fig1", 1);
        for (number, time) in [
            "2026-01-01T00:00:00.998Z",
            "2001-01-01T00:00:00.000Z",
            "1999-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00.999Z",
            "2026-01-01T00:00:00.500Z",
            "2027-01-01T00:00:00.500Z",
        ]
        .into_iter()
        .enumerate()
        {
            let text = number.to_string();
            let manifest = Manifest {
                time: time.into(),
                ..Manifest::of_this_process(&identity, None, "baseline", &text)
            };
            write(&layout, &manifest).unwrap();
            let all = read_all(&layout).unwrap();
            assert_eq!(all.len(), number + 1);
            assert_eq!(all.last().unwrap().1.experiment, text, "{time}");
        }
        let newest = read_all(&layout).unwrap().pop().unwrap().1.time;
        assert_eq!(newest, "2027-01-01T00:00:00.500Z", "time goes on when the clock is right again");
    }

    #[test]
    fn this_process_is_described() {
        let identity = Identity::current("fig1", 1);
        let manifest = Manifest::of_this_process(&identity, Some("smoke"), "baseline", "abc");
        assert!(manifest.rustc.starts_with("rustc 1."), "{}", manifest.rustc);
        assert!(manifest.target.contains('-') && manifest.processors >= 1);
        assert!(manifest.experiment_sha256.starts_with("ba7816bf8f01cfea"));
    }
}
