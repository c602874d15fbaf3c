//! Claims: which process is at work on which block, so that several share a folder without doing a block twice.
//!
//! A claim saves work and nothing else: rows are bit-equal whoever computes them, so a block done twice is only a
//! waste. A claim is a file made by exclusive creation. Its owner renews it with a growing number of beats; whoever
//! wants the block watches that number by its own steady clock, so no two clocks are ever compared.

mod owner;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Store;
use super::atomic::{self, Lasting};
use super::error::StoreError;
use super::layout::{Block, ClaimName, Layout, PartName, Table};
use super::scan;

use owner::Owner;

/// How often an owner renews its claims.
pub const BEAT: Duration = Duration::from_secs(5);
/// A claim that was not renewed for so long is stale.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A claim as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who holds it.
    #[serde(flatten)]
    pub owner: Owner,
    /// Grows with every renewal.
    pub beat: u64,
}

/// The claims of this process in a run folder, and what it knows of those of others.
pub struct Claims {
    layout: Layout,
    owner: Owner,
    state: Mutex<State>,
    /// Whether it was said that claims do not work here.
    warned: AtomicBool,
}

#[derive(Default)]
struct State {
    beat: u64,
    held: Vec<ClaimName>,
    /// Claims of others with the moment since when they have looked so.
    seen: BTreeMap<ClaimName, (Claim, Instant)>,
    /// Parts that were there when this process looked last.
    known: BTreeSet<PartName>,
}

impl Claims {
    /// The claims of this process: none yet. Those that ended processes of this machine left are removed, and what was
    /// to become one.
    ///
    /// Where claims cannot be made, a warning says so, and every block is free: rows are the same whoever does them.
    pub fn new(store: &Store) -> Self {
        let layout = store.layout.clone();
        let claims = Self {
            layout,
            owner: Owner::this_process(),
            state: Mutex::default(),
            warned: AtomicBool::default(),
        };
        claims.tidy().unwrap_or_else(|error| claims.warn(&error));
        claims
    }

    /// Removes what a killed process was about to give back, its rows being written: nobody would ask for it again.
    fn tidy(&self) -> Result<(), StoreError> {
        atomic::make_folder(&self.layout.claims())?;
        for (name, claim) in all(&self.layout)? {
            if claim.as_ref().is_some_and(|claim| claim.owner.is_gone(&self.owner)) {
                put_aside(&self.layout.claim(&name), claim.as_ref())?;
            }
        }
        sweep(&self.layout, &self.owner)
    }

