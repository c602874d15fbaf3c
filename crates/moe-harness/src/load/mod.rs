//! From an experiment file to an experiment: every rule of the format is checked here, and nowhere else.

mod arm;
mod cell;
mod check;
mod claim;
mod law;
mod limit;
mod normal;
mod planned;
mod sizes;
mod spelling;
mod starts;
mod statement;
mod stop;
mod truth;

use toml::de::DeTable;

use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::experiment::{Experiment, Inference};
use crate::nearest;
use crate::source::{Path, Source};
use crate::wire::{self, File};
use sizes::Plan;

/// What the command line says instead of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The profile that is applied.
    pub profile: Option<String>,
    /// Another master seed.
    pub seed: Option<u64>,
    /// Another number of replications, after the profile.
    pub replications: Option<u64>,
    /// The text is the record of an experiment that was run, perhaps in a small profile, and not the file of someone who
    /// plans: claims that its replications are too few for are undecided then, not refused.
    pub recorded: bool,
}

/// An experiment that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The experiment, profile and overrides applied.
    pub experiment: Experiment,
    /// What the reader should know, although the file is used.
    pub warnings: Diagnostics,
    /// The experiment in one canonical spelling: TOML of the same format with sorted keys, without comments and
    /// profiles, sizes as a list. Reading it gives the same experiment.
    pub normalised: String,
    /// Names of the profiles of the file, in its order; the record of a run has none.
    pub profiles: Vec<String>,
}

/// Reads the experiment file at `path`.
///
/// # Errors
/// Every problem of the file that can be found at once: first the spelling, then the types and keys, then the
/// values.
pub fn load(path: &std::path::Path, overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let name = path.display().to_string();
    let refuse = |message: String| {
        let problem = Problem::error(Place::File, message);
        Diagnostics::new(
            Source::new(&name, ""),
            vec![problem.help("give the path of an experiment file in TOML")],
        )
    };
    let bytes = std::fs::read(path).map_err(|e| refuse(format!("the file cannot be read: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        refuse(format!("the file is not UTF-8 text: byte {} is not", e.utf8_error().valid_up_to() + 1))
    })?;
    parse(&name, &text, overrides)
}

/// Reads the text of an experiment file; `name` is shown in messages.
///
/// # Errors
/// Like [`load`].
pub fn parse(name: &str, text: &str, overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let mut source = Source::new(name, text);
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => return Err(Diagnostics::new(source, vec![spelling::problem(text, &error)])),
    };
    source.index(&table);
    if let Some(problem) = other_format(&table) {
        return Err(Diagnostics::new(source, vec![problem]));
    }
    let file = match File::read(table) {
        Ok(file) => file,
        Err(problems) => return Err(Diagnostics::new(source, problems)),
    };
    let mut problems = Vec::new();
    let experiment = convert(&file, overrides, &mut problems);
    let diagnostics = Diagnostics::new(source, problems);
    match experiment {
        Some(experiment) if !diagnostics.has_errors() => {
            let normalised = normal::normalised(text, &experiment);
            Ok(Loaded {
                experiment,
                warnings: diagnostics,
                normalised,
                profiles: file.profile.keys().cloned().collect(),
            })
        }
        _ => Err(diagnostics),
    }
}

/// A file of another format would only give misleading messages about its keys.
fn other_format(table: &DeTable<'_>) -> Option<Problem> {
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == "format")?;
    let format = value.get_ref().as_integer()?.to_string();
    if format == wire::FORMAT.to_string() {
        return None;
    }
    let place = Place::Value(Path::top().key("format"));
    let problem = Problem::error(place, format!("this program does not read format {format}"));
    Some(problem.help(format!("it reads format = {}", wire::FORMAT)))
}

