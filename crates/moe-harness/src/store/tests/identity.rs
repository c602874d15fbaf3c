//! A run folder belongs to one run, says so, and says who wrote.

use super::*;
use crate::store::{Manifest, SCHEMA_VERSION, Starts};

#[test]
fn a_folder_is_made_once_and_gone_on_with() {
    let (_dir, store) = folder();
    store.write_part(&records(0..2)).unwrap();
    let again = Store::create(store.root(), Identity::current("fig1", 7)).unwrap();
    assert_eq!(again.present().unwrap().len(), 2);
    assert_eq!(Store::open(store.root()).unwrap().identity(), store.identity());
}

#[test]
fn a_folder_of_another_run_is_refused_with_every_difference() {
    let (_dir, store) = folder();
    let message = refusal(Store::create(store.root(), Identity::current("fig2", 8)), store.root());
    for word in
        ["experiment is 'fig1' there and 'fig2' here", "master_seed is '7' there and '8' here", "--out"]
    {
        assert!(message.contains(word), "{message}");
    }
    let newer = Identity { numerics_version: 1_000, ..store.identity().clone() };
    assert!(refusal(Store::create(store.root(), newer), store.root()).contains("numerics_version"));
}

#[test]
fn an_unknown_layout_is_refused_whatever_else_it_says() {
    let (_dir, store) = folder();
    let path = store.root().join("identity.json");
    fs::write(&path, br#"{"schema_version": 99, "planet": "Mars"}"#).unwrap();
    let message = refusal(Store::open(store.root()), &path);
    assert!(message.contains("99") && message.contains(&SCHEMA_VERSION.to_string()), "{message}");
    let current = fs::read_to_string(store.root().join("identity.json")).unwrap_or_default();
    assert!(current.contains("Mars"), "the file of an unknown layout is left alone");
    fs::write(&path, br#"{"schema_version": 1, "experiment": "fig1"}"#).unwrap();
    let message = refusal(Store::open(store.root()), &path);
    for words in ["written with schema_version 1; this program reads 2", "start a new folder with --out"] {
        assert!(message.contains(words), "{message}");
    }
    fs::write(&path, b"{").unwrap();
    assert!(refusal(Store::open(store.root()), &path).contains("move this file away"));
}

#[test]
fn parts_of_another_run_and_of_another_layout_are_refused() {
    let (_dir, store) = folder();
    let other_seed = Identity::current("fig1", 8);
    let other_schema = Identity { schema_version: 99, ..store.identity().clone() };
    for (identity, word) in [(other_seed, "master_seed is '8' there"), (other_schema, "schema_version 99")] {
        let elsewhere = Store { identity, ..store.clone() };
        let path = elsewhere.write_part(&records(0..1)).unwrap();
        assert!(refusal(store.scan(Starts::Keep), &path).contains(word));
        assert!(refusal(store.present(), &path).contains(word));
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_is_no_run_folder_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), b"mine").unwrap();
    let message = refusal(Store::create(dir.path(), Identity::current("fig1", 7)), dir.path());
    assert!(message.contains("thesis.tex"), "{message}");
    assert_eq!(files(dir.path()).len(), 1);
    refusal(Store::open(dir.path()), dir.path());
    refusal(Store::open(&dir.path().join("nowhere")), dir.path());
}

#[test]
fn manifests_come_back() {
    let (_dir, store) = folder();
    let first = Manifest::of_this_process(store.identity(), None, "baseline", "seed = 7\n");
    let second = Manifest { profile: Some("smoke".into()), ..first.clone() };
    let written = [&first, &second].map(|m| (store.write_manifest(m).unwrap(), m.clone()));
    let mut read = store.manifests().unwrap();
    assert!(read[1].1.time > first.time, "of one millisecond, the second is a millisecond later");
    read[1].1.time.clone_from(&first.time);
    assert_eq!(read, written);
    fs::write(&written[0].0, b"{}").unwrap();
    refusal(store.manifests(), &written[0].0);
}
