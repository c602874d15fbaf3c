//! Nanoseconds per exp and ln in vectors: run by hand with
//! `cargo test --release -p moe-core --test speed -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use moe_core::numeric::{self, Lanes};
use pulp::{Arch, Simd, WithSimd};

struct Map<'a, F>(&'a [Lanes], &'a mut [Lanes], F);

impl<F: Fn(&[Lanes], &mut [Lanes])> WithSimd for Map<'_, F> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.2(self.0, self.1);
    }
}

/// The best of many runs over 800 numbers, in nanoseconds per number. (Not 512: two buffers a page
/// apart would measure the aliasing of their addresses.)
fn nanoseconds(name: &str, f: impl Fn(&[Lanes], &mut [Lanes]) + Copy) -> f64 {
    let arguments: Vec<Lanes> =
        (0..100).map(|i| std::array::from_fn(|j| 0.05 + f64::from(8 * i + j as u32) / 20.0)).collect();
    let mut results = arguments.clone();
    let mut best = f64::INFINITY;
    for _ in 0..2000 {
        let start = Instant::now();
        for _ in 0..10 {
            Arch::new().dispatch(Map(black_box(&arguments), &mut results, f));
            black_box(&results);
        }
        best = best.min(start.elapsed().as_nanos() as f64 / 8000.0);
    }
    println!("{name:18} {best:.2} ns");
    best
}

#[test]
#[ignore = "a measurement: meaningful in release builds on an idle machine"]
fn vectors_are_used() {
    let times = [
        nanoseconds(
            "exp_all",
            #[inline(always)]
            |x, y| {
                y.copy_from_slice(x);
                numeric::exp_all(y);
            },
        ),
        nanoseconds(
            "exp_lanes",
            #[inline(always)]
            |x, y| {
                for (y, x) in y.iter_mut().zip(x) {
                    *y = numeric::exp_lanes(*x);
                }
            },
        ),
        nanoseconds(
            "ln_of_pairs",
            #[inline(always)]
            |x, y| {
                y.copy_from_slice(x);
                numeric::ln_of_pairs(y.as_flattened_mut(), x.as_flattened());
            },
        ),
        nanoseconds(
            "ln_lanes",
            #[inline(always)]
            |x, y| {
                for (y, x) in y.iter_mut().zip(x) {
                    *y = numeric::ln_lanes(*x);
                }
            },
        ),
    ];
    assert!(times.iter().all(|&t| t < 4.0), "scalar code costs more than 4 ns a number: {times:?}");
}
