//! A piece of work on fits, to put an instruction counter around.
//!
//! `fit_work draw|ascent|drafted|search exact|over grid|continuous SIZE TIMES`: the data drawn once more, one Newton
//! ascent from a fixed starting point, the same on the draft first, or a whole search. With 0 times only the data are
//! drawn, once, so that the difference is the work alone.

mod ascents;
mod searches;

use std::process::ExitCode;

use ascents::{Covariates, Order};
use moe_core::dataset::Dataset;
use moe_estimators::estimator::{Failure, Fit};

fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

fn work() -> Result<(), String> {
    const USAGE: &str = "usage: fit_work draw|ascent|drafted|search exact|over grid|continuous SIZE TIMES";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, order, covariates, size, times] = arguments.as_slice() else { return Err(USAGE.into()) };
    let (Ok(order), Ok(covariates)) = (order.parse::<Order>(), covariates.parse::<Covariates>()) else {
        return Err(USAGE.into());
    };
    let (Ok(size), Ok(times)) = (size.parse::<u64>(), times.parse::<u32>()) else { return Err(USAGE.into()) };
    let data = ascents::data(covariates, size);
    println!("{} rows", data.rows());
    for _ in 0..times {
        let done = match work.as_str() {
            "draw" => format!("{} rows again", ascents::data(covariates, size).rows()),
            "ascent" => ascent(&data, order),
            "drafted" => told(searches::drafted(order, &data))?,
            "search" => told(searches::search(order, covariates, &data))?,
            _ => return Err(USAGE.into()),
        };
        println!("{done}");
    }
    Ok(())
}

fn ascent(data: &Dataset, order: Order) -> String {
    let (ascent, likelihood) = ascents::ascend(data, order);
    format!(
        "log-likelihood {:.9}, projected score {:.1e}, {} iterations, {} passes, {:?}",
        ascent.value(),
        ascent.projected_score(&likelihood),
        ascent.iterations(),
        ascent.passes(),
        ascent.stopped()
    )
}

fn told(fit: Result<Fit, Failure>) -> Result<String, String> {
    let fit = fit.map_err(|failure| format!("no fit: {}", failure.reason))?;
    Ok(format!("log-likelihood {:.9}, {} passes", fit.log_likelihood, fit.passes))
}
