//! The table: nanoseconds a row, the bound, and their ratio, all measured in turn in one run.

use std::time::Instant;

use super::machine::{Exponentials, MultiplyAdds};
use super::work::{Layout, Level, SHAPES, Work};

/// Rounds over everything that is measured; each keeps the shortest of its repetitions. On a machine shared
/// with others that is the steadiest statistic there is.
const ROUNDS: usize = 150;

/// Least time of one repetition, in nanoseconds.
const REPETITION: f64 = 50_000.0;

/// A piece of work, how many units it has, and the shortest time a unit took, in nanoseconds.
struct Measured<'a> {
    run: Box<dyn FnMut() -> f64 + 'a>,
    units: f64,
    best: f64,
}

impl<'a> Measured<'a> {
    fn new(units: usize, run: impl FnMut() -> f64 + 'a) -> Self {
        Self { run: Box::new(run), units: units as f64, best: f64::INFINITY }
    }

    fn round(&mut self) {
        let (start, mut runs, mut elapsed) = (Instant::now(), 0.0, 0.0);
        while elapsed < REPETITION {
            std::hint::black_box((self.run)());
            runs += 1.0;
            elapsed = start.elapsed().as_nanos() as f64;
        }
        self.best = self.best.min(elapsed / runs / self.units);
    }
}

/// Exponentials and multiply-adds (of any of a + b, a b, a b + c) that a unit cannot do without.
///
/// Exponentials: one for each logit. Multiply-adds: d for each logit; for each label seen at a covariate
/// vector, one for each of the k posteriors and one for each of the L parts of the score, and with the
/// Hessian one for each of the L (L + 1) / 2 pairs; and then the sums: L (d + 1) for the score,
/// L (L + 1) / 2 · (d + 1) (d + 2) / 2 for the Hessian, whose (d + 1) d / 2 products of features are counted too.
/// Divisions, logarithms, loads and stores are not counted.
fn least((k, classes, d): (usize, usize, usize), labels: usize, level: Level) -> (usize, usize) {
    let logits = k - 1 + k * (classes - 1);
    let pairs = logits * (logits + 1) / 2;
    let mut sums = logits * d + labels * k;
    if level != Level::Value {
        sums += labels * logits + logits * (d + 1);
    }
    if level == Level::Hessian {
        sums += labels * pairs + pairs * (d + 1) * (d + 2) / 2 + d * (d + 1) / 2;
    }
    (logits, sums)
}

/// Measures and prints everything.
pub(crate) fn print() {
    let mut machine_exp = Exponentials::default();
    let mut exp = Measured::new(Exponentials::NUMBERS, move || machine_exp.run());
    let mut machine_copy = Exponentials::default();
    let mut copy = Measured::new(Exponentials::NUMBERS, move || machine_copy.copy());
    let mut fma = Measured::new(MultiplyAdds::NUMBERS, || MultiplyAdds.run());
    let mut passes = Vec::new();
    for shape in SHAPES {
        for layout in [Layout::Rows, Layout::Points] {
            for level in Level::ALL {
                let mut work = Work::new(shape, layout);
                passes.push((shape, layout, level, Measured::new(work.units(), move || work.pass(level))));
            }
        }
    }
    for _ in 0..ROUNDS {
        exp.round();
        copy.round();
        fma.round();
        passes.iter_mut().for_each(|(.., measured)| measured.round());
    }
    let (exp, fma) = (exp.best - copy.best, fma.best);
    println!("Instructions: {}", moe_estimators::likelihood::instruction_set());
    println!("exp: {exp:.3} ns each; multiply-add: {fma:.4} ns each, {:.1} GFLOP/s", 2.0 / fma);
    println!();
    println!(
        "| k, K, d | data | pass | exp | multiply-adds | ns per row or point | bound, ns | ratio | GFLOP/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (shape, layout, level, measured) in &passes {
        let labels = if *layout == Layout::Points { shape.1 } else { 1 };
        let (exps, sums) = least(*shape, labels, *level);
        let bound = exps as f64 * exp + sums as f64 * fma;
        let (k, classes, d) = shape;
        let rate = 2.0 * sums as f64 / measured.best;
        println!(
            "| {k}, {classes}, {d} | {layout} | {level} | {exps} | {sums} | {:.2} | {bound:.2} | {:.2} | {rate:.1} |",
            measured.best,
            measured.best / bound
        );
    }
}
