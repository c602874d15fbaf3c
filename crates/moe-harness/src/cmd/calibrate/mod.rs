//! `moe calibrate`: how often the program's own statistics are wrong, where the truth is known.

pub mod coverage;
pub mod design;
pub mod gate;
pub mod laws;
pub mod seeds;

use clap::{Args, Subcommand};

use super::Failure;

/// Measure how often the program's own statistics are wrong, on data of which the truth is known.
///
/// Nothing here reads or writes a run folder. The tables of METHODOLOGY.md are what these commands print.
#[derive(Args, Debug)]
pub struct Calibrate {
    #[command(subcommand)]
    study: Study,
}

#[derive(Subcommand, Debug)]
enum Study {
    Coverage(coverage::Coverage),
    Gate(gate::OfGate),
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Calibrate) -> Result<u8, Failure> {
    match &args.study {
        Study::Coverage(args) => coverage::run(args),
        Study::Gate(args) => gate::run(args),
    }
}
