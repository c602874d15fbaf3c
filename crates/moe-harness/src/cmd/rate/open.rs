//! Why the interval of an imported slope has no end: which losses have no logarithm, and at which sizes.

use moe_core::rate::Unbounded;

use crate::imported::Found;
use crate::report::format::size;
use crate::report::open::missing_ends;
use crate::table::Losses;

/// Which ends the interval of a slope does not have, and why; `None` where it has both.
pub(super) fn ends(found: &Found, losses: &Losses) -> Option<String> {
    let rate = found.rate.as_ref().ok()?;
    let missing = missing_ends(rate.lower, rate.upper)?;
    let why: Vec<String> = rate.unbounded.iter().filter_map(|at| at_size(at, losses)).collect();
    let why = if why.is_empty() { "the losses do not bound it".to_owned() } else { why.join("; ") };
    Some(format!("{missing}, since {why}"))
}

/// What leaves the statistic unbounded at a size.
fn at_size(at: &Unbounded, losses: &Losses) -> Option<String> {
    let index = losses.series.sizes.iter().position(|n| *n == at.size)?;
    let all: Vec<f64> = losses.series.groups.iter().flat_map(|sizes| &sizes[index]).copied().collect();
    if all.len() == 1 {
        return Some(format!("at n = {} there is only one replication", size(at.size)));
    }
    let count = |kind: fn(&&f64) -> bool| all.iter().filter(kind).count();
    let (zero, infinite) = (count(|l| **l <= 0.0), count(|l| **l == f64::INFINITY));
    let found = [(at.below, zero, "0"), (at.above, infinite, "infinite")];
    let found = found.into_iter().filter(|(open, count, _)| *open && *count > 0);
    let words: Vec<String> =
        found.map(|(_, count, are)| format!("{count} of {} losses are {are}", all.len())).collect();
    (!words.is_empty()).then(|| format!("at n = {} {}", size(at.size), words.join(" and ")))
}
