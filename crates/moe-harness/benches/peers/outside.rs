//! The peers: how they are called, and what they answer.

use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::Outcome;

/// Half-width of the box.
pub(crate) const BOX: f64 = 10.0;

/// A difference in log-likelihood that counts as none.
pub(crate) const SAME: f64 = 1e-4;

/// Repetitions in a round, of a peer and of ours, of which the shortest counts; one before them does not.
pub(crate) const REPETITIONS: u32 = 3;

/// A program that fits the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// SciPy's L-BFGS-B on an analytic gradient in NumPy.
    Scipy,
    /// The same method on a compiled loss and gradient.
    JaxLbfgs,
    /// Compiled Hessian and SciPy's trust-region Newton method.
    JaxTrust,
    /// EM in R.
    Flexmix,
}

/// What a peer is asked.
pub(crate) struct Call<'a> {
    /// The data file.
    pub(crate) data: &'a Path,
    /// Pinned parameters of every start.
    pub(crate) starts: &'a [Vec<f64>],
    /// The log-likelihood that is to be reached.
    pub(crate) optimum: f64,
}

/// What it answers, of its best start.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Answer {
    /// Wall time of the fits alone.
    pub(crate) seconds: f64,
    /// Total, in nats.
    pub(crate) log_likelihood: f64,
    /// Evaluations of the likelihood, or iterations of EM.
    pub(crate) evaluations: u64,
    /// Largest component of the projected score per observation.
    pub(crate) score: Option<f64>,
}

impl Peer {
    /// The peers that evaluate the likelihood.
    pub(crate) const EVALUATING: [Self; 3] = [Self::Scipy, Self::JaxLbfgs, Self::JaxTrust];

    /// What tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scipy => "SciPy L-BFGS-B on NumPy",
            Self::JaxLbfgs => "SciPy L-BFGS-B on JAX",
            Self::JaxTrust => "SciPy trust-exact on JAX",
            Self::Flexmix => "flexmix (EM, R)",
        }
    }

    /// What is asked of one ascent at n = 10^5.
    pub(crate) fn reach(self) -> &'static str {
        if self == Self::Scipy { "≥ 50 ×" } else { "" }
    }

    /// Rounds of the comparison.
    pub(crate) fn rounds(self) -> usize {
        if self == Self::Flexmix { 1 } else { 9 }
    }

    fn interpreter(self) -> String {
        let (variable, usual) =
            if self == Self::Flexmix { ("MOE_RSCRIPT", "Rscript") } else { ("MOE_PYTHON", "python3") };
        env::var(variable).unwrap_or_else(|_| usual.into())
    }

    /// Why it cannot be called here.
    pub(crate) fn missing(self) -> Option<String> {
        let probe = match self {
            Self::Scipy => ["-c", "import numpy, scipy"],
            Self::JaxLbfgs | Self::JaxTrust => ["-c", "import numpy, scipy, jax"],
            Self::Flexmix => ["-e", "library(flexmix)"],
        };
        let interpreter = self.interpreter();
        match Command::new(&interpreter).args(probe).output() {
            Err(error) => Some(format!("{interpreter}: {error}")),
            Ok(output) if output.status.success() => None,
            Ok(_) => Some(format!("`{interpreter} {} '{}'` fails", probe[0], probe[1])),
        }
    }

    /// One round: the shortest of its repetitions; of flexmix the first that reaches the optimum.
    pub(crate) fn run(self, call: &Call<'_>) -> Outcome<Answer> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
        let starts = call.data.with_extension("starts");
        std::fs::write(&starts, lines(call.starts))?;
        let mut command = Command::new(self.interpreter());
        let script = match self {
            Self::Scipy => "numpy_lbfgs.py",
            Self::JaxLbfgs | Self::JaxTrust => "jax_compiled.py",
            Self::Flexmix => "flexmix.R",
        };
        command.arg(here.join(script)).arg(call.data).arg(&starts);
        if self == Self::Flexmix {
            command.arg(call.optimum.to_string());
        } else {
            command.args([REPETITIONS.to_string(), BOX.to_string()]);
        }
        command.env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
        command.env("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1");
        command.env("JAX_PLATFORMS", "cpu").env("LBFGS", if self == Self::JaxLbfgs { "1" } else { "0" });
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let output = command.output()?;
        if !output.status.success() {
            return Err(format!("{}: {}", self.name(), String::from_utf8_lossy(&output.stderr)).into());
        }
        let text = String::from_utf8(output.stdout)?;
        let answers = text.lines().map(serde_json::from_str).collect::<Result<Vec<Answer>, _>>()?;
        self.choose(answers, call.optimum).ok_or_else(|| format!("{} gave no answer", self.name()).into())
    }

    fn choose(self, answers: Vec<Answer>, optimum: f64) -> Option<Answer> {
        if self != Self::Flexmix {
            return answers.into_iter().min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        }
        let reached = answers.iter().find(|a| optimum - a.log_likelihood <= SAME).copied();
        reached.or(answers.last().copied())
    }
}

/// A line of numbers for each start; reading them gives the same bits.
fn lines(starts: &[Vec<f64>]) -> String {
    let mut text = String::new();
    for start in starts {
        let numbers: Vec<String> = start.iter().map(f64::to_string).collect();
        let _ = writeln!(text, "{}", numbers.join(" "));
    }
    text
}
