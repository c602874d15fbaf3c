//! What the coverage study fits: slopes of one law, differences of two slopes, slopes of the worst of two groups.

use moe_core::content::Content;
use moe_core::distribution::normal_tail;
use moe_core::numeric::{exp, ln};
use moe_core::rate::{self, Group, RateProblem, Series, Weights, projected_slope};
use moe_core::statistic::Statistic;
use moe_core::stream::{Address, Purpose, Stream};

use super::laws::{Law, SIZES, Z_90};

/// σ of the two log-normal groups, and the correlation of paired ones on the log scale.
const SIGMA: f64 = 0.7;
const CORRELATION: f64 = 0.8;

/// One row of the study.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Design {
    /// The slope of one law.
    Slope(Law),
    /// The difference of the slopes of two log-normal groups, of the same data sets or of others.
    Difference {
        /// Whether replications are paired.
        paired: bool,
    },
    /// The slope of the larger of two independent log-normal groups.
    Worst(Rivals),
}

/// How the two groups stand to each other of which the larger is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rivals {
    /// Another one is the larger at either end.
    Crossing,
    /// They are equal at the smaller sizes and far apart at the larger ones: the larger of two noisy values is too
    /// large just where it tilts the line.
    HalfEqual,
    /// They are equal everywhere.
    Equal,
}

/// The slope of one data set and its intervals at some levels; everything where there is no slope.
pub(super) struct Outcome {
    pub(super) slope: Option<f64>,
    pub(super) intervals: [(f64, f64); 2],
    /// p-value of the test of lack of fit.
    pub(super) straight: Option<f64>,
}

impl Design {
    /// All rows, in the order of the table.
    pub fn all() -> Vec<Design> {
        let laws = Law::ALL.map(Design::Slope);
        let others = [
            Design::Difference { paired: true },
            Design::Difference { paired: false },
            Design::Worst(Rivals::Crossing),
            Design::Worst(Rivals::HalfEqual),
            Design::Worst(Rivals::Equal),
        ];
        laws.into_iter().chain(others).collect()
    }

    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            Design::Slope(law) => law.name(),
            Design::Difference { paired: true } => format!("difference, paired, correlation {CORRELATION}"),
            Design::Difference { paired: false } => "difference, independent".into(),
            Design::Worst(Rivals::Crossing) => "worst of two that cross".into(),
            Design::Worst(Rivals::HalfEqual) => "worst of two, equal at small n".into(),
            Design::Worst(Rivals::Equal) => "worst of two equals".into(),
        }
    }

    /// The statistics of the study; the threshold is that of the law.
    pub fn statistics(self) -> [Statistic; 4] {
        let threshold = match self {
            Design::Slope(law) => law.threshold(),
            Design::Difference { .. } | Design::Worst(_) => Law::LogNormal(SIGMA).threshold(),
        };
        [Statistic::Median, Statistic::Quantile(0.9), Statistic::Mean, Statistic::Exceeds(threshold)]
    }

    /// The streams of one repeat with so many replications.
    pub(super) fn address(self, seed: u64, replications: usize, repeat: u64) -> Address {
        let mut content = Content::new("moe-rates coverage 1");
        content.text("design", &self.name()).whole("replications", replications as u64);
        Address { seed, purpose: Purpose::Coverage, content: content.finish(), size: 0, replication: repeat }
    }

    /// The projected slope, or difference of slopes; `None` where there is none.
    pub fn slope(self, statistic: Statistic) -> Option<f64> {
        let of = |values: [f64; 9]| projected_slope(&SIZES, &values, &Weights::Equal).ok();
        match self {
            Design::Slope(law) => law.slope(statistic),
            Design::Difference { .. } => {
                let [a, b] = self.groups(statistic).map(|g| SIZES.map(|n| g.statistic(statistic, n)));
                Some(of(a)? - of(b)?)
            }
            Design::Worst(_) => {
                let groups = self.groups(statistic);
                of(SIZES.map(|n| groups.map(|g| g.statistic(statistic, n)).into_iter().fold(0.0, f64::max)))
            }
        }
    }

    /// Whether the statistic is a power of n over all sizes; `None` where there is no single line.
    pub fn is_straight(self, statistic: Statistic) -> Option<bool> {
        let Design::Slope(law) = self else { return None };
        Some(match (law, statistic) {
            (Law::LogFactor, _) | (Law::FallingSpread, Statistic::Mean) => false,
            (Law::Mixture { first, last }, _) if first != last => false,
            (Law::Pareto(_), _) => true,
            (_, statistic) => !matches!(statistic, Statistic::Exceeds(_)),
        })
    }

    /// The two groups of a design that has two. Exceedance is counted of losses that decay slowly.
    fn groups(self, statistic: Statistic) -> [LogNormal; 2] {
        let slow = if matches!(statistic, Statistic::Exceeds(_)) { 0.2 } else { 1.0 };
        let middle = ln(SIZES[SIZES.len() / 2] as f64);
        let line =
            |exponent: f64, through: f64| LogNormal { exponent, offset: -exponent * through, drop: 0.0 };
        let first = line(-0.5 * slow, 0.0);
        let second = match self {
            Design::Worst(Rivals::Equal) | Design::Slope(_) => first,
            Design::Worst(Rivals::HalfEqual) => LogNormal { drop: 3.0 * slow, ..first },
            Design::Worst(Rivals::Crossing) => {
                let second = line(-0.3 * slow, middle);
                LogNormal { offset: second.offset + first.exponent * middle, ..second }
            }
            Design::Difference { .. } => line(-0.4 * slow, 0.0),
        };
        [first, second]
    }

    /// Draws a data set of the design and fits it; `stream` numbers the streams of the repeat.
    pub(super) fn outcome(
        self,
        statistic: Statistic,
        replications: usize,
        resamples: usize,
        stream: impl Fn(u64) -> Stream,
        levels: [f64; 2],
    ) -> Outcome {
        let (mut data, mut noise) = (stream(0), stream(1));
        let equal = &Weights::Equal;
        let one = |group: Group| Series::new(SIZES.to_vec(), group);
        let fitted = |series: &Series, noise: &mut Stream| {
            Outcome::new(rate::fit(series, statistic, equal, 0.95, resamples, noise), |r| {
                (r.slope, levels.map(|level| r.interval(level)), r.lack_of_fit.map(|t| t.p_value))
            })
        };
        match self {
            Design::Slope(law) => fitted(&one(law.draw(statistic, replications, &mut data)), &mut noise),
            Design::Worst(_) => {
                let groups = draw(self.groups(statistic), replications, 0.0, &mut data).to_vec();
                fitted(&Series { sizes: SIZES.to_vec(), groups }, &mut noise)
            }
            Design::Difference { paired } => {
                let correlation = if paired { CORRELATION } else { 0.0 };
                let [a, b] = draw(self.groups(statistic), replications, correlation, &mut data).map(one);
                let difference = rate::difference(&a, &b, paired, statistic, equal, resamples, &mut noise);
                Outcome::new(difference, |d| (d.estimate, levels.map(|level| d.interval(level)), None))
            }
        }
    }
}

