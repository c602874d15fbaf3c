//! Run folders: rows whose checksum was forged to fit the damage, so that the parser itself meets it; and what stands
//! beside the parts.

use std::fs;
use std::path::{Path, PathBuf};

use moe_harness::store::{Claims, Identity, Starts, Store, StoreError};
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq};
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;
use sha2::{Digest, Sha256};

use super::bytes::{Damage, damaged, damages};
use super::{round, rounds};
use crate::program::{Desk, NEWTON};

/// A small complete run.
pub(super) fn run() -> Desk {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --replications 2 --out run", 0);
    desk
}

/// The first file of a folder of the run.
pub(super) fn first(desk: &Desk, folder: &str) -> PathBuf {
    desk.files(&format!("run/{folder}")).into_keys().find(|path| path.is_file()).unwrap()
}

/// The name that a part has with these bytes: the checksum stands in it.
pub(super) fn forged(path: &Path, bytes: &[u8]) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    let sum: String = Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    path.with_file_name(format!("{}-{sum}.parquet", name.rsplit_once('-').unwrap().0))
}

/// An answer or a refusal; a disk does not fail here.
fn answered<T>(result: Result<T, StoreError>) -> Result<Option<T>, String> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(StoreError::Refused(refusals)) if !refusals.is_empty() => Ok(None),
        Err(other) => Err(other.to_string()),
    }
}

/// Damage to the rows of a part is refused, or changes no number.
fn check_part(desk: &Desk, rows: &Path, whole: &[u8], digest: &str, damages: &[Damage]) -> TestCaseResult {
    let bytes = damaged(whole, damages);
    let forged = forged(rows, &bytes);
    fs::write(&forged, &bytes).unwrap();
    let store = Store::open(&desk.path("run")).unwrap();
    let scanned = answered(store.scan(Starts::Keep));
    let present = answered(store.present());
    fs::remove_file(&forged).unwrap();
    if let Some(scan) = scanned.unwrap() {
        prop_assert_eq!(scan.digest, digest);
    }
    prop_assert!(present.is_ok());
    Ok(())
}

fn parts(run_it: impl FnOnce(&dyn Fn(Vec<Damage>) -> TestCaseResult)) {
    let desk = run();
    let digest = desk.digest("run").split(' ').next().unwrap().to_owned();
    let rows = first(&desk, "rows");
    let whole = fs::read(&rows).unwrap();
    fs::remove_file(&rows).unwrap();
    run_it(&|damages| check_part(&desk, &rows, &whole, &digest, &damages));
}

#[test]
fn parts_are_read_or_refused() {
    parts(|check| round(0, &damages(), check));
}

#[test]
#[ignore = "minutes: just fuzz"]
fn parts_for_minutes() {
    parts(|check| rounds("parts with a forged checksum", &damages(), check));
}

/// What stands beside the parts, in text.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Identity,
    Manifest,
    Claim,
}

fn beside() -> impl Strategy<Value = (Beside, Vec<Damage>)> {
    (select(&[Beside::Identity, Beside::Manifest, Beside::Claim][..]), damages())
}

/// Identity, manifest or claim are read or refused, and a claim holds nobody up for good.
fn check_beside(
    desk: &Desk,
    paths: &[PathBuf; 3],
    (which, damages): (Beside, Vec<Damage>),
) -> TestCaseResult {
    let path = &paths[which as usize];
    let whole = fs::read(path).unwrap();
    fs::write(path, damaged(&whole, &damages)).unwrap();
    let opened = answered(Store::open(&desk.path("run"))).map(|store| {
        let all = store.map(|store| {
            let read = answered(store.scan(Starts::Drop)).and(answered(store.manifests()).map(|_| ()));
            let identity = Identity::current("newton", 7);
            let found = answered(Store::find(&desk.path("run"), identity)).map(|_| ());
            Claims::new(&store);
            read.and(found).and(answered(store.claims()).map(|_| ()))
        });
        all.unwrap_or(Ok(()))
    });
    fs::write(path, &whole).unwrap();
    prop_assert_eq!(opened, Ok(Ok(())));
    Ok(())
}

fn besides(run_it: impl FnOnce(&dyn Fn((Beside, Vec<Damage>)) -> TestCaseResult)) {
    let desk = run();
    let claim = desk.path("run/claims/abababababab-cdcdcdcdcdcd-n1000-r0-49.json");
    fs::write(&claim, r#"{"host":"far","boot":"b","process":7,"since":"1","beat":3}"#).unwrap();
    let paths = [desk.path("run/identity.json"), first(&desk, "manifest"), claim];
    run_it(&|case| check_beside(&desk, &paths, case));
}

#[test]
fn identities_manifests_and_claims_are_read_or_refused() {
    besides(|check| round(0, &beside(), check));
}

#[test]
#[ignore = "minutes: just fuzz"]
fn identities_manifests_and_claims_for_minutes() {
    besides(|check| rounds("identities, manifests, claims", &beside(), check));
}
