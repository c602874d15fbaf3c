//! Statements about a slope as they are written on the command line: with the words of an experiment file.

use moe_core::verdict::Claim;

use crate::imported::Statement;
use crate::nearest;

const KINDS: [&str; 5] = ["equals", "slower_than", "at_least", "stays_above", DIFFERS];
const DIFFERS: &str = "differs_from";
const FORMS: &str = "write one of: \"equals -0.5 margin 0.05\", \"slower_than -0.25\", \"at_least -0.5\", \
                     \"stays_above 0.2\", \"differs_from GROUP margin 0.1\"";

/// A statement from its words.
pub(super) fn parse(text: &str) -> Result<Statement, String> {
    let kind = text.trim_start();
    match kind.strip_prefix(DIFFERS).or_else(|| kind.strip_prefix("differs-from")) {
        Some(rest) => differs(rest),
        None => Ok(Statement { claim: of_one(text)?, other: None }),
    }
}

/// The name of a group, which may hold blanks, and a margin behind it.
fn differs(rest: &str) -> Result<Statement, String> {
    let bare = |name: &str| name.trim_matches([' ', '=', ',', '"', '\'']).to_owned();
    let (name, margin) = match rest.rsplit_once(" margin") {
        Some((name, margin)) => (bare(name), Some(number(margin.trim_matches([' ', '=']))?)),
        None => (bare(rest), None),
    };
    if name.is_empty() {
        return Err("differs_from needs the name of a group: \"differs_from GROUP margin 0.1\"".to_owned());
    }
    let Some(margin) = margin else {
        return Err(format!(
            "differs_from needs a margin: \"differs_from {name} margin 0.1\"; with margin 0 every difference counts"
        ));
    };
    if margin < 0.0 {
        return Err(format!("the margin of differs_from is 0 or more, not {margin}"));
    }
    Ok(Statement { claim: Claim::DiffersBy { margin }, other: Some(name) })
}

/// A statement about one series.
fn of_one(text: &str) -> Result<Claim, String> {
    // "equals = -0.5, margin = 0.05", as it would stand in a file, says the same.
    if has_decimal_comma(text) {
        return Err(format!("a comma between two digits: decimals have a point; {FORMS}"));
    }
    let plain = text.replace(['=', ',', ';', '±'], " ").replace("+-", " ").replace('−', "-");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let Some((written, rest)) = words.split_first() else { return Err(FORMS.to_owned()) };
    if written.parse::<f64>().is_ok() {
        return Err(format!("it does not say what is stated of {written}; {FORMS}"));
    }
    let kind = written.replace('-', "_");
    match (kind.as_str(), rest) {
        ("equals", [rate, "margin", margin]) | ("equals", [rate, margin]) => {
            let margin = number(margin)?;
            if margin <= 0.0 {
                return Err(format!("a margin is above 0, not {margin}; for example: margin 0.05"));
            }
            Ok(Claim::Equals { rate: number(rate)?, margin })
        }
        ("equals", [_]) => Err("equals needs a margin: \"equals -0.5 margin 0.05\"".to_owned()),
        ("slower_than", [rate]) => Ok(Claim::SlowerThan { rate: number(rate)? }),
        ("at_least", [rate]) => Ok(Claim::AtLeast { rate: number(rate)? }),
        ("stays_above", [bound]) => match number(bound)? {
            bound if bound > 0.0 => Ok(Claim::StaysAbove { bound }),
            bound => Err(format!("stays_above needs a number above 0, not {bound}")),
        },
        (kind, _) if KINDS.contains(&kind) => Err(FORMS.to_owned()),
        (kind, _) => Err(match (nearest::ambiguous(kind), nearest::nearest(kind, KINDS)) {
            (Some(ways), _) => format!("there is no statement '{written}'; {ways}; {FORMS}"),
            (None, Some(near)) => format!("there is no statement '{written}'; did you mean {near}? {FORMS}"),
            (None, None) => format!("there is no statement '{written}'; {FORMS}"),
        }),
    }
}

/// Whether a comma stands between two digits, as in −0,5.
fn has_decimal_comma(text: &str) -> bool {
    text.as_bytes().windows(3).any(|w| w[0].is_ascii_digit() && w[1] == b',' && w[2].is_ascii_digit())
}

fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("'{text}' is not a number; {FORMS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_as_they_stand_in_files() {
        let parse = |text: &str| parse(text).map(|s| s.claim);
        let equals = Claim::Equals { rate: -0.5, margin: 0.1 };
        for text in [
            "equals -0.5 margin 0.1",
            "equals = -0.5, margin = 0.1",
            "equals −0.5 ± 0.1",
            "equals -0.5 +- 0.1",
        ] {
            assert_eq!(parse(text), Ok(equals), "{text}");
        }
        assert_eq!(parse("slower_than -0.25"), Ok(Claim::SlowerThan { rate: -0.25 }));
        assert_eq!(parse("at-least -0.5"), Ok(Claim::AtLeast { rate: -0.5 }));
        assert_eq!(parse("stays_above 0.2"), Ok(Claim::StaysAbove { bound: 0.2 }));
    }

    #[test]
    fn differences_name_a_group() {
        let found = |text: &str| parse(text).map(|s| (s.claim, s.other.unwrap()));
        let by = |margin: f64, name: &str| Ok((Claim::DiffersBy { margin }, name.to_owned()));
        assert_eq!(found("differs_from twice the mean margin 0.1"), by(0.1, "twice the mean"));
        assert_eq!(found("differs-from = a-b, margin = 0.1"), by(0.1, "a-b"));
        assert_eq!(found("differs_from 'a, b' margin 0"), by(0.0, "a, b"));
    }

    #[test]
    fn what_is_no_statement_is_told_what_would_be() {
        for (text, word) in [
            ("", "write one of"),
            ("equal -0.5", "did you mean equals?"),
            ("equals -0.5", "needs a margin"),
            ("at_most -0.5", "slower than n^-0.5: slower_than"),
            ("equals half margin 0.1", "'half' is not a number"),
            ("equals -0.5 margin 0", "above 0"),
            ("slower_than", "write one of"),
            ("stays_above -1", "above 0"),
            ("differs_from margin 0.1", "needs the name of a group"),
            ("differs_from", "needs the name of a group"),
            ("differs_from a", "needs a margin: \"differs_from a margin 0.1\""),
            ("differs_from a margin -1", "0 or more"),
            ("= -0.5", "it does not say what is stated of -0.5"),
            ("slow-than -0.5", "'slow-than'; did you mean slower_than?"),
            ("equals -0,5 margin 0,1", "decimals have a point"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
