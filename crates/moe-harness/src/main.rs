//! The moe program: matches the verb and runs it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use moe_harness::cmd;

/// The laboratory bench for convergence rates of mixture-of-experts estimators.
///
/// An experiment is a TOML file: a truth, a fitted model, sample sizes, claims about rates. `moe plan`
/// shows what it asks for, `moe run` measures it, `moe check` judges its claims.
#[derive(Parser, Debug)]
#[command(name = "moe", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    Plan(cmd::plan::Show),
    Run(cmd::run::Run),
    Report(cmd::report::Report),
    Figure(cmd::figure::Figure),
    Check(cmd::check::Check),
    Replay(cmd::replay::Replay),
    Fit(cmd::fit::Fit),
    Digest(cmd::digest::Digest),
    Status(cmd::status::Status),
    Slurm(cmd::slurm::Slurm),
    Calibrate(cmd::calibrate::Calibrate),
    Exhibit(cmd::exhibit::Show),
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let done = match &Cli::parse().verb {
        Verb::Plan(args) => cmd::plan::run(args),
        Verb::Run(args) => cmd::run::run(args),
        Verb::Report(args) => cmd::report::run(args),
        Verb::Figure(args) => cmd::figure::run(args),
        Verb::Check(args) => cmd::check::run(args),
        Verb::Replay(args) => cmd::replay::run(args),
        Verb::Fit(args) => cmd::fit::run(args),
        Verb::Digest(args) => cmd::digest::run(args),
        Verb::Status(args) => cmd::status::run(args),
        Verb::Slurm(args) => cmd::slurm::run(args),
        Verb::Calibrate(args) => cmd::calibrate::run(args),
        Verb::Exhibit(args) => cmd::exhibit::run(args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code)
        }
    }
}
