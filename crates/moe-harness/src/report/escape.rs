//! Texts of others in documents of ours: what would be read as markup is escaped.

/// In HTML, between tags and in attributes with double quotes.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// In Markdown, in running text; line ends become blanks.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let plain = |c: char| c.is_control();
    let bare_underscore = |before: Option<char>, after: Option<char>| {
        before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric)
    };
    let characters: Vec<char> = text.trim().chars().collect();
    for (i, c) in characters.iter().copied().enumerate() {
        let neighbours = (i.checked_sub(1).map(|j| characters[j]), characters.get(i + 1).copied());
        match c {
            c if plain(c) => out.push(' '),
            // Inside a word an underscore is no markup, and D_1 stays readable.
            '_' if bare_underscore(neighbours.0, neighbours.1) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '#' | '+' | '-' | '=' if i == 0 => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// In LaTeX, in running text of a document with a Latin font; signs of mathematics are set as such.
pub(super) fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("$<$"),
            '>' => out.push_str("$>$"),
            '|' => out.push_str("$|$"),
            '"' => out.push_str("''"),
            '−' => out.push_str("$-$"),
            '–' => out.push_str("--"),
            '—' => out.push_str("---"),
            '…' => out.push_str("\\ldots{}"),
            '\u{a0}' | '\u{2009}' | '\u{202f}' => out.push('~'),
            '∞' => out.push_str("$\\infty$"),
            '±' => out.push_str("$\\pm$"),
            '×' => out.push_str("$\\times$"),
            '·' => out.push_str("$\\cdot$"),
            '≤' => out.push_str("$\\leq$"),
            '≥' => out.push_str("$\\geq$"),
            '≠' => out.push_str("$\\neq$"),
            '→' => out.push_str("$\\to$"),
            'β' => out.push_str("$\\beta$"),
            'ω' => out.push_str("$\\omega$"),
            'π' => out.push_str("$\\pi$"),
            'Δ' => out.push_str("$\\Delta$"),
            '₁' => out.push_str("$_1$"),
            '₂' => out.push_str("$_2$"),
            '₃' => out.push_str("$_3$"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(html("<b a=\"1\">&'\u{0}"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39; ");
        assert_eq!(
            markdown("# a *b* [c](d) <e> D_1 _f_\nx|y"),
            "\\# a \\*b\\* \\[c\\](d) \\<e\\> D_1 \\_f\\_ x\\|y"
        );
        assert_eq!(
            latex("50 % of $x_1$ & \\input{a}"),
            "50 \\% of \\$x\\_1\\$ \\& \\textbackslash{}input\\{a\\}"
        );
        assert_eq!(latex("−0.5 ≥ ∞"), "$-$0.5 $\\geq$ $\\infty$");
    }
}
