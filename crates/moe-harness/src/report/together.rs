//! The verdicts of all claims in plain sentences: which came out as expected, which did not, and how sure that is.

use moe_core::verdict::Verdict;

use super::format::{chance, level};
use super::{ClaimReport, Gate, Report, Standing};

/// What there is to say of all claims, one line each.
pub fn sentences(report: &Report<'_>) -> String {
    let gate = report.gate();
    [
        look(report),
        undeclared(report),
        as_expected(report, &gate),
        contradicted(report, &gate),
        undecided(report, &gate),
        how_sure(report, &gate),
    ]
    .concat()
}

/// What the exit code of `moe check` says.
pub fn summary(code: u8, standings: &[Standing]) -> String {
    let unconfirmed = standings.contains(&Standing::NotConfirmed);
    match (code, standings.len()) {
        (0, 1) => "the verdict is as expected".into(),
        (0, n) => format!("all {n} verdicts are as expected"),
        (1, 1) => "the verdict contradicts its expectation".into(),
        (1, _) => "some verdict contradicts its expectation".into(),
        (_, 1) if unconfirmed => "the contradiction is not confirmed; the claim counts as undecided".into(),
        (_, 1) => "the claim is undecided".into(),
        _ if unconfirmed => {
            "no contradiction is confirmed; some claims are undecided or not confirmed".into()
        }
        _ => "no verdict contradicts its expectation, and some are undecided".into(),
    }
}

/// At which of the declared looks this is, and how much error the others have.
fn look(report: &Report<'_>) -> String {
    let experiment = report.experiment;
    let part = |looks: usize, of: usize| if looks == 0 { "nothing".into() } else { format!("{looks}/{of}") };
    match experiment.look() {
        None => format!(
            "- Look: {} replications are none of the declared ones, so no claim is decided.\n",
            experiment.replications
        ),
        Some(_) if experiment.looks.len() <= 1 => String::new(),
        Some((look, of)) => format!(
            "- Look {} of {of}, at {} replications: it may spend 1/{of} of the error of each claim and of all together. Before \
             it {} of the error was or may have been spent, and {} is left for later looks.\n",
            look + 1,
            experiment.replications,
            part(look, of),
            part(of - look - 1, of)
        ),
    }
}

/// That the folder was left at fewer replications before, and no looks were declared.
fn undeclared(report: &Report<'_>) -> String {
    if report.earlier.is_empty() {
        return String::new();
    }
    let earlier: Vec<String> = report.earlier.iter().map(u64::to_string).collect();
    format!(
        "- Undeclared looks: this folder was also run with {} replications, and the file declares no `looks`. If somebody read \
         the verdicts then, and therefore went on, the levels here do not hold.\n",
        earlier.join(", ")
    )
}

fn as_expected(report: &Report<'_>, gate: &Gate) -> String {
    let names = names(report, gate, Standing::AsExpected);
    if names.is_empty() { names } else { format!("- As expected: {names}.\n") }
}

/// One line for each claim whose verdict is the opposite of the expected one.
fn contradicted(report: &Report<'_>, gate: &Gate) -> String {
    let all = report.claims.iter().zip(gate.standings.iter().zip(&gate.adjusted));
    let line = |(judged, (standing, p)): (&ClaimReport<'_>, (&Standing, &f64))| {
        let verdicts = format!(
            "{} {} and was expected to {}",
            judged.claim.name,
            judged.judgement.verdict,
            if judged.expected() == Verdict::Agrees { "agree" } else { "disagree" }
        );
        match standing {
            Standing::Contradicted => {
                Some(format!("- Against expectation: {verdicts} (adjusted p-value: {}).\n", chance(*p)))
            }
            Standing::NotConfirmed => Some(format!(
                "- Not confirmed: {verdicts}, but its adjusted p-value, {}, is above {}; it counts as undecided.\n",
                chance(*p),
                threshold(gate)
            )),
            Standing::AsExpected | Standing::Undecided => None,
        }
    };
    all.filter_map(line).collect()
}

fn undecided(report: &Report<'_>, gate: &Gate) -> String {
    let names = names(report, gate, Standing::Undecided);
    if names.is_empty() {
        return names;
    }
    format!(
        "- Undecided: {names}. Undecided is no verdict against a claim: its data say neither. Where the interval lies partly \
         within the claim, more replications or larger sizes make it narrower; `moe plan --pilot --width W` says how many make it \
         W wide. Declare them \
         as `looks`: to go on because of a verdict is another look.\n"
    )
}

/// The chance of what is said, were it wrong. That all are as expected is an intersection-union statement, that some is
/// not one of multiple testing.
fn how_sure(report: &Report<'_>, gate: &Gate) -> String {
    let claims = report.claims.len();
    let against = at_most(1.0 - gate.family_level);
    match (gate.error_together, claims) {
        (Some(error), 1) => format!(
            "- Were the expectation wrong, the verdict would be as expected with probability {}.\n",
            at_most(error)
        ),
        (Some(error), _) => format!(
            "- Were some expectation wrong, all verdicts would be as expected with probability {} (each claim at its \
             own level: intersection-union).\n",
            at_most(error)
        ),
        (None, 1) => format!(
            "- Were the expectation right, a contradiction would be confirmed with probability {against}.\n"
        ),
        (None, _) => format!(
            "- Were every expectation right, a contradiction would be confirmed with probability {against} (Holm's correction \
             over {claims} claims).\n"
        ),
    }
}

/// The names of the claims of a standing.
fn names(report: &Report<'_>, gate: &Gate, wanted: Standing) -> String {
    let all = report.claims.iter().zip(&gate.standings).filter(|(_, standing)| **standing == wanted);
    all.map(|(judged, _)| judged.claim.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The adjusted p-value above which a contradiction is not confirmed.
pub(super) fn threshold(gate: &Gate) -> String {
    level(1.0 - gate.family_level)
}

/// The bound of a probability, where `chance` may itself be one.
fn at_most(p: f64) -> String {
    let p = chance(p);
    if p.starts_with("below") { p } else { format!("at most {p}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_named_once() {
        assert_eq!([0.05, 1e-9].map(at_most), ["at most 0.0500", "below 0.0001"]);
    }

    #[test]
    fn the_exit_code_in_words() {
        use Standing::{AsExpected, Contradicted, NotConfirmed, Undecided};
        let check = |code, standings: &[Standing], words| assert_eq!(summary(code, standings), words);
        check(0, &[AsExpected], "the verdict is as expected");
        check(1, &[NotConfirmed, Contradicted], "some verdict contradicts its expectation");
        check(3, &[Undecided], "the claim is undecided");
        check(3, &[NotConfirmed], "the contradiction is not confirmed; the claim counts as undecided");
        check(3, &[Undecided, AsExpected], "no verdict contradicts its expectation, and some are undecided");
        let some = "no contradiction is confirmed; some claims are undecided or not confirmed";
        check(3, &[NotConfirmed, AsExpected], some);
        check(3, &[NotConfirmed, Undecided], some);
    }
}
