//! The log-likelihood of packed rows with its score and exact Hessian, in one pass.

mod sweep;

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{LANES, Lanes, ln, sum_tree};
use moe_core::shape::Shape;

use crate::draft;
use crate::estimator::Problem;
use crate::instructions::{self, Instructions};
use crate::kernel::{self, GROUP, Group, HESSIAN, Pass, Points, Pointwise, SAFE_LOGIT, SCORE, VALUE};
use crate::rows::{PackedRows, Run, larger};
use crate::workers::Workers;
pub use sweep::ROWS_OF_CHUNK;
use sweep::Sweep;

/// The log-likelihood of one data set under models of one shape. Holds the packed rows and scratch
/// space, so that no evaluation allocates but the first.
///
/// ```
/// use moe_estimators::likelihood::{Derivatives, Likelihood};
/// # use moe_core::covariate::CovariateLaw;
/// # use moe_core::gate::GateMap;
/// # use moe_core::measure::{Atom, MixingMeasure};
/// # use moe_core::sample::Sampler;
/// # use moe_core::scenario::Truth;
/// # let atom = |gate: f64, intercept: f64, slope: f64| Atom {
/// #     log_weight: 0.0,
/// #     gate_slope: vec![gate],
/// #     intercepts: vec![intercept],
/// #     slopes: vec![slope],
/// # };
/// # let measure = MixingMeasure::new(2, 1, vec![atom(4.0, 0.5, 4.0), atom(0.0, -0.5, -4.0)]);
/// # let law = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![21] };
/// # let truth = Truth { measure, gate_map: GateMap::Identity, law };
/// // `truth`: two experts, two classes, one covariate on a grid of 21 points.
/// let data = Sampler::new(&truth).draw(10_000, 1, 0);
/// let mut likelihood = Likelihood::new(&data, 2, truth.gate_map);
/// let parameters = truth.measure.parameters();
/// let mut at = Derivatives::default();
/// likelihood.derivatives(&parameters, &mut at);
/// assert_eq!(at.value, likelihood.value(&parameters));
/// assert_eq!((at.score.len(), at.hessian.len(), likelihood.passes()), (6, 36, 2));
///
/// // The score is the slope of the log-likelihood.
/// let mut moved = parameters.clone();
/// moved[3] += 1e-6;
/// assert!(((likelihood.value(&moved) - at.value) / 1e-6 - at.score[3]).abs() < 0.01);
/// ```
#[derive(Clone, Debug)]
pub struct Likelihood {
    rows: PackedRows,
    shape: Shape,
    shared: bool,
    arch: pulp::Arch,
    sweep: Sweep,
    /// Which sum of a pair of logits each entry of the Hessian is, row-major.
    sources: Vec<u32>,
    /// ln(k K).
    cells: f64,
    passes: u64,
}

/// Log-likelihood, score and Hessian at one parameter vector; all totals over the sample, in nats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Derivatives {
    /// Σ log g(Y|X).
    pub value: f64,
    /// Score, length P.
    pub score: Vec<f64>,
    /// Hessian, P × P, row-major, symmetric.
    pub hessian: Vec<f64>,
}

impl Likelihood {
    /// Packs a data set for models with `experts` experts and the given gate map.
    pub fn new(data: &Dataset, experts: usize, gate_map: GateMap) -> Self {
        Self::shared_by(Workers::ALONE, data, experts, gate_map)
    }

    /// The same, packed by workers who also share its passes where there are many rows; the values do not depend on them.
    pub fn shared_by(workers: Workers, data: &Dataset, experts: usize, gate_map: GateMap) -> Self {
        let shape = Shape { experts, classes: data.classes, dim: data.dim() };
        Self::of_packed(PackedRows::new(data, gate_map, workers), shape, workers)
    }

    /// The likelihood of the draft of these data, where one pays: see [`draft::of`].
    pub(crate) fn draft(&self, problem: &Problem) -> Option<Self> {
        let rows = draft::of(&self.rows, problem, self.arch, self.sweep.workers())?;
        Some(Self::of_rows(rows, problem.shape))
    }

    /// The likelihood of these data sketched around a fit with `experts` experts, where that pays: see [`draft::around`].
    pub(crate) fn sketch(&self, experts: usize, fit: &[f64], problem: &Problem) -> Option<Self> {
        let rows = draft::around(&self.with_experts(experts), fit, problem)?;
        Some(Self::of_rows(rows, problem.shape))
    }

    /// The likelihood of packed rows, for one worker.
    pub(crate) fn of_rows(rows: PackedRows, shape: Shape) -> Self {
        Self::of_packed(rows, shape, Workers::ALONE)
    }

