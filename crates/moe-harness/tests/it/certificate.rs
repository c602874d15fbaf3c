//! What a row says of its fit, held against what only a simulation knows: the truth, and the exact-specified fit.

use moe_core::measure::{Atom, MixingMeasure};
use moe_core::numeric::ln;
use moe_estimators::likelihood::Likelihood;
use moe_estimators::stop::StopRule;
use moe_harness::aggregate::{Place, Rows};
use moe_harness::experiment::{Experiment, Method, Points, Radius, Starts};
use moe_harness::measure::{Prepared, measure};
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::record::{Record, Status};

use crate::program::{NEWTON, loaded};

/// A record of a cell of the small experiment, fitted as `method` says, after some change of the cell.
fn row(cell: usize, method: Method, replication: u64, change: impl Fn(&mut Experiment)) -> Record {
    let mut experiment = loaded(NEWTON).experiment;
    experiment.arms[0].method = method;
    change(&mut experiment);
    let prepared = Prepared::new(&experiment.cells[cell], 3000);
    measure(&prepared, &experiment.arms[0], experiment.seed, 3000, replication)
}

const RULE: StopRule = StopRule { score: 1e-9, gain: 1e-10, iterations: 200 };

fn near(radius: f64, stop: StopRule) -> Method {
    let radius = Radius { size: radius, rate: 0.0 };
    Method::Newton { starts: Starts::Points(Points::NearTruth { count: 1, radius }), stop }
}

fn search() -> Method {
    loaded(NEWTON).experiment.arms[0].method.clone()
}

#[test]
fn the_exact_fit_is_known_where_the_order_is_not_exact() {
    for replication in 0..4 {
        let exact = row(0, near(0.0, RULE), replication, |_| {});
        let over = row(1, near(0.1, RULE), replication, |_| {});
        assert_eq!(exact.log_likelihood_exact, None, "the exact-specified cell has no fit beside its own");
        assert_eq!(exact.log_likelihood_truth, over.log_likelihood_truth, "the cells share their data");
        // The same data, started at the truth: the exact cell's own fit is what the other cell is held against.
        let (own, bar) = (exact.fit.unwrap().log_likelihood, over.log_likelihood_exact.unwrap());
        assert!((own - bar).abs() < 1e-7 && bar > over.log_likelihood_truth, "{own} {bar}");
    }
}

#[test]
fn halves_of_an_atom_have_the_likelihood_of_the_whole() {
    // What makes a fit below the exact-specified one a proven failure.
    let experiment = loaded(NEWTON).experiment;
    let truth = &experiment.cells[0].scenario.truth;
    let data = Prepared::new(&experiment.cells[0], 3000).data(7, 3000, 0);
    let mut atoms = truth.measure.atoms().to_vec();
    let half = Atom { log_weight: atoms[0].log_weight - ln(2.0), ..atoms[0].clone() };
    atoms.splice(0..1, [half.clone(), half]);
    let split = MixingMeasure::new(2, 2, atoms);
    let value = |measure: &MixingMeasure| {
        Likelihood::new(&data, measure.atoms().len(), truth.gate_map).value(&measure.parameters())
    };
    assert!((value(&split) - value(&truth.measure)).abs() < 1e-9);
}

