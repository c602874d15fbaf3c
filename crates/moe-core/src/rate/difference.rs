//! The difference of two slopes, paired by replication where both fit the same data.

use super::bootstrap::draw_ranks;
use super::combine::{Groups, combine, satterthwaite, worst};
use super::confidence::{Confidence, Law, Spread, Term, variance};
use super::line::Line;
use super::noise::{Estimate, Noise};
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
/// `paired`: value i at a size comes from the same data set in both series. Noise is then told by the bootstrap-t
/// with replications resampled together (means), by standard errors with the correlation of the two quantiles, and by
/// score limits with the correlation of the two proportions (Newcombe 1998). Otherwise the two are independent. The
/// worst cases of several groups are compared as if they were independent, which is on the safe side where they rise
/// and fall together.
///
/// # Errors
/// When one of the series has no slope, or the two do not match; see [`RateProblem`].
///
/// ```
/// use moe_core::rate::{Series, Weights, difference};
/// use moe_core::statistic::Statistic;
/// use moe_core::stream::{Address, Purpose};
///
/// // Two methods on the same data: the errors of one fall like n^(-1/2), those of the other like n^(-1/4).
/// let sizes = vec![100, 10_000, 1_000_000];
/// let losses = |root: f64| {
///     let at = |n: &u64| (1..=25).map(|r| f64::from(r) / (*n as f64).sqrt().powf(root)).collect::<Vec<_>>();
///     Series::new(sizes.clone(), sizes.iter().map(at).collect())
/// };
/// let address = Address { seed: 1, purpose: Purpose::Bootstrap, content: [0; 32], size: 0, replication: 0 };
/// let (fast, slow) = (losses(1.0), losses(0.5));
/// let found =
///     difference(&fast, &slow, true, Statistic::Median, &Weights::Equal, 2000, &mut address.stream())?;
/// assert!((found.estimate + 0.25).abs() < 1e-12);
/// assert!(found.interval(0.95).1 < 0.0, "the first falls faster");
/// # Ok::<(), moe_core::rate::RateProblem>(())
/// ```
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
    let together = paired && a.groups.len() == 1 && b.groups.len() == 1;
    // Paired means are resampled below, both at once.
    let own = if together { 0 } else { resamples };
    let (first, second) =
        (estimates_of(a, statistic, own, stream)?, estimates_of(b, statistic, own, stream)?);
    let slope = |all: &[Groups]| line.slope(&all.iter().map(|groups| worst(groups).log).collect::<Vec<_>>());
    let estimate = slope(&first) - slope(&second);
    let places: Vec<usize> = (0..a.sizes.len()).filter(|j| line.coefficients[*j] != 0.0).collect();
    let pairs = places.iter().map(|j| Pair {
        coefficient: line.coefficients[*j],
        estimates: [worst(&first[*j]), worst(&second[*j])],
        values: [&a.groups[0][*j], &b.groups[0][*j]],
    });
    let confidence = match statistic {
        _ if !together => {
            let coefficients = line.coefficients.iter().copied().chain(line.coefficients.iter().map(|c| -c));
            combine(&coefficients.collect::<Vec<_>>(), &first.iter().chain(&second).collect::<Vec<_>>())
        }
        Statistic::Mean => means(pairs, estimate, resamples, stream),
        Statistic::Exceeds(c) => proportions(pairs, estimate, c),
        Statistic::Median | Statistic::Quantile(_) => quantiles(pairs, estimate),
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

fn estimates_of(
    series: &Series,
    statistic: Statistic,
    resamples: usize,
    stream: &mut Stream,
) -> Result<Vec<Groups>, RateProblem> {
    super::estimates(series, &problem::sorted_values(series)?, statistic, resamples, stream)
}

/// Two paired groups at one size.
struct Pair<'a> {
    coefficient: f64,
    estimates: [&'a Estimate; 2],
    /// Values of the replications, number by number.
    values: [&'a [f64]; 2],
}

impl Pair<'_> {
    /// The correlation of the indicators of values above two thresholds: that of two proportions, and in large
    /// samples that of two quantiles, which stand at the thresholds. 0 where an indicator does not vary.
    fn correlation(&self, thresholds: [f64; 2]) -> f64 {
        let [a, b] = self.values;
        let above = |i: usize| [a[i] > thresholds[0], b[i] > thresholds[1]];
        let (mut counts, mut both) = ([0.0, 0.0], 0.0);
        for i in 0..a.len() {
            let [x, y] = above(i).map(|is| f64::from(u8::from(is)));
            counts = [counts[0] + x, counts[1] + y];
            both += x * y;
        }
        let n = a.len() as f64;
        let [x, y] = counts;
        let square = x * (n - x) * y * (n - y);
        if square > 0.0 { (both * n - x * y) / square.sqrt() } else { 0.0 }
    }
}

fn quantiles<'a>(pairs: impl Iterator<Item = Pair<'a>>, estimate: f64) -> Confidence {
    let (mut down, mut up, mut parts) = (0.0, 0.0, Vec::new());
    for pair in pairs {
        let [a, b] = pair.estimates;
        let correlation = pair.correlation(pair.estimates.map(|e| numeric::exp(e.log)));
        let ((a_down, a_up), (b_down, b_up)) = (a.spread(), b.spread());
        let (below, above) = (variance(a_down, b_up, correlation), variance(a_up, b_down, correlation));
        let (below, above) = if pair.coefficient > 0.0 { (below, above) } else { (above, below) };
        let square = pair.coefficient * pair.coefficient;
        down += square * below;
        up += square * above;
        if below.is_finite() || above.is_finite() {
            parts.push((square * below.min(above), a.df().min(b.df())));
        }
    }
    let law = Law::Student(satterthwaite(parts.into_iter()));
    Confidence::Studentised { estimate, down: down.sqrt(), up: up.sqrt(), law }
}