    fn of_packed(rows: PackedRows, shape: Shape, workers: Workers) -> Self {
        let shared = rows.m.is_empty();
        let sweep = Sweep::new(&rows, shape, shared, workers);
        let places = hessian_places(shape, shared);
        let mut sources = vec![0; shape.parameters() * shape.parameters()];
        for (pair, places) in (0..).zip(&places) {
            places.iter().for_each(|place| sources[*place as usize] = pair);
        }
        Self {
            rows,
            shape,
            shared,
            arch: instructions::arch(),
            sweep,
            sources,
            cells: ln((shape.experts * shape.classes) as f64),
            passes: 0,
        }
    }

    /// The same data under models with another number of experts.
    pub fn with_experts(&self, experts: usize) -> Self {
        Self::of_packed(self.rows.clone(), self.shape.with_experts(experts), self.sweep.workers())
    }

    /// The same, evaluated with the instruction set `arch`; the values do not depend on it.
    pub fn with_arch(mut self, arch: pulp::Arch) -> Self {
        self.arch = arch;
        self
    }

    /// Sizes k, K, d.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Sample size n.
    pub fn size(&self) -> f64 {
        self.rows.size
    }

    /// Passes over the data so far.
    pub fn passes(&self) -> u64 {
        self.passes
    }

    /// Adds passes made elsewhere over the same data.
    pub(crate) fn count_passes(&mut self, passes: u64) {
        self.passes += passes;
    }

    /// Adds the passes over a draft of the same data, by its share of the blocks.
    pub(crate) fn count_draft(&mut self, draft: &Likelihood) {
        let share = draft.rows.blocks() as f64 / self.rows.blocks() as f64;
        self.passes += (draft.passes as f64 * share).ceil() as u64;
    }

    /// The packed rows.
    pub(crate) fn rows(&self) -> &PackedRows {
        &self.rows
    }

    /// The instruction set in use.
    pub(crate) fn arch(&self) -> pulp::Arch {
        self.arch
    }

    /// Total log-likelihood at pinned parameters (length P), in nats.
    pub fn value(&mut self, parameters: &[f64]) -> f64 {
        self.pass::<VALUE>(parameters)
    }

    /// Total log-likelihood and score; the Hessian in `out` is left alone.
    pub fn score(&mut self, parameters: &[f64], out: &mut Derivatives) {
        out.value = self.pass::<SCORE>(parameters);
        out.score.clear();
        out.score.extend_from_slice(self.sweep.score());
    }

    /// Total log-likelihood, score and Hessian.
    pub fn derivatives(&mut self, parameters: &[f64], out: &mut Derivatives) {
        out.value = self.pass::<HESSIAN>(parameters);
        out.score.clear();
        out.score.extend_from_slice(self.sweep.score());
        let pairs = self.sweep.pairs();
        out.hessian.clear();
        out.hessian.extend(self.sources.iter().map(|source| pairs[*source as usize]));
    }

    /// ln g(y|x), one entry for each block and label.
    pub(crate) fn log_densities(&mut self, parameters: &[f64]) -> Vec<Lanes> {
        self.pointwise(parameters).log_density
    }

    /// Half the sum over the data of the squared differences of two log-densities: about what the log-likelihood would lose on
    /// the way from one to the other, were that one a maximum.
    pub(crate) fn apart(&self, one: &[Lanes], other: &[Lanes]) -> f64 {
        self.arch.dispatch(Apart { rows: &self.rows, one, other })
    }

    /// The model at every covariate vector.
    pub(crate) fn pointwise(&mut self, parameters: &[f64]) -> Points {
        self.passes += 1;
        let pass = self.describe(parameters);
        let (rows, sums) = (&self.rows, self.sweep.scratch());
        let mut out = Points::default();
        for run in &rows.runs {
            for first in (run.first..run.end).step_by(GROUP) {
                let group = group(rows, run, first, (first + GROUP).min(run.end));
                self.arch.dispatch(Pointwise { pass, group, sums, out: &mut out });
            }
        }
        out
    }

    /// The farthest that a coordinate of a start need go: beyond it every softmax is saturated on these
    /// data, and further out lies nothing new.
    pub(crate) fn reach(&self, bound: f64) -> f64 {
        let spread = |b: &[f64]| 1.0 + b.iter().sum::<f64>();
        bound.min(SAFE_LOGIT / spread(&self.rows.x_bound).max(spread(&self.rows.m_bound)))
    }

