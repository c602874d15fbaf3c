//! What is wrong with an input file: where, why, and what would be right.

use std::fmt;
use std::io::IsTerminal;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::source::{Path, Source};

/// Whether a problem stops the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is used, and the reader should know.
    Warning,
}

/// Where a problem stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a key.
    Key(Path),
    /// At the value of a key.
    Value(Path),
    /// At these bytes.
    Bytes(Range<usize>),
    /// Not in the text: the file itself, or the command line.
    File,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops the program.
    pub severity: Severity,
    /// Where it stands.
    pub place: Place,
    /// What is wrong, in one line.
    pub message: String,
    /// A few words beside the underlined text; may be empty.
    pub label: String,
    /// What would be right, one sentence a line.
    pub help: Vec<String>,
}

impl Problem {
    /// A problem for which the file is refused.
    pub fn error(place: Place, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            place,
            message: printable(&message.into()),
            label: String::new(),
            help: Vec::new(),
        }
    }

    /// A problem that is only told.
    pub fn warning(place: Place, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, message) }
    }

    /// Adds the words beside the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds a sentence about what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(printable(&help.into()));
        self
    }

    /// Adds several sentences about what would be right.
    #[must_use]
    pub fn helps(mut self, help: impl IntoIterator<Item = String>) -> Self {
        self.help.extend(help.into_iter().map(|h| printable(&h)));
        self
    }
}

/// Texts may quote a file: what would steer a terminal is spelt out.
fn printable(text: &str) -> String {
    let spelt =
        |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(spelt).collect()
}

/// All problems of one file, with the text they point into.
#[derive(Clone)]
pub struct Diagnostics {
    source: Source,
    problems: Vec<Problem>,
}

impl Diagnostics {
    /// The problems of a file, in the order of their places; those without a place come first.
    pub fn new(source: Source, problems: Vec<Problem>) -> Self {
        let mut placed: Vec<_> = problems.into_iter().map(|p| (span(&source, &p.place), p)).collect();
        placed.sort_by_key(|(span, _)| span.as_ref().map(|s| s.start));
        Self { problems: placed.into_iter().map(|(_, p)| p).collect(), source }
    }

    /// The problems, in the order of their places.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether the file has to be refused.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    /// The text for a terminal, with or without colour; it ends with a line break unless it is empty.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for problem in &self.problems {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&self.render_one(&renderer, problem));
            out.push('\n');
        }
        out
    }

    fn render_one(&self, renderer: &Renderer, problem: &Problem) -> String {
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(problem.message.as_str());
        let mut group = match span(&self.source, &problem.place) {
            Some(span) => {
                let label = (!problem.label.is_empty()).then_some(problem.label.as_str());
                let mark = AnnotationKind::Primary.span(span).label(label);
                title.element(Snippet::source(self.source.text()).path(self.source.name()).annotation(mark))
            }
            None => title.element(Origin::path(self.source.name())),
        };
        for help in &problem.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

// What a failed test shows: the messages, not the tables behind them.
impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Diagnostics {}

/// Whether messages on the standard error stream may be coloured: it is a terminal, and `NO_COLOR`
/// (no-color.org) is not set.
pub fn colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stderr().is_terminal()
}

/// The bytes of a place, inside the text and on character boundaries.
fn span(source: &Source, place: &Place) -> Option<Range<usize>> {
    let span = match place {
        Place::Key(path) => source.key(path),
        Place::Value(path) => source.value(path),
        Place::Bytes(bytes) => bytes.clone(),
        Place::File => return None,
    };
    let text = source.text();
    let start = (0..=span.start.min(text.len())).rev().find(|i| text.is_char_boundary(*i))?;
    let end = (span.end.clamp(start, text.len())..=text.len()).find(|i| text.is_char_boundary(*i))?;
    Some(start..end)
}
