//! The condition on gate maps: the functions xᵖ M(x)^q, |p| + |q| ≤ 2, are linearly independent on the
//! support of X (the paper's condition on modified gates).

use crate::covariate::CovariateLaw;
use crate::gate::GateMap;
use crate::numeric;

/// Points at which the functions are looked at; a finite law with fewer is looked at as a whole.
const POINTS: usize = 4_096;

/// How independent the functions are: each is scaled to norm one in L²(X), and the result is the smallest
/// distance of one of them from the span of those taken before it, the farthest taken first (Gram and
/// Schmidt with pivoting). 0 up to rounding when they are dependent.
pub(super) fn gate_independence(map: &GateMap, law: &CovariateLaw) -> f64 {
    let Some(mut rest) = functions(map, law) else { return 0.0 };
    let mut smallest: f64 = 1.0;
    while !rest.is_empty() {
        let norms: Vec<f64> = rest.iter().map(|f| norm(f)).collect();
        let farthest = (1..norms.len()).fold(0, |best, i| if norms[i] > norms[best] { i } else { best });
        smallest = smallest.min(norms[farthest]);
        let mut taken = rest.swap_remove(farthest);
        if !scale(&mut taken, 0.0) {
            return 0.0;
        }
        for f in &mut rest {
            let along = numeric::dot(&taken, f);
            f.iter_mut().zip(&taken).for_each(|(v, t)| *v = (-along).mul_add(*t, *v));
        }
    }
    smallest
}

fn norm(f: &[f64]) -> f64 {
    numeric::dot(f, f).sqrt()
}

/// Scales to norm one; false when the norm is not above `tiny`.
fn scale(f: &mut [f64], tiny: f64) -> bool {
    let norm = norm(f);
    f.iter_mut().for_each(|v| *v /= norm);
    norm > tiny
}

/// The functions at the points, multiplied by the root of their weights, each of norm one; `None` when a
/// covariate or its map is constant. Their span does not change when coordinates are shifted and scaled, so
/// they are standardised first: data far from the origin must not look dependent.
fn functions(map: &GateMap, law: &CovariateLaw) -> Option<Vec<Vec<f64>>> {
    let (points, weights) = weighted_points(law);
    let total: f64 = weights.iter().sum();
    let roots: Vec<f64> = weights.iter().map(|w| (w / total).sqrt()).collect();
    let mut linear: Vec<Vec<f64>> = Vec::new();
    for j in 0..law.dim() {
        linear.push(points.iter().map(|x| x[j]).collect());
        linear.push(points.iter().map(|x| map.apply(x[j])).collect());
    }
    for f in &mut linear {
        let size = f.iter().fold(0.0, |size: f64, v| size.max(v.abs()));
        let mean = f.iter().zip(&roots).fold(0.0, |sum, (v, r)| (r * r).mul_add(*v, sum));
        f.iter_mut().zip(&roots).for_each(|(v, r)| *v = (*v - mean) * r);
        if !scale(f, 1e-12 * size) {
            return None;
        }
    }
    let mut out = vec![roots.clone()];
    for (i, a) in linear.iter().enumerate() {
        for b in &linear[..=i] {
            let product = a.iter().zip(b).zip(&roots);
            out.push(product.map(|((a, b), r)| if *r > 0.0 { a * b / r } else { 0.0 }).collect());
        }
    }
    out.extend(linear);
    out.iter_mut().all(|f| scale(f, 0.0)).then_some(out)
}

fn weighted_points(law: &CovariateLaw) -> (Vec<Vec<f64>>, Vec<f64>) {
    if let Some(finite) = law.finite() {
        let m = finite.probabilities.len();
        let chosen: Vec<usize> = if m <= POINTS {
            (0..m).collect()
        } else {
            let golden = spread_directions(1)[0];
            (1..=POINTS).map(|i| ((i as f64 * golden).fract() * m as f64) as usize).collect()
        };
        return chosen.iter().map(|i| (finite.points.row(*i).to_vec(), finite.probabilities[*i])).unzip();
    }
    let (lower, upper) = law.bounds();
    let directions = spread_directions(law.dim());
    let point = |i: usize| -> Vec<f64> {
        let unit = directions.iter().map(|a| (i as f64 * a).fract());
        unit.zip(lower.iter().zip(&upper)).map(|(u, (l, h))| (h - l).mul_add(u, *l)).collect()
    };
    let points: Vec<Vec<f64>> = (1..=POINTS).map(point).collect();
    let weights = points.iter().map(|x| law.relative_density(x)).collect();
    (points, weights)
}

/// The direction of Kronecker's sequence in [0, 1)^d whose multiples are evenly spread: powers of 1/φ, where
/// φ^(d+1) = φ + 1 (the golden ratio for d = 1).
fn spread_directions(dim: usize) -> Vec<f64> {
    let mut phi = 1.0;
    for _ in 0..64 {
        // Newton's method; the polynomial is convex beyond 1, so it converges after the first step.
        let slope = (dim as f64 + 1.0) * numeric::power(phi, dim as u32) - 1.0;
        phi -= (numeric::power(phi, dim as u32 + 1) - phi - 1.0) / slope;
    }
    (1..=dim as u32).map(|j| 1.0 / numeric::power(phi, j)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Independence under a grid with more points than are looked at, and uniform laws, on [−1, 1]^d.
    fn check(map: &str, least: f64, most: f64) {
        let map: GateMap = map.parse().unwrap();
        let grid = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![101, 101] };
        let uniform = |d| CovariateLaw::Uniform { lower: vec![-1.0; d], upper: vec![1.0; d] };
        for law in [grid, uniform(1), uniform(2), uniform(3)] {
            let found = gate_independence(&map, &law);
            assert!((least..=most).contains(&found), "{map} in {} dimensions: {found}", law.dim());
        }
    }

    #[test]
    fn maps_of_the_theory() {
        check("identity", 0.0, 1e-12);
        check("power(2)", 0.0, 1e-12);
        check("power(3)", 0.02, 0.1);
        check("sin(3)", 0.1, 0.5);
        check("tanh(1)", 1e-3, 4e-3);
        check("tanh(2)", 0.005, 0.02);
    }

    #[test]
    fn dependence_on_the_support_is_found() {
        let two = CovariateLaw::Grid { lower: vec![0.0], upper: vec![1.0], points: vec![2] };
        assert!(gate_independence(&GateMap::Sin(3.0), &two) < 1e-12);
        let constant = CovariateLaw::Grid { lower: vec![-1.0], upper: vec![1.0], points: vec![2] };
        assert_eq!(gate_independence(&GateMap::Power(2), &constant), 0.0);
    }

    #[test]
    fn a_shift_of_the_covariates_does_not_look_like_dependence() {
        let centre = 20.0 * std::f64::consts::TAU;
        let far = CovariateLaw::Uniform { lower: vec![centre - 1.0], upper: vec![centre + 1.0] };
        let found = gate_independence(&GateMap::Sin(3.0), &far);
        assert!((0.1..0.5).contains(&found), "{found}");
    }
}
