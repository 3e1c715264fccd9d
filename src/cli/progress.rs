//! Display of a run's progress on standard error: a bar on a terminal, lines elsewhere, JSON for programs.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use serde_json::json;

use super::{
    context::{can_draw, say},
    remedy,
};
use crate::domain::text::{clean, numbered};
use crate::engine::{ChunkEvent, ChunkState, Control, Event, EventKind, GraceWait, Progress};

/// The style of the progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressStyle {
    /// A bar that is redrawn
    Bar,
    /// A line every 5 % or 30 seconds
    Plain,
    /// One JSON object per line
    Json,
    /// Nothing
    None,
}

/// The additional share of stored cells after which a line is printed.
const LINE_EVERY_SHARE: f64 = 0.05;
/// The maximum time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Returns a bar that counts cells, visible only on a terminal.
pub(super) fn bar_of_cells(cells: usize) -> ProgressBar {
    let target = if can_draw() { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(cells as u64), target);
    // Proof: the template is a valid constant. The fallback is the default style.
    let style = BarStyle::with_template("{bar:30} {pos}/{len} cells  {msg}");
    bar.set_style(style.unwrap_or_else(|_| BarStyle::default_bar()).progress_chars("##-"));
    bar
}

/// Returns the style that applies: a bar on a terminal and lines elsewhere, unless the user chooses.
pub(super) fn style_or_default(style: Option<ProgressStyle>) -> ProgressStyle {
    style.unwrap_or(if can_draw() { ProgressStyle::Bar } else { ProgressStyle::Plain })
}

/// A display of a run's progress.
pub(super) struct Reporter {
    style: ProgressStyle,
    progress: Progress,
    control: Control,
    bar: Option<ProgressBar>,
    began: Instant,
    last_line: Instant,
    last_share: f64,
}

impl Reporter {
    /// Creates a display that shows nothing yet.
    pub fn new(style: Option<ProgressStyle>, control: Control) -> Self {
        let style = style_or_default(style);
        let now = Instant::now();
        Self { style, progress: Progress::default(), control, bar: None, began: now, last_line: now, last_share: 0.0 }
    }

    /// Processes an event and shows the change.
    pub fn take(&mut self, event: &Event) {
        self.progress.apply(event);
        match self.style {
            ProgressStyle::Bar => self.redraw(event),
            ProgressStyle::Plain => self.line(event),
            ProgressStyle::Json => self.json(event),
            ProgressStyle::None => announce(event),
        }
    }

    /// Returns when a line is due although nothing has happened.
    pub async fn tick(&mut self) {
        let due = tokio::time::Instant::from_std(self.last_line + LINE_EVERY);
        tokio::time::sleep_until(due).await;
        if self.style == ProgressStyle::Plain {
            say(format_args!("{}", self.summary()));
        }
        self.last_line = Instant::now();
    }

    /// Leaves the last state of the bar on the screen.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
    }

    fn redraw(&mut self, event: &Event) {
        if let EventKind::Started { .. } = event.kind {
            let bar = bar_of_cells(self.progress.cells_total());
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
            self.bar = Some(bar);
        }
        let problem = problem(event);
        if let Some(bar) = &self.bar {
            bar.set_position(self.progress.cells_stored() as u64);
            bar.set_message(clean(&self.message()).into_owned());
            if let Some(problem) = problem {
                bar.suspend(|| say(format_args!("{problem}")));
            }
        }
    }

    fn line(&mut self, event: &Event) {
        if let Some(problem) = problem(event) {
            say(format_args!("{problem}"));
        }
        let share = self.progress.fraction();
        let due = share - self.last_share >= LINE_EVERY_SHARE || share >= 1.0 && self.last_share < 1.0;
        if matches!(event.kind, EventKind::Chunk(_, ChunkEvent::Stored { .. })) && due {
            say(format_args!("{}", self.summary()));
            self.last_share = share;
            self.last_line = Instant::now();
        }
    }

    fn json(&self, event: &Event) {
        let fact = match &event.kind {
            EventKind::Started { chunk_cells, stored } => {
                json!({"event": "started", "chunks": chunk_cells.len(), "stored": stored.len()})
            }
            EventKind::Chunk(chunk, event) => chunk_json(chunk.0, event),
            EventKind::Paused => json!({"event": "paused"}),
            EventKind::Continued => json!({"event": "continued"}),
            EventKind::Stopping(reason) => json!({"event": "stopping", "reason": reason.to_string()}),
            EventKind::Waiting(wait) => {
                json!({"event": "waiting", "chunks": wait.chunks, "at_most_seconds": wait.at_most.as_secs_f64()})
            }
            EventKind::Finished => json!({"event": "finished"}),
            EventKind::Noticed(notice) => {
                json!({"event": "noticed", "what": notice.name(), "text": notice.to_string()})
            }
        };
        let mut line = fact;
        line["elapsed_seconds"] = json!(event.elapsed.as_secs_f64());
        line["cells_stored"] = json!(self.progress.cells_stored());
        line["cells_total"] = json!(self.progress.cells_total());
        say(format_args!("{line}"));
    }

    fn summary(&self) -> String {
        let progress = &self.progress;
        let percent = (100.0 * progress.fraction()).floor();
        format!("{percent:3} %  {}/{} cells  {}", progress.cells_stored(), progress.cells_total(), self.message())
    }

    fn message(&self) -> String {
        let now = self.began.elapsed();
        let speed = self.progress.speed(now);
        let megabytes = self.control.bytes_sent() as f64 / 1e6;
        let mut message = format!("{speed:.0} cells/s  {megabytes:.1} MB up");
        if let Some(rest) = self.progress.remaining(now).filter(|rest| !rest.is_zero()) {
            message.push_str(&format!("  {} left", duration(rest)));
        }
        let failed = self.progress.count(|state| state == ChunkState::Failed);
        if failed > 0 {
            message.push_str(&format!("  {}", numbered(failed, "chunk failed", "chunks failed")));
        }
        message
    }
}

