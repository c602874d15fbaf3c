//! From a parsed TOML document to the wire types, with every problem placed and explained.
//!
//! A serde deserializer of its own, because the messages of the general one are written for programmers
//! and end at the first problem. Two conventions spare untagged enums: an enum whose variants are called
//! `text`, `list`, `table` is chosen by the shape of the value; any other enum is chosen by the value
//! of the key that the enum is named after (`kind`, `estimator`), or by a plain word.

mod access;
mod unknown;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize};
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::key;
use crate::diagnostic::{Place, Problem};
use crate::source::Path;

/// Reads a whole document.
pub(super) fn read<T: for<'de> Deserialize<'de>>(table: DeTable<'_>) -> Result<T, Vec<Problem>> {
    let sink = Sink::default();
    let value = DeValue::Table(table);
    let top = Reader { value: &value, path: Path::top(), example: None, sink: &sink };
    top.tell_unknown_keys_below("experiment");
    let result = T::deserialize(top);
    match (result, sink.into_inner().problems) {
        (Ok(read), problems) if problems.is_empty() => Ok(read),
        (_, problems) => Err(problems),
    }
}

type Sink = RefCell<Told>;

/// What was told so far.
#[derive(Debug, Default)]
struct Told {
    problems: Vec<Problem>,
    /// The unknown keys among it: who looks again at a table tells them no second time.
    unknown: BTreeSet<Path>,
}

/// Why reading of a value was given up.
#[derive(Debug)]
enum Fault {
    /// The problem is in the sink.
    Told,
    /// The problem is still to be placed.
    Said(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Told => "already reported",
            Fault::Said(message) => message,
        })
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Fault::Said(message.to_string())
    }
}

/// A value and the way to it. Every error that it returns has been put into the sink.
#[derive(Clone)]
struct Reader<'a, 'i> {
    value: &'a DeValue<'i>,
    path: Path,
    /// How the key of this value is written.
    example: Option<&'static str>,
    sink: &'a Sink,
}

impl<'a, 'i> Reader<'a, 'i> {
    fn tell(&self, problem: Problem) -> Fault {
        self.sink.borrow_mut().problems.push(match self.example {
            Some(example) if problem.help.is_empty() => problem.help(format!("for example: {example}")),
            _ => problem,
        });
        Fault::Told
    }

    fn here(&self) -> Place {
        Place::Value(self.path.clone())
    }

    fn wrong_type(&self, expected: &str) -> Fault {
        let key = self.path.last_key().unwrap_or("the file");
        let found = describe(self.value);
        self.tell(
            Problem::error(self.here(), format!("`{key}` must be {expected}"))
                .label(format!("this is {found}")),
        )
    }