fn proportions<'a>(pairs: impl Iterator<Item = Pair<'a>>, estimate: f64, threshold: f64) -> Confidence {
    let proportion = |e: &Estimate| match e.noise {
        Noise::Proportion(proportion) => Some(proportion),
        _ => None,
    };
    let terms = pairs.filter_map(|pair| {
        let [a, b] = pair.estimates.map(proportion);
        let against = Some((b?, pair.correlation([threshold; 2])));
        Some(Term { coefficient: pair.coefficient, groups: vec![(0.0, Spread::Score(a?))], against })
    });
    Confidence::Combined { estimate, terms: terms.collect(), law: Law::Student(f64::INFINITY) }
}

/// The bootstrap-t of the difference of log means.
fn means<'a>(
    pairs: impl Iterator<Item = Pair<'a>>,
    estimate: f64,
    resamples: usize,
    stream: &mut Stream,
) -> Confidence {
    let mut samples = vec![(0.0, 0.0); resamples];
    let mut total = 0.0;
    for pair in pairs {
        let (c, n) = (pair.coefficient, pair.values[0].len());
        let relative = Relative::new(pair.values);
        let mut drawn: Vec<u32> = (0..n as u32).collect();
        total += c * c * if n < 2 { f64::INFINITY } else { relative.noise(&drawn).1 };
        for (shift, square) in &mut samples {
            draw_ranks(stream, &mut drawn);
            let (deviation, variance) = relative.noise(&drawn);
            *shift += c * deviation;
            *square += c * c * variance;
        }
    }
    let error = total.sqrt();
    let law = Law::resampled(samples.into_iter());
    Confidence::Studentised { estimate, down: error, up: error, law }
}

/// Paired values over their means, less 1.
struct Relative {
    values: Vec<[f64; 2]>,
    /// Their sums, 0 but for rounding.
    rest: [f64; 2],
}

impl Relative {
    fn new(values: [&[f64]; 2]) -> Self {
        let means = values.map(|v| v.iter().sum::<f64>() / v.len() as f64);
        let pairs = values[0].iter().zip(values[1]);
        let values: Vec<_> = pairs.map(|(a, b)| [a / means[0] - 1.0, b / means[1] - 1.0]).collect();
        let rest = values.iter().fold([0.0; 2], |s, [a, b]| [s[0] + a, s[1] + b]);
        Self { values, rest }
    }

    /// How far ln(mean a) − ln(mean b) moves in a resample, and its variance there; NaN where a mean is not
    /// positive.
    fn noise(&self, drawn: &[u32]) -> (f64, f64) {
        let n = drawn.len() as f64;
        let (mut sum, mut squares) = ([0.0; 2], [0.0; 3]);
        for i in drawn {
            let [a, b] = self.values[*i as usize];
            sum = [sum[0] + a, sum[1] + b];
            squares = [a.mul_add(a, squares[0]), b.mul_add(b, squares[1]), a.mul_add(b, squares[2])];
        }
        let shift = [0, 1].map(|side| (sum[side] - self.rest[side]) / n);
        let [a, b] = shift.map(|s| 1.0 + s);
        let moment = |square: f64, x: f64, y: f64| (square - n * x * y) / (n - 1.0) / n;
        let variance = moment(squares[0], shift[0], shift[0]) / (a * a)
            + moment(squares[1], shift[1], shift[1]) / (b * b)
            - 2.0 * moment(squares[2], shift[0], shift[1]) / (a * b);
        let positive = a > 0.0 && b > 0.0;
        let deviation = if positive { numeric::ln_1p(shift[0]) - numeric::ln_1p(shift[1]) } else { f64::NAN };
        (deviation, variance.max(0.0))
    }
}
