//! The planner: what a pilot foretells, and what then happens.

use moe_core::numeric;
use moe_core::rate::standard_error_of_log;
use moe_core::stream::{Address, Purpose};
use moe_harness::aggregate::Rows;
use moe_harness::experiment::Experiment;
use moe_harness::measure::{AllPrepared, measure};
use moe_harness::pilot::{Forecast, Pilot, REPLICATIONS, Subject, design, subjects};
use moe_harness::plan::Plan;
use moe_harness::record::Record;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::program::{DOUBLES, Desk, NEWTON, edited, loaded, table};

const KNOWN_RATE: &str = include_str!("../../../../experiments/known-rate.toml");
const PLANNING: &str = include_str!("experiments/planning.toml");

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

fn experiment(text: &str) -> Experiment {
    loaded(text).experiment
}

/// Every replication of an experiment, measured in memory.
fn run(experiment: &Experiment) -> Vec<Record> {
    let plan = Plan::new(experiment);
    let prepared = AllPrepared::new(experiment, &plan);
    let one = |item: &moe_harness::plan::Item| {
        let arm = &experiment.arms[item.arm];
        measure(prepared.serving(item), arm, experiment.seed, item.size, item.replication)
    };
    pool().install(|| plan.items.par_iter().map(one).collect())
}

/// What a slope turned out to be: the width of its interval, and the largest Monte Carlo error at any size.
fn happened(rows: &Rows<'_>, subject: &Subject) -> (f64, f64) {
    let (cells, arm) = &subject.series[0];
    let place = rows.place(cells, arm).unwrap();
    let measured = rows.measured(&place, subject.quantity, subject.statistic, subject.from, subject.level);
    let rate = measured.rate.unwrap();
    let series = rows.series(&place, subject.quantity, subject.from);
    let content = [0; 32];
    let address = Address { seed: 0, purpose: Purpose::Bootstrap, content, size: 0, replication: 0 };
    let errors = series.groups[0]
        .iter()
        .map(|values| standard_error_of_log(values, subject.statistic, &mut address.stream()).unwrap().0);
    (rate.upper - rate.lower, errors.fold(0.0, f64::max))
}

/// Width and Monte Carlo error of every claim: what happened, and what a pilot of N replications foretold.
fn widths_and_errors(experiment: &Experiment, replications: u64) -> Vec<(String, [(f64, f64); 2])> {
    let pilot = Pilot::measure(design(experiment, replications), &pool(), |_, _| ());
    let forecast = Forecast::new(experiment, &pilot);
    let records = run(experiment);
    let rows = Rows::new(experiment, &records);
    let claims = subjects(experiment).into_iter().filter(|s| s.claim.is_some());
    let both = |subject: Subject| {
        let predicted = forecast.precision(&subject, None).unwrap();
        let (width, error) = happened(&rows, &subject);
        (subject.claim.unwrap(), [(width, predicted.width), (error, predicted.monte_carlo)])
    };
    claims.map(both).collect()
}

/// Ratios of what happened to what was foretold.
fn ratios(experiment: &Experiment, replications: u64) -> Vec<(String, f64, f64)> {
    let of =
        |(claim, [width, error]): (String, [(f64, f64); 2])| (claim, width.0 / width.1, error.0 / error.1);
    widths_and_errors(experiment, replications).into_iter().map(of).collect()
}

#[track_caller]
fn within(factor: f64, ratios: &[(String, f64, f64)]) {
    for (claim, width, error) in ratios {
        println!("{claim}: width {width:.3}, Monte Carlo error {error:.3} of what was foretold");
        for ratio in [width, error] {
            assert!(*ratio < factor && ratio.recip() < factor, "{claim}: {ratio}");
        }
    }
}

/// With 100 replications a predicted width is off by some 13 %, and so is the width that comes out: a factor 1.5 is 2.3
/// standard deviations of a median's, 98 % for each claim. The seeds are fixed.
#[test]
fn widths_come_out_as_foretold_with_known_rates() {
    within(1.5, &ratios(&experiment(KNOWN_RATE), 100));
}

#[test]
fn widths_come_out_as_foretold_with_a_real_estimator() {
    within(1.5, &ratios(&experiment(PLANNING), 100));
}

