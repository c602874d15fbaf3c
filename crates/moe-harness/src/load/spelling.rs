//! What is wrong with a text that is no TOML, in the words of whoever wrote it: the parser's own speak of grammar.

use std::ops::Range;

use crate::diagnostic::{Place, Problem};

/// The line in which the parser gave up, and its parts.
struct Line<'a> {
    text: &'a str,
    /// Where it begins.
    start: usize,
    /// What stands before the first `=`, without blanks; the whole line where there is none.
    key: &'a str,
    /// What stands after it, without blanks and comments.
    value: Option<&'a str>,
}

/// The problem behind an error of the TOML parser.
pub(super) fn problem(text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let line = Line::around(text, span.start);
    if error.message().contains("duplicate key") {
        return duplicate(text, span);
    }
    typographic(&line)
        .or_else(|| header(&line))
        .or_else(|| no_equals(&line))
        .or_else(|| of_value(&line))
        .or_else(|| word(text, span))
        .unwrap_or_else(|| {
            let place = error.span().map_or(Place::File, Place::Bytes);
            let problem = Problem::error(place, format!("this is not TOML: {}", error.message()));
            problem.help("a line is key = value, or the head of a table: [name] or [[name]]; texts stand in double quotes")
        })
}

impl<'a> Line<'a> {
    fn around(text: &'a str, at: usize) -> Self {
        let at = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        let end = text[at..].find('\n').map_or(text.len(), |i| at + i);
        let line = text[start..end].trim_end_matches('\r');
        let (key, value) = match line.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value.split(" #").next().unwrap_or(value).trim())),
            None => (line.trim(), None),
        };
        Self { text: line, start, key, value }
    }

    /// Where a part of the line stands in the file.
    fn place(&self, part: &str) -> Place {
        let from = self.start + (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Place::Bytes(from..from + part.len().max(1))
    }
}

fn duplicate(text: &str, span: Range<usize>) -> Problem {
    let name = text.get(span.clone()).unwrap_or_default();
    let line = Line::around(text, span.start);
    let problem = Problem::error(Place::Bytes(span), format!("`{name}` stands twice in one table"));
    let problem = problem.label("the second of them");
    if !line.text.trim_start().starts_with('[') {
        return problem.help("leave one of the two out");
    }
    problem
        .help("leave one of the two out")
        .help("a table of which there are several is written with two brackets each time, like [[cell]]")
}

/// Quotes as word processors set them.
fn typographic(line: &Line<'_>) -> Option<Problem> {
    let (at, quote) = line.text.char_indices().find(|(_, c)| "“”„«»‘’".contains(*c))?;
    if line.text[..at].contains('"') || line.text[..at].contains('#') {
        return None;
    }
    let place = line.place(&line.text[at..at + quote.len_utf8()]);
    let problem = Problem::error(place, "these quotes are typographic ones");
    Some(problem.help("TOML wants the plain double quote of the keyboard: \""))
}

fn header(line: &Line<'_>) -> Option<Problem> {
    let trimmed = line.text.trim();
    let name = trimmed.strip_prefix('[')?;
    let brackets = |c: char| trimmed.chars().filter(|b| *b == c).count();
    if line.value.is_some() || brackets('[') == brackets(']') && !name.trim_matches(['[', ']']).contains(' ')
    {
        return None;
    }
    let inner = name.trim_matches(['[', ']']).trim();
    let problem = Problem::error(line.place(trimmed), "the head of a table is not closed as it is opened");
    let name = inner.replace(' ', "-");
    Some(problem.help(format!("write [{name}], or [[{name}]] for a table of which there are several")))
}

fn no_equals(line: &Line<'_>) -> Option<Problem> {
    let trimmed = line.text.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let named = trimmed.split_once(':').filter(|(key, _)| !key.is_empty() && key.trim().chars().all(plain));
    if let (Some((key, value)), None) = (named, line.value) {
        let problem = Problem::error(line.place(trimmed), "a colon between key and value");
        return Some(problem.help(format!("write {} = {}", key.trim(), value.trim())));
    }
    if line.value.is_some() || !trimmed.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    let problem = Problem::error(line.place(trimmed), "this line has no `=`, so it is not TOML");
    Some(problem.help("a line is key = value, or the head of a table, or a comment that begins with #"))
}

/// A word without quotes inside a list or an inline table.
fn word(text: &str, span: Range<usize>) -> Option<Problem> {
    let begin = text[..span.start].rfind([' ', ',', '[', '{', '=', '\n']).map_or(0, |i| i + 1);
    let rest = &text[begin..];
    let length = rest.find([' ', ',', ']', '}', '=', '\n', '\r']).unwrap_or(rest.len());
    let word = &rest[..length];
    let fits = word.starts_with(char::is_alphabetic) && !matches!(word, "true" | "false" | "inf" | "nan");
    let is_key = rest[length..].trim_start().starts_with('=');
    (fits && !is_key).then(|| {
        let problem =
            Problem::error(Place::Bytes(begin..begin + length), format!("`{word}` stands without quotes"));
        problem.help(match word.to_lowercase().as_str() {
            flag @ ("true" | "false") => format!("write {flag}, in small letters"),
            _ => format!("texts stand in double quotes: \"{word}\""),
        })
    })
}

