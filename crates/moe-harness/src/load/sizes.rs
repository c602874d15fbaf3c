//! Sample sizes, replications and the weights of sizes: the experiment's own and those of its profiles.

use moe_core::numeric;
use moe_core::rate::Weights;
use moe_core::verdict::MIN_REPLICATIONS;

use super::{check, limit};
use crate::counted::counted;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;
use crate::wire::{self, File, Sizes};

/// Sizes and replications of the experiment, or of one of its profiles.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The profile; `None` for the experiment as it stands.
    pub(super) profile: Option<String>,
    /// Strictly increasing sizes; empty when they were refused.
    pub(super) sizes: Vec<u64>,
    /// Replications.
    pub(super) replications: u64,
    /// Where the sizes are declared.
    pub(super) at: Path,
}

impl Plan {
    /// The smallest size.
    pub(super) fn smallest(&self) -> u64 {
        self.sizes.first().copied().unwrap_or(1)
    }

    /// How the plan is called in a sentence.
    pub(super) fn title(&self) -> String {
        match &self.profile {
            None => "the experiment".to_owned(),
            Some(name) => format!("profile '{name}'"),
        }
    }
}

/// The experiment's plan, then those of its profiles. All are checked, whichever is chosen.
pub(super) fn plans(file: &File, out: &mut Vec<Problem>) -> Vec<Plan> {
    let top = Path::top();
    let base = Plan {
        profile: None,
        sizes: sizes(&file.sizes, &top.key("sizes"), out),
        replications: file.replications,
        at: top.key("sizes"),
    };
    replications(file.replications, &top.key("replications"), out);
    let mut plans = vec![base.clone()];
    for (name, profile) in &file.profile {
        let at = top.key("profile").key(name);
        check::name(name, Place::Key(at.clone()), out);
        let mut plan = Plan { profile: Some(name.clone()), ..base.clone() };
        if let Some(wire) = &profile.sizes {
            plan.at = at.key("sizes");
            plan.sizes = sizes(wire, &plan.at, out);
        }
        if let Some(number) = profile.replications {
            replications(number, &at.key("replications"), out);
            plan.replications = number;
        }
        plans.push(plan);
    }
    plans
}

fn replications(number: u64, at: &Path, out: &mut Vec<Problem>) {
    if let Some(why) = limit::replications(number) {
        out.push(Problem::error(Place::Value(at.clone()), why).help("for example: replications = 200"));
    }
}

/// The looks that the file declares, ascending; the chosen plan should be one of them.
pub(super) fn looks(file: &File, chosen: Option<&Plan>, out: &mut Vec<Problem>) -> Vec<u64> {
    let Some(looks) = &file.looks else { return Vec::new() };
    let (at, before) = (Path::top().key("looks"), out.len());
    if looks.is_empty() || looks.len() > limit::LOOKS {
        let message = format!("there must be 1 to {} looks, and there are {}", limit::LOOKS, looks.len());
        let problem = Problem::error(Place::Value(at.clone()), message);
        out.push(problem.help("for example: looks = [100, 200, 400]; leave it out to judge once"));
    }
    for (i, look) in looks.iter().enumerate() {
        let place = Place::Value(at.index(i));
        if *look < MIN_REPLICATIONS as u64 {
            let message = format!(
                "a look at {} decides nothing: {MIN_REPLICATIONS} are the fewest",
                counted(look, "replication")
            );
            out.push(Problem::error(place, message).help("for example: looks = [100, 200, 400]"));
        } else if let Some(why) = limit::replications(*look) {
            out.push(Problem::error(place, why));
        } else if i > 0 && *look <= looks[i - 1] {
            let problem = Problem::error(place, format!("look {look} does not come after {}", looks[i - 1]));
            out.push(
                problem.help("list the numbers of replications from the smallest to the largest, each once"),
            );
        }
    }
    let stranger = chosen.filter(|plan| out.len() == before && !looks.contains(&plan.replications));
    if let Some(plan) = stranger {
        let message =
            format!("{} replications are none of the looks: no claim will be decided", plan.replications);
        let next = looks.iter().find(|look| **look > plan.replications).or(looks.last());
        let problem = Problem::warning(Place::Value(at), message);
        out.push(problem.helps(next.map(|next| format!("the nearest look ahead is --replications {next}"))));
    }
    looks.clone()
}

/// The sizes that are declared at `at`; empty when they are refused.
fn sizes(wire: &Sizes, at: &Path, out: &mut Vec<Problem>) -> Vec<u64> {
    let before = out.len();
    let sizes = match wire {
        Sizes::List(list) => list.clone(),
        Sizes::Table { from, to, count } => log_spaced(*from, *to, *count, at, out),
    };
    if out.len() == before {
        check_list(&sizes, wire, at, out);
    }
    if out.len() == before { sizes } else { Vec::new() }
}

