//! What a verb is about: an experiment file with its flags, or a run folder.

use std::path::{Path, PathBuf};

use clap::Args;
use moe_core::content::{Content, short_hex};

use super::Failure;
use crate::diagnostic::colour_wanted;
use crate::experiment::Experiment;
use crate::load::{self, Loaded, Overrides};
use crate::log;
use crate::room;
use crate::store::{Identity, Store};

/// The flags that choose what is meant; the same for every verb.
#[derive(Args, Clone, Debug)]
pub struct Choice {
    /// An experiment file (TOML), or the folder of a run
    #[arg(value_name = "FILE|DIR")]
    pub target: PathBuf,
    /// Use this profile of the file: it overrides sizes and replications only
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Use this master seed instead of the file's
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = whole)]
    pub seed: Option<u64>,
    /// Use this number of replications instead of the file's or the profile's
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = whole)]
    pub replications: Option<u64>,
    /// The run folder itself [default: one of its own under results/runs]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// An experiment with its run folder.
pub struct Resolved {
    /// What was chosen.
    pub choice: Choice,
    /// The experiment, with what was told about it.
    pub loaded: Loaded,
    /// The run folder.
    pub folder: PathBuf,
}

impl Choice {
    /// A target without flags.
    pub fn of(target: &Path) -> Self {
        Self { target: target.to_owned(), profile: None, seed: None, replications: None, out: None }
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            profile: self.profile.clone(),
            seed: self.seed,
            replications: self.replications,
            recorded: false,
        }
    }

    /// Reads the experiment file, or the experiment of the newest process that wrote into the folder.
    /// Warnings about the file are printed.
    pub fn resolve(&self) -> Result<Resolved, Failure> {
        if self.target.is_dir() {
            return self.of_folder();
        }
        if !self.target.exists() {
            let target = self.target.display();
            let mend = "give the path of an experiment file in TOML, or of the folder of a run; `moe new NAME` writes a file \
                        to begin from";
            return Err(Failure::bad_input(format!("there is neither a file nor a folder {target}; {mend}")));
        }
        refuse_tables(&self.target)?;
        let loaded = load::load(&self.target, &self.overrides())?;
        if !loaded.warnings.is_empty() {
            log::line(format_args!("{}", loaded.warnings.render(colour_wanted())));
        }
        can_be_planned(&loaded)?;
        let folder = self.out.clone().unwrap_or_else(|| default_folder(&loaded.experiment));
        Ok(Resolved { choice: self.clone(), loaded, folder })
    }

    fn of_folder(&self) -> Result<Resolved, Failure> {
        let given = [self.profile.is_some(), self.seed.is_some(), self.out.is_some()];
        if given.contains(&true) {
            let message = "--profile, --seed and --out go with an experiment file; a run folder has its own";
            return Err(Failure::bad_input(message));
        }
        let store = Store::open(&self.target)?;
        let manifests = store.manifests()?;
        let Some((path, manifest)) = manifests.last() else {
            let folder = self.target.display();
            return Err(Failure::bad_input(format!(
                "{folder} has no manifest, so its experiment is not known; name the experiment file and --out {folder}"
            )));
        };
        let overrides = Overrides { recorded: true, ..self.overrides() };
        let mut loaded = load::parse(&path.display().to_string(), &manifest.experiment, &overrides)?;
        loaded.experiment.profile = manifest.profile.clone();
        can_be_planned(&loaded)?;
        Ok(Resolved { choice: self.clone(), loaded, folder: self.target.clone() })
    }
}

fn can_be_planned(loaded: &Loaded) -> Result<(), Failure> {
    room::can_be_planned_here(&loaded.experiment).map_err(Failure::bad_input)
}

impl Resolved {
    /// The run folder, for reading; `None` when nothing has been run yet.
    pub fn find(&self) -> Result<Option<Store>, Failure> {
        Ok(Store::find(&self.folder, self.identity())?)
    }

    /// The run folder, for reading; that there is none is bad input.
    pub fn open(&self) -> Result<Store, Failure> {
        self.find()?.ok_or_else(|| {
            let folder = self.folder.display();
            let command = self.command("run");
            let others = self.others().map_or(String::new(), |hint| format!("; {hint}"));
            let named =
                if self.is_named() { "" } else { "; or give the folder of its run in place of the file" };
            Failure::bad_input(format!(
                "there is no run folder {folder}; run the experiment first: {command}{named}{others}"
            ))
        })
    }

