//! What weakens a verdict beside its interval: fits that failed, are not certified or stand at the box, and a truth that
//! is ill-conditioned.

use std::collections::BTreeMap;

use super::format::{significant, size};
use crate::aggregate::{Fits, Place, Rows};
use crate::conditioning::Conditioning;
use crate::counted::is_or_are;
use crate::experiment::{Claim, Experiment};

/// Share of fits at the box, at any size, from which on it is named beside a verdict.
const MANY_AT_THE_BOX: f64 = 0.1;

/// What mends fits that are no maxima, where their arm is meant to reach them.
pub const MENDS: &str = "a stricter stopping rule or more starts mend it, not more replications";

/// Share of uncertified fits from which on it is named.
const MANY_UNCERTIFIED: f64 = 0.01;

/// What weakens a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caveat {
    /// In a few words, for the table.
    pub short: String,
    /// What was counted, the beginning of a sentence.
    pub fact: String,
    /// What that means, the end of the sentence: the same words wherever the kind is the same.
    pub meaning: String,
}

impl Caveat {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        format!("{}{}", self.fact, self.meaning)
    }
}

/// The ill-conditioned truths of an experiment: what there is to say of each cell and size that was asked for.
pub(super) struct Truths(BTreeMap<(usize, u64), Conditioning>);

impl Truths {
    /// Those of the cells that claims speak of: at the smallest and at the largest judged size, where a truth moves.
    pub(super) fn new(rows: &Rows<'_>) -> Self {
        let mut known = BTreeMap::new();
        for claim in &rows.experiment().claims {
            for cell in places(rows, claim).iter().flat_map(|place| &place.cells) {
                for at in sizes_to_look_at(rows.experiment(), *cell, claim.from) {
                    known
                        .entry((*cell, at))
                        .or_insert_with(|| Conditioning::of(&rows.experiment().cells[*cell], at));
                }
            }
        }
        known.retain(|_, found| found.is_ill());
        Self(known)
    }

    /// The worst one that a claim speaks of.
    fn worst(&self, rows: &Rows<'_>, claim: &Claim) -> Option<(usize, u64, f64)> {
        let places = places(rows, claim);
        let asked = places.iter().flat_map(|place| &place.cells).flat_map(|cell| {
            sizes_to_look_at(rows.experiment(), *cell, claim.from).into_iter().map(move |at| (*cell, at))
        });
        let found = asked.filter_map(|key| Some((key.0, key.1, self.0.get(&key)?.number)));
        found.reduce(|a, b| if b.2 <= a.2 { a } else { b })
    }
}

/// What weakens the verdict on a claim.
pub(super) fn of(rows: &Rows<'_>, claim: &Claim, truths: &Truths) -> Vec<Caveat> {
    let fits = not_maxima(rows, claim).or_else(|| not_certified(rows, claim));
    fits.into_iter().chain(at_the_box(rows, claim)).chain(ill_conditioned(rows, claim, truths)).collect()
}

/// The fits of the place of a claim, at its judged sizes, of which most are `bad`.
fn worst(rows: &Rows<'_>, claim: &Claim, bad: impl Fn(&Fits) -> u64) -> Option<Found> {
    let places = places(rows, claim);
    let pairs = places.iter().flat_map(|place| place.cells.iter().map(|cell| (*cell, place.arm)));
    let found = pairs.map(|(cell, arm)| {
        let fits = rows.fits_from(cell, arm, claim.from);
        Found { bad: bad(&fits), of: fits.rows, cell, arm }
    });
    found.max_by(|a, b| a.share().total_cmp(&b.share()))
}

/// How many of the fits of an arm in a cell something holds of.
#[derive(Clone, Copy)]
struct Found {
    bad: u64,
    of: u64,
    cell: usize,
    arm: usize,
}

impl Found {
    fn share(&self) -> f64 {
        self.bad as f64 / self.of.max(1) as f64
    }

    /// `3 of 200 fits of mle in exact`.
    fn words(&self, experiment: &Experiment) -> String {
        let (arm, cell) = (&experiment.arms[self.arm].name, &experiment.cells[self.cell].name);
        format!("{} of {} fits of {arm} in {cell}", self.bad, self.of)
    }
}

/// Fits that are no maxima, or that are missing.
fn not_maxima(rows: &Rows<'_>, claim: &Claim) -> Option<Caveat> {
    let found = worst(rows, claim, |fits| fits.failed).filter(|found| found.bad > 0)?;
    let meant = rows.experiment().arms[found.arm].method.ends_on_the_score();
    let mends = if meant { format!(", and {MENDS}") } else { String::new() };
    Some(Caveat {
        short: format!("{} of {} fits failed", found.bad, found.of),
        fact: format!("{} failed", found.words(rows.experiment())),
        meaning: format!(
            ": there is none, or it is proven to lie below the maximum; one such fit can decide a mean{mends}"
        ),
    })
}

