//! The pieces of the report in words, read back: one source for Markdown, HTML and LaTeX, so that no number is printed by
//! two hands.

use super::escape;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Running text.
    Words(String),
    /// A list without numbers; each item with those that stand below it.
    List(Vec<(String, Vec<String>)>),
    /// A table: head and rows.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// The pieces of a text of ours in Markdown (without headings).
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in markdown.lines().map(str::trim_end) {
        let row = line.strip_prefix("| ").and_then(|l| l.strip_suffix('|'));
        match (row, line.strip_prefix("- "), blocks.last_mut()) {
            (Some(row), _, Some(Block::Table(_, rows))) => rows.push(cells(row)),
            (Some(row), _, _) => blocks.push(Block::Table(cells(row), Vec::new())),
            (None, Some(item), Some(Block::List(items))) => items.push((item.to_owned(), Vec::new())),
            (None, Some(item), _) => blocks.push(Block::List(vec![(item.to_owned(), Vec::new())])),
            (None, None, Some(Block::List(items))) if line.starts_with("  - ") => {
                items.iter_mut().last().into_iter().for_each(|item| item.1.push(line[4..].to_owned()));
            }
            (None, None, _) if line.is_empty() => blocks.push(Block::Words(String::new())),
            (None, None, Some(Block::Words(words))) if !words.is_empty() => {
                words.push(' ');
                words.push_str(line);
            }
            (None, None, _) => blocks.push(Block::Words(line.to_owned())),
        }
    }
    blocks.retain(|b| !matches!(b, Block::Words(w) if w.is_empty()));
    for block in &mut blocks {
        if let Block::Table(_, rows) = block {
            rows.retain(|row| !row.iter().all(|c| !c.is_empty() && c.chars().all(|c| c == '-')));
        }
    }
    blocks
}

/// The cells of a row; a bar that was escaped is part of its cell.
fn cells(row: &str) -> Vec<String> {
    let kept = row.replace("\\|", "\u{0}");
    kept.split(" | ").map(|c| c.trim().replace('\u{0}', "|")).collect()
}

/// The pieces as HTML.
pub(super) fn html(markdown: &str) -> String {
    let mut out = String::new();
    for block in blocks(markdown) {
        match block {
            Block::Words(words) => out += &format!("<p>{}</p>\n", spans(&words)),
            Block::List(items) => {
                let item = |(words, below): &(String, Vec<String>)| {
                    let below =
                        if below.is_empty() { String::new() } else { list(below.iter().map(|b| spans(b))) };
                    format!("{}{below}", spans(words))
                };
                out += &list(items.iter().map(item));
            }
            Block::Table(head, rows) => out += &html_table(&head, &rows),
        }
    }
    out
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("<li>{item}</li>")).collect();
    format!("<ul>\n{}\n</ul>\n", items.join("\n"))
}

/// A table that scrolls by itself where it is wider than the page, by keyboard too.
fn html_table(head: &[String], rows: &[Vec<String>]) -> String {
    let name = head.first().map_or(String::new(), |h| escape::html(h));
    let head: String = head.iter().map(|h| format!("<th scope=\"col\">{}</th>", spans(h))).collect();
    let row = |cells: &Vec<String>| {
        // A disagreement that was expected is no alarm.
        let expected = |i: usize| cells.get(i + 1).is_some_and(|next| next == "yes");
        let cell = |(i, c): (usize, &String)| match (i, verdict_class(c), spans(&held(c))) {
            (0, _, words) => format!("<th scope=\"row\">{words}</th>"),
            (_, Some("against"), words) if expected(i) => format!("<td>{words}</td>"),
            (_, Some(class), words) => format!("<td class=\"{class}\">{words}</td>"),
            (_, None, words) => format!("<td>{words}</td>"),
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let body: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table by {name}\"><table>\n<thead><tr>{head}</tr>\
         </thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )
}

/// A cell of a table that may break between words, but neither inside an interval nor at an operator.
fn held(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut inside = false;
    let mut before = ' ';
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        inside = c == '[' || (inside && c != ']');
        let operator = |c: char| matches!(c, '±' | '=' | '<' | '>');
        let stays = inside || operator(before) || characters.peek().copied().is_some_and(operator);
        out.push(if c == ' ' && stays { '\u{a0}' } else { c });
        before = c;
    }
    out
}

/// A weakened agreement is not shown as a good one.
fn verdict_class(cell: &str) -> Option<&'static str> {
    let verdict = cell.split_once(';').map_or(cell, |(verdict, _)| verdict);
    match cell {
        "agrees" | "as expected" => Some("good"),
        _ if verdict == "disagrees" => Some("against"),
        _ if verdict == "undecided" => Some("open"),
        "NO" => Some("bad"),
        cell if cell.starts_with("contradicted") => Some("bad"),
        _ => None,
    }
}

/// Running text with `code` and **weight**; backslashes protect what follows them.
fn spans(text: &str) -> String {
    let mut out = String::new();
    let (mut bold, mut code) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if characters.peek().is_some_and(char::is_ascii_punctuation) => {
                let next = characters.next().map(String::from).unwrap_or_default();
                out += &escape::html(&next);
            }
            '`' => {
                code = !code;
                out += if code { "<code>" } else { "</code>" };
            }
            '*' if !code && characters.peek() == Some(&'*') => {
                characters.next();
                bold = !bold;
                out += if bold { "<strong>" } else { "</strong>" };
            }
            c => out += &escape::html(&c.to_string()),
        }
    }
    out += if code { "</code>" } else { "" };
    out + if bold { "</strong>" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::super::format::table;
    use super::*;

    #[test]
    fn cells_break_between_words_only() {
        let held = |text: &str| super::held(text).replace('\u{a0}', "_");
        assert_eq!(held("−0.5 [−0.6, −0.4] at n = 10^8"), "−0.5 [−0.6,_−0.4] at n_=_10^8");
        assert_eq!(held("differs by > 0.1"), "differs by_>_0.1");
        assert_eq!([held("−0.5 ± 0.1"), held("p < 0.001")], ["−0.5_±_0.1", "p_<_0.001"]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let rows = vec![vec!["x|y".to_owned(), "agrees".to_owned()], vec!["<b>".into(), "--".into()]];
        let text = format!(
            "Words\nand words.\n\n{}\n- one\n  - *of* one\n- **two** `<`\n",
            table(&["a", "b"], &rows)
        );
        let found = blocks(&text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], Block::Words("Words and words.".into()));
        let escaped = vec![rows[0].clone(), vec!["\\<b>".to_owned(), "--".to_owned()]];
        assert_eq!(found[1], Block::Table(vec!["a".into(), "b".into()], escaped));
        let below = vec!["*of* one".to_owned()];
        assert_eq!(found[2], Block::List(vec![("one".into(), below), ("**two** `<`".into(), Vec::new())]));
        let page = html(&text);
        assert!(page.contains("<li>one<ul>\n<li>*of* one</li>\n</ul>\n</li>"), "{page}");
        assert!(page.contains("<td class=\"good\">agrees</td>") && page.contains("&lt;b&gt;"), "{page}");
        assert!(page.contains("<strong>two</strong> <code>&lt;</code>"), "{page}");
        let row = |expected: &str| vec!["a claim".to_owned(), "disagrees".to_owned(), expected.to_owned()];
        let page = html(&table(&["claim", "verdict", "expected"], &[row("NO"), row("yes")]));
        assert!(page.contains("<td class=\"against\">disagrees</td><td class=\"bad\">NO</td>"), "{page}");
        assert!(page.contains("<td>disagrees</td><td>yes</td>"), "{page}");
    }
}
