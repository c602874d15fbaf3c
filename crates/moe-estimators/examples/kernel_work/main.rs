//! A fixed number of likelihood passes and nothing else, to put an instruction counter around.
//!
//! `kernel_work nothing|value|score|hessian EXPERTS CLASSES DIM rows|points PASSES`; the difference to
//! `nothing` with the same data is the passes alone.

mod work;

use std::process::ExitCode;

use work::Work;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| arguments.get(i).and_then(|a| a.parse::<usize>().ok());
    let (Some(Ok(level)), Some(experts), Some(classes), Some(dim), Some(Ok(layout)), Some(passes)) = (
        arguments.first().map(|a| a.parse()),
        number(1),
        number(2),
        number(3),
        arguments.get(4).map(|a| a.parse()),
        number(5),
    ) else {
        println!("usage: kernel_work nothing|value|score|hessian EXPERTS CLASSES DIM rows|points PASSES");
        return ExitCode::from(2);
    };
    let mut work = Work::new((experts, classes, dim), layout);
    let value = (0..passes).fold(0.0, |_, _| work.pass(level));
    let instructions = moe_estimators::likelihood::instruction_set();
    println!("{} covariate vectors, {passes} passes, log-likelihood {value:e}, {instructions}", work.units());
    ExitCode::SUCCESS
}
