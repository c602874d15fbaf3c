//! The log-likelihood of packed rows with its score and exact Hessian, in one pass.

use moe_core::dataset::Dataset;
use moe_core::gate::GateMap;
use moe_core::numeric::{CompensatedSum, Lanes, sum_tree};
use moe_core::shape::Shape;

use crate::kernel::{self, GROUP, Group, HESSIAN, Pass, Pointwise, SAFE_LOGIT, SCORE, Sums, VALUE};
use crate::rows::PackedRows;

/// Groups of blocks summed lane by lane before the lanes are added up: a fixed node of the reduction tree.
const GROUPS_PER_CHUNK: usize = 64;

/// The log-likelihood of one data set under models of one shape. Holds the packed rows and scratch
/// space, so that no evaluation allocates.
#[derive(Clone, Debug)]
pub struct Likelihood {
    rows: PackedRows,
    shape: Shape,
    shared: bool,
    arch: pulp::Arch,
    sums: Sums,
    value: CompensatedSum,
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
        let shape = Shape { experts, classes: data.classes, dim: data.dim() };
        Self::of_rows(PackedRows::new(data, gate_map), shape)
    }

    fn of_rows(rows: PackedRows, shape: Shape) -> Self {
        let shared = rows.m.is_empty();
        let sums = Sums::new(shape, shared);
        Self {
            rows,
            shape,
            shared,
            arch: pulp::Arch::new(),
            sums,
            value: CompensatedSum::default(),
            passes: 0,
        }
    }

    /// The same data under models with another number of experts.
    pub fn with_experts(&self, experts: usize) -> Self {
        Self::of_rows(self.rows.clone(), self.shape.with_experts(experts))
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
        self.pass::<VALUE>(parameters, &mut Derivatives::default())
    }

    /// Total log-likelihood and score; the Hessian in `out` is left alone.
    pub fn score(&mut self, parameters: &[f64], out: &mut Derivatives) {
        out.score.clear();
        out.score.resize(self.shape.parameters(), 0.0);
        out.value = self.pass::<SCORE>(parameters, out);
    }

    /// Total log-likelihood, score and Hessian.
    pub fn derivatives(&mut self, parameters: &[f64], out: &mut Derivatives) {
        let p = self.shape.parameters();
        out.score.clear();
        out.score.resize(p, 0.0);
        out.hessian.clear();
        out.hessian.resize(p * p, 0.0);
        out.value = self.pass::<HESSIAN>(parameters, out);
    }

    /// Every block of rows at one point, and the derivatives of ln g by the logits, block-major.
    pub(crate) fn pointwise(&mut self, parameters: &[f64]) -> (Vec<Pointwise>, Vec<Lanes>) {
        self.passes += 1;
        let pass = Pass { shape: self.shape, shared: self.shared, parameters };
        let (rows, sums, d) = (&self.rows, &mut self.sums, self.shape.dim);
        let mut blocks = Vec::with_capacity(rows.count.len());
        let mut by_logit = Vec::with_capacity(rows.count.len() * self.shape.logits());
        for run in &rows.runs {
            for block in run.first..run.end {
                let at = block * d..(block + 1) * d;
                let (x, m) = (&rows.x[at.clone()], &rows.gate_features()[at]);
                blocks.push(kernel::pointwise(pass, run.label, x, m, sums, &mut by_logit));
            }
        }
        (blocks, by_logit)
    }

    /// The farthest that a coordinate of a start need go: beyond it every softmax is saturated on these
    /// data, and further out lies nothing new.
    pub(crate) fn reach(&self, bound: f64) -> f64 {
        let spread = |b: &[f64]| 1.0 + b.iter().sum::<f64>();
        bound.min(SAFE_LOGIT / spread(&self.rows.x_bound).max(spread(&self.rows.m_bound)))
    }

    fn pass<const LEVEL: u8>(&mut self, parameters: &[f64], out: &mut Derivatives) -> f64 {
        assert_eq!(parameters.len(), self.shape.parameters(), "parameters do not fit the shape");
        self.passes += 1;
        self.value = CompensatedSum::default();
        if self.is_safe(parameters) {
            self.sweep::<LEVEL, true>(parameters, out);
        } else {
            self.sweep::<LEVEL, false>(parameters, out);
        }
        self.value.total()
    }

    /// Whether no |logit| can exceed [`SAFE_LOGIT`] on these data.
    fn is_safe(&self, parameters: &[f64]) -> bool {
        let gates = self.shape.gate_rows();
        parameters.chunks_exact(self.shape.row()).enumerate().all(|(u, row)| {
            let bounds = if u < gates { &self.rows.m_bound } else { &self.rows.x_bound };
            let slopes: f64 = row[1..].iter().zip(bounds).map(|(v, b)| v.abs() * b).sum();
            row[0].abs() + slopes <= SAFE_LOGIT
        })
    }

    fn sweep<const LEVEL: u8, const SAFE: bool>(&mut self, parameters: &[f64], out: &mut Derivatives) {
        let pass = Pass { shape: self.shape, shared: self.shared, parameters };
        for run in self.rows.runs.clone() {
            let mut first = run.first;
            while first < run.end {
                let end = (first + GROUP * GROUPS_PER_CHUNK).min(run.end);
                self.sums.clear();
                let (rows, sums) = (&self.rows, &mut self.sums);
                self.arch.dispatch(Chunk::<'_, LEVEL, SAFE> {
                    pass,
                    rows,
                    label: run.label,
                    first,
                    end,
                    sums,
                });
                self.flush::<LEVEL>(out);
                first = end;
            }
        }
    }

    /// Adds the lane sums of a chunk to the totals.
    fn flush<const LEVEL: u8>(&mut self, out: &mut Derivatives) {
        self.value.add(self.sums.value.total());
        if LEVEL >= SCORE {
            for (total, lanes) in out.score.iter_mut().zip(&self.sums.score) {
                *total += sum_tree(*lanes);
            }
        }
        if LEVEL >= HESSIAN {
            self.unpack_hessian(&mut out.hessian);
        }
    }

    fn unpack_hessian(&self, hessian: &mut [f64]) {
        let (row, logits, gates) = (self.shape.row(), self.shape.logits(), self.shape.gate_rows());
        let p = self.shape.parameters();
        let mut at = 0;
        for u in 0..logits {
            for v in u..logits {
                let mixed = !self.shared && u < gates && v >= gates;
                for a in 0..row {
                    for b in if mixed { 0 } else { a }..row {
                        let value = sum_tree(self.sums.hessian[at]);
                        at += 1;
                        let (i, j) = (u * row + a, v * row + b);
                        hessian[i * p + j] += value;
                        if !mixed && a != b && u != v {
                            hessian[(u * row + b) * p + v * row + a] += value;
                        }
                    }
                }
            }
        }
        for i in 0..p {
            for j in 0..i {
                hessian[i * p + j] = hessian[j * p + i];
            }
        }
    }
}

