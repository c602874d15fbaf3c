//! Progress on the terminal: how far, how fast, when it will be done. Silent when nobody watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::plan::{Item, Plan};
use crate::record::{Record, Status};

/// A bar whose length is the predicted cost of the plan, so that its time of arrival is honest although
/// the costliest replications come first.
pub(crate) struct Progress {
    bar: ProgressBar,
    rows: u64,
    certified: u64,
    total: usize,
}

impl Progress {
    /// A bar for a plan, on standard error when that is a terminal.
    pub(crate) fn new(plan: &Plan) -> Self {
        let bar = ProgressBar::with_draw_target(Some(ticks(plan.seconds())), ProgressDrawTarget::stderr());
        let style =
            ProgressStyle::with_template("{bar:32} {percent:>3} %  {msg}  elapsed {elapsed}, left {eta}");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━╸ "));
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self { bar, rows: 0, certified: 0, total: plan.items.len() }
    }

    /// Takes note of a record.
    pub(crate) fn record(&mut self, item: &Item, record: &Record) {
        self.rows += 1;
        self.certified += u64::from(record.status == Status::Certified);
        self.bar.inc(ticks(item.seconds));
        if self.rows.is_multiple_of(16) || self.rows == self.total as u64 {
            let share = 100.0 * self.certified as f64 / self.rows as f64;
            self.bar
                .set_message(format!("{}/{} replications, {share:.1} % certified", self.rows, self.total));
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn ticks(seconds: f64) -> u64 {
    ((seconds * 1e6) as u64).max(1)
}
