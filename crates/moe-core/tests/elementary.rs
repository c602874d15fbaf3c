//! The elementary functions against 60-digit values, their lanes against their scalars, all of them against drift.

use std::collections::BTreeMap;

use moe_core::content::Content;
use moe_core::numeric::{self, LANES, Lanes};
use pulp::{Arch, Simd, WithSimd};

const TABLE: &str = include_str!("data/elementary.csv");

type Checked = (&'static str, fn(f64) -> f64, f64);

/// Largest error allowed, in units in the last place: what 10^7 random arguments a function gave, and a little.
const BOUNDS: [Checked; 13] = [
    ("exp", numeric::exp, 1.0),
    ("ln", numeric::ln, 0.85),
    ("log10", numeric::log10, 0.8),
    ("ln_1p", numeric::ln_1p, 0.9),
    ("exp_m1", numeric::exp_m1, 1.25),
    ("sin", numeric::sin, 0.75),
    ("cos", numeric::cos, 0.75),
    ("tanh", numeric::tanh, 1.0),
    ("sigmoid", numeric::sigmoid, 1.0),
    ("power2", |x| numeric::power(x, 2), 0.5),
    ("power3", |x| numeric::power(x, 3), 1.5),
    ("power5", |x| numeric::power(x, 5), 3.0),
    ("power8", |x| numeric::power(x, 8), 5.0),
];

/// Digest of all results on the table: it changes when, and only when, values change; then
/// `NUMERICS_VERSION` must change too.
const DIGEST: &str = "0f074f8fb9ddc0603b7f10f32000cbec731aac017b93dbdd0e9830bd70372dc2";

struct Row {
    argument: f64,
    rounded: f64,
    rest: f64,
}

fn table() -> BTreeMap<&'static str, Vec<Row>> {
    let mut rows: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for line in TABLE.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |text| f64::from_bits(u64::from_str_radix(text, 16).expect("hexadecimal bits"));
        rows.entry(fields[0]).or_default().push(Row {
            argument: number(fields[1]),
            rounded: number(fields[2]),
            rest: fields[3].parse::<f64>().expect("a number") / 1000.0,
        });
    }
    rows
}

/// Distance from the true value in ulps of the rounded one.
fn error(row: &Row, computed: f64) -> f64 {
    if computed == row.rounded {
        return if computed.is_finite() { row.rest.abs() } else { 0.0 };
    }
    let size = row.rounded.abs();
    ((computed - row.rounded) / (size.next_up() - size) - row.rest).abs()
}

#[test]
fn errors_stay_within_the_stated_bounds() {
    let table = table();
    assert_eq!(table.len(), BOUNDS.len());
    for (name, function, bound) in BOUNDS {
        let rows = &table[name];
        assert!(rows.len() >= 50, "{name}: {} rows", rows.len());
        let worst = |(w, at), row: &Row| {
            let e = error(row, function(row.argument));
            assert!(!e.is_nan(), "{name}({:e}) is NaN or infinite", row.argument);
            if e > w { (e, row.argument) } else { (w, at) }
        };
        let (worst, at) = rows.iter().fold((0.0, 0.0), worst);
        println!("{name:8} worst {worst:.3} ulp at {at:e} ({} rows)", rows.len());
        assert!(worst <= bound, "{name}({at:e}) is {worst:.3} ulp off, more than {bound}");
    }
}

#[test]
fn results_have_the_pinned_bits() {
    let table = table();
    let mut content = Content::new("elementary functions");
    for (name, function, _) in BOUNDS {
        let results: Vec<f64> = table[name].iter().map(|row| function(row.argument)).collect();
        content.numbers(name, &results);
    }
    let digest: String = content.finish().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, DIGEST);
}

/// The lane versions over a buffer, compiled for whatever vectors the machine has.
struct Dispatched<'a> {
    arguments: &'a [Lanes],
    by_value: &'a mut [Lanes],
    in_place: &'a mut [Lanes],
    logarithm: bool,
}

impl WithSimd for Dispatched<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        lanes(self.arguments, self.by_value, self.in_place, self.logarithm);
    }
}

