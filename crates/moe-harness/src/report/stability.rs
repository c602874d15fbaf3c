//! What a slope depends on: uncertified fits, the smallest sizes, the numerical floor; and whether it is one slope at all.

use moe_core::numeric::ln;
use moe_core::rate::{LackOfFit, LocalSlope, Rate, RateProblem, Unbounded, projected_slope};
use moe_core::statistic::Statistic;

use super::format::{interval, level, share, size, slope, table};
use super::open::Asked;
use super::text::{from, measured};
use super::{ArmSlope, CurveReport, PanelReport, Report};
use crate::aggregate::{ALARM, Floor, Measured, Place, Question, Rows, Step, Ways};
use crate::experiment::Experiment;
use crate::quantity::Quantity;

/// What stands beside a slope.
#[derive(Clone, Debug)]
pub struct Stability {
    /// The slope three ways.
    pub ways: Ways,
    /// Slopes with the smallest sizes left out, one after the other.
    pub path: Vec<Step>,
    /// The numerical floor under the statistic at every size.
    pub floors: Vec<Floor>,
    /// Why some of the slopes have intervals without an end, where some have.
    pub open: Option<String>,
}

impl Stability {
    /// Of what was measured with all sizes from `from` on.
    pub(super) fn new(
        rows: &Rows<'_>,
        place: &Place,
        (quantity, statistic): (Quantity, Statistic),
        from: u64,
        level: f64,
        measured: &Measured,
    ) -> Self {
        let question = Question { place, quantity, statistic, level };
        let mut found = Self {
            ways: rows.ways(question, from, measured),
            path: rows.path(question),
            floors: rows.floors(place, quantity, statistic, measured),
            open: None,
        };
        found.open = Asked { rows, place, quantity, statistic }.any(found.unbounded(), size);
        found
    }

    /// Local slopes over all sizes from which there is a slope.
    pub fn local_slopes(&self) -> &[LocalSlope] {
        self.longest().map_or(&[], |rate| rate.local_slopes.as_slice())
    }

    /// The sizes at which noise does not bound the statistic, as far as there are slopes.
    pub fn unbounded(&self) -> &[Unbounded] {
        self.longest().map_or(&[], |rate| rate.unbounded.as_slice())
    }

    /// The slope of most sizes.
    fn longest(&self) -> Option<&Rate> {
        self.path.iter().find_map(|step| step.rate.as_ref().ok())
    }
}

/// Why the tables of a panel have intervals without an end, as a list; nothing where all have both.
pub fn open(panel: &PanelReport<'_>) -> String {
    let lines: String = opened(panel).iter().map(|line| format!("- {line}.\n")).collect();
    if lines.is_empty() {
        return lines;
    }
    format!(
        "\nAn end of an interval is −∞ or ∞ where noise does not bound the statistic at a size:\n\n{lines}"
    )
}

/// The same, line by line.
pub(super) fn opened(panel: &PanelReport<'_>) -> Vec<String> {
    let of_curves = panel.curves.iter().filter_map(|c| Some((name(c), c.stability.as_ref()?.open.as_ref()?)));
    let drawn = |arm: &ArmSlope<'_>| {
        let same = |c: &CurveReport<'_>| {
            (&c.curve.cell, c.curve.quantity, c.curve.statistic)
                == (&arm.curve.cell, arm.curve.quantity, arm.curve.statistic)
        };
        panel.curves.iter().any(|c| same(c) && c.curve.arm == arm.name)
    };
    let of_arms = panel.arms.iter().filter(|arm| !drawn(arm)).filter_map(|arm| {
        let c = arm.curve;
        Some((format!("{} {} {} ({})", c.cell, c.quantity, c.statistic, arm.name), arm.open.as_ref()?))
    });
    of_curves.chain(of_arms).map(|(name, why)| format!("{name}: {why}")).collect()
}

/// The p-value of the straight line, as it is read.
pub(crate) fn straight(rate: &Result<Rate, RateProblem>) -> String {
    match rate.as_ref().ok().and_then(|r| r.lack_of_fit) {
        Some(LackOfFit { p_value, .. }) if p_value < 0.001 => "p < 0.001".into(),
        Some(LackOfFit { p_value, .. }) => format!("p = {p_value:.3}"),
        None => "–".into(),
    }
}

fn name(curve: &CurveReport<'_>) -> String {
    let c = curve.curve;
    format!("{} {} {} ({})", c.cell, c.quantity, c.statistic, c.arm)
}

