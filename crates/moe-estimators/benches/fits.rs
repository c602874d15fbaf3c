//! Fits: one ascent, the shipped searches, and what a fit costs as the sample grows.
//!
//! `cargo bench -p moe-estimators --bench fits` prints the tables; with a filter after `--` divan measures
//! ascents one by one (`-- ascent` for all), and a fit on a draft first (`-- drafted`).

#[path = "../examples/fit_work/ascents.rs"]
mod ascents;
#[path = "common/host.rs"]
mod host;
#[path = "../examples/fit_work/searches.rs"]
mod searches;
#[path = "fits/tables.rs"]
mod tables;
#[path = "common/timing.rs"]
mod timing;

use ascents::{Covariates, Order};

/// Ascents that divan measures.
const CASES: [(Order, Covariates, u64); 4] = [
    (Order::Exact, Covariates::Grid, 1_000_000),
    (Order::Over, Covariates::Grid, 1_000_000),
    (Order::Exact, Covariates::Square, 100_000),
    (Order::Over, Covariates::Square, 100_000),
];

#[divan::bench(args = CASES)]
fn ascent(bencher: divan::Bencher<'_, '_>, (order, covariates, size): (Order, Covariates, u64)) {
    let data = ascents::data(covariates, size);
    bencher.bench_local(|| ascents::ascend(&data, order).0.value());
}

#[divan::bench]
fn drafted(bencher: divan::Bencher<'_, '_>) {
    let data = ascents::data(Covariates::Square, 100_000);
    bencher.bench_local(|| searches::drafted(Order::Exact, &data).map(|fit| fit.log_likelihood));
}

fn main() {
    // Cargo itself adds `--bench`.
    if std::env::args().skip(1).any(|argument| argument != "--bench") {
        divan::main();
    } else {
        tables::print();
    }
}
