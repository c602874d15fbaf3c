//! The difference of two slopes, paired by replication where both fit the same data.

use super::bootstrap::{Resampler, draw_ranks};
use super::combine::{Groups, worst};
use super::confidence::{Confidence, Law, Term};
use super::line::Line;
use super::proportion::Proportion;
use super::{RateProblem, Series, Weights, problem};
use crate::numeric;
use crate::statistic::Statistic;
use crate::stream::Stream;

/// The slope of one series minus that of another, with what noise leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Slope of the first minus slope of the second.
    pub estimate: f64,
    confidence: Confidence,
}

impl Difference {
    /// The interval of the difference of the projected slopes at any level between 0 and 1, as for
    /// [`super::Rate::interval`].
    pub fn interval(&self, level: f64) -> (f64, f64) {
        self.confidence.limits(0.5 * (1.0 - level))
    }

    /// One-sided p-value of the hypothesis difference ≥ `value`.
    pub fn tail_below(&self, value: f64) -> f64 {
        self.confidence.tail_below(value)
    }

    /// One-sided p-value of the hypothesis difference ≤ `value`.
    pub fn tail_above(&self, value: f64) -> f64 {
        self.confidence.tail_above(value)
    }
}

/// The difference of the slopes of two series at the same sizes.
///
/// `paired`: value i at a size comes from the same data set in both series (and in all their groups), so that
/// replications are resampled together; otherwise each group is resampled by itself. Noise is told by the
/// bootstrap-t for means, by percentiles of the bootstrap for medians and quantiles (Efron 1979), and by score
/// limits with the observed correlation for proportions (Newcombe 1998). For the worst of several groups it is the
/// wider, on either side, of the bootstrap's percentiles and their mirror images in the estimate.
///
/// # Errors
/// When one of the series has no slope, or the two do not match; see [`RateProblem`].
pub fn difference(
    a: &Series,
    b: &Series,
    paired: bool,
    statistic: Statistic,
    weights: &Weights,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Difference, RateProblem> {
    check(a, b, paired, weights)?;
    let line = Line::new(&a.sizes, weights);
    let (first, second) = (logs(a, statistic, stream)?, logs(b, statistic, stream)?);
    let estimate = line.slope(&first) - line.slope(&second);
    let design = Design { a, b, paired, resamples, coefficients: &line.coefficients };
    let confidence = match statistic {
        _ if a.groups.len() > 1 || b.groups.len() > 1 => design.percentiles(statistic, estimate, stream),
        Statistic::Mean => design.studentised(estimate, stream),
        Statistic::Exceeds(c) => design.score(c, estimate),
        Statistic::Median | Statistic::Quantile(_) => design.percentiles(statistic, estimate, stream),
    };
    Ok(Difference { estimate, confidence })
}

fn check(a: &Series, b: &Series, paired: bool, weights: &Weights) -> Result<(), RateProblem> {
    problem::check_plan(a, weights)?;
    problem::check_plan(b, weights)?;
    if a.sizes != b.sizes {
        return Err(RateProblem::DifferentSizes);
    }
    for (j, size) in a.sizes.iter().enumerate() {
        let mut lengths = a.groups.iter().chain(&b.groups).map(|g| g[j].len());
        let first = lengths.next();
        if paired && lengths.any(|n| Some(n) != first) {
            return Err(RateProblem::Unpaired { size: *size });
        }
    }
    Ok(())
}

/// The largest log statistic at each size.
fn logs(series: &Series, statistic: Statistic, stream: &mut Stream) -> Result<Vec<f64>, RateProblem> {
    let sorted = problem::sorted_values(series)?;
    let estimates: Vec<Groups> = super::estimates(series, &sorted, statistic, 0, stream)?;
    Ok(estimates.iter().map(|groups| worst(groups).log).collect())
}

/// Two series and how they are resampled.
struct Design<'a> {
    a: &'a Series,
    b: &'a Series,
    paired: bool,
    resamples: usize,
    coefficients: &'a [f64],
}

