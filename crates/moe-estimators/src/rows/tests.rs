//! How rows and points are packed, and what is not stored.

use super::*;
use ndarray::array;

/// Eleven rows, no two neighbours equal; none has class 1.
fn scattered() -> Dataset {
    let x = ndarray::Array2::from_shape_fn((11, 2), |(i, j)| i as f64 * 0.5 - 2.0 - j as f64);
    let labels = vec![2, 0, 2, 2, 2, 2, 0, 2, 2, 2, 2];
    Dataset { x, labels, counts: vec![1, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1], classes: 3 }
}

#[test]
fn rows_lie_by_label_in_their_order_and_padding_repeats_the_last() {
    let data = scattered();
    let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
    let run = |at: usize| (packed.runs[at].labels.first, packed.runs[at].unit, packed.runs[at].first);
    assert_eq!((packed.runs.len(), run(0), run(1)), (2, (0, false, 0), (2, true, 1)));
    assert_eq!((packed.blocks(), packed.vectors(), packed.size), (3, 11, 13.0));
    assert_eq!(packed.count[0], [1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(packed.x[0], [-1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(packed.x[2], [-2.0, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0, 2.5], "the first axis of class 2");
    assert_eq!(packed.x[5], [2.0; LANES], "the second axis of its last row and the padding");
    assert_eq!(packed.count[2], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!((&packed.x_bound, packed.m.len()), (&vec![3.0, 3.0], 0));
    let mapped = PackedRows::new(&data, GateMap::Power(2), Workers::ALONE);
    assert_eq!((&mapped.m_bound, mapped.m[0][1]), (&vec![9.0, 9.0], 1.0));
}

/// All counts of a run.
fn counts_in(packed: &PackedRows, run: &Run) -> Vec<f64> {
    (run.first..run.end).flat_map(|block| packed.counts_of(run, block).as_flattened().to_vec()).collect()
}

/// More rows than are packed together, of `classes` classes in an order without a pattern.
fn many(dim: usize, classes: usize) -> Dataset {
    let rows = TOGETHER + 77;
    let x = ndarray::Array2::from_shape_fn((rows, dim), |(i, j)| ((i * 31 + j * 17) % 1009) as f64 - 400.0);
    let labels = (0..rows).map(|i| (i * i / 3 % 7 % classes) as u32).collect();
    Dataset { x, labels, counts: vec![1; rows], classes }
}

/// Where two labels have their next free places in registers, rows lie as everywhere.
#[test]
fn every_row_lies_in_its_place_whatever_the_number_of_classes() {
    for (dim, classes) in [(1, 2), (2, 2), (3, 2), (1, 3), (2, 3), (3, 4)] {
        let data = many(dim, classes);
        let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        assert_eq!(packed.runs.len(), classes);
        for run in &packed.runs {
            let own = |i: &usize| data.labels[*i] as usize == run.labels.first;
            let rows: Vec<usize> = (0..data.rows()).filter(own).collect();
            assert_eq!((run.vectors, run.unit), (rows.len(), true));
            for (at, row) in rows.into_iter().enumerate() {
                let block = run.first + at / LANES;
                for j in 0..dim {
                    assert_eq!(packed.x[block * dim + j][at % LANES], data.x[[row, j]]);
                }
                assert_eq!(packed.counts_of(run, block)[0][at % LANES], 1.0);
            }
        }
    }
}

/// Counts that are not stored are 1, and 0 in the padding at the end of a run, however many blocks are asked for.
#[test]
fn single_observations_have_counts_that_nobody_stores() {
    for rows in 193..=200 {
        let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| i as f64);
        let data = Dataset { x, labels: vec![0; rows], counts: vec![1; rows], classes: 2 };
        let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        let run = packed.runs[0];
        assert_eq!((run.end, packed.count.len(), packed.cells()), (25, 0, 25));
        for blocks in [0..1, 0..GROUP, 23..24, 24..25, 15..25, 25 - GROUP..25] {
            let counts = packed.counts(&run, blocks.clone()).as_flattened();
            let wanted = (blocks.start * LANES..blocks.end * LANES).map(|at| f64::from(at < rows));
            assert_eq!(counts, wanted.collect::<Vec<f64>>(), "{rows} rows, blocks {blocks:?}");
        }
    }
}

/// The first rows only make a guess.
#[test]
fn all_rows_decide_whether_points_pay() {
    // After how many rows the covariates change: in the first chunk, and in the later ones.
    for (first, later, points) in [(1, 1, false), (1, 9, true), (9, 1, false), (9, 9, true)] {
        for dim in 1..=3 {
            let rows = 4 * TOGETHER;
            let point = |i: usize| if i < TOGETHER { i / first } else { TOGETHER + i / later };
            let x = ndarray::Array2::from_shape_fn((rows, dim), |(i, j)| (point(i) + j) as f64);
            let labels = (0..rows).map(|i| i as u32 % 2).collect();
            let data = Dataset { x, labels, counts: vec![1; rows], classes: 2 };
            let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
            assert_eq!(packed.are_points(), points, "{first} {later}");
            let all: f64 = packed.runs.iter().flat_map(|run| counts_in(&packed, run)).sum();
            assert_eq!((all, packed.size), (rows as f64, rows as f64));
        }
    }
}

/// The threshold itself: 3 points for each 4 rows of two classes, at the end of a chunk of rows.
#[test]
fn points_pay_from_three_quarters_down() {
    for (points, pay) in [(3 * TOGETHER, false), (3 * TOGETHER - 1, true)] {
        let rows = 4 * TOGETHER;
        // The last rows are one point; all others differ from the row before.
        let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| i.min(points - 1) as f64);
        let data = Dataset { x, labels: vec![0; rows], counts: vec![1; rows], classes: 2 };
        assert_eq!(
            PackedRows::new(&data, GateMap::Identity, Workers::ALONE).are_points(),
            pay,
            "{points} points"
        );
    }
}

fn workers(count: usize) -> Workers {
    Workers::new(count, |one, other| {
        other();
        one();
    })
}

fn two_workers() -> Workers {
    workers(2)
}

/// A block that rows of many parts go to, none of which fills it: some parts have none of them.
#[test]
fn few_rows_of_a_label_in_many_parts_share_their_blocks() {
    let rows: usize = 140_003;
    let of_part = |part: usize, row: usize| part * rows.div_ceil(8) + row;
    let places = [of_part(0, 3), of_part(2, 0), of_part(2, 1), of_part(5, 100), of_part(7, 17_000)];
    let more = (0..9).map(|row| of_part(6, 11 * row));
    for rare in [places[..1].to_vec(), places.to_vec(), places.into_iter().chain(more).collect()] {
        let x = ndarray::Array2::from_shape_fn((rows, 2), |(i, j)| (i * 2 + j) as f64);
        let label = |i| if rare.contains(&i) { 2 } else { (i % 2) as u32 };
        let labels = (0..rows).map(label).collect();
        let data = Dataset { x, labels, counts: vec![1; rows], classes: 3 };
        let alone = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
        for count in [3, 5, 8] {
            let shared = PackedRows::new(&data, GateMap::Identity, workers(count));
            assert_eq!(alone.runs, shared.runs, "{count}");
            assert!(alone.x.as_flattened() == shared.x.as_flattened(), "{count}, {rare:?}");
        }
    }
}

/// The same threshold where two workers pack: the first row of the second differs from the last row of the first.
#[test]
fn points_are_counted_across_parts() {
    let rows = 64 * TOGETHER;
    for (points, pay) in [(48 * TOGETHER, false), (48 * TOGETHER - 1, true)] {
        let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| i.min(points - 1) as f64);
        let data = Dataset { x, labels: vec![0; rows], counts: vec![1; rows], classes: 2 };
        let packed = PackedRows::new(&data, GateMap::Identity, two_workers());
        assert_eq!(packed.are_points(), pay, "{points} points");
    }
}

/// Also of the rows beside the place where the work is divided, which go to blocks that the first worker began.
#[test]
fn ranges_of_parts_are_those_of_the_columns() {
    let rows = 40_001;
    let middle = usize::div_ceil(rows, 2);
    for row in [0, middle - 1, middle, middle + 1, middle + 20, rows - 1] {
        for odd in [5000.0, -5000.0, f64::NAN] {
            let mut x = ndarray::Array2::from_shape_fn((rows, 2), |(i, j)| ((i * 31 + j * 17) % 1009) as f64);
            x[[row, 1]] = odd;
            let labels = (0..rows).map(|i| (i % 3 % 2) as u32).collect();
            let data = Dataset { x, labels, counts: vec![1; rows], classes: 2 };
            let [alone, shared] = [Workers::ALONE, two_workers()]
                .map(|workers| PackedRows::new(&data, GateMap::Identity, workers));
            let bits = |packed: &PackedRows| {
                let ranges = packed.x_range.iter().flat_map(|(least, largest)| [*least, *largest]);
                let x = packed.x.as_flattened().iter().copied();
                ranges.chain(x).map(f64::to_bits).collect::<Vec<u64>>()
            };
            assert!(bits(&alone) == bits(&shared), "{odd} in row {row}");
            assert_eq!((&alone.runs, alone.size), (&shared.runs, shared.size));
            let (least, largest) = shared.x_range[1];
            assert!(if odd.is_nan() { least.is_nan() } else { [least, largest].contains(&odd) });
        }
    }
}

/// A single row that counts more than once, wherever it lies.
#[test]
fn a_count_above_one_is_seen_in_every_part() {
    let rows = 40_001;
    for row in [0, rows / 2, rows / 2 + 1, rows - 1] {
        let x = ndarray::Array2::from_shape_fn((rows, 1), |(i, _)| ((i * 31) % 1009) as f64);
        let labels = (0..rows).map(|i| (i % 3 % 2) as u32).collect();
        let mut data = Dataset { x, labels, counts: vec![1; rows], classes: 2 };
        data.counts[row] = 7;
        let [alone, shared] =
            [Workers::ALONE, two_workers()].map(|workers| PackedRows::new(&data, GateMap::Identity, workers));
        let all =
            |packed: &PackedRows| packed.runs.iter().flat_map(|run| counts_in(packed, run)).sum::<f64>();
        assert_eq!((shared.size, all(&shared)), (rows as f64 + 6.0, rows as f64 + 6.0), "row {row}");
        assert!(alone.runs == shared.runs && alone.count.as_flattened() == shared.count.as_flattened());
    }
}

/// Ranges are those of the columns; what is no number shows in its own column alone, wherever it stands.
#[test]
fn ranges_are_those_of_the_columns() {
    for dim in 1..=3 {
        for row in [0, 7, TOGETHER - 1, TOGETHER, TOGETHER + 76] {
            for odd in [5000.0, -5000.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
                let mut data = many(dim, 2);
                data.x[[row, dim - 1]] = odd;
                let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
                for (column, (least, largest)) in data.x.columns().into_iter().zip(&packed.x_range) {
                    let nan = column.iter().any(|x| x.is_nan());
                    assert_eq!(least.is_nan() && largest.is_nan(), nan, "{dim} {row} {odd}");
                    let fold = |f: fn(f64, f64) -> f64| column.iter().copied().reduce(f).expect("rows");
                    assert!(nan || (*least, *largest) == (fold(f64::min), fold(f64::max)));
                }
            }
        }
    }
}

#[test]
fn neighbours_with_equal_covariates_are_points() {
    let x = array![[1.0], [1.0], [2.0], [2.0], [1.0]];
    let data = Dataset { x, labels: vec![0, 1, 1, 0, 1], counts: vec![5, 2, 4, 1, 7], classes: 2 };
    let packed = PackedRows::new(&data, GateMap::Identity, Workers::ALONE);
    assert!(packed.are_points());
    assert_eq!((packed.vectors(), packed.size, packed.runs.len()), (3, 19.0, 1));
    assert_eq!(packed.x[0][..4], [1.0, 2.0, 1.0, 1.0]);
    assert_eq!(
        (packed.count[0][..4].to_vec(), packed.count[1][..4].to_vec()),
        (vec![5.0, 1.0, 0.0, 0.0], vec![2.0, 4.0, 7.0, 0.0])
    );
}
