//! The log of the run. In: events. Out: lines for the log, and a rendering of the newest lines.

use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    engine::{ChunkEvent, Event, EventKind, GraceWait},
    tui::{
        log::Severity,
        pane::Look,
        remedy, text,
        widget::{rule, table::fitted},
    },
};

/// Returns the line that an event of the run adds to the log, if any.
pub fn remark(event: &Event) -> Option<(Severity, String)> {
    worth_noting(&event.kind)
}

/// Draws the last lines of the run, the newest on top.
pub(super) fn render(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let mut rows = area.rows();
    let Some(title) = rows.next() else { return };
    frame.render_widget(rule("log", title.width, look.theme), title);
    for (row, entry) in rows.zip(look.log.of_run()) {
        let line = Line::from(vec![
            Span::styled(when(entry.at, look.now.time_of_day), look.theme.muted),
            Span::styled(format!(" {} ", entry.severity.mark()), entry.severity.style(look.theme)),
            Span::raw(entry.text.as_str()),
        ]);
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

/// Formats a time in UTC: only the time of day if it is today, otherwise with the day.
pub fn when(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (at.to_zoned(TimeZone::UTC), now.to_zoned(TimeZone::UTC));
    let format = if at.date() == now.date() { "%H:%M:%S" } else { "%d %b %H:%M" };
    at.strftime(format).to_string()
}

fn worth_noting(fact: &EventKind) -> Option<(Severity, String)> {
    match fact {
        EventKind::Started { chunk_cells, stored } if stored.is_empty() => {
            Some((Severity::Note, format!("started: {}", text::counted(chunk_cells.len() as u64, "chunk"))))
        }
        EventKind::Started { chunk_cells, stored } => Some((
            Severity::Note,
            format!("started: {} of {} chunks are stored already", stored.len(), chunk_cells.len()),
        )),
        EventKind::Chunk(chunk, event) => {
            of_chunk(event).map(|(severity, text)| (severity, format!("chunk {chunk} {text}")))
        }
        EventKind::Paused => {
            Some((Severity::Warn, "paused: chunks in flight are finished, no new chunk is started".into()))
        }
        EventKind::Continued => Some((Severity::Note, "continued".into())),
        EventKind::Stopping(reason) => Some((Severity::Warn, format!("stopping: {}", remedy::stop_reason(reason)))),
        EventKind::Waiting(GraceWait { chunks: 0, .. }) => None,
        EventKind::Waiting(GraceWait { chunks, at_most }) => {
            let text = format!(
                "waiting up to {} for {} in flight; ctrl-c twice ends at once",
                text::clock(*at_most),
                text::counted(*chunks as u64, "chunk")
            );
            Some((Severity::Warn, text))
        }
        EventKind::Finished => Some((Severity::Note, "ended".into())),
        EventKind::Noticed(notice) => Some((Severity::Warn, notice.to_string())),
    }
}

fn of_chunk(event: &ChunkEvent) -> Option<(Severity, String)> {
    match event {
        ChunkEvent::Stored { bytes, took } => {
            Some((Severity::Good, format!("stored: {} in {}", text::bytes(*bytes), text::clock(*took))))
        }
        ChunkEvent::Retrying { attempt, wait, error } => {
            Some((Severity::Warn, format!("attempt {attempt} failed, retrying in {} s: {error}", wait.as_secs())))
        }
        ChunkEvent::Failed { error } => Some((Severity::Bad, format!("given up: {}", remedy::fault(error)))),
        ChunkEvent::Abandoned => Some((Severity::Warn, "abandoned; the server may have counted it".into())),
        ChunkEvent::Reading | ChunkEvent::Encoded { .. } | ChunkEvent::Sending { .. } | ChunkEvent::AtServer => None,
    }
}