impl Outcome {
    fn new<T>(
        found: Result<T, RateProblem>,
        read: impl Fn(&T) -> (f64, [(f64, f64); 2], Option<f64>),
    ) -> Self {
        match found.as_ref().map(read) {
            Ok((slope, intervals, straight)) => Self { slope: Some(slope), intervals, straight },
            Err(_) => {
                Self { slope: None, intervals: [(f64::NEG_INFINITY, f64::INFINITY); 2], straight: None }
            }
        }
    }
}

/// exp(offset) n^exponent times a log-normal; from the middle of the sizes on less by exp(−drop).
#[derive(Clone, Copy, Debug)]
struct LogNormal {
    exponent: f64,
    offset: f64,
    drop: f64,
}

impl LogNormal {
    fn centre(self, n: u64) -> f64 {
        let drop = if n < SIZES[SIZES.len() / 2] { 0.0 } else { self.drop };
        self.exponent.mul_add(ln(n as f64), self.offset - drop)
    }

    fn statistic(self, statistic: Statistic, n: u64) -> f64 {
        let centre = self.centre(n);
        match statistic {
            Statistic::Median => exp(centre),
            Statistic::Quantile(_) => exp(Z_90.mul_add(SIGMA, centre)),
            Statistic::Mean => exp((0.5 * SIGMA).mul_add(SIGMA, centre)),
            Statistic::Exceeds(c) => normal_tail((ln(c) - centre) / SIGMA),
        }
    }
}

/// Replications of two groups at every size; those of one number are correlated.
fn draw(groups: [LogNormal; 2], replications: usize, correlation: f64, stream: &mut Stream) -> [Group; 2] {
    let own = (1.0 - correlation * correlation).sqrt();
    let mut drawn = [Vec::new(), Vec::new()];
    for n in SIZES {
        let pairs: Vec<[f64; 2]> = (0..replications)
            .map(|_| {
                let first = stream.normal();
                let second = correlation.mul_add(first, own * stream.normal());
                [(groups[0], first), (groups[1], second)].map(|(g, z)| exp(SIGMA.mul_add(z, g.centre(n))))
            })
            .collect();
        for (side, group) in drawn.iter_mut().enumerate() {
            group.push(pairs.iter().map(|pair| pair[side]).collect());
        }
    }
    drawn
}
