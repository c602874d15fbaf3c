//! What drafts promise: sums of cubics to the last digits, log-likelihoods nearly, and only where they pay.

use super::*;
use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::shape::Shape;

use crate::instructions::Instructions;
use crate::likelihood::{Derivatives, Likelihood};
use crate::newton::Ascent;
use crate::stop::StopRule;
use crate::workers::Half;
use moe_core::stream::{Address, Purpose};
use ndarray::Array2;

/// Rows on a box, labels at random; the covariates of the first half lie on one side.
fn data(rows: usize, dim: usize) -> Dataset {
    let address = Address { seed: 3, purpose: Purpose::Starts, content: [0; 32], size: 1, replication: 0 };
    let mut stream = address.indexed(rows as u64);
    let x = Array2::from_shape_fn((rows, dim), |(i, j)| {
        stream.between(-1.0 - j as f64, if 2 * i < rows { 0.0 } else { 2.0 })
    });
    let labels = (0..rows).map(|_| u32::from(stream.between(0.0, 1.0) < 0.3)).collect();
    Dataset { x, labels, counts: (0..rows as u64).map(|i| 1 + i % 3).collect(), classes: 2 }
}

fn problem(dim: usize, gate_map: GateMap, box_bound: f64) -> Problem {
    Problem { shape: Shape { experts: 3, classes: 2, dim }, gate_map, box_bound }
}

#[test]
fn sums_of_cubics_are_those_of_the_rows() {
    for (size, dim, nodes) in [(3000, 1, 36), (3000, 2, 27), (33_000, 3, 20), (3001, 4, 5)] {
        let counted = data(size, dim);
        let once = Dataset { counts: vec![1; size], ..counted.clone() };
        for data in [counted, once] {
            sums_are_those_of_the_rows(&data, nodes);
        }
    }
}

fn sums_are_those_of_the_rows(data: &Dataset, nodes: usize) {
    let (size, dim) = data.x.dim();
    let rows = PackedRows::new(data, GateMap::Identity, Workers::ALONE);
    let lattice = Lattice::new(&rows, nodes).expect("ranges");
    let strips = gather(&rows, &lattice, 2, pulp::Arch::new(), Workers::ALONE);
    assert_eq!(strips.rows.iter().sum::<u32>() as usize, size, "padding is no row");
    for arch in Instructions::available().into_iter().filter_map(Instructions::arch) {
        let again = gather(&rows, &lattice, 2, arch, Workers::ALONE);
        assert!(again.gifts == strips.gifts && again.rows == strips.rows, "{arch:?}");
    }
    let weights = strips.weights(&lattice);
    let cubic = |j: usize, x: f64| 1.5 + j as f64 - x + 0.4 * x * x - 0.3 * x * x * x;
    let product = |x: &dyn Fn(usize) -> f64| (0..dim).map(|j| cubic(j, x(j))).product::<f64>();
    for class in 0..2 {
        let own = (0..size).filter(|i| data.labels[*i] == class);
        let of_rows: f64 = own.map(|i| data.counts[i] as f64 * product(&|j| data.x[[i, j]])).sum();
        let weights = &weights[class as usize * lattice.size()..][..lattice.size()];
        let of_node = |(at, w): (usize, &f64)| w * product(&|j| lattice.coordinate(at, j));
        let of_nodes: f64 = weights.iter().enumerate().map(of_node).sum();
        assert!((of_nodes / of_rows - 1.0).abs() < 1e-11, "d = {dim}: {of_nodes} {of_rows}");
    }
}

