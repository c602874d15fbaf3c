//! The verbs, one a file. Printing happens here and in `progress`, nowhere else.

/// Prints a line, like `println!`. A reader that has gone away, as in `moe report DIR | head`, wants no more of it; that
/// is no failure, and the exit code still tells what the verb found.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let text = format!($($words)*);
        let _ = writeln!(std::io::stdout(), "{}", $crate::cmd::terminal::shown(&text));
    }};
}

/// Tells a line on standard error and in the log: to people as it is, to programs as an event.
macro_rules! tell {
    ($($words:tt)*) => {{
        let line = format!($($words)*);
        // The file first, which is there to be written whoever reads the other.
        tracing::info!("{line}");
        if $crate::log::style() == $crate::log::Style::Text {
            $crate::log::line(&line);
        }
    }};
}

pub mod calibrate;
pub mod check;
pub mod diff;
pub mod digest;
pub mod doctor;
pub mod exhibit;
pub mod export;
pub mod figure;
pub mod fit;
mod guard;
pub mod new;
mod paper;
pub mod plan;
pub mod rate;
pub mod replay;
pub mod report;
pub mod rescore;
pub mod run;
pub mod schema;
pub mod shell;
pub mod slurm;
pub mod status;
mod stop;
mod tabular;
mod target;
mod terminal;
mod threads;
pub mod watch;

use std::fmt;
use std::path::Path;

use crate::diagnostic::{Diagnostics, colour_wanted};
use crate::store::StoreError;

pub use target::Choice;

/// Bad input, a refused folder, or an incomplete run.
pub const BAD_INPUT: u8 = 2;
/// The disk failed.
pub const IO_FAILURE: u8 = 74;

/// Why a verb ends without having done its work: a message for the reader and an exit code.
#[derive(Debug)]
pub struct Failure {
    /// Exit code of the process.
    pub code: u8,
    message: String,
}

impl Failure {
    /// Bad input, with the mend.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self { code: BAD_INPUT, message: format!("error: {}", message.into()) }
    }

    /// A file that cannot be read or written.
    pub fn io(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        Self { code: IO_FAILURE, message: format!("error: cannot {doing} {}: {error}", path.display()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { code: error.exit_code(), message: format!("error: {error}") }
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { code: BAD_INPUT, message: diagnostics.render(colour_wanted()) }
    }
}
