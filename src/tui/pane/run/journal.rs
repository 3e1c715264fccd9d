//! What happened in the run, a line each.

use std::collections::VecDeque;

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    engine::{ChunkEvent, Event, Fact, GraceWait},
    tui::{
        facts::Moment,
        log::Severity,
        pane::Look,
        text,
        widget::{rule, table::fitted},
    },
};

/// Lines that are kept.
const KEPT: usize = 500;

/// What happened in the run.
#[derive(Debug, Default)]
pub(super) struct Journal {
    lines: VecDeque<(Timestamp, Severity, String)>,
}

impl Journal {
    /// Notes an event if a person would want to know.
    pub(super) fn note(&mut self, event: &Event, now: Moment) {
        if let Some((severity, text)) = worth_noting(&event.fact) {
            if self.lines.len() == KEPT {
                self.lines.pop_front();
            }
            self.lines.push_back((now.clock, severity, text));
        }
    }

    /// Draws the last lines, the newest on top.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let mut rows = area.rows();
        let Some(title) = rows.next() else { return };
        frame.render_widget(rule("log", title.width, look.theme), title);
        for (row, (at, severity, text)) in rows.zip(self.lines.iter().rev()) {
            let line = Line::from(vec![
                Span::styled(time_of_day(*at), look.theme.muted),
                Span::styled(format!(" {} ", severity.mark()), severity.style(look.theme)),
                Span::raw(text.as_str()),
            ]);
            frame.render_widget(fitted(line, usize::from(row.width)), row);
        }
    }
}

/// The time of day in UTC, as logs have it.
pub fn time_of_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string()
}

fn worth_noting(fact: &Fact) -> Option<(Severity, String)> {
    match fact {
        Fact::Started { chunk_cells, stored } if stored.is_empty() => {
            Some((Severity::Note, format!("started: {} chunks", chunk_cells.len())))
        }
        Fact::Started { chunk_cells, stored } => Some((
            Severity::Note,
            format!("started: {} of {} chunks are stored already", stored.len(), chunk_cells.len()),
        )),
        Fact::Chunk(chunk, event) => {
            of_chunk(event).map(|(severity, text)| (severity, format!("chunk {chunk} {text}")))
        }
        Fact::Paused => Some((Severity::Warn, "paused: chunks under way are finished, no further one is begun".into())),
        Fact::Continued => Some((Severity::Note, "continued".into())),
        Fact::Stopping(reason) => Some((Severity::Warn, format!("stopping: {reason}"))),
        Fact::Waiting(GraceWait { chunks: 0, .. }) => None,
        Fact::Waiting(GraceWait { chunks, at_most }) => {
            let text = format!(
                "waiting up to {} for {chunks} chunks in flight; ctrl-c twice ends at once",
                text::clock(*at_most)
            );
            Some((Severity::Warn, text))
        }
        Fact::Finished => Some((Severity::Note, "ended".into())),
    }
}

fn of_chunk(event: &ChunkEvent) -> Option<(Severity, String)> {
    match event {
        ChunkEvent::Stored { bytes, took } => {
            Some((Severity::Good, format!("stored: {} in {}", text::bytes(*bytes), text::clock(*took))))
        }
        ChunkEvent::Retrying { attempt, wait, error } => {
            Some((Severity::Warn, format!("try {attempt} failed, next in {} s: {error}", wait.as_secs())))
        }
        ChunkEvent::Failed { error } => Some((Severity::Bad, format!("given up: {error}"))),
        ChunkEvent::Abandoned => Some((Severity::Warn, "abandoned; the server may have counted it".into())),
        ChunkEvent::Reading | ChunkEvent::Encoded { .. } | ChunkEvent::Sending { .. } | ChunkEvent::AtServer => None,
    }
}
