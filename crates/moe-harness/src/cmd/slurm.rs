//! `moe slurm`: the scripts that let a Slurm cluster run an experiment, one shard a task.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Choice, Failure};
use crate::plan::{BLOCK, Plan, Shard};
use crate::report::text::duration;
use crate::store::make_folder;

/// Write the Slurm scripts of an experiment: an array job of shards, and a job that reports and checks.
///
/// Tasks share nothing but the run folder. Shards are balanced by predicted cost. A task that meets its time limit
/// writes what it has, asks Slurm to be queued again and goes on there; submitting again does only what is missing.
#[derive(Args, Debug)]
pub struct Slurm {
    #[command(flatten)]
    choice: Choice,
    /// Tasks of the array
    #[arg(long, value_name = "M", allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    tasks: u64,
    /// Time limit of a task, as Slurm spells it, of at least 5 minutes: a minute or two before it, the task is told
    #[arg(long, value_name = "TIME", default_value = "04:00:00", value_parser = time_limit)]
    time: String,
    /// Partition [default: the cluster's]
    #[arg(long, value_name = "NAME", value_parser = word)]
    partition: Option<String>,
    /// Processors of a task
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=1024))]
    cpus: u16,
    /// Memory of a task, as Slurm spells it [default: the cluster's]
    #[arg(long, value_name = "SIZE", value_parser = word)]
    memory: Option<String>,
    /// Folder for the scripts and the logs of the tasks [default: slurm-NAME]
    #[arg(long, value_name = "DIR")]
    scripts: Option<PathBuf>,
}

/// Values that are written into a script: letters, digits and what Slurm's times, sizes and names hold.
fn word(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ":-_.,".contains(c);
    match !text.is_empty() && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("letters, digits and : - _ . , only".to_owned()),
    }
}

/// Fewer seconds would not do: Slurm counts minutes and sends the signal up to a minute early, and a task that is told
/// before it has done anything would be queued again for ever.
const SHORTEST: u64 = 300;

/// A time limit in one of Slurm's spellings, long enough for a task to get on.
fn time_limit(text: &str) -> Result<String, String> {
    const SPELLINGS: &str = "minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes or \
                             days-hours:minutes:seconds";
    if ["infinite", "unlimited"].contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(text.to_owned());
    }
    match seconds(text) {
        None => Err(format!("a time limit is spelt {SPELLINGS}")),
        Some(seconds) if seconds < SHORTEST => {
            Err("at least 5 minutes (00:05:00): a task is told of its limit up to two minutes before it"
                .to_owned())
        }
        Some(_) => Ok(text.to_owned()),
    }
}

/// Seconds of a time as Slurm spells it.
fn seconds(text: &str) -> Option<u64> {
    let (days, clock) = text.split_once('-').map_or((None, text), |(days, clock)| (Some(days), clock));
    let whole = |n: &str| {
        n.bytes().all(|b| b.is_ascii_digit()).then(|| n.parse::<u32>().ok().map(u64::from)).flatten()
    };
    let fields = clock.split(':').map(whole).collect::<Option<Vec<u64>>>()?;
    let (hours, minutes, seconds) = match (days.is_some(), fields.as_slice()) {
        (false, [minutes]) => (0, *minutes, 0),
        (false, [minutes, seconds]) => (0, *minutes, *seconds),
        (true, [hours]) => (*hours, 0, 0),
        (true, [hours, minutes]) => (*hours, *minutes, 0),
        (_, [hours, minutes, seconds]) => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let days = days.map_or(Some(0), whole)?;
    Some(((24 * days + hours) * 60 + minutes) * 60 + seconds)
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Slurm) -> Result<u8, Failure> {
    let resolved = args.choice.resolve()?;
    if args.choice.target.is_dir() {
        return Err(Failure::bad_input("give the experiment file: every task of the array reads it"));
    }
    let experiment = &resolved.loaded.experiment;
    let folder = args.scripts.clone().unwrap_or_else(|| PathBuf::from(format!("slurm-{}", experiment.name)));
    for path in [&folder, &args.choice.target, &resolved.folder] {
        refuse_unwritable(&std::path::absolute(path).map_err(|e| Failure::io(path, "find", &e))?)?;
    }
    make_folder(&folder)?;
    let folder = absolute(&folder)?;
    let scripts = Scripts {
        args,
        name: &experiment.name,
        program: std::env::current_exe().map_err(|e| Failure::io(Path::new("moe"), "find", &e))?,
        file: absolute(&args.choice.target)?,
        out: std::path::absolute(&resolved.folder).map_err(|e| Failure::io(&resolved.folder, "find", &e))?,
        folder: folder.clone(),
    };
    for (name, text) in [
        ("array.sbatch", scripts.array()),
        ("report.sbatch", scripts.report()),
        ("submit.sh", scripts.submit()),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|e| Failure::io(&path, "write", &e))?;
    }
    let whole = Plan::new(experiment);
    let loads: Vec<f64> = (1..=args.tasks.min(1000))
        .map(|index| whole.clone().shard(Shard { index, count: args.tasks }, BLOCK).seconds())
        .collect();
    let most = loads.iter().copied().fold(0.0, f64::max) / f64::from(args.cpus);
    say!(
        "{} tasks; the longest is predicted to take {} on {} processors",
        args.tasks,
        duration(most),
        args.cpus
    );
    say!("submit them with: bash {}", shell(&folder.join("submit.sh")));
    Ok(0)
}

