//! The exhibits: densities equal to a few units in the last place, losses bounded below, and the identities and
//! inequalities behind them for parameters that nobody chose.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use moe_core::exhibit::identity::{constants_as_logistic, doubled, nearly_split, split};
use moe_core::exhibit::separation::{le_cam, of_loss, total, total_variation};
use moe_core::exhibit::{Comparison, Pair, all, compare, find};
use moe_core::gate::GateMap;
use moe_core::loss::{Loss, loss};
use moe_core::measure::{Atom, MixingMeasure};
use moe_core::model::class_probabilities;
use moe_core::numeric::power;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

fn fixed(cases: u32) -> Config {
    let mut config = Config::with_cases(cases);
    config.rng_seed = RngSeed::Fixed(20_240_721);
    config.rng_algorithm = RngAlgorithm::ChaCha;
    config.failure_persistence = None;
    config
}

fn comparisons(pair: &Pair) -> Vec<Comparison> {
    pair.maps.iter().map(|map| compare(pair, *map)).collect()
}

#[test]
fn densities_are_equal_and_losses_are_not_small() {
    let mut compared = 0;
    for exhibit in all() {
        for pair in exhibit.pairs.iter().filter(|pair| pair.size.is_none()) {
            assert!((total(&pair.truth) - total(&pair.rival)).abs() < 1e-14, "{}", exhibit.name);
            assert!(pair.truth.extent() <= 10.0 && pair.rival.extent() <= 10.0, "{}", exhibit.name);
            for found in comparisons(pair) {
                let what = format!("{} under {}: {found:?}", exhibit.name, found.map);
                assert!(found.points >= 40_000 && found.difference <= 1e-15, "{what}");
                assert!(found.hellinger < 1e-15 && found.total_variation == 0.0, "{what}");
                assert!(found.losses[0] > 0.5 && found.losses[1] > 0.25, "{what}");
                assert!(found.bounds[0] > 0.2 && found.bounds[1] > 0.01, "{what}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 25, "{compared}");
}

#[test]
fn every_gate_map_is_shown() {
    for name in ["vanishing-expert", "shared-slopes", "doubled-atoms"] {
        let maps: Vec<String> = find(name).unwrap().pairs[0].maps.iter().map(GateMap::to_string).collect();
        for family in ["identity", "sin(", "cos(", "tanh(", "sigmoid(", "power("] {
            assert!(maps.iter().any(|map| map.starts_with(family)), "{name}: {family} is not in {maps:?}");
        }
    }
    assert!(find("no-such").is_none());
}

/// Along the path densities approach each other fast enough, while the measures stay apart.
#[test]
fn the_bound_along_the_path_does_not_fall() {
    let path = find("vanishing-path").unwrap();
    let found: Vec<Comparison> = path.pairs.iter().map(|pair| compare(pair, GateMap::Identity)).collect();
    for (pair, found) in path.pairs.iter().zip(&found) {
        let n = pair.size.unwrap() as f64;
        // δ³ = 3.4 n^(-1/2), and the difference is of that order.
        assert!((0.5..5.0).contains(&(found.difference * n.sqrt())), "{found:?}");
        assert!(found.total_variation < 0.4 && found.bounds[0] > 0.6, "{found:?}");
        assert!(
            pair.truth.atoms().iter().all(|atom| !atom.vanishes()),
            "every truth of the path is in Regime 1"
        );
    }
    assert!(found.last().unwrap().hellinger < 2e-3 * found[0].hellinger);
    assert!(found.last().unwrap().bounds[0] > 0.85 * found[0].bounds[0]);
}

/// The largest difference of two densities over some points.
fn apart(a: &MixingMeasure, b: &MixingMeasure, map: GateMap) -> f64 {
    let shape = a.shape();
    let (mut p, mut q) = (vec![0.0; shape.classes], vec![0.0; shape.classes]);
    let mut most = 0.0f64;
    for i in 0..60 {
        let x: Vec<f64> = (0..shape.dim).map(|j| ((7 * i + 13 * j) % 41) as f64 / 20.0 - 1.0).collect();
        class_probabilities(a, &x, &map.apply_all(&x), &mut p);
        class_probabilities(b, &x, &map.apply_all(&x), &mut q);
        most = p.iter().zip(&q).fold(most, |most, (p, q)| most.max((p - q).abs()));
    }
    most
}

fn maps() -> impl Strategy<Value = GateMap> {
    prop_oneof![
        Just(GateMap::Identity),
        (0.2..6.0f64).prop_map(GateMap::Sin),
        (0.2..6.0f64).prop_map(GateMap::Cos),
        (0.2..6.0f64).prop_map(GateMap::Tanh),
        (0.2..6.0f64).prop_map(GateMap::Sigmoid),
        (2..6u32).prop_map(GateMap::Power),
    ]
}

fn atoms(classes: usize, dim: usize) -> impl Strategy<Value = Atom> {
    let numbers = |n| prop::collection::vec(-4.0..4.0f64, n);
    (-1.5..1.5f64, numbers(dim), numbers(classes - 1), numbers((classes - 1) * dim)).prop_map(
        |(log_weight, gate_slope, intercepts, slopes)| Atom { log_weight, gate_slope, intercepts, slopes },
    )
}

/// Two atoms with K classes and d covariates.
fn measures(classes: usize, dim: usize) -> impl Strategy<Value = MixingMeasure> {
    prop::collection::vec(atoms(classes, dim), 2).prop_map(move |a| MixingMeasure::new(classes, dim, a))
}

fn shapes() -> impl Strategy<Value = MixingMeasure> {
    (2..=4usize, 1..=3usize).prop_flat_map(|(classes, dim)| measures(classes, dim))
}

/// Probability moved from one class to another of the first expert, as a share of the smaller one.
fn moved(atom: &Atom, from: usize, to: usize, share: f64) -> Vec<f64> {
    let mut p: Vec<f64> = atom.intercepts.iter().copied().chain([0.0]).collect();
    moe_core::model::softmax(&mut p);
    let mut shift = vec![0.0; p.len()];
    let step = share * p[from].min(p[to]);
    (shift[from], shift[to]) = (-step, step);
    shift
}

fn with_halves(measure: &MixingMeasure, halves: &[Atom]) -> MixingMeasure {
    let shape = measure.shape();
    let atoms = halves.iter().chain(&measure.atoms()[1..]).cloned().collect();
    MixingMeasure::new(shape.classes, shape.dim, atoms)
}

proptest! {
    #![proptest_config(fixed(256))]

    /// Two classes that share a slope vector, the reference class among them or not, split under every map.
    #[test]
    fn shared_slopes_split(
        measure in shapes(), map in maps(), share in 0.1..0.9f64, step in 0.05..0.9f64, pick in 0..6usize,
    ) {
        let (classes, dim) = (measure.shape().classes, measure.shape().dim);
        let (from, to) = (pick % classes, (pick % classes + 1 + pick / classes % (classes - 1)) % classes);
        let mut atoms = measure.atoms().to_vec();
        let slope = |atom: &Atom, c: usize| {
            if c + 1 < classes { atom.class_slope(c).to_vec() } else { vec![0.0; dim] }
        };
        let (one, other) = if to + 1 == classes { (to, from) } else { (from, to) };
        let common = slope(&atoms[0], one);
        atoms[0].slopes[other * dim..(other + 1) * dim].copy_from_slice(&common);
        let truth = MixingMeasure::new(classes, dim, atoms);
        let shift = moved(&truth.atoms()[0], from, to, step);
        let halves = split(&truth.atoms()[0], share, &shift).unwrap();
        let rival = with_halves(&truth, &halves);
        prop_assert!(apart(&truth, &rival, map) < 1e-14);
        prop_assert!(halves[0].intercepts != halves[1].intercepts);
    }

    /// A vanishing expert splits along any direction.
    #[test]
    fn vanishing_experts_split(
        measure in shapes(), map in maps(), share in 0.1..0.9f64, steps in prop::collection::vec(-0.9..0.9f64, 4),
    ) {
        let (classes, dim) = (measure.shape().classes, measure.shape().dim);
        let mut atoms = measure.atoms().to_vec();
        atoms[0].slopes.fill(0.0);
        let truth = MixingMeasure::new(classes, dim, atoms);
        let mut shift = vec![0.0; classes];
        for c in 1..classes {
            let pair = moved(&truth.atoms()[0], 0, c, steps[c] / classes as f64);
            shift.iter_mut().zip(pair).for_each(|(s, p)| *s += p);
        }
        prop_assume!(shift.iter().sum::<f64>().abs() < 1e-15);
        let halves = split(&truth.atoms()[0], share, &shift).unwrap();
        prop_assert!(apart(&truth, &with_halves(&truth, &halves), map) < 1e-14);
    }

    #[test]
    fn doubled_atoms(measure in shapes(), map in maps(), ratio in 0.05..20.0f64, shift in prop::collection::vec(-5.0..5.0f64, 3)) {
        let twice = doubled(&measure, ratio, &shift[..measure.shape().dim]);
        prop_assert!(apart(&measure, &twice, map) < 1e-14);
        prop_assert!((total(&measure) - total(&twice)).abs() < 1e-12 * total(&measure));
    }

    #[test]
    fn two_constants_are_a_constant_gate(
        c in -2.0..2.0f64, slope in prop::collection::vec(-5.0..5.0f64, 1..4), p in 0.02..0.98f64, q in 0.02..0.98f64,
    ) {
        prop_assume!((p - q).abs() > 0.01);
        let [constants, logistic] = constants_as_logistic(c, &slope, p.max(q), p.min(q));
        prop_assert!(apart(&constants, &logistic, GateMap::Identity) < 1e-14);
        prop_assert!((total(&constants) - total(&logistic)).abs() < 1e-13 * total(&constants));
    }

    /// The near split is of third order: halving the slope divides the difference by eight.
    #[test]
    fn the_path_is_of_third_order(measure in measures(2, 2), map in maps(), a in 0.5..3.0f64, v in prop::collection::vec(-1.0..1.0f64, 2)) {
        prop_assume!(v[0].abs() + v[1].abs() > 0.2);
        let difference = |delta: f64| {
            let slope: Vec<f64> = v.iter().map(|v| delta * v).collect();
            let [whole, first, second] = nearly_split(&measure.atoms()[0], a, &slope);
            apart(&with_halves(&measure, &[whole]), &with_halves(&measure, &[first, second]), map)
        };
        let (coarse, fine) = (difference(0.02), difference(0.01));
        prop_assume!(fine > 1e-11);
        prop_assert!((coarse / fine - 8.0).abs() < 0.3, "{coarse} and {fine}");
    }
}

/// Measures H that try to be near both: atoms of either one, moved a little, with weights of their own.
fn between(pair: &Pair, picks: &[(usize, f64, f64)], shift: &[f64]) -> MixingMeasure {
    let (a, b) = (pair.truth.atoms(), pair.rival.atoms());
    let atoms = picks.iter().map(|(pick, weight, moved)| {
        let pick = pick % (a.len() + b.len());
        let mut atom = if pick < a.len() { a[pick].clone() } else { b[pick - a.len()].clone() };
        atom.log_weight += weight;
        atom.gate_slope.iter_mut().zip(shift).for_each(|(b, t)| *b += t);
        atom.intercepts.iter_mut().for_each(|a| *a += moved);
        atom
    });
    MixingMeasure::new(pair.truth.shape().classes, 2, atoms.collect())
}

proptest! {
    #![proptest_config(fixed(200))]

    /// The inequality that Le Cam's method is fed with: no measure is near both.
    #[test]
    fn no_measure_is_near_both(
        picks in prop::collection::vec((0..8usize, -2.0..2.0f64, -0.3..0.3f64), 1..5),
        shift in prop::collection::vec(-3.0..3.0f64, 2),
    ) {
        for exhibit in all() {
            let pair = &exhibit.pairs[0];
            let between = between(pair, &picks, &shift);
            for kind in [Loss::D1, Loss::D2, Loss::D3(4)] {
                let least = of_loss(kind, pair.separation, total(&pair.truth), pair.truth.shape().classes);
                let sum = loss(kind, &between, &pair.truth).value + loss(kind, &between, &pair.rival).value;
                prop_assert!(sum >= least - 1e-12, "{} {kind}: {sum} below {least}", exhibit.name);
            }
        }
    }
}

#[test]
fn a_split_that_is_none_is_refused() {
    let pair = find("shared-slopes").unwrap().pairs.remove(0);
    let atom = &pair.truth.atoms()[0];
    assert!(split(atom, 0.5, &[0.1, 0.0, -0.1]).is_none(), "classes 0 and 2 have different slopes");
    assert!(split(atom, 0.5, &[0.1, -0.05, 0.0]).is_none(), "the shift does not sum to zero");
    assert!(split(atom, 0.5, &[0.9, -0.9, 0.0]).is_none(), "a class would have a negative probability");
    assert!(split(atom, 1.0, &[0.1, -0.1, 0.0]).is_none(), "one half would have no weight");
    assert!(split(atom, 0.5, &[0.1, -0.1]).is_none(), "three classes need three numbers");
    assert!(split(atom, 0.5, &[0.0; 3]).is_none(), "nothing is moved");
}

/// The bound against the exact total variation of two binomial laws with n trials, which is that of n coin tosses.
#[test]
fn total_variation_of_many_coins_is_below_the_bound() {
    let pmf = |n: u32, p: f64| -> Vec<f64> {
        let choose = |k: u32| (0..k).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
        (0..=n).map(|k| choose(k) * power(p, k) * power(1.0 - p, n - k)).collect()
    };
    for (p, q) in [(0.5, 0.52), (0.3, 0.5), (0.05, 0.07), (0.4, 0.4)] {
        let root = |a: f64, b: f64| (a.sqrt() - b.sqrt()) * (a.sqrt() - b.sqrt());
        let squared = 0.5 * (root(p, q) + root(1.0 - p, 1.0 - q));
        for n in [1, 5, 40] {
            let exact = 0.5 * pmf(n, p).iter().zip(pmf(n, q)).map(|(a, b)| (a - b).abs()).sum::<f64>();
            let bound = total_variation(squared, u64::from(n));
            assert!((exact..=1.0).contains(&bound), "{p} {q} {n}: {exact} above {bound}");
            assert!(bound <= 2.5 * exact.max(1e-9), "{p} {q} {n}: {bound} says little about {exact}");
        }
    }
    assert_eq!(le_cam(2.0, 0.25), 0.75);
}
