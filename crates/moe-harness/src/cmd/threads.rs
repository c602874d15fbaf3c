//! How many threads a verb has, and a pool of them.

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::Failure;

/// Most threads that may be asked for.
const MOST: u16 = 1024;

/// A number of threads, as it is given to a verb.
pub(super) fn number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(count @ 1..=MOST) => Ok(count),
        _ => Err(format!("a whole number from 1 to {MOST}")),
    }
}

/// As many threads as were asked for, or as there are cores.
pub(super) fn count(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// A pool of threads.
///
/// # Errors
/// When the system does not start as many.
pub(super) fn pool(threads: usize) -> Result<ThreadPool, Failure> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| Failure::bad_input(format!("{threads} threads cannot be started: {e}")))
}