#[inline(always)]
fn lanes(arguments: &[Lanes], by_value: &mut [Lanes], in_place: &mut [Lanes], logarithm: bool) {
    in_place.copy_from_slice(arguments);
    if logarithm {
        for (y, x) in by_value.iter_mut().zip(arguments) {
            *y = numeric::ln_lanes(*x);
        }
        in_place.iter_mut().for_each(|x| *x = numeric::ln_lanes(*x));
    } else {
        for (y, x) in by_value.iter_mut().zip(arguments) {
            *y = numeric::exp_lanes(*x);
        }
        numeric::exp_all(in_place);
    }
}

#[test]
fn lanes_and_scalars_agree_to_the_last_bit_however_compiled() {
    let table = table();
    for (name, scalar) in [("exp", numeric::exp as fn(f64) -> f64), ("ln", numeric::ln)] {
        let arguments: Vec<f64> = table[name].iter().map(|row| row.argument).collect();
        let arguments: Vec<f64> =
            arguments.into_iter().filter(|x| name == "exp" || x.is_normal()).chain([1.0; LANES]).collect();
        let blocks: Vec<Lanes> = arguments.chunks_exact(LANES).map(|c| c.try_into().unwrap()).collect();
        let expected: Vec<u64> = blocks.as_flattened().iter().map(|x| scalar(*x).to_bits()).collect();
        let (mut by_value, mut in_place) = (blocks.clone(), blocks.clone());
        for dispatched in [false, true] {
            if dispatched {
                Arch::new().dispatch(Dispatched {
                    arguments: &blocks,
                    by_value: &mut by_value,
                    in_place: &mut in_place,
                    logarithm: name == "ln",
                });
            } else {
                lanes(&blocks, &mut by_value, &mut in_place, name == "ln");
            }
            for results in [&by_value, &in_place] {
                let bits: Vec<u64> = results.as_flattened().iter().map(|y| y.to_bits()).collect();
                assert!(bits == expected, "{name}, dispatched: {dispatched}");
            }
        }
    }
}

struct Moderate<'a>(&'a mut [f64]);

impl WithSimd for Moderate<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        numeric::exp_all_moderate(self.0);
    }
}

#[test]
fn the_exponential_of_moderate_numbers_is_the_same_function() {
    // From the last result that is a normal number to the last that is finite, and the table's arguments.
    let steps = (-708_000..=708_000).map(|i| f64::from(i) * 1e-3 + f64::from(i) * 1e-9 / 3.0);
    let table = table()["exp"].iter().map(|row| row.argument).collect::<Vec<_>>();
    let arguments: Vec<f64> = steps.chain(table).filter(|x| x.abs() <= 708.0).collect();
    let expected: Vec<u64> = arguments.iter().map(|x| numeric::exp(*x).to_bits()).collect();
    let (mut plain, mut dispatched) = (arguments.clone(), arguments);
    numeric::exp_all_moderate(&mut plain);
    Arch::new().dispatch(Moderate(&mut dispatched));
    for results in [plain, dispatched] {
        assert!(results.iter().map(|y| y.to_bits()).eq(expected.iter().copied()));
    }
}

struct Pairs<'a>(&'a mut [f64], &'a [f64]);

impl WithSimd for Pairs<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        numeric::ln_of_pairs(self.0, self.1);
    }
}

#[test]
fn logarithms_of_numbers_with_inverses_are_as_near_as_stated() {
    // Densities near 1, everything down to 10^-300, and both sides of √½ and of powers of two.
    let near_one = (1..=100_000).map(|i| 1.0 - f64::from(i) * 2e-6);
    let wide = (0..=300_000).map(|i| numeric::exp(f64::from(i) * -2.3e-3 + f64::from(i % 7) * 1e-5));
    let edges = (0..900).flat_map(|k| {
        let power = f64::from_bits((1023 - k) << 52);
        [power, power.next_down(), power.next_up(), power * std::f64::consts::FRAC_1_SQRT_2]
    });
    let arguments: Vec<f64> = near_one.chain(wide).chain(edges).collect();
    let worst = |off: f64| {
        let inverses: Vec<f64> = arguments.iter().map(|x| off / x).collect();
        let (mut plain, mut dispatched) = (arguments.clone(), arguments.clone());
        numeric::ln_of_pairs(&mut plain, &inverses);
        Arch::new().dispatch(Pairs(&mut dispatched, &inverses));
        assert!(plain.iter().map(|y| y.to_bits()).eq(dispatched.iter().map(|y| y.to_bits())));
        let errors = arguments.iter().zip(&plain).map(|(x, y)| {
            let exact = numeric::ln(*x);
            let unit = exact.abs().max(0.5);
            ((y - exact) / (unit.next_up() - unit)).abs()
        });
        errors.fold(0.0, f64::max)
    };
    let (exact, off) = (worst(1.0), worst(1.0 + 2.0 * f64::EPSILON));
    println!("worst {exact:.2} units with inverses rounded once, {off:.2} with inverses 2 ulps off");
    // The reference itself is a rounded logarithm, so a unit may be its own.
    assert!(exact <= 2.0 && off <= 4.0, "{exact} {off}");
    assert!(off > 1.5, "inverses enter");
}

