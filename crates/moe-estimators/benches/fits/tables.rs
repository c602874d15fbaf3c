//! The tables: ascents, searches and growing samples, all of a table measured in turn.

use std::rc::Rc;

use moe_estimators::likelihood::{Derivatives, Likelihood};

use super::ascents::{self, Covariates, Order};
use super::timing::Measured;
use super::{host, searches};

/// Rounds over everything of a table.
const ROUNDS: usize = 20;

/// Least time of one repetition, in nanoseconds.
const REPETITION: f64 = 5e6;

/// Measures and prints everything.
pub(crate) fn print() {
    println!("{}\n", host::describe());
    ascent_table();
    search_table();
    growth_table(Covariates::Square, 3..=6, ("a sample", 20.0));
    growth_table(Covariates::Grid, 3..=9, ("a fit", 30.0));
}

/// An ascent, and one of its passes alone.
struct Row {
    order: Order,
    covariates: Covariates,
    size: u64,
    units: usize,
    iterations: u32,
    passes: u32,
    ascent: Measured<'static>,
    pass: Measured<'static>,
}

impl Row {
    fn new(order: Order, covariates: Covariates, size: u64) -> Self {
        let data = Rc::new(ascents::data(covariates, size));
        let (end, mut likelihood) = ascents::ascend(&data, order);
        let (at, mut out) = (end.parameters().to_vec(), Derivatives::default());
        let units = data.vectors();
        Self {
            order,
            covariates,
            size,
            units,
            iterations: end.iterations(),
            passes: end.passes(),
            ascent: Measured::new(1, move || ascents::ascend(&data, order).0.value()),
            pass: Measured::new(1, move || derivatives(&mut likelihood, &at, &mut out)),
        }
    }

    fn round(&mut self) {
        self.ascent.round(REPETITION);
        self.pass.round(REPETITION);
    }

    /// Nanoseconds of the ascent for each row or point and pass.
    fn cost_of_a_unit(&self) -> f64 {
        self.ascent.best / f64::from(self.passes) / self.units as f64
    }

    /// Time of the ascent outside its passes, in per cent.
    fn rest(&self) -> f64 {
        100.0 * (1.0 - f64::from(self.passes) * self.pass.best / self.ascent.best)
    }
}

fn derivatives(likelihood: &mut Likelihood, at: &[f64], out: &mut Derivatives) -> f64 {
    likelihood.derivatives(at, out);
    out.value
}

fn ascent_table() {
    println!("One ascent from a fixed start (k* = K = d = 2), packing the rows included\n");
    println!(
        "| fit | covariates | n | iterations | passes | time, ms | one pass, µs | ns per row or point and pass | outside passes, % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let cases = [(Covariates::Grid, 1_000_000), (Covariates::Square, 10_000), (Covariates::Square, 100_000)];
    let orders = [Order::Exact, Order::Over];
    let mut rows: Vec<Row> = orders.into_iter().flat_map(|o| cases.map(|(c, n)| Row::new(o, c, n))).collect();
    for _ in 0..ROUNDS {
        rows.iter_mut().for_each(Row::round);
    }
    for row in &rows {
        println!(
            "| {} | {} | {:.0e} | {} | {} | {:.3} | {:.2} | {:.2} | {:.1} |",
            row.order,
            row.covariates,
            row.size as f64,
            row.iterations,
            row.passes,
            row.ascent.best / 1e6,
            row.pass.best / 1e3,
            row.pass.best / row.units as f64,
            row.rest()
        );
    }
}

fn search_table() {
    println!("\nWhole searches, with the efforts of the shipped experiments\n");
    println!("| fit | covariates | n | passes | time, ms | µs per pass |");
    println!("|---|---|---|---|---|---|");
    let mut rows = Vec::new();
    for order in [Order::Exact, Order::Over] {
        for (covariates, size) in [(Covariates::Grid, 1_000_000), (Covariates::Square, 10_000)] {
            let data = Rc::new(ascents::data(covariates, size));
            let passes = searches::search(order, covariates, &data).map_or(0, |fit| fit.passes);
            let run =
                move || searches::search(order, covariates, &data).map_or(0.0, |fit| fit.log_likelihood);
            rows.push((order, covariates, size, passes, Measured::new(1, run)));
        }
    }
    for _ in 0..ROUNDS / 5 {
        rows.iter_mut().for_each(|(.., measured)| measured.round(REPETITION));
    }
    for (order, covariates, size, passes, measured) in &rows {
        let (size, time) = (*size as f64, measured.best);
        println!(
            "| {order} | {covariates} | {size:.0e} | {passes} | {:.2} | {:.2} |",
            time / 1e6,
            time / 1e3 / *passes as f64
        );
    }
}

/// `reach`: of what the cost is to stay the same as n grows, and within how many per cent of its mean.
fn growth_table(covariates: Covariates, powers: std::ops::RangeInclusive<u32>, (of, reach): (&str, f64)) {
    println!("\nThe exact fit as n grows, covariates: {covariates}\n");
    println!("| n | rows or points | passes | time of the fit, ms | ns per row or point and pass |");
    println!("|---|---|---|---|---|");
    let mut rows: Vec<Row> = powers.map(|p| Row::new(Order::Exact, covariates, 10_u64.pow(p))).collect();
    for _ in 0..ROUNDS {
        rows.iter_mut().for_each(Row::round);
    }
    for row in &rows {
        println!(
            "| {:.0e} | {} | {} | {:.3} | {:.2} |",
            row.size as f64,
            row.units,
            row.passes,
            row.ascent.best / 1e6,
            row.cost_of_a_unit()
        );
    }
    let costs: Vec<f64> = rows
        .iter()
        .map(|row| if covariates == Covariates::Square { row.cost_of_a_unit() } else { row.ascent.best })
        .collect();
    let mean = costs.iter().sum::<f64>() / costs.len() as f64;
    let off = costs.iter().map(|cost| 100.0 * (cost / mean - 1.0).abs()).fold(0.0, f64::max);
    let word = if off <= reach { "reached" } else { "missed" };
    println!("\nThe cost {of} is within {off:.0} % of its mean (to be reached: {reach} %): {word}");
}