/// The experiment of a file, when nothing essential is missing; it is valid when no error was added.
fn convert(file: &File, overrides: &Overrides, out: &mut Vec<Problem>) -> Option<Experiment> {
    let top = Path::top();
    check::experiment_name(&file.name, &top.key("name"), out);
    for (key, text) in [("title", &file.title), ("question", &file.question), ("source", &file.source)] {
        check::filled(text, &top.key(key), out);
    }
    let plans = sizes::plans(file, out);
    let chosen = choose(&plans, overrides, out);
    let looks = sizes::looks(file, chosen.as_ref(), out);
    let inference = inference(&file.inference, looks.len(), &plans, out);
    let laws = law::laws(&file.covariates, &plans, out);
    let truths = truth::truths(&file.truth, (&file.cell, &laws), out);
    let cells = cell::Cells { truths: &truths, laws: &laws, plans: &plans }.read(&file.cell, out);
    let arms = arm::arms(file, &cells, out);
    let chosen = chosen?;
    let scope = statement::Scope {
        cells: &cells,
        arms: &arms,
        plans: &plans,
        chosen: &chosen,
        refuse_small: !overrides.recorded,
        resamples: resamples(&file.inference),
        weights: inference.as_ref().map(|i| &i.weights),
        family_level: file.inference.level,
        looks: looks.len(),
    };
    let claims = scope.claims(&file.claim, out);
    let panels = scope.panels(&file.panel, out);
    let mut arms = arms.all()?;
    for arm in &mut arms {
        arm.replications = arm.replications.map(|r| r.min(chosen.replications));
    }
    Some(Experiment {
        name: file.name.clone(),
        title: file.title.clone(),
        question: file.question.clone(),
        source: file.source.clone(),
        seed: overrides.seed.unwrap_or(file.seed),
        sizes: chosen.sizes,
        replications: chosen.replications,
        looks,
        profile: chosen.profile,
        inference: inference?,
        cells: cells.all()?,
        arms,
        claims,
        panels,
    })
}

/// The plan that the command line asks for. A plan whose sizes are wrong stands for itself, so that the rest of
/// the file is looked at too.
fn choose(plans: &[Plan], overrides: &Overrides, out: &mut Vec<Problem>) -> Option<Plan> {
    let names = || plans.iter().filter_map(|p| p.profile.as_deref());
    let Some(plan) = plans.iter().find(|p| p.profile == overrides.profile) else {
        let name = overrides.profile.as_deref().unwrap_or_default();
        let problem = Problem::error(Place::File, format!("there is no profile '{name}' in this file"));
        out.push(problem.helps(nearest::advice(name, names())));
        return None;
    };
    if let Some(seed) = overrides.seed.filter(|seed| i64::try_from(*seed).is_err()) {
        out.push(Problem::error(Place::File, format!("--seed {seed}: a seed is at most {}", i64::MAX)));
    }
    let mut plan = plan.clone();
    if let Some(replications) = overrides.replications {
        if let Some(why) = limit::replications(replications) {
            out.push(Problem::error(Place::File, format!("--replications {replications}: {why}")));
        }
        plan.replications = replications;
    }
    Some(plan)
}

/// The bootstrap resamples, when their number is within the bounds.
fn resamples(wire: &wire::Inference) -> Option<u32> {
    u32::try_from(wire.resamples).ok().filter(|r| limit::RESAMPLES.contains(r))
}

fn inference(
    wire: &wire::Inference,
    looks: usize,
    plans: &[Plan],
    out: &mut Vec<Problem>,
) -> Option<Inference> {
    let at = Path::top().key("inference");
    let resamples = resamples(wire);
    if resamples.is_none() {
        let (least, most) = (limit::RESAMPLES.start(), limit::RESAMPLES.end());
        let message = format!("{} resamples: it must be a number from {least} to {most}", wire.resamples);
        out.push(
            Problem::error(Place::Value(at.key("resamples")), message).help("for example: resamples = 2000"),
        );
    }
    check::level(wire.level, looks, resamples, &at.key("level"), out);
    let weights = sizes::weights(&wire.weights, plans, &at.key("weights"), out);
    check::share(wire.failure_limit, &at.key("failure_limit"), out);
    let failure_limit = wire.failure_limit;
    Some(Inference { level: wire.level, resamples: resamples?, weights: weights?, failure_limit })
}
