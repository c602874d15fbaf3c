//! `moe calibrate gate`: how often the gate is wrong, and how often it decides nothing, over many master seeds.

use std::path::PathBuf;

use clap::Args;
use moe_core::verdict::{Errors, Verdict, binomial};

use super::super::{Failure, threads};
use super::seeds::{self, Outcome, Truth};
use crate::diagnostic::colour_wanted;
use crate::experiment::{Expectation, Experiment};
use crate::load::{self, Overrides};
use crate::log;
use crate::report::text::{statement, table};

/// Measure how often the gate is wrong: run an experiment in memory with many master seeds and count verdicts.
///
/// Whether a claim is true is decided by the slope of all seeds together: true when its 99 % interval lies within the
/// claim, false when it lies outside, on the edge otherwise. On the edge either verdict is an error, and each must be
/// as rare as declared. Prints two tables in Markdown. No run folder is read or written.
#[derive(Args, Debug)]
pub struct OfGate {
    /// An experiment file (TOML) with claims
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Master seeds, derived from the file's
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    seeds: u64,
    /// Use this profile of the file: it overrides sizes and replications only
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Use this number of replications instead of the file's or the profile's
    #[arg(long, value_name = "R")]
    replications: Option<u64>,
    /// Worker threads, 1 to 1024 [default: all cores]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = threads::number)]
    threads: Option<u16>,
}

/// Counts of one claim's verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Seeds in which it agreed.
    pub agrees: u64,
    /// Seeds in which it disagreed.
    pub disagrees: u64,
    /// Seeds in which it was undecided.
    pub undecided: u64,
}

impl Counts {
    /// The verdicts of claim number `index`.
    pub fn of(outcomes: &[Outcome], index: usize) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            match outcome.verdicts[index] {
                Verdict::Agrees => counts.agrees += 1,
                Verdict::Disagrees => counts.disagrees += 1,
                Verdict::Undecided => counts.undecided += 1,
            }
        }
        counts
    }
}

/// Runs the verb; returns the exit code.
pub fn run(args: &OfGate) -> Result<u8, Failure> {
    let overrides =
        Overrides { profile: args.profile.clone(), replications: args.replications, ..Overrides::default() };
    let loaded = load::load(&args.file, &overrides)?;
    if !loaded.warnings.is_empty() {
        log::line(format_args!("{}", loaded.warnings.render(colour_wanted())));
    }
    let experiment = &loaded.experiment;
    if experiment.claims.is_empty() {
        return Err(Failure::bad_input(format!("{} makes no claim to calibrate", experiment.name)));
    }
    if experiment.look().is_none() {
        let message =
            "the number of replications must be one of the declared looks; all looks up to it are taken";
        return Err(Failure::bad_input(message));
    }
    let pool = threads::pool(threads::count(args.threads))?;
    let (outcomes, truths) = pool.install(|| {
        let outcomes = seeds::outcomes(experiment, args.seeds);
        let truths: Vec<Truth> =
            (0..experiment.claims.len()).map(|i| seeds::truth(experiment, &outcomes, i)).collect();
        (outcomes, truths)
    });
    say!("{}", claims_table(experiment, &outcomes, &truths));
    say!("{}", gate_table(experiment, &outcomes, &truths).trim_end());
    Ok(0)
}

/// One row a claim.
fn claims_table(experiment: &Experiment, outcomes: &[Outcome], truths: &[Truth]) -> String {
    let head = [
        "claim",
        "statement",
        "all seeds together",
        "the claim is",
        "agrees",
        "disagrees",
        "undecided",
        "wrongly disagrees",
        "wrongly agrees",
        "declared",
        "within",
        "missed",
    ];
    let row = |(i, truth): (usize, &Truth)| {
        let claim = &experiment.claims[i];
        let counts = Counts::of(outcomes, i);
        let trials = outcomes.len() as u64;
        let declared = declared(experiment, outcomes, i);
        let declared = [declared.disagreement, declared.agreement];
        let wrong = wrong(truth.status, counts);
        let within = wrong.iter().zip(declared).all(|(w, most)| w.is_none_or(|w| within(w, trials, most)));
        let right = match truth.status {
            Verdict::Agrees => Some(counts.agrees),
            Verdict::Disagrees => Some(counts.disagrees),
            Verdict::Undecided => None,
        };
        vec![
            claim.name.clone(),
            statement(claim),
            format!("{:.4} [{:.4}, {:.4}]", truth.estimate, truth.lower, truth.upper),
            standing(truth.status).to_owned(),
            counts.agrees.to_string(),
            counts.disagrees.to_string(),
            counts.undecided.to_string(),
            wrong[0].map_or("–".into(), |w| share(w, trials)),
            wrong[1].map_or("–".into(), |w| share(w, trials)),
            percents(&wrong.iter().zip(declared).filter_map(|(w, d)| w.map(|_| d)).collect::<Vec<_>>()),
            if within { "yes" } else { "NO" }.to_owned(),
            right.map_or("–".into(), |right| share(trials - right, trials)),
        ]
    };
    table(&head, &truths.iter().enumerate().map(row).collect::<Vec<_>>())
}

