//! Points and weights with which an expectation over the covariates is evaluated, and coarser
//! estimates beside it that state the error.

use std::ops::Range;

use crate::covariate::CovariateLaw;
use crate::numeric::{cos, exp, power};

/// Nodes per axis of the tensor Gauss-Legendre rule, and of the coarser ones that state its error, for
/// d = 1, 2, 3. Distances between densities have kinks where the densities cross, so the error falls
/// like the square of the number of nodes, not exponentially, and its sign depends on where the kinks
/// lie between the nodes: a single difference can be small by accident, several hardly.
const NODES: [&[usize]; 3] = [&[256, 192, 128, 96, 64], &[48, 36, 24, 16], &[16, 12, 8]];
/// Points of the Kronecker sequence for d ≥ 4, in four equal stretches.
const SEQUENCE: usize = 8192;
const STRETCHES: usize = 4;
/// Normal densities below exp(−DEPTH) of their largest value in the box are not integrated.
const DEPTH: f64 = 40.0;

/// Weighted points, cut into segments. The expectation is estimated by the weighted mean over the
/// segments `main`; the weighted means over each of `checks` are coarser estimates of it.
#[derive(Clone, Debug)]
pub(super) struct Quadrature {
    /// One point a row, m × d, row-major.
    pub(super) points: Vec<f64>,
    /// Weights, length m, up to a constant factor (one for each rule).
    pub(super) weights: Vec<f64>,
    /// Where each segment ends; the last is m.
    pub(super) ends: Vec<usize>,
    /// Segments of the estimate.
    pub(super) main: Range<usize>,
    /// Segments of the coarser estimates; none when the estimate is exact.
    pub(super) checks: Vec<Range<usize>>,
    /// Name of the rule.
    pub(super) name: String,
}

impl Quadrature {
    /// The rule for a law: exact for a finite law, tensor Gauss-Legendre for d ≤ 3, otherwise a fixed
    /// set of points of low discrepancy.
    pub(super) fn new(law: &CovariateLaw) -> Self {
        if let Some(finite) = law.finite() {
            let m = finite.probabilities.len();
            return Self {
                points: finite.points.iter().copied().collect(),
                weights: finite.probabilities,
                ends: vec![m],
                main: 0..1,
                checks: Vec::new(),
                name: format!("exact-{m}"),
            };
        }
        let axes = axes(law);
        if axes.len() <= NODES.len() { gauss_legendre_tensor(&axes) } else { kronecker(&axes) }
    }
}

/// One axis of a continuous law: an interval, and the mean and standard deviation of a normal density
/// on it (`None` for the uniform).
struct Axis {
    lower: f64,
    upper: f64,
    normal: Option<(f64, f64)>,
}

impl Axis {
    /// Density relative to its largest value on the interval.
    fn density(&self, x: f64) -> f64 {
        let Some((mean, sd)) = self.normal else { return 1.0 };
        let (z, least) = ((x - mean) / sd, (mean.clamp(self.lower, self.upper) - mean) / sd);
        exp(-0.5 * (z - least) * (z + least))
    }

    /// The interval without the parts where the density is negligible.
    fn trimmed(self) -> Self {
        let Some((mean, sd)) = self.normal else { return self };
        let least = (mean.clamp(self.lower, self.upper) - mean) / sd;
        let reach = sd * least.mul_add(least, 2.0 * DEPTH).sqrt();
        Self { lower: self.lower.max(mean - reach), upper: self.upper.min(mean + reach), ..self }
    }

    /// The point a fraction `u` along the interval.
    fn at(&self, u: f64) -> f64 {
        self.lower.mul_add(1.0 - u, self.upper * u)
    }
}

fn axes(law: &CovariateLaw) -> Vec<Axis> {
    let (lower, upper) = law.bounds();
    let normal = |j: usize| match law {
        CovariateLaw::TruncatedNormal { mean, sd, .. } => Some((mean[j], sd[j])),
        _ => None,
    };
    (0..law.dim()).map(|j| Axis { lower: lower[j], upper: upper[j], normal: normal(j) }.trimmed()).collect()
}

fn gauss_legendre_tensor(axes: &[Axis]) -> Quadrature {
    let d = axes.len();
    let rules = NODES[d - 1];
    let (mut points, mut weights, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for nodes in rules.iter().copied() {
        let rule = gauss_legendre(nodes);
        for index in 0..nodes.pow(d as u32) {
            let (mut rest, mut weight) = (index, 1.0);
            for axis in axes {
                let (u, w) = rule[rest % nodes];
                rest /= nodes;
                let x = axis.at(u);
                weight *= w * axis.density(x);
                points.push(x);
            }
            weights.push(weight);
        }
        ends.push(weights.len());
    }
    let name = if d == 1 {
        format!("gauss-legendre-{}", rules[0])
    } else {
        format!("gauss-legendre-{}^{d}", rules[0])
    };
    Quadrature {
        points,
        weights,
        ends,
        main: 0..1,
        checks: (1..rules.len()).map(|r| r..r + 1).collect(),
        name,
    }
}

/// Nodes in (0, 1) and weights of the Gauss-Legendre rule with `n` nodes.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let mut rule = Vec::with_capacity(n);
    for i in 0..n {
        let mut x = cos(std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5));
        let mut slope = 1.0;
        // Newton's method from Tricomi's approximation; it has converged long before the last step.
        for _ in 0..10 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            x -= value / slope;
        }
        rule.push((0.5 - 0.5 * x, 1.0 / ((1.0 - x) * (1.0 + x) * slope * slope)));
    }
    rule
}