    /// Whether the command line names the folder.
    pub(super) fn is_named(&self) -> bool {
        self.choice.out.is_some() || self.choice.target.is_dir()
    }

    /// Which other profiles of the file have a run folder of their own, and how they are asked for; `None` when none
    /// has, or when the folder was named.
    pub fn others(&self) -> Option<String> {
        let named = self.is_named();
        let profiles = std::iter::once(None).chain(self.loaded.profiles.iter().cloned().map(Some));
        let has_run = |profile: &Option<String>| {
            let experiment = Experiment { profile: profile.clone(), ..self.loaded.experiment.clone() };
            *profile != self.loaded.experiment.profile && default_folder(&experiment).is_dir()
        };
        let told: Vec<String> = profiles
            .filter(|profile| !named && has_run(profile))
            .map(|profile| match profile {
                Some(name) => format!("there is a run of the profile {name}: --profile {}", quoted(&name)),
                None => "there is a run of the whole experiment: leave --profile out".to_owned(),
            })
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The command line of another verb with the same target and flags.
    pub fn command(&self, verb: &str) -> String {
        let choice = &self.choice;
        let mut words = vec!["moe".to_owned(), verb.to_owned(), quoted(&choice.target.display().to_string())];
        let mut flag = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|v| [name.to_owned(), quoted(&v)]));
        };
        flag("--profile", choice.profile.clone());
        flag("--seed", choice.seed.map(|n| n.to_string()));
        flag("--replications", choice.replications.map(|n| n.to_string()));
        flag("--out", choice.out.as_ref().map(|p| p.display().to_string()));
        words.join(" ")
    }

    /// Identity of the run folder.
    pub fn identity(&self) -> Identity {
        identity(&self.loaded.experiment)
    }
}

/// A table of data is no experiment, and its lines would only get messages about TOML.
fn refuse_tables(target: &Path) -> Result<(), Failure> {
    let is_table =
        target.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv") || e.eq_ignore_ascii_case("tsv"));
    if !is_table {
        return Ok(());
    }
    let name = target.display();
    Err(Failure::bad_input(format!(
        "{name} is a table, not an experiment; `moe rate {name}` fits slopes to losses, `moe fit {name}` a model to data"
    )))
}

/// A sample size, as people write them: 1000, 1_000, 1e3 or 10^3.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let plain = text.replace('_', "");
    let power = plain.strip_prefix("10^").map(|exponent| format!("1e{exponent}"));
    match power.as_ref().unwrap_or(&plain).parse::<f64>() {
        Ok(n) if n >= 1.0 && n.fract() == 0.0 && n <= 9e15 => Ok(n as u64),
        _ => Err("a sample size is a whole number from 1 on, like 1000, 1e3 or 10^3".to_owned()),
    }
}

/// A whole number, as people write them.
pub(super) fn whole(text: &str) -> Result<u64, String> {
    let plain = text.replace('_', "");
    plain.parse().map_err(|_| match plain.parse::<f64>() {
        Ok(n) if n < 0.0 => "it must not be negative".to_owned(),
        Ok(n) if n.fract() == 0.0 && n < 1e15 => format!("write {}", n as u64),
        _ => "it must be a whole number, for example 200".to_owned(),
    })
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn identity(experiment: &Experiment) -> Identity {
    Identity::current(&experiment.name, experiment.seed)
}

/// `results/runs/<label>-<first 12 of the hash>`: the label is for people, the hash for the identity.
fn default_folder(experiment: &Experiment) -> PathBuf {
    let identity = identity(experiment);
    let mut content = Content::new("moe-rates run folder");
    content.text("experiment", &identity.experiment).whole("seed", identity.master_seed);
    content.whole("streams", u64::from(identity.streams_schema));
    content.whole("numerics", u64::from(identity.numerics_version));
    content.whole("schema", u64::from(identity.schema_version));
    let profile = experiment.profile.as_ref().map_or(String::new(), |p| format!("-{p}"));
    let name = format!("{}{profile}-{}", experiment.name, short_hex(&content.finish(), 6));
    Path::new("results").join("runs").join(name)
}
