//! The surrogate of the log-likelihood that EM and MM climb: value, score and curvature in one pass.
//!
//! With the responsibilities r_i = π_i f_i(y) / g of the experts at a point θ, Jensen's inequality gives
//! ℓ(θ') ≥ ℓ(θ) + Q(θ'|θ) − Q(θ|θ), a concave sum of one block for the gate and one for each expert:
//!
//! ```text
//! Q(θ'|θ) = Σ c [Σ_i r_i η'_i − lse(η')] + Σ_i Σ c r_i [ζ'_iy − lse(ζ'_i)]        sums over rows, c counts
//! ∂Q/∂η_i  = Σ c (r_i − π_i) m̃             ∂²Q/∂η_i∂η_j   = −Σ c π_i (δ_ij − π_j) m̃m̃ᵀ
//! ∂Q/∂ζ_is = Σ c r_i (1{y = s} − f_is) x̃   ∂²Q/∂ζ_is∂ζ_it = −Σ c r_i f_is (δ_st − f_it) x̃x̃ᵀ
//! ```
//!
//! with x̃ = (1, x), m̃ = (1, M(x)). At θ' = θ the score of Q is that of ℓ (Fisher's identity).

mod sweep;

use std::ops::Range;

use moe_core::numeric::{CompensatedLanes, Lanes, sum_tree};
use moe_core::shape::Shape;

use crate::kernel::SAFE_LOGIT;
use crate::likelihood::Likelihood;
use crate::rows::PackedRows;
use sweep::{Sweep, Work, ZERO};

/// The surrogate of one data set: responsibilities and scratch space, so that no pass allocates.
#[derive(Clone, Debug)]
pub(crate) struct Surrogate {
    shape: Shape,
    newton: bool,
    /// r_i, k entries a block of rows; those of the last expectation.
    responsibility: Vec<Lanes>,
    work: Work,
}

/// The surrogate at one point. Block 0 is the gate, block i + 1 is expert i.
#[derive(Clone, Debug, Default)]
pub(crate) struct Local {
    /// Total log-likelihood ℓ in nats; only an expectation computes it.
    pub(crate) log_likelihood: f64,
    /// Blocks of Q, in nats; with exact curvature only.
    pub(crate) values: Vec<f64>,
    /// Score of Q, length P.
    pub(crate) score: Vec<f64>,
    /// With exact curvature the Hessian of each block, row-major; otherwise the second moments Σ c m̃m̃ᵀ of
    /// the gate and Σ c r_i x̃x̃ᵀ of the experts.
    pub(crate) curvature: Vec<Vec<f64>>,
}

/// Where the parameters of each block stand in the pinned vector.
pub(crate) fn blocks(shape: Shape) -> Vec<Range<usize>> {
    let gate = shape.gate_rows() * shape.row();
    let expert = (shape.classes - 1) * shape.row();
    std::iter::once(0..gate)
        .chain((0..shape.experts).map(|i| gate + i * expert..gate + (i + 1) * expert))
        .collect()
}

impl Surrogate {
    /// For the data of a likelihood; `newton` asks for values and exact curvature.
    pub(crate) fn new(likelihood: &Likelihood, newton: bool) -> Self {
        let shape = likelihood.shape();
        let responsibility = vec![ZERO; shape.experts * likelihood.rows().cells()];
        Self { shape, newton, responsibility, work: Work::new(shape, newton) }
    }

    /// E-step at `parameters`: freezes the responsibilities there, and leaves ℓ and the surrogate in `out`.
    pub(crate) fn expect(&mut self, likelihood: &Likelihood, parameters: &[f64], out: &mut Local) {
        if self.newton {
            self.pass::<true, true>(likelihood, parameters, out);
        } else {
            self.pass::<true, false>(likelihood, parameters, out);
        }
        out.log_likelihood = self.work.log_likelihood.total();
    }

    /// The surrogate with frozen responsibilities at `parameters`.
    pub(crate) fn evaluate(&mut self, likelihood: &Likelihood, parameters: &[f64], out: &mut Local) {
        self.pass::<false, true>(likelihood, parameters, out);
    }

    fn pass<const EXPECT: bool, const NEWTON: bool>(
        &mut self,
        likelihood: &Likelihood,
        parameters: &[f64],
        out: &mut Local,
    ) {
        let rows = likelihood.rows();
        let safe = is_safe(self.shape, rows, parameters);
        let (shape, responsibility, work) = (self.shape, &mut self.responsibility, &mut self.work);
        work.clear();
        if safe {
            let sweep = Sweep::<EXPECT, NEWTON, true> { shape, rows, parameters, responsibility, work };
            likelihood.arch().dispatch(sweep);
        } else {
            let sweep = Sweep::<EXPECT, NEWTON, false> { shape, rows, parameters, responsibility, work };
            likelihood.arch().dispatch(sweep);
        }
        self.unpack(out);
    }

    /// Adds up the lanes.
    fn unpack(&self, out: &mut Local) {
        let work = &self.work;
        out.values.clear();
        out.values.extend(work.values.iter().map(CompensatedLanes::total));
        out.score.clear();
        out.score.extend(work.score.iter().map(|lanes| sum_tree(*lanes)));
        out.curvature.resize(self.shape.experts + 1, Vec::new());
        let (row, mut at) = (self.shape.row(), 0);
        for (block, matrix) in out.curvature.iter_mut().enumerate() {
            let rows = if block == 0 { self.shape.gate_rows() } else { self.shape.classes - 1 };
            let logits = if self.newton { rows } else { 1 };
            let (n, sign) = (logits * row, if self.newton { -1.0 } else { 1.0 });
            matrix.resize(n * n, 0.0);
            for u in 0..logits {
                for v in u..logits {
                    for a in 0..row {
                        for b in a..row {
                            let value = sign * sum_tree(work.curvature[at]);
                            at += 1;
                            for (i, j) in [(u * row + a, v * row + b), (u * row + b, v * row + a)] {
                                matrix[i * n + j] = value;
                                matrix[j * n + i] = value;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether no |logit| can exceed [`SAFE_LOGIT`] on these data.
fn is_safe(shape: Shape, rows: &PackedRows, parameters: &[f64]) -> bool {
    parameters.chunks_exact(shape.row()).enumerate().all(|(u, row)| {
        let bounds = if u < shape.gate_rows() { &rows.m_bound } else { &rows.x_bound };
        let slopes: f64 = row[1..].iter().zip(bounds).map(|(v, b)| v.abs() * b).sum();
        row[0].abs() + slopes <= SAFE_LOGIT
    })
}