fn standing(status: Verdict) -> &'static str {
    match status {
        Verdict::Agrees => "true",
        Verdict::Disagrees => "false",
        Verdict::Undecided => "on the edge",
    }
}

/// The chances of wrong verdicts that a claim declares, all its looks together, by the median reach of its interval.
pub fn declared(experiment: &Experiment, outcomes: &[Outcome], index: usize) -> Errors {
    let claim = &experiment.claims[index];
    let mut reaches: Vec<f64> = outcomes.iter().map(|o| o.reaches[index]).collect();
    reaches.sort_unstable_by(f64::total_cmp);
    let reach = reaches.get(reaches.len() / 2).copied().unwrap_or(f64::INFINITY);
    let errors = claim.statement.errors(experiment.level_at_look(claim.level), reach);
    let looks = experiment.looks.len().max(1) as f64;
    Errors { agreement: looks * errors.agreement, disagreement: looks * errors.disagreement }
}

/// Wrong disagreements and wrong agreements, where there can be any.
pub fn wrong(status: Verdict, counts: Counts) -> [Option<u64>; 2] {
    [
        (status != Verdict::Disagrees).then_some(counts.disagrees),
        (status != Verdict::Agrees).then_some(counts.agrees),
    ]
}

/// Whether the count is no more than the declared chance explains: the exact 95 % interval reaches down to it.
pub fn within(count: u64, trials: u64, declared: f64) -> bool {
    binomial::bounds(count, trials, 0.025).0 <= declared
}

/// The declared chances of the errors that can be made, once where they are the same.
fn percents(declared: &[f64]) -> String {
    let mut words: Vec<String> = declared.iter().map(|p| format!("{:.1}", 100.0 * p)).collect();
    words.dedup();
    format!("{} %", words.join(", "))
}

/// A share in per cent with its exact 95 % interval.
fn share(count: u64, trials: u64) -> String {
    let (lower, upper) = binomial::bounds(count, trials, 0.025);
    let percent = |p: f64| format!("{:.1}", 100.0 * p);
    format!("{} [{}, {}] %", percent(count as f64 / trials as f64), percent(lower), percent(upper))
}

/// What the claims do together: exit codes, and the two ways in which the whole gate can be wrong.
fn gate_table(experiment: &Experiment, outcomes: &[Outcome], truths: &[Truth]) -> String {
    let trials = outcomes.len() as u64;
    let codes = |code| outcomes.iter().filter(|o| o.code == code).count() as u64;
    let family = 1.0 - experiment.inference.level;
    let alarms = false_contradictions(experiment, outcomes, truths);
    let mut rows = vec![
        vec!["exit code 0".into(), share(codes(0), trials), String::new(), String::new()],
        vec!["exit code 1".into(), share(codes(1), trials), String::new(), String::new()],
        vec!["exit code 3".into(), share(codes(3), trials), String::new(), String::new()],
        vec![
            "some right expectation contradicted (Holm)".into(),
            share(alarms, trials),
            format!("{:.1} %", 100.0 * family),
            if within(alarms, trials, family) { "yes" } else { "NO" }.into(),
        ],
    ];
    // A wrong expectation, or one on the edge, makes exit code 0 an error.
    let expectations = (0..truths.len()).map(|i| expected(experiment, i));
    if truths.iter().zip(expectations).any(|(truth, expected)| truth.status != expected) {
        let errors = (0..truths.len()).map(|i| {
            let errors = declared(experiment, outcomes, i);
            if expected(experiment, i) == Verdict::Agrees { errors.agreement } else { errors.disagreement }
        });
        let most = errors.fold(0.0, f64::max);
        rows.push(vec![
            "all as expected although one expectation is wrong or on the edge".into(),
            share(codes(0), trials),
            format!("{:.1} %", 100.0 * most),
            if within(codes(0), trials, most) { "yes" } else { "NO" }.into(),
        ]);
    }
    table(&["the gate", "share of seeds", "declared", "within"], &rows)
}

/// The verdict that a file expects of a claim.
fn expected(experiment: &Experiment, index: usize) -> Verdict {
    match experiment.claims[index].expect {
        Expectation::Agree => Verdict::Agrees,
        Expectation::Disagree { .. } => Verdict::Disagrees,
    }
}

/// Seeds in which an expectation that is right, or on the edge, was contradicted.
pub fn false_contradictions(experiment: &Experiment, outcomes: &[Outcome], truths: &[Truth]) -> u64 {
    let right = |i: usize| {
        matches!(
            (expected(experiment, i), truths[i].status),
            (Verdict::Agrees, Verdict::Agrees | Verdict::Undecided)
                | (Verdict::Disagrees, Verdict::Disagrees | Verdict::Undecided)
        )
    };
    let alarm = |outcome: &&Outcome| outcome.contradicted.iter().enumerate().any(|(i, c)| *c && right(i));
    outcomes.iter().filter(alarm).count() as u64
}
