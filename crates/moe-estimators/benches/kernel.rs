//! The likelihood kernel against the bound that exponentials and multiply-adds set on the same machine.
//!
//! `cargo bench -p moe-estimators --bench kernel` prints the table; with a filter after `--` divan
//! measures passes one by one (`-- pass` for all).

#[path = "common/host.rs"]
mod host;
#[path = "kernel/machine.rs"]
mod machine;
#[path = "kernel/table.rs"]
mod table;
#[path = "common/timing.rs"]
mod timing;
#[path = "../examples/kernel_work/work.rs"]
mod work;

use divan::counter::ItemsCount;
use work::{Layout, Level, SHAPES, Work};

/// Every shape, layout and level.
fn cases() -> impl Iterator<Item = Case> {
    SHAPES.into_iter().flat_map(|shape| {
        [Layout::Rows, Layout::Points].into_iter().flat_map(move |layout| {
            Level::ALL.into_iter().map(move |level| Case {
                experts: shape.0,
                classes: shape.1,
                dim: shape.2,
                layout,
                level,
            })
        })
    })
}

#[derive(Clone, Copy, Debug)]
struct Case {
    experts: usize,
    classes: usize,
    dim: usize,
    layout: Layout,
    level: Level,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { experts, classes, dim, layout, level } = self;
        write!(f, "k={experts} K={classes} d={dim}, {layout}, {level}")
    }
}

#[divan::bench(args = cases())]
fn pass(bencher: divan::Bencher<'_, '_>, case: Case) {
    let mut work = Work::new((case.experts, case.classes, case.dim), case.layout);
    bencher.counter(ItemsCount::new(work.units())).bench_local(|| work.pass(case.level));
}

#[divan::bench]
fn exp(bencher: divan::Bencher<'_, '_>) {
    let mut machine = machine::Exponentials::default();
    bencher.counter(ItemsCount::new(machine::Exponentials::NUMBERS)).bench_local(|| machine.run());
}

#[divan::bench]
fn multiply_add(bencher: divan::Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(machine::MultiplyAdds::NUMBERS))
        .bench_local(|| machine::MultiplyAdds.run());
}

fn main() {
    // Cargo itself adds `--bench`.
    if std::env::args().skip(1).any(|argument| argument != "--bench") {
        divan::main();
    } else {
        table::print();
    }
}
