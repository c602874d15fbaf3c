//! Rounding and layout of printed numbers: the only place where a number loses digits.

use moe_core::numeric;

/// A slope with three decimals and a true minus sign.
pub fn slope(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let text = format!("{value:.3}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// `slope [lower, upper]`.
pub fn interval(estimate: f64, lower: f64, upper: f64) -> String {
    format!("{} [{}, {}]", slope(estimate), slope(lower), slope(upper))
}

/// A p-value, or a chance of error.
pub(super) fn chance(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".into() } else { format!("{p:.4}") }
}

/// A size: powers of ten as 10^6, others with thin groups.
pub fn size(n: u64) -> String {
    let exponent = numeric::log10(n as f64);
    if n >= 1000 && exponent == exponent.floor() {
        return format!("10^{exponent}");
    }
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A level in per cent: 95, 97.5, without the last bits of the multiplication.
pub(crate) fn per_cent(level: f64) -> f64 {
    (1e8 * level).round() / 1e6
}

/// A confidence level to four places, without zeros at the end.
pub(super) fn level(level: f64) -> String {
    ((level * 1e4).round() / 1e4).to_string()
}

/// The text, ended like a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let ended = text.is_empty() || text.ends_with(['.', '!', '?', '…', ':', ';']);
    if ended { text.to_owned() } else { format!("{text}.") }
}

/// A share in per cent.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "–".into() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

/// A number with so many significant digits and a true minus sign; `−∞`, `∞` and `–` (not a number) as words.
pub fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "–".into();
    }
    if value.is_infinite() || value == 0.0 {
        return if value == 0.0 { "0".into() } else { slope(value) };
    }
    let magnitude = numeric::log10(value.abs()).floor();
    let text = if !(-4.0..=9.0).contains(&magnitude) {
        format!("{value:.*e}", digits.saturating_sub(1))
    } else {
        let decimals = (digits as f64 - 1.0 - magnitude).max(0.0) as usize;
        format!("{value:.decimals$}")
    };
    text.replace('-', "−")
}

/// Predicted seconds in words.
pub(crate) fn about(seconds: f64) -> String {
    if seconds < 0.1 { "less than 0.1 s".to_owned() } else { format!("about {}", duration(seconds)) }
}

/// Seconds as something to plan by.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..=1 => format!("{seconds:.1} s"),
        2..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min", whole.div_ceil(60)),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Text from a file or a row, to stand in Markdown or in a terminal as what it is: tags, entities and links are no markup,
/// control characters are spelt out, and it is one line.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            // Before a blank or a digit they begin neither a tag nor an entity.
            '<' | '&' if characters.peek().is_none_or(|next| *next != ' ' && !next.is_ascii_digit()) => {
                out.extend(['\\', c]);
            }
            '(' | ':' if before == ']' => out.extend(['\\', c]),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A table with aligned columns that is Markdown as well.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |row: &[String]| row.iter().map(|c| plain(c).replace('|', "\\|")).collect::<Vec<_>>();
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|r| cells(r)).collect();
    let width = |column: usize| {
        let all = rows.iter().chain(std::iter::once(&head));
        all.map(|r| r[column].chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &[String]| {
        let padded =
            row.iter().zip(&widths).map(|(c, w)| format!("{c}{}", " ".repeat(w - c.chars().count())));
        format!("| {} |\n", padded.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|w| "-".repeat(*w)).collect();
    let mut out = line(&head);
    out += &line(&rule);
    rows.iter().for_each(|row| out += &line(row));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        let text = "<b onclick=x>&lt; [a](http://x) [a]: y\u{1b}[31m\nroot[1] ≤ 2";
        let shown = "\\<b onclick=x>\\&lt; [a]\\(http://x) [a]\\: y\\u{1b}[31m root[1] ≤ 2";
        assert_eq!(plain(text), shown);
        assert!(table(&["h"], &[vec!["a|b\r\n".into()]]).contains("| a\\|b\\r  |"));
    }

    #[test]
    fn numbers_are_rounded_for_reading() {
        assert_eq!(slope(-0.50449), "−0.504");
        assert_eq!(slope(-0.0001), "0.000");
        assert_eq!(slope(f64::NEG_INFINITY), "−∞");
        assert_eq!((chance(0.05), chance(0.0)), ("0.0500".to_owned(), "below 0.0001".to_owned()));
        assert_eq!(size(1000), "10^3");
        assert_eq!(size(3_162_278), "3 162 278");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!([0.55, 0.95, 0.975, 0.999].map(|l| per_cent(l).to_string()), ["55", "95", "97.5", "99.9"]);
        assert_eq!([" own design", "Is it?", ""].map(sentence), ["own design.", "Is it?", ""]);
        assert_eq!(significant(-1234.5678, 6), "−1234.57");
        assert_eq!(significant(0.00012345, 3), "0.000123");
        assert_eq!(significant(1.5e-12, 2), "1.5e−12");
        assert_eq!(significant(f64::NAN, 3), "–");
        assert_eq!(duration(0.25), "0.2 s");
        assert_eq!(duration(3600.0), "60 min");
    }

    #[test]
    fn tables_align() {
        let text = table(&["a", "long head"], &[vec!["βγ".into(), "x|y".into()]]);
        assert_eq!(text, "| a  | long head |\n| -- | --------- |\n| βγ | x\\|y      |\n");
    }
}