/// Four classes, of which one in the middle was never seen: the others give to strips of their own, whoever gathers.
#[test]
fn workers_gather_what_one_gathers() {
    fn backwards(one: Half<'_>, other: Half<'_>) {
        other();
        one();
    }
    fn side_by_side(one: Half<'_>, other: Half<'_>) {
        std::thread::scope(|scope| {
            scope.spawn(one);
            other();
        });
    }
    for (dim, nodes) in [(1, 36), (2, 27), (3, 20)] {
        let mut data = Dataset { classes: 4, ..data(40_000, dim) };
        data.labels.iter_mut().zip(0..).for_each(|(label, i)| *label = [0, 2, 3, 0, 2][i % 5]);
        let rows = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        assert_eq!(rows.runs.len(), 3);
        let lattice = Lattice::new(&rows, nodes).expect("ranges");
        let alone = gather(&rows, &lattice, 4, pulp::Arch::new(), Workers::ALONE);
        let of_class = |class: usize| &alone.gifts[class * lattice.strips()..][..lattice.strips()];
        let nothing = |class: usize| of_class(class).as_flattened().iter().all(|gift| *gift == 0.0);
        assert_eq!([0, 1, 2, 3].map(nothing), [false, true, false, false]);
        for workers in [Workers::new(2, backwards), Workers::new(3, side_by_side)] {
            let shared = gather(&rows, &lattice, 4, pulp::Arch::new(), workers);
            assert!(shared.gifts == alone.gifts && shared.rows == alone.rows);
        }
    }
}

/// Whole numbers that are the nodes of their axis, beside a continuous covariate: a row at a node lies in the gap above
/// it, and nodes between which no row lies are left out.
#[test]
fn rows_at_nodes_give_to_them_alone() {
    let mut data = data(6000, 2);
    data.x.column_mut(0).iter_mut().zip(0..).for_each(|(x, i)| *x = f64::from(7 * (i % 6)));
    let rows = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
    let lattice = Lattice::new(&rows, 36).expect("ranges");
    let strips = gather(&rows, &lattice, 2, pulp::Arch::new(), Workers::ALONE);
    for (node, rows) in strips.rows.chunks_exact(36).enumerate() {
        let here: u32 = rows.iter().sum();
        assert_eq!(here, if node % 7 == 0 { 1000 } else { 0 }, "node {node}");
    }
    let draft =
        of(&rows, &problem(2, GateMap::Identity, 2.0), pulp::Arch::new(), Workers::ALONE).expect("a draft");
    assert_eq!(draft.vectors(), 6 * 36);
}

#[test]
fn drafts_have_the_points_that_plans_expect() {
    for (rows, dim, expected) in [(3000, 1, 36), (3000, 2, 27 * 27), (10_000, 2, 36 * 36)] {
        let draft = of(
            &PackedRows::new(&data(rows, dim), GateMap::Identity, Workers::ALONE),
            &problem(dim, GateMap::Identity, 2.0),
            pulp::Arch::new(),
            Workers::ALONE,
        );
        assert_eq!(draft.map(|draft| draft.vectors()), Some(expected));
        assert_eq!(expected_points(rows, dim), Some(expected));
    }
    assert_eq!([(1599, 1), (100_000, 4)].map(|(rows, dim)| expected_points(rows, dim)), [None, None]);
}

#[test]
fn the_fullest_gap_is_that_of_the_axis_where_rows_crowd() {
    for dim in 1..=2 {
        let mut data = data(3000, dim);
        // Most rows between two nodes of the last axis, none of whose ends moves.
        data.x.column_mut(dim - 1).iter_mut().skip(2).step_by(3).for_each(|x| *x = -0.37);
        let rows = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        let lattice = Lattice::new(&rows, nodes(rows.vectors(), dim).expect("enough rows")).expect("ranges");
        let strips = gather(&rows, &lattice, 2, pulp::Arch::new(), Workers::ALONE);
        assert_eq!(strips.rows.iter().sum::<u32>(), 3000, "each row lies in one cell");
        let gaps = (0..dim).map(|j| {
            let mut gaps = vec![0_u64; lattice.nodes];
            let places = data.x.column(j).map(|x| (x - lattice.axes[j].0) * lattice.scales[j]);
            places.iter().for_each(|place| gaps[*place as usize] += 1);
            gaps.into_iter().max().expect("nodes")
        });
        let fullest = gaps.max().expect("axes");
        assert!(fullest > 1000);
        assert_eq!(strips.fullest_gap(&lattice), fullest);
    }
}

