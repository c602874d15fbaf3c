//! Claims: which process is at work on which block, so that several share a folder without doing a block twice.
//!
//! A claim saves work and nothing else: rows are bit-equal whoever computes them, so a block done twice is only a
//! waste. A claim is a file made by exclusive creation. Its owner renews it with a growing number of beats; whoever
//! wants the block watches that number by its own steady clock, so no two clocks are ever compared.

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
use super::{manifest, scan};

/// How often an owner renews its claims.
pub const BEAT: Duration = Duration::from_secs(5);
/// A claim that was not renewed for so long is stale.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// Who holds a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Name of the machine.
    pub host: String,
    /// Identity of the machine's last start, where it tells: process numbers mean nothing beyond it.
    pub boot: String,
    /// Number of the process on its machine.
    pub process: u32,
    /// When the process began, in the units of its system: numbers of processes are used again.
    pub since: String,
    /// Within which its number means something: containers on one machine count their processes apart.
    #[serde(default)]
    pub namespace: String,
}

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

impl Owner {
    fn this_process() -> Self {
        let process = std::process::id();
        let since = since(process).unwrap_or_default();
        Self { host: manifest::host(), boot: boot(), process, since, namespace: namespace() }
    }

    /// Whether the owner is known to have ended, as seen from `here`. Beyond this machine's start, and beyond the
    /// processes that can be counted here, nothing is known at once: another boot under the same name may be another machine.
    fn is_gone(&self, here: &Owner) -> bool {
        let seen = |owner: &Owner| (owner.host.clone(), owner.boot.clone(), owner.namespace.clone());
        let visible = !here.boot.is_empty() && seen(self) == seen(here);
        visible && since(self.process).as_deref() != Some(&self.since)
    }
}

fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().into_owned()
}

fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

/// When a process began: field 22 of its `stat`, which follows the name in parentheses; `None` when it is not there.
fn since(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields = text.rsplit_once(')')?.1;
    // A zombie has ended; only its parent does not know yet.
    let mut fields = fields.split_whitespace();
    if fields.next()? == "Z" { None } else { fields.nth(18).map(str::to_owned) }
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
mod tests {
    use super::*;
    use crate::store::Identity;

    fn folder() -> (tempfile::TempDir, Store, Block) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path(), Identity::current("claims", 1)).unwrap();
        (dir, store, Block { cell: [1; 32], arm: [2; 32], size: 1000, first: 50, last: 99 })
    }

    fn write(store: &Store, block: &Block, claim: &Claim) {
        fs::write(store.layout.claim(&ClaimName::new(block)), bytes(claim)).unwrap();
    }

    #[test]
    fn a_block_is_taken_once_and_comes_back() {
        let (_dir, store, block) = folder();
        let (one, two) = (Claims::new(&store), Claims::new(&store));
        assert!(one.take(&block));
        assert!(!two.take(&block));
        one.beat();
        assert!(!two.take(&block));
        one.release(&block);
        assert!(two.take(&block));
        drop(two);
        assert!(one.take(&block), "an owner that ends leaves no claim");
    }

    #[test]
    fn claims_of_ended_processes_are_taken_at_once() {
        let (_dir, store, block) = folder();
        let claims = Claims::new(&store);
        let living = Claim { owner: Owner::this_process(), beat: 3 };
        for owner in [
            Owner { since: "1".into(), ..living.owner.clone() },
            Owner { process: u32::MAX, ..living.owner.clone() },
        ] {
            write(&store, &block, &Claim { owner, beat: 3 });
            assert!(claims.take(&block));
            claims.release(&block);
        }
        write(&store, &block, &living);
        assert!(!claims.take(&block));
    }

    #[test]
    fn of_what_cannot_be_seen_nothing_is_known() {
        let (_dir, store, block) = folder();
        let claims = Claims::new(&store);
        let here = Owner { process: u32::MAX, ..Owner::this_process() };
        for owner in [
            Owner { boot: "another".into(), ..here.clone() },
            Owner { host: "elsewhere".into(), ..here.clone() },
            Owner { namespace: "a container".into(), ..here.clone() },
        ] {
            write(&store, &block, &Claim { owner, beat: 3 });
            assert!(!claims.take(&block), "it has the time of its lease");
        }
        write(&store, &block, &Claim { owner: here, beat: 3 });
        assert!(claims.take(&block));
    }

    #[test]
    fn without_claims_every_block_is_free() {
        let (_dir, store, block) = folder();
        fs::write(store.layout.claims(), "a file where the folder should be").unwrap();
        let claims = Claims::new(&store);
        assert!(claims.take(&block));
        claims.beat();
        claims.release(&block);
        assert!(claims.warned.load(Ordering::Relaxed));
    }

    #[test]
    fn a_claim_of_another_machine_goes_stale_when_it_stops_beating() {
        let (_dir, store, block) = folder();
        let claims = Claims::new(&store);
        let far = Owner { host: "elsewhere".into(), ..Owner::this_process() };
        let mut claim = Claim { owner: far, beat: 3 };
        write(&store, &block, &claim);
        assert!(!claims.take(&block));
        let age = |claims: &Claims| {
            let mut state = claims.state();
            let seen = state.seen.get_mut(&ClaimName::new(&block)).unwrap();
            seen.1 = seen.1.checked_sub(LEASE + Duration::from_secs(1)).unwrap();
        };
        age(&claims);
        claim.beat = 4;
        write(&store, &block, &claim);
        assert!(!claims.take(&block), "it beat in the meantime");
        age(&claims);
        assert!(claims.take(&block));
    }

    #[test]
    fn an_unreadable_claim_is_nobodys() {
        let (_dir, store, block) = folder();
        fs::create_dir_all(store.layout.claims()).unwrap();
        fs::write(store.layout.claim(&ClaimName::new(&block)), "{").unwrap();
        assert!(Claims::new(&store).take(&block));
    }

    #[test]
    fn unfinished_claims_of_ended_processes_are_swept() {
        let (_dir, store, block) = folder();
        let living = Claims::new(&store);
        assert!(living.take(&block));
        let unfinished = |attempt, text: &[u8]| {
            let path = super::super::layout::temporary(&store.layout.claim(&ClaimName::new(&block)), attempt);
            fs::write(&path, text).unwrap();
            path
        };
        let claim = Claim { owner: Owner::this_process(), beat: 0 };
        let gone = Claim { owner: Owner { since: "1".into(), ..claim.owner.clone() }, beat: 0 };
        let (kept, swept) =
            (unfinished(1, &bytes(&claim)), [unfinished(2, &bytes(&gone)), unfinished(3, b"{")]);
        let _claims = Claims::new(&store);
        assert!(kept.exists() && !swept.iter().any(|path| path.exists()));
        assert!(store.layout.claim(&ClaimName::new(&block)).exists(), "a claim that is held stays");
    }

    #[test]
    fn a_claim_that_was_taken_meanwhile_is_given_back() {
        let (_dir, store, block) = folder();
        let claims = Claims::new(&store);
        assert!(claims.take(&block));
        let path = store.layout.claim(&ClaimName::new(&block));
        let stale = Claim { owner: Owner { since: "1".into(), ..Owner::this_process() }, beat: 0 };
        put_aside(&path, Some(&stale)).unwrap();
        assert!(path.exists());
        put_aside(&path, read(&path).unwrap().as_ref()).unwrap();
        assert!(!path.exists());
    }
}
