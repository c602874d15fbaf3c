//! What is written comes back to the last bit, however it was cut into parts.

use super::*;
use crate::store::{Starts, digest, part};

/// Debug output shows the shortest text that reads back to the same bits, signs of zeros, NaN and infinities.
fn text(records: &[Record]) -> String {
    format!("{records:#?}")
}

#[test]
fn records_come_back_bit_for_bit() {
    let (_dir, store) = folder();
    let mut shuffled = records(0..10);
    shuffled.reverse();
    let path = store.write_part(&shuffled).unwrap();
    let scan = store.scan(Starts::Keep).unwrap();
    assert_eq!(text(&scan.records), text(&records(0..10)));
    assert_eq!(scan.digest, digest(&shuffled));
    assert_eq!((scan.parts.len(), scan.parts[0].rows, &scan.parts[0].path), (1, 10, &path));
    assert_eq!((scan.parts[0].block.first, scan.parts[0].block.last), (0, 9));
    assert!(scan.foreign.is_empty() && scan.orphans.is_empty() && scan.repeated == 0);
}

#[test]
fn a_part_of_failures_alone_comes_back() {
    let (_dir, store) = folder();
    let failed = Record { starts: vec![], ..record(2) };
    store.write_part(std::slice::from_ref(&failed)).unwrap();
    assert_eq!(text(&store.scan(Starts::Keep).unwrap().records), text(&[failed]));
}

#[test]
fn starts_can_be_left_out_of_memory_but_not_of_the_digest() {
    let (_dir, store) = folder();
    store.write_part(&records(0..4)).unwrap();
    let bare: Vec<Record> = records(0..4).into_iter().map(|r| Record { starts: vec![], ..r }).collect();
    for starts in [Starts::Drop, Starts::Skip] {
        let scan = store.scan(starts).unwrap();
        assert_eq!(text(&scan.records), text(&bare));
        assert_eq!(scan.digest, digest(&records(0..4)));
    }
}

/// As the first versions of the program wrote them.
#[test]
fn a_part_that_vouches_for_no_rows_without_starts_is_read_whole() {
    let (_dir, store) = folder();
    let all = records(0..4);
    for (table, name, bytes) in part::sealed(&store.identity, &all, |_| None).unwrap() {
        fs::write(store.layout.part(table, &name), bytes).unwrap();
    }
    for starts in [Starts::Keep, Starts::Drop, Starts::Skip] {
        assert_eq!(store.scan(starts).unwrap().digest, digest(&all));
    }
}

#[test]
fn present_is_the_keys_of_the_rows() {
    let (_dir, store) = folder();
    store.write_part(&[record(1), record(5)]).unwrap();
    store.write_part(&records(6..9)).unwrap();
    let expected: Vec<RowKey> = [1, 5, 6, 7, 8].map(|replication| record(replication).key).to_vec();
    assert_eq!(store.present().unwrap().into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_digest_does_not_see_blocks_names_or_timings_and_sees_everything_else() {
    let whole = digest(&records(0..10));
    let (_dir, store) = folder();
    let parts = [[9, 3, 5].as_slice(), &[0, 1, 2, 4], &[8, 6, 7]];
    for replications in parts {
        store.write_part(&replications.iter().map(|r| record(*r)).collect::<Vec<_>>()).unwrap();
    }
    assert_eq!(store.scan(Starts::Drop).unwrap().digest, whole);

    let with = |change: &dyn Fn(&mut Record)| {
        let mut all = records(0..10);
        change(&mut all[4]);
        digest(&all)
    };
    assert_eq!(with(&|r| r.seconds.fit = 9.0), whole);
    assert_eq!(with(&|r| (r.cell_name, r.arm_name) = ("x".into(), "y".into())), whole);
    let fit = |change: fn(&mut FittedRow)| with(&move |r| r.fit.iter_mut().for_each(change));
    let changed = [
        with(&|r| r.key.size += 1),
        with(&|r| r.truth[31] ^= 1),
        with(&|r| r.log_likelihood_exact = None),
        with(&|r| r.reason = format!("{}!", r.reason).into()),
        with(&|r| r.starts[1].parameters.push(0.0)),
        with(&|r| r.starts.swap(0, 1)),
        with(&|r| r.fit = None),
        fit(|f| f.parameters[1] = 0.0),
        fit(|f| f.gap = None),
        fit(|f| f.cells.swap(0, 1)),
        fit(|f| f.quantities = f.quantities.with(Kind::D1, Some(0.5))),
        digest(&records(0..9)),
    ];
    for (index, digest) in changed.iter().enumerate() {
        assert_ne!(*digest, whole, "change {index}");
    }
}

#[test]
fn the_digest_is_pinned() {
    let mut pinned = records(0..3);
    for fit in pinned.iter_mut().filter_map(|record| record.fit.as_mut()) {
        (fit.quantities, fit.cells) = (Quantities::default().with(Kind::D1, Some(0.5)), vec![]);
    }
    assert_eq!(digest(&pinned), "0f154a3b89a9f9e6b9eaf0466de08eb36840884be17690b18315884e4e3c78a9");
    assert_eq!(digest(&records(0..3)), "ea3b1c93633a51866f235163db9d746003d47a10e0398e117485108f3585dfdc");
}

#[test]
fn equal_rows_may_be_there_twice() {
    let (_dir, store) = folder();
    store.write_part(&records(0..4)).unwrap();
    let mut again = records(2..6);
    again[0].seconds.fit = 99.0;
    store.write_part(&again).unwrap();
    let scan = store.scan(Starts::Keep).unwrap();
    assert_eq!((scan.records.len(), scan.repeated), (6, 2));
    assert_eq!(scan.digest, digest(&records(0..6)));
    assert_eq!(scan.records[2].seconds, record(2).seconds, "the first part in the order of names is kept");
}

#[test]
fn what_cannot_be_a_part_is_refused_and_leaves_nothing() {
    let (_dir, store) = folder();
    let mut mixed = records(0..2);
    mixed[1].key.size = 1;
    let mut misplaced = records(0..1);
    let cell = &mut misplaced[0].fit.as_mut().unwrap().cells[0];
    *cell = cell.with(Kind::D1, Some(1.0));
    let huge = Record { key: RowKey { size: u64::MAX, ..record(0).key }, ..record(0) };
    for records in [vec![], mixed, vec![record(1), record(1)], misplaced, vec![huge]] {
        refusal(store.write_part(&records), store.root());
    }
    for table in ["rows", "starts", "cells"] {
        assert_eq!(files(&store.root().join(table)), Vec::<PathBuf>::new());
    }
}
