//! The table: nanoseconds a row, the bound, and their ratio, all measured in turn in one run.

use super::host;
use super::machine::{Exponentials, MultiplyAdds};
use super::timing::Measured;
use super::work::{Layout, Level, SCALING, SHAPES, Work};

/// Rounds over everything that is measured; each keeps the shortest of its repetitions.
const ROUNDS: usize = 150;

/// Least time of one repetition, in nanoseconds.
const REPETITION: f64 = 100_000.0;

/// Exponentials and multiply-adds (of any of a + b, a b, a b + c) that a unit cannot do without.
///
/// Exponentials: one for each logit. Multiply-adds: d for each logit; for each label seen at a covariate
/// vector, one for each of the k parts of its density, and, unless there are two classes, one for each of the L parts of
/// the score, and with the Hessian one for each of the L (L + 1) / 2 pairs; with two classes, whose densities add up to 1,
/// derivatives of one serve both. Then the sums: L (d + 1) for the score,
/// L (L + 1) / 2 · (d + 1) (d + 2) / 2 for the Hessian, whose (d + 1) d / 2 products of features are counted too.
/// Divisions, logarithms, loads and stores are not counted.
fn least((k, classes, d): (usize, usize, usize), labels: usize, level: Level) -> (usize, usize) {
    let logits = k - 1 + k * (classes - 1);
    let pairs = logits * (logits + 1) / 2;
    let derived = if classes == 2 { 1 } else { labels };
    let mut sums = logits * d + labels * k;
    if level != Level::Value {
        sums += derived * logits + logits * (d + 1);
    }
    if level == Level::Hessian {
        sums += derived * pairs + pairs * (d + 1) * (d + 2) / 2 + d * (d + 1) / 2;
    }
    (logits, sums)
}

/// A pass of some shape, layout and level.
struct Row {
    shape: (usize, usize, usize),
    layout: Layout,
    level: Level,
    measured: Measured<'static>,
}

impl Row {
    fn new(shape: (usize, usize, usize), layout: Layout, level: Level) -> Self {
        let mut work = Work::new(shape, layout);
        Self { shape, layout, level, measured: Measured::new(work.units(), move || work.pass(level)) }
    }

    fn print(&self, exp: f64, fma: f64) {
        let Self { shape, layout, level, measured } = self;
        let labels = if *layout == Layout::Points { shape.1 } else { 1 };
        let (exps, sums) = least(*shape, labels, *level);
        let bound = exps as f64 * exp + sums as f64 * fma;
        let (k, classes, d) = shape;
        let (time, rate) = (measured.best, 2.0 * sums as f64 / measured.best);
        let reach = reach(*shape, *layout, *level).map_or(String::new(), |r| format!("≤ {r}"));
        println!(
            "| {k}, {classes}, {d} | {layout} | {level} | {exps} | {sums} | {time:.2} | {bound:.2} | {:.2} | {reach} | {rate:.1} |",
            time / bound
        );
    }
}

/// How many times its bound a pass may take.
fn reach(shape: (usize, usize, usize), layout: Layout, level: Level) -> Option<f64> {
    match (shape, layout, level) {
        ((2, 2, 2), _, Level::Hessian) => Some(2.5),
        ((3, 3, 2) | (4, 5, 8), _, Level::Hessian) => Some(3.0),
        _ => None,
    }
}

/// Measures and prints everything.
pub(crate) fn print() {
    println!("{}\n", host::describe());
    let mut machine_exp = Exponentials::default();
    let mut exp = Measured::new(Exponentials::NUMBERS, move || machine_exp.run());
    let mut machine_copy = Exponentials::default();
    let mut copy = Measured::new(Exponentials::NUMBERS, move || machine_copy.copy());
    let mut fma = Measured::new(MultiplyAdds::NUMBERS, || MultiplyAdds.run());
    let layouts = [Layout::Rows, Layout::Points];
    let mut passes: Vec<Row> = Vec::new();
    for (shape, layout) in SHAPES.into_iter().flat_map(|s| layouts.map(|l| (s, l))) {
        passes.extend(Level::ALL.map(|level| Row::new(shape, layout, level)));
    }
    let mut scaling: Vec<Row> =
        SCALING.into_iter().map(|shape| Row::new(shape, Layout::Rows, Level::Hessian)).collect();
    for _ in 0..ROUNDS {
        exp.round(REPETITION);
        copy.round(REPETITION);
        fma.round(REPETITION);
        passes.iter_mut().chain(&mut scaling).for_each(|row| row.measured.round(REPETITION));
    }
    let (exp, fma) = (exp.best - copy.best, fma.best);
    println!("exp: {exp:.3} ns each; multiply-add: {fma:.4} ns each, {:.1} GFLOP/s\n", 2.0 / fma);
    head("The kernel against its bound");
    passes.iter().for_each(|row| row.print(exp, fma));
    head("The same as k, K and d grow");
    scaling.iter().for_each(|row| row.print(exp, fma));
}

fn head(title: &str) {
    println!("\n{title}\n");
    println!(
        "| k, K, d | data | pass | exp | multiply-adds | ns per row or point | bound, ns | ratio | reach | GFLOP/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
}