#[test]
fn a_fit_below_the_exact_one_is_a_proven_failure_and_is_kept() {
    // One iteration from far away ends below the truth; a few from nearby between the truth and the exact fit.
    let cut = |iterations| StopRule { iterations, ..RULE };
    let mut seen = [0, 0];
    for replication in 0..6 {
        for (radius, iterations) in [(3.0, 1), (0.05, 1), (0.02, 2)] {
            let record = row(1, near(radius, cut(iterations)), replication, |_| {});
            let fit = record.fit.as_ref().unwrap();
            let exact = record.log_likelihood_exact.unwrap();
            let (below_truth, below_exact) =
                (fit.log_likelihood < record.log_likelihood_truth, fit.log_likelihood < exact - 1e-5);
            assert_eq!(record.status == Status::Failed, below_exact, "{}", record.reason);
            assert_eq!(record.is_proven_failure(), below_exact);
            if below_exact {
                assert!(record.reason.ends_with("below the likelihood of the exact-specified fit"));
                assert!(fit.quantities.get(Kind::D1).unwrap().is_finite() && !record.starts.is_empty());
                seen[usize::from(below_truth)] += 1;
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "both kinds are tried: {seen:?}");
}

#[test]
fn in_an_exact_cell_the_truth_is_the_bar() {
    let record = row(0, near(3.0, StopRule { iterations: 1, ..RULE }), 0, |_| {});
    assert!(
        record.is_proven_failure() && record.reason.ends_with("the likelihood of the truth"),
        "{}",
        record.reason
    );
}

#[test]
fn without_room_for_a_split_nothing_is_proven() {
    // In a box of half-width 0.2 no measure of two atoms has room for a third, up or down.
    let shrunk = |experiment: &mut Experiment| {
        for cell in &mut experiment.cells {
            cell.scenario.box_bound = 0.2;
            let shape = cell.scenario.truth.measure.shape();
            let near_zero = vec![0.1; shape.parameters()];
            cell.scenario.truth.measure = MixingMeasure::from_parameters(shape, &near_zero);
        }
    };
    let stopped = near(0.2, StopRule { iterations: 0, ..RULE });
    let mut below = 0;
    for replication in 0..10 {
        let record = row(1, stopped.clone(), replication, shrunk);
        let fit = record.fit.as_ref().unwrap();
        assert!(record.log_likelihood_exact.is_some());
        below += u32::from(fit.log_likelihood < record.log_likelihood_exact.unwrap() - 1e-3);
        assert_ne!(record.status, Status::Failed, "{}", record.reason);
    }
    assert!(below > 0, "some fit is below all the same, and must not count as proven");
}

#[test]
fn what_is_not_shown_to_be_a_maximum_says_why() {
    let record = row(0, near(0.0, StopRule { iterations: 2, ..RULE }), 0, |_| {});
    assert_eq!(
        (record.status, &*record.reason),
        (Status::Uncertified, "the ascent ended with iteration-cap")
    );
    let record = row(1, search(), 0, |_| {});
    let fit = record.fit.as_ref().unwrap();
    assert_eq!(record.status, Status::Certified, "{}", record.reason);
    assert!(fit.score <= 1e-9 && fit.gain <= 1e-10 && fit.hits >= 1);
    assert!(fit.log_likelihood >= record.log_likelihood_exact.unwrap());
}

#[test]
fn a_proven_failure_keeps_its_numbers_and_counts_as_failed() {
    let mut experiment = loaded(NEWTON).experiment;
    experiment.arms[0].method = near(3.0, StopRule { iterations: 1, ..RULE });
    let prepared = Prepared::new(&experiment.cells[1], 3000);
    let records: Vec<Record> =
        (0..4).map(|r| measure(&prepared, &experiment.arms[0], experiment.seed, 3000, r)).collect();
    let rows = Rows::new(&experiment, &records);
    assert!(rows.values(1, 0, 3000, Quantity::of_row(Kind::D2)).iter().all(|v| v.is_finite()));
    let fits = rows.fits(1, 0);
    assert_eq!((fits.rows, fits.failed, fits.proven_failures, fits.certified), (4, 4, 4, 0));
    let reasons: Vec<_> = rows.reasons(1, 0).into_iter().map(|(r, n)| (r.status, r.text, n)).collect();
    assert_eq!(reasons, [("failed", "proven failure".to_owned(), 4)]);
    let place = |cell| Place { cells: vec![cell], arm: 0 };
    let said = rows.too_many_failures(&place(1), 0).unwrap();
    assert!(said.starts_with("4 of 4 fits in over at n = 3000 failed"), "{said}");
    assert_eq!(rows.too_many_failures(&place(0), 0), None, "what is not there has not failed");
}