#[test]
fn special_arguments_have_special_values() {
    use numeric::*;
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for f in [exp, ln, log10, ln_1p, exp_m1, sin, cos, tanh, sigmoid] {
        assert!(f(nan).is_nan());
        assert!(f(f64::from_bits(0x7ff0_0000_0000_0fff)).is_nan());
    }
    assert!(exp_lanes(splat(nan)).iter().all(|y| y.is_nan()));
    assert!([ln(-1.0), ln(-inf), log10(-1.0), ln_1p(-2.0), sin(inf), cos(-inf)].iter().all(|y| y.is_nan()));
    assert_eq!([exp(inf), exp(-inf), exp(1e300), exp(-1e300)], [inf, 0.0, inf, 0.0]);
    assert_eq!([ln(0.0), ln(-0.0), ln(inf), log10(0.0), log10(inf)], [-inf, -inf, inf, -inf, inf]);
    assert_eq!([ln_1p(-1.0), ln_1p(inf), exp_m1(inf), exp_m1(-inf)], [-inf, inf, inf, -1.0]);
    assert_eq!([tanh(inf), tanh(-inf), sigmoid(inf), sigmoid(-inf)], [1.0, -1.0, 1.0, 0.0]);
    assert_eq!([ln(1.0), exp(0.0), exp(-0.0), cos(0.0), sigmoid(0.0)], [0.0, 1.0, 1.0, 1.0, 0.5]);
    for f in [sin, tanh, exp_m1, ln_1p] {
        assert_eq!(f(-0.0).to_bits(), (-0.0_f64).to_bits());
    }
    assert_eq!([power(0.0, 0), power(-2.0, 3), power(1e200, 2), power(1.5, 1)], [1.0, -8.0, inf, 1.5]);
    for k in 0..23 {
        assert_eq!(log10(power(10.0, k)), f64::from(k));
    }
    for k in 0..2000 {
        let far = 1.0e13 * f64::from(k + 1);
        assert!(sin(far).abs() <= 1.0 && cos(far).abs() <= 1.0);
        let x = f64::from(k) * 0.011;
        assert_eq!((sin(-x), cos(-x), tanh(-x)), (-sin(x), cos(x), -tanh(x)));
    }
}

#[test]
fn lane_arithmetic_is_element_wise_and_sums_by_its_tree() {
    use numeric::*;
    let a: Lanes = std::array::from_fn(|i| 1.0 / (i + 1) as f64);
    let b: Lanes = std::array::from_fn(|i| 0.1 * i as f64 - 0.3);
    for i in 0..LANES {
        assert_eq!(add(a, b)[i], a[i] + b[i]);
        assert_eq!(sub(a, b)[i], a[i] - b[i]);
        assert_eq!(mul(a, b)[i], a[i] * b[i]);
        assert_eq!(div(b, a)[i], b[i] / a[i]);
        assert_eq!(max(a, b)[i], if a[i] > b[i] { a[i] } else { b[i] });
        assert_eq!(mul_add(a, b, splat(0.7))[i], a[i].mul_add(b[i], 0.7));
    }
    // Only the documented tree cancels the large terms pairwise before they meet the small ones.
    assert_eq!(sum_tree([1e30, 1e20, 1.0, 3.0, -1e30, -1e20, 2.0, 4.0]), 10.0);
}
