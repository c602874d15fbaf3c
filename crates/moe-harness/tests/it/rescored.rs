//! Losses worked out again from stored parameters: the same bits, and what is not the same is told.

use moe_harness::quantities::Quantities;
use moe_harness::quantity::Kind;
use moe_harness::store::{Identity, Starts, Store};

use crate::program::{DOUBLES, Desk, NEWTON, edited};

#[test]
fn stored_losses_follow_from_stored_parameters_to_the_last_bit() {
    for (file, text) in [("newton.toml", NEWTON), ("doubles.toml", DOUBLES)] {
        let desk = Desk::with(&[(file, text)]);
        desk.moe(&format!("run {file} --out run"), 0);
        let before = desk.files("run");
        let rows = desk.records("run").len();
        for target in ["run".to_owned(), format!("{file} --out run")] {
            let said = desk.moe(&format!("rescore {target} --threads 2"), 0).out;
            assert!(said.contains(&format!("{rows} scored as before")), "{said}");
        }
        desk.moe("rescore run --into again", 0);
        assert_eq!(desk.digest("again"), desk.digest("run"), "starts and fits come along");
        desk.moe("report again", 0);
        assert!(desk.files("run") == before, "nothing in the folder is touched");
        desk.moe("rescore run --into again", 2).complains(&["again is not empty"]);
    }
}

/// A run folder in which the numbers of one row are others than its parameters say.
fn altered(desk: &Desk) {
    desk.moe("run newton.toml --out run", 0);
    let store = Store::open(&desk.path("run")).unwrap();
    let mut records = store.scan(Starts::Keep).unwrap().records;
    let fit = records[3].fit.as_mut().unwrap();
    fit.quantities = fit.quantities.with(Kind::D2, fit.quantities.get(Kind::D2).map(|v| 2.0 * v));
    fit.evaluation_rule = "by eye".into();
    fit.cells[0] = Quantities::new(|kind| fit.cells[0].get(kind).map(|v| v + 1.0));
    let altered = Store::create(&desk.path("altered"), Identity::current("newton", 7)).unwrap();
    for part in
        records.chunk_by(|a, b| (a.key.cell, a.key.arm, a.key.size) == (b.key.cell, b.key.arm, b.key.size))
    {
        altered.write_part(part).unwrap();
    }
    for (_, manifest) in store.manifests().unwrap() {
        altered.write_manifest(&manifest).unwrap();
    }
}

#[test]
fn every_difference_is_told_with_its_column_and_mended_in_a_new_folder() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    altered(&desk);
    let said = desk.moe("rescore altered --into mended", 1).out;
    for words in
        ["47 scored as before", "| d2 ", "5.0e-1", "evaluation_rule", "cells: root", "cell over, arm"]
    {
        assert!(said.contains(words), "{words:?} is not in\n{said}");
    }
    assert_ne!(desk.digest("altered"), desk.digest("run"));
    assert_eq!(desk.digest("mended"), desk.digest("run"));
}

#[test]
fn cells_of_older_experiments_are_found_and_unknown_ones_refused() {
    let wider = edited(NEWTON, "box = 10.0", "box = 12.0");
    let desk = Desk::with(&[("newton.toml", NEWTON), ("wider.toml", &wider)]);
    desk.moe("run newton.toml --replications 1 --out run", 0);
    desk.moe("run wider.toml --replications 1 --out run", 0);
    let said = desk.moe("rescore run", 0).out;
    assert!(said.starts_with("20 rows, 20 with a fit"), "{said}");
    for path in desk.files("run/manifest").into_keys().skip(1).take(1) {
        std::fs::remove_file(path).unwrap();
    }
    desk.moe("rescore run", 2).complains(&[
        "10 rows cannot be scored",
        "copy the manifests",
        "replication 0",
    ]);
}
