//! One Newton ascent from a fixed starting point, to put an instruction counter around.
//!
//! `fit_work exact|over grid|continuous SIZE FITS`; with 0 fits only the data are drawn, so that the difference is the
//! fits alone.

mod ascents;

use std::process::ExitCode;

use ascents::{ascend, data};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(Ok(order)), Some(Ok(covariates)), Some(Ok(size)), Some(Ok(fits))) = (
        arguments.first().map(|a| a.parse()),
        arguments.get(1).map(|a| a.parse()),
        arguments.get(2).map(|a| a.parse::<u64>()),
        arguments.get(3).map(|a| a.parse::<u32>()),
    ) else {
        println!("usage: fit_work exact|over grid|continuous SIZE FITS");
        return ExitCode::from(2);
    };
    let data = data(covariates, size);
    println!("{} rows", data.rows());
    for _ in 0..fits {
        let (ascent, likelihood) = ascend(&data, order);
        println!(
            "log-likelihood {:.9}, projected score {:.1e}, {} iterations, {} passes, {:?}",
            ascent.value(),
            ascent.projected_score(&likelihood),
            ascent.iterations(),
            ascent.passes(),
            ascent.stopped()
        );
    }
    ExitCode::SUCCESS
}
