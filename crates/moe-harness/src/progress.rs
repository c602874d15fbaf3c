//! Progress: how far, how fast, when it will be done, and what the slopes are so far. Bars for people on a terminal, now
//! and then a line where there is none, events for programs and for the log.
//!
//! It is told by a thread of its own: what is measured is written whether anybody reads how far it is or not.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::aggregate::Rows;
use crate::experiment::Experiment;
use crate::live;
use crate::log::{self, Style};
use crate::plan::{Item, Plan};
use crate::record::{Record, Status};
use crate::report::text;

/// Resamples of an interval that is shown for a moment.
const RESAMPLES: usize = 200;
/// How often slopes are computed anew, at least; longer when that takes long.
const SLOPES_EVERY: Duration = Duration::from_secs(2);
/// How often an event tells the progress.
const EVENTS_EVERY: Duration = Duration::from_secs(10);
/// After how long a line tells the progress to people without a terminal …
const FIRST_LINE: Duration = Duration::from_secs(30);
/// … and how often another one does, at most.
const LINES_EVERY: Duration = Duration::from_secs(60);
/// Columns of the name of a panel.
const NAME: usize = 19;

/// Whether anybody follows the run: a terminal or a program.
pub(crate) fn is_followed() -> bool {
    log::style() == Style::Json || is_drawn()
}

/// Whether there is a terminal to draw bars on.
fn is_drawn() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// Whether a line is due so long after the beginning, the last one having been told at `last`.
fn is_due(elapsed: Duration, last: Option<Duration>) -> bool {
    last.map_or(FIRST_LINE, |last| last.saturating_add(LINES_EVERY)) <= elapsed
}

/// A run that is followed by a thread of its own.
pub(crate) struct Followed {
    news: Sender<(Item, Record)>,
    ended: Receiver<()>,
}

impl Followed {
    /// Begins to tell the progress of a plan; `there` are the records from before, which count for the slopes. Where no
    /// thread can be had, nothing is told.
    pub(crate) fn new(experiment: &Experiment, plan: &Plan, there: Vec<Record>) -> Self {
        let (news, heard) = mpsc::channel::<(Item, Record)>();
        let (end, ended) = mpsc::channel();
        let (experiment, plan) = (experiment.clone(), plan.clone());
        let tell = move || {
            let mut progress = Progress::new(&experiment, &plan, there);
            heard.iter().for_each(|(item, record)| progress.record(&item, record));
            progress.finish();
            let _ = end.send(());
        };
        let _ = thread::Builder::new().spawn(tell);
        Self { news, ended }
    }

    /// Takes note of a record.
    pub(crate) fn record(&mut self, item: &Item, record: &Record) {
        // Nothing is told of starts, which are most of a record.
        let _ = self.news.send((*item, Record { starts: Vec::new(), ..record.clone() }));
    }

    /// Waits until everything is told, but not for long.
    pub(crate) fn finish(self) {
        drop(self.news);
        let _ = self.ended.recv_timeout(log::PATIENCE);
    }
}

/// Bars whose lengths are predicted costs, so that the time of arrival is honest although the costliest replications
/// come first.
struct Progress<'a> {
    experiment: &'a Experiment,
    bars: MultiProgress,
    overall: ProgressBar,
    panels: Vec<Option<ProgressBar>>,
    records: Vec<Record>,
    done: u64,
    certified: u64,
    total: u64,
    cost: (f64, f64),
    begun: Instant,
    slopes: (Instant, Duration),
    event: Instant,
    /// How long after the beginning the last line was told; `None` before the first.
    line: Option<Duration>,
}