/// Refuses a path that cannot stand in a script: Slurm reads some signs in the names of its logs, and a script is text.
fn refuse_unwritable(path: &Path) -> Result<(), Failure> {
    let fits = |c: char| !c.is_control() && !"\"%\\$`".contains(c);
    match path.to_str() {
        Some(text) if text.chars().all(fits) => Ok(()),
        _ => Err(Failure::bad_input(format!(
            "{} cannot stand in a script; use paths in UTF-8 without control characters and without any of \" % \\ $ `",
            path.display().to_string().escape_debug()
        ))),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    fs::canonicalize(path).map_err(|e| Failure::io(path, "find", &e))
}

/// A path as a word of a shell.
fn shell(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

struct Scripts<'a> {
    args: &'a Slurm,
    name: &'a str,
    program: PathBuf,
    file: PathBuf,
    out: PathBuf,
    folder: PathBuf,
}

impl Scripts<'_> {
    /// The flags that choose what is meant, as they were given.
    fn choice(&self) -> String {
        let choice = &self.args.choice;
        let mut words = shell(&self.file);
        if let Some(profile) = &choice.profile {
            words += &format!(" --profile {profile}");
        }
        if let Some(seed) = choice.seed {
            words += &format!(" --seed {seed}");
        }
        if let Some(replications) = choice.replications {
            words += &format!(" --replications {replications}");
        }
        words + &format!(" --out {}", shell(&self.out))
    }

    fn head(&self, job: &str, log: &str) -> String {
        let mut head = format!("#!/bin/bash\n#SBATCH --job-name={job}\n#SBATCH --time={}\n", self.args.time);
        head += &format!(
            "#SBATCH --output=\"{}/{log}.log\"\n#SBATCH --open-mode=append\n",
            self.folder.display()
        );
        if let Some(partition) = &self.args.partition {
            head += &format!("#SBATCH --partition={partition}\n");
        }
        if let Some(memory) = &self.args.memory {
            head += &format!("#SBATCH --mem={memory}\n");
        }
        head
    }

    fn array(&self) -> String {
        let Slurm { tasks, cpus, .. } = self.args;
        let head = self.head(&format!("moe-{}", self.name), "task-%a");
        let (program, choice) = (shell(&self.program), self.choice());
        format!(
            r#"{head}#SBATCH --array=1-{tasks}
#SBATCH --cpus-per-task={cpus}
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --signal=B:USR1@60

# One shard of the experiment. Slurm sends SIGUSR1 a minute before the time limit: moe then finishes the replications
# that it has begun, writes them, and ends with 75; the task is queued again and goes on from there.
moe=
trap '[ -z "$moe" ] || kill -USR1 "$moe"' USR1
trap '[ -z "$moe" ] || kill -TERM "$moe"' TERM
{program} run {choice} --shard "$SLURM_ARRAY_TASK_ID/{tasks}" --threads {cpus} &
moe=$!
code=0
while :; do
    wait "$moe"
    code=$?
    kill -0 "$moe" 2>/dev/null || break
done
if [ "$code" = 75 ]; then
    scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"#
        )
    }

    fn report(&self) -> String {
        let head = self.head(&format!("moe-{}-report", self.name), "report");
        let (program, choice) = (shell(&self.program), self.choice());
        format!(
            r#"{head}#SBATCH --cpus-per-task=1
#SBATCH --ntasks=1

# Runs when every task has ended. `moe check` ends with 2 when rows are missing: submit again, it does only those.
{program} report {choice} || exit $?
exec {program} check {choice}
"#
        )
    }

    fn submit(&self) -> String {
        let path = |name: &str| shell(&self.folder.join(name));
        format!(
            r#"#!/bin/bash
# Submits the array, and the report that waits for it. To be run again as often as rows are missing.
set -euo pipefail
array=$(sbatch --parsable {})
report=$(sbatch --parsable --dependency="afterany:${{array%%;*}}" {})
echo "array job ${{array%%;*}}, report job ${{report%%;*}}"
"#,
            path("array.sbatch"),
            path("report.sbatch")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_those_of_slurm() {
        for (text, expected) in [
            ("90", 5_400),
            ("5:30", 330),
            ("01:00:00", 3_600),
            ("1-0", 86_400),
            ("1-2:30", 95_400),
            ("0-0:10:01", 601),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
            assert_eq!(time_limit(text).as_deref(), Ok(text));
        }
        for text in ["", "5m", "1:2:3:4", "1-", "-5", "1-2-3", "+9", "99999999999"] {
            assert!(time_limit(text).is_err_and(|e| e.contains("is spelt")), "{text}");
        }
        for text in ["4", "4:59", "0-0:1"] {
            assert!(time_limit(text).is_err_and(|e| e.contains("at least 5 minutes")), "{text}");
        }
        assert!(time_limit("UNLIMITED").is_ok());
    }
}