fn check_list(sizes: &[u64], wire: &Sizes, at: &Path, out: &mut Vec<Problem>) {
    let place =
        |i: usize| Place::Value(if matches!(wire, Sizes::List(_)) { at.index(i) } else { at.clone() });
    if sizes.is_empty() || sizes.len() > limit::SIZES {
        let message = format!("there must be 1 to {} sizes, and there are {}", limit::SIZES, sizes.len());
        out.push(
            Problem::error(Place::Value(at.clone()), message).help("for example: sizes = [1000, 10_000]"),
        );
    }
    for (i, size) in sizes.iter().enumerate() {
        if *size == 0 || *size > limit::SIZE {
            let message = format!("a sample size is from 1 to 10^12, and this is {size}");
            out.push(Problem::error(place(i), message).help("for example: sizes = [1000, 10_000]"));
        }
        if i > 0 && *size <= sizes[i - 1] {
            let what = if *size == sizes[i - 1] { "stands twice" } else { "follows a larger one" };
            let problem = Problem::error(place(i), format!("size {size} {what}"));
            out.push(problem.help("list the sizes from the smallest to the largest, each once"));
        }
    }
}

/// `count` sizes from `from` to `to`, evenly spaced in their logarithms, rounded to whole numbers; the ends are
/// exact, and so is every power of ten that falls on the spacing.
fn log_spaced(from: u64, to: u64, count: u64, at: &Path, out: &mut Vec<Problem>) -> Vec<u64> {
    let mut refuse = |key: &str, message: String, help: &str| {
        out.push(Problem::error(Place::Value(at.key(key)), message).help(help));
        Vec::new()
    };
    if from == 0 {
        return refuse("from", "a sample size is at least 1".to_owned(), "for example: from = 1000");
    }
    if to <= from || to > limit::SIZE {
        let message = format!("`to` must lie above `from` = {from} and be at most 10^12, and is {to}");
        return refuse("to", message, "for example: sizes = { from = 1000, to = 100_000, count = 5 }");
    }
    if !(2..=limit::SIZES as u64).contains(&count) {
        let message = format!("`count` must be from 2 to {}, and is {count}", limit::SIZES);
        return refuse("count", message, "a single size is written as a list: sizes = [1000]");
    }
    let sizes = between(from, to, count);
    if sizes.windows(2).any(|pair| pair[0] >= pair[1]) {
        let message = format!("between {from} and {to} there are no {count} different log-spaced sizes");
        return refuse("count", message, "lower `count`, or widen the range");
    }
    sizes
}

fn between(from: u64, to: u64, count: u64) -> Vec<u64> {
    let (low, high) = (numeric::ln(from as f64), numeric::ln(to as f64));
    let inner = (1..count - 1).map(|i| {
        let fraction = i as f64 / (count - 1) as f64;
        numeric::exp(fraction.mul_add(high - low, low)).round() as u64
    });
    std::iter::once(from).chain(inner).chain([to]).collect()
}

/// The regression weights; planned weights must fit the sizes of every plan.
pub(super) fn weights(
    wire: &wire::Weights,
    plans: &[Plan],
    at: &Path,
    out: &mut Vec<Problem>,
) -> Option<Weights> {
    let before = out.len();
    match wire {
        wire::Weights::Text(word) if word == "equal" => Some(Weights::Equal),
        wire::Weights::Text(word) => {
            let problem = Problem::error(Place::Value(at.clone()), format!("unknown weights '{word}'"));
            out.push(
                problem.help("write weights = \"equal\", or a list with one positive number for each size"),
            );
            None
        }
        wire::Weights::List(list) => {
            for (i, weight) in list.iter().enumerate() {
                check::positive(*weight, &at.index(i), out);
            }
            let unfit = plans.iter().find(|p| !p.sizes.is_empty() && p.sizes.len() != list.len());
            if let Some(plan) = unfit {
                let title = plan.title();
                let message = format!(
                    "{}, but {title} has {}",
                    counted(list.len(), "weight"),
                    counted(plan.sizes.len(), "size")
                );
                let problem = Problem::error(Place::Value(at.clone()), message);
                let problem = problem
                    .help("planned weights need as many sizes, in the experiment and in every profile");
                out.push(problem.help("write weights = \"equal\" to treat all sizes alike"));
            }
            (out.len() == before).then(|| Weights::Planned(list.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_exact() {
        for (low, high) in [(0, 12), (3, 8), (2, 11), (1, 7)] {
            for steps in [1, 2, 3, 4, 10] {
                let sizes = between(10u64.pow(low), 10u64.pow(high), u64::from(high - low) * steps + 1);
                for (i, power) in (low..=high).enumerate() {
                    assert_eq!(sizes[i * steps as usize], 10u64.pow(power));
                }
            }
        }
    }

    #[test]
    fn half_decades_are_pinned() {
        let expected = [
            1_000,
            3_162,
            10_000,
            31_623,
            100_000,
            316_228,
            1_000_000,
            3_162_278,
            10_000_000,
            31_622_777,
            100_000_000,
        ];
        assert_eq!(between(1_000, 100_000_000, 11), expected);
    }
}