impl Design<'_> {
    /// Coefficients that are not 0, with the first groups' values.
    fn sizes(&self) -> impl Iterator<Item = (f64, &[f64], &[f64])> {
        let places = self.coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0);
        places.map(|(j, c)| (*c, self.a.groups[0][j].as_slice(), self.b.groups[0][j].as_slice()))
    }

    fn percentiles(&self, statistic: Statistic, estimate: f64, stream: &mut Stream) -> Confidence {
        let mut values = vec![0.0; self.resamples];
        for (j, c) in self.coefficients.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            let (mut first, mut second) =
                (resamplers(self.a, j, statistic), resamplers(self.b, j, statistic));
            let mut drawn = vec![0; self.a.groups[0][j].len()];
            for value in &mut values {
                if self.paired {
                    draw_ranks(stream, &mut drawn);
                }
                let mut largest = |group: &mut [Resampler<'_>]| {
                    group.iter_mut().fold(f64::NEG_INFINITY, |largest, resampler| {
                        if !self.paired {
                            drawn.resize(resampler.len(), 0);
                            draw_ranks(stream, &mut drawn);
                        }
                        largest.max(resampler.log(&drawn))
                    })
                };
                let (up, down) = (largest(&mut first), largest(&mut second));
                *value += c * (up - down);
            }
        }
        values.retain(|v| !v.is_nan());
        values.sort_unstable_by(f64::total_cmp);
        let undetermined = self.resamples - values.len();
        let reflected = self.a.groups.len() > 1 || self.b.groups.len() > 1;
        Confidence::Resampled { estimate, values, undetermined, reflected }
    }

    fn studentised(&self, estimate: f64, stream: &mut Stream) -> Confidence {
        let mut samples = vec![(0.0, 0.0); self.resamples];
        let mut variance = 0.0;
        for (c, a, b) in self.sizes() {
            let (a, b) = (Relative::new(a), Relative::new(b));
            let (mut drawn_a, mut drawn_b) = (a.all(), b.all());
            variance += c * c * Relative::noise(&a, &b, &drawn_a, &drawn_b, self.paired).1;
            for (shift, square) in &mut samples {
                draw_ranks(stream, &mut drawn_a);
                if self.paired {
                    drawn_b.copy_from_slice(&drawn_a);
                } else {
                    draw_ranks(stream, &mut drawn_b);
                }
                let (deviation, variance) = Relative::noise(&a, &b, &drawn_a, &drawn_b, self.paired);
                *shift += c * deviation;
                *square += c * c * variance;
            }
        }
        let root = |(shift, square): &(f64, f64)| if *shift == 0.0 { 0.0 } else { shift / square.sqrt() };
        let mut roots: Vec<f64> = samples.iter().map(root).filter(|r| !r.is_nan()).collect();
        roots.sort_unstable_by(f64::total_cmp);
        let law = Law::Resampled { undetermined: self.resamples - roots.len(), roots };
        let error = variance.sqrt();
        let error = if error.is_nan() { f64::INFINITY } else { error };
        Confidence::Studentised { low: estimate, high: estimate, down: error, up: error, law }
    }

    fn score(&self, threshold: f64, estimate: f64) -> Confidence {
        let terms = self.sizes().map(|(coefficient, a, b)| {
            let count = |values: &[f64]| values.iter().filter(|v| **v > threshold).count();
            let (x, y) = (Proportion::new(count(a), a.len()), Proportion::new(count(b), b.len()));
            let correlation = if self.paired {
                let both = a.iter().zip(b).filter(|(a, b)| **a > threshold && **b > threshold).count() as f64;
                let square = x.count * (x.total - x.count) * y.count * (y.total - y.count);
                if square > 0.0 { (both * x.total - x.count * y.count) / square.sqrt() } else { 0.0 }
            } else {
                0.0
            };
            Term { coefficient, plausible: vec![x], against: Some((y, correlation)) }
        });
        Confidence::Score { low: estimate, high: estimate, terms: terms.collect() }
    }
}

/// The groups of a series at size number `j`.
fn resamplers(series: &Series, j: usize, statistic: Statistic) -> Vec<Resampler<'_>> {
    series.groups.iter().map(|g| Resampler::new(&g[j], statistic)).collect()
}

/// Values over their mean, less 1.
struct Relative {
    values: Vec<f64>,
    /// Their sum, 0 but for rounding.
    rest: f64,
}

impl Relative {
    fn new(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let values: Vec<f64> = values.iter().map(|v| v / mean - 1.0).collect();
        Self { rest: values.iter().sum(), values }
    }

    fn all(&self) -> Vec<u32> {
        (0..self.values.len() as u32).collect()
    }

    /// How far ln(mean a) − ln(mean b) moves in a resample, and its variance there; NaN where a mean is not
    /// positive or a variance has one value.
    fn noise(a: &Self, b: &Self, drawn_a: &[u32], drawn_b: &[u32], paired: bool) -> (f64, f64) {
        let moments = |u: &Self, drawn: &[u32]| {
            let n = drawn.len() as f64;
            let (sum, squares) = drawn.iter().fold((0.0, 0.0), |(s, q), i| {
                let v = u.values[*i as usize];
                (s + v, v.mul_add(v, q))
            });
            let shift = (sum - u.rest) / n;
            (shift, ((squares - sum * shift) / (n - 1.0)).max(0.0) / n)
        };
        let ((shift_a, var_a), (shift_b, var_b)) = (moments(a, drawn_a), moments(b, drawn_b));
        let (scale_a, scale_b) = (1.0 + shift_a, 1.0 + shift_b);
        let mut variance = var_a / (scale_a * scale_a) + var_b / (scale_b * scale_b);
        if paired {
            let n = drawn_a.len() as f64;
            let cross =
                drawn_a.iter().fold(0.0, |s, i| a.values[*i as usize].mul_add(b.values[*i as usize], s));
            variance -= 2.0 * (cross - n * shift_a * shift_b) / (n - 1.0) / n / (scale_a * scale_b);
        }
        let positive = scale_a > 0.0 && scale_b > 0.0;
        let deviation = if positive { numeric::ln_1p(shift_a) - numeric::ln_1p(shift_b) } else { f64::NAN };
        (deviation, variance.max(0.0))
    }
}