    /// Places a fault that a visitor has raised.
    fn place<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| match fault {
            Fault::Told => Fault::Told,
            Fault::Said(message) => self.tell(Problem::error(self.here(), message)),
        })
    }

    fn whole(&self, most: u64) -> Result<u64, Fault> {
        let number = match self.value {
            DeValue::Integer(digits) => integer(digits),
            DeValue::Float(digits) => return Err(self.float_for_whole(digits)),
            _ => return Err(self.wrong_type("a whole number")),
        };
        let key = self.path.last_key().unwrap_or("the number");
        let refuse = |rule: &str| self.tell(Problem::error(self.here(), format!("`{key}` {rule}")));
        match number {
            Some(n) if n < 0 => Err(refuse("must not be negative")),
            Some(n) if n <= i128::from(most) => Ok(n as u64),
            _ => Err(refuse(&format!("must be at most {most}"))),
        }
    }

    fn float_for_whole(&self, digits: &DeFloat<'_>) -> Fault {
        let number = digits.as_str().parse::<f64>().unwrap_or(f64::NAN);
        let key = self.path.last_key().unwrap_or("the number");
        let problem = Problem::error(self.here(), format!("`{key}` must be a whole number"));
        let problem = problem.label("this is a number with a decimal point or an exponent");
        if number.fract() == 0.0 && (0.0..1e15).contains(&number) {
            return self.tell(problem.help(format!("write {}", grouped(number as u64))));
        }
        self.tell(problem)
    }

    fn number(&self) -> Result<f64, Fault> {
        let number = match self.value {
            DeValue::Integer(digits) => integer(digits).map(|n| n as f64),
            DeValue::Float(digits) => digits.as_str().parse::<f64>().ok(),
            _ => return Err(self.wrong_type("a number")),
        };
        match number {
            Some(n) if n.is_finite() => Ok(n),
            _ => {
                let key = self.path.last_key().unwrap_or("the number");
                Err(self.tell(Problem::error(self.here(), format!("`{key}` must be finite"))))
            }
        }
    }

    fn text(&self) -> Result<&'a str, Fault> {
        match self.value {
            DeValue::String(text) => Ok(text.as_ref()),
            _ => Err(self.wrong_type("a text in quotes")),
        }
    }

    fn flag(&self) -> Result<bool, Fault> {
        match self.value {
            DeValue::Boolean(flag) => Ok(*flag),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    fn table(&self) -> Result<&'a DeTable<'i>, Fault> {
        match self.value {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong_type("a table")),
        }
    }

    /// Reports every unknown and every missing key of a table; an error when a key is missing.
    fn check_keys(&self, kind: &str, known: &[&str]) -> Result<(), Fault> {
        let table = self.table()?;
        let has = |key: &str| table.keys().any(|k| k.get_ref() == key);
        let mended = self.tell_unknown_keys(table, kind, known);
        let missing: Vec<_> = key::required(kind).filter(|k| !has(k.name)).collect();
        let untold: Vec<_> = missing.iter().filter(|k| !mended.contains(&k.name)).collect();
        if !untold.is_empty() {
            let names: Vec<_> = untold.iter().map(|k| format!("`{}`", k.name)).collect();
            let plural = if names.len() == 1 { "" } else { "s" };
            let problem = Problem::error(self.here(), format!("missing key{plural} {}", names.join(", ")));
            let examples = untold.iter().map(|k| match k.example.strip_prefix('[') {
                Some(_) => format!("it is a table: a line {} and its keys below", k.example),
                None => format!("for example: {}", k.example),
            });
            self.tell(problem.label(format!("needed for {}", title(kind))).helps(examples));
        }
        if missing.is_empty() { Ok(()) } else { Err(Fault::Told) }
    }

    /// The reader of the value of `key` in this table.
    fn child(&self, kind: &str, key: &str, value: &'a DeValue<'i>) -> Reader<'a, 'i> {
        let example = key::find(kind, key).map(|k| k.example).or(self.example);
        Reader { value, path: self.path.key(key), example, sink: self.sink }
    }
}

/// What a kind of table is called in a sentence.
fn title(kind: &str) -> String {
    match kind {
        "experiment" | "inference" => format!("the {kind}"),
        "newton" | "em" | "mm" | "known-rate" => format!("an arm with estimator = \"{kind}\""),
        "grid" | "uniform" | "truncated-normal" | "points" => format!("covariates of kind \"{kind}\""),
        "search" | "random" | "near-truth" | "truth-splits" | "at-truth" => {
            format!("starts of kind \"{kind}\"")
        }
        "sizes" => "log-spaced sizes".to_owned(),
        "stop" => "a stopping rule".to_owned(),
        "random-truth" => "a random truth".to_owned(),
        "certify" => "the thresholds of a certificate".to_owned(),
        "differs_from" => "the other series of a comparison".to_owned(),
        _ => format!("a {kind}"),
    }
}

/// Whether the variants of an enum are told apart by the shape of the value.
pub(super) fn by_shape(variants: &[&str]) -> bool {
    variants.iter().all(|v| matches!(*v, "text" | "list" | "table"))
}

fn shape(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Array(_) => "list",
        DeValue::Table(_) => "table",
        _ => "",
    }
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn integer(digits: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(digits.as_str(), digits.radix()).ok()
}

/// Digits in groups of three, as TOML allows them.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
            out.push('_');
        }
        out.push(digit);
    }
    out
}