/// Prints the reason for waiting and remarks about answers, even if progress is not shown.
fn announce(event: &Event) {
    if matches!(event.kind, EventKind::Waiting(_) | EventKind::Noticed(_))
        && let Some(text) = problem(event)
    {
        say(format_args!("{text}"));
    }
}

/// Returns a message about an event that the user should see at once.
fn problem(event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::Chunk(chunk, ChunkEvent::Retrying { attempt, wait, error }) => {
            Some(format!("chunk {chunk}, attempt {attempt}: {error}; again in {:.0} s", wait.as_secs_f64()))
        }
        EventKind::Chunk(chunk, ChunkEvent::Failed { error }) => {
            Some(format!("chunk {chunk} given up: {}", remedy::fault(error)))
        }
        EventKind::Waiting(wait) => Some(waiting(*wait)),
        EventKind::Noticed(notice) => Some(format!("warning: {notice}")),
        EventKind::Chunk(..)
        | EventKind::Started { .. }
        | EventKind::Paused
        | EventKind::Continued
        | EventKind::Stopping(_)
        | EventKind::Finished => None,
    }
}

/// Returns a message about the time that ending takes and how to shorten it.
pub(super) fn waiting(wait: GraceWait) -> String {
    let GraceWait { chunks, at_most } = wait;
    match chunks {
        0 => "stopping: no chunk is in flight".to_owned(),
        _ => format!(
            "stopping: waiting up to {} for {} in flight, which cost quota; another signal, such as Ctrl-C, ends at once",
            duration(Duration::from_secs(at_most.as_secs_f64().ceil() as u64)),
            numbered(chunks, "chunk", "chunks")
        ),
    }
}

fn chunk_json(chunk: u32, event: &ChunkEvent) -> serde_json::Value {
    match event {
        ChunkEvent::Reading => json!({"event": "reading", "chunk": chunk}),
        ChunkEvent::Encoded { bytes } => json!({"event": "encoded", "chunk": chunk, "bytes": bytes}),
        ChunkEvent::Sending { attempt } => json!({"event": "sending", "chunk": chunk, "attempt": attempt}),
        ChunkEvent::AtServer => json!({"event": "at_server", "chunk": chunk}),
        ChunkEvent::Stored { bytes, took } => {
            json!({"event": "stored", "chunk": chunk, "bytes": bytes, "seconds": took.as_secs_f64()})
        }
        ChunkEvent::Retrying { attempt, wait, error } => json!({
            "event": "retrying", "chunk": chunk, "attempt": attempt, "wait_seconds": wait.as_secs_f64(), "error": error,
        }),
        ChunkEvent::Failed { error } => json!({"event": "failed", "chunk": chunk, "error": remedy::fault(error)}),
        ChunkEvent::Abandoned => json!({"event": "abandoned", "chunk": chunk}),
    }
}

fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds % 3600 / 60),
    }
}
