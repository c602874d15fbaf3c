//! The checks that several tables share: names, references, levels, texts.

use moe_core::verdict::family::level_at_look;

use crate::diagnostic::{Place, Problem};
use crate::nearest;
use crate::source::Path;

/// Things with names, in the order of the file. `None` stands for one that was refused already, so that a
/// reference to it is no second problem.
#[derive(Debug)]
pub(super) struct Named<T>(Vec<(String, Option<T>)>);

impl<T> Named<T> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a thing of kind `what`, whose table stands at `at`; a name that is taken is a problem.
    pub(super) fn add(
        &mut self,
        what: &str,
        name: &str,
        thing: Option<T>,
        at: &Path,
        out: &mut Vec<Problem>,
    ) {
        if self.names().any(|n| n == name) {
            let problem =
                Problem::error(Place::Value(at.key("name")), format!("two {what}s are called '{name}'"));
            out.push(problem.label("the second of them").help(format!("give each {what} a name of its own")));
        } else {
            self.0.push((name.to_owned(), thing));
        }
    }

    /// The thing that the text at `at` refers to; an unknown name is a problem.
    pub(super) fn find(&self, what: &str, name: &str, at: &Path, out: &mut Vec<Problem>) -> Option<&T> {
        match self.0.iter().find(|(n, _)| n == name) {
            Some((_, thing)) => thing.as_ref(),
            None => {
                let problem =
                    Problem::error(Place::Value(at.clone()), format!("there is no {what} '{name}'"));
                out.push(problem.helps(nearest::advice(name, self.names())));
                None
            }
        }
    }

    /// The thing of this name, when there is one that was not refused.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name)?.1.as_ref()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|(_, thing)| thing.as_ref())
    }

    /// Every thing; `None` when one was refused.
    pub(super) fn all(self) -> Option<Vec<T>> {
        self.0.into_iter().map(|(_, thing)| thing).collect()
    }
}

/// A name that can stand in a path: letters, digits, hyphens and underscores.
pub(super) fn name(name: &str, place: Place, out: &mut Vec<Problem>) {
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fits || name.is_empty() || name.len() > 60 {
        let problem = Problem::error(place, format!("'{name}' cannot be a name"));
        out.push(problem.help("a name has 1 to 60 letters (a-z, A-Z), digits, hyphens or underscores"));
    }
}

/// The name of the experiment, which names its run folder.
pub(super) fn experiment_name(name: &str, at: &Path, out: &mut Vec<Problem>) {
    let fits = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits || name.is_empty() || name.len() > 40 || name.starts_with('-') {
        let problem = Problem::error(Place::Value(at.clone()), format!("'{name}' cannot name an experiment"));
        let rule = "it has 1 to 40 lower-case letters, digits or hyphens, and does not begin with a hyphen";
        out.push(problem.help(rule));
    }
}

/// A text that says something, in one line.
pub(super) fn filled(text: &str, at: &Path, out: &mut Vec<Problem>) {
    let key = at.last_key().unwrap_or_default();
    if text.trim().is_empty() {
        let problem = Problem::error(Place::Value(at.clone()), format!("`{key}` is empty"));
        out.push(problem.help("one sentence is enough"));
    } else if key != "question" && text.contains('\n') {
        let problem = Problem::error(Place::Value(at.clone()), format!("`{key}` has more than one line"));
        out.push(problem.help("it is printed in figures and tables: write it in one line"));
    } else if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
        let what = format!("`{key}` holds a control character, U+{:04X}", u32::from(c));
        let problem = Problem::error(Place::Value(at.clone()), what);
        out.push(problem.help("it is printed: leave out what is no letter, sign or blank"));
    }
}

/// A confidence level, and enough resamples for its tails at each of the declared looks.
pub(super) fn level(level: f64, looks: usize, resamples: Option<u32>, at: &Path, out: &mut Vec<Problem>) {
    let place = Place::Value(at.clone());
    let tail = |level: f64| resamples.map_or(f64::INFINITY, |r| f64::from(r) * (1.0 - level) * 0.5);
    let at_look = level_at_look(level, looks);
    if !(level > 0.5 && level < 1.0) {
        let problem = Problem::error(place, format!("level {level} is not between 0.5 and 1"));
        out.push(problem.help("a confidence level is written as a proportion, for example: level = 0.95"));
    } else if tail(level) < 1.0 {
        let message = format!("level {level} has less than one bootstrap resample in each tail");
        out.push(Problem::error(place, message).help("raise `resamples`, or lower the level"));
    } else if tail(at_look) < 1.0 {
        let message = format!(
            "level {level} is level {at_look:.4} at each of {looks} looks, with less than one bootstrap resample in each \
             tail"
        );
        out.push(
            Problem::error(place, message).help("raise `resamples`, lower the level, or declare fewer looks"),
        );
    }
}

/// A number above zero.
pub(super) fn positive(value: f64, at: &Path, out: &mut Vec<Problem>) {
    if value <= 0.0 {
        let key = at.last_key().unwrap_or_default();
        out.push(Problem::error(
            Place::Value(at.clone()),
            format!("`{key}` must be above 0, and is {value}"),
        ));
    }
}

/// A number, or the size of a number, that is not above `most`.
pub(super) fn at_most(value: f64, most: f64, at: &Path, out: &mut Vec<Problem>) {
    if value > most {
        let key = at.last_key().unwrap_or_default();
        out.push(Problem::error(Place::Value(at.clone()), format!("`{key}` must be at most {most} in size")));
    }
}

/// A share, from 0 to 1.
pub(super) fn share(value: f64, at: &Path, out: &mut Vec<Problem>) {
    if !(0.0..=1.0).contains(&value) {
        let key = at.last_key().unwrap_or_default();
        let message = format!("`{key}` is a share from 0 to 1, and this is {value}");
        out.push(Problem::error(Place::Value(at.clone()), message));
    }
}

/// A count of at least one.
pub(super) fn at_least_one(value: u32, at: &Path, out: &mut Vec<Problem>) {
    if value == 0 {
        let key = at.last_key().unwrap_or_default();
        out.push(Problem::error(Place::Value(at.clone()), format!("`{key}` must be at least 1")));
    }
}