/// Legendre polynomial of degree `n` at `x`, and its derivative.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (0.0, 1.0);
    for m in 0..n {
        let m = m as f64;
        (before, value) = (value, ((2.0 * m + 1.0) * x * value - m * before) / (m + 1.0));
    }
    (value, n as f64 * (before - x * value) / ((1.0 - x) * (1.0 + x)))
}

/// The additive recurrence u_n = n α mod 1 with α_j = φ⁻ʲ, φ the root of φ^(d+1) = φ + 1 (Roberts
/// 2018), whose points fill the cube evenly in every dimension. Each coordinate is folded,
/// u → 1 − |2u − 1|, which makes the integrand periodic, as such a sequence likes it.
fn kronecker(axes: &[Axis]) -> Quadrature {
    let d = axes.len();
    let degree = d as u32;
    let mut phi = 1.5;
    for _ in 0..60 {
        let value = power(phi, degree + 1) - phi - 1.0;
        phi -= value / (f64::from(degree + 1) * power(phi, degree) - 1.0);
    }
    let steps: Vec<f64> = (1..=degree).map(|j| 1.0 / power(phi, j)).collect();
    let (mut points, mut weights) = (Vec::with_capacity(SEQUENCE * d), Vec::with_capacity(SEQUENCE));
    for n in 0..SEQUENCE {
        let mut weight = 1.0;
        for (axis, step) in axes.iter().zip(&steps) {
            let along = (n as f64 + 1.0).mul_add(*step, 0.5);
            let x = axis.at(1.0 - (2.0 * (along - along.floor()) - 1.0).abs());
            weight *= axis.density(x);
            points.push(x);
        }
        weights.push(weight);
    }
    Quadrature {
        points,
        weights,
        ends: (1..=STRETCHES).map(|s| s * SEQUENCE / STRETCHES).collect(),
        main: 0..STRETCHES,
        // Every run of half the points is an estimate of its own.
        checks: (0..=STRETCHES / 2).map(|s| s..s + STRETCHES / 2).collect(),
        name: format!("kronecker-{SEQUENCE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauss_legendre_is_exact_for_polynomials() {
        for n in [1, 2, 5, 16, 48, 256] {
            let rule = gauss_legendre(n);
            for degree in 0..(2 * n as u32).min(40) {
                let integral: f64 = rule.iter().map(|(x, w)| w * power(*x, degree)).sum();
                let exact = 1.0 / f64::from(degree + 1);
                assert!((integral - exact).abs() < 1e-14, "n = {n}, degree {degree}: {integral}");
            }
        }
        let two = gauss_legendre(2);
        assert!((two[0].0 - (0.5 - 0.5 / 3f64.sqrt())).abs() < 1e-15 && (two[0].1 - 0.5).abs() < 1e-15);
    }

    /// Moments of a normal truncated to an interval that cuts it on one side only, against a sum over
    /// a million midpoints.
    #[test]
    fn truncated_normal_moments() {
        let law = CovariateLaw::TruncatedNormal {
            mean: vec![0.3],
            sd: vec![0.05],
            lower: vec![0.25],
            upper: vec![40.0],
        };
        let rule = Quadrature::new(&law);
        let mean_over = |segment: Range<usize>| {
            let total: f64 = rule.weights[segment.clone()].iter().sum();
            segment.map(|i| rule.weights[i] / total * rule.points[i]).sum::<f64>()
        };
        let (mut total, mut first) = (0.0, 0.0);
        for i in 0..1_000_000 {
            let x = 0.25 + (f64::from(i) + 0.5) * 1e-6;
            let density = exp(-0.5 * (x - 0.3) * (x - 0.3) / 0.0025);
            total += density;
            first += density * x;
        }
        assert!((mean_over(0..256) - first / total).abs() < 1e-9);
        assert!((mean_over(256..448) - first / total).abs() < 1e-9);
    }

    /// A density that underflows everywhere in the box still has weights.
    #[test]
    fn mean_far_outside_the_box() {
        let law = CovariateLaw::TruncatedNormal {
            mean: vec![100.0, 0.0],
            sd: vec![1.0, 1.0],
            lower: vec![-1.0, -1.0],
            upper: vec![1.0, 1.0],
        };
        let rule = Quadrature::new(&law);
        assert!(rule.weights.iter().all(|w| *w >= 0.0) && rule.weights[..2304].iter().sum::<f64>() > 0.0);
        assert!(rule.points.iter().step_by(2).all(|x| *x > 0.0 && *x < 1.0));
    }

    #[test]
    fn kronecker_points_fill_the_box_evenly() {
        let law = CovariateLaw::Uniform { lower: vec![-1.0; 5], upper: vec![1.0, 1.0, 1.0, 1.0, 3.0] };
        let rule = Quadrature::new(&law);
        assert_eq!((rule.points.len(), rule.ends.clone()), (8192 * 5, vec![2048, 4096, 6144, 8192]));
        for j in 0..5 {
            let column = || rule.points.iter().skip(j).step_by(5);
            let (mean, width) = (column().sum::<f64>() / 8192.0, if j == 4 { 4.0 } else { 2.0 });
            let centre = if j == 4 { 1.0 } else { 0.0 };
            assert!((mean - centre).abs() < 1e-3 * width, "axis {j}: {mean}");
            let second = column().map(|x| (x - centre) * (x - centre)).sum::<f64>() / 8192.0;
            assert!((second - width * width / 12.0).abs() < 1e-3 * width * width, "axis {j}: {second}");
        }
    }
}
