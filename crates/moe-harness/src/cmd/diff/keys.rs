//! The keys in which two experiments differ, in their canonical spelling: comments and the order of keys do not count.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use toml::{Table, Value};

use crate::report::text::table;

/// Longest value that is shown whole.
const SHOWN: usize = 60;

/// A key with its two values; `None` where it is absent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    key: String,
    first: Option<String>,
    second: Option<String>,
}

impl Change {
    pub(super) fn document(&self) -> Json {
        json!({ "key": self.key, "first": self.first, "second": self.second })
    }
}

/// Every key in which two experiments differ, in the order of keys. Tables of a list are told apart by their names.
pub(super) fn changes(first: &str, second: &str) -> Vec<Change> {
    let flat = |text: &str| {
        let mut keys = BTreeMap::new();
        flatten("", &Value::Table(text.parse::<Table>().unwrap_or_default()), &mut keys);
        keys
    };
    let [first, second] = [flat(first), flat(second)];
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let change = |key: &String| {
        let (first, second) = (first.get(key).cloned(), second.get(key).cloned());
        (first != second).then(|| Change { key: key.clone(), first, second })
    };
    keys.into_iter().filter_map(change).collect()
}

fn flatten(key: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| flatten(&below(name), value, out)),
        Value::Array(values) if !values.is_empty() && values.iter().all(Value::is_table) => {
            for (index, value) in values.iter().enumerate() {
                flatten(&format!("{key}[{}]", name_of(value, index)), value, out);
            }
        }
        value => {
            out.insert(key.to_owned(), value.to_string());
        }
    }
}

/// What tells a table of a list from the others: its name; of a panel the title; of a curve what it shows.
fn name_of(value: &Value, index: usize) -> String {
    let text = |key: &str| value.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    let curve = ["cell", "arm", "quantity", "statistic"].map(text);
    match (text("name"), text("title"), curve) {
        (Some(name), ..) | (None, Some(name), _) => name,
        (None, None, [Some(cell), Some(arm), Some(quantity), Some(statistic)]) => {
            format!("{cell} {arm} {quantity} {statistic}")
        }
        _ => index.to_string(),
    }
}

pub(super) fn words(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "the experiments ask for the same\n".to_owned();
    }
    let shown = |value: &Option<String>| match value {
        None => "–".to_owned(),
        Some(text) if text.chars().count() > SHOWN => {
            format!("{}…", text.chars().take(SHOWN - 1).collect::<String>())
        }
        Some(text) => text.clone(),
    };
    let rows: Vec<_> =
        changes.iter().map(|c| vec![c.key.clone(), shown(&c.first), shown(&c.second)]).collect();
    table(&["key", "A", "B"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &str, second: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let found = changes(first, second);
        let found: Vec<_> =
            found.iter().map(|c| (c.key.as_str(), c.first.as_deref(), c.second.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn keys_are_compared_by_name_and_not_by_place() {
        check("a = 1\nb = 2", "b = 2\na = 1", &[]);
        check("a = 1", "a = 2\nb = 3", &[("a", Some("1"), Some("2")), ("b", None, Some("3"))]);
        let cells = |first: &str, second: &str| format!("[[cell]]\n{first}\n[[cell]]\n{second}");
        let (x, y) = ("name = \"x\"\nbox = 1", "name = \"y\"\nbox = 2");
        check(&cells(x, y), &cells(y, x), &[]);
        let wide = "name = \"y\"\nbox = 3";
        check(&cells(x, y), &cells(x, wide), &[("cell[y].box", Some("2"), Some("3"))]);
    }
}
