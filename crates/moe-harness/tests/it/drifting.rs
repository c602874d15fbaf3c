//! Truths that move with n, and truths drawn at random: everything that needs the truth takes it at the size.

use moe_core::fisher::fisher_information;
use moe_core::measure::MixingMeasure;
use moe_core::numeric::{condition_number, exp, ln};
use moe_core::sample::draw;
use moe_core::scenario::{Drift, Truth};
use moe_core::shape::Shape;
use moe_harness::experiment::Cell;
use moe_harness::load::{self, Overrides};
use moe_harness::measure::{Prepared, measure};
use moe_harness::quantity::Kind;
use moe_harness::record::Record;

use crate::program::{DOUBLES, Desk, NEWTON, edited, loaded, table};

const ROWS: &str = "experts = [[[0.5, 0.0, 4.0]], [[-0.5, 2.0, -4.0]]]";

/// The doubles' truth moves: expert 0's slope by 3 n^(-1/4), the gate's intercept by −2 n^(-1/4).
fn drifting(text: &str) -> String {
    let drift = "drift = { rate = -0.25, scale = 2.0, gates = [[-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], \
                 experts = [[[0.0, 1.5, 0.0]], [[0.0, 0.0, 0.0]]] }";
    edited(text, ROWS, &format!("{ROWS}\n{drift}"))
}

/// The truth of [`drifting`] at a size, written without the program's own arithmetic of drifts.
fn truth_at(cell: &Cell, size: u64) -> Truth {
    let along = exp(-0.25 * ln(size as f64));
    let parameters = [along * -2.0, 4.0, 0.0, 0.5, along * 3.0, 4.0, -0.5, 2.0, -4.0];
    let shape = Shape { experts: 2, classes: 2, dim: 2 };
    Truth { measure: MixingMeasure::from_parameters(shape, &parameters), ..cell.scenario.truth.clone() }
}