impl<'a> Progress<'a> {
    /// Progress of a plan; `there` are the records from before, which count for the slopes.
    fn new(experiment: &'a Experiment, plan: &Plan, there: Vec<Record>) -> Self {
        let target = match log::style() {
            Style::Text => ProgressDrawTarget::stderr(),
            Style::Json => ProgressDrawTarget::hidden(),
        };
        let bars = MultiProgress::with_draw_target(target);
        let add = |ticks: u64, template: &str| {
            let bar = bars.add(ProgressBar::new(ticks));
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━╸ "));
            }
            bar
        };
        let panel = |index: usize| {
            let items = plan.items.iter().filter(|i| panel_of(experiment, i) == Some(index));
            let ticks: u64 = items.map(|i| ticks(i.seconds)).sum();
            let bar = (ticks > 0)
                .then(|| add(ticks, &format!("{{prefix:{NAME}!}} {{bar:14}} {{percent:>3}} %  {{msg}}")));
            bar.inspect(|bar| bar.set_prefix(shortened(&experiment.panels[index].title, NAME)))
        };
        let panels = (0..experiment.panels.len()).map(panel).collect();
        let ticks = plan.items.iter().map(|i| ticks(i.seconds)).sum();
        let overall = add(ticks, "{bar:20} {percent:>3} %  {msg}");
        overall.enable_steady_tick(Duration::from_millis(500));
        log::write_above((!bars.is_hidden()).then(|| bars.clone()));
        let now = Instant::now();
        Self {
            experiment,
            bars,
            overall,
            panels,
            records: there,
            done: 0,
            certified: 0,
            total: plan.items.len() as u64,
            cost: (0.0, plan.seconds()),
            begun: now,
            slopes: (now, SLOPES_EVERY),
            event: now,
            line: None,
        }
    }

    /// Takes note of a record.
    fn record(&mut self, item: &Item, record: Record) {
        tracing::debug!(
            cell = &*record.cell_name,
            arm = &*record.arm_name,
            size = item.size,
            replication = item.replication,
            status = record.status.name(),
            reason = &*record.reason,
            seconds = record.seconds.fit
        );
        self.done += 1;
        self.certified += u64::from(record.status == Status::Certified);
        self.cost.0 += item.seconds;
        self.overall.inc(ticks(item.seconds));
        let panel = panel_of(self.experiment, item).and_then(|i| self.panels[i].as_ref());
        if let Some(bar) = panel {
            bar.inc(ticks(item.seconds));
        }
        if is_followed() {
            self.records.push(record);
        }
        if self.done.is_multiple_of(4) || self.done == self.total {
            self.overall.set_message(self.words());
        }
        if is_followed() && self.slopes.0.elapsed() > self.slopes.1 {
            self.show_slopes();
        }
        if self.event.elapsed() > EVENTS_EVERY || self.done == self.total {
            self.event = Instant::now();
            self.tell();
        }
        self.tell_line();
    }

    /// The progress as a line on standard error, for people without a terminal, when one is due. The end has its own line.
    fn tell_line(&mut self) {
        let elapsed = self.begun.elapsed();
        let wanted = log::style() == Style::Text && !is_drawn() && self.done < self.total;
        if wanted && is_due(elapsed, self.line) {
            self.line = Some(elapsed);
            log::line(format_args!("{}: {}", self.experiment.name, self.words()));
        }
    }

    /// "120/880, 99.2 % certified, 12.3/s, left 2 min".
    fn words(&self) -> String {
        let left = match self.left() {
            Some(seconds) if self.done < self.total => format!(", left {}", text::duration(seconds)),
            _ => String::new(),
        };
        let (share, speed) = (self.share(), self.speed());
        format!("{}/{}, {share:.1} % certified, {speed:.1}/s{left}", self.done, self.total)
    }

    fn share(&self) -> f64 {
        100.0 * self.certified as f64 / self.done.max(1) as f64
    }

    /// Replications a second.
    fn speed(&self) -> f64 {
        self.done as f64 / self.begun.elapsed().as_secs_f64().max(1e-9)
    }

    /// Seconds that are left if the rest costs what is predicted, at the pace so far.
    fn left(&self) -> Option<f64> {
        let (spent, all) = self.cost;
        (spent > 0.0).then(|| (all - spent).max(0.0) * self.begun.elapsed().as_secs_f64() / spent)
    }

    /// The slope of each panel's first curve, beside its bar.
    fn show_slopes(&mut self) {
        let clock = Instant::now();
        for (panel, words) in self.slopes_so_far() {
            if let Some(bar) = &self.panels[panel] {
                bar.set_message(words);
            }
        }
        self.slopes = (Instant::now(), SLOPES_EVERY.max(20 * clock.elapsed()));
    }

    fn slopes_so_far(&self) -> Vec<(usize, String)> {
        let rows = Rows::new(self.experiment, &self.records);
        let of_panel = |(i, panel): (usize, &crate::experiment::Panel)| {
            let curve = panel.curves.first()?;
            let so_far = live::slope(&rows, curve, RESAMPLES)?;
            let r = &so_far.rate;
            Some((i, format!("{} {}", curve.quantity, text::interval(r.slope, r.lower, r.upper))))
        };
        self.experiment.panels.iter().enumerate().filter_map(of_panel).collect()
    }

    /// The progress as an event.
    fn tell(&self) {
        let slopes = if log::style() == Style::Json {
            let slopes = self.slopes_so_far().into_iter();
            slopes.map(|(i, words)| format!("{}: {words}", self.experiment.panels[i].title)).collect()
        } else {
            Vec::new()
        };
        tracing::info!(
            done = self.done,
            total = self.total,
            certified = self.certified,
            per_second = self.speed(),
            seconds_left = self.left().unwrap_or(f64::NAN),
            slopes = slopes.join("; "),
            "progress"
        );
    }

    /// Takes the bars away.
    fn finish(self) {
        log::write_above(None);
        let _ = self.bars.clear();
    }
}

/// The first panel that shows the cell and arm of an item, or else the cell.
fn panel_of(experiment: &Experiment, item: &Item) -> Option<usize> {
    let (cell, arm) = (&experiment.cells[item.cell].name, &experiment.arms[item.arm].name);
    let shows = |exact: bool| {
        experiment
            .panels
            .iter()
            .position(|p| p.curves.iter().any(|c| c.cell.names().contains(cell) && (!exact || c.arm == *arm)))
    };
    shows(true).or_else(|| shows(false))
}

fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room - 1).chain(['…']).collect()
}

fn ticks(seconds: f64) -> u64 {
    ((seconds * 1e6) as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of a short run, one line after half a minute, then one a minute at most.
    #[test]
    fn lines_come_late_and_seldom() {
        let seconds = Duration::from_secs;
        for (elapsed, last, due) in [
            (0, None, false),
            (29, None, false),
            (30, None, true),
            (300, None, true),
            (30, Some(30), false),
            (89, Some(30), false),
            (90, Some(30), true),
            (359, Some(300), false),
            (1000, Some(300), true),
        ] {
            assert_eq!(is_due(seconds(elapsed), last.map(seconds)), due, "{elapsed} after {last:?}");
        }
        let whole_hour = (0..3600).fold((0, None), |(lines, last), second| {
            let due = is_due(seconds(second), last);
            if due { (lines + 1, Some(seconds(second))) } else { (lines, last) }
        });
        assert_eq!(whole_hour, (60, Some(seconds(3570))));
    }
}