/// The share of predictions within a factor 1.5, over many master seeds, with the pilot that is made unless told
/// otherwise; and how two runs compare with each other, which is as near as any prediction could come: the table of
/// METHODOLOGY, section "Planning". `cargo test -p moe-harness --test it planning_table -- --ignored --nocapture`
#[test]
#[ignore = "minutes: makes a table"]
fn planning_table() {
    for (name, text) in [("known-rate", KNOWN_RATE), ("planning", PLANNING)] {
        let mut found: std::collections::BTreeMap<String, Vec<[(f64, f64); 2]>> = Default::default();
        for seed in 0..100 {
            let mut experiment = experiment(text);
            experiment.seed = 5_000_000 + seed;
            for (claim, both) in widths_and_errors(&experiment, REPLICATIONS) {
                found.entry(claim).or_default().push(both);
            }
        }
        for (claim, all) in found {
            for (i, what) in ["width", "Monte Carlo error"].into_iter().enumerate() {
                let log = |a: f64, b: f64| numeric::ln(a / b);
                let foretold = all.iter().map(|r| log(r[i].0, r[i].1)).collect();
                let runs = all.iter().zip(all.iter().cycle().skip(1)).map(|(a, b)| log(a[i].0, b[i].0));
                println!("| {name} | {claim} | {what} | {} | {} |", summary(foretold), within_one_half(runs));
            }
        }
    }
}

/// How many ratios are within a factor 1.5, from their logarithms.
fn within_one_half(logs: impl Iterator<Item = f64>) -> usize {
    logs.filter(|l| l.abs() < numeric::ln(1.5)).count()
}

/// Median of ratios, nine tenths of them, and how many are within a factor 1.5, from their logarithms.
fn summary(mut logs: Vec<f64>) -> String {
    logs.sort_by(f64::total_cmp);
    let good = within_one_half(logs.iter().copied());
    let at = |p: f64| numeric::exp(logs[(p * (logs.len() - 1) as f64) as usize]);
    format!("{:.2} | {:.2} … {:.2} | {good} of {}", at(0.5), at(0.05), at(0.95), logs.len())
}

/// Seconds of the same process, so that the machine is the same; other work on it can still spoil the ratio.
#[test]
#[ignore = "measures time, which other work on the machine disturbs"]
fn seconds_come_out_as_foretold() {
    for text in [KNOWN_RATE, PLANNING] {
        let experiment = experiment(text);
        let pilot = Pilot::measure(design(&experiment, REPLICATIONS), &pool(), |_, _| ());
        let forecast = Forecast::new(&experiment, &pilot);
        let records = run(&experiment);
        for (a, arm) in experiment.arms.iter().enumerate() {
            let of = records.iter().filter(|r| r.key.arm == arm.hash);
            let spent: f64 = of.map(|r| r.seconds.sample + r.seconds.fit + r.seconds.score).sum();
            let ratio = spent / forecast.cost(0, a).seconds;
            println!("{} {}: {ratio:.3} of the seconds foretold", experiment.name, arm.name);
            assert!(ratio < 1.5 && ratio.recip() < 1.5, "{ratio}");
        }
    }
}

#[test]
fn pilot_data_are_never_the_experiments() {
    let experiment = experiment(DOUBLES);
    let design = design(&experiment, 12);
    assert_ne!(design.seed, experiment.seed);
    assert!(design.seed < 1 << 63);
    assert!(design.sizes.iter().all(|n| experiment.sizes.contains(n)));
    assert_eq!(design.sizes.first(), experiment.sizes.first());
    assert_eq!(design.sizes.last(), experiment.sizes.last());
    let pilot = Pilot::measure(design, &pool(), |_, _| ());
    let records = run(&experiment);
    for record in &pilot.records {
        let same = |r: &&Record| r.key == record.key;
        let of_run = records.iter().find(same).unwrap_or_else(|| panic!("{:?}", record.key));
        assert_ne!(of_run.log_likelihood_truth, record.log_likelihood_truth, "the same data");
    }
}

/// The pilot is a pure function of file and N, apart from seconds and memory.
#[test]
fn the_pilot_is_printed_and_nothing_is_written() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let before = desk.files("");
    let of = |threads: u32| desk.moe(&format!("plan doubles.toml --pilot 10 --threads {threads}"), 0).out;
    let (one, three) = (of(1), of(3));
    assert!(desk.files("") == before, "a pilot writes nothing");
    assert!(
        one.contains(" of memory for data and rows (") && one.contains(" for the whole process)"),
        "{one}"
    );
    assert!(one.contains("by the pilot") && one.contains("certified in the pilot"), "{one}");
    assert_eq!(table(&one, "slope of"), table(&three, "slope of"));
    assert!(table(&one, "slope of").len() > 3, "{one}");
    let wide = desk.moe("plan doubles.toml --pilot 10 --width 0.01", 0).out;
    let needed = |text: &str| -> u64 {
        let row = table(text, "slope of")[2].split('|').map(str::trim).nth(8).unwrap().to_owned();
        row.parse().unwrap_or_else(|_| panic!("{row}\n{text}"))
    };
    let narrow = desk.moe("plan doubles.toml --pilot 10 --width 0.005", 0).out;
    let ratio = needed(&narrow) as f64 / needed(&wide) as f64;
    assert!((3.5..=4.5).contains(&ratio), "half the width needs four times the replications: {ratio}");
}