/// What an ascent knows after it was carried over is of the rows, whether the first step was taken or not.
#[test]
fn carried_ascents_know_the_rows_alone() {
    let (data, other) = (data(4000, 2), data(2000, 2));
    let mut rows = Likelihood::new(&data, 3, GateMap::Identity);
    let mut draft = rows.draft(&problem(2, GateMap::Identity, 10.0)).expect("a draft");
    // The curvature of half the rows is no draft: it promises too much.
    let mut misleading = Likelihood::new(&other, 3, GateMap::Identity);
    let rule = StopRule { score: 1e-9, gain: 1e-10, iterations: 40 };
    let (mut taken, mut refused) = (0, 0);
    for start in 0..12 {
        let at: Vec<f64> = (0..15).map(|i| f64::from((i * 7 + start * 5) % 11) - 5.0).collect();
        for likelihood in [&mut draft, &mut misleading] {
            let mut from = Ascent::new(likelihood, &at, 10.0);
            from.advance(likelihood, &rule, 4 * start as u32);
            let before = rows.passes();
            let mut carried = Ascent::carried(&mut rows, &from);
            assert_eq!(u64::from(carried.passes()), rows.passes() - before);
            let moved = carried.parameters() != from.parameters();
            (taken, refused) = (taken + u32::from(moved), refused + u32::from(!moved));
            let mut anew = Ascent::new(&mut rows, carried.parameters(), 10.0);
            assert_eq!(carried.value(), anew.value());
            assert_eq!(carried.projected_score(&rows), anew.projected_score(&rows));
            assert_eq!(carried.certify(&rows), anew.certify(&rows));
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} {refused}");
}

#[test]
fn log_likelihood_and_derivatives_are_nearly_those_of_the_rows() {
    let data = data(20_000, 2);
    for gate_map in [GateMap::Identity, GateMap::Sin(3.0)] {
        let mut rows = Likelihood::new(&data, 3, gate_map);
        let mut draft = rows.draft(&problem(2, gate_map, 10.0)).expect("a draft");
        assert!(8 * draft.rows().blocks() <= rows.rows().blocks());
        assert_eq!((rows.size(), rows.reach(10.0)), (draft.size(), draft.reach(10.0)));
        let at: Vec<f64> = (0..15).map(|i| [0.3, 3.0, -2.0, 1.0, 2.5][i % 5]).collect();
        let (mut exact, mut near) = (Derivatives::default(), Derivatives::default());
        rows.derivatives(&at, &mut exact);
        draft.derivatives(&at, &mut near);
        assert!(
            (near.value / exact.value - 1.0).abs() < 1e-4,
            "{gate_map:?}: {} {}",
            near.value,
            exact.value
        );
        let size = exact.score.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        for (near, exact) in near.score.iter().zip(&exact.score) {
            assert!((near - exact).abs() < 1e-3 * size, "{gate_map:?}: {near} {exact}");
        }
    }
}

#[test]
fn only_many_rows_of_varying_covariates_in_small_boxes_are_drafted() {
    let drafted = |data: &Dataset, bound| {
        let rows = PackedRows::new(data, GateMap::Identity, Workers::ALONE);
        of(&rows, &problem(data.dim(), GateMap::Identity, bound), pulp::Arch::new(), Workers::ALONE).is_some()
    };
    assert!(drafted(&data(FEWEST_ROWS, 2), 5.0));
    assert!(!drafted(&data(FEWEST_ROWS - 1, 2), 5.0));
    assert!(!drafted(&data(5000, 3), 5.0), "too few rows for so many axes");
    assert!(!drafted(&data(5000, 40), 5.0));
    assert!(!drafted(&data(FEWEST_ROWS, 2), 50.0), "softmaxes that fall between the nodes");
    let mut constant = data(5000, 2);
    constant.x.column_mut(1).fill(1.0);
    assert!(!drafted(&constant, 5.0));
    let mut repeated = data(5000, 2);
    repeated.x.fill(1.0);
    assert!(!drafted(&repeated, 5.0), "points already");
    let mut stretched = data(5000, 2);
    stretched.x[[7, 1]] = 1e3;
    assert!(!drafted(&stretched, 5.0), "nearly all rows between two nodes");
    let mut narrow = data(5000, 2);
    narrow.x.column_mut(1).iter_mut().enumerate().for_each(|(i, x)| *x = (i % 2) as f64 * 1e-308);
    assert!(!drafted(&narrow, 5.0), "a range that cannot be divided");
    stretched.x[[7, 1]] = f64::MAX;
    assert!(!drafted(&stretched, 5.0));
}
