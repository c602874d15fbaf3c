//! Tables and lists on a terminal that is narrower than they are: columns in groups, as R prints them, and lines that
//! break at blanks. What goes into a file or a pipe stays as it is.

use std::borrow::Cow;

use console::Term;

/// The text as it is shown: as it is, or as a terminal has room for it.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let term = Term::stdout();
    let columns = if term.is_term() { term.size_checked().map(|(_, wide)| wide as usize) } else { None };
    match columns {
        Some(columns) if text.lines().any(|line| line.chars().count() > columns) => {
            fitted(text, columns).into()
        }
        _ => text.into(),
    }
}

/// The text in so many columns, as far as that can be done.
fn fitted(text: &str, columns: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        let table = rest.iter().take_while(|line| line.starts_with("| ")).count();
        if table > 2 && rest[1].starts_with("| -") {
            out.extend(grouped(&rest[..table], columns));
            at += table;
        } else {
            out.extend(broken(lines[at], columns));
            at += 1;
        }
    }
    out.join("\n")
}

/// A table whose columns come in groups that fit, each led by the first column.
fn grouped(table: &[&str], columns: usize) -> Vec<String> {
    let rows: Vec<Vec<char>> = table.iter().map(|line| line.chars().collect()).collect();
    // The rule below the head shows where columns begin and end.
    let places = places(&rows[1]);
    let wide = |column: &(usize, usize)| column.1 - column.0 + 3;
    let (first, others) = (places[0], &places[1..]);
    let mut groups: Vec<Vec<(usize, usize)>> = vec![vec![first]];
    for column in others {
        let group = groups.last_mut().filter(|group| {
            group.len() == 1 || group.iter().map(wide).sum::<usize>() + wide(column) < columns
        });
        match group {
            Some(group) => group.push(*column),
            None => groups.push(vec![first, *column]),
        }
    }
    let line = |row: &[char], group: &[(usize, usize)]| {
        let cell =
            |(from, to): &(usize, usize)| row.get(*from..*to).unwrap_or_default().iter().collect::<String>();
        format!("| {} |", group.iter().map(cell).collect::<Vec<_>>().join(" | "))
    };
    let mut out = Vec::new();
    for group in &groups {
        if !out.is_empty() {
            out.push(String::new());
        }
        out.extend(rows.iter().map(|row| line(row, group)));
    }
    out
}

/// Where the columns of a rule like `| --- | -- |` begin and end.
fn places(rule: &[char]) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut from = 2;
    for (i, c) in rule.iter().enumerate().skip(2) {
        if *c == '|' {
            places.push((from, i - 1));
            from = i + 2;
        }
    }
    places
}

/// Running text and items of lists, broken at blanks; commands, data and what is indented stay in one line, so that they
/// can be copied.
fn broken(line: &str, columns: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let item = line[indent..].starts_with("- ");
    let copied = line.contains("moe ") || line.starts_with(['{', '[', '|', '"']);
    if line.chars().count() <= columns || copied || (indent > 0 && !item) {
        return vec![line.to_owned()];
    }
    let hang = " ".repeat(if item { indent + 2 } else { 0 });
    let mut out: Vec<String> = vec![line[..indent].to_owned()];
    for (i, word) in line[indent..].split(' ').enumerate() {
        match out.last_mut() {
            Some(last) if i == 0 => last.push_str(word),
            Some(last) if last.chars().count() + 1 + word.chars().count() <= columns => {
                last.push(' ');
                last.push_str(word);
            }
            _ => out.push(format!("{hang}{word}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &str) {
        assert_eq!(fitted(text, columns), expected, "\n{}", fitted(text, columns));
    }

    #[test]
    fn wide_tables_come_in_groups_of_columns() {
        let table = "Before\n\n| claim | verdict | rate |\n| ----- | ------- | ---- |\n| first | agrees  | −0.5 |\n\nafter";
        check(
            table,
            20,
            "Before\n\n| claim | verdict |\n| ----- | ------- |\n| first | agrees  |\n\n| claim | rate |\n\
             | ----- | ---- |\n| first | −0.5 |\n\nafter",
        );
        check(table, 26, table);
        // A column that never fits has a group of its own.
        check("| a | long |\n| - | ---- |\n| b | 1\\|2 |", 4, "| a | long |\n| - | ---- |\n| b | 1\\|2 |");
    }

    #[test]
    fn items_hang_and_commands_stay_whole() {
        check("- one two three four", 12, "- one two\n  three four");
        check("  - one two three", 12, "  - one two\n    three");
        check("one two three four", 10, "one two\nthree four");
        check("moe replay run --cell exact --size 1000", 10, "moe replay run --cell exact --size 1000");
        check("  indented and longer than that", 10, "  indented and longer than that");
    }
}