    fn warn(&self, error: &StoreError) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "claims do not work here, so that several processes may do the same block: {error}"
            );
        }
    }

    /// Looks which parts are there. To be called before a plan is made of what is missing.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be listed.
    pub fn look(&self) -> Result<(), StoreError> {
        let known = scan::names(&self.layout, Table::Rows)?;
        self.state().known = known;
        Ok(())
    }

    /// Takes a block; `false` when a living process has it, or has written of it since this one looked. Where that
    /// cannot be known, the block is taken, with a warning.
    pub fn take(&self, block: &Block) -> bool {
        self.try_take(block).unwrap_or_else(|error| {
            self.warn(&error);
            true
        })
    }

    fn try_take(&self, block: &Block) -> Result<bool, StoreError> {
        let name = ClaimName::new(block);
        if !self.create(&name)? {
            return Ok(false);
        }
        let parts = scan::names(&self.layout, Table::Rows)?;
        let news = parts.difference(&self.state().known).any(|part| part.overlaps(block));
        if news {
            self.release(block);
        }
        Ok(!news)
    }

    fn create(&self, name: &ClaimName) -> Result<bool, StoreError> {
        let path = self.layout.claim(name);
        let mut state = self.state();
        let claim = Claim { owner: self.owner.clone(), beat: state.beat };
        // Twice: the second time after a stale claim was put aside.
        for _ in 0..2 {
            if atomic::write_new(&path, &bytes(&claim), Lasting::Fleeting)? {
                state.held.push(name.clone());
                return Ok(true);
            }
            match self.stale(&path, name, &mut state)? {
                Some(stale) => put_aside(&path, stale.as_ref())?,
                None => return Ok(false),
            }
        }
        Ok(false)
    }

    /// Gives a block back: its rows are written, or will not be by this process.
    pub fn release(&self, block: &Block) {
        let name = ClaimName::new(block);
        let mut state = self.state();
        if let Some(place) = state.held.iter().position(|held| *held == name) {
            state.held.swap_remove(place);
            // A claim that stays behind is stale as soon as this process ends.
            let _ = fs::remove_file(self.layout.claim(&name));
        }
    }

    /// Renews every claim of this process. A renewal that fails is tried again with the next beat.
    pub fn beat(&self) {
        let mut state = self.state();
        state.beat += 1;
        let claim = Claim { owner: self.owner.clone(), beat: state.beat };
        for name in &state.held {
            let _ = atomic::write(&self.layout.claim(name), &bytes(&claim), Lasting::Fleeting);
        }
    }

    /// What stands in `path`, when it is nobody's any more; `None` while it is somebody's.
    fn stale(
        &self,
        path: &Path,
        name: &ClaimName,
        state: &mut State,
    ) -> Result<Option<Option<Claim>>, StoreError> {
        let Some(claim) = read(path)? else { return Ok(Some(None)) };
        if claim.owner.is_gone(&self.owner) {
            return Ok(Some(Some(claim)));
        }
        let now = Instant::now();
        let seen = state.seen.entry(name.clone()).or_insert_with(|| (claim.clone(), now));
        if seen.0 != claim {
            *seen = (claim.clone(), now);
        }
        Ok((seen.1.elapsed() > LEASE).then_some(Some(claim)))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        for name in std::mem::take(&mut self.state().held) {
            let _ = fs::remove_file(self.layout.claim(&name));
        }
    }
}

/// Every claim in the folder, by name. One that cannot be understood has no content.
pub(super) fn all(layout: &Layout) -> Result<BTreeMap<ClaimName, Option<Claim>>, StoreError> {
    let folder = layout.claims();
    let entries = match fs::read_dir(&folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(StoreError::io(&folder, "list the folder"))?,
    };
    let mut claims = BTreeMap::new();
    for entry in entries {
        if let Some(name) = entry.file_name().to_str().and_then(ClaimName::parse) {
            claims.insert(name, read(&entry.path())?);
        }
    }
    Ok(claims)
}

impl Claim {
    /// Whether its owner is known, from this machine, to have ended.
    pub fn has_ended(&self) -> bool {
        self.owner.is_gone(&Owner::this_process())
    }
}

fn bytes(claim: &Claim) -> Vec<u8> {
    let mut text = serde_json::to_string(claim).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// The claim in a file; `None` when there is none, or none that can be understood.
fn read(path: &Path) -> Result<Option<Claim>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io(path, "read the claim")(error)),
    }
}

/// Moves a stale claim out of the way and removes it: only one of several processes can move it. When it is not the one
/// that was found stale, another process has just taken the block, and gets its claim back.
fn put_aside(path: &Path, stale: Option<&Claim>) -> Result<(), StoreError> {
    let aside: PathBuf = super::layout::temporary(path, u64::from(std::process::id()));
    match fs::rename(path, &aside) {
        Ok(()) => {
            if read(&aside)?.is_some_and(|found| Some(&found) != stale) {
                // Where there are no links the block is done twice, which costs time and no more.
                let _ = fs::hard_link(&aside, path);
            }
            let _ = fs::remove_file(aside);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(StoreError::io(path, "put the stale claim aside")(error)),
    }
}

/// Removes unfinished claims of ended processes, and such as nobody can read: a process that is killed while it makes a
/// claim leaves one. Should its process live after all, it makes its claim without it.
fn sweep(layout: &Layout, here: &Owner) -> Result<(), StoreError> {
    let folder = layout.claims();
    for entry in fs::read_dir(&folder).map_err(StoreError::io(&folder, "list the folder"))? {
        let entry = entry.map_err(StoreError::io(&folder, "list the folder"))?;
        let unfinished = entry.file_name().to_str().is_some_and(super::layout::is_temporary);
        if unfinished && read(&entry.path())?.is_none_or(|claim| claim.owner.is_gone(here)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