/// Name of the vector instructions that likelihoods use on this machine; values do not depend on them.
pub fn instruction_set() -> &'static str {
    match format!("{:?}", pulp::Arch::new()) {
        name if name.starts_with("V4") => "x86-64-v4 (AVX-512)",
        name if name.starts_with("V3") => "x86-64-v3 (AVX2, FMA)",
        name if name.starts_with("Neon") => "aarch64 (NEON)",
        _ => "baseline",
    }
}

/// A run of blocks of one label, summed group by group with the instructions that the machine has.
struct Chunk<'a, const LEVEL: u8, const SAFE: bool> {
    pass: Pass<'a>,
    rows: &'a PackedRows,
    label: usize,
    first: usize,
    end: usize,
    sums: &'a mut Sums,
}

impl<const LEVEL: u8, const SAFE: bool> pulp::WithSimd for Chunk<'_, LEVEL, SAFE> {
    type Output = ();

    /// Common small sizes are compiled on their own: the same arithmetic in the same order, with the
    /// loops over atoms, classes and covariates unrolled.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match (self.pass.shape.experts, self.pass.shape.classes, self.pass.shape.dim) {
            (2, 2, 2) => self.sweep(Shape { experts: 2, classes: 2, dim: 2 }),
            (3, 2, 2) => self.sweep(Shape { experts: 3, classes: 2, dim: 2 }),
            _ => {
                let shape = self.pass.shape;
                self.sweep(shape);
            }
        }
    }
}

impl<const LEVEL: u8, const SAFE: bool> Chunk<'_, LEVEL, SAFE> {
    #[inline(always)]
    fn sweep(self, shape: Shape) {
        let pass = Pass { shape, ..self.pass };
        let d = shape.dim;
        let gate_features = self.rows.gate_features();
        let mut start = self.first;
        while start < self.end {
            let stop = (start + GROUP).min(self.end);
            let group = Group {
                label: self.label,
                x: &self.rows.x[start * d..stop * d],
                m: &gate_features[start * d..stop * d],
                count: &self.rows.count[start..stop],
            };
            kernel::add_group::<LEVEL, SAFE>(pass, group, self.sums);
            start = stop;
        }
    }
}
