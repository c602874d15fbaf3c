//! The text of an experiment file, and where in it each key and value stands.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step from a table to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

/// The way from the top of a document to one of its values, for example `cell[2].box`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The whole document.
    pub fn top() -> Self {
        Self::default()
    }

    /// The value of `key` in the table at this path.
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        Self(steps)
    }

    /// The entry with this 0-based index in the list at this path.
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The last key on the way, if there is one.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    fn parent(&self) -> Option<Path> {
        self.0.split_last().map(|(_, steps)| Self(steps.to_vec()))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Where a key and its value stand, in bytes.
#[derive(Clone, Debug)]
struct Span {
    key: Range<usize>,
    value: Range<usize>,
}

/// Entries of a list whose places are noted; the others are shown by their list.
const NOTED: usize = 1_000;

/// A file name, its text, and the places of its keys.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    spans: BTreeMap<Path, Span>,
}

impl Source {
    /// A text whose keys have not been looked up yet. `name` is shown in messages.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), spans: BTreeMap::new() }
    }

    /// Notes where every key and value of the parsed text stands.
    pub fn index(&mut self, table: &DeTable<'_>) {
        walk_table(&mut self.spans, &Path::top(), table);
    }

    /// Name of the file, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the key at `path`, or of the nearest table around it; the top is the beginning of the text.
    pub fn key(&self, path: &Path) -> Range<usize> {
        self.nearest(path).map_or(0..0, |span| span.key.clone())
    }

    /// The bytes of the value at `path`, or of the nearest table around it. A value of several lines
    /// is shown by its key.
    pub fn value(&self, path: &Path) -> Range<usize> {
        let Some(span) = self.nearest(path) else { return 0..0 };
        let lines = self.text.get(span.value.clone()).unwrap_or_default();
        if lines.contains('\n') { span.key.clone() } else { span.value.clone() }
    }

    fn nearest(&self, path: &Path) -> Option<&Span> {
        let mut path = path.clone();
        loop {
            if let Some(span) = self.spans.get(&path) {
                return Some(span);
            }
            path = path.parent()?;
        }
    }
}

fn walk_table(spans: &mut BTreeMap<Path, Span>, path: &Path, table: &DeTable<'_>) {
    for (key, value) in table {
        walk(spans, path.key(key.get_ref()), key.span(), value);
    }
}

fn walk(spans: &mut BTreeMap<Path, Span>, path: Path, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
    match value.get_ref() {
        DeValue::Table(table) => walk_table(spans, &path, table),
        DeValue::Array(list) => {
            for (i, entry) in list.iter().enumerate().take(NOTED) {
                // An entry has no key of its own: it is shown by its place, or by the key of the list.
                let key =
                    if matches!(entry.get_ref(), DeValue::Table(_)) { entry.span() } else { key.clone() };
                walk(spans, path.index(i), key, entry);
            }
        }
        _ => {}
    }
    spans.insert(path, Span { key, value: value.span() });
}
