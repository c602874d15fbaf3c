//! The moe program: matches the verb and runs it.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use moe_harness::{cmd, log, version};

/// The laboratory bench for convergence rates of mixture-of-experts estimators.
///
/// An experiment is a TOML file: a truth, a fitted model, sample sizes, claims about rates. `moe plan`
/// shows what it asks for, `moe run` measures it, `moe check` judges its claims.
#[derive(Parser, Debug)]
#[command(name = "moe", version = version::short(), long_version = version::long(), max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// What is told on standard error while the program works: text for people, or one JSON object a line. RUST_LOG
    /// chooses how much, for example RUST_LOG=debug
    #[arg(long, global = true, value_enum, value_name = "STYLE", default_value_t)]
    log: log::Style,
}

#[derive(Subcommand, Debug)]
enum Verb {
    New(cmd::new::New),
    Plan(cmd::plan::Show),
    Run(cmd::run::Run),
    Report(cmd::report::Report),
    Figure(cmd::figure::Figure),
    Check(cmd::check::Check),
    Rescore(cmd::rescore::Rescore),
    Replay(cmd::replay::Replay),
    Fit(cmd::fit::Fit),
    Rate(cmd::rate::Rate),
    Digest(cmd::digest::Digest),
    Status(cmd::status::Status),
    Watch(cmd::watch::Watch),
    Slurm(cmd::slurm::Slurm),
    Calibrate(cmd::calibrate::Calibrate),
    Exhibit(cmd::exhibit::Show),
    Diff(cmd::diff::Diff),
    Export(cmd::export::Export),
    Schema(cmd::schema::Schema),
    Completions(cmd::shell::Completions),
    Man(cmd::shell::Man),
    Doctor(cmd::doctor::Doctor),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::init(cli.log);
    let done = match &cli.verb {
        Verb::New(args) => cmd::new::run(args),
        Verb::Plan(args) => cmd::plan::run(args),
        Verb::Run(args) => cmd::run::run(args),
        Verb::Report(args) => cmd::report::run(args),
        Verb::Figure(args) => cmd::figure::run(args),
        Verb::Check(args) => cmd::check::run(args),
        Verb::Rescore(args) => cmd::rescore::run(args),
        Verb::Replay(args) => cmd::replay::run(args),
        Verb::Fit(args) => cmd::fit::run(args),
        Verb::Rate(args) => cmd::rate::run(args),
        Verb::Digest(args) => cmd::digest::run(args),
        Verb::Status(args) => cmd::status::run(args),
        Verb::Watch(args) => cmd::watch::run(args),
        Verb::Slurm(args) => cmd::slurm::run(args),
        Verb::Calibrate(args) => cmd::calibrate::run(args),
        Verb::Exhibit(args) => cmd::exhibit::run(args),
        Verb::Diff(args) => cmd::diff::run(args),
        Verb::Export(args) => cmd::export::run(args),
        Verb::Schema(args) => cmd::schema::run(args),
        Verb::Completions(args) => cmd::shell::completions(args, Cli::command()),
        Verb::Man(args) => cmd::shell::man(args, Cli::command()),
        Verb::Doctor(args) => cmd::doctor::run(args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            log::failure(&failure);
            ExitCode::from(failure.code)
        }
    }
}
