//! A panic of the program itself, outside a replication: what was written stays whole, and the run goes on from there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use moe_harness::plan::{Item, Plan};
use moe_harness::run::{Work, run};
use moe_harness::store::{Claims, Identity, Starts, Store};

use crate::program::{DOUBLES, Desk, loaded};

/// Does a plan of the doubles in which something panics, then looks at what is left and finishes it.
fn panics(break_plan: impl Fn(&mut Plan), each: impl Fn(u64)) -> u64 {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let experiment = loaded(DOUBLES).experiment;
    let mut plan = Plan::new(&experiment);
    let rows = plan.items.len() as u64;
    break_plan(&mut plan);
    let store = Store::create(&desk.path("run"), Identity::current("doubles", experiment.seed)).unwrap();
    let claims = Claims::new(&store);
    let stop = AtomicBool::new(false);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let work = Work {
        experiment: &experiment,
        plan: &plan,
        length: 10,
        store: &store,
        claims: &claims,
        stop: &stop,
    };
    let mut seen = 0;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run(&work, &pool, |_, _| {
            seen += 1;
            each(seen);
        })
    }));
    assert!(outcome.is_err(), "it does not pass for done");
    drop(claims);
    let scan = store.scan(Starts::Drop).unwrap();
    let kept = scan.records.len() as u64;
    assert!(kept > 0 && kept < rows && scan.foreign.is_empty(), "{kept} of {rows} rows");
    assert_eq!(desk.files("run/claims").len(), 1, "what it was at work on is given back");
    desk.moe("run doubles.toml --out run", 0)
        .complains(&[&format!("{} of {rows} replications to do", rows - kept)]);
    desk.moe("run doubles.toml --out whole", 0);
    assert_eq!(desk.digest("run"), desk.digest("whole"));
    // What had been collected of unfinished blocks is lost with the collector.
    assert!(stop.load(Ordering::Relaxed) || kept + 10 > seen, "{seen} measured, {kept} kept");
    kept
}

#[test]
fn a_collector_that_panics_leaves_whole_parts_and_stops_the_workers() {
    let stopped = panics(|_| (), |seen| assert!(seen < 100, "the hundredth record"));
    assert!(stopped < 100 && stopped.is_multiple_of(10), "{stopped} rows, in whole blocks");
}

#[test]
fn a_worker_that_panics_outside_a_replication_costs_nothing_that_was_measured() {
    let broken = |plan: &mut Plan| {
        let item = Item { size: 77, ..plan.items[200] };
        plan.items.truncate(200);
        // There is no such arm: whoever comes to it panics.
        plan.items.push(Item { arm: 99, ..item });
    };
    let kept = panics(broken, |_| ());
    assert!(kept >= 190, "{kept} of 200 rows before the panic");
}