    fn pass<const LEVEL: u8>(&mut self, parameters: &[f64]) -> f64 {
        assert_eq!(parameters.len(), self.shape.parameters(), "parameters do not fit the shape");
        self.passes += 1;
        let pass = self.describe(parameters);
        let Self { sweep, rows, arch, .. } = self;
        if pass.safe {
            sweep.pass::<LEVEL, true>(rows, pass, *arch)
        } else {
            sweep.pass::<LEVEL, false>(rows, pass, *arch)
        }
    }

    /// What |logit| cannot exceed on these data, for some of the logits.
    fn largest_logit(&self, parameters: &[f64], logits: std::ops::Range<usize>) -> f64 {
        let (row, gates) = (self.shape.row(), self.shape.gate_rows());
        logits.fold(0.0, |largest, u| {
            let bounds = if u < gates { &self.rows.m_bound } else { &self.rows.x_bound };
            let row = &parameters[u * row..(u + 1) * row];
            let slopes: f64 = row[1..].iter().zip(bounds).map(|(v, b)| v.abs() * b).sum();
            larger(row[0].abs() + slopes, largest)
        })
    }

    fn describe<'a>(&self, parameters: &'a [f64]) -> Pass<'a> {
        let gates = self.largest_logit(parameters, 0..self.shape.gate_rows());
        let experts = self.largest_logit(parameters, self.shape.gate_rows()..self.shape.logits());
        let safe = larger(gates, experts) <= SAFE_LOGIT;
        // Some gate is at least 1/k, so g ≥ exp(-2 L) / (k K) with L the largest logit of an expert.
        let least = 2.0 * experts + self.cells;
        let factors = [8, 4, 2].into_iter().find(|factors| *factors as f64 * least <= 700.0).unwrap_or(1);
        Pass { shape: self.shape, shared: self.shared, safe, factors, parameters }
    }
}

/// Where sums of pairs of logits, in the order of [`Sums`], belong in the Hessian, on both sides of its diagonal. A pair
/// of different logits with one feature set has z_a z_b for a ≤ b only, which belong in two places on each.
fn hessian_places(shape: Shape, shared: bool) -> Vec<[u32; 4]> {
    let (logits, gates) = (shape.logits(), shape.gate_rows());
    let (row, p) = (shape.row(), shape.parameters());
    let gate_pairs = (0..gates).flat_map(|u| (u..gates).map(move |v| (u, v, false)));
    let mixed = (0..gates).flat_map(|u| (gates..logits).map(move |v| (u, v, !shared)));
    let expert_pairs = (gates..logits).flat_map(|u| (u..logits).map(move |v| (u, v, false)));
    let entries = |(u, v, mixed): (usize, usize, bool)| {
        (0..row).flat_map(move |a| {
            (if mixed { 0 } else { a }..row).map(move |b| {
                let (own, other) = ((u * row + a, v * row + b), (u * row + b, v * row + a));
                let (i, j) = if mixed { own } else { other };
                let (k, l) = own;
                [k * p + l, l * p + k, i * p + j, j * p + i].map(|place| place as u32)
            })
        })
    };
    gate_pairs.chain(mixed).chain(expert_pairs).flat_map(entries).collect()
}

/// See [`Likelihood::apart`].
struct Apart<'a> {
    rows: &'a PackedRows,
    one: &'a [Lanes],
    other: &'a [Lanes],
}

impl pulp::WithSimd for Apart<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        let Self { rows, one, other } = self;
        let mut sum = [0.0; LANES];
        for run in &rows.runs {
            for block in run.first..run.end {
                for (label, count) in rows.counts_of(run, block).iter().enumerate() {
                    let cell = run.cell(block) + label;
                    let difference = kernel::zip(one[cell], other[cell], |a, b| a - b);
                    let counted = kernel::zip(*count, difference, |n, d| n * d);
                    sum = kernel::fused(counted, difference, sum);
                }
            }
        }
        0.5 * sum_tree(sum)
    }
}

/// Name of the vector instructions that likelihoods use in this process; values do not depend on them.
pub fn instruction_set() -> &'static str {
    Instructions::in_use().description()
}

/// Blocks of a run as the kernel takes them.
#[inline(always)]
pub(crate) fn group<'a>(rows: &'a PackedRows, run: &Run, first: usize, end: usize) -> Group<'a> {
    let d = rows.dim;
    Group {
        labels: run.labels,
        unit: run.unit,
        x: &rows.x[first * d..end * d],
        m: &rows.gate_features()[first * d..end * d],
        products: rows.products(first, end),
        count: rows.counts(run, first..end),
    }
}