/// The slopes of claims and curves three ways.
pub(super) fn ways(report: &Report<'_>) -> String {
    let experiment = report.experiment;
    let curves = report.panels.iter().flat_map(|p| &p.curves);
    let curves = curves.filter_map(|c| {
        Some((name(c), c.curve.from, level(experiment.inference.level), &c.stability.as_ref()?.ways))
    });
    let claims = report.claims.iter().filter_map(|c| {
        let at = level(experiment.level_at_look(c.claim.level));
        Some((format!("claim {}", c.claim.name), c.claim.from, at, c.ways.as_ref()?))
    });
    let all: Vec<_> = claims.chain(curves).collect();
    let open: Vec<_> = all.iter().filter(|(.., ways)| ways.uncertified > 0).collect();
    let explained = "Certified fits only; all fits as they are, where there is none as +∞ (verdicts use this); every \
                     fit that is not certified at its worst case (for a mean the largest value known)";
    if open.is_empty() {
        return "All fits behind the slopes of claims and panels are certified, so the three ways agree.\n"
            .to_owned();
    }
    let row = |(name, least, level, ways): &&(String, u64, String, &Ways)| {
        vec![
            name.clone(),
            from(report, *least),
            level.clone(),
            share(ways.uncertified, ways.rows),
            measured(&ways.certified),
            measured(&ways.all),
            measured(&ways.worst),
        ]
    };
    let head = ["slope", "from n", "level", "not certified", "certified only", "all", "worst case"];
    let rest = all.len() - open.len();
    let rest = if rest > 0 { format!(" The other {rest} have no such fits.") } else { String::new() };
    format!("{explained}.{rest}\n\n{}", table(&head, &open.iter().map(row).collect::<Vec<_>>()))
}

/// Local slopes, and slopes with the smallest sizes left out, of a panel.
pub(super) fn sizes(panel: &PanelReport<'_>) -> String {
    let mut rows = Vec::new();
    for c in &panel.curves {
        let Some(stability) = &c.stability else { continue };
        for step in &stability.path {
            let local = stability.local_slopes().iter().find(|local| local.from == step.from);
            rows.push(vec![
                name(c),
                size(step.from),
                local.map_or("–".into(), |l| size(l.to)),
                local.map_or("none".into(), |l| interval(l.slope, l.lower, l.upper)),
                measured(&step.rate),
            ]);
        }
    }
    table(&["curve", "from n", "to n", "local slope", "slope of all sizes from there"], &rows)
}

/// What a power of ln n looks like at these sizes.
pub(super) fn logarithms(experiment: &Experiment) -> String {
    let sizes = &experiment.sizes;
    let logs: Vec<f64> = sizes.iter().map(|n| ln(*n as f64)).collect();
    let Ok(tilt) = projected_slope(sizes, &logs, &experiment.inference.weights) else { return String::new() };
    format!(
        "Decay slower than any power shows as local slopes that climb towards 0 with ln n. At these sizes a factor \
         ln n is all but a straight line of slope {}, and its square root of {}: over a few decades a power of ln n \
         cannot be told from a small power of n, so none is fitted. Leaving out small sizes is shown, not chosen: no \
         verdict uses it.\n",
        slope(tilt),
        slope(0.5 * tilt)
    )
}

/// The numerical floors of a panel: what is too near to them, or how far everything is away.
pub(super) fn floors(panel: &PanelReport<'_>) -> String {
    let all = || panel.curves.iter().filter_map(|c| Some((c, c.stability.as_ref()?)));
    let mut out = String::new();
    for (c, stability) in all() {
        for floor in stability.floors.iter().filter(|f| f.alarms()) {
            out += &format!(
                "- **Noise floor**: {} at n = {} is {:.2e} and its numerical floor {:.2e}, more than {:.0} % of it: \
                 its decay there is partly that of tolerances.\n",
                name(c),
                size(floor.size),
                floor.statistic,
                floor.floor,
                100.0 * ALARM
            );
        }
    }
    let largest = all().flat_map(|(_, s)| &s.floors).map(Floor::share).reduce(f64::max);
    match largest {
        Some(share) if out.is_empty() => {
            format!("Numerical floors are at most {share:.1e} of the statistics above.\n\n")
        }
        Some(_) => out + "\n",
        None => out,
    }
}

/// Everything as comma-separated values: one line a slope.
pub(super) fn csv(report: &Report<'_>) -> String {
    let head = "kind,cell,arm,quantity,statistic,from,to,slope,lower,upper,straight_line_p,problem\n";
    let mut out = String::from(head);
    let last = report.experiment.sizes.last().copied().unwrap_or(0);
    for c in report.panels.iter().flat_map(|p| &p.curves) {
        let Some(stability) = &c.stability else { continue };
        let curve = c.curve;
        let place = format!("{},{},{},{}", curve.cell, curve.arm, curve.quantity, curve.statistic);
        let mut line = |kind: &str, from: u64, rate: &Result<Rate, RateProblem>| {
            let (numbers, problem) = match rate {
                Ok(r) => {
                    let p = r.lack_of_fit.map_or(String::new(), |l| l.p_value.to_string());
                    (format!("{},{},{},{p}", r.slope, r.lower, r.upper), String::new())
                }
                Err(problem) => (",,,".into(), format!("\"{}\"", problem.to_string().replace('"', "\"\""))),
            };
            out += &format!("{kind},{place},{from},{last},{numbers},{problem}\n");
        };
        line("all", curve.from, &stability.ways.all);
        line("certified", curve.from, &stability.ways.certified);
        line("worst", curve.from, &stability.ways.worst);
        stability.path.iter().for_each(|step| line("from", step.from, &step.rate));
        for local in stability.local_slopes() {
            let LocalSlope { from, to, slope, lower, upper } = local;
            out += &format!("local,{place},{from},{to},{slope},{lower},{upper},,\n");
        }
    }
    out
}