/// A value that is nearly one.
fn of_value(line: &Line<'_>) -> Option<Problem> {
    let (key, value) = (line.key, line.value?);
    let refuse = |message: String, help: String| Some(Problem::error(line.place(value), message).help(help));
    if value.is_empty() {
        let (message, help) = (
            format!("`{key}` has no value"),
            "write one after the `=`; a key that may be absent is left out with its whole line",
        );
        let problem = Problem::error(line.place(line.text.trim()), message);
        return Some(problem.help(help));
    }
    if let Some(rest) = value.strip_prefix('=') {
        return refuse(format!("two `=` after `{key}`"), format!("write {key} = {}", rest.trim()));
    }
    let quote = value.chars().next().filter(|c| *c == '"' || *c == '\'');
    if let Some(quote) = quote {
        let closed = value[1..].contains(quote);
        return if closed {
            None
        } else {
            refuse(
                format!("the text of `{key}` is not closed"),
                format!("a text ends, on the same line, with the quote it began with: {value}{quote}"),
            )
        };
    }
    if let Some(problem) = of_number(key, value) {
        return refuse(problem.0, problem.1);
    }
    let word = value.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '/' || c == '.');
    let lower = value.to_lowercase();
    match lower.as_str() {
        _ if !word => None,
        "none" | "null" | "nil" | "na" => refuse(
            format!("`{key}` is {value}, which TOML does not know"),
            "write a value; a key that may be absent is left out with its whole line".to_owned(),
        ),
        "true" | "false" | "inf" | "nan" => {
            refuse(format!("{value} is written with a capital"), format!("write {key} = {lower}"))
        }
        _ => {
            refuse(format!("the text of `{key}` stands without quotes"), format!("write {key} = \"{value}\""))
        }
    }
}

/// A number as it is written elsewhere: what is wrong with it, and what would be right.
fn of_number(key: &str, value: &str) -> Option<(String, String)> {
    let plain = |text: &str| {
        text.parse::<f64>().is_ok() && text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
    };
    let write = |text: &str| format!("write {key} = {text}");
    if let Some((whole, rest)) = value.split_once(',') {
        let digits = |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
        let groups: Vec<&str> = rest.split(',').collect();
        if plain(whole) && groups.iter().all(|g| digits(g)) {
            let grouped = groups.iter().all(|g| g.len() == 3) && whole.trim_start_matches('-') != "0";
            return Some(if grouped {
                let either = match groups.as_slice() {
                    [one] => format!(", or {key} = {whole}.{one} if it is a decimal comma"),
                    _ => String::new(),
                };
                (
                    format!("`{key}` is written with a comma between its digits"),
                    format!("{}{either}", write(&value.replace(',', "_"))),
                )
            } else {
                (format!("`{key}` is written with a decimal comma"), write(&value.replacen(',', ".", 1)))
            });
        }
    }
    if let Some(percent) = value.strip_suffix('%').map(str::trim).filter(|p| plain(p)) {
        let share = percent.parse::<f64>().unwrap_or(0.0) / 100.0;
        return Some((format!("`{key}` is written in per cent"), write(&share.to_string())));
    }
    if !plain(value) || toml::de::DeTable::parse(&format!("x = {value}")).is_ok() {
        return None;
    }
    // Rust reads it, TOML does not.
    let sign = if value.starts_with('-') { "-" } else { "" };
    let digits = value.trim_start_matches(['+', '-']);
    let number = value.parse::<f64>().ok()?;
    let message = format!("`{key}`: {value} is not how TOML writes a number");
    if digits.starts_with('.') {
        return Some((message, write(&format!("{sign}0{digits}"))));
    }
    Some((message, write(&format!("{number:?}").replace(".0e", "e"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, message: &str, help: &str) {
        let text = format!("format = 1\n{line}\nseed = 3\n");
        let error = toml::de::DeTable::parse(&text).unwrap_err();
        let found = problem(&text, &error);
        assert!(found.message.contains(message), "{line}: {}", found.message);
        assert!(found.help.iter().any(|h| h.contains(help)), "{line}: {:?}", found.help);
        assert!(matches!(found.place, Place::Bytes(at) if at.start >= 11), "{line}");
    }

    #[test]
    fn slips_of_the_pen_are_called_by_their_names() {
        check("name = fig1", "without quotes", "name = \"fig1\"");
        check("level = 0,95", "decimal comma", "level = 0.95");
        check("rate = -0,5", "decimal comma", "rate = -0.5");
        check("replications = 1,000", "comma between", "replications = 1_000");
        check("sizes = 1,000,000", "comma between", "1_000_000");
        check("level = 95%", "per cent", "level = 0.95");
        check("level = .95", "not how TOML", "level = 0.95");
        check("level = 5.", "not how TOML", "level = 5.0");
        check("seed = 007", "not how TOML", "seed = 7");
        check("name: \"x\"", "colon", "name = \"x\"");
        check("name = “x”", "typographic", "\"");
        check("name = \"x", "not closed", "\"x\"");
        check("name = 'x", "not closed", "'x'");
        check("name =", "no value", "write one after");
        check("name = = 3", "two `=`", "name = 3");
        check("flag = True", "capital", "flag = true");
        check("seed = None", "does not know", "write a value");
        check("hello there", "not TOML", "key = value");
        check("[cell", "not closed", "[cell]");
        check("[[cell]", "not closed", "[[cell]]");
        check("[truth.my truth]", "not closed", "[truth.my-truth]");
        check("format = 1", "`format` stands twice", "leave one");
        check("cells = [exact, \"over\"]", "`exact` stands without quotes", "\"exact\"");
        check("stop = { kind = search }", "`search` stands without quotes", "\"search\"");
        check("stop = { drafts = False }", "`False` stands without quotes", "write false, in small letters");
        check("x = [1, 2", "not TOML", "double quotes");
    }
}
