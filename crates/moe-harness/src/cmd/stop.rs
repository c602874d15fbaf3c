//! Signals that end a run: measuring finishes and keeps what was begun; before and after it, they end at once.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

use super::Failure;
use crate::log;

/// What is said of a run that a signal has ended.
pub(super) const STOPPED: &str = "stopped; what is done is kept, and the same command goes on from there";

/// The same where nothing was left to measure.
pub(super) const STOPPED_AT_THE_END: &str =
    "stopped; every planned replication is there, and the same command writes the report";

/// What is said while it ends.
const STOPPING: &str = "stopping as soon as the replications that are begun are done, at most one a thread; Ctrl-C ends it at once";

/// What the signals have said so far.
pub(super) struct Stop {
    /// Raised by the first signal.
    pub(super) flag: Arc<AtomicBool>,
    signal: Arc<AtomicI32>,
    /// While this is raised, whoever measures ends by himself after a signal.
    measuring: Arc<AtomicBool>,
    /// Held while a signal is answered: what is said of it comes before what is said of the end.
    answering: Arc<Mutex<()>>,
}

impl Stop {
    /// Listens from now on. A second Ctrl-C ends at once, whatever is being done.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub(super) fn listen() -> Result<Self, Failure> {
        let stop = Self {
            flag: Arc::default(),
            signal: Arc::default(),
            measuring: Arc::default(),
            answering: Arc::default(),
        };
        let failure = |e: std::io::Error| Failure::bad_input(format!("signals cannot be received: {e}"));
        signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop.flag))
            .map_err(failure)?;
        let hang_up = (!ignores_hang_up()).then_some(SIGHUP);
        let heard = [SIGINT, SIGTERM, SIGUSR1].into_iter().chain(hang_up);
        let mut signals = Signals::new(heard).map_err(failure)?;
        let (flag, which) = (Arc::clone(&stop.flag), Arc::clone(&stop.signal));
        let (measuring, answering) = (Arc::clone(&stop.measuring), Arc::clone(&stop.answering));
        thread::spawn(move || {
            for signal in signals.forever() {
                let _answering = answering.lock();
                // The first one says why: after its time-limit signal a cluster sends SIGTERM.
                let first = which.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok();
                flag.store(true, Ordering::SeqCst);
                if !measuring.load(Ordering::SeqCst) {
                    tell_in_time(STOPPED);
                    std::process::exit(i32::from(exit_code(which.load(Ordering::SeqCst))));
                }
                if first {
                    tell_in_time(STOPPING);
                }
            }
        });
        Ok(stop)
    }

    /// Does `work`, which ends by itself soon after the flag is raised; then the exit code for the signal, if one came.
    pub(super) fn while_measuring<T>(&self, work: impl FnOnce() -> T) -> (T, Option<u8>) {
        self.measuring.store(true, Ordering::SeqCst);
        let done = work();
        // Who was told that it ends is not told so again: from here on the signals of a run that was stopped say nothing.
        let answered = self.answering.lock();
        let raised = self.flag.load(Ordering::SeqCst);
        self.measuring.store(raised, Ordering::SeqCst);
        drop(answered);
        (done, raised.then(|| exit_code(self.signal.load(Ordering::SeqCst))))
    }
}

/// Tells a line, or gives up when nobody reads it.
pub(super) fn tell_in_time(line: impl Display + Send + 'static) {
    let (told, wait) = mpsc::channel();
    let tell = move || {
        tell!("{line}");
        let _ = told.send(());
    };
    if thread::Builder::new().spawn(tell).is_ok() {
        let _ = wait.recv_timeout(log::PATIENCE);
    }
}

/// Whether the program was started to outlive its terminal (`nohup`), where that can be seen.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1))
}

/// 128 and the signal's number, as shells write it; 75 (try again) for the time-limit signal of a cluster.
fn exit_code(signal: i32) -> u8 {
    match signal {
        SIGHUP => 129,
        SIGTERM => 143,
        SIGUSR1 => 75,
        _ => 130,
    }
}