/// One step: starts near the truth end above it, those of a search below.
#[test]
fn doubtful_fits_of_the_pilot_are_counted() {
    let capped = edited(NEWTON, "iterations = 100", "iterations = 1");
    let desk = Desk::with(&[("newton.toml", NEWTON), ("capped.toml", &capped)]);
    let out = desk.moe("plan capped.toml --pilot 10", 0).out;
    assert!(
        out.contains(
            "warning: 20 of 20 pilot fits of near in exact (100 %) are doubtful: 0 failed, 20 not certified; as many \
             in the run leave claims about them undecided (failure_limit = 0.05)"
        ),
        "{out}"
    );
    let warnings = out.lines().filter(|line| line.starts_with("warning: "));
    let failed = warnings.filter(|line| line.contains("of mle in") && !line.contains(" 0 failed")).count();
    assert!(failed > 0 && out.contains("rest on these fits too"), "{out}");
    assert!(out.contains(&format!("they may be far off: {}.\n", moe_harness::report::MENDS)), "{out}");
    let table = table(&out, "cell");
    let near = table.iter().find(|row| row.contains("near")).unwrap();
    assert!(near.contains("| 0 of 20"), "the table counts the same: {near}");
    let whole = desk.moe("plan newton.toml --pilot 10", 0).out;
    assert!(!whole.contains("doubtful") && !whole.contains("rest on these"), "{whole}");
}

#[test]
fn what_cannot_be_predicted_is_said() {
    let text = edited(DOUBLES, "statistic = \"median\"", "statistic = \"exceeds(1000)\"");
    let desk = Desk::with(&[("rare.toml", &text)]);
    let out = desk.moe("plan rare.toml --pilot 10", 0).out;
    assert!(out.contains("unbounded"), "{out}");
}

/// Cells of the row of a claim in the table of slopes.
fn slope_row(text: &str, claim: &str) -> Vec<String> {
    let rows = table(text, "slope of");
    let row = rows.iter().find(|row| row.contains(claim)).unwrap_or_else(|| panic!("{claim}\n{text}"));
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Below the fewest replications of a verdict neither a wide margin nor a larger n is enough.
#[test]
fn too_few_replications_for_any_verdict_are_said() {
    let few = edited(DOUBLES, "replications = 40", "replications = 12");
    let easy = edited(&few, "margin = 0.06", "margin = 0.4");
    let slower = edited(&few, "equals = -0.25\nmargin = 0.06", "slower_than = -0.5");
    let capped = edited(DOUBLES, "scale = 10.0", "scale = 10.0\nreplications = 15");
    let files =
        [("few.toml", &few), ("easy.toml", &easy), ("slower.toml", &slower), ("capped.toml", &capped)];
    let desk = Desk::with(&files.map(|(name, text)| (name, text.as_str())));
    let why = |claim: &str, count: u64, key: &str| {
        format!(
            "claim {claim} will be undecided: {count} replications are too few for a verdict: with fewer than 20 at \
             every size an interval need not hold what it says; raise {key} to 20 or more"
        )
    };
    for flags in ["", " --pilot 10"] {
        let out = desk.moe(&format!("plan few.toml{flags}"), 0).out;
        for claim in ["half-d1", "half-density", "quarter-d1", "quarter-density", "fast-d1", "fast-density"] {
            assert!(out.contains(&why(claim, 12, "`replications`")), "{claim}\n{out}");
        }
        let out = desk.moe(&format!("plan capped.toml{flags}"), 0).out;
        assert!(out.contains(&why("fast-d1", 15, "`replications` of arm 'fast'")), "{out}");
        assert_eq!(out.matches("will be undecided").count(), 2, "{out}");
    }
    assert!(desk.moe("plan few.toml --explain", 0).out.contains("It will be undecided: 12 replications"));
    for file in ["few.toml", "easy.toml", "slower.toml"] {
        let out = desk.moe(&format!("plan {file} --pilot 10"), 0).out;
        for claim in ["half-d1", "quarter-d1", "fast-density"] {
            let row = slope_row(&out, claim);
            let needed: u64 = row[7].parse().unwrap_or_else(|_| panic!("{row:?}"));
            assert!(row[6] == "12" && needed >= 20 && row[8] == "–", "{row:?}");
        }
    }
    let easy = desk.moe("plan easy.toml --pilot 10", 0).out;
    assert_eq!(slope_row(&easy, "half-d1")[7], "20", "{easy}");
}

#[test]
fn flags_of_the_pilot() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    desk.moe("plan doubles.toml --pilot 3", 2).complains(&["--pilot", "10..=10000"]);
    desk.moe("plan doubles.toml --pilot many", 2).complains(&["--pilot"]);
    desk.moe("plan doubles.toml --width 0.1", 2).complains(&["--pilot"]);
    desk.moe("plan doubles.toml --pilot --width 0", 2).complains(&["a width is a number above 0"]);
}
