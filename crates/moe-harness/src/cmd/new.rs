//! `moe new`: writes an experiment file with remarks, to begin from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;

/// Write a new experiment file, with remarks on what its keys mean.
///
/// NAME is the name of the experiment; the file is NAME.toml. A path as in studies/mine.toml names the folder too.
/// Nothing is ever overwritten.
#[derive(Args, Debug)]
pub struct New {
    /// Name of the experiment: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// What to begin from
    #[arg(long, value_enum, value_name = "TEMPLATE", default_value = "rate")]
    from: Template,
}

/// An experiment to begin from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// One truth, one fit, one claim on its rate; every key is explained
    Rate,
    /// The same data fitted with the right number of experts, and with one too many
    OverFitted,
    /// Two gate maps on a truth with a vanishing expert
    GateMap,
    /// Newton to the end, and EM stopped early, on the same data and starts
    StoppingRule,
}

impl Template {
    /// The experiment file, with `template` for its name.
    fn text(self) -> &'static str {
        match self {
            Template::Rate => include_str!("../../assets/templates/rate.toml"),
            Template::OverFitted => include_str!("../../assets/templates/over-fitted.toml"),
            Template::GateMap => include_str!("../../assets/templates/gate-map.toml"),
            Template::StoppingRule => include_str!("../../assets/templates/stopping-rule.toml"),
        }
    }

    /// The experiment file `path` of an experiment called `name`.
    pub fn experiment(self, name: &str, path: &str) -> String {
        let named = format!("name = \"{name}\"");
        let renamed = self.text().replace("template.toml", path);
        // A remark beside the name keeps its column where it can.
        let remark = "name = \"template\"               #";
        renamed.replace(remark, &format!("{named:<31} #")).replace("name = \"template\"", &named)
    }
}

/// Runs the verb; returns the exit code.
pub fn run(args: &New) -> Result<u8, Failure> {
    let path = if args.name.extension().is_some_and(|e| e == "toml") {
        args.name.clone()
    } else {
        PathBuf::from(format!("{}.toml", args.name.display()))
    };
    let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    refuse_name(&name)?;
    let shown = path.display().to_string();
    write(&path, &args.from.experiment(&name, &shown))?;
    say!("{shown}: a new experiment, to be changed in any editor");
    say!("\nnext:\n  moe plan {shown} --explain\n  moe run {shown} --profile smoke");
    Ok(0)
}

/// The rules for names of experiments.
fn refuse_name(name: &str) -> Result<(), Failure> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=40).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('-') {
        return Ok(());
    }
    let lower: String = name.to_lowercase().chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let near: String = lower.trim_matches('-').chars().take(40).collect();
    let near = if near.is_empty() { "my-question".to_owned() } else { near };
    Err(Failure::bad_input(format!(
        "'{name}' cannot name an experiment: a name has 1 to 40 lower-case letters, digits or hyphens; for example: moe new {near}"
    )))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Failure::bad_input(format!(
            "{} is there already, and nothing is overwritten; choose another name",
            path.display()
        )),
        ErrorKind::NotFound => Failure::bad_input(format!(
            "there is no folder {}; make it first",
            path.parent().unwrap_or(Path::new("")).display()
        )),
        _ => Failure::io(path, "write", &e),
    })?;
    file.write_all(text.as_bytes()).map_err(|e| Failure::io(path, "write", &e))
}