/// Fits of which it is not known that they are maxima, where they are many.
fn not_certified(rows: &Rows<'_>, claim: &Claim) -> Option<Caveat> {
    let found =
        worst(rows, claim, |fits| fits.uncertified).filter(|found| found.share() >= MANY_UNCERTIFIED)?;
    Some(Caveat {
        short: format!("{} of fits not certified", per_cent(found.share())),
        fact: format!("{} {} not certified", found.words(rows.experiment()), is_or_are(found.bad)),
        meaning: ": their ascents ended before it was shown that they are maxima".into(),
    })
}

fn per_cent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// The places of a claim: its own, and that of the series it is compared with.
fn places(rows: &Rows<'_>, claim: &Claim) -> Vec<Place> {
    let own = rows.place(&claim.cell, &claim.arm);
    let other = claim.other.as_ref().and_then(|other| rows.place(&other.cell, &other.arm));
    own.into_iter().chain(other).collect()
}

/// One size where a truth stays, the ends of the judged ones where it moves.
fn sizes_to_look_at(experiment: &Experiment, cell: usize, from: u64) -> Vec<u64> {
    let mut judged = experiment.sizes.iter().copied().filter(|n| *n >= from);
    if experiment.cells[cell].drift.is_none() {
        return vec![1];
    }
    let first = judged.next();
    first.into_iter().chain(judged.next_back()).collect()
}

/// Fits at the box, of the cell of the claim that has most of them at one of the judged sizes: their share falls or grows
/// with n, and all sizes together would hide that.
fn at_the_box(rows: &Rows<'_>, claim: &Claim) -> Option<Caveat> {
    let experiment = rows.experiment();
    let places = places(rows, claim);
    let pairs = places.iter().flat_map(|place| place.cells.iter().map(|cell| (*cell, place.arm)));
    let all = pairs.map(|place| by_size(rows, claim, place));
    let found = all.max_by(|a, b| largest(a).total_cmp(&largest(b)))?;
    let most = Some(largest(&found)).filter(|most| *most >= MANY_AT_THE_BOX)?;
    let first = found.first()?;
    let whole =
        Found { bad: found.iter().map(|f| f.1.bad).sum(), of: found.iter().map(|f| f.1.of).sum(), ..first.1 };
    let shares: Vec<String> = found.iter().map(|(_, f)| format!("{:.0}", 100.0 * f.share())).collect();
    let short = if found.len() > 1 { "up to " } else { "" };
    Some(Caveat {
        short: format!("{short}{} of fits at the box", per_cent(most)),
        fact: format!(
            "{} ended at the box, |parameter| ≤ {} (size by size, from {} on: {} %)",
            whole.words(experiment),
            experiment.cells[whole.cell].scenario.box_bound,
            size(first.0),
            shares.join(", ")
        ),
        meaning: ", which is then part of the estimator: another box may give another slope".into(),
    })
}

/// The fits of a cell and an arm at the box, at each of the judged sizes.
fn by_size(rows: &Rows<'_>, claim: &Claim, (cell, arm): (usize, usize)) -> Vec<(u64, Found)> {
    let judged = rows.experiment().sizes.iter().filter(|n| **n >= claim.from);
    let of_size = |n: &u64| {
        let fits = rows.fits_at(cell, arm, *n);
        (*n, Found { bad: fits.at_box, of: fits.rows, cell, arm })
    };
    judged.map(of_size).collect()
}

fn largest(found: &[(u64, Found)]) -> f64 {
    found.iter().map(|f| f.1.share()).fold(0.0, f64::max)
}

/// That the truth is so badly conditioned that a slope at these sizes need not be the asymptotic one.
fn ill_conditioned(rows: &Rows<'_>, claim: &Claim, truths: &Truths) -> Option<Caveat> {
    let (cell, at, number) = truths.worst(rows, claim)?;
    let cell = &rows.experiment().cells[cell];
    let at = cell.drift.as_ref().map_or(String::new(), |_| format!(" at n = {}", size(at)));
    Some(Caveat {
        short: "ill-conditioned truth".into(),
        fact: format!(
            "the truth of {}{at} is ill-conditioned: the condition number of its Fisher information is {}",
            cell.name,
            significant(number, 3)
        ),
        meaning: ", so the asymptotics lie beyond ordinary sizes, and the verdict speaks of these sizes, not of the limit"
            .into(),
    })
}