#[test]
fn a_drift_is_read() {
    let text = drifting(DOUBLES);
    let cell = &loaded(&text).experiment.cells[0];
    let step = vec![-2.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(cell.drift, Some(Drift { rate: -0.25, step }));
    let still = &loaded(DOUBLES).experiment.cells[0];
    assert_eq!(cell.scenario, still.scenario, "a cell holds the limit");
    assert_eq!(still.hash, still.scenario.hash(), "a truth that stays has the hash that it always had");
    assert_ne!(cell.hash, still.hash);
    let moved = cell.at(10_000);
    assert_eq!((moved.hash, &moved.drift), (cell.hash, &None));
    assert_eq!(moved.scenario.truth, truth_at(cell, 10_000));
    assert_eq!(still.at(10_000).scenario, still.scenario);
    // The same step, spelt with another scale, is the same cell; another rate is another.
    let spelt =
        text.replace("scale = 2.0, gates = [[-1.0", "scale = -1.0, gates = [[2.0").replace("1.5", "-3.0");
    assert_eq!(loaded(&spelt).experiment.cells[0].hash, cell.hash);
    assert_ne!(
        loaded(&text.replace("rate = -0.25, scale = 2", "rate = -0.2, scale = 2")).experiment.cells[0].hash,
        cell.hash
    );
}

/// The data are those of a fixed truth that is where the moving one is.
#[test]
fn the_data_come_from_the_truth_at_the_size() {
    let experiment = loaded(&drifting(DOUBLES)).experiment;
    let cell = &experiment.cells[0];
    for size in [1_000, 1_000_000] {
        let truth = truth_at(cell, size);
        let record = measure(&Prepared::new(cell, size), &experiment.arms[0], experiment.seed, size, 3);
        assert_eq!(record.truth, truth.hash());
        let data = Prepared::new(cell, size).data(experiment.seed, size, 3);
        assert_eq!(data, draw(&truth, size, experiment.seed, 3));
    }
}

/// Data of another size than the prepared one would be those of another truth, and nothing in the rows would show it. Only a
/// slip of the program can ask for them, so the answer is a panic and no message to its user.
#[test]
#[should_panic(expected = "prepared for another size")]
fn a_preparation_for_another_size_is_not_used() {
    let experiment = loaded(&drifting(DOUBLES)).experiment;
    Prepared::new(&experiment.cells[0], 1_000).data(experiment.seed, 10_000, 0);
}

/// A double around the moving truth still gives its own rate back: a centre or a loss at the limit would add 3 n^(-1/4)
/// or be off by it, and the claims say −1/2, −1/4 and −0.8.
#[test]
fn doubles_around_a_moving_truth_have_their_rates() {
    let desk = Desk::with(&[("doubles.toml", &edited(&drifting(DOUBLES), "margin = 0.0", "margin = 0.2"))]);
    desk.moe("run doubles.toml --out run", 0);
    desk.moe("check doubles.toml --out run", 0);
    let hashes: std::collections::BTreeSet<_> =
        desk.records("run").iter().map(|r| (r.key.size, r.truth)).collect();
    assert_eq!(hashes.len(), 4, "one truth for each size");
    let replayed = desk.moe("replay doubles.toml --out run --cell exact --size 10000 --replication 5", 0);
    assert!(replayed.out.contains("the same bits as"), "{}", replayed.out);
}

fn quantity(record: &Record, kind: Kind) -> f64 {
    record.fit.as_ref().unwrap().quantities.get(kind).unwrap()
}

/// Starts near the truth, with no radius, begin at the truth of the size; where the experiment has such a fixed truth
/// instead, the whole row is the same.
#[test]
fn a_row_is_that_of_the_fixed_truth_at_its_size() {
    let text = edited(&drifting(NEWTON), "radius = 0.1", "radius = 0.0");
    let experiment = loaded(&text).experiment;
    for (cell, arm) in [(0, "near"), (1, "mle")] {
        let arm = experiment.arms.iter().find(|a| a.name == arm).unwrap();
        let moving = &experiment.cells[cell];
        for size in [300, 3_000] {
            let mut fixed = moving.clone();
            fixed.scenario.truth = truth_at(moving, size);
            fixed.drift = None;
            let [a, b] =
                [moving, &fixed].map(|c| measure(&Prepared::new(c, size), arm, experiment.seed, size, 1));
            assert_eq!(a.log_likelihood_truth, b.log_likelihood_truth);
            assert_eq!((a.truth, &a.fit, a.starts.len()), (b.truth, &b.fit, b.starts.len()));
            assert_eq!(
                a.starts.iter().map(|s| &s.origin).collect::<Vec<_>>(),
                b.starts.iter().map(|s| &s.origin).collect::<Vec<_>>()
            );
            assert!(quantity(&a, Kind::Hellinger) > 0.0 && quantity(&a, Kind::LikelihoodGain) > -1e-9);
        }
    }
}

/// Two atoms that meet in the limit are no obstacle: the checks are those of the planned sizes.
#[test]
fn the_limit_may_be_degenerate() {
    let meeting = "gates = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]\nexperts = [[[0.5, 0.0, 4.0]], [[0.5, 0.0, 4.0]]]\n\
                   drift = { rate = -0.125, scale = 1.0, gates = [[0, 0, 0], [0, 0, 0]], \
                   experts = [[[0, 2, 0]], [[0, -2, 0]]] }";
    let text = edited(DOUBLES, &format!("gates = [[0.0, 4.0, 0.0], [0.0, 0.0, 0.0]]\n{ROWS}"), meeting);
    let experiment = loaded(&text).experiment;
    assert_eq!(
        experiment.cells[0].scenario.truth.measure.atoms()[0],
        experiment.cells[0].scenario.truth.measure.atoms()[1]
    );
    let standing = edited(&text, "drift", "# drift");
    let refused = load::parse("test.toml", &standing, &Overrides::default()).unwrap_err().to_string();
    assert!(refused.contains("are the same atom"), "{refused}");
}

/// `moe plan` shows a moving truth at both ends of the sizes, and what was drawn.
#[test]
fn a_plan_shows_where_the_truth_is() {
    let text = drifting(DOUBLES);
    let desk = Desk::with(&[("doubles.toml", &text), ("drawn.toml", &drawn(1, 0))]);
    let said = desk.moe("plan doubles.toml", 0);
    let rows = table(&said.out, "cell  ").into_iter().map(str::to_owned).collect::<Vec<_>>();
    let cell = &loaded(&text).experiment.cells[0];
    for size in [1_000, 1_000_000] {
        let law = cell.scenario.truth.law.finite().unwrap();
        let information = fisher_information(&truth_at(cell, size), &law.points, &law.probabilities);
        let condition = condition_number(&information.iter().copied().collect::<Vec<_>>(), 9);
        let row = said.out.lines().find(|l| l.contains(&format!("exact at n = {size} ")));
        let row = row.unwrap_or_else(|| panic!("{rows:?}"));
        assert!(row.contains(&format!(" {condition:.0} ")), "{row} should have {condition}");
    }
    let said = desk.moe("plan drawn.toml", 0);
    let written = said.out.split("[truth.binary]").nth(1).unwrap();
    let rows: Vec<&str> = written.lines().skip(1).take(2).collect();
    let copied =
        edited(DOUBLES, &format!("gates = [[0.0, 4.0, 0.0], [0.0, 0.0, 0.0]]\n{ROWS}"), &rows.join("\n"));
    assert_eq!(loaded(&copied).experiment.cells[0].hash, loaded(&drawn(1, 0)).experiment.cells[0].hash);
}

fn drawn(seed: u64, vanishing: u64) -> String {
    let random = format!(
        "random = {{ experts = 2, classes = 2, covariates = 2, vanishing = {vanishing}, scale = 3.0, seed = {seed} }}"
    );
    edited(DOUBLES, &format!("gates = [[0.0, 4.0, 0.0], [0.0, 0.0, 0.0]]\n{ROWS}"), &random)
}

#[test]
fn random_truths_depend_on_their_own_seed_alone() {
    let hash = |text: &str, seed: Option<u64>| {
        let overrides = Overrides { seed, ..Overrides::default() };
        load::parse("test.toml", text, &overrides).unwrap().experiment.cells[0].hash
    };
    assert_eq!(hash(&drawn(1, 0), None), hash(&drawn(1, 0), Some(99)));
    assert_ne!(hash(&drawn(1, 0), None), hash(&drawn(2, 0), None));
    assert_ne!(hash(&drawn(1, 0), None), hash(&drawn(1, 1), None));
    let measure = loaded(&drawn(1, 1)).experiment.cells[0].scenario.truth.measure.clone();
    assert!(measure.atoms()[0].vanishes() && !measure.atoms()[1].vanishes());
}
