//! A piece of work on fits, to put an instruction counter around.
//!
//! `fit_work draw|ascent|drafted|search exact|over grid|continuous SIZE TIMES`: the data drawn once more, one Newton
//! ascent from a fixed starting point, the same on the draft first, or a whole search. With 0 times only the data are
//! drawn, once, so that the difference is the work alone.

mod ascents;
mod searches;

use std::process::ExitCode;

use ascents::{Covariates, Order, ascend, data};
use moe_core::dataset::Dataset;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, order, covariates, size, times] = arguments.as_slice() else { return usage() };
    let (Ok(order), Ok(covariates)) = (order.parse::<Order>(), covariates.parse::<Covariates>()) else {
        return usage();
    };
    let (Ok(size), Ok(times)) = (size.parse::<u64>(), times.parse::<u32>()) else { return usage() };
    let data = data(covariates, size);
    println!("{} rows", data.rows());
    for _ in 0..times {
        match work.as_str() {
            "draw" => println!("{} rows again", ascents::data(covariates, size).rows()),
            "ascent" => print_ascent(&data, order),
            "drafted" | "search" => {
                let fit = match work.as_str() {
                    "drafted" => searches::drafted(order, &data),
                    _ => searches::search(order, covariates, &data),
                };
                match fit {
                    Ok(fit) => println!("log-likelihood {:.9}, {} passes", fit.log_likelihood, fit.passes),
                    Err(failure) => {
                        eprintln!("no fit: {}", failure.reason);
                        return ExitCode::FAILURE;
                    }
                }
            }
            _ => return usage(),
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    println!("usage: fit_work draw|ascent|drafted|search exact|over grid|continuous SIZE TIMES");
    ExitCode::from(2)
}

fn print_ascent(data: &Dataset, order: Order) {
    let (ascent, likelihood) = ascend(data, order);
    println!(
        "log-likelihood {:.9}, projected score {:.1e}, {} iterations, {} passes, {:?}",
        ascent.value(),
        ascent.projected_score(&likelihood),
        ascent.iterations(),
        ascent.passes(),
        ascent.stopped()
    );
}
