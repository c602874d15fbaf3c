//! The nearest known name to a misspelt one.

/// Fewest letters of a name that is looked for inside others.
const PART: usize = 3;

/// The candidate most like `name`, when one is like it at all; or else one that `name` is a part of. Ties go to the earlier
/// candidate.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    let lower = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates.clone() {
        let likeness = strsim::jaro_winkler(&lower, &candidate.to_lowercase());
        if likeness >= ALIKE && best.is_none_or(|(b, _)| likeness > b) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate).or_else(|| part(&lower, candidates))
}

/// What to say of a statement whose name reads two ways: a slope that is at most so much falls at least so fast.
pub(crate) fn ambiguous(name: &str) -> Option<&'static str> {
    let plain = name.to_lowercase().replace(['-', ' '], "_");
    let words =
        "losses that fall slower than n^-0.5: slower_than -0.5; at least as fast as n^-0.5: at_least -0.5";
    ["at_most", "atmost", "faster_than", "less_than", "greater_than"]
        .contains(&plain.as_str())
        .then_some(words)
}

/// The first candidate that a name is a part of.
fn part<'a>(lower: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let holds = |candidate: &&str| candidate.to_lowercase().contains(lower);
    candidates.into_iter().find(holds).filter(|_| lower.chars().count() >= PART)
}

/// What to say about a name that is not among `candidates`: the nearest one, and all of them.
pub(crate) fn advice<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(near) = nearest(name, candidates.clone()) {
        lines.push(format!("did you mean '{near}'?"));
    }
    let all: Vec<&str> = candidates.into_iter().collect();
    lines.push(if all.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are: {}", all.join(", "))
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_strangers_are_not() {
        let keys = ["replications", "resamples", "regime"];
        assert_eq!(nearest("replicatons", keys), Some("replications"));
        assert_eq!(nearest("Resample", keys), Some("resamples"));
        assert_eq!(nearest("xyz", keys), None);
        let columns = ["body_mass_g", "year"];
        assert_eq!(nearest("Mass", columns), Some("body_mass_g"));
        assert_eq!(nearest("ma", columns), None);
    }
}
